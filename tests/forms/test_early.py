"""Early signs in a child's growth, worked by hand from the printed tables (Permenkes 2/2020; KBM of the Buku KIA)."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forms
from forms.growth.early import SEXES, Evidence, evidence, signs
from forms.growth.signs import SIGNS, WEIGHED
from forms.growth.zscores import Measurement, Sex, z_scores
from forms.growth.zscores import table as table_of

BIRTH = date(2025, 1, 1)
Row = tuple[int, dict[str, Any]]


def kept(*rows: Row) -> dict[str, dict[str, Any]]:
    """Measurements as the register keeps them, from (age in days, measures)."""
    days = [(BIRTH + timedelta(days=age), measures) for age, measures in rows]
    return {f"{day} {number}": {"day": str(day), **measures} for number, (day, measures) in enumerate(days)}


def weights(*rows: tuple[int, float]) -> dict[str, dict[str, Any]]:
    return kept(*((age, {"berat": weight}) for age, weight in rows))


def lengths(*rows: tuple[int, float], posisi: str = "baring") -> dict[str, dict[str, Any]]:
    return kept(*((age, {"panjang": length, "posisi": posisi}) for age, length in rows))


def codes(measurements: dict[str, dict[str, Any]], sex: str = "L") -> set[str]:
    return {code for code, _ in signs(measurements, sex, BIRTH)} - {WEIGHED}


def one(code: str, measurements: dict[str, dict[str, Any]], sex: str = "L") -> Evidence:
    (found,) = [seen for seen in evidence(measurements, sex, BIRTH) if seen.code == code]
    return found


# -- weight, Permenkes 2/2020: boys, 3 months from 6 months of age: 436 g; 4 months: 602 g; 6 months: 909 g ------------

SIX, NINE, TEN, ELEVEN, TWELVE = 183, 274, 305, 335, 366  # days old when so many months are completed


def test_weight__gained_less_than_the_row_says() -> None:
    assert one("bb_kurang_naik", weights((SIX, 7.9), (NINE, 8.3))) == Evidence(
        "bb_kurang_naik", BIRTH + timedelta(days=NINE), 0.4, BIRTH + timedelta(days=SIX), 0.436
    )


def test_weight__gained_what_the_row_says() -> None:
    assert "bb_kurang_naik" in codes(weights((SIX, 7.9), (NINE, 8.335)))
    assert codes(weights((SIX, 7.9), (NINE, 8.336))) == set()


def test_weight__girls_have_a_row_of_their_own() -> None:
    least = weights((SIX, 7.3), (NINE, 7.7))
    assert "bb_kurang_naik" not in codes(least, "P")  # 400 g
    assert "bb_kurang_naik" in codes(weights((SIX, 7.3), (NINE, 7.699)), "P")


@pytest.mark.parametrize(("last", "least"), [(NINE, 0.436), (TEN, 0.602), (ELEVEN, 0.602), (TWELVE, 0.909)])
def test_interval__is_the_longest_that_has_passed(last: int, least: float) -> None:
    """Five months apart: asked is what four months bring."""
    assert one("bb_kurang_naik", weights((SIX, 7.9), (last, 8.0))).least == least


def test_interval__beyond_six_months_asks_for_six() -> None:
    assert one("bb_kurang_naik", weights((SIX, 7.9), (600, 8.0))).least == 0.909


@pytest.mark.parametrize(("days", "least"), [(88, None), (89, 0.436), (118, 0.436), (119, 0.602)])
def test_interval__may_be_three_days_short(days: int, least: float | None) -> None:
    """3 x 30.4375 = 91.3 days, 4 x 30.4375 = 121.75; 88.3 and 118.75 will do."""
    found = [seen for seen in evidence(weights((SIX, 7.9), (SIX + days, 8.0)), "L", BIRTH) if seen.since]
    assert [seen.least for seen in found if seen.code == "bb_kurang_naik"] == ([] if least is None else [least])


@pytest.mark.parametrize(("first", "least"), [(SIX, 0.436), (185, 0.436), (186, 0.346), (213, 0.346), (217, 0.271)])
def test_age__between_two_months_the_next_row_counts(first: int, least: float) -> None:
    """6 x 30.4375 = 182.6: up to day 185 a child counts as six months old, then as seven: less is asked of it."""
    assert one("bb_kurang_naik", weights((first, 7.9), (first + 92, 8.0))).least == least


def test_pair__the_nearest_that_lies_far_enough_back() -> None:
    """Weighed every month: the one three months before the latest counts, not the good gain since birth."""
    monthly = weights((0, 3.3), (92, 6.4), (SIX, 8.0), (214, 8.1), (244, 8.2), (NINE, 8.3))
    assert one("bb_kurang_naik", monthly).since == BIRTH + timedelta(days=SIX)


def test_pair__a_later_normal_gain_clears_the_sign() -> None:
    slow = ((SIX, 7.9), (NINE, 8.0))
    assert "bb_kurang_naik" in codes(weights(*slow))
    assert codes(weights(*slow, (TWELVE, 8.9))) == set()


def test_weights_a_month_apart__prove_no_three_months_gain() -> None:
    assert codes(weights((SIX, 7.9), (214, 8.0))) == set()


def test_last_row__ends_at_24_months() -> None:
    """Boys, 3 months from 21 months of age: 10 g. From 24 months (731 days) on nobody is judged by gain."""
    assert "bb_kurang_naik" in codes(weights((640, 11.0), (730, 11.0)))
    assert "bb_kurang_naik" not in codes(weights((640, 11.0), (731, 11.0)))
    assert "bb_kurang_naik" not in codes(weights((669, 11.0), (730, 11.0)))  # from 22 months no row of three months


# -- weight not rising ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "weight", "kbm"), [(0, 3.3, 0.8), (30, 4.5, 0.9), (61, 5.6, 0.8), (91, 6.4, 0.6), (122, 7.0, 0.5)]
)
def test_kbm__in_the_first_six_months(first: int, weight: float, kbm: float) -> None:
    assert codes(weights((first, weight), (first + 31, round(weight + kbm, 3)))) == set()
    low = one("bb_tidak_naik", weights((first, weight), (first + 31, round(weight + kbm - 0.05, 3))))
    assert (low.least, low.value) == (kbm, round(kbm - 0.05, 3))


def test_kbm__sixth_month_is_the_last() -> None:
    assert "bb_tidak_naik" in codes(weights((152, 7.5), (SIX, 7.85)))  # 400 g from five to six months
    assert codes(weights((SIX, 7.9), (214, 7.95))) == set()


def test_kbm__across_two_months_the_lower_one_counts() -> None:
    """From day 76 to 106: the third month asks for 800 g, the fourth for 600 g."""
    assert codes(weights((76, 6.0), (106, 6.65))) == set()


def test_kbm__four_weeks_bring_their_share() -> None:
    """28 of 30.4375 days: 0.46 of the 0.5 kg that the fifth month asks for."""
    assert codes(weights((122, 7.0), (150, 7.46))) == set()
    assert codes(weights((122, 7.0), (150, 7.45))) == {"bb_tidak_naik"}


def test_after_six_months__only_a_weight_that_stays_or_falls() -> None:
    assert codes(weights((NINE, 8.5), (TEN, 8.6))) == set()
    assert one("bb_tidak_naik", weights((NINE, 8.5), (TEN, 8.5))).value == 0
    assert one("bb_tidak_naik", weights((NINE, 8.5), (TEN, 8.3))).value == -0.2


def test_not_rising__needs_a_month() -> None:
    assert codes(weights((NINE, 8.5), (NINE + 27, 8.4))) == set()
    assert codes(weights((NINE, 8.5), (NINE + 28, 8.4))) == {"bb_tidak_naik"}


def test_newborn__may_lose_weight_in_the_first_days() -> None:
    assert codes(weights((0, 3.3), (5, 3.1), (14, 3.3))) == set()


# -- length: boys, 2 months from 6 months of age: 1.6 cm; 3 months: 2.8 cm ---------------------------------------------


def test_length__grew_less_than_the_row_says() -> None:
    assert codes(lengths((SIX, 67.5), (244, 69.0))) == {"pb_kurang_naik"}
    assert codes(lengths((SIX, 67.5), (244, 69.1))) == set()
    assert one("pb_kurang_naik", lengths((SIX, 67.5), (NINE, 70.0))).least == 2.8


def test_length__one_month_apart_proves_nothing() -> None:
    assert codes(lengths((SIX, 67.5), (214, 67.5))) == set()


def test_length__standing_counts_as_it_would_be_lying() -> None:
    """Lying 75.0 at 12 months, standing 76.3 (lying 77.0) at 15: 2.0 cm are asked of a boy."""
    mixed = kept((TWELVE, {"panjang": 75.0, "posisi": "baring"}), (457, {"panjang": 76.3, "posisi": "berdiri"}))
    assert codes(mixed) == set()
    assert codes(lengths((TWELVE, 75.0), (457, 76.3))) == {"pb_kurang_naik"}


def test_length__height_from_two_years_on_is_no_gain() -> None:
    """At 24 months the tables go from lying to standing: the same child is 0.7 cm shorter."""
    assert codes(lengths((670, 87.0), (731, 87.2), posisi="berdiri")) == set()


# -- z-scores: boys of 365 days: weight 9.6 kg, -2 at 7.7; length 75.7 cm, -2 at 71.0 ----------------------------------


def boundary(measure: str, z: float, step: float, **known: float) -> float:
    """The lowest measure (in steps) of a boy of 365 days whose z, with two decimals, is not below `z`."""
    field = {"berat": "weight_for_age", "panjang": "length_height_for_age"}[measure]
    name = {"berat": "weight_kg", "panjang": "length_cm"}[measure]
    value = 2.0
    while getattr(z_scores(Measurement("L", 365, **{name: value})), field).z < z - 0.005:  # type: ignore[arg-type]
        value = round(value + step, 3)
    return value


def test_weight_for_age__below_minus_two() -> None:
    at = boundary("berat", -2, 0.001)
    assert 7.6 < at < 7.8
    assert codes(weights((365, at))) == set()
    assert codes(weights((365, at - 0.01))) == {"bbu_rendah"}


def test_length_for_age__below_minus_two() -> None:
    at = boundary("panjang", -2, 0.01)
    assert 70.9 < at < 71.1
    assert codes(lengths((365, at))) == set()
    assert codes(lengths((365, at - 0.05))) == {"pbu_rendah"}


def test_length_for_age__above_plus_three() -> None:
    at = boundary("panjang", 3, 0.01)
    assert codes(lengths((365, at - 0.05))) == set()
    assert codes(lengths((365, at + 0.05))) == {"pbu_tinggi"}


def test_weight_for_length__below_minus_two() -> None:
    """A long, thin boy: 80 cm and 8.8 kg are -2.0 and below for his length, -1.0 for his age."""
    assert codes(kept((365, {"panjang": 80.0, "posisi": "baring", "berat": 8.7}))) == {"bbpb_rendah"}
    assert codes(kept((365, {"panjang": 80.0, "posisi": "baring", "berat": 9.2}))) == set()


def test_weight_for_age__above_plus_one_where_the_length_does_not_explain_it() -> None:
    assert codes(weights((365, 11.0))) == {"bbu_tinggi"}
    assert codes(kept((365, {"panjang": 81.0, "posisi": "baring", "berat": 11.0}))) == set()
    assert codes(kept((365, {"panjang": 74.0, "posisi": "baring", "berat": 11.0}))) == {"bbu_tinggi"}


def test_latest_score_counts() -> None:
    low = (TWELVE, {"berat": 7.0})
    assert codes(kept(low)) == {"bbu_rendah"}
    assert codes(kept(low, (400, {"berat": 9.5}))) == set()


def test_latest_of_each_measure_counts() -> None:
    """A short child that is only weighed the next time stays in sight."""
    short = kept((365, {"panjang": 69.0, "posisi": "baring", "berat": 8.4}), (396, {"berat": 8.6}))
    assert signs(short, "L", BIRTH) == [["pbu_rendah", "2026-01-01"], ["ditimbang", "2026-02-01"]]


# -- what is not believed, not known, or not clear ---------------------------------------------------------------------


def test_slip_of_the_comma__proves_no_gain_and_asks_for_a_second_look() -> None:
    """25 kg typed for 8.5: z = +9. The gain is judged by the weights before it."""
    assert codes(weights((SIX, 7.9), (NINE, 8.6), (TEN, 25.0))) == {"bbu_tinggi"}
    assert codes(weights((SIX, 7.9), (244, 25.0), (NINE, 8.6))) == set()


def test_two_of_one_day__the_one_noted_last_counts() -> None:
    day = BIRTH + timedelta(days=TEN)
    before = {"2025-10-02 0": {"day": "2025-10-02", "berat": 8.5}}
    morning = {f"{day} 2025-11-02T02:00": {"day": str(day), "berat": 8.3}}
    evening = {f"{day} 2025-11-02T09:00": {"day": str(day), "berat": 8.7}}
    assert codes({**evening, **before, **morning}) == set()
    assert codes(before | morning) == {"bb_tidak_naik"}


def test_before_birth__is_left_out() -> None:
    assert codes(weights((-30, 3.0), (0, 3.2))) == set()


@pytest.mark.parametrize(("sex", "birth"), [("", BIRTH), ("L", None)])
def test_without_sex_or_birth__only_the_day_weighed_is_known(sex: str, birth: date | None) -> None:
    assert signs(weights((0, 1.0), (TWELVE, 1.0)), sex, birth) == [["ditimbang", "2026-01-02"]]


def test_weighed__also_where_nobody_wrote_the_weight_down() -> None:
    noted = kept((SIX, {"berat": 7.9}), (214, {"timbang": "ya"}), (244, {"timbang": "tidak"}), (NINE, {"panjang": 71}))
    assert signs(noted, "L", BIRTH)[-1] == ["ditimbang", str(BIRTH + timedelta(days=214))]


def test_day__may_carry_a_time_and_must_be_one() -> None:
    written = {"a": {"day": "2025-12-02T00:00:00.000Z", "berat": 5.0}, "b": {"day": "besok", "berat": 15.0}}
    assert signs(written, "L", BIRTH) == [["bbu_rendah", "2025-12-02"], ["ditimbang", "2025-12-02"]]


def test_nothing_measured() -> None:
    assert signs({}, "L", BIRTH) == []


# -- whatever is measured ----------------------------------------------------------------------------------------------

MEASURED = st.lists(
    st.tuples(
        st.integers(0, 900),
        st.fixed_dictionaries(
            {},
            optional={
                "berat": st.floats(2, 16).map(lambda kg: round(kg, 1)),
                "panjang": st.floats(45, 95).map(lambda cm: round(cm, 1)),
                "posisi": st.sampled_from(["baring", "berdiri"]),
            },
        ),
    ),
    max_size=8,
)


@given(MEASURED, st.randoms(use_true_random=False))
def test_order__does_not_matter(rows: list[Row], shuffle: Any) -> None:
    entries = list(kept(*rows).items())
    shuffle.shuffle(entries)
    assert signs(dict(entries), "P", BIRTH) == signs(kept(*rows), "P", BIRTH)


@given(MEASURED)
def test_signs__are_known_and_dated_by_the_latest_measures(rows: list[Row]) -> None:
    """Evidence is the latest weight, length, or both; an older measure may change what is said, never of which day."""
    found = signs(kept(*rows), "L", BIRTH)
    latest = {
        "bb": max((age for age, measures in rows if "berat" in measures), default=None),
        "pb": max((age for age, measures in rows if "panjang" in measures), default=None),
    }
    for code, day in found:
        assert code in SIGNS or code == WEIGHED
        age = (date.fromisoformat(day) - BIRTH).days
        if code in {"bbu_rendah", "bbu_tinggi", WEIGHED}:
            assert age == latest["bb"]
        elif code in {"pbu_rendah", "pbu_tinggi"}:
            assert age == latest["pb"]
        else:
            assert age <= max(latest.values(), key=lambda known: known or 0)  # type: ignore[operator]


@pytest.mark.parametrize("sex", SEXES)
@given(z=st.floats(-1.9, 0.9), ages=st.lists(st.integers(0, 730), min_size=2, max_size=12, unique=True))
def test_child_that_keeps_to_its_line__has_no_sign(sex: Sex, z: float, ages: list[int]) -> None:
    """Weighed and measured on whatever days: the choice of the row never asks too much of normal growth.

    The KBM does, of children below the median: what it says is left out here.
    """
    weight, length = table_of("weight_for_age").rows[sex], table_of("length_height_for_age").rows[sex]
    grown = [
        (age, {"berat": round(weight[age].measure_at(z), 2), "panjang": round(length[age].measure_at(z), 1)})
        for age in ages
    ]
    assert codes(kept(*grown), sex) <= {"bb_tidak_naik"}


@given(MEASURED, st.integers(0, 700), st.sampled_from([0.0, 0.3, 0.8]))
def test_one_more_kilo__never_adds_a_sign_of_low_weight(rows: list[Row], age: int, gain: float) -> None:
    low = {"bb_kurang_naik", "bb_tidak_naik", "bbu_rendah", "bbpb_rendah"}
    last = max([age, *(known for known, _ in rows)]) + 1
    believable = [(known, {**measures, "berat": 8.0} if "berat" in measures else measures) for known, measures in rows]
    light = codes(kept(*believable, (last, {"berat": 8.0 + gain}))) & low
    heavy = codes(kept(*believable, (last, {"berat": 9.0 + gain}))) & low
    assert heavy <= light


# -- the tables and the words ------------------------------------------------------------------------------------------


def table(name: str) -> list[dict[str, str]]:
    with (Path(forms.__file__).parent / "growth_tables" / name).open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_tables__are_whole() -> None:
    rows = [(row["measure"], int(row["months"]), int(row["from"])) for row in table("least_gain.csv")]
    wanted = [("weight", months, first) for months in (3, 4, 6) for first in range(25 - months)]
    assert rows == wanted + [("length", months, first) for months in (2, 3, 4, 6) for first in range(25 - months)]
    assert [int(row["from"]) for row in table("least_gain_a_month.csv")] == [0, 1, 2, 3, 4, 5]


def test_tables__ask_for_less_with_age_and_for_more_in_longer_time() -> None:
    """On this the choice of the row rests: the next age and the shorter interval never ask for too much."""
    for sex in ("L", "P"):
        asked = {
            (row["measure"], int(row["months"]), int(row["from"])): float(row[sex]) for row in table("least_gain.csv")
        }
        for (measure, months, first), least in asked.items():
            assert asked.get((measure, months, first + 1), 0) <= least
            assert asked.get((measure, months - 1, first), 0) <= least


@pytest.mark.parametrize("sign", SIGNS.values(), ids=list(SIGNS))
def test_words__say_what_to_do_and_name_no_illness(sign: Any) -> None:
    said = [sign.seen_id, sign.todo_id, sign.next_id, sign.seen_en, sign.todo_en, sign.next_en]
    assert all(said)
    assert not any(word in text.lower() for text in said for word in ("stunting", "stunted", "gizi buruk", "wasted"))
    for text in (sign.next_id, sign.next_en):
        assert "Posyandu" in text or "Puskesmas" in text
    assert ";" not in sign.todo_id and "," not in sign.todo_id  # joined with those on the phone's list

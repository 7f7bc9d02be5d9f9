"""z-scores from numbers worked out by hand or printed by others; WHO's own cases are in test_growth_reference.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.growth.zscores import LAST_DAY, Measurement, Position, Score, Sex, age_days, corrected_length, z_scores

SEXES: tuple[Sex, Sex] = ("L", "P")
FROM_BIRTH = ("length_height_for_age", "weight_for_age", "bmi_for_age", "head_for_age")
FROM_DAY_91 = ("arm_for_age", "triceps_for_age", "subscapular_for_age")
INDICATORS = (*FROM_BIRTH, "weight_for_length_height", *FROM_DAY_91)
WHOLE = Measurement(
    "P",
    400,
    length_cm=74,
    position="baring",
    weight_kg=9,
    head_cm=45,
    arm_cm=14,
    triceps_mm=8,
    subscapular_mm=7,
)


def z(score: Score | None) -> float:
    assert score is not None
    return score.z


# The formula. Boys on the day of birth, length: M 49.8842, S 0.03795, so one SD is 1.8931 cm.


@pytest.mark.parametrize(
    ("length_cm", "expected"), [(49.8842, 0), (46.0980, -2), (53.6704, 2), (44.2048, -3), (36.6324, -7)]
)
def test_length_at_birth__counts_sds_from_the_median(length_cm: float, expected: float) -> None:
    assert z(z_scores(Measurement("L", 0, length_cm=length_cm)).length_height_for_age) == pytest.approx(
        expected, abs=1e-4
    )


def test_skewed_measure__follows_the_formula() -> None:
    """A girl of 365 days and 9 kg: L -0.2022, M 8.9462, S 0.12267: ((9/8.9462)^L - 1)/(L S) = 0.048847."""
    assert z(z_scores(Measurement("P", 365, weight_kg=9)).weight_for_age) == pytest.approx(0.048847, abs=1e-6)


@pytest.mark.parametrize(
    ("weight_kg", "expected"),
    [(2.459312, -2), (2.080308, -3), (4.419354, 2), (5.030639, 3), (5.641925, 4), (1.701304, -4), (1.890806, -3.5)],
)
def test_skewed_measure__beyond_3_sd_goes_in_steps_of_the_third_sd(weight_kg: float, expected: float) -> None:
    """Boys at birth: L 0.3487, M 3.3464, S 0.14602. From 2 to 3 SD it is 0.611286 kg, from -3 to -2 SD 0.379004 kg."""
    assert z(z_scores(Measurement("L", 0, weight_kg=weight_kg)).weight_for_age) == pytest.approx(expected, abs=1e-5)


def test_weight_for_length__lies_between_the_rows_of_its_millimetres() -> None:
    """Boys: 70.0 cm M 8.4227 S 0.08229, 70.1 cm M 8.4454 S 0.0823, L -0.3521; so at 70.05 cm M 8.43405, S 0.082295."""
    child = Measurement("L", 200, length_cm=70.05, position="baring", weight_kg=9)
    assert z(z_scores(child).weight_for_length_height) == pytest.approx(0.780248, abs=1e-6)


def test_bmi__is_weight_by_the_square_of_the_corrected_length() -> None:
    assert z_scores(Measurement("L", 800, length_cm=100.7, position="baring", weight_kg=16)).bmi == pytest.approx(16)


# What the Ministry prints (Permenkes 2/2020, from WHO's simplified tables): the measures at -3 to +3 SD, one decimal.

Child = Callable[[float], Measurement]
PRINTED: list[tuple[str, Child, tuple[float, ...]]] = [
    ("weight_for_age", lambda kg: Measurement("L", 365, weight_kg=kg), (6.9, 7.7, 8.6, 9.6, 10.8, 12.0, 13.3)),
    ("length_height_for_age", lambda cm: Measurement("L", 365, cm), (68.6, 71.0, 73.4, 75.7, 78.1, 80.5, 82.9)),
    ("length_height_for_age", lambda cm: Measurement("P", 365, cm), (66.3, 68.9, 71.4, 74.0, 76.6, 79.2, 81.7)),
    ("length_height_for_age", lambda cm: Measurement("P", 1096, cm), (83.6, 87.4, 91.2, 95.1, 98.9, 102.7, 106.5)),
    (
        "weight_for_length_height",
        lambda kg: Measurement("P", 1200, 100.0, weight_kg=kg),
        (11.7, 12.8, 13.9, 15.2, 16.7, 18.4, 20.3),
    ),
]


@pytest.mark.parametrize(("indicator", "child", "printed"), PRINTED)
def test_printed_tables__every_column_reads_as_its_sd(indicator: str, child: Child, printed: tuple[float, ...]) -> None:
    """One decimal, so up to 0.05 off, and by full months, so up to 0.01 off the day's."""
    for sd, value in zip(range(-3, 4), printed, strict=True):
        low, high = (z(getattr(z_scores(child(at)), indicator)) for at in (value - 0.06, value + 0.06))
        assert low <= sd <= high, (sd, value)


# Age and position


@pytest.mark.parametrize(
    ("months", "days"), [(0, 0), (1, 30), (8, 244), (24, 731), (59.9, 1823), (59.99, 1826), (60, None), (60.1, None)]
)
def test_age_in_months__becomes_days_half_up_below_60(months: float, days: int | None) -> None:
    assert age_days(months) == days


@pytest.mark.parametrize(
    ("age", "position", "corrected"),
    [
        (273, "berdiri", 80.0),  # under nine months nobody stands: not believed
        (274, "berdiri", 80.7),
        (730, "berdiri", 80.7),
        (731, "berdiri", 80.0),
        (730, "baring", 80.0),
        (731, "baring", 79.3),
        (730, None, 80.0),
        (731, None, 80.0),
        (None, "baring", 80.0),
        (None, "berdiri", 80.0),
    ],
)
def test_length__is_turned_to_the_position_of_the_age(
    age: int | None, position: Position | None, corrected: float
) -> None:
    assert corrected_length(80, age, position) == pytest.approx(corrected)


def test_standing_before_nine_months__is_said() -> None:
    assert z_scores(Measurement("P", 273, length_cm=68, position="berdiri")).position_ignored
    assert not z_scores(Measurement("P", 274, length_cm=68, position="berdiri")).position_ignored
    assert not z_scores(Measurement("P", 273, length_cm=68, position="baring")).position_ignored


def test_weight_for_length__uses_the_height_table_from_day_731() -> None:
    """Boys of 70.0 cm: M 8.4227 kg lying, 8.5808 kg standing."""
    assert z(z_scores(Measurement("L", 730, 70, "baring", 8.4227)).weight_for_length_height) == pytest.approx(0)
    assert z(z_scores(Measurement("L", 731, 70, "berdiri", 8.5808)).weight_for_length_height) == pytest.approx(0)


@pytest.mark.parametrize(
    ("age", "position", "length_cm", "known"),
    [
        (10, "baring", 44.9, False),
        (10, "baring", 45.0, True),
        (700, "baring", 110.0, True),
        (700, "baring", 110.1, False),
        (731, "baring", 65.6, False),
        (731, "baring", 65.7, True),
        (1800, "berdiri", 120.0, True),
        (1800, "berdiri", 120.1, False),
    ],
)
def test_weight_for_length__ends_with_its_table(age: int, position: Position, length_cm: float, known: bool) -> None:
    scores = z_scores(Measurement("L", age, length_cm, position, 9))
    assert (scores.weight_for_length_height is not None) is known


# What cannot be said


def test_whole_measurement__has_all_eight_scores() -> None:
    scores = z_scores(WHOLE)
    assert all(getattr(scores, indicator) is not None for indicator in INDICATORS)


def test_nothing_measured__gives_nothing() -> None:
    scores = z_scores(Measurement("L", 400))
    assert [getattr(scores, field.name) for field in fields(scores)] == [None, False, *[None] * 9]


@pytest.mark.parametrize("age", [None, -1, LAST_DAY + 1])
def test_age_unknown_or_out_of_range__leaves_bmi_alone(age: int | None) -> None:
    scores = z_scores(Measurement("L", age, 80, None, 10, 45, 14, 8, 7))
    assert all(getattr(scores, indicator) is None for indicator in INDICATORS)
    assert scores.corrected_length_cm == 80
    assert scores.bmi == pytest.approx(15.625)


def test_last_day__still_counts() -> None:
    """Girls of 1856 days: M 109.9352 ends the table."""
    assert z(z_scores(Measurement("P", LAST_DAY, length_cm=109.9352)).length_height_for_age) == pytest.approx(0)


def test_arm_and_skinfolds__begin_at_three_months() -> None:
    for age, known in ((90, False), (91, True)):
        scores = z_scores(Measurement("L", age, head_cm=40, arm_cm=13, triceps_mm=9, subscapular_mm=7))
        assert [getattr(scores, indicator) is not None for indicator in FROM_DAY_91] == [known] * 3
        assert scores.head_for_age is not None


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_no_measure_is_zero_or_less(value: float) -> None:
    scores = z_scores(Measurement("L", 400, value, None, value, value, value, value, value))
    assert [getattr(scores, field.name) for field in fields(scores)] == [None, False, *[None] * 9]


def test_length_that_the_correction_eats_up__is_none() -> None:
    scores = z_scores(Measurement("L", 800, 0.7, "baring", 10))
    assert (scores.corrected_length_cm, scores.bmi, scores.length_height_for_age) == (None, None, None)


def test_oedema__hides_the_scores_that_rest_on_weight() -> None:
    swollen = Measurement("P", 400, 74, "baring", 9, 45, 14, 8, 7, oedema=True)
    scores = z_scores(swollen)
    assert (scores.weight_for_age, scores.weight_for_length_height, scores.bmi_for_age) == (None, None, None)
    plain = z_scores(WHOLE)
    kept = ("length_height_for_age", "head_for_age", *FROM_DAY_91, "bmi")
    assert [getattr(scores, name) for name in kept] == [getattr(plain, name) for name in kept]


@pytest.mark.parametrize(
    ("child", "indicator", "flagged"),
    [
        # Boys at birth: 6 SD of length are 11.3586 cm; what reads 6.00 is still believed, 6.01 no more.
        (Measurement("L", 0, length_cm=49.8842 + 11.3662), "length_height_for_age", False),
        (Measurement("L", 0, length_cm=49.8842 + 11.3776), "length_height_for_age", True),
        (Measurement("L", 0, length_cm=49.8842 - 11.3586), "length_height_for_age", False),
        (Measurement("L", 0, length_cm=49.8842 - 11.3776), "length_height_for_age", True),
        # Weight: -6 SD is 2.080308 - 3 * 0.379004 = 0.943296 kg, +5 SD is 5.030639 + 2 * 0.611286 = 6.253211 kg.
        (Measurement("L", 0, weight_kg=0.9433), "weight_for_age", False),
        (Measurement("L", 0, weight_kg=0.9395), "weight_for_age", True),
        (Measurement("L", 0, weight_kg=6.2532), "weight_for_age", False),
        (Measurement("L", 0, weight_kg=6.2594), "weight_for_age", True),
        # Head: boys at birth M 34.4618, S 0.03686: 5 SD are 6.351310 cm.
        (Measurement("L", 0, head_cm=34.4618 - 6.3513), "head_for_age", False),
        (Measurement("L", 0, head_cm=34.4618 - 6.3641), "head_for_age", True),
        (Measurement("L", 0, head_cm=34.4618 + 6.3641), "head_for_age", True),
        (Measurement("P", 1000, 90, "berdiri", 25), "weight_for_length_height", True),
        (Measurement("P", 1000, 90, "berdiri", 25), "bmi_for_age", True),
    ],
)
def test_flag__marks_what_cannot_be_believed(child: Measurement, indicator: str, flagged: bool) -> None:
    score = getattr(z_scores(child), indicator)
    assert score is not None
    assert score.flagged is flagged, score


# Always


@given(
    st.sampled_from(SEXES),
    st.integers(0, LAST_DAY),
    st.floats(0.1, 200),
    st.sampled_from(["baring", "berdiri", None]),
    st.floats(0.1, 100),
)
def test_heavier__is_never_a_lower_score(
    sex: Sex, age: int, length_cm: float, position: Position | None, weight_kg: float
) -> None:
    light, heavy = (
        z_scores(Measurement(sex, age, length_cm, position, weight)) for weight in (weight_kg, weight_kg * 1.01)
    )
    for indicator in ("weight_for_age", "bmi_for_age", "weight_for_length_height"):
        one, other = getattr(light, indicator), getattr(heavy, indicator)
        assert (one is None) is (other is None)
        assert one is None or one.z < other.z

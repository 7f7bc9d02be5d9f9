"""Every number of WHO's own cases: the sample of its igrowup software, and the corner cases of its R package anthro.

The cases are not part of the project. tests/conftest.py leaves this file out, and says so, where they are not at hand.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import cast

import pytest

from forms.growth.zscores import (
    Measurement,
    Position,
    Score,
    Sex,
    ZScores,
    age_days,
    corrected_length,
    whole_days,
    z_scores,
)
from tests.support.reference import growth_cases

TOLERANCE = 0.0051  # expected scores are rounded to two decimals
EXACT = 1e-6
Case = dict[str, str]
SEX: dict[str, Sex] = {"1": "L", "2": "P"}
POSITION: dict[str, Position] = {"l": "baring", "h": "berdiri"}
SCORES = {
    "len": "length_height_for_age",
    "wei": "weight_for_age",
    "wfl": "weight_for_length_height",
    "bmi": "bmi_for_age",
    "hc": "head_for_age",
    "ac": "arm_for_age",
    "ts": "triceps_for_age",
    "ss": "subscapular_for_age",
}


def read(name: str) -> list[Case]:
    folder = growth_cases()
    assert folder is not None
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SURVEY = read("who_igrowup_mysurvey_498.csv")
CORNERS = read("anthro_r_testthat_cases.csv")


def number(text: str | None) -> float | None:
    return float(text) if text and text != "NA" else None


def measurement(case: Case, age: int | None) -> Measurement:
    return Measurement(
        sex=SEX[case["sex"]],
        age_days=age,
        length_cm=number(case["lenhei_cm"]),
        position=POSITION.get(case["measure"]),
        weight_kg=number(case["weight_kg"]),
        head_cm=number(case.get("headc_cm")),
        arm_cm=number(case.get("muac_cm")),
        triceps_mm=number(case.get("triskin_mm")),
        subscapular_mm=number(case.get("subskin_mm")),
        oedema=case["oedema"] == "y",
    )


def score_of(column: str) -> Callable[[ZScores], float | None]:
    """What an expected column stands for: exp_z* a score, exp_f* its flag, else length, BMI or position."""
    if column in {"exp_clenhei", "exp_cbmi", "exp_c9mo_flag"}:
        name = {"exp_clenhei": "corrected_length_cm", "exp_cbmi": "bmi", "exp_c9mo_flag": "position_ignored"}[column]
        return lambda scores: cast(float | None, getattr(scores, name))
    kind, name = column[len("exp_")], SCORES[column[len("exp_z") :]]

    def take(scores: ZScores) -> float | None:
        score = cast(Score | None, getattr(scores, name))
        return None if score is None else score.z if kind == "z" else float(score.flagged)

    return take


def tolerance(column: str) -> float:
    return TOLERANCE if column.startswith("exp_z") else EXACT


def agrees(got: float | None, expected: float | None, within: float) -> bool:
    return got is expected if got is None or expected is None else abs(got - expected) <= within


SURVEY_SCORES = [(case["id"], case, z_scores(measurement(case, int(case["age_days"])))) for case in SURVEY]


def test_survey__is_whole() -> None:
    assert len(SURVEY) == 498
    assert sum(column.startswith("exp_") for column in SURVEY[0]) == 14


@pytest.mark.parametrize("column", [column for column in SURVEY[0] if column.startswith("exp_")])
def test_survey__every_child_has_whos_number(column: str) -> None:
    """Blank means that WHO gives none."""
    take = score_of(column)
    off = [
        (child, case[column], take(scores))
        for child, case, scores in SURVEY_SCORES
        if not agrees(take(scores), number(case[column]), tolerance(column))
    ]
    assert off == []


def test_survey__its_ages_in_months_become_its_days() -> None:
    off = [
        case
        for case in SURVEY
        if (days := age_days(float(case["age_months"]))) is not None and days != int(case["age_days"])
    ]
    assert off == []


def corner_age(case: Case) -> int | None:
    age = number(case["age"])
    if age is None:
        return None
    return age_days(age) if case["age_unit"] == "months" else whole_days(age)


def test_corner_cases__are_whole() -> None:
    assert [int(case["case"]) for case in CORNERS] == list(range(1, 24))


@pytest.mark.parametrize("case", CORNERS, ids=lambda case: f"{case['case']}-{case['source_file']}")
def test_corner_case__has_whos_numbers(case: Case) -> None:
    """Blank means that WHO's test does not ask; NA that there is no score."""
    asked = {column: case[column] for column in case if column.startswith("exp_") and case[column] != ""}
    if case["sex"] == "":
        assert list(asked) == ["exp_clenhei"]  # the one case without a sex asks for the length alone
        length = corrected_length(float(case["lenhei_cm"]), corner_age(case), POSITION.get(case["measure"]))
        assert length == pytest.approx(float(asked["exp_clenhei"]), abs=EXACT)
        return
    scores = z_scores(measurement(case, corner_age(case)))
    got = {column: score_of(column)(scores) for column in asked}
    off = {
        column: (text, got[column])
        for column, text in asked.items()
        if not agrees(got[column], number(text), tolerance(column))
    }
    assert off == {}


def test_corner_case_of_59_9_months__has_scores() -> None:
    """Case 17 says in words only that scores are given just below 60 months."""
    case = CORNERS[16]
    assert number(case["age"]) == 59.9
    scores = z_scores(measurement(case, corner_age(case)))
    assert None not in (scores.length_height_for_age, scores.weight_for_age, scores.weight_for_length_height)

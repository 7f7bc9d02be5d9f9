"""Since when somebody has left: days that cannot be meant are refused, days that may be slips are asked about."""

from __future__ import annotations

from datetime import date

import pytest

from forms.domain import ACTIVE, BORN_ON, MOVED, STATUS, STATUS_DAY
from forms.periods import Quarter
from forms.problems import ProblemError
from server.decisions.days import Doubts, doubts_of, require_status_day
from server.entities.entity import Entity

TODAY = date(2026, 11, 30)
Q2, Q3 = Quarter(2026, 2), Quarter(2026, 3)
CHILD = Entity(
    "11.01.01.2001",
    "anak-1",
    "anak",
    date(2026, 7, 2),
    data={BORN_ON: "2026-06-25", STATUS: ACTIVE},
    visited_on=date(2026, 10, 19),
    measurements={"2026-11-19 x": {"day": "2026-11-19", "berat": 6.1}},
)


def said(day: str, status: str = MOVED) -> dict[str, str]:
    return {STATUS: status, STATUS_DAY: day}


@pytest.mark.parametrize(
    ("day", "code", "words"),
    [
        ("2026-04-20", "day-before-birth", ("sebelum hari lahirnya, 2026-06-25", "before the birth, 2026-06-25")),
        ("2026-06-30", "day-before-registration", ("sebelum pendaftarannya", "before the registration")),
        ("2026-12-01", "day-in-future", ("belum tiba", "has not come yet")),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused_in_both_languages(day: str, code: str, words: tuple[str, str]) -> None:
    with pytest.raises(ProblemError) as refused:
        require_status_day(CHILD, said(day), TODAY)
    assert refused.value.code == code
    assert words[0] in refused.value.text("id")
    assert words[1] in refused.value.text("en")


def test_any_day_since_the_registration_can_be_meant() -> None:
    for day in ("2026-07-02", "2026-11-30"):
        require_status_day(CHILD, said(day), TODAY)
    require_status_day(CHILD, {"dusun": "Melati"}, TODAY)


def test_a_visit_or_measurement_after_the_day_is_a_doubt() -> None:
    assert doubts_of(CHILD, said("2026-11-18"), []) == Doubts(date(2026, 11, 18), date(2026, 11, 19), ())
    assert doubts_of(CHILD, said("2026-11-19"), []) is None


def test_signed_quarters_from_that_of_the_day_on_are_a_doubt() -> None:
    found = doubts_of(CHILD, said("2026-09-30"), [Q3, Q2])
    assert found is not None
    assert found.signed == (Q3,)
    assert doubts_of(CHILD, said("2026-11-20"), [Q2, Q3]) is None
    assert doubts_of(CHILD, {"dusun": "Melati"}, [Q2, Q3]) is None


def test_who_comes_back_counts_again_since_they_had_left() -> None:
    gone = Entity(**{**vars(CHILD), "data": {**CHILD.data, STATUS: MOVED, STATUS_DAY: "2026-08-01"}})
    assert doubts_of(gone, said("2026-11-20", ACTIVE), [Q2, Q3]) == Doubts(date(2026, 11, 20), None, (Q3,))

"""The performance of a KPM counted a second time, in plain Python, straight from the sentences of the rules.

It shares nothing with the program: no SQL, no forms, its own calendar (tests/recounts/looks.py). Above each part stands
the sentence that it follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.recounts.kpm_year import PaudRow, Year
from tests.recounts.looks import (
    DAY,
    Month,
    Period,
    active_months,
    completed_months,
    day_d,
    first_day,
    first_day_of_age,
    following,
    last_day,
    month_of,
)
from tests.recounts.recount import percent
from tests.support.facts import Child, Measurement, Mother, Visit

JAKARTA = timedelta(hours=7)
Row = Visit | Measurement | PaudRow


def recount(years: Sequence[Year], code: str, period: Period) -> dict[str, Any]:
    """The performance of the KPM of village `code`, in the shape of the command's JSON; `years` are all villages."""
    parts = {
        **_by_months("visits", _visits(years, code, period), period),
        "heights": _heights(years, code, period),
        **_by_months("paud", _paud(years, code, period), period),
    }
    here = next(year for year in years if year.code == code)
    meeting_until = last_day(following(month_of(period.last)))
    parts["social_map"] = _yearly(
        [day for day in here.maps if day.year == period.year], date(period.year, 3, 31), period
    )
    parts["rembuk"] = _yearly(
        [day for day, year in here.rembuk if year == period.year], date(period.year, 6, 30), period
    )
    # The meeting until the month after the quarter is over, as it looks back on the whole quarter.
    held = any(
        of == f"{period.year}-Q{period.quarter}" and period.first <= day <= min(meeting_until, period.today)
        for day, of in here.meetings
    )
    parts["meeting"] = _part(held, held or period.today > meeting_until, 1, meeting_until)
    parts["sent"] = _sent(years, code, period)
    shares = [Fraction(part["done"], part["due"]) for part in parts.values() if part["due"]]
    # The performance is the mean of the shares that there are, each with the same weight.
    mean = sum(shares, Fraction(0)) / len(shares) if shares else None
    return {
        "village": code,
        "period": f"{period.year}-Q{period.quarter}",
        "as_of": period.as_of.isoformat(),
        "final_from": (meeting_until + DAY).isoformat(),
        "final": period.today > meeting_until,
        "percent": percent(mean.numerator, mean.denominator) if mean is not None else None,
        "parts": [{"duty": duty, "asked": True, **parts[duty]} for duty in ORDER],
        "months": {
            f"{month[0]}-{month[1]:02}": {"visited": done, "targets": all_}
            for month, (done, all_) in _visits(years, code, period).items()
            if all_
        },
    }


ORDER = ("visits", "heights", "paud", "social_map", "rembuk", "meeting", "sent")


def _part(done: int, due: int, all_: int, until: date | None) -> dict[str, Any]:
    done, due = int(done), int(due)
    day = until.isoformat() if until else None
    return {"done": done, "due": due, "percent": percent(done, due), "all": all_, "until": day}


# -- what is done for each target --------------------------------------------------------------------------------------


def _credited(year: Year, rows: Iterable[Row], code: str) -> tuple[int, int]:
    """(done, to do) for one target and month. Credited is whoever sent a row; what nobody did is owed by the village
    where the target lives; what only another KPM did is no matter of this one."""
    origins = {year.origin(row) for row in rows}
    if code in origins:
        return 1, 1
    return 0, int(not origins and year.code == code)


def _add(tallies: Iterable[tuple[int, int]]) -> tuple[int, int]:
    pairs = list(tallies)
    return sum(done for done, _ in pairs), sum(all_ for _, all_ in pairs)


def _visits(years: Sequence[Year], code: str, period: Period) -> dict[Month, tuple[int, int]]:
    """Home visits of the quarter's months, one for each target active in a month."""
    return {
        month: _add(
            _credited(year, [row for row in _visits_of(year, target) if _in_month(row, month, period)], code)
            for year in years
            for target in year.village.targets
            if month in active_months(target, period)
        )
        for month in period.months
    }


def _visits_of(year: Year, target: Mother | Child) -> list[Visit]:
    kind = "ibu_hamil" if isinstance(target, Mother) else "anak"
    return [visit for visit in year.village.visits if (visit.kind, visit.target) == (kind, target.id)]


def _in_month(row: Row, month: Month, period: Period) -> bool:
    return month_of(row.tanggal) == month and row.tanggal <= period.as_of


def _paud(years: Sequence[Year], code: str, period: Period) -> dict[Month, tuple[int, int]]:
    """Children of PAUD age asked after, each month."""
    return {
        month: _add(
            _credited(year, [row for row in year.paud if row.child == child.id and _in_month(row, month, period)], code)
            for year in years
            for child in year.village.children
            if _is_of_paud_age(child, month)
        )
        for month in period.months
    }


def _is_of_paud_age(child: Child, month: Month) -> bool:
    """From the first day on which 24 months are completed (or the registration, if that is later) until the first day
    on which 72 are, or the day the child is closed; in a month: from before its end, until after its first day."""
    if child.tanggal_lahir is None:
        return False
    two, six = (first_day_of_age(child.tanggal_lahir, months) for months in (24, 72))
    ends = min(six, child.tanggal_status) if child.status != "aktif" and child.tanggal_status else six
    if ends <= two:
        return False
    return max(two, child.registered_on) <= last_day(month) and ends > first_day(month)


def _heights(years: Sequence[Year], code: str, period: Period) -> dict[str, Any]:
    """Children of 0-23 months, at least 3 months old, whose height was checked in the half-year by whomever."""
    tallies = []
    for year in years:
        for child in year.village.children:
            born = child.tanggal_lahir
            if active_months(child, period) and born and completed_months(born, day_d(child, period)) >= 3:
                rows: list[Row] = [row for row in _visits_of(year, child) if row.answers.get("ukur") == "ya"]
                rows += [row for row in year.village.measurements if row.child == child.id]
                rows = [row for row in rows if period.half_year_first <= row.tanggal <= period.as_of]
                tallies.append(_credited(year, rows, code))
    done, all_ = _add(tallies)
    # Does not count as failed until the quarter is over.
    return _part(done, all_ if period.today > period.last else done, all_, period.last)


def _by_months(duty: str, months: dict[Month, tuple[int, int]], period: Period) -> dict[str, Any]:
    """A visit does not count as failed until its month is over."""
    done = sum(done for done, _ in months.values())
    due = sum(all_ if period.today > last_day(month) else done for month, (done, all_) in months.items())
    return {duty: _part(done, due, sum(all_ for _, all_ in months.values()), last_day(period.months[-1]))}


# -- once a year, and in time ------------------------------------------------------------------------------------------


def _yearly(days: list[date], until: date, period: Period) -> dict[str, Any]:
    """In the quarter in which that day lies it must be done by then; in later ones it is enough that it was done at
    all; before, it counts where it is done."""
    days = [day for day in days if day <= period.as_of]
    if until < period.first:
        return _part(bool(days), True, 1, until)
    in_time = any(day <= until for day in days)
    return _part(in_time, in_time or (until <= period.last and until < period.today), 1, until)


def _sent(years: Sequence[Year], code: str, period: Period) -> dict[str, Any]:
    """Forms about days of the quarter that came in at most five days after the day that they speak of."""
    late = [
        _local_day(year.received[row.order]) - row.tanggal > timedelta(days=5)
        for year in years
        for row in year.rows
        if year.origin(row) == code and period.first <= row.tanggal <= period.as_of
    ]
    return _part(late.count(False), len(late), len(late), None)


def _local_day(moment: datetime) -> date:
    return (moment + JAKARTA).date()

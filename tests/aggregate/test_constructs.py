"""Dates in SQL are the dates of forms/periods.py, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Date, Engine, literal, select, union_all

from aggregate.constructs import DateText, DayBefore, DaysBetween, MonthText, completed_months
from forms import periods
from server.store.engine import reading

# Ends and beginnings of months, leap days, and days of one number.
DAYS = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 28), date(2024, 2, 29)]
DAYS += [date(2024, 3, 1), date(2024, 3, 30), date(2025, 2, 28), date(2025, 3, 1), date(2025, 4, 30), date(2026, 1, 31)]
PAIRS = [(birth, day) for birth in DAYS for day in DAYS]


def test_ages_and_spans(store: Engine) -> None:
    rows = union_all(
        *[select(literal(birth, Date()).label("birth"), literal(day, Date()).label("day")) for birth, day in PAIRS]
    ).subquery()
    wanted = select(
        rows.c.birth, rows.c.day, completed_months(rows.c.birth, rows.c.day), DaysBetween(rows.c.birth, rows.c.day)
    )

    with reading(store) as connection:
        got = {(birth, day): (months, days) for birth, day, months, days in connection.execute(wanted)}

    assert got == {(birth, day): (periods.completed_months(birth, day), (day - birth).days) for birth, day in PAIRS}


def test_days_and_their_texts(store: Engine) -> None:
    rows = union_all(*[select(literal(day, Date()).label("day")) for day in DAYS]).subquery()
    day = rows.c.day

    with reading(store) as connection:
        got = {
            found.day: tuple(found)[1:]
            for found in connection.execute(select(day, DayBefore(day), DateText(day), MonthText(day)))
        }

    assert got == {day: (day - timedelta(days=1), day.isoformat(), day.isoformat()[:7]) for day in DAYS}


def test_what_is_unknown_stays_unknown(store: Engine) -> None:
    nothing = literal(None, Date())
    with reading(store) as connection:
        got = connection.execute(
            select(
                completed_months(nothing, literal(DAYS[0], Date())),
                DaysBetween(nothing, literal(DAYS[0], Date())),
                DayBefore(nothing),
                MonthText(nothing),
            )
        ).one()

    assert tuple(got) == (None, None, None, None)

"""Dates in SQL are the dates of forms/periods.py, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Date, Engine, Text, literal, select, union_all

from aggregate.sql.functions import DateText, DayBefore, DayOfText, DaysBetween, MonthText, YearsAfter, completed_months
from forms import periods
from server.database.engine import reading

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


def test_years_are_completed_as_months_are(store: Engine) -> None:
    rows = union_all(*[select(literal(day, Date()).label("day")) for day in DAYS]).subquery()

    with reading(store) as connection:
        wanted = select(rows.c.day, YearsAfter(rows.c.day, 2), YearsAfter(rows.c.day, 6))
        got = {found.day: tuple(found)[1:] for found in connection.execute(wanted)}

    assert got == {day: (periods.add_months(day, 24), periods.add_months(day, 72)) for day in DAYS}


def test_a_text_that_is_a_day_or_a_moment_is_that_day(store: Engine) -> None:
    days = ["2026-02-28", "2024-02-29", "2026-03-31T08:15:00.000+07:00", "1900-01-01", "2200-12-31", "2026-01-31T08:15"]
    none = ["", "ya", "2026-02-29", "2026-02-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-1-5", "2026-01-311"]
    none += ["1899-12-31", "2201-01-01", "31-01-2026", " 2026-01-31", "2026/01/31", "2026-01-31' OR 1=1"]
    none += ["2026-01-31 08:15", "2026-01-31T", "2026-01-31T8:15", "2026-01-31T08:15 DROP", "2026-01-31Z"]
    rows = union_all(*[select(literal(text, Text()).label("text")) for text in (*days, *none)]).subquery()

    with reading(store) as connection:
        got = {found.text: found[1] for found in connection.execute(select(rows.c.text, DayOfText(rows.c.text)))}

    assert got == {text: periods.read_day(text) for text in days} | dict.fromkeys(none)


def test_what_is_unknown_stays_unknown(store: Engine) -> None:
    nothing = literal(None, Date())
    with reading(store) as connection:
        got = connection.execute(
            select(
                completed_months(nothing, literal(DAYS[0], Date())),
                DaysBetween(nothing, literal(DAYS[0], Date())),
                DayBefore(nothing),
                MonthText(nothing),
                YearsAfter(nothing, 2),
                DayOfText(literal(None, Text())),
            )
        ).one()

    assert tuple(got) == (None,) * 6

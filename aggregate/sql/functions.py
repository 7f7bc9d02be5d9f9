"""What SQLite and PostgreSQL spell differently of days and months.

Dates are `Date` columns or parameters: ISO text in SQLite, `date` in PostgreSQL. A missing value gives NULL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Text, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from forms.periods import FIRST_YEAR, LAST_YEAR


class DaysBetween(FunctionElement[int]):
    """Days from the first date to the second; negative where the second is earlier."""

    type = Integer()
    inherit_cache = True


class DayBefore(FunctionElement[Any]):
    """The day before a date."""

    type = Date()
    inherit_cache = True


class YearsAfter(FunctionElement[Any]):
    """The first day on which that many years are completed since a date: 1 March after a birth on 29 February, where
    there is none. The second argument is a plain int."""

    type = Date()
    inherit_cache = True

    def __init__(self, day: ColumnElement[Any], years: int) -> None:
        super().__init__(day, literal_column(str(years)))


class Day(FunctionElement[Any]):
    """A date of a table, to be compared. SQLite's columns of dates are numeric: it would try to read a number from both
    sides, which takes longer than to compare them. Where an index is to find the date, the column says more."""

    type = Date()
    inherit_cache = True


class DayOfText(FunctionElement[Any]):
    """The day of a text, as forms.periods.read_day reads it; NULL where it is none."""

    type = Date()
    inherit_cache = True


class DateText(FunctionElement[str]):
    """A date as `2026-03-31`, which sorts as time does."""

    type = Text()
    inherit_cache = True


class MonthText(FunctionElement[str]):
    """The month of a date as `2026-03`."""

    type = Text()
    inherit_cache = True


class MonthNumber(FunctionElement[int]):
    """The month of a date as 202603."""

    type = Integer()
    inherit_cache = True


class Rank(FunctionElement[str]):
    """A date and a text behind it, in a text that sorts as time does. To be compared only; quicker than DateText."""

    type = Text()
    inherit_cache = True
    DAY_WIDTH = 10  # characters of the date, however it is written


class completed_months(FunctionElement[int]):  # noqa: N801 - named as the function that it stands for
    """Age in completed calendar months from a birth to a day, as forms.periods.completed_months counts it."""

    type = Integer()
    inherit_cache = True


def arguments(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    """The SQL of what the function is called with."""
    return [compiler.process(clause, **kw) for clause in element.clauses]


@compiles(DaysBetween, "sqlite")
def _days_between_sqlite(element: DaysBetween, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = arguments(element, compiler, **kw)
    return f"CAST(julianday({second}) - julianday({first}) AS INTEGER)"


@compiles(DaysBetween, "postgresql")
def _days_between_postgresql(element: DaysBetween, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = arguments(element, compiler, **kw)
    return f"({second} - {first})"


@compiles(DayBefore, "sqlite")
def _day_before_sqlite(element: DayBefore, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"date({day}, '-1 day')"


@compiles(DayBefore, "postgresql")
def _day_before_postgresql(element: DayBefore, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"({day} - 1)"


@compiles(Day, "sqlite")
def _day_sqlite(element: Day, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"+({day})"


@compiles(Day, "postgresql")
def _day_postgresql(element: Day, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return day


@compiles(YearsAfter, "sqlite")
def _years_after_sqlite(element: YearsAfter, compiler: SQLCompiler, **kw: Any) -> str:
    day, years = arguments(element, compiler, **kw)
    return f"date({day}, '+{years} years')"  # a day that the month lacks rolls over to the next month's first


@compiles(YearsAfter, "postgresql")
def _years_after_postgresql(element: YearsAfter, compiler: SQLCompiler, **kw: Any) -> str:
    day, years = arguments(element, compiler, **kw)
    # An interval stops at the month's last day: the day after it then, as in SQLite.
    same = f"CAST({day} + INTERVAL '{years} years' AS DATE)"
    return f"({same} + CAST(EXTRACT(day FROM {same}) < EXTRACT(day FROM {day}) AS INTEGER))"


@compiles(DayOfText, "sqlite")
def _day_of_text_sqlite(element: DayOfText, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = arguments(element, compiler, **kw)
    digit = "[0-9]"
    time = f"(t GLOB '{'?' * 10}T{digit * 2}:{digit * 2}*' AND substr(t, 17) NOT GLOB '*[^0-9:.+Z-]*')"
    like_a_day = f"t GLOB '{digit * 4}-{digit * 2}-{digit * 2}*' AND (length(t) = 10 OR {time})"
    # Without something to add, date() hands 31 February back as it is.
    is_a_day = "date(substr(t, 1, 10), '+0 days') = substr(t, 1, 10)"
    is_meant = f"substr(t, 1, 4) BETWEEN '{FIRST_YEAR}' AND '{LAST_YEAR}'"
    day = f"CASE WHEN {like_a_day} AND {is_a_day} AND {is_meant} THEN substr(t, 1, 10) END"
    return f"(SELECT {day} FROM (SELECT {text} AS t))"  # noqa: S608 - a piece of SQL made of SQL


@compiles(DayOfText, "postgresql")
def _day_of_text_postgresql(element: DayOfText, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = arguments(element, compiler, **kw)
    time = r"(?:T\d\d:\d\d[\d:.+Z-]*)?"
    like_a_day = rf"'^\d{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]){time}$'"
    # A cast would raise on 31 February: counted from the month's first day it is in another month instead.
    day = f"CAST(left({text}, 8) || '01' AS DATE) + (CAST(substr({text}, 9, 2) AS INTEGER) - 1)"
    is_a_day = f"to_char({day}, 'YYYY-MM-DD') = left({text}, 10)"
    is_meant = f"left({text}, 4) BETWEEN '{FIRST_YEAR}' AND '{LAST_YEAR}'"
    return f"(CASE WHEN {text} ~ {like_a_day} THEN CASE WHEN {is_a_day} AND {is_meant} THEN {day} END END)"


@compiles(completed_months, "sqlite")
def _completed_months_sqlite(element: completed_months, compiler: SQLCompiler, **kw: Any) -> str:
    birth, day = arguments(element, compiler, **kw)

    def passed(place: int, width: int) -> str:
        return " - ".join(f"CAST(substr({one}, {place}, {width}) AS INTEGER)" for one in (day, birth))

    return f"(({passed(1, 4)}) * 12 + {passed(6, 2)} - ({passed(9, 2)} < 0))"


@compiles(completed_months, "postgresql")
def _completed_months_postgresql(element: completed_months, compiler: SQLCompiler, **kw: Any) -> str:
    birth, day = arguments(element, compiler, **kw)

    def passed(field: str) -> str:  # EXTRACT gives decimals of any length, which take five times as long
        return f"date_part('{field}', {day}) - date_part('{field}', {birth})"

    before_its_day = f"CAST({passed('day')} < 0 AS INTEGER)"
    return f"CAST(({passed('year')}) * 12 + {passed('month')} - {before_its_day} AS INTEGER)"


@compiles(DateText, "sqlite")
def _date_text_sqlite(element: DateText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return day


@compiles(DateText, "postgresql")
def _date_text_postgresql(element: DateText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"to_char({day}, 'YYYY-MM-DD')"


@compiles(MonthText, "sqlite")
def _month_text_sqlite(element: MonthText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"substr({day}, 1, 7)"


@compiles(MonthText, "postgresql")
def _month_text_postgresql(element: MonthText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"to_char({day}, 'YYYY-MM')"


@compiles(MonthNumber, "sqlite")
def _month_number_sqlite(element: MonthNumber, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"CAST(substr({day}, 1, 4) || substr({day}, 6, 2) AS INTEGER)"


@compiles(MonthNumber, "postgresql")
def _month_number_postgresql(element: MonthNumber, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = arguments(element, compiler, **kw)
    return f"CAST(date_part('year', {day}) * 100 + date_part('month', {day}) AS INTEGER)"


@compiles(Rank, "sqlite")
def _rank_sqlite(element: Rank, compiler: SQLCompiler, **kw: Any) -> str:
    day, rest = arguments(element, compiler, **kw)
    return f"({day} || {rest})"


@compiles(Rank, "postgresql")
def _rank_postgresql(element: Rank, compiler: SQLCompiler, **kw: Any) -> str:
    day, rest = arguments(element, compiler, **kw)
    # A number of days of always ten digits. to_char() takes much longer.
    return f"(({day} - DATE '0001-01-01' + 1000000000) || {rest})"

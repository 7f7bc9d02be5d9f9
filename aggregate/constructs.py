"""What SQLite and PostgreSQL spell differently: days, months, and text read as a number.

Dates are `Date` columns or parameters: ISO text in SQLite, `date` in PostgreSQL. A missing value gives NULL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Double, Integer, Text, cast, extract
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class DaysBetween(FunctionElement[int]):
    """Days from the first date to the second; negative where the second is earlier."""

    type = Integer()
    inherit_cache = True


class DayBefore(FunctionElement[Any]):
    """The day before a date."""

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


class TextAsNumber(FunctionElement[float]):
    """The number that a text writes, as XPath reads it (blanks around, minus, digits, a point); else NULL."""

    type = Double()
    inherit_cache = True


class Truncated(FunctionElement[float]):
    """A number without its fraction: -1.5 gives -1."""

    type = Double()
    inherit_cache = True


def completed_months(birth: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[int]:
    """Age in completed calendar months, as forms.periods.completed_months counts it."""
    months = (extract("year", day) - extract("year", birth)) * 12 + extract("month", day) - extract("month", birth)
    return cast(months - cast(extract("day", day) < extract("day", birth), Integer), Integer)


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]


@compiles(DaysBetween, "sqlite")
def _days_between_sqlite(element: DaysBetween, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = _arguments(element, compiler, **kw)
    return f"CAST(julianday({second}) - julianday({first}) AS INTEGER)"


@compiles(DaysBetween, "postgresql")
def _days_between_postgresql(element: DaysBetween, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = _arguments(element, compiler, **kw)
    return f"({second} - {first})"


@compiles(DayBefore, "sqlite")
def _day_before_sqlite(element: DayBefore, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return f"date({day}, '-1 day')"


@compiles(DayBefore, "postgresql")
def _day_before_postgresql(element: DayBefore, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return f"({day} - 1)"


@compiles(DateText, "sqlite")
def _date_text_sqlite(element: DateText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return day


@compiles(DateText, "postgresql")
def _date_text_postgresql(element: DateText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return f"to_char({day}, 'YYYY-MM-DD')"


@compiles(MonthText, "sqlite")
def _month_text_sqlite(element: MonthText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return f"substr({day}, 1, 7)"


@compiles(MonthText, "postgresql")
def _month_text_postgresql(element: MonthText, compiler: SQLCompiler, **kw: Any) -> str:
    (day,) = _arguments(element, compiler, **kw)
    return f"to_char({day}, 'YYYY-MM')"


@compiles(TextAsNumber, "sqlite")
def _text_as_number_sqlite(element: TextAsNumber, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, **kw)
    # A cast alone would read "3 kali" as 3 and "tidak" as 0; SQLite has no regular expressions, but GLOB.
    only_digits = "t GLOB '*[0-9]*' AND replace(t, '-', '') NOT GLOB '*[^0-9.]*'"
    in_place = "t NOT GLOB '?*-*' AND t NOT GLOB '*.*.*'"
    number = f"CASE WHEN {only_digits} AND {in_place} THEN CAST(t AS REAL) END"
    return f"(SELECT {number} FROM (SELECT trim({text}) AS t))"  # noqa: S608 - a piece of SQL made of SQL


@compiles(TextAsNumber, "postgresql")
def _text_as_number_postgresql(element: TextAsNumber, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, **kw)
    # substring() gives NULL where the pattern does not match, so that the cast never raises.
    return rf"CAST(substring({text} FROM '^\s*(-?(?:\d+\.?\d*|\.\d+))\s*$') AS DOUBLE PRECISION)"


@compiles(Truncated, "sqlite")
def _truncated_sqlite(element: Truncated, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = _arguments(element, compiler, **kw)
    return f"CAST(CAST({number} AS INTEGER) AS REAL)"


@compiles(Truncated, "postgresql")
def _truncated_postgresql(element: Truncated, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = _arguments(element, compiler, **kw)
    return f"trunc(CAST({number} AS DOUBLE PRECISION))"

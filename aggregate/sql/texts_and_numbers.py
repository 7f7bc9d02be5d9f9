"""Texts and numbers in SQL that both databases spell in their own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Double, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from aggregate.sql.functions import arguments

# Characters: figures without end are no number that anything can be reckoned with.
_LONGEST_NUMBER = 30


class NotBlank(FunctionElement[str]):
    """A text of a column, NULL where it is blank: nullif(), which SQLite would call as a function."""

    type = Text()
    inherit_cache = True

    @property
    def column(self) -> ColumnElement[str]:
        (column,) = self.clauses
        return column


class TextAsNumber(FunctionElement[float]):
    """The number that a text writes, as XPath reads it (blanks around, minus, digits, a point); else NULL. So is one of
    more than 30 characters."""

    type = Double()
    inherit_cache = True


class LargeText(FunctionElement[str]):
    """A number of so many figures that it is a whole one, written without an exponent."""

    type = Text()
    inherit_cache = True


class Truncated(FunctionElement[float]):
    """A number without its fraction: -1.5 gives -1."""

    type = Double()
    inherit_cache = True


@compiles(NotBlank)
def _not_blank(element: NotBlank, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = arguments(element, compiler, **kw)
    return f"CASE WHEN ({text} != '') THEN {text} END"


@compiles(TextAsNumber, "sqlite")
def _text_as_number_sqlite(element: TextAsNumber, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = arguments(element, compiler, **kw)
    # A cast alone would read "3 kali" as 3 and "tidak" as 0; SQLite has no regular expressions, but GLOB.
    only_digits = "t GLOB '*[0-9]*' AND replace(t, '-', '') NOT GLOB '*[^0-9.]*'"
    in_place = "t NOT GLOB '?*-*' AND t NOT GLOB '*.*.*'"
    number = f"CASE WHEN length(t) <= {_LONGEST_NUMBER} AND {only_digits} AND {in_place} THEN CAST(t AS REAL) END"
    return f"(SELECT {number} FROM (SELECT trim({text}) AS t))"  # noqa: S608 - a piece of SQL made of SQL


@compiles(TextAsNumber, "postgresql")
def _text_as_number_postgresql(element: TextAsNumber, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = arguments(element, compiler, **kw)
    # substring() gives NULL where the pattern does not match, so that the cast never raises.
    short = rf"(?=[-.\d]{{1,{_LONGEST_NUMBER}}}\s*$)"
    return rf"CAST(substring({text} FROM '^\s*{short}(-?(?:\d+\.?\d*|\.\d+))\s*$') AS DOUBLE PRECISION)"


@compiles(LargeText, "sqlite")
def _large_text_sqlite(element: LargeText, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = arguments(element, compiler, **kw)
    return f"printf('%.0f', {number})"


@compiles(LargeText, "postgresql")
def _large_text_postgresql(element: LargeText, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = arguments(element, compiler, **kw)
    return f"CAST(CAST({number} AS NUMERIC) AS TEXT)"


@compiles(Truncated, "sqlite")
def _truncated_sqlite(element: Truncated, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = arguments(element, compiler, **kw)
    return f"CASE WHEN abs({number}) < 9e18 THEN CAST(CAST({number} AS INTEGER) AS REAL) ELSE {number} END"


@compiles(Truncated, "postgresql")
def _truncated_postgresql(element: Truncated, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = arguments(element, compiler, **kw)
    return f"trunc(CAST({number} AS DOUBLE PRECISION))"

"""What a statement is asked for: one quarter as seen on a day, and some villages. The parameters and their values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Date, Integer, Text, any_, bindparam, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from forms.indicators.rules import Window
from forms.periods import CHILD_MONTHS, PAUD_MONTHS, Quarter, add_months, month_end

QUARTER = bindparam("parameter_quarter", type_=Text)
VILLAGES = bindparam("parameter_villages", type_=Text, expanding=True)
_VILLAGES_IN_ONE = bindparam(VILLAGES.key, type_=ARRAY(Text))
RULES = bindparam("parameter_rules", type_=Integer)
YEAR = bindparam("parameter_year", type_=Text)
# The quarter's last day, or today while it runs.
AS_OF = bindparam("parameter_as_of", type_=Date)
# First and last day of each month of the quarter.
MONTHS = tuple(
    (bindparam(f"parameter_month_{place}_first", type_=Date), bindparam(f"parameter_month_{place}_last", type_=Date))
    for place in (1, 2, 3)
)
# The windows that are counted by months, from the narrowest to the widest, and the first day of each.
WINDOWS: tuple[Window, ...] = ("triwulan", "semester", "tahun", "semua")
WINDOW_STARTS = {window: bindparam(f"parameter_{window}", type_=Date) for window in WINDOWS}
# The first day of the rows that are read at once for such a window: those of two months at least, so that most latest
# answers are among them also on the first days of a quarter.
READ_FROM = {window: bindparam(f"parameter_from_{window}", type_=Date) for window in WINDOWS}
# Every child who is of the age of early education (PAUD) in the quarter is born between these days.
OLDEST, YOUNGEST = (bindparam(f"parameter_{name}", type_=Date) for name in ("oldest", "youngest"))


class of_villages(FunctionElement[bool]):  # noqa: N801 - reads as a function
    """Whether the column holds one of the villages in question.

    PostgreSQL gets them as one array, so that the text of a statement is the same for any number of them: it is read
    once in a connection, and not each time.
    """

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> of_villages:
        return self  # a condition as it is, where SQLite would be asked whether it is 1


@compiles(of_villages, "sqlite")
def _in_list(element: of_villages, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(_column(element).in_(VILLAGES), **kw)


@compiles(of_villages, "postgresql")
def _in_array(element: of_villages, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(_column(element) == any_(_VILLAGES_IN_ONE), **kw)


class of_joined_villages(of_villages):  # noqa: N801 - reads as a function
    """The same of a table that is joined by its village to one that is narrowed already.

    PostgreSQL would read all of a table that it joins by hashes, and has to be told. SQLite goes from row to row, and
    would look for each of them in the list again.
    """

    inherit_cache = True


@compiles(of_joined_villages, "sqlite")
def _nothing_more(_element: of_joined_villages, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(true(), **kw)


@compiles(of_joined_villages, "postgresql")
def _in_array_again(element: of_joined_villages, compiler: SQLCompiler, **kw: Any) -> str:
    return _in_array(element, compiler, **kw)


def _column(element: of_villages) -> ColumnElement[Any]:
    (column,) = element.clauses
    return column


def parameters(quarter: Quarter, today: date, villages: Sequence[str], rules: int) -> dict[str, Any]:
    """The values for one execution by parameter; `rules` is the number of the indicator workbook."""
    values: dict[str, Any] = {
        QUARTER.key: str(quarter),
        VILLAGES.key: list(villages),
        RULES.key: rules,
        YEAR.key: str(quarter.year),
        AS_OF.key: quarter.as_of(today),
        OLDEST.key: add_months(quarter.first_day, -PAUD_MONTHS - 1),
        YOUNGEST.key: add_months(quarter.last_day, 1 - CHILD_MONTHS),
    }
    for (first, last), start in zip(MONTHS, quarter.month_starts, strict=True):
        values |= {first.key: start, last.key: month_end(start)}
    starts: dict[Window, date] = {
        "triwulan": quarter.first_day,
        "semester": quarter.semester_start,
        "tahun": quarter.year_start,
        "semua": date.min,
    }
    lately = add_months(quarter.as_of(today), -2)
    for window, day in starts.items():
        values |= {WINDOW_STARTS[window].key: day, READ_FROM[window].key: min(day, lately)}
    return values

"""The names of rules that are computed from a date of the register and the day D. The columns are dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, case

from aggregate.sql.functions import DaysBetween, completed_months
from forms.periods import PREGNANCY_DAYS

# What each name is computed from: a column of the register.
DATES = {"usia_bulan": "birth_date", "minggu_hamil": "due_date", "sudah_melahirkan": "delivered_on"}


def computed(name: str, since: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[Any]:
    """What `${name}` is on the day, where the register has that date of `DATES`."""
    return _COMPUTED[name](since, day)


def _gestation_in_weeks(due: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[int]:
    """As forms.periods.completed_weeks counts it."""
    # Division of integers cuts towards zero in SQL; a large offset keeps it above, so that it rounds down.
    return (PREGNANCY_DAYS - DaysBetween(day, due) + 7 * _MANY_WEEKS) // 7 - _MANY_WEEKS


def _has_delivered(delivered: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[str]:
    return case((delivered <= day, "ya"), else_="tidak")


_MANY_WEEKS = 1_000_000
_COMPUTED: dict[str, Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]]] = {
    "usia_bulan": completed_months,
    "minggu_hamil": _gestation_in_weeks,
    "sudah_melahirkan": _has_delivered,
}

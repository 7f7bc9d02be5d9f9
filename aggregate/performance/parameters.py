"""What the statements about performance are asked for: a span and some villages. The parameters and their values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Date, Text, bindparam

from aggregate.performance.measures import Span
from aggregate.sql.parameters import AS_OF, MONTHS, QUARTER, VILLAGES, YEAR
from forms.periods import month_end

# Where those are at home now of whom the phones of the villages asked for ever spoke: the answers lie nowhere else.
PLACES = bindparam("parameter_places", type_=Text, expanding=True)
TODAY, FIRST_DAY, SEMESTER_START, YEAR_START = (
    bindparam(f"parameter_{name}", type_=Date) for name in ("today", "first_day", "semester_start", "year_start")
)
Month = tuple[BindParameter[str], BindParameter[date], BindParameter[date]]
# Name (`2026-01`), first and last day of each month of the quarter.
NAMED_MONTHS: tuple[Month, ...] = tuple(
    (bindparam(f"parameter_month_{place}", type_=Text), *days) for place, days in enumerate(MONTHS, start=1)
)


def parameters(village_ids: Sequence[str], places: Sequence[str], span: Span) -> dict[str, Any]:
    """The values for one execution by parameter; of the months that have not begun there are none."""
    quarter = span.quarter
    found = {
        VILLAGES.key: sorted(village_ids),
        PLACES.key: sorted(places),
        QUARTER.key: str(quarter),
        YEAR.key: str(quarter.year),
        TODAY.key: span.today,
        AS_OF.key: span.as_of,
        FIRST_DAY.key: quarter.first_day,
        SEMESTER_START.key: quarter.semester_start,
        YEAR_START.key: quarter.year_start,
    }
    for (name, first, last), (month, day) in zip(NAMED_MONTHS, span.months.items(), strict=False):
        found |= {name.key: month, first.key: day, last.key: month_end(day)}
    return found

"""What a statement is asked for: one quarter as seen on a day, and some villages. The parameters and their values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, Text, bindparam

from forms.indicators.rules import Window
from forms.periods import Quarter, month_end

QUARTER = bindparam("wanted_quarter", type_=Text)
VILLAGES = bindparam("wanted_villages", type_=Text, expanding=True)
RULES = bindparam("wanted_rules", type_=Integer)
YEAR = bindparam("wanted_year", type_=Text)
# The quarter's last day, or today while it runs.
AS_OF = bindparam("wanted_as_of", type_=Date)
# First and last day of each month of the quarter.
MONTHS = tuple(
    (bindparam(f"wanted_month_{place}_first", type_=Date), bindparam(f"wanted_month_{place}_last", type_=Date))
    for place in (1, 2, 3)
)
# The first month (`2026-01`) of each window that is counted by months.
WINDOW_STARTS = {
    window: bindparam(f"wanted_{window}", type_=Text) for window in ("triwulan", "semester", "tahun", "semua")
}


def parameters(quarter: Quarter, today: date, villages: Sequence[str], rules: int) -> dict[str, Any]:
    """The values for one execution; `rules` is the number of the indicator workbook."""
    values: dict[str, Any] = {
        QUARTER.key: str(quarter),
        VILLAGES.key: list(villages),
        RULES.key: rules,
        YEAR.key: str(quarter.year),
        AS_OF.key: quarter.as_of(today),
    }
    for (first, last), start in zip(MONTHS, quarter.month_starts, strict=True):
        values |= {first.key: start, last.key: month_end(start)}
    starts: dict[Window, date] = {
        "triwulan": quarter.first_day,
        "semester": quarter.semester_start,
        "tahun": quarter.year_start,
        "semua": date.min,
    }
    return values | {WINDOW_STARTS[window].key: day.isoformat()[:7] for window, day in starts.items()}

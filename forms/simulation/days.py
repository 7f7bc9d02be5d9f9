"""When a KPM works: on weekdays, and mostly near the end of the month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from forms.periods import add_months, month_end

DAY = timedelta(days=1)
BUSY_DAYS = 10  # the last working days of a month, in which most visits fall
BUSY_SHARE = 0.85


def working_days(first: date, last: date) -> list[date]:
    """Mondays to Fridays from first to last, both included."""
    days = (first + count * DAY for count in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def working_day_from(day: date) -> date:
    """The day itself, or the Monday after it."""
    return day + max(0, 7 - day.weekday()) * DAY if day.weekday() >= 5 else day


def months(first: date, last: date) -> Iterator[date]:
    """First days of the months from first's to last's."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = add_months(month, 1)


def visit_day(month: date, random: Random) -> date:
    """The day on which the KPM means to visit someone in the month."""
    days = working_days(month, month_end(month))
    busy, quiet = days[-BUSY_DAYS:], days[:-BUSY_DAYS]
    return random.choice(busy if random.random() < BUSY_SHARE else quiet)


def random_day(first: date, last: date, random: Random) -> date:
    """Any day from first to last."""
    return first + random.randrange((last - first).days + 1) * DAY

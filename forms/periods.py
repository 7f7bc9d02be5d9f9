"""Dates as the forms and the rules mean them: quarters, completed months, weeks of pregnancy, and leaving days.

Pure functions; whoever calls brings the day. The rules are those of the 1,000-days monitoring (Formulir 2 and 4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from forms.problems import Problem, problem

BAD_PERIOD = Problem(
    "bad-period",
    404,
    "“{period}” bukan triwulan. Triwulan ditulis seperti 2026-Q1: tahun, tanda hubung, Q, lalu 1 sampai 4.",
    "“{period}” is not a quarter. A quarter is written like 2026-Q1: the year, a hyphen, Q, then 1 to 4.",
)
FUTURE_PERIOD = Problem(
    "future-period",
    404,
    "Triwulan {period} belum mulai. Pilih triwulan ini atau yang sudah lewat.",
    "The quarter {period} has not begun. Choose this quarter or an earlier one.",
)

# From the last period to the expected day of birth (hpl).
PREGNANCY_DAYS = 280
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d[\d:.+Z-]*)?", re.ASCII)
# Years outside of these are slips of a keyboard or of a phone's clock; no date of a person alive lies there.
FIRST_YEAR, LAST_YEAR = 1900, 2200
# The targets of Formulir 2A are women up to so many days after the birth, those of 2B children below so many months.
AFTER_BIRTH_DAYS = 42
CHILD_MONTHS = 24
# Children are of the age of early education (PAUD, Formulir 2C) until these are completed.
PAUD_MONTHS = 72


@dataclass(frozen=True, order=True)
class Quarter:
    """Three calendar months (triwulan). `str()` gives `2026-Q1`, which sorts as time does."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 4 and 1900 <= self.year <= 9998):
            raise ValueError(f"no such quarter: {self.year}-Q{self.number}")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """`2026-Q1` -> Quarter(2026, 1). Raises ValueError where it is not written so."""
        match = re.fullmatch(r"(2\d{3})-Q([1-4])", text, re.ASCII)
        if match is None:
            raise ValueError(f"a quarter is written like 2026-Q1, not {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    def plus(self, quarters: int) -> Quarter:
        index = self.year * 4 + self.number - 1 + quarters
        return Quarter(index // 4, index % 4 + 1)

    @property
    def month_starts(self) -> tuple[date, date, date]:
        first = 3 * self.number - 2
        return date(self.year, first, 1), date(self.year, first + 1, 1), date(self.year, first + 2, 1)

    @property
    def first_day(self) -> date:
        return self.month_starts[0]

    @property
    def last_day(self) -> date:
        return month_end(self.month_starts[2])

    @property
    def semester_start(self) -> date:
        """First day of the half-year (January or July) that the quarter lies in."""
        return date(self.year, 1 if self.number <= 2 else 7, 1)

    @property
    def year_start(self) -> date:
        return date(self.year, 1, 1)

    def as_of(self, today: date) -> date:
        """The quarter's last day, or today while the quarter runs."""
        return min(self.last_day, today)


def quarters_between(first: Quarter, last: Quarter) -> list[Quarter]:
    """All quarters from first to last, both included; empty where last is before first."""
    found = []
    while first <= last:
        found.append(first)
        first = first.plus(1)
    return found


def read_day(text: str) -> date:
    """The day of a text like 2026-01-31, or like 2026-01-31T09:30:00.000+07:00: the time is left out.

    Raises ValueError where it is written otherwise, or where its year cannot be meant.
    """
    if not _DAY.fullmatch(text):
        raise ValueError(f"a day is written like 2026-01-31, not {text!r}")
    day = date.fromisoformat(text[:10])
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"no such year is meant: {day.year}")
    return day


def month_end(day: date) -> date:
    """Last day of the month of `day`."""
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The first day on which `months` calendar months are completed since `day`.

    A day that the target month lacks rolls over: 31 January + 1 month is 1 March, as the month is not complete before.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    try:
        return date(year, month, day.day)
    except ValueError:
        index += 1
        return date(index // 12, index % 12 + 1, 1)


def completed_months(birth: date, day: date) -> int:
    """Age in completed calendar months on `day`; negative before birth."""
    months = (day.year - birth.year) * 12 + day.month - birth.month
    return months - (day.day < birth.day)


def completed_weeks(due: date, day: date) -> int:
    """Gestation in completed weeks on `day`, from the expected date of birth (hpl)."""
    return (PREGNANCY_DAYS - (due - day).days) // 7


def mother_leaves(due: date | None, delivered: date | None, closed: date | None) -> date | None:
    """The day a mother leaves the list: closed, else 42 days after the birth (after `due` while none is known); the
    targets of Formulir 2A are women up to 42 days after it. None where none of the three days is known."""
    born = delivered or due
    natural = born + timedelta(days=AFTER_BIRTH_DAYS) if born else None
    return min((day for day in (natural, closed) if day), default=None)


def child_leaves(birth: date | None, closed: date | None) -> date | None:
    """The day a child leaves `anak`: closed, else the first day on which its completed months are 24. None where
    neither day is known."""
    natural = add_months(birth, CHILD_MONTHS) if birth else None
    return min((day for day in (natural, closed) if day), default=None)


def asked_quarter(period: str | None, today: date) -> Quarter:
    """The quarter that people ask for, the running one without `period`.

    Raises ProblemError BAD_PERIOD where it is written otherwise, FUTURE_PERIOD where it has not begun.
    """
    if period is None:
        return Quarter.of(today)
    try:
        quarter = Quarter.parse(period)
    except ValueError as error:
        raise problem(BAD_PERIOD, period=period) from error
    require_begun(quarter, today)
    return quarter


def require_begun(quarter: Quarter, today: date) -> None:
    """Raises ProblemError FUTURE_PERIOD before the quarter's first day."""
    if quarter.first_day > today:
        raise problem(FUTURE_PERIOD, period=quarter)

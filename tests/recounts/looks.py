"""A target on its day D, for the recount: its own calendar, when a target is active, what is known of it by then."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from tests.support.facts import Answer, Child, Household, Measurement, Mother, Visit

Month = tuple[int, int]
DAY = timedelta(days=1)
RISKY = {"kek", "risti", "kek_risti"}
MALNOURISHED = {"kurang", "buruk", "stunting"}
COLOURS = {"hijau": "green", "kuning": "yellow", "merah": "red"}


# -- calendar ----------------------------------------------------------------------------------------------------------


def month_of(day: date) -> Month:
    """The calendar month of a day."""
    return day.year, day.month


def first_day(month: Month) -> date:
    """The first day of a month."""
    return date(*month, 1)


def following(month: Month, months: int = 1) -> Month:
    """The month that many months later."""
    index = month[0] * 12 + month[1] - 1 + months
    return index // 12, index % 12 + 1


def last_day(month: Month) -> date:
    """The last day of a month."""
    return first_day(following(month)) - DAY


def completed_months(birth: date, day: date) -> int:
    """Age in completed calendar months."""
    months = (day.year - birth.year) * 12 + day.month - birth.month
    return months if day.day >= birth.day else months - 1


def first_day_of_age(birth: date, months: int) -> date:
    """The first day on which the completed months are that many."""
    day = first_day(following(month_of(birth), months))
    while completed_months(birth, day) < months:
        day += DAY
    return day


@dataclass(frozen=True)
class Period:
    """A quarter seen from a day: "a running quarter (whose months count up to the current one)"."""

    year: int
    quarter: int
    today: date

    @property
    def first(self) -> date:
        return date(self.year, self.quarter * 3 - 2, 1)

    @property
    def last(self) -> date:
        return last_day((self.year, self.quarter * 3))

    @property
    def as_of(self) -> date:
        return min(self.last, self.today)

    @property
    def months(self) -> list[Month]:
        """A quarter (triwulan) is three calendar months."""
        three = [following(month_of(self.first), n) for n in range(3)]
        return [month for month in three if first_day(month) <= self.today]

    @property
    def half_year_first(self) -> date:
        """The current half-year (Jan-Jun, Jul-Dec)."""
        return date(self.year, 1 if self.quarter <= 2 else 7, 1)


# -- a target and its day D --------------------------------------------------------------------------------------------


def leaves_on(target: Mother | Child, until: int = 24) -> date | None:
    """It leaves on: the day it is closed (moved, died); for a mother, 42 days after the birth (42 days after `hpl`
    while no birth is known); for a child in `anak`, the first day on which its completed months are 24 (`until`)."""
    days = []
    if target.status != "aktif" and target.tanggal_status:
        days.append(target.tanggal_status)
    if isinstance(target, Child):
        if target.tanggal_lahir:
            days.append(first_day_of_age(target.tanggal_lahir, until))
    elif birth := target.tanggal_melahirkan or target.hpl:
        days.append(birth + 42 * DAY)
    return min(days, default=None)


class Stay(NamedTuple):
    """From when until before when somebody is a target; `leaves` is None while there is no end."""

    begins: date
    leaves: date | None

    def months(self, period: Period) -> list[Month]:
        """It is active in a month if it was registered by the month's last day and left after the month's first."""
        return [
            month
            for month in period.months
            if self.begins <= last_day(month) and (self.leaves is None or self.leaves > first_day(month))
        ]

    def day_d(self, period: Period) -> date:
        """Day D is the last day of the quarter, the day before leaving if that is earlier, or today in a running
        quarter."""
        return period.as_of if self.leaves is None else min(period.as_of, self.leaves - DAY)


def stay(target: Mother | Child) -> Stay:
    """The time as a pregnant woman or a child of 0-23 months, from its registration on."""
    return Stay(target.registered_on, leaves_on(target))


def paud_stay(child: Child) -> Stay | None:
    """The time at the age of PAUD: from 24 completed months to the day before 72, not closed by status (the rules for
    activity and day D are the same). None where there is none."""
    if child.tanggal_lahir is None:
        return None
    grown, leaves = first_day_of_age(child.tanggal_lahir, 24), leaves_on(child, until=72)
    return Stay(max(child.registered_on, grown), leaves) if leaves is None or leaves > grown else None


def active_months(target: Mother | Child, period: Period) -> list[Month]:
    """The months in which a pregnant woman or a child of 0-23 months is active."""
    return stay(target).months(period)


def day_d(target: Mother | Child, period: Period) -> date:
    """Day D of a pregnant woman or a child of 0-23 months."""
    return stay(target).day_d(period)


@dataclass(frozen=True)
class Look:
    """An active target as it is seen on its day D; only rows with `tanggal` up to D are in it, the latest last."""

    target: Mother | Child
    house: Household
    period: Period
    day: date
    months: list[Month]
    visits: list[Visit]
    measurements: list[Measurement]
    is_paud: bool = False  # a child as a target of PAUD; its visits are the follow-ups then

    @property
    def visits_in_quarter(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.tanggal >= self.period.first]

    def latest(self, field: str, register: str = "") -> Answer:
        """Each status: the latest answer with `tanggal` up to D, else the one in the register."""
        answers = [visit.answers[field] for visit in self.visits if visit.answers.get(field, "") != ""]
        return answers[-1] if answers else register

    def months_with(self, *services: str) -> set[Month]:
        """The months of the quarter with a service: it is received if either (any) of the month's rows says so."""
        return {
            month_of(visit.tanggal)
            for visit in self.visits_in_quarter
            if any(visit.answers.get(service) == "ya" for service in services)
        }

    def every_month(self, *services: str) -> bool:
        """ "Every month" = in every active month of the quarter (up to the current month in a running quarter)."""
        return set(self.months) <= self.months_with(*services)

    @property
    def delivered(self) -> bool:
        """A birth date is known, whenever it was reported, and is not after D."""
        birth = self.target.tanggal_melahirkan if isinstance(self.target, Mother) else None
        return birth is not None and birth <= self.day

    @property
    def months_asked(self) -> int:
        """In >= 1 month of the quarter, >= 2 from week 28 on; weeks = floor((280 - days from D to `hpl`) / 7)."""
        hpl = self.target.hpl if isinstance(self.target, Mother) else None
        return 2 if hpl and (280 - (hpl - self.day).days) // 7 >= 28 else 1

    def aged(self, months: int) -> bool:
        """Age on day D in completed calendar months is at least that."""
        birth = self.target.tanggal_lahir if isinstance(self.target, Child) else None
        return birth is not None and completed_months(birth, self.day) >= months

    @property
    def risky(self) -> bool:
        """KEK/risti."""
        assert isinstance(self.target, Mother)
        return self.latest("status_kehamilan", self.target.status_kehamilan) in RISKY

    @property
    def malnourished(self) -> bool:
        """`malnourished` = latest status kurang, buruk or stunting."""
        assert isinstance(self.target, Child)
        return self.latest("status_gizi", self.target.status_gizi) in MALNOURISHED

    @property
    def colour(self) -> str:
        """The latest Tikar colour up to D (any quarter)."""
        colours = [measurement.tikar for measurement in self.measurements if measurement.tikar]
        return COLOURS[colours[-1]] if colours else "not_measured"

    @property
    def measured_by_staff(self) -> bool:
        """>= 1 in the current half-year, from `kunjungan_rumah.ukur` or `ukur_tinggi` by `nakes`."""
        days = [visit.tanggal for visit in self.visits if visit.answers.get("ukur") == "ya"]
        days += [measurement.tanggal for measurement in self.measurements if measurement.diukur_oleh == "nakes"]
        return any(day >= self.period.half_year_first for day in days)

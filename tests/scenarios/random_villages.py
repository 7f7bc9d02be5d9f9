"""Small random villages in which the edge cases of the rules happen on purpose, and often. A seed gives one village.

The register's birth date is what was reported last; every other register field is drawn apart from the visits, so that
a count which takes the register where an answer is due, or the other way round, shows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count, pairwise
from random import Random
from typing import NamedTuple

from tests.support.facts import Answer, Child, Household, Kind, Measurement, Mother, Village, Visit

DAY = timedelta(days=1)
MOTHER_SERVICES = ("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan")
MOTHER_STATUSES = ("air_minum", "jamban", "jaminan_kesehatan")
CHILD_SERVICES = ("timbang", "konseling_ayah", "konseling_ibu", "kunjungan_terpadu", "pengasuhan")
CHILD_STATUSES = ("imunisasi_dasar", "air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak")
PREGNANCY = ("normal", "normal", "normal", "kek", "risti", "kek_risti")
NUTRITION = ("baik", "baik", "baik", "kurang", "buruk", "stunting")
KINDS = {"house": "0001", "mother": "0002", "child": "0003"}
DUSUN = ("Dusun Barat", "Dusun Timur", "Dusun Tengah")


class Suggested(NamedTuple):
    """A quarter and the day from which to look at it."""

    year: int
    quarter: int
    today: date


@dataclass(frozen=True)
class Habit:
    """How a target is visited: the chances of a visit in a month, of a yes, of a blank; is this quarter missed."""

    visited: float
    yes: float
    blank: float
    misses_quarter: bool = False


HABITS = (
    Habit(1.0, 0.97, 0.02),
    Habit(1.0, 1.0, 0.0),
    Habit(0.95, 0.85, 0.1),
    Habit(0.6, 0.6, 0.15),
    Habit(0.8, 0.9, 0.1, misses_quarter=True),
    Habit(0.0, 0.0, 0.0),
)
HABIT_WEIGHTS = (30, 20, 20, 16, 8, 6)


def suggested_period(seed: int) -> Suggested:
    """Half of the quarters are running, many of them on the first or last day of a month; the others are past."""
    rng = Random(f"period {seed}")
    year, quarter = rng.choice((2024, 2025, 2026)), rng.randint(1, 4)
    months = _months(date(year, quarter * 3 - 2, 1), 4)
    if rng.random() < 0.5:
        return Suggested(year, quarter, months[3] + rng.choice((0, 1, 20, 100)) * DAY)
    firsts_and_lasts = [day for first, after in pairwise(months) for day in (first, after - DAY)]
    inside = months[0] + rng.randrange(90) * DAY
    return Suggested(year, quarter, rng.choice((*firsts_and_lasts, inside, inside, inside)))


def random_village(seed: int) -> Village:
    """The village of a seed, made for `suggested_period(seed)`."""
    return _Maker(seed).village()


def _next_month(first: date) -> date:
    return (first + 31 * DAY).replace(day=1)


def _months_before(day: date, months: int) -> date:
    """The same day that many months earlier, or the last one of that month if it is too short."""
    index = day.year * 12 + day.month - 1 - months
    first = date(index // 12, index % 12 + 1, 1)
    return min(first + (day.day - 1) * DAY, _next_month(first) - DAY)


def _months(first: date, number: int) -> list[date]:
    """The first days of that many months in a row."""
    months = [first]
    while len(months) < number:
        months.append(_next_month(months[-1]))
    return months


class _Maker:
    """Draws one village; each target gets a story (what happens to it) and a habit (how it is visited)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        year, quarter, self.today = suggested_period(seed)
        self.first = date(year, quarter * 3 - 2, 1)
        *self.quarter, after = _months(self.first, 4)
        self.last = after - DAY
        # Visits from the half-year before to the month after the quarter: also before registration and after leaving.
        self.visited_months = _months(_months_before(self.first, 6), 10)
        self.numbers = {kind: count(1) for kind in KINDS}
        self.rows: list[Visit | Measurement] = []  # in no order yet
        self.houses = [self.household() for _ in range(self.rng.randint(3, 15))]
        self.mothers: list[Mother] = []
        self.children: list[Child] = []

    # -- dice ----------------------------------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def edge(self) -> date:
        """A day of the quarter or next to it, most often one where something changes."""
        firsts_and_lasts = [day for month in _months(self.first, 4) for day in (month, month - DAY)]
        around_today = [self.today + n * DAY for n in (-1, 0, 1)]
        anywhere = [self.first + self.rng.randrange(91) * DAY] * 4
        return self.rng.choice((*firsts_and_lasts, *around_today, *anywhere))

    def day_in(self, month: date) -> date:
        """A day of a month: its first, its last, about today where that is in it, or any other."""
        last = _next_month(month) - DAY
        today = min(max(self.today + self.rng.randint(-1, 1) * DAY, month), last)
        anywhere = month + self.rng.randrange(last.day) * DAY
        return self.rng.choice((month, last, today, *[anywhere] * 5))

    def yes_no(self, habit: Habit) -> str:
        answer = "ya" if self.chance(habit.yes) else "tidak"
        return "" if self.chance(habit.blank) else answer

    def some(self, *values: str) -> str:
        return self.rng.choice(values)

    def identifier(self, kind: str) -> str:
        """A UUID in which seed, kind and number can be read."""
        return f"{self.seed:08x}-{KINDS[kind]}-4000-8000-{next(self.numbers[kind]):012d}"

    # -- people --------------------------------------------------------------------------------------------------------

    def household(self) -> Household:
        air, jamban = (self.some("ya", "ya", "tidak", "") for _ in range(2))
        return Household(self.identifier("house"), self.some(*DUSUN), air, jamban)

    def home(self) -> tuple[str, str]:
        """Household and dusun of a target: rarely none, or one that the register does not have."""
        if self.chance(0.04):
            return "", self.some(*DUSUN)
        if self.chance(0.03):
            return self.identifier("house"), self.some(*DUSUN)
        house = self.rng.choice(self.houses)
        return house.id, house.dusun

    def registered_on(self) -> date:
        return self.edge() if self.chance(0.3) else self.first - self.rng.randint(1, 300) * DAY

    def closing(self) -> tuple[str, date | None]:
        """Status and its date: mostly active, where a date says nothing."""
        if self.chance(0.12):
            return self.some("pindah", "meninggal", "selesai"), self.edge()
        return "aktif", self.edge() if self.chance(0.05) else None

    def pregnancy(self) -> tuple[date | None, date | None]:
        """`hpl` and birth date: pregnant, about week 28, overdue or gone 42 days after, delivered, nothing known."""
        rng, edge = self.rng, self.edge()
        wobble = rng.randint(-14, 14) * DAY
        return rng.choice(
            (
                (edge + rng.randint(1, 270) * DAY, None),
                (self.last + rng.randint(1, 270) * DAY, None),
                (min(self.last, self.today) + rng.randint(83, 85) * DAY, None),
                (edge - 42 * DAY, None),
                (edge + rng.randint(-41, 0) * DAY, None),
                (None, None),
                (edge + wobble, edge),
                (edge - 42 * DAY + wobble, edge - 42 * DAY),
                (edge + wobble, edge - rng.randint(0, 41) * DAY),
                (None, edge - rng.randint(0, 41) * DAY),
                (edge - 100 * DAY, edge - rng.randint(0, 41) * DAY),
            )
        )

    def birth_date(self) -> date | None:
        """A child's birth date: turning 1, 3, 6 or 24 months near an edge, on the last days of a month, or any."""
        rng = self.rng
        turning = _months_before(self.edge(), rng.choice((1, 3, 6, 6, 24, 24))) + rng.choice((-1, 0, 0, 1)) * DAY
        month_end = _next_month(_months_before(self.first, rng.randint(0, 25)).replace(day=1)) - DAY
        month_end -= rng.randrange(3) * DAY
        anywhere = self.last - rng.randint(0, 740) * DAY
        born = rng.choice((turning, turning, turning, month_end, date(2024, 2, 29), *[anywhere] * 4))
        return None if self.chance(0.01) else born

    def add_mother(self) -> None:
        hpl, birth = self.pregnancy()
        mother = Mother(
            self.identifier("mother"),
            *self.home(),
            self.registered_on(),
            hpl,
            birth,
            *self.closing(),
            status_kehamilan=self.some(*PREGNANCY, ""),
            jaminan_kesehatan=self.some("ya", "tidak", ""),
        )
        self.mothers.append(mother)
        reported = birth + self.rng.choice((0, 1, 10, 35)) * DAY if birth else None
        self.visit("ibu_hamil", mother.id, lambda habit, day: self.mother_answers(mother, habit, day, reported))
        if birth and reported and self.chance(0.5):
            self.add_child(Child(self.identifier("child"), mother.household, mother.dusun, reported, birth))

    def add_child(self, newborn: Child | None = None) -> None:
        child = newborn or Child(
            self.identifier("child"),
            *self.home(),
            self.registered_on(),
            self.birth_date(),
            self.some("L", "P"),
            *self.closing(),
            status_gizi=self.some(*NUTRITION, ""),
            akta_lahir=self.some("ya", "ya", "tidak", ""),
            jaminan_kesehatan=self.some("ya", "tidak", ""),
        )
        self.children.append(child)
        self.visit("anak", child.id, lambda habit, day: self.child_answers(child, habit, day))
        self.measure(child.id)

    # -- rows ----------------------------------------------------------------------------------------------------------

    def visit(self, kind: Kind, target: str, answer: Callable[[Habit, date], dict[str, Answer]]) -> None:
        """A target's visits, month by month as its habit says; in some months two, in some of these on one day."""
        (habit,) = self.rng.choices(HABITS, HABIT_WEIGHTS)
        for month in self.visited_months:
            if (habit.misses_quarter and month in self.quarter) or not self.chance(habit.visited):
                continue
            day = self.day_in(month)
            again = [day if self.chance(0.4) else self.day_in(month)] if self.chance(0.2) else []
            for tanggal in (day, *again):
                self.rows.append(Visit(0, tanggal, kind, target, answer(habit, tanggal)))

    def mother_answers(self, mother: Mother, habit: Habit, day: date, reported: date | None) -> dict[str, Answer]:
        answers: dict[str, Answer] = {name: self.yes_no(habit) for name in (*MOTHER_SERVICES, *MOTHER_STATUSES)}
        kept = mother.status_kehamilan or "normal"
        answers["status_kehamilan"] = "" if self.chance(0.15) else self.some(kept, kept, kept, *PREGNANCY)
        birth = mother.tanggal_melahirkan
        if birth and birth <= day:
            answers["periksa_nifas"] = self.rng.choice((0, 1, 2, 3, 3, 4)) if self.chance(0.8) else ""
        if birth and reported and reported <= day:
            # The report before a correction gave another day; the register has the corrected one.
            wrong_by = self.rng.randint(1, 20) if self.chance(0.15) else 0
            answers["tanggal_melahirkan"] = (birth - wrong_by * DAY).isoformat()
        if mother.hpl and self.chance(0.5):
            answers["minggu_hamil"] = (280 - (mother.hpl - day).days) // 7
        return self.without_some_blanks(answers)

    def child_answers(self, child: Child, habit: Habit, day: date) -> dict[str, Answer]:
        answers: dict[str, Answer] = {name: self.yes_no(habit) for name in (*CHILD_SERVICES, *CHILD_STATUSES)}
        kept = child.status_gizi or "baik"
        answers["status_gizi"] = "" if self.chance(0.15) else self.some(kept, kept, kept, *NUTRITION)
        answers["ukur"] = "ya" if self.chance(0.2) else self.some("tidak", "")
        answers["berat_badan"] = round(self.rng.uniform(2.5, 14), 1) if self.chance(0.7) else ""
        if child.tanggal_lahir and self.chance(0.5):
            answers["usia_bulan"] = max((day - child.tanggal_lahir).days // 31, 0)
        return self.without_some_blanks(answers)

    def without_some_blanks(self, answers: dict[str, Answer]) -> dict[str, Answer]:
        """A question not answered is blank or, as often, not in the row at all."""
        return {name: answer for name, answer in answers.items() if answer != "" or self.chance(0.5)}

    def measure(self, child: str) -> None:
        for _ in range(self.rng.randint(0, 4)):
            tanggal = self.day_in(self.rng.choice(self.visited_months))
            for _ in range(2 if self.chance(0.15) else 1):
                staff = self.some("nakes", "kpm")
                tikar = None if self.chance(0.15) else self.some("hijau", "hijau", "kuning", "merah")
                self.rows.append(Measurement(0, tanggal, child, staff, tikar))

    def received(self) -> list[Visit | Measurement]:
        """The rows in the order of receiving: mostly soon after their day, some weeks or months late."""

        def arrival(row: Visit | Measurement) -> tuple[date, float]:
            late = self.rng.randint(5, 120) if self.chance(0.15) else self.rng.randint(0, 3)
            return row.tanggal + late * DAY, self.rng.random()

        return [replace(row, order=order) for order, row in enumerate(sorted(self.rows, key=arrival), start=1)]

    def village(self) -> Village:
        for add, most in ((self.add_mother, 12), (self.add_child, 20)):
            for _ in range(self.rng.randint(0, most)):
                add()
        rows = self.received()
        return Village(
            code=f"11.01.{self.seed // 8000 + 1:02d}.{self.seed % 8000 + 2001}",
            name=f"Desa Acak {self.seed}",
            households=tuple(self.houses),
            mothers=tuple(self.mothers),
            children=tuple(self.children),
            visits=tuple(row for row in rows if isinstance(row, Visit)),
            measurements=tuple(row for row in rows if isinstance(row, Measurement)),
        )

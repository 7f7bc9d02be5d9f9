"""The random villages with what the rest of the year brings: children at the age of PAUD, facilities, and meetings.

A seed gives the village of tests/scenarios/random_villages.py and, drawn apart, all that `random_village` leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import TypeVar

from tests.recounts.looks import completed_months, first_day, first_day_of_age, following, last_day, month_of
from tests.recounts.recount_formulir1 import SERVICES
from tests.scenarios.random_villages import DUSUN, random_village, suggested_period
from tests.support.facts import Activity, Agreement, Child, Facility, Progress, Review, Village, Visit

DAY = timedelta(days=1)
OFTEN = ("setiap_hari", "mingguan", "bulanan", "triwulanan", "sewaktu_waktu", "")
_Choice = TypeVar("_Choice")


def random_year(seed: int) -> Village:
    """The village of a seed, made for `suggested_period(seed)`."""
    return _Maker(seed).village()


class _Maker:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(f"year {seed}")
        self.base = random_village(seed)
        year, quarter, self.today = suggested_period(seed)
        self.first = date(year, quarter * 3 - 2, 1)
        self.months = [following(month_of(self.first), step) for step in range(-4, 5)]
        taken = [row.order for row in (*self.base.visits, *self.base.measurements)]
        # Later than all others: what order they have among themselves is drawn at the end.
        self.orders = list(range(max(taken, default=0) + 1, max(taken, default=0) + 500))
        self.rng.shuffle(self.orders)
        self.numbers = count(1)

    # -- dice ----------------------------------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def one_of(self, choices: Sequence[_Choice]) -> _Choice:
        return self.rng.choice(choices)

    def day(self) -> date:
        """A day of the months about the quarter: first or last of a month, about today, or any other."""
        month = self.one_of(self.months)
        near = self.today + self.rng.randint(-1, 1) * DAY
        anywhere = first_day(month) + self.rng.randrange(28) * DAY
        return self.one_of((first_day(month), last_day(month), near, anywhere, anywhere, anywhere))

    def identifier(self, kind: str) -> str:
        return f"{self.seed:08x}-{kind}-4000-8000-{next(self.numbers):012d}"

    # -- children ------------------------------------------------------------------------------------------------------

    def older_child(self) -> Child:
        """Turning 24 or 72 months about the quarter, or any age between; some closed about then, some found late."""
        turning = self.one_of((24, 72))
        anywhere = self.first - self.rng.randint(700, 2250) * DAY
        near = self.day()
        born = self.one_of((first_day_of_age(near, -turning), near.replace(year=near.year - turning // 12, day=28)))
        house = self.one_of(self.base.households)
        closed = self.chance(0.2)
        return Child(
            self.identifier("0004"),
            "" if self.chance(0.05) else house.id,
            house.dusun,
            self.day() if self.chance(0.3) else self.first - self.rng.randint(1, 900) * DAY,
            None if self.chance(0.03) else self.one_of((born, anywhere, date(2020, 2, 29))),
            status=self.one_of(("pindah", "meninggal")) if closed else "aktif",
            tanggal_status=self.day() if closed and self.chance(0.9) else None,
        )

    def follow_ups(self, child: Child) -> list[Visit]:
        """Rows of `pantau_paud`, month by month; in some months two, also a little before or after the age for it."""
        often, yes = self.one_of(((1.0, 1.0), (1.0, 0.9), (0.7, 0.8), (0.0, 0.0)))
        rows = []
        for month in self.months:
            if child.tanggal_lahir and not 22 <= completed_months(child.tanggal_lahir, last_day(month)) <= 73:
                continue
            for _ in range(self.one_of((1, 1, 1, 2)) if self.chance(often) else 0):
                tanggal = first_day(month) + self.rng.randrange(28) * DAY
                answer = "ya" if self.chance(yes) else self.one_of(("tidak", ""))
                answers = {"ikut_paud": answer} if answer else {}
                rows.append(Visit(self.orders.pop(), tanggal, "paud", child.id, answers))
        return rows

    # -- places and meetings -------------------------------------------------------------------------------------------

    def facility(self) -> Facility:
        dusun = self.one_of(DUSUN)
        spelt = self.one_of((dusun, dusun, dusun.upper(), f" {dusun.removeprefix('Dusun ')} ", ""))
        services = self.rng.sample(sorted(SERVICES), self.rng.randint(0, 6))
        return Facility(
            self.identifier("0005"),
            self.one_of(("posyandu", "polindes", "paud", "lainnya")),
            f"Tempat {next(self.numbers)}",
            spelt,
            self.one_of(("dusun", "dusun", "dusun", "desa")),
            {service: self.one_of(OFTEN) for service in services},
            self.one_of(("buka", "buka", "buka", "tutup")),
        )

    def agreement(self) -> Agreement:
        activities = []
        for _ in range(self.rng.randint(0, 5)):
            total = self.rng.randint(0, 4_000) * 1_000_000  # beyond what 32 bits hold
            source = self.one_of(("dana_desa", "dana_desa", "dana_desa", "apbd", "lainnya"))
            bidang = self.one_of(("pembangunan", "pemberdayaan"))
            activities.append(Activity(self.identifier("0006"), source, total, self.rng.randint(0, total), bidang))
        tahun = self.first.year + self.one_of((0, 0, 0, 0, 1, -1))
        before = self.first - self.rng.randint(1, 150) * DAY
        said = {
            bidang: self.rng.randint(0, 20_000) * 1_000_000
            for bidang in ("pembangunan", "pemberdayaan")
            if self.chance(0.4)
        }
        return Agreement(self.orders.pop(), self.one_of((self.day(), before)), tahun, tuple(activities), said)

    def review(self, activities: Sequence[Activity], day: date) -> Review:
        spoken_of = [one for one in activities if self.chance(0.8)]
        states = ("belum", "berjalan", "berjalan", "selesai", "batal")
        told = [
            Progress(one.id, self.one_of(states), self.rng.randint(0, 10**10) if self.chance(0.8) else None)
            for one in spoken_of
        ]
        return Review(self.orders.pop(), day, tuple(told))

    def village(self) -> Village:
        older = [self.older_child() for _ in range(self.rng.randint(0, 10))]
        children = (*self.base.children, *older)
        agreements = [self.agreement() for _ in range(self.rng.randint(0, 4))]
        activities = [activity for agreement in agreements for activity in agreement.activities]
        days = [self.day() for _ in range(self.rng.randint(0, 3))]
        days += [day for day in days if self.chance(0.5)]  # two meetings on one day
        return replace(
            self.base,
            households=tuple(replace(house, rentan=self.one_of(("ya", "tidak", ""))) for house in self.base.households),
            children=children,
            follow_ups=tuple(row for child in children for row in self.follow_ups(child)),
            facilities=tuple(self.facility() for _ in range(self.rng.randint(0, 6))),
            agreements=tuple(agreements),
            reviews=tuple(self.review(activities, day) for day in days),
        )

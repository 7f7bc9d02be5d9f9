"""What the phones of two villages sent in half a year, at random: the edges of the work list on purpose, and often.

A seed gives one story. What happens in it does not depend on the villages it is told of, so that the same may be sent
twice, in two orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import TypeVar, cast

from forms.growth.zscores import Sex, table
from tests.recounts.looks import Month, completed_months, first_day, following, last_day
from tests.recounts.worklist_recount import HeightCheck, HomeVisit, Move, PaudRow, Person, Row, SocialMap

DAY = timedelta(days=1)
MONTHS = 6  # so many are told; the list is looked at from the fifth on
DUSUN = ("Mawar", "Melati", "Kenanga")
NAMES = ("Adi", "adi", "Budi", "Citra", "Dewi", "eka", "Élan", "Fajar")
MISSING = {
    "ibu_hamil": ("periksa kehamilan", "tablet tambah darah", "konseling gizi", "air minum layak", "jaminan kesehatan"),
    "anak": ("penimbangan", "imunisasi dasar", "konseling orang tua", "jamban layak", "akta lahir"),
}
_Choice = TypeVar("_Choice")


@dataclass(frozen=True)
class Sent:
    """A row and the day on which it arrives."""

    row: Row
    arrives: date


@dataclass(frozen=True)
class Story:
    """All that was sent, in the order in which it arrived, and the days on which to look at the lists."""

    villages: tuple[str, str]
    sent: tuple[Sent, ...]
    looks: tuple[date, ...]


def random_story(seed: int, villages: tuple[str, str]) -> Story:
    return _Maker(seed, villages).story()


@dataclass
class _Body:
    """How a child grows: its z-scores, which wander."""

    sex: str
    born: date | None
    weight_z: float
    length_z: float


class _Maker:
    def __init__(self, seed: int, villages: tuple[str, str]) -> None:
        self.rng = Random(f"work list {seed}")
        self.villages = villages
        self.first = (self.one_of((2024, 2025, 2026)), self.rng.randint(1, 12))
        self.months = [following(self.first, step) for step in range(MONTHS)]
        self.numbers = count(1)
        self.minutes = count(1)
        self.sent: list[Sent] = []
        self.closed: set[str] = set()

    # -- dice ----------------------------------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def one_of(self, choices: Sequence[_Choice]) -> _Choice:
        return self.rng.choice(choices)

    def identifier(self) -> str:
        """Of the village in which somebody is first registered, and the same number in every telling."""
        return f"{int(self.villages[0][-4:]):08x}-0001-4000-8000-{next(self.numbers):012d}"

    def day_in(self, month: Month, since: date | None = None) -> date:
        """A day of a month, often its first or its last; not before `since`."""
        start = max(first_day(month), since or date.min)
        anywhere = start + self.rng.randrange((last_day(month) - start).days + 1) * DAY
        return self.one_of((start, last_day(month), anywhere, anywhere, anywhere, anywhere))

    def finished(self, day: date) -> datetime:
        """On the day itself or, when noted later, some days after; never twice the same moment."""
        later = self.rng.randint(1, 9) if self.chance(0.1) else 0
        # What came before may as well have been finished after.
        minute = next(self.minutes) * 389 % 1440
        return datetime.combine(day + later * DAY, time(), UTC) + timedelta(minutes=minute, seconds=next(self.minutes))

    def send(self, row: Row, *, at_once: bool = False) -> None:
        """Mostly on the day itself, at times weeks after; never before it was finished."""
        late = 0 if at_once or self.chance(0.75) else self.rng.randint(1, 45)
        self.sent.append(Sent(row, max(row.tanggal, row.finished.date()) + late * DAY))

    # -- people --------------------------------------------------------------------------------------------------------

    def story(self) -> Story:
        for village in (*[self.villages[0]] * 3, self.villages[1]):
            self.household(village)
        looks = [
            look
            for month in (self.months[4], self.months[5], following(self.months[5]))
            for look in (first_day(month), first_day(month) + self.rng.randint(1, 25) * DAY, last_day(month))
        ]
        order = sorted(self.sent, key=lambda sent: sent.arrives)  # of one day, as they were made
        return Story(self.villages, tuple(order), tuple(looks))

    def household(self, village: str) -> None:
        month = self.one_of((self.months[0], self.months[0], self.months[0], *self.months[1:5]))
        day = self.day_in(month)
        dusun = self.one_of(DUSUN)
        mothers = [self.mother(day, dusun) for _ in range(self.rng.randint(0, 2))]
        bodies = [self.body(day) for _ in range(self.rng.randint(0, 4))]
        children = [self.child(body, dusun) for body in bodies]
        noon = datetime.combine(day, time(12), UTC)
        self.send(SocialMap(day, noon, village, self.identifier(), dusun, (*mothers, *children)), at_once=True)
        for mother in mothers:
            self.mothers_months(mother, village, day)
        for child, body in zip(children, bodies, strict=True):
            self.childs_months(child, body, village, day)

    def mother(self, day: date, dusun: str) -> Person:
        """Who gives birth, or leaves her 42 days behind, about the days of the looks; or any time."""
        edge = self.one_of([*map(first_day, self.months[4:]), *map(last_day, self.months[4:])])
        due = self.one_of(
            (edge - 42 * DAY, edge - 41 * DAY, edge - 43 * DAY, edge, edge + self.rng.randint(1, 200) * DAY)
        )
        born = self.one_of((due, day)) if self.chance(0.2) and due - day < 20 * DAY else None
        says = {"hpl": str(due), "status_kehamilan": self.one_of(("normal", "normal", "kek", "risti", "kek_risti", ""))}
        says |= {"tanggal_melahirkan": str(min(born, day))} if born else {}
        return Person(self.identifier(), "ibu_hamil", self.one_of(NAMES), says | self.home(dusun))

    def home(self, dusun: str) -> dict[str, str]:
        return {"dusun": dusun, "status": "aktif"}

    def body(self, day: date) -> _Body:
        """A child that turns one, two or six years of age about the looks, a newborn, or of any age."""
        edge = self.one_of([*map(first_day, self.months[3:]), *map(last_day, self.months[3:])])
        years = self.one_of((1, 2, 2, 6))
        turning = edge.replace(year=edge.year - years, day=min(edge.day, 28)) + self.rng.randint(-1, 1) * DAY
        young = day - self.rng.randint(0, 120) * DAY
        anywhere = day - self.rng.randint(0, 700) * DAY
        month_end = last_day((young.year, young.month))
        births = (turning, turning, young, young, month_end, anywhere, anywhere, anywhere, date(2024, 2, 29))
        born = self.one_of(births)
        known = None if self.chance(0.03) else min(born, day)
        sex = "" if self.chance(0.03) else self.one_of("LP")
        return _Body(sex, known, self.rng.gauss(-0.6, 1.2), self.rng.gauss(-0.8, 1.2))

    def child(self, body: _Body, dusun: str) -> Person:
        says = {
            "jenis_kelamin": body.sex,
            "tanggal_lahir": str(body.born or ""),
            "status_gizi": self.one_of(("baik", "baik", "baik", "kurang", "stunting", "buruk", "")),
        }
        return Person(self.identifier(), "anak", self.one_of(NAMES), says | self.home(dusun))

    # -- month by month ------------------------------------------------------------------------------------------------

    def days_with(self, often: float, since: date) -> list[date]:
        """Days in most months, in some of them several, also on one day."""
        days = []
        for month in self.months:
            if last_day(month) >= since and self.chance(often):
                day = self.day_in(month, since)
                again = [self.one_of((day, self.day_in(month, since)))] if self.chance(0.25) else []
                days += [day, *again]
        return sorted(days)

    def mothers_months(self, mother: Person, village: str, since: date) -> None:
        body = _Body("P", None, 0, 0)
        for day in self.days_with(self.one_of((1.0, 0.8, 0.3)), since):
            visit = self.visit(mother, village, day)
            if self.chance(0.5):
                says = {"status_kehamilan": self.one_of(("normal", "normal", "kek", "risti"))}
                visit = replace(visit, says={**visit.says, **says})
            if mother.id not in self.closed and self.chance(0.12):
                self.closed.add(mother.id)
                body = self.body(day)
                born = max(day - self.rng.randint(0, 20) * DAY, since)
                body = replace(body, born=born, sex=body.sex or "P")
                says = {"jenis_kelamin": body.sex, "tanggal_lahir": str(born), **self.home(mother.says["dusun"])}
                measured = [self.one_of((None, value)) for value in (2.9, 3.4, 1.9, 48.0, 51.5)]
                weight, length = self.one_of(measured[:3]), self.one_of(measured[3:])
                baby = Person(self.identifier(), "anak", f"Bayi {mother.name}", says, weight, length)
                visit = replace(visit, baby=baby, says={**visit.says, "tanggal_melahirkan": str(born)})
                self.send(visit, at_once=True)
                self.childs_months(baby, body, village, visit.finished.date())
                continue
            self.send(visit)
        self.leaves(mother, village, since)

    def visit(self, person: Person, village: str, day: date) -> HomeVisit:
        words = MISSING[person.kind]
        missing = tuple(word for word in words if self.chance(0.35)) if self.chance(0.7) else ()
        says = {"dusun": self.one_of(DUSUN)} if self.chance(0.05) else {}
        return HomeVisit(day, self.finished(day), village, person.id, person.kind, says, missing)

    def childs_months(self, child: Person, body: _Body, village: str, since: date) -> None:
        for day in self.days_with(self.one_of((1.0, 0.9, 0.5, 0.2)), since):
            visit = self.visit(child, village, day)
            if self.chance(0.4):
                status = self.one_of(("baik", "baik", "baik", "kurang", "stunting", "buruk"))
                visit = replace(visit, says={**visit.says, "status_gizi": status})
            if day.day % 7 == 0:
                visit = replace(visit, says={**visit.says, "tanggal_rujuk": str(day)})
            weighed = self.one_of(("ya", "ya", "ya", "tidak", ""))
            weight = self.weight(body, day) if weighed == "ya" and self.chance(0.85) else None
            self.send(replace(visit, weighed=weighed, weight=weight))
        for day in self.days_with(self.one_of((0.8, 0.3, 0.1)), since):
            self.send(self.height_check(child, body, village, day))
        for day in self.days_with(self.one_of((0.9, 0.5)), since):
            if body.born and 24 <= completed_months(body.born, day) < 72:  # of whom the form may be filled in
                says = {"ikut_paud": self.one_of(("ya", "tidak"))}
                self.send(PaudRow(day, self.finished(day), village, child.id, says))
        self.leaves(child, village, since)

    def height_check(self, child: Person, body: _Body, village: str, day: date) -> HeightCheck:
        position = self.one_of(("baring", "baring", "baring", "berdiri", None))
        says = {"tikar": self.one_of(("hijau", "hijau", "kuning", "merah"))} if self.chance(0.4) else {}
        weight = self.weight(body, day) if self.chance(0.5) else None
        length = self.length(body, day)
        return HeightCheck(day, self.finished(day), village, child.id, length, position, weight, says)

    def weight(self, body: _Body, day: date) -> float | None:
        body.weight_z += self.rng.gauss(-0.1, 0.35)
        if self.chance(0.03):
            return self.one_of((0.7, 20.5, 28.0))  # a slip
        if self.chance(0.05):
            return 7.0
        return self.measure("weight_for_age", body, day, body.weight_z, 0.5, 29.0)

    def length(self, body: _Body, day: date) -> float | None:
        body.length_z += self.rng.gauss(-0.1, 0.3)
        if self.chance(0.03):
            return self.one_of((35.0, 110.0, 70.0))
        return self.measure("length_height_for_age", body, day, body.length_z, 31.0, 129.0)

    def measure(self, name: str, body: _Body, day: date, z: float, least: float, most: float) -> float | None:
        age = (day - body.born).days if body.born else 300
        row = table(name).at(cast(Sex, body.sex or "P"), age)
        if row is None:  # older than the tables reach
            return None
        return min(max(round(row.measure_at(min(max(z, -4.5), 4.5)), self.one_of((1, 1, 1, 2))), least), most)

    def leaves(self, person: Person, village: str, since: date) -> None:
        """Dies, moves away, or moves to the other village; most stay."""
        months = [month for month in self.months[3:] if last_day(month) >= since]
        if not months:
            return
        day = self.day_in(self.one_of(months), since)
        other = self.villages[village == self.villages[0]]
        if self.chance(0.06):
            says = {"status": self.one_of(("pindah", "meninggal")), "tanggal_status": str(day)}
            self.send(HomeVisit(day, self.finished(day), village, person.id, person.kind, says))
        elif self.chance(0.1):
            self.moves(person, village, other, day)

    def moves(self, person: Person, village: str, other: str, day: date) -> None:
        """An admin takes the person over, mostly after a form has said so; her new worker goes on visiting."""
        told_on = day
        if self.chance(0.6):
            says = {"status": "pindah", "tanggal_status": str(day)}
            noted = HomeVisit(day, self.finished(day), village, person.id, person.kind, says)
            self.send(noted, at_once=True)
            told_on = max(told_on, noted.finished.date())
        decided = datetime.combine(told_on + DAY, time(3), UTC) + timedelta(minutes=next(self.minutes))
        decision = Move(told_on + DAY, decided, village, person.id, other, self.one_of(DUSUN))
        self.sent.append(Sent(decision, decided.date()))
        for visited in self.days_with(0.7, told_on + 2 * DAY):
            self.send(self.visit(person, other, visited))

"""A simulated village month by month, and everything that its KPM's phone sends, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from random import Random

from forms.periods import add_months, completed_months, month_end
from forms.simulation.coverage import Coverage
from forms.simulation.days import DAY, months, random_day, visit_day, working_day_from, working_days
from forms.simulation.engine.filling import Known
from forms.simulation.engine.phone import Phone, Sent
from forms.simulation.facilities import Facility, facilities, more_services
from forms.simulation.interviews import Interviews
from forms.simulation.meetings import Meetings
from forms.simulation.mishaps import Mishaps
from forms.simulation.people import Child, Household, Mother
from forms.simulation.places import Village
from forms.simulation.population import Population

WEST_INDONESIA = timezone(timedelta(hours=7))
WEIGHING_MONTHS = (2, 8)  # health staff measure every child in February and August
SIBLING_MONTHS = 70  # older children are not put on the map
PAUD_MONTHS = range(24, 72)  # completed months of the children whose early education is monitored
MORE_SERVICES_AFTER = 6  # months
Task = Callable[[date], "Sent | None"]


@dataclass
class VillageLife:
    """`run` gives the submissions; `random` decides all that happens, so that the same seed gives the same life."""

    village: Village
    phone: Phone
    first: date
    today: date
    random: Random
    _sent_on: dict[date, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._coverage = Coverage(self.village, self.first, self.random)
        self._interviews = Interviews(self._coverage, self.random)
        self._families = Population(self.village, self.first, self.today, self.random).households()
        self._facilities = facilities(self.village)
        self._meetings = Meetings(
            self.village, self.first, self._send, self.random, self._households_without, self._give
        )

    def run(self) -> Iterator[Sent]:
        for month in months(self.first, self.today):
            planned = [
                *self._facilities_seen(month),
                *self._registrations(month),
                *self._measurings(month),
                *self._early_education(month),
                *self._visits(month),
                *self._meetings.planned(month),
            ]
            for day, task in sorted(planned, key=lambda plan: plan[0]):
                if day <= self.today and (sent := task(day)):
                    yield sent

    def mishaps(self) -> Iterator[Sent]:
        """After `run`: what goes wrong on the last day (mishaps.py)."""
        befalling = Mishaps(self.phone, self._send_from, self._interviews, self.today)
        return befalling.befall(self._children())

    def _send(self, form_id: str, day: date, known: Known) -> tuple[Sent, dict[str, list[str]]]:
        return self._send_from(self.phone, form_id, day, known)

    def _send_from(self, phone: Phone, form_id: str, day: date, known: Known) -> tuple[Sent, dict[str, list[str]]]:
        """Fills a form on a phone; what is sent, and the ids of the entities that it creates, by list."""
        number = self._sent_on[day] = self._sent_on.get(day, 0) + 1
        begun = datetime.combine(day, time(7, 30), WEST_INDONESIA) + timedelta(minutes=11 * number)
        begun += timedelta(milliseconds=self.random.randrange(300_000))
        ended = begun + timedelta(milliseconds=self.random.randrange(90_000, 600_000))
        sent, changes = phone.fill(form_id, begun, ended, known)
        created: dict[str, list[str]] = {}
        for change in changes:
            if change.create:
                created.setdefault(change.list, []).append(change.id)
        return sent, created

    # What meetings know of households, and do for them.

    def _households_without(self, name: str) -> list[str]:
        return [row["name"] for row in self.phone.rows("keluarga", name, "tidak")]

    def _give(self, name: str, households: list[str]) -> None:
        for family in self._families:
            if family.id in households:
                family.draws[name] = 0.0

    # The facilities: all at the start, and those that give more after half a year.

    def _facilities_seen(self, month: date) -> Iterator[tuple[date, Task]]:
        days = working_days(month, month + 11 * DAY)
        if month == self.first.replace(day=1):
            for number, place in enumerate(self._facilities):
                yield max(days[number % len(days)], self.first), partial(self._see_facility, place)
        if month == add_months(self.first.replace(day=1), MORE_SERVICES_AFTER):
            for place in self._facilities:
                services = more_services(place, self.random)
                if services != place.services:
                    place.services = services
                    yield self.random.choice(days), partial(self._see_facility, place)

    def _see_facility(self, place: Facility, day: date) -> Sent | None:
        sent, created = self._send("fasilitas", day, self._interviews.facility(place, day))
        if not place.id:
            (place.id,) = created["fasilitas"]
        return sent

    # The social map, and those who are found later.

    def _registrations(self, month: date) -> Iterator[tuple[date, Task]]:
        for family in self._families:
            if family.gone_on and family.gone_on <= month:
                continue
            for day in sorted(self._days_found(family, month)):
                yield day, partial(self._register, family)

    def _days_found(self, family: Household, month: date) -> set[date]:
        """The days of the month on which someone in the family is found that the register lacks."""
        found = [mother.found_on for mother in family.mothers if not mother.id and mother.last_day >= month]
        # A baby whose birth no visit reported is found a few weeks after its mother is no longer visited.
        found += [child.born_on + timedelta(days=60) for child in family.children if not child.id]
        days = {working_day_from(max(day, family.mapped_on)) for day in found}
        return {day for day in days if month <= day <= month_end(month)}

    def _register(self, family: Household, day: date) -> Sent | None:
        mothers = [mother for mother in family.mothers if self._new_mother(mother, day)]
        children = [child for child in family.children if self._new_child(child, day)]
        if not (mothers or any(child.last_day >= day for child in children)):
            return None
        sent, created = self._send("peta_sosial", day, self._interviews.social_map(family, mothers, children, day))
        if not family.id:
            (family.id,) = created["keluarga"]
        for mother, id_ in zip(mothers, created.get("ibu_hamil", ()), strict=True):
            mother.id, mother.birth_known = id_, mother.delivers_on <= day
        for child, id_ in zip(children, created.get("anak", ()), strict=True):
            child.id = id_
        return sent

    def _new_mother(self, mother: Mother, day: date) -> bool:
        return not mother.id and mother.found_on <= day <= mother.last_day and not mother.kept_from(day)

    def _new_child(self, child: Child, day: date) -> bool:
        if child.id or child.born_on > day or child.kept_from(day):
            return False
        if completed_months(child.born_on, day) >= SIBLING_MONTHS:
            return False
        # While its mother is visited, her visit will report the birth.
        return not any(
            mother.baby is child and mother.id and mother.last_day >= day for mother in child.household.mothers
        )

    # The Posyandu.

    def _measurings(self, month: date) -> Iterator[tuple[date, Task]]:
        days = working_days(month + 7 * DAY, month + 20 * DAY)
        posyandu = days[:: max(1, len(days) // len(self.village.dusun))]
        by_staff = month.month in WEIGHING_MONTHS
        for child in self._children():
            day = posyandu[child.household.dusun]
            if not 1 <= completed_months(child.born_on, day) < 24:
                continue
            if by_staff:
                if self._coverage.gets("ukur", child.household, day):
                    yield day, partial(self._measure, child, "nakes")
            elif completed_months(child.born_on, day) >= 3 and self.random.random() < 0.12:
                by = "nakes" if self.random.random() < 0.4 else "kpm"
                yield day, partial(self._measure, child, by)

    def _measure(self, child: Child, by: str, day: date) -> Sent | None:
        if not child.id or child.closed or child.kept_from(day):
            return None
        return self._send("ukur_tinggi", day, self._interviews.measuring(child, day, by))[0]

    # Early education: the KPM asks the teachers, and the parents of those who do not come.

    def _early_education(self, month: date) -> Iterator[tuple[date, Task]]:
        days = working_days(month + 4 * DAY, month + 18 * DAY)
        for child in self._children():
            day = self.random.choice(days)
            if completed_months(child.born_on, day) in PAUD_MONTHS and self._reached(child):
                yield day, partial(self._follow, child)

    def _follow(self, child: Child, day: date) -> Sent | None:
        if not child.id or child.closed:
            return None
        sent, _ = self._send("pantau_paud", day, self._interviews.early_education(child, day))
        child.closed = child.kept_from(day) is not None
        return sent

    # Home visits.

    def _visits(self, month: date) -> Iterator[tuple[date, Task]]:
        for mother in self._mothers():
            if mother.found_on <= month_end(month) and mother.last_day >= month and self._reached(mother):
                yield (
                    self._day_before(visit_day(month, self.random), month, mother.last_day),
                    partial(self._visit_mother, mother),
                )
        for child in self._children():
            if child.born_on <= month_end(month) and child.last_day >= month and self._reached(child):
                yield (
                    self._day_before(visit_day(month, self.random), month, child.last_day),
                    partial(self._visit_child, child),
                )

    def _reached(self, target: Mother | Child) -> bool:
        return not target.closed and self._coverage.reached(target.household)

    def _day_before(self, day: date, month: date, last: date) -> date:
        """The day, or an earlier one of the month where the target leaves before: the KPM keeps an eye on that."""
        return day if day <= last else random_day(month, last, self.random)

    def _visit_mother(self, mother: Mother, day: date) -> Sent | None:
        if not mother.id or mother.closed:
            return None
        known = self._interviews.visit_to_mother(mother, day)
        sent, created = self._send("kunjungan_rumah", day, known)
        mother.birth_known = mother.delivers_on <= day
        mother.closed = mother.kept_from(day) is not None
        if mother.baby and "anak" in created:
            (mother.baby.id,) = created["anak"]
        return sent

    def _visit_child(self, child: Child, day: date) -> Sent | None:
        if not child.id or child.closed:
            return None
        sent, _ = self._send("kunjungan_rumah", day, self._interviews.visit_to_child(child, day))
        child.closed = child.kept_from(day) is not None
        return sent

    def _mothers(self) -> Iterator[Mother]:
        for family in self._families:
            yield from family.mothers

    def _children(self) -> Iterator[Child]:
        for family in self._families:
            yield from family.children

"""A village worker at work: she fills the real forms on her phone, out of signal, and sends them when she is home."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from tests.support.form_engine import Answer, Filled
from tests.support.people import Mapped
from tests.support.phone import Phone
from tests.support.phone_lists import Entity
from tests.support.station import Clock

TARGETS = ("ibu_hamil", "anak")


class Listed(NamedTuple):
    """What the phone's list says of a person: who comes first, how it looks there, and what is still missing."""

    prioritas: str
    label: str
    perlu: str


@dataclass
class Kpm:
    """`phone` in her hand; `clock` is the server's, and goes with her days."""

    phone: Phone
    clock: Clock
    today: date = field(default=date.min)

    def begin(self, day: str) -> None:
        """A new day, nine o'clock in the morning in western Indonesia, for her and for the server."""
        self.today = date.fromisoformat(day)
        self.clock.now = datetime(self.today.year, self.today.month, self.today.day, 2, tzinfo=UTC)

    def map_household(self, household: Mapped, **answers: Answer) -> Filled:
        """Fills the social map of a household; `answers` come first. A new one, unless they say otherwise."""
        filling = {**answers, **household.home}
        repeats = (("ada_ibu", "ibu", household.mothers), ("ada_balita", "balita", household.children))
        for question, repeat, people in repeats:
            filling[question] = "ya" if people else "tidak"
            for number, person in enumerate(people, 1):
                filling |= {f"{repeat}[{number}]/{name}": answer for name, answer in person.items()}
        return self.phone.fill("peta_sosial", filling, today=self.today)

    def visit(self, name: str, *, yes: str = "", no: str = "", **answers: Answer) -> Filled:
        """Fills a home visit of the person. `yes` and `no` name the questions so answered; `answers` come after
        them, in their order."""
        kind, person = self.find(name)
        saring = "butuh" if person.properties.get("perlu") else "semua"
        chosen = {"saring": saring, "jenis_sasaran": kind, kind: person.id}
        said = dict.fromkeys(yes.split(), "ya") | dict.fromkeys(no.split(), "tidak")
        return self.phone.fill("kunjungan_rumah", {**chosen, **said, **answers}, today=self.today)

    def measure(self, name: str, **answers: Answer) -> Filled:
        """Fills a height check of the child."""
        _, child = self.find(name)
        return self.phone.fill("ukur_tinggi", {"anak": child.id, **answers}, today=self.today)

    def follow(self, name: str, **answers: Answer) -> Filled:
        """Fills the monitoring of early education of the child."""
        _, child = self.find(name)
        saring = "belum" if child.properties.get("perlu") else "semua"
        return self.phone.fill("pantau_paud", {"saring": saring, "anak": child.id, **answers}, today=self.today)

    def map_facility(self, **answers: Answer) -> Filled:
        """Fills the form of a facility and its services."""
        return self.phone.fill("fasilitas", answers, today=self.today)

    def send_and_sync(self) -> None:
        """Home, where there is signal."""
        self.phone.send()
        self.phone.sync()

    def find(self, name: str) -> tuple[str, Entity]:
        """The list and the entity of a person of this name on the phone."""
        found = [
            (kind, one)
            for kind in TARGETS
            for one in self.phone.lists[kind].entities.values()
            if one.properties["nama"] == name
        ]
        (person,) = found
        return person

    def listed(self, name: str) -> Listed:
        _, person = self.find(name)
        return Listed(person.properties.get("prioritas", ""), person.label, person.properties.get("perlu", ""))

    def household(self, head: str) -> Entity:
        (found,) = [one for one in self.phone.lists["keluarga"].entities.values() if one.label.split(" · ")[0] == head]
        return found

    def facility(self, name: str) -> Entity:
        (found,) = [one for one in self.phone.lists["fasilitas"].entities.values() if one.properties["nama"] == name]
        return found

    def names(self, kind: str) -> list[str]:
        """Who is on the phone's list, in its order."""
        return [one.properties["nama"] for one in self.phone.lists[kind].entities.values()]

    def offered(self, kind: str, saring: str = "butuh") -> list[str]:
        """The names among which she chooses today when she begins a visit."""
        entry = self.phone.open("kunjungan_rumah", today=self.today)
        entry.answer("saring", saring)
        entry.answer("jenis_sasaran", kind)
        people = self.phone.lists[kind].entities
        return [people[id_].properties["nama"] for id_ in entry.choices(kind)]

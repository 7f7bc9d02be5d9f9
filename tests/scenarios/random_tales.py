"""Tales of two villages at random, in which people are merged, moved and moved back in the middle, and phones that do
not know it yet send forms about them afterwards. A seed gives one tale.

Only what can happen happens: somebody is taken over from where they are, and a phone speaks of those it has had on its
list. Where somebody is by then, is read from the tale so far (tests/recounts/settled.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.recounts.looks import completed_months
from tests.recounts.settled import Entry, Tale, settled
from tests.recounts.worklist_recount import Kind, Person
from tests.scenarios.random_people import DAY, DUSUN, YES, Dice
from tests.scenarios.tales import (
    Change,
    Choice,
    Decision,
    Event,
    Form,
    HeightCheck,
    HomeVisit,
    Merge,
    Move,
    PaudVisit,
    Rapat,
    Rembuk,
    SocialMap,
    Survey,
    Undo,
)
from tests.support.facts import Activity, Facility, Progress

ROUNDS, ROUND = 8, 19 * DAY
PART = {"ibu_hamil": "ibu", "anak": "anak"}
MISSING = {"ibu_hamil": ("tablet tambah darah", "konseling gizi"), "anak": ("penimbangan", "akta lahir")}


def random_tale(seed: int, villages: tuple[str, str]) -> list[Event]:
    """All that happened, in the order in which it came in."""
    return _Maker(seed, villages).tale()


class _Maker(Dice):
    def __init__(self, seed: int, villages: tuple[str, str]) -> None:
        super().__init__(seed, villages)
        self.first = date(2026, self.rng.randint(1, 7), 1)
        self.events: list[Event] = []
        # (village, id) of everybody that a phone of the village ever had on its list: who, and in which household.
        self.listed: dict[tuple[str, str], tuple[Kind, str]] = {}
        self.pairs: list[tuple[str, str]] = []

    # -- round by round ------------------------------------------------------------------------------------------------

    def tale(self) -> list[Event]:
        here, there = self.villages
        for village in self.villages:
            self.places_and_meetings(village)
        first, again = self.household(here, 2), self.household(here, 1)  # the second is the first one, mapped again
        self.pairs += zip(again, first, strict=False)
        stranger, twin = self.household(here, 1), self.household(there, 1)
        self.pairs += zip(stranger, twin, strict=False)  # one person, once one of them has moved
        for number in range(ROUNDS):
            since = self.first + number * ROUND
            tale = self.look(since)
            for one in list(tale.entries.values()):
                if one.kind in ("ibu_hamil", "anak"):
                    self.monitor(one, since)
            for (village, id_), (kind, household) in list(self.listed.items()):
                if kind != "keluarga" and (village, id_) not in {(e.village, e.id) for e in tale.entries.values()}:
                    self.monitor_unaware(village, id_, kind, household, since)
            if number >= 2:
                self.decide(since + ROUND - DAY)
        return sorted(self.events, key=lambda event: event.at)

    def look(self, day: date) -> Tale:
        """What has come in by then; phones fetch their lists."""
        tale = self.until(datetime.combine(day, time(), UTC))
        for one in tale.entries.values():
            kind: Any = one.kind
            self.listed[one.village, one.id] = kind, one.says.get("keluarga", "")
        return tale

    def until(self, moment: datetime) -> Tale:
        return settled([event for event in sorted(self.events, key=lambda event: event.at) if event.at < moment])

    def send(self, form: Form, *, corrected: Mapping[str, Any] | None = None, often: float = 0.15) -> None:
        """Sends it, and at times a correction, which somebody mostly decides upon; some decide twice."""
        self.events.append(form)
        if corrected is None or not self.chance(often):
            return
        days = self.rng.randint(1, 12)
        again = self.sent(form.village, form.tanggal, late=False)
        finished, at = form.finished + timedelta(minutes=7), form.at + days * DAY
        again |= {"finished": finished, "at": at, "corrects": form.id}
        edit = replace(form, **again, **corrected)
        self.events.append(edit)
        # Whoever was registered stays so: what nobody registered, no recount knows.
        born = [getattr(one, "baby", None) is not None for one in (form, edit)]
        registers = isinstance(form, SocialMap | Survey | Rembuk) or born[0]
        other = edit.id if born == [False, True] else self.one_of((form.id, edit.id, form.id if registers else ""))
        for use, often in ((edit.id, 0.7), (other, 0.3)):
            if self.chance(often):
                at = self.moment(at.date() + self.rng.randint(1, 20) * DAY, 14)
                self.events.append(Choice(form.village, at, form.id, use))

    # -- who and what is there -----------------------------------------------------------------------------------------

    def household(self, village: str, children: int) -> list[str]:
        """The ids of a household, its mother and its children."""
        day = self.first + self.rng.randrange(10) * DAY
        house = self.identifier()
        dusun = self.one_of(DUSUN)
        mother = self.person("ibu_hamil", house, dusun, day)
        people = [mother, *[self.person("anak", house, dusun, day) for _ in range(children)]]
        said = self.sent(village, day, late=False)
        form = SocialMap(**said, household=house, is_new=True, says=self.home(dusun), people=tuple(people))
        other = [replace(one, says={**one.says, "jaminan_kesehatan": self.one_of(YES)}) for one in people]
        self.send(form, corrected={"people": tuple(other), "says": self.home(dusun)})
        return [house, *[one.id for one in people]]

    def places_and_meetings(self, village: str) -> None:
        gives = dict.fromkeys(self.rng.sample(("timbang", "ukur", "pil_fe", "imunisasi"), 2), "bulanan")
        place = Facility(self.identifier(), "posyandu", "Posyandu", self.one_of(DUSUN), "dusun", gives)
        shut = replace(place, keadaan="tutup")
        self.send(Survey(**self.sent(village, self.first), facility=place, is_new=True), corrected={"facility": shut})
        planned = [
            Activity(self.identifier(), self.one_of(("dana_desa", "apbd")), total, total // 2)
            for total in self.rng.sample(range(1_000_000, 90_000_000), 3)
        ]
        fewer = {"activities": tuple(replace(one, anggaran_total=one.anggaran_total + 500) for one in planned)}
        held = self.sent(village, self.first + 3 * DAY)
        self.send(Rembuk(**held, tahun=self.first.year, activities=tuple(planned)), corrected=fewer)
        for months in (2, 4):
            day = self.first + months * 30 * DAY
            told = [Progress(one.id, self.one_of(("berjalan", "batal", "selesai")), 10_000 * months) for one in planned]
            more = tuple(replace(one, realisasi=77_000) for one in told)
            quarter = f"{day.year}-Q{(day.month + 2) // 3}"
            form = Rapat(**self.sent(village, day), triwulan=quarter, progress=tuple(told))
            self.send(form, corrected={"progress": more})

    # -- monitoring ----------------------------------------------------------------------------------------------------

    def monitor(self, one: Entry, since: date) -> None:
        """By the worker of the village where they are at home."""
        kind: Any = one.kind
        household = one.says.get("keluarga", "")
        if self.chance(0.75):
            self.visit(one.village, one.id, kind, household, since)
        if kind == "anak" and self.chance(0.35):
            self.measure(one.village, one.id, since)
        if kind == "anak" and completed_months(date.fromisoformat(one.says["tanggal_lahir"]), since) >= 24:
            self.ask(one.village, one.id, since)

    def monitor_unaware(self, village: str, id_: str, kind: Kind, household: str, since: date) -> None:
        """By a worker whose phone has not heard that they have moved, or are somebody else."""
        if self.chance(0.5):
            self.visit(village, id_, kind, household, since)
        if kind == "anak" and self.chance(0.3):
            self.measure(village, id_, since)
        if self.chance(0.2):
            self.map_again(village, household, since)

    def day_in(self, since: date) -> date:
        return since + self.rng.randrange(ROUND.days - 2) * DAY

    def visit(self, village: str, id_: str, kind: Kind, household: str, since: date) -> None:
        said = self.sent(village, self.day_in(since))
        missing = tuple(word for word in MISSING[kind] if self.chance(0.3))
        form = HomeVisit(**said, target=id_, kind=kind, answers=self.answers(kind), missing=missing)
        if kind == "ibu_hamil" and household and not household.startswith("rumah baru") and self.chance(0.2):
            birth = self.birth(form, household)
            if self.chance(0.3):
                told = {"baby": birth.baby, "household": household, "answers": birth.answers}
                return self.send(form, corrected=told, often=1)
            form = birth
        elif self.chance(0.06):
            status = {f"status_{PART[kind]}": "meninggal", f"tanggal_status_{PART[kind]}": str(form.tanggal)}
            form = replace(form, answers={**form.answers, **status})
        answers = {**form.answers, **self.answers(kind)}
        self.send(form, corrected={"answers": answers, "missing": ()})

    def birth(self, form: HomeVisit, household: str) -> HomeVisit:
        says = {"jenis_kelamin": self.one_of("LP"), "tanggal_lahir": str(form.tanggal), "status": "aktif"}
        says["dusun"] = self.one_of(DUSUN)
        baby = Person(self.identifier(), "anak", f"Bayi {next(self.numbers)}", says, self.one_of((None, 2.4, 3.1)))
        answers = {**form.answers, "tanggal_melahirkan": str(form.tanggal), "periksa_nifas": self.rng.randint(0, 4)}
        return replace(form, baby=baby, household=household, answers=answers)

    def measure(self, village: str, id_: str, since: date) -> None:
        answers = {"panjang": round(self.rng.uniform(60, 80), 1), "posisi": "baring"}
        answers |= {"diukur_oleh": self.one_of(("nakes", "kpm")), "tikar": self.one_of(("hijau", "kuning", "merah"))}
        form = HeightCheck(**self.sent(village, self.day_in(since)), target=id_, answers=answers)
        self.send(form, corrected={"answers": {**answers, "tikar": "hijau", "berat": 7.1}})

    def ask(self, village: str, id_: str, since: date) -> None:
        form = PaudVisit(**self.sent(village, self.day_in(since)), target=id_, ikut_paud=self.one_of(YES))
        self.send(form, corrected={"ikut_paud": "tidak"})

    def map_again(self, village: str, household: str, since: date) -> None:
        """The household once more, with a child that nobody had noted; its house as it is now, at times."""
        if (village, household) in self.listed and not household.startswith("rumah baru"):
            day = self.day_in(since)
            dusun = self.one_of(DUSUN)
            new = (self.person("anak", household, dusun, day),) if self.chance(0.6) else ()
            says = self.home(dusun) if self.chance(0.6) else {}
            form = SocialMap(**self.sent(village, day), household=household, is_new=False, says=says, people=new)
            self.send(form, corrected={"says": self.home(dusun)} if says else None)

    # -- decisions -----------------------------------------------------------------------------------------------------

    def decide(self, day: date) -> None:
        """One or two things about people, among those that are possible."""
        for hour in self.one_of(((5,), (5, 8))):
            at = self.moment(day, hour)
            tale = self.until(at)
            made = self.one_of([self.merge, self.merge, self.move, self.move, self.change, self.undo])(tale, at)
            if made is not None:
                self.events.append(made)

    def merge(self, tale: Tale, at: datetime) -> Decision | None:
        for pair in self.rng.sample(self.pairs, len(self.pairs)):
            known = [tale.entries.get(id_) for id_ in pair]
            loser, winner = self.rng.sample(known, 2)
            if loser and winner and loser.village == winner.village and loser.kind == winner.kind:
                return Merge(winner.village, at, at.date(), loser.id, winner.id)
        return self.move(tale, at)

    def move(self, tale: Tale, at: datetime) -> Decision | None:
        """A whole household, or one or two people; into a household there, or a new one; some were noted as gone."""
        one = self.one_of([one for one in tale.entries.values() if one.kind != "fasilitas"])
        group = [one, *tale.members(one.id)]
        if one.kind != "keluarga" and self.chance(0.3):
            house = [each for each in tale.members(one.says.get("keluarga", "")) if each.village == one.village]
            group = self.rng.sample(house, min(2, len(house))) if house else group
        people = [each for each in group if each.village == one.village]
        to = self.villages[one.village == self.villages[0]]
        day = at.date() - self.rng.randint(0, 20) * DAY
        for each in people:
            if each.kind != "keluarga" and self.chance(0.3):
                self.note_gone(each, day, at)
        homes = [each.id for each in tale.entries.values() if (each.kind, each.village) == ("keluarga", to)]
        household = self.one_of(homes) if homes and self.chance(0.4) and one.kind != "keluarga" else ""
        ids = tuple(each.id for each in people)
        return Move(one.village, at, day, ids, to, self.one_of(DUSUN), household)

    def note_gone(self, one: Entry, day: date, at: datetime) -> None:
        """A form says that they have left, before somebody decides where to; at times it only comes in afterwards."""
        kind: Any = one.kind
        by = timedelta(minutes=30, seconds=next(self.moments)) * self.one_of((-1, -1, 1))
        said = self.sent(one.village, day, late=False) | {"at": at + by}
        answers = {f"status_{PART[kind]}": "pindah", f"tanggal_status_{PART[kind]}": str(day)}
        self.events.append(HomeVisit(**said, target=one.id, kind=kind, answers=answers))

    def change(self, tale: Tale, at: datetime) -> Decision | None:
        one = self.one_of([one for one in tale.entries.values() if one.kind in ("ibu_hamil", "anak")])
        says = {"dusun": self.one_of(DUSUN)}
        if self.chance(0.3):
            says |= {"status": "meninggal", "tanggal_status": str(at.date())}
        return Change(one.village, at, at.date(), one.id, says)

    def undo(self, tale: Tale, at: datetime) -> Decision | None:
        standing = tale.standing()
        return Undo(standing[-1].village, at, standing[-1]) if standing else self.move(tale, at)

"""Stories of two villages, told to a server: what their phones send, and what people decide in between.

The simulated phones fill the shipped forms and keep their lists as Collect does. What happened can be sent again in
another order; what is decided is then decided again, at its place between what came before it and what came after.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, select

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.scorecard.card import read_card
from aggregate.scorecard.refresh import refresh_village
from forms.periods import Quarter
from forms.problems import ProblemError
from forms.simulation.engine.phone import LookUp, Phone, PhoneForm
from forms.submission import read_envelope
from server.database.engine import open_engine, reading, writing
from server.database.tables import entities
from server.database.upgrade import upgrade
from server.decisions import merges, statements, transfers, undo
from server.demo.simulate import forms_on_phones
from server.entities import decision_log
from server.entities.decision import Decision
from server.publications import publish
from server.publications.entity_list_columns import lists_written
from server.publications.form_versions import FormCache
from server.queries.entity_lists import list_csv
from server.submissions.interpret import IncomingSubmission
from server.submissions.rebuild import force_overdue, rebuild
from server.submissions.review import choose
from server.villages import regions
from server.villages.region_file import read_regions
from tests.scenarios.steps import FIRST, Step, asked_by, household
from tests.support.inbox import take_in
from tests.support.orders import Rewind, without_versions
from tests.support.station import OTHER_VILLAGE, REGIONS, VILLAGE

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 4, 30, 3, tzinfo=UTC)
QUARTERS = (Quarter(2026, 1), Quarter(2026, 2))
# The village of each worker: two in one, who may speak of the same people, and one in the other.
VILLAGES = (VILLAGE, VILLAGE, OTHER_VILLAGE)
# When nothing waits any longer for a form that never came.
LONG_AFTER = NOW + timedelta(days=90)
HEAD = "kades@uji"
UNKNOWN_VERSION = b"2030010100"


@dataclass(frozen=True)
class Sending:
    """A form that reaches the server."""

    village: str
    body: bytes


@dataclass(frozen=True)
class Deciding:
    """What people decide: merge and move speak of `ids`, undo of the decision of that number, choose of a root."""

    kind: str
    village: str
    day: date
    ids: tuple[str, ...] = ()
    household: str = ""
    number: int = 0
    root: str = ""
    body: bytes = b""


Event = Sending | Deciding


@dataclass
class World:
    """Two villages with a household each in their registers, which all their workers have on their phones."""

    engine: Engine
    monkeypatch: pytest.MonkeyPatch
    cache: FormCache
    forms: dict[str, PhoneForm]
    files: dict[str, LookUp]
    columns: dict[str, tuple[str, ...]]
    before: Rewind = field(init=False)
    made: list[Decision] = field(default_factory=list)
    taken: int = 0

    def back(self) -> None:
        """As it was before any story; the next decisions get the same ids as those of the last story."""
        self.before.back()
        self.made, self.taken = [], 0
        ids = count()
        for module in (decision_log, statements):
            self.monkeypatch.setattr(module, "uuid4", lambda: UUID(int=Random(next(ids)).getrandbits(128), version=4))

    def take(self, event: Event, later: timedelta = timedelta()) -> None:
        """A minute after what came before it, or so much later."""
        now = NOW + timedelta(minutes=self.taken) + later
        if isinstance(event, Sending):
            arrival = IncomingSubmission(event.village, "uji", None, event.body, read_envelope(event.body), now, ZONE)
            with writing(self.engine) as connection:
                take_in(connection, self.cache, arrival)
        else:
            with writing(self.engine) as connection:
                self.made.append(self._decided(connection, event, now))
        self.taken += 1

    def _decided(self, connection: Connection, event: Deciding, now: datetime) -> Decision:
        if event.kind == "merge":
            return merges.merge(connection, event.village, *event.ids, event.day, HEAD, now)
        if event.kind == "move":
            (to,) = {*VILLAGES} - {event.village}
            day, home = event.day, event.household
            return transfers.move(connection, event.village, event.ids, to, day, "Baru", home, HEAD, now)
        if event.kind == "undo":
            undone = self.made[event.number]
            return undo.undo_decision(connection, undone.village_id, undone.id, HEAD, now)
        use = hashlib.sha256(event.body).hexdigest()
        return choose(connection, self.cache, ZONE, event.village, event.root, use, HEAD, now)

    def take_back_everything(self) -> None:
        """Undoes all merges and moves that stand, the last one first."""
        undone = {one.id for one in self.made if one.undone_at is not None}
        for number in reversed(range(len(self.made))):
            one = self.made[number]
            if one.kind in ("merge", "move") and one.id not in undone:
                self.take(Deciding("undo", one.village_id, NOW.date(), number=number))

    def rebuild(self) -> None:
        rebuild(self.engine, self.cache, ZONE, LONG_AFTER, iter)

    def people(self, village: str, list_name: str) -> list[str]:
        """The ids of the village's register."""
        wanted = select(entities.c.id).where(entities.c.village_id == village, entities.c.list == list_name)
        with reading(self.engine) as connection:
            return sorted(connection.execute(wanted).scalars())

    def family(self, village: str, household_id: str) -> list[str]:
        wanted = select(entities.c.id).where(entities.c.village_id == village, entities.c.household == household_id)
        with reading(self.engine) as connection:
            return sorted(connection.execute(wanted).scalars())

    def lists(self, village: str) -> dict[str, bytes]:
        today = NOW.astimezone(ZONE).date()
        with reading(self.engine) as connection:
            return {name: list_csv(connection, village, name, self.columns[name], today, ZONE) for name in self.columns}

    def outcome(self) -> dict[str, Any]:
        """The register, all answers, and the cards and lists of both villages, once nothing waits any longer."""
        force_overdue(self.engine, LONG_AFTER)
        return {**self.before.register_and_answers(), **dict(self._shown())}

    def _shown(self) -> Iterator[tuple[str, Any]]:
        today = NOW.astimezone(ZONE).date()
        for village in sorted({*VILLAGES}):
            refresh_village(self.engine, village, today)
            with reading(self.engine) as connection:
                for quarter in QUARTERS:
                    yield f"card {village} {quarter}", read_card(connection, village, quarter, today).json()
            for name, content in self.lists(village).items():
                yield f"list {village} {name}", sorted(without_versions(content))


@dataclass
class Story:
    """The phones, and what has happened so far; `chains`: the last correction by the id of the first form."""

    world: World
    phones: tuple[Phone, ...]
    fetches: bool
    events: list[Event] = field(default_factory=list)
    filled: list[list[bytes]] = field(default_factory=lambda: [[] for _ in VILLAGES])
    unsent: list[list[bytes]] = field(default_factory=lambda: [[] for _ in VILLAGES])
    sent_chains: dict[tuple[str, str], bytes] = field(default_factory=dict)
    first_of: dict[str, str] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        phone, mine = self.phones[step.worker], self.filled[step.worker]
        if step.task == "sync":
            self.sync(step.worker)
        elif step.task in ("merge", "move", "undo", "choose"):
            self._decide(step)
        elif step.task == "correct":
            if mine:
                self._keep(step.worker, self._corrected(mine[step.whom % len(mine)]))
        else:
            asked = asked_by(step, phone)
            if asked is not None:
                form_id, known = asked
                begun = datetime.combine(step.day, time(8), ZONE)
                sent, _ = phone.fill(form_id, begun, begun + timedelta(minutes=30 + step.minute), known)
                # Now and then the form is of a version that the server does not know: it waits, and counts for nothing.
                strange = step.luck % 16 == 0 and form_id != "peta_sosial"
                self._keep(step.worker, _of_unknown_version(sent.body) if strange else sent.body)

    def sync(self, worker: int) -> None:
        """Sends what waits, and fetches the lists where the story says so."""
        for body in self.unsent[worker]:
            self._happen(Sending(VILLAGES[worker], body))
            first = self.first_of.get(read_envelope(body).instance_id or "")
            if first is not None and UNKNOWN_VERSION not in body:
                self.sent_chains[VILLAGES[worker], first] = body
        self.unsent[worker].clear()
        if self.fetches:
            take_lists(self.phones[worker], self.world.lists(VILLAGES[worker]))

    def decide_all(self) -> None:
        """Lets the last correction of every chain count."""
        for (village, root), body in sorted(self.sent_chains.items()):
            self._happen(Deciding("choose", village, NOW.date(), root=root, body=body))

    def _decide(self, step: Step) -> None:
        """What people decide on a page; where the page would refuse it, nothing happens."""
        village = VILLAGES[step.worker]
        wanted: Deciding | None = None
        if step.task == "merge":
            known = self.world.people(village, ("anak", "anak", "ibu_hamil", "keluarga")[step.luck % 4])
            if len(known) > 1:
                loser, winner = step.luck // 4 % len(known), (step.luck // 4 + 1 + step.whom) % len(known)
                wanted = Deciding("merge", village, step.day, (known[loser], known[winner]))
        elif step.task == "move":
            wanted = self._moving(step, village)
        elif step.task == "undo" and self.world.made:
            last = len(self.world.made) - 1
            wanted = Deciding("undo", village, step.day, number=last - step.luck % (last + 1))
        elif step.task == "choose" and self.sent_chains:
            chains = sorted(self.sent_chains.items())
            (of, root), body = chains[step.luck % len(chains)]
            wanted = Deciding("choose", of, step.day, root=root, body=body)
        if wanted is not None:
            with suppress(ProblemError):
                self._happen(wanted)

    def _moving(self, step: Step, village: str) -> Deciding | None:
        """A whole family, or one of the people alone, into a household of the other village or a new one."""
        (to,) = {*VILLAGES} - {village}
        households = ["", *self.world.people(to, "keluarga")]
        into = households[step.luck // 8 % len(households)]
        if step.luck % 2:
            homes = self.world.people(village, "keluarga")
            if not homes:
                return None
            home = homes[step.whom % len(homes)]
            return Deciding("move", village, step.day, (home, *self.world.family(village, home)))
        known = self.world.people(village, ("anak", "ibu_hamil")[step.luck // 2 % 2])
        return Deciding("move", village, step.day, (known[step.whom % len(known)],), into) if known else None

    def _happen(self, event: Event) -> None:
        self.world.take(event)
        self.events.append(event)

    def _keep(self, worker: int, body: bytes) -> None:
        self.filled[worker].append(body)
        self.unsent[worker].append(body)

    def _corrected(self, body: bytes) -> bytes:
        """The submission once more, with an answer put right."""
        before = read_envelope(body).instance_id or ""
        after = f"uuid:{self.phones[0].new_uuid()}"
        self.first_of[after] = self.first_of.get(before, before)
        deprecated = f"<instanceID>{after}</instanceID><deprecatedID>{before}</deprecatedID>".encode()
        right = body.replace(f"<instanceID>{before}</instanceID>".encode(), deprecated)
        right = re.sub(rb"<deprecatedID>.*?</deprecatedID>(?=<deprecatedID>)", b"", right)
        for name, value in (("status_gizi", "buruk"), ("tikar", "merah"), ("status_kehamilan", "kek")):
            right = re.sub(rf"<{name}>\w+</{name}>".encode(), f"<{name}>{value}</{name}>".encode(), right)
        return right


def _of_unknown_version(body: bytes) -> bytes:
    changed, times = re.subn(rb'(<data [^>]*\bversion=")\d+', rb"\g<1>" + UNKNOWN_VERSION, body, count=1)
    assert times == 1
    return changed


def take_lists(phone: Phone, lists: dict[str, bytes]) -> None:
    """What a phone's lists are after a sync in which every row of the server wins: it has sent all that it had."""
    for name, content in lists.items():
        phone.lists[name] = {
            row["name"]: {**row, "__trunkVersion": row["__version"], "__branchId": phone.new_uuid()}
            for row in csv.DictReader(content.decode().splitlines())
        }


def prepared(database_url: str) -> dict[str, str]:
    """A database made ready for a world: with the villages, and the forms and rules that come with the project."""
    engine = open_engine(database_url)
    with writing(engine) as connection:
        upgrade(connection)
        regions.keep(connection, read_regions(REGIONS))
        list(publish.publish_shipped(connection, NOW))
    engine.dispose()
    return {}


def new_world(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world on a database that was `prepared`."""
    cache = FormCache()
    with reading(engine) as connection:
        forms, files = forms_on_phones(connection, cache)
        columns = lists_written(cache.schemas(connection))
    published_rules_with_tables(engine)  # makes the tables for counting
    found = World(engine, monkeypatch, cache, forms, files, columns)
    for number, village in enumerate((VILLAGE, OTHER_VILLAGE)):
        first = Phone(forms, files, Random(f"first {number}"))
        at_home = Step(0, "map", FIRST, 0, 0, 0b0000110111 + number)
        begun = datetime.combine(FIRST, time(8), ZONE)
        sent, _ = first.fill("peta_sosial", begun, begun + timedelta(minutes=20), household(at_home, ""))
        found.take(Sending(village, sent.body))
    found.before = Rewind(engine)
    return found


def told(world: World, story: Sequence[Step], *, fetches: bool = True) -> Story:
    """Goes through the story on an untouched world, and sends and decides what is left at its end.

    `fetches`: whether the phones hear of what others said and decided, each time that they send.
    """
    world.back()
    phones = tuple(Phone(world.forms, world.files, Random(number)) for number in range(len(VILLAGES)))
    for phone, village in zip(phones, VILLAGES, strict=True):
        take_lists(phone, world.lists(village))
    happened = Story(world, phones, fetches)
    for step in story:
        happened.take(step)
    for worker in range(len(VILLAGES)):
        happened.sync(worker)
    happened.decide_all()
    return happened


def happens_again(world: World, events: Sequence[Event], order: Random, days_between: int) -> None:
    """The same on an untouched world, with the forms between two decisions in another order, and so many days apart:
    where they are more than one, what waits does so for longer than anything has to."""
    world.back()
    days = count()
    unsent: list[Event] = []
    for event in events:
        if isinstance(event, Sending):
            unsent.append(event)
            continue
        _send_shuffled(world, unsent, order, days_between, days)
        world.take(event)
    _send_shuffled(world, unsent, order, days_between, days)


def _send_shuffled(world: World, unsent: list[Event], order: Random, days_between: int, days: Iterator[int]) -> None:
    order.shuffle(unsent)
    for event in unsent:
        world.take(event, timedelta(days=days_between * next(days)))
    unsent.clear()


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What stands in one of two outcomes only, a line a row or field."""
    found: list[str] = []
    for name in sorted({*before, *after}):
        mine, other = _parts(before.get(name, [])), _parts(after.get(name, []))
        if mine != other:
            found += [f"- {name}: {part}" for part in mine if part not in other]
            found += [f"+ {name}: {part}" for part in other if part not in mine]
    return found


def _parts(found: Any) -> list[Any]:
    if isinstance(found, dict):
        return list(found.items())
    rows = [row.items() if isinstance(row, dict) else [("line", row)] for row in found]
    ids = [row.get("id", row.get("instance_id", "")) if isinstance(row, dict) else "" for row in found]
    return [(id_, *item) for id_, items in zip(ids, rows, strict=True) for item in items]

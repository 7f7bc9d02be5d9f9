"""Whatever order the submissions of a village come in, its register, answers and cards end alike.

Random stories of two village workers: they visit, measure, register and report births on phones that are out of signal
most of the time, and correct what they sent. The simulated phones fill the shipped forms and keep their lists as
Collect does. Each story is sent as it happened, with the syncs in between, and then in random orders.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from aggregate.card import read_card
from aggregate.in_force import rules_in_force
from aggregate.refresh import refresh_village
from forms.periods import Quarter
from forms.simulation.phone import LookUp, Phone, PhoneForm
from forms.submission import read_envelope
from server import publishing
from server.simulate import forms_on_phones
from server.store import regions
from server.store.chosen import choose
from server.store.engine import reading, writing
from server.store.forms import FormCache
from server.store.lists import list_csv, lists_written
from server.store.receive import Arrival, receive
from server.store.upgrade import upgrade
from tests.orders import Rewind
from tests.server.station import REGIONS, VILLAGE
from tests.steps import FIRST, Step, any_step, asked_by, household

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 4, 30, 3, tzinfo=UTC)
QUARTERS = (Quarter(2026, 1), Quarter(2026, 2))
STEPS = range(5, 10)
# How many stories are tried on each database: the same ones each time.
STORIES = {"sqlite": 25, "postgresql": 4}


@dataclass
class World:
    """A village with one household in its register, which both workers have on their phones."""

    engine: Engine
    cache: FormCache
    forms: dict[str, PhoneForm]
    files: dict[str, LookUp]
    columns: dict[str, tuple[str, ...]]
    before: Rewind = field(init=False)

    def receive(self, body: bytes, later: timedelta = timedelta()) -> None:
        arrival = Arrival(VILLAGE, "uji", None, body, read_envelope(body), NOW + later, ZONE)
        with writing(self.engine) as connection:
            receive(connection, self.cache, arrival, ())

    def decide(self, thread: str, body: bytes) -> None:
        """Lets this correction count."""
        use = hashlib.sha256(body).hexdigest()
        with writing(self.engine) as connection:
            choose(connection, self.cache, ZONE, VILLAGE, thread, use, "kades@uji", NOW)

    def lists(self) -> dict[str, bytes]:
        today = NOW.astimezone(ZONE).date()
        with reading(self.engine) as connection:
            return {name: list_csv(connection, VILLAGE, name, self.columns[name], today) for name in self.columns}

    def outcome(self) -> dict[str, Any]:
        today = NOW.astimezone(ZONE).date()
        refresh_village(self.engine, VILLAGE, today)
        with reading(self.engine) as connection:
            cards = {str(quarter): read_card(connection, VILLAGE, quarter, today).json() for quarter in QUARTERS}
        lists = {name: sorted(content.splitlines()) for name, content in self.lists().items()}
        return {**self.before.register_and_answers(), "cards": cards, "lists": lists}


@dataclass
class Story:
    """Two phones, and what they have sent so far: `bodies`, with `chains` of corrections by the id of the first."""

    world: World
    phones: tuple[Phone, ...]
    bodies: list[bytes] = field(default_factory=list)
    filled: dict[int, list[bytes]] = field(default_factory=lambda: {0: [], 1: []})
    unsent: dict[int, list[bytes]] = field(default_factory=lambda: {0: [], 1: []})
    chains: dict[str, bytes] = field(default_factory=dict)
    first_of: dict[str, str] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        phone, mine = self.phones[step.worker], self.filled[step.worker]
        if step.task == "sync":
            self.sync(step.worker)
        elif step.task == "correct":
            if mine:
                self._keep(step.worker, self._corrected(mine[step.whom % len(mine)]))
        else:
            asked = asked_by(step, phone)
            if asked is not None:
                form_id, known = asked
                begun = datetime.combine(step.day, time(8), ZONE)
                sent, _ = phone.fill(form_id, begun, begun + timedelta(minutes=30 + step.minute), known)
                self._keep(step.worker, sent.body)

    def sync(self, worker: int) -> None:
        """Sends what waits, and fetches the lists."""
        for body in self.unsent[worker]:
            self.world.receive(body)
        self.unsent[worker].clear()
        take_lists(self.phones[worker], self.world.lists())

    def _keep(self, worker: int, body: bytes) -> None:
        for kept in (self.filled[worker], self.unsent[worker], self.bodies):
            kept.append(body)

    def _corrected(self, body: bytes) -> bytes:
        """The submission once more, with an answer put right."""
        before = read_envelope(body).instance_id
        after = f"uuid:{self.phones[0].new_uuid()}"
        first = self.first_of.setdefault(after, self.first_of.get(before, before))
        deprecated = f"<instanceID>{after}</instanceID><deprecatedID>{before}</deprecatedID>".encode()
        right = body.replace(f"<instanceID>{before}</instanceID>".encode(), deprecated)
        right = re.sub(rb"<deprecatedID>.*?</deprecatedID>(?=<deprecatedID>)", b"", right)
        for name, value in (("status_gizi", "buruk"), ("tikar", "merah"), ("status_kehamilan", "kek")):
            right = re.sub(rf"<{name}>\w+</{name}>".encode(), f"<{name}>{value}</{name}>".encode(), right)
        self.chains[first] = right
        return right


def take_lists(phone: Phone, lists: dict[str, bytes]) -> None:
    """What a phone's lists are after a sync in which every row of the server wins: it has sent all that it had."""
    for name, content in lists.items():
        phone.lists[name] = {
            row["name"]: {**row, "__trunkVersion": row["__version"], "__branchId": phone.new_uuid()}
            for row in csv.DictReader(content.decode().splitlines())
        }


@pytest.fixture
def world(engine: Engine) -> World:
    cache = FormCache()
    with writing(engine) as connection:
        upgrade(connection)
        regions.keep(connection, regions.read_regions(REGIONS))
        list(publishing.publish_shipped(connection, NOW))
    with reading(engine) as connection:
        forms, files = forms_on_phones(connection, cache)
        columns = lists_written(cache.schemas(connection))
    rules_in_force(engine)  # makes the tables for counting
    found = World(engine, cache, forms, files, columns)
    first = Phone(forms, files, Random("first"))
    at_home = Step(0, "map", FIRST, 0, 0, 0b0000110111)
    begun = datetime.combine(FIRST, time(8), ZONE)
    sent, _ = first.fill("peta_sosial", begun, begun + timedelta(minutes=20), household(at_home, ""))
    found.receive(sent.body)
    found.before = Rewind(engine)
    return found


def told(world: World, story: Sequence[Step], seed: int) -> Story:
    """Goes through the story on an untouched world, and sends what is left at its end."""
    world.before.back()
    phones = tuple(Phone(world.forms, world.files, Random(f"{seed}/{number}")) for number in range(2))
    for phone in phones:
        take_lists(phone, world.lists())
    happened = Story(world, phones)
    for step in story:
        happened.take(step)
    for worker in range(2):
        happened.sync(worker)
    return happened


def ends(happened: Story) -> dict[str, Any]:
    """What the story ends in once it is decided that corrections count."""
    for thread, body in sorted(happened.chains.items()):
        happened.world.decide(thread, body)
    return happened.world.outcome()


def test_any_order_of_the_same_submissions_ends_alike(world: World) -> None:
    @settings(
        max_examples=STORIES[world.engine.dialect.name],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(story=st.lists(any_step, min_size=STEPS[0], max_size=STEPS[-1]), order=st.randoms(use_true_random=False))
    def holds(story: list[Step], order: Random) -> None:
        happened = told(world, story, 1)
        first = ends(happened)
        for days_between in (0, 3):  # in the second order, what waits does so for longer than anything has to
            world.before.back()
            bodies = list(happened.bodies)
            order.shuffle(bodies)
            for number, body in enumerate(bodies):
                world.receive(body, timedelta(days=days_between * number))
            assert ends(happened) == first

    holds()

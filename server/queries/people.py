"""The village's people as pages and commands show them: who there is, and everything that is known of one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, select

from forms.domain import ACTIVE, CHILDREN, DUSUN, HOUSEHOLD, HOUSEHOLDS, NAME, NIK, NO_KK, STATUS, TARGET_LISTS
from forms.periods import add_months
from forms.problems import problem
from server.database.tables import entities
from server.decisions.making import NO_SUCH_PERSON
from server.entities import change_log, decision_log, store
from server.entities.backlog import LONGEST_WAIT
from server.entities.change import Change
from server.entities.decision import Decision, Distinct, Transfer
from server.entities.entity import Entity, facts, name_of
from server.entities.homes import locate, places_led_to
from server.entities.offline_versions import predecessor
from server.queries.history import Event, events, names_of
from server.queries.masking import shown
from server.queries.priorities import CHILDHOOD_MONTHS

PEOPLE = (*TARGET_LISTS, HOUSEHOLDS)
# aktif: on the list; paud: a child of 2 to 6 years; selesai: left it in the course of nature; else what a form says.
State = Literal["aktif", "paud", "selesai", "pindah", "meninggal", "belum"]
STATES: tuple[State, ...] = ("aktif", "paud", "selesai", "pindah", "meninggal", "belum")
_CLOSED: tuple[State, ...] = ("pindah", "meninggal", "selesai")


@dataclass(frozen=True)
class Person:
    """A mother, child or household in one line. `household` is its head's name; `nik` and `no_kk` show their end only.

    `state` is `belum` where only updates of somebody have come whose registration has not. `birth_date`, `due_date`,
    `delivered_on` and `visited_on` (the last visit) are None where the register does not have them, or they do not
    apply.
    """

    village_id: str
    id: str
    list: str
    name: str
    dusun: str
    rt: str
    household_id: str
    household: str
    state: State
    nik: str
    no_kk: str
    birth_date: date | None
    due_date: date | None
    delivered_on: date | None
    registered_on: date
    visited_on: date | None

    @property
    def is_household(self) -> bool:
        return self.list == HOUSEHOLDS


@dataclass(frozen=True)
class Waiting:
    """A change that waits: for the registration of whom it speaks of, or for the one before it from the same phone.

    At `until` it is applied all the same.
    """

    event: Event
    name: str
    reason: Literal["creation", "branch"]
    until: datetime


@dataclass(frozen=True)
class About:
    """Everything of one person. `person` is None where it is no longer, or not yet, in the village's register; `home`
    says where it is at home then, if anywhere. `history` is the newest first. `names`: of all ids that are spoken of;
    `dusun`: those of the village, by name.
    """

    person: Person | None
    entity: Entity | None
    home: tuple[str, str] | None
    household: Person | None
    members: tuple[Person, ...]
    history: tuple[Event, ...]
    waiting: tuple[Waiting, ...]
    decisions: tuple[Decision, ...]
    names: dict[str, str]
    dusun: tuple[str, ...]


def people(connection: Connection, village_id: str, today: date) -> list[Person]:
    """All mothers, children and households of the village, by name."""
    return people_of(store.load_all(connection, village_id), today)


def people_of(found: Sequence[Entity], today: date) -> list[Person]:
    """The same from all entities of the village."""
    houses = {one.id: one for one in found if one.list == HOUSEHOLDS}
    rows = [as_person(one, houses.get(one.data.get(HOUSEHOLD, "")), today) for one in found if one.list in PEOPLE]
    return sorted(rows, key=lambda person: (person.name.casefold(), person.id))


def as_person(entity: Entity, house: Entity | None, today: date) -> Person:
    """The entity in one line, as it stands on `today`; `house` is the household that it lives in."""
    known = facts(entity)
    home = entity if entity.list == HOUSEHOLDS else house
    return Person(
        village_id=entity.village_id,
        id=entity.id,
        list=entity.list,
        name=name_of(entity),
        dusun=entity.data.get(DUSUN, ""),
        rt=home.data.get("rt", "") if home else "",
        household_id=entity.data.get(HOUSEHOLD, ""),
        household=name_of(house) if house else "",
        state=_state(entity, known.leaves_on, known.birth_date, today),
        nik=shown(NIK, entity.data.get(NIK, "")),
        no_kk=shown(NO_KK, home.data.get(NO_KK, "") if home else ""),
        birth_date=known.birth_date,
        due_date=known.due_date,
        delivered_on=known.delivered_on,
        registered_on=entity.registered_on,
        visited_on=entity.visited_on,
    )


def _state(entity: Entity, leaves: date | None, birth: date | None, today: date) -> State:
    if entity.created_seq is None:
        return "belum"
    said = entity.data.get(STATUS, ACTIVE)
    closed = next((state for state in _CLOSED if state == said), None)
    if closed is not None:
        return closed
    if leaves is None or leaves > today:
        return "aktif"
    grown_up = entity.list != CHILDREN or birth is None or add_months(birth, CHILDHOOD_MONTHS) <= today
    return "selesai" if grown_up else "paud"


def matching(
    found: Iterable[Person], *, words: str = "", dusun: str = "", state: str = "", list_: str = ""
) -> list[Person]:
    """Those whose name, or whose household's, holds all the words; blank asks for nothing."""
    wanted = words.casefold().split()
    return [
        one
        for one in found
        if all(word in f"{one.name} {one.household}".casefold() for word in wanted)
        and dusun in ("", one.dusun)
        and state in ("", one.state)
        and list_ in ("", one.list)
    ]


def present(connection: Connection, village_id: str, entity_id: str, today: date) -> tuple[About, Person]:
    """Everything of somebody who is at home in the village now. Raises ProblemError NO_SUCH_PERSON."""
    found = about(connection, village_id, entity_id, today)
    if found.person is None:
        raise problem(NO_SUCH_PERSON, id=entity_id, village=village_id)
    return found, found.person


def about(connection: Connection, village_id: str, entity_id: str, today: date) -> About:
    """Everything of one mother, child or household. Raises ProblemError NO_SUCH_PERSON where nobody spoke of it yet."""
    register = store.load_all(connection, village_id)
    entity = next((one for one in register if one.id == entity_id), None)
    here = village_id, entity_id
    home = locate(connection, *here)
    said = change_log.of_places(connection, places_led_to(connection, here) if home == here else [])
    elsewhere = home if home != here else None
    if (entity is None and not said and elsewhere is None) or (entity is not None and entity.list not in PEOPLE):
        raise problem(NO_SUCH_PERSON, id=entity_id, village=village_id)
    told = events(connection, said, village_id)
    made = _decisions(connection, village_id, {one.village_id for one in said}, entity_id)
    all_people = people_of(register, today)
    person = next((one for one in all_people if one.id == entity_id), None)
    houses = {one.id: one for one in all_people if one.is_household}
    household = houses.get(person.household_id) if person and not person.is_household else None
    lives_in = household.id if household else (entity_id if person and person.is_household else "")
    return About(
        person=person,
        entity=entity,
        home=elsewhere if entity is None else None,
        household=household,
        members=tuple(one for one in all_people if lives_in and one.household_id == lives_in and one.id != entity_id),
        history=tuple(reversed([one for one in told if one.change.state != "held"])),
        waiting=tuple(_waiting(one) for one in told if one.change.state == "held"),
        decisions=made,
        names=_names(connection, said, made, {village_id, *(one.village_id for one in said)}),
        dusun=tuple(sorted({one.dusun for one in all_people if one.dusun})),
    )


def waiting(connection: Connection, village_id: str, roots: Iterable[str]) -> list[Waiting]:
    """All changes of the village's phones that wait, the oldest first; `roots`: those with which corrections wait."""
    held = change_log.held(connection, village_id)
    told = {
        (one.change.source, one.change.entity_id): one
        for one in events(connection, held, village_id, {village_id: roots})
    }
    known = names_of(connection, {village_id}, {one.entity_id for one in held})
    return [_waiting(told[one.source, one.entity_id], known.get(one.entity_id, "")) for one in held]


def _waiting(event: Event, name: str = "") -> Waiting:
    change = event.change
    called = name or change.label or change.properties.get(NAME, "")
    reason: Literal["creation", "branch"] = "branch" if predecessor(change).kind == "branch" else "creation"
    return Waiting(event, called, reason, change.received_at + LONGEST_WAIT)


def _decisions(connection: Connection, village_id: str, senders: Iterable[str], entity_id: str) -> tuple[Decision, ...]:
    """What was decided of somebody, the newest first; also what was taken back. With whom another village confused them
    is for that village alone."""
    found = [one for village in sorted({village_id, *senders}) for one in decision_log.read(connection, village)]
    found = [one for one in found if one.village_id == village_id or one.kind != "different"]
    mine = [one for one in found if one.kind != "content" and entity_id in _spoken_of(one)]
    return tuple(sorted(mine, key=lambda one: one.made_at, reverse=True))


def _spoken_of(made: Decision) -> set[str]:
    named = made.about.ids if isinstance(made.about, Transfer | Distinct) else ()
    return {*made.touched, *named}


def _names(
    connection: Connection, said: list[Change], made: Iterable[Decision], village_ids: set[str]
) -> dict[str, str]:
    """The names of the households lived in, and of everybody whom the decisions speak of."""
    ids = {one.properties[HOUSEHOLD] for one in said if one.properties.get(HOUSEHOLD)}
    ids |= {one.entity_id for one in said}
    for one in made:
        ids |= _spoken_of(one)
    return names_of(connection, village_ids, ids)


def villages_of(connection: Connection, entity_id: str) -> list[str]:
    """The villages whose register knows the id."""
    query = select(entities.c.village_id).where(entities.c.id == entity_id).order_by(entities.c.village_id)
    return list(connection.execute(query).scalars())

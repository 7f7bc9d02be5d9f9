"""Entries of the register that may be one mother, child or household: noticed here, decided by people.

Two mothers or two children are alike where they have the same NIK, or where name, birth date and household are the
same; two households where the number of the family card is. Nobody is asked twice: what was decided to be different
(decisions/merges.py) is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, func, select

from forms.domain import BORN_ON, HOUSEHOLD, HOUSEHOLDS, MOTHERS, NIK, NO_KK, TARGET_LISTS
from server.database.tables import entities, list_revisions, villages
from server.entities import decision_log, entity, store
from server.entities.decision import Distinct
from server.entities.entity import Entity, name_of
from server.queries.people import Person, as_person
from server.villages.regions import counts, is_practice

Reason = Literal["nik", "nama", "no_kk"]

# Two births of one woman cannot be nearer than this, in days: a second entry further away is her next pregnancy, and a
# newborn with the same provisional NIK (the mother's, and one more figure) is its brother or sister.
_BETWEEN_BIRTHS = 200
_REAL_NIK = re.compile(r"\d{16}", re.ASCII)
_PROVISIONAL_NIK = re.compile(r"\d{17}", re.ASCII)
# Typed where nobody knows the number: one figure all over, or the serial 0000, which is given to nobody.
_MADE_UP = re.compile(r"(\d)\1*|\d{12}0000\d?", re.ASCII)

# What changes with the register and with what was decided of it: a rebuild leaves the village's count as it is.
_REVISIONS = select(func.sum(list_revisions.c.revision)).where(list_revisions.c.village_id == bindparam("of_village"))
_SEQ = select(villages.c.seq).where(villages.c.village_id == bindparam("of_village"), ~villages.c.to_rebuild)
_STATE = select(_SEQ.scalar_subquery(), _REVISIONS.scalar_subquery())


@dataclass(frozen=True)
class DuplicatePair:
    """Two entries that may be one. `kept` is the older one, which is proposed to be kept."""

    kept: Person
    other: Person
    reasons: tuple[Reason, ...]


def duplicate_pairs(connection: Connection, village_id: str, today: date) -> list[DuplicatePair]:
    """The pairs within the village, by name. Of three alike two pairs are given: the oldest with each other one."""
    return _pairs(store.load_all(connection, village_id), _different(connection, [village_id]), today)


def elsewhere(
    connection: Connection, village_id: str, today: date, may_see: Callable[[str], bool]
) -> list[tuple[Person, Person]]:
    """(here, there): mothers and children of the village whose NIK somebody has in another one that may be seen."""
    return everywhere(connection, village_id, store.load_all(connection, village_id), today, may_see)[1]


def everywhere(
    connection: Connection, village_id: str, everybody: Sequence[Entity], today: date, may_see: Callable[[str], bool]
) -> tuple[list[DuplicatePair], list[tuple[Person, Person]]]:
    """Both; `everybody`: all entities of the village."""
    decided = _different(connection, [village_id])
    beyond = not is_practice(village_id) and _beyond(connection, village_id, everybody, decided, today, may_see)
    return _pairs(everybody, decided, today), beyond or []


class PairCounts:
    """How many pairs wait within a village, for the head of its pages: counted once for each state of its register."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[Any, ...], int]] = {}

    def of(self, connection: Connection, village_id: str) -> int:
        """As many as `duplicate_pairs` finds; one small query where nothing has changed since. None are found where
        nobody has sent anything, or where what is derived is not to be read."""
        state = tuple(connection.execute(_STATE, {"of_village": village_id}).one())
        if state[0] is None:
            return 0
        known = self._known.get(village_id)
        if known is None or known[0] != state:
            found = _alike(store.load_all(connection, village_id), _different(connection, [village_id]))
            known = self._known[village_id] = state, len(found)
        return known[1]


def _alike(found: Sequence[Entity], decided: set[frozenset[str]]) -> dict[tuple[str, str], set[Reason]]:
    """The pairs by their ids, the older one first, with all reasons."""
    pairs: dict[tuple[str, str], set[Reason]] = defaultdict(set)
    for reason, same in _sharing(found, _houses(found)):
        first, *others = sorted(same, key=_age)
        for other in others:
            if frozenset((first.id, other.id)) not in decided and not _births_apart(first, other):
                pairs[first.id, other.id].add(reason)
    return pairs


def _pairs(found: Sequence[Entity], decided: set[frozenset[str]], today: date) -> list[DuplicatePair]:
    houses, pairs = _houses(found), _alike(found, decided)
    by_id = {one.id: one for one in found}
    rows = {id_: as_person(by_id[id_], _house(by_id[id_], houses), today) for pair in pairs for id_ in pair}
    noticed = [DuplicatePair(rows[first], rows[other], tuple(sorted(why))) for (first, other), why in pairs.items()]
    return sorted(noticed, key=lambda pair: (pair.kept.name.casefold(), pair.kept.id, pair.other.id))


def _beyond(
    connection: Connection,
    village_id: str,
    everybody: Sequence[Entity],
    decided: set[frozenset[str]],
    today: date,
    may_see: Callable[[str], bool],
) -> list[tuple[Person, Person]]:
    mine = {
        (one.list, one.data[NIK]): one
        for one in sorted(everybody, key=_age, reverse=True)  # the oldest stays
        if one.list in TARGET_LISTS and _known(one.data.get(NIK, ""))
    }
    query = select(entities.c.village_id, entities.c.id).where(
        entities.c.nik.in_(sorted({nik for _, nik in mine})),
        entities.c.village_id != village_id,
        counts(entities.c.village_id),
    )
    places = [row for row in connection.execute(query) if may_see(row.village_id)]
    decided = decided | _different(connection, {row.village_id for row in places})
    houses, load_house = _houses(everybody), cache(partial(store.load, connection))
    found = []
    for row in places:
        there = store.load(connection, row.village_id, row.id)
        here = mine.get((there.list, there.data.get(NIK, ""))) if there else None
        if there and here and frozenset((here.id, there.id)) not in decided and not _births_apart(here, there):
            house = there.data.get(HOUSEHOLD, "")
            theirs = as_person(there, load_house(there.village_id, house) if house else None, today)
            found.append((as_person(here, _house(here, houses), today), theirs))
    return sorted(found, key=lambda pair: (pair[0].name.casefold(), pair[0].id, pair[1].village_id))


def _sharing(found: Sequence[Entity], houses: dict[str, Entity]) -> Iterator[tuple[Reason, list[Entity]]]:
    """Every reason with the entries that share it."""
    groups: dict[tuple[Reason, tuple[str, ...]], list[Entity]] = defaultdict(list)
    for one in found:
        for reason, shared in _keys(one, _house(one, houses)):
            groups[reason, (one.list, *shared)].append(one)
    for (reason, _), same in groups.items():
        if len(same) > 1:
            yield reason, same


def _keys(one: Entity, house: Entity | None) -> Iterator[tuple[Reason, tuple[str, ...]]]:
    """What another entry of the same list must share to be alike, by reason."""
    if one.list == HOUSEHOLDS:
        if _known(one.data.get(NO_KK, "")):
            yield "no_kk", (one.data[NO_KK],)
    elif one.list in TARGET_LISTS:
        nik, born = one.data.get(NIK, ""), one.data.get(BORN_ON, "")
        if _known(nik):
            yield "nik", (nik,)
        named = plain_name(name_of(one))
        homes = {one.data.get(HOUSEHOLD, ""), house.data.get(NO_KK, "") if house else ""}
        for home in filter(None, homes):
            if named and born:
                yield "nama", (named, born, home)


def plain_name(name: str) -> str:
    """The name as it is compared: without regard to case, accents, signs and blanks."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return " ".join(
        "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign)).split()
    )


def _known(number: str) -> bool:
    """Whether it is a NIK, a newborn's provisional one or a family card's number, and not typed to fill the field."""
    figures = _REAL_NIK.fullmatch(number) or _PROVISIONAL_NIK.fullmatch(number)
    return figures is not None and _MADE_UP.fullmatch(number) is None


def _births_apart(one: Entity, other: Entity) -> bool:
    """Whether the births that they speak of are too far apart to be one: a woman's two pregnancies, or siblings."""
    if one.list == HOUSEHOLDS:
        return False
    days = [_birth(one), _birth(other)]
    if days[0] is None or days[1] is None:
        return False
    provisional = _PROVISIONAL_NIK.fullmatch(one.data.get(NIK, ""))
    return (one.list == MOTHERS or provisional is not None) and abs((days[0] - days[1]).days) > _BETWEEN_BIRTHS


def _birth(one: Entity) -> date | None:
    facts = entity.facts(one)
    return (facts.delivered_on or facts.due_date) if one.list == MOTHERS else facts.birth_date


def _age(one: Entity) -> tuple[date, int, str]:
    return one.registered_on, one.created_seq or 0, one.id


def _house(one: Entity, houses: dict[str, Entity]) -> Entity | None:
    return houses.get(one.data.get(HOUSEHOLD, ""))


def _houses(found: Iterable[Entity]) -> dict[str, Entity]:
    return {one.id: one for one in found if one.list == HOUSEHOLDS}


def _different(connection: Connection, village_ids: Iterable[str]) -> set[frozenset[str]]:
    return {
        frozenset(one.about.ids)
        for village in sorted(set(village_ids))
        for one in decision_log.read(connection, village, standing=True)
        if isinstance(one.about, Distinct)
    }

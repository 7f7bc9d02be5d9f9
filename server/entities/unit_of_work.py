"""What changes do to the register, to the phones' lists, and to the cards that are out of date after them.

`Work` gathers what one transaction changes, across villages where somebody has moved, and writes it down once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, func, or_, select, update

from forms.domain import HOUSEHOLD, HOUSEHOLDS
from forms.periods import Quarter
from forms.problems import Finding
from server.database.dialect import Upsert
from server.database.tables import entities, list_revisions, villages
from server.entities import change_log, fold, store
from server.entities.change import Change
from server.entities.decision import STEP
from server.entities.decision_log import decisions_on, superseded
from server.entities.entity import Entity
from server.entities.homes import Place, gone, locate, places_led_to
from server.entities.offline_versions import LONGEST_WAIT, conflict_with, grown_from, predecessor, seen_version
from server.entities.problems import ENTITY_ELSEWHERE, ENTITY_EXISTS, ENTITY_WITHOUT_LABEL, refusal
from server.villages.lock import VillageLock, lock_village, note_held

# No household is as large. Databases take some 30,000 values in a statement.
MOST_AT_ONCE = 1000

_RENEW_LIST = Upsert(
    list_revisions,
    lambda new: new.on_conflict_do_update(
        index_elements=["village_id", "list"], set_={"revision": list_revisions.c.revision + new.excluded.revision}
    ),
)
_MARK_STALE = (
    update(villages)
    .where(villages.c.village_id == bindparam("of_village"))
    .where(or_(villages.c.stale_since.is_(None), villages.c.stale_since > bindparam("since")))
    .values(stale_since=bindparam("since"))
)


class UnitOfWork:
    """One transaction's changes to the register. `finish` writes them, renews the lists and marks cards stale."""

    def __init__(
        self, connection: Connection, village_id: str, turn: VillageLock, turns: Mapping[str, VillageLock] | None = None
    ) -> None:
        self._connection = connection
        self.village_id = village_id
        self.seq = turn.seq
        self._turns = {village_id: turn, **(turns or {})}
        self._held = {entered: found.held_since for entered, found in self._turns.items()}
        self._before: dict[Place, Entity | None] = {}
        self._after: dict[Place, Entity | None] = {}
        self._staying: frozenset[Place] = frozenset()  # of the foreseen: nobody was ever taken elsewhere from there
        self._said: list[Change] = []  # not written down yet
        self.named: set[str] = set()  # who is new, and whom earlier decisions name from now on
        # When what is told counts: as it comes; in a rebuild once more (nobody in it is new), or only then.
        self.told: Literal["now", "again", "late"] = "now"
        self._since: dict[str, Quarter] = {}
        self._waits: set[str] = set()
        # (village, list, seq): which lists changed by what came in as the seq-th.
        self._renewed: set[tuple[str, str, int]] = set()

    @property
    def connection(self) -> Connection:
        """The database, in which all that was said so far stands."""
        if self._said:
            change_log.add(self._connection, *self._said)
            self._said.clear()
        return self._connection

    def foresee(self, ids: Iterable[str]) -> None:
        """Reads at once whom and what a form speaks of, that would be read one by one. One alone is not worth it."""
        places = {(self.village_id, id_) for id_ in ids}
        self._staying = frozenset()
        if 1 < len(places) <= MOST_AT_ONCE:
            found = store.load_each(self.connection, self.village_id, sorted(places - self._after.keys()))
            self._before |= found
            self._after |= found
            left = gone(self.connection, self.village_id, sorted(id_ for _, id_ in places))
            self._staying = frozenset(place for place in places if place[1] not in left)

    def forget_foreseen(self) -> None:
        """Somebody was taken elsewhere."""
        self._staying = frozenset()

    def enter(self, village_id: str) -> None:
        """Locks a village before anything of it is read: somebody of ours lives there now, and others write there."""
        if village_id not in self._turns:
            self._turns[village_id] = lock_village(self.connection, village_id)
            self._held[village_id] = self._turns[village_id].held_since

    def waits(self, village_id: str, since: datetime | None) -> None:
        """A change that waits came there, since that moment; None: one is gone from there."""
        self.enter(village_id)
        self._waits.add(village_id)
        if since is not None:
            self._held[village_id] = min(self._held.get(village_id) or since, since)

    def entity(self, place: Place) -> Entity | None:
        """The entity as it stands now."""
        self.enter(place[0])
        if place not in self._after:
            self._before[place] = self._after[place] = store.load(self.connection, *place)
        return self._after[place]

    def home(self, village_id: str, entity_id: str) -> Place:
        """Where the entity is at home that a phone of the village calls so."""
        place = village_id, entity_id
        if self.entity(place) is not None or place in self._staying:
            return place
        found = locate(self.connection, village_id, entity_id)
        while found[0] not in self._turns:
            self.enter(found[0])
            found = locate(self.connection, village_id, entity_id)  # it may have moved on while we waited
        return found

    def put(self, place: Place, entity: Entity | None) -> None:
        before = self.entity(place)
        self._after[place] = entity
        if entity != before:
            self._renewed |= {(place[0], known.list, self.seq) for known in (before, entity) if known is not None}

    def spoken_of(self, village_id: str, day: date) -> None:
        """An answer about that day changes the village's cards from its quarter on."""
        since = Quarter.of(day)
        self._since[village_id] = min(self._since.get(village_id, since), since)

    def take(self, change: Change) -> Finding | None:
        """Applies a change, or holds it until what it follows is there; then what waited for it. What is wrong."""
        refused = self._refusal(change)
        if refused is not None:
            self._said.append(replace(change, state="refused"))
            return refused
        base = self._base(change)
        if base is None:
            self._said.append(change)
            self._waits.add(change.village_id)
            self._held[change.village_id] = self._held.get(change.village_id) or change.received_at
            return None
        self._said.append(self._apply(change, base))
        self._release(change.village_id, change.entity_id)
        return None

    def force(self, now: datetime) -> None:
        """Applies what has waited for its predecessor for five days."""
        for village_id, since in list(self._held.items()):
            if since is None or since > now - LONGEST_WAIT:
                continue
            for change in change_log.held(self.connection, village_id):
                if change.received_at <= now - LONGEST_WAIT and change.state == "held":
                    self._force(change)
            self._waits.add(village_id)

    def _force(self, change: Change) -> None:
        still = change_log.held(self.connection, change.village_id, change.entity_id)
        if all(one.key != change.key for one in still):
            return  # released by one before it
        found = self.entity((change.village_id, change.entity_id))
        done = replace(self._apply(change, found.version if found else 0), state="forced")
        change_log.settle(self.connection, done)
        self._release(change.village_id, change.entity_id)

    def _refusal(self, change: Change) -> Finding | None:
        found = self.entity((change.village_id, change.entity_id))
        if found is not None and found.list != change.list:
            return refusal(ENTITY_ELSEWHERE, change)
        if change.action == "create":
            if found is not None and found.created_seq is not None and self._created_already(change):
                return refusal(ENTITY_EXISTS, change)
            if not change.label:
                return refusal(ENTITY_WITHOUT_LABEL, change)
        return None

    def _created_already(self, change: Change) -> bool:
        """Of two entries that were merged into one person both were created, each under its own id."""
        said = change_log.of_entity(self.connection, change.village_id, change.entity_id)
        return any(one.creates and one.sent_id == change.sent_id and one.state != "refused" for one in said)

    def _base(self, change: Change) -> int | None:
        """The server's version that the change was made on; None where it has to wait."""
        found = self.entity((change.village_id, change.entity_id))
        if found is None or (change.creates and found.created_seq is None):
            return 0 if change.creates else None
        wanted = predecessor(change)
        match wanted.kind:
            case "version":
                return found.version if wanted.version is None else min(wanted.version, found.version)
            case "creation":
                return None if found.created_seq is None else 1
            case "branch":
                row = change.branch_id or "", wanted.version or 0
                before = change_log.in_branch(self.connection, change.village_id, change.entity_id, *row)
                if before is None and superseded(self.connection, change.origin, change.sent_id, *row):
                    return grown_from(change)
                return before.version if before else None

    def _apply(self, change: Change, base: int) -> Change:
        place = change.village_id, change.entity_id
        found = self.entity(place)
        seen = seen_version(change, base)
        others = change_log.since(self.connection, *place, seen) if found and base and seen < found.version else []
        conflict, both = conflict_with(change, others)
        after = fold.applied(found, self._at_home(change, {}))
        self.put(place, after)
        return replace(change, state="applied", version=after.version, conflict=conflict, conflicting=both)

    def _at_home(self, change: Change, along: Mapping[str, Mapping[str, Place]]) -> Change:
        """What the change says where its entity is at home, with the household where that is now: a phone may still
        speak of one that was merged into another. `along`: where those live whom a decision took along
        (decisions/follow_on.py).
        """
        change = change.from_home
        given = along.get(change.sent_id, {}) if change.creates else {}
        said = {**change.properties, **{name: value for name, (_village, value) in given.items()}}
        if not said.get(HOUSEHOLD):
            return replace(change, properties=said)
        village_id, household = given.get(HOUSEHOLD, (change.origin, said[HOUSEHOLD]))
        return replace(change, properties={**said, HOUSEHOLD: self.home(village_id, household)[1]})

    def _release(self, village_id: str, entity_id: str) -> None:
        if self._held.get(village_id) is None:
            return  # nothing waits there: the usual case costs no query
        waiting = change_log.held(self.connection, village_id, entity_id)
        while ready := next((one for one in waiting if self._base(one) is not None), None):
            change_log.settle(self.connection, self._apply(ready, self._base(ready) or 0))
            waiting.remove(ready)
        self._waits.add(village_id)

    def refold(self, place: Place) -> None:
        """Makes the entity anew from its changes, after some were taken away, added or brought here.

        Where only updates are left whose predecessor nobody has waited for long enough, they wait again.
        """
        found = change_log.of_entity(self.connection, *place)
        if not any(one.creates or one.state == "forced" for one in found if one.version is not None):
            for one in found:
                if one.state == "applied":
                    change_log.settle(self.connection, replace(one, state="held", version=None, conflict=None))
                    self._waits.add(place[0])
                    self._held[place[0]] = self._held.get(place[0]) or one.received_at
            found = []
        villages = {village for village, _ in places_led_to(self.connection, place)}
        decided, along = decisions_on(self.connection, villages, place[1])
        after = fold.folded(self._at_home(one, along) for one in found)
        if after is not None:
            after = replace(after, version=after.version + STEP * decided)
        self.put(place, after)
        self._release(*place)

    def finish(self) -> None:
        """Writes down what changed."""
        changed = [(self._before[place], after) for place, after in self._after.items() if after != self._before[place]]
        store.add(self.connection, [after for before, after in changed if before is None and after is not None])
        for before, after in changed:
            if before is not None and after is not None:
                store.save(self.connection, after)
            elif before is not None:
                store.remove(self.connection, before)
            for known in filter(None, (before, after)):
                if before is None or after is None or before.data != after.data:
                    self._stale(known)
        for village_id in sorted({*self._since, *(renewed[0] for renewed in self._renewed)}):
            self._renew(village_id)
        for village_id in sorted(self._waits):
            note_held(self.connection, village_id)

    def _stale(self, entity: Entity) -> None:
        """What the register says of a person counts from the quarter in which the person was registered, of a
        household from the first of its members on."""
        self.spoken_of(entity.village_id, entity.registered_on)
        if entity.list == HOUSEHOLDS:
            members = (entities.c.village_id == entity.village_id) & (entities.c.household == entity.id)
            first = self.connection.execute(select(func.min(entities.c.registered_on)).where(members)).scalar_one()
            self.spoken_of(entity.village_id, first or entity.registered_on)

    def _renew(self, village_id: str) -> None:
        self.enter(village_id)
        revisions: dict[str, int] = {}
        for village, name, seq in self._renewed:
            if village == village_id:
                revisions[name] = revisions.get(name, 0) + seq
        rows = [{"village_id": village_id, "list": name, "revision": seqs} for name, seqs in sorted(revisions.items())]
        if rows:
            self.connection.execute(_RENEW_LIST.on(self.connection), rows)
        since, already = self._since.get(village_id), self._turns[village_id].stale_since
        if since is not None and (already is None or already > str(since)):
            self.connection.execute(_MARK_STALE, {"of_village": village_id, "since": str(since)})

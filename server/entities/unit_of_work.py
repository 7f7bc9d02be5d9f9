"""What changes do to the register: gathered in one transaction, also across villages, and written down once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from forms.domain import HOUSEHOLD, HOUSEHOLDS
from forms.problems import Finding
from server.database.pending import PendingRows
from server.database.tables import entity_changes
from server.entities import change_log, fold, store
from server.entities.backlog import LONGEST_WAIT, Backlog
from server.entities.change import Change
from server.entities.decision import STEP
from server.entities.decision_log import decisions_on, superseded
from server.entities.entity import Entity
from server.entities.homes import Place, gone, locate, places_led_to
from server.entities.offline_versions import conflict_with, grown_from, made_on_version, predecessor, seen_version
from server.entities.problems import ENTITY_ELSEWHERE, ENTITY_EXISTS, ENTITY_WITHOUT_LABEL, refusal
from server.villages.lock import VillageLock, lock_village
from server.villages.marks import Marks

# No household is as large. Databases take some 30,000 values in a statement.
MOST_AT_ONCE = 1000


class UnitOfWork:
    """One transaction's changes to the register. `finish` writes them, renews the lists and marks cards stale."""

    def __init__(
        self, connection: Connection, village_id: str, turn: VillageLock, turns: Mapping[str, VillageLock] | None = None
    ) -> None:
        self._connection = connection
        self.village_id = village_id
        self.seq = turn.seq
        self._turns = {village_id: turn, **(turns or {})}
        self._backlog = Backlog()
        for entered, found in self._turns.items():
            self._backlog.enter(entered, found)
        self.pending = PendingRows()
        self._recent = change_log.Recent()
        self._before: dict[Place, Entity | None] = {}
        self._after: dict[Place, Entity | None] = {}
        self._staying: frozenset[Place] = frozenset()  # of the preloaded: nobody was ever taken elsewhere from there
        self.named: set[str] = set()  # who is new, and whom earlier decisions name from now on
        # When what is told counts: as it comes; in a rebuild once more (nobody in it is new), or only then.
        self.told: Literal["now", "again", "late"] = "now"
        self.marks = Marks()

    @property
    def connection(self) -> Connection:
        """The database, in which all that was said so far stands. A submission that goes the usual way asks nothing."""
        self.pending.write(self._connection)
        return self._connection

    def preload(self, ids: Iterable[str]) -> None:
        """Reads at once whom and what forms speak of, that would be read one by one."""
        places = sorted({(self.village_id, id_) for id_ in ids})
        for start in range(0, len(places), MOST_AT_ONCE):
            part = places[start : start + MOST_AT_ONCE]
            found = store.load_each(self.connection, self.village_id, [one for one in part if one not in self._after])
            self._before |= found
            self._after |= found
            left = gone(self.connection, self.village_id, [id_ for _, id_ in part])
            self._staying |= {place for place in part if place[1] not in left}

    def preload_history(self, changes: Iterable[Change]) -> None:
        """Reads at once what was applied to the entities since the versions on which these changes were made."""
        made_on = [(change, made_on_version(change)) for change in changes if change.base_version is not None]
        known = {place for place, entity in self._after.items() if entity is not None}
        made_on = [(change, version) for change, version in made_on if (change.origin, change.sent_id) in known]
        if 0 < len(made_on) <= MOST_AT_ONCE:
            ids = {change.sent_id for change, _ in made_on}
            branches = {change.branch_id for change, _ in made_on if change.branch_id}
            least = min(version for _, version in made_on)
            self._recent.read(self.connection, self.village_id, ids, least, branches)

    def forget_preloaded(self) -> None:
        """Somebody was taken elsewhere."""
        self._staying = frozenset()
        self._recent.forget()

    def enter(self, village_id: str) -> None:
        """Locks a village before anything of it is read: somebody of ours lives there now, and others write there."""
        if village_id not in self._turns:
            self._turns[village_id] = lock_village(self.connection, village_id)
            self._backlog.enter(village_id, self._turns[village_id])

    def waits(self, village_id: str, since: datetime | None) -> None:
        """A change that waits came there, since that moment; None: one is gone from there."""
        self.enter(village_id)
        if since is None:
            self._backlog.look_again(village_id)
        else:
            self._backlog.hold(village_id, since)

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
            for known in filter(None, (before, entity)):
                self.marks.list_changed(place[0], known.list, self.seq)

    def take(self, change: Change) -> Finding | None:
        """Applies a change, or holds it until what it follows is there; then what waited for it. What is wrong."""
        refused = self._refusal(change)
        if refused is not None:
            self._note(replace(change, state="refused"))
            return refused
        base = self._base(change)
        if base is None:
            self._note(change)
            self._backlog.hold(change.village_id, change.received_at)
            return None
        done = self._apply(change, base)
        self._note(done)
        self._recent.note(done)
        self._release(change.village_id, change.entity_id)
        return None

    def _note(self, change: Change) -> None:
        self.pending.insert(entity_changes, change_log.row_of(change))

    def force(self, now: datetime) -> None:
        """Applies what has waited for its predecessor for five days."""
        for village_id in self._backlog.overdue(now):
            for change in change_log.held(self.connection, village_id):
                if change.received_at <= now - LONGEST_WAIT and change.state == "held":
                    self._force(change)
            self._backlog.look_again(village_id)

    def _force(self, change: Change) -> None:
        still = change_log.held(self.connection, change.village_id, change.entity_id)
        if all(one.key != change.key for one in still):
            return  # released by one before it
        found = self.entity((change.village_id, change.entity_id))
        done = replace(self._apply(change, found.version if found else 0), state="forced")
        self._settle(done)
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
                before = self._in_branch((change.village_id, change.entity_id), *row)
                if before is None and superseded(self.connection, change.origin, change.sent_id, *row):
                    return grown_from(change)
                return before.version if before else None

    def _apply(self, change: Change, base: int) -> Change:
        place = change.village_id, change.entity_id
        found = self.entity(place)
        seen = seen_version(change, base)
        others = self._since_version(place, seen) if found and base and seen < found.version else []
        conflict, both = conflict_with(change, others)
        after = fold.applied(found, self._at_home(change, {}))
        self.put(place, after)
        return replace(change, state="applied", version=after.version, conflict=conflict, conflicting=both)

    def _since_version(self, place: Place, version: int) -> Sequence[change_log.Applied | Change]:
        """What made a version after this one."""
        known = self._recent.since(place, version)
        return change_log.since(self.connection, *place, version) if known is None else known

    def _in_branch(self, place: Place, branch_id: str, base: int) -> change_log.Applied | Change | None:
        """What was applied of the phone's offline branch on this version of the phone; None where nothing was yet."""
        known = self._recent.in_branch(place, branch_id, base)
        if known is None:
            return change_log.in_branch(self.connection, *place, branch_id, base)
        return next(iter(known), None)

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
        if not self._backlog.holds(village_id):
            return  # nothing waits there: the usual case costs no query
        waiting = change_log.held(self.connection, village_id, entity_id)
        while ready := next((one for one in waiting if self._base(one) is not None), None):
            self._settle(self._apply(ready, self._base(ready) or 0))
            waiting.remove(ready)
        self._backlog.look_again(village_id)

    def _settle(self, change: Change) -> None:
        """Writes what became of a change that had come before."""
        change_log.settle(self.connection, change)
        self._recent.forget((change.village_id, change.entity_id))

    def refold(self, place: Place) -> None:
        """Makes the entity anew from its changes, after some were taken away, added or brought here.

        Where only updates are left whose predecessor nobody has waited for long enough, they wait again.
        """
        self._recent.forget(place)
        found = change_log.of_entity(self.connection, *place)
        if not any(one.creates or one.state == "forced" for one in found if one.version is not None):
            for one in found:
                if one.state == "applied":
                    self._settle(replace(one, state="held", version=None, conflict=None))
                    self._backlog.hold(place[0], one.received_at)
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
        store.save(self.connection, [after for before, after in changed if before is not None and after is not None])
        store.remove(self.connection, [before for before, after in changed if before is not None and after is None])
        of_data = [
            known
            for before, after in changed
            if before is None or after is None or before.data != after.data
            for known in (before, after)
            if known is not None
        ]
        self._mark_stale(of_data)
        for village_id in self.marks.villages:
            self.enter(village_id)
        self.marks.write(self.connection, self._turns)
        self._backlog.write(self.connection)

    def _mark_stale(self, changed: Iterable[Entity]) -> None:
        """What the register says of a person counts from the quarter in which the person was registered, of a
        household from the first of its members on."""
        households: dict[str, set[str]] = {}
        for entity in changed:
            self.marks.stale(entity.village_id, entity.registered_on)
            if entity.list == HOUSEHOLDS:
                households.setdefault(entity.village_id, set()).add(entity.id)
        for village_id, ids in sorted(households.items()):
            first = store.first_registered(self.connection, village_id, ids)
            if first is not None:
                self.marks.stale(village_id, first)

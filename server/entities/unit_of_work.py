"""What changes do to the register: gathered in one transaction, also across villages, and written down once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from forms.domain import HOUSEHOLD
from forms.problems import Finding
from server.database.pending import PendingRows
from server.database.tables import entity_changes
from server.entities import change_log, fold, store
from server.entities.backlog import LONGEST_WAIT, Backlog
from server.entities.change import Change, Place
from server.entities.change_log import MOST_AT_ONCE
from server.entities.decision import OfflineRow
from server.entities.decision_log import superseded
from server.entities.entity import Entity
from server.entities.homes import EntityHome, KnownHomes
from server.entities.offline_versions import (
    conflict_with,
    grown_from,
    next_version,
    predecessor,
    seen_version,
    when_decided,
)
from server.entities.problems import refusal
from server.villages.lock import VillageLock, lock_village
from server.villages.marks import Marks


class UnitOfWork:
    """One transaction's changes to the register. `finish` writes them, renews the lists and marks cards stale.

    `moment`: when what is done now takes effect; None of what did so before versions followed the clock.
    """

    def __init__(
        self,
        connection: Connection,
        village_id: str,
        lock: VillageLock,
        locks: Mapping[str, VillageLock] | None = None,
        moment: datetime | None = None,
    ) -> None:
        self._connection = connection
        self.village_id = village_id
        self.seq = lock.seq
        self.moment = moment
        self._locks = {village_id: lock, **(locks or {})}
        self._backlog = Backlog()
        for locked, found in self._locks.items():
            self._backlog.note(locked, found)
        self.pending = PendingRows()
        self.homes = KnownHomes(lambda: self.connection)
        self._recent = change_log.Recent(lambda: self.connection, self.homes.places)
        self._before: dict[Place, Entity | None] = {}
        self._after: dict[Place, Entity | None] = {}
        self.marks = Marks()

    @property
    def connection(self) -> Connection:
        """The database, in which all that was said so far stands. A submission that goes the usual way asks nothing."""
        self.pending.write(self._connection)
        return self._connection

    def preload(self, ids: Iterable[str]) -> None:
        """Reads at once whom and what forms of the village speak of, that would be read one by one."""
        self.preload_places({(self.village_id, id_) for id_ in ids})

    def preload_places(self, places: Iterable[Place]) -> None:
        """The same of what is at home there."""
        wanted = sorted(set(places))
        for start in range(0, len(wanted), MOST_AT_ONCE):
            part = wanted[start : start + MOST_AT_ONCE]
            self.homes.preload(part)
            self.preload_entities(part)

    def preload_entities(self, places: Iterable[Place]) -> None:
        """Reads at once how the entities stand."""
        new: dict[str, list[Place]] = {}
        for place in places:
            if place not in self._after:
                new.setdefault(place[0], []).append(place)
        for village_id, mine in sorted(new.items()):
            self.lock(village_id)
            found = store.load_each(self.connection, village_id, mine)
            self._before |= found
            self._after |= found

    @property
    def looked_at(self) -> set[Place]:
        """The places of all that was read or set."""
        return set(self._after)

    def preload_history(self, changes: Iterable[Change]) -> None:
        """Reads at once what was applied to the entities since the versions on which these changes were made."""
        versions = {place: entity.version if entity else None for place, entity in self._after.items()}
        self._recent.preload(self.village_id, changes, versions)

    def learn_homes(self, ids: Iterable[str], found: Iterable[EntityHome]) -> None:
        """Of the entities `ids`, which may have been taken elsewhere, these are not where they were registered."""
        self.homes.learn(ids, found)
        self._recent.forget()

    def lock(self, village_id: str) -> None:
        """Locks a village before anything of it is read: somebody of ours lives there now, and others write there."""
        if village_id not in self._locks:
            self._locks[village_id] = lock_village(self.connection, village_id)
            self._backlog.note(village_id, self._locks[village_id])

    def entity(self, place: Place) -> Entity | None:
        """The entity as it stands now; None where the register has none there."""
        self.lock(place[0])
        if place not in self._after:
            self._before[place] = self._after[place] = store.load(self.connection, *place)
        return self._after[place]

    def last_version(self, home: Place) -> int:
        """The version of the entity that is at home there, or has just gone there; 0 where there is none."""
        return max((found.version for place in self.homes.places(home) if (found := self.entity(place))), default=0)

    def home(self, village_id: str, entity_id: str) -> Place:
        """Where the entity is at home that a phone of the village calls so."""
        found = self.homes.locate((village_id, entity_id))
        while found[0] not in self._locks:
            self.lock(found[0])
            self.homes.forget()
            found = self.homes.locate((village_id, entity_id))  # it may have moved on while we waited
        return found

    def set(self, place: Place, entity: Entity | None) -> None:
        """The entity is like this from now on; None: it is in the register no more."""
        before = self.entity(place)
        self._after[place] = entity
        if entity != before:
            for known in filter(None, (before, entity)):
                self.marks.list_changed(place[0], known.list, self.seq)

    def take(self, change: Change) -> Finding | None:
        """Applies a change, or holds it until what it follows is there; then what waited for it.

        What is wrong; None where nothing is.
        """
        home = self.home(*change.place)
        refused = self._refusal(change, home)
        if refused is not None:
            self._note(replace(change, state="refused"))
            return refused
        base = self._base(change, home)
        if base is None:
            self._note(change)
            self._backlog.hold(change.village_id, change.received_at)
            return None
        done = self._apply(change, home, base)
        self._note(done)
        self._recent.note(done)
        self._release(home)
        return None

    def _note(self, change: Change) -> None:
        self.pending.insert(entity_changes, change_log.row_of(change))

    def force(self, now: datetime) -> None:
        """Applies what has waited for its predecessor for five days."""
        for village_id in self._backlog.overdue(now):
            for change in change_log.held(self.connection, village_id):
                if change.received_at <= now - LONGEST_WAIT:
                    self._force(change)
            self._backlog.look_again(village_id)

    def _force(self, change: Change) -> None:
        home = self.home(*change.place)
        still = change_log.held_at(self.connection, [change.place])
        if all(one.source != change.source for one in still):
            return  # released by one before it
        found = self.entity(home)
        self._settle(replace(self._apply(change, home, found.version if found else 0), state="forced"), home)
        self._release(home)

    def _refusal(self, change: Change, home: Place) -> Finding | None:
        found = self.entity(home)
        created = change.action == "create" and found is not None and found.created_seq is not None
        return refusal(change, found, change_log.of_places(self.connection, self.homes.places(home)) if created else ())

    def _base(self, change: Change, home: Place) -> int | None:
        """The server's version that the change was made on; None where it has to wait."""
        found = self.entity(home)
        if found is None or (change.creates and found.created_seq is None):
            return 0 if change.creates else None
        wanted = predecessor(change)
        match wanted.kind:
            case "version":
                return found.version if wanted.version is None else min(wanted.version, found.version)
            case "creation":
                return None if found.created_seq is None else found.version
            case "branch":
                before = self._recent.in_branch(home, change.branch_id or "", wanted.version or 0)
                if before is not None:
                    return before.version
                row = OfflineRow(change.entity_id, change.branch_id or "", wanted.version or 0)
                return grown_from(change) if superseded(self.connection, change.village_id, row) else None

    def _apply(self, change: Change, home: Place, base: int) -> Change:
        found = self.entity(home)
        seen = seen_version(change, base)
        others = self._recent.since(home, seen) if found and base and seen < found.version else []
        conflict, both = conflict_with(change, others)
        version = next_version(found.version if found else 0, self.moment)
        done = replace(change, state="applied", version=version, conflict=conflict, conflicting=both)
        self.set(home, fold.applied(found, self._at_home(done, home), home))
        return done

    def _at_home(self, change: Change, home: Place) -> Change:
        """What the change says where its entity is at home, with the household as that is called now: a phone may still
        speak of one that was merged into another."""
        change = change.seen_from(home[0])
        household = change.properties.get(HOUSEHOLD)
        if not household:
            return change
        lives_in = self.home(change.village_id, household)[1]
        return (
            replace(change, properties={**change.properties, HOUSEHOLD: lives_in}) if lives_in != household else change
        )

    def _release(self, home: Place) -> None:
        """Applies what waited for what was just applied."""
        places = self.homes.places(home)
        if all(village in self._locks and not self._backlog.holds(village) for village, _ in places):
            return  # nothing waits there: the usual case costs no query
        waiting = change_log.held_at(self.connection, places)
        while ready := next((one for one in waiting if self._base(one, home) is not None), None):
            self.lock(ready.village_id)
            self._settle(self._apply(ready, home, self._base(ready, home) or 0), home)
            waiting.remove(ready)
            self._backlog.look_again(ready.village_id)

    def _settle(self, change: Change, home: Place) -> None:
        """Writes what became of a change that had come before."""
        change_log.settle(self.connection, change)
        self._recent.forget(home)

    def refold(self, *places: Place) -> None:
        """Makes the entities anew from their changes, after some were taken away or added, or they went elsewhere."""
        self.preload_places(places)
        changes_of: dict[Place, list[Change]] = {}
        left: dict[Place, int] = {}  # by their new home the versions of those who have gone there
        for place in sorted(set(places)):
            self._recent.forget(place)
            home, before = self.home(*place), self.entity(place)
            if home == place:
                changes_of[place] = []
            elif before is not None:
                left[home] = max(left.get(home, 0), before.version)
                self.set(place, None)
        if changes_of:
            for change in change_log.of_places(self.connection, set().union(*map(self.homes.places, changes_of))):
                changes_of[self.homes.locate(change.place)].append(change)
        for place, changes in changes_of.items():
            self._fold(place, changes, left.get(place, 0))

    def _fold(self, place: Place, changes: list[Change], left: int) -> None:
        """Where only updates are left whose predecessor nobody has waited for long enough, they wait again."""
        if not any(one.creates or one.state == "forced" for one in changes if one.version is not None):
            for one in changes:
                if one.state == "applied" and not one.source_is_decision:
                    self.lock(one.village_id)
                    self._settle(replace(one, state="held", version=None, conflict=None), place)
                    self._backlog.hold(one.village_id, one.received_at)
            changes = []
        after = fold.folded((self._at_home(one, place) for one in changes), place)
        least = max(left + 1, when_decided(self.moment) if self.moment else 0)
        self.set(place, fold.risen(self.entity(place), after, least) if after else None)
        self._release(place)

    def keep_versions(self, known: Mapping[Place, Entity]) -> None:
        """What stands as it did (`known`, by place) has the version that it had; that of what does not is later."""
        for place, before in known.items():
            after = self.entity(place)
            if after is not None:
                self._after[place] = fold.risen(before, after)

    def finish(self) -> None:
        """Writes down what changed."""
        changed = [(self._before[place], after) for place, after in self._after.items() if after != self._before[place]]
        store.add(self.connection, [after for before, after in changed if before is None and after is not None])
        store.save(self.connection, [after for before, after in changed if before is not None and after is not None])
        store.remove(self.connection, [one.place for one, after in changed if one is not None and after is None])
        for village_id, day in store.counts_from(self.connection, changed):
            self.marks.stale(village_id, day)
        for village_id in self.marks.villages:
            self.lock(village_id)
        self.marks.write(self.connection, self._locks)
        self._backlog.write(self.connection)

"""What people decide on a page: what all kinds of decisions have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection

from forms.problems import Problem, problem
from server.database.answer_tables import ORDER_KEY_WIDTH
from server.decisions.relocation import settle_homes
from server.entities import change_log, decision_log
from server.entities.change import Change, Place
from server.entities.decision import About, Decision, Merge, Statement
from server.entities.entity import Entity
from server.entities.offline_versions import when_decided
from server.entities.unit_of_work import UnitOfWork
from server.villages.lock import lock_village

NO_SUCH_PERSON = Problem(
    "no-such-entity",
    404,
    "{id} tidak ada di register desa {village}. Mungkin sudah digabungkan atau pindah; muat ulang halamannya.",
    "{id} is not in the register of {village}. It may have been merged or moved; load the page again.",
)


def begin(connection: Connection, now: datetime, *village_ids: str) -> UnitOfWork:
    """Locks the villages, always in the same order; the work is the first one's."""
    locks = {village_id: lock_village(connection, village_id) for village_id in sorted(set(village_ids))}
    return UnitOfWork(connection, village_ids[0], locks[village_ids[0]], locks, now)


def record(work: UnitOfWork, about: About, said: Iterable[Statement], made_by: str, now: datetime) -> Decision:
    """Keeps a decision, and derives all that follows from it."""
    touched = [about.loser] if isinstance(about, Merge) else []
    made = decision_log.made_now(work.village_id, about, work.seq, said, made_by, now, touched=touched)
    decision_log.keep(work.connection, made)
    places = settle_homes(work, [made])
    work.refold(*places, *add_statements(work, made))
    work.finish()
    return made


def add_statements(work: UnitOfWork, made: Decision) -> set[Place]:
    """Adds what a decision says to the histories of those that it speaks of; their entries are to be made anew."""
    homes = {one.id: work.home(made.village_id, one.id) for one in made.statements}
    last = {id_: work.last_version(home) for id_, home in homes.items()}
    change_log.add(work.connection, [change_of(made, one, last[one.id]) for one in made.statements])
    return set(homes.values())


def change_of(made: Decision, said: Statement, last_version: int = 0) -> Change:
    """What a decision says of one entity, as a change that makes the version after the last one."""
    moment = made.made_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    own = f"{moment}{made.id}"[:ORDER_KEY_WIDTH]
    return Change(
        village_id=made.village_id,
        entity_id=said.id,
        source=made.id,
        seq=made.seq,
        received_at=made.made_at,
        list=said.list,
        action=said.action,
        label=said.label,
        properties=dict(said.properties),
        observed={},
        day=said.day,
        order_key=max(own, f"{said.after}~" if said.after else ""),
        state="applied",
        version=max(when_decided(made.made_at), last_version + 1),
    )


def known_person(work: UnitOfWork, village_id: str, entity_id: str) -> Entity:
    """Raises ProblemError NO_SUCH_PERSON where the village's register does not have the entity."""
    found = work.entity((village_id, entity_id))
    if found is None:
        raise problem(NO_SUCH_PERSON, id=entity_id, village=village_id)
    return found

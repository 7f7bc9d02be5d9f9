"""Decisions in the database.

The column `payload` holds the fields of `Decision.about` under their names, and beside them `seq`, `undone_seq`,
`touched` and `statements`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, insert, or_, select, update

from forms.problems import Problem, problem
from server.database.dialect import lists_any
from server.database.tables import decisions
from server.entities.change import Change
from server.entities.decision import About, Decision, Distinct, Edit, Merge, OfflineRow, Review, Statement, Transfer

NO_SUCH_DECISION = Problem(
    "no-such-decision",
    404,
    "Keputusan ini tidak ada, atau sudah dibatalkan. Muat ulang halamannya.",
    "There is no such decision, or it is undone already. Load the page again.",
)

_KINDS: tuple[type[About], ...] = (Review, Merge, Transfer, Edit, Distinct)
_BY_KIND = {one.kind: one for one in _KINDS}


def read(connection: Connection, village_id: str, *, standing: bool = False) -> list[Decision]:
    """The village's decisions in the order in which they were made; only those that stand, where wanted."""
    wanted = select(decisions).where(decisions.c.village_id == village_id)
    return _read(connection, wanted.where(decisions.c.undone_at.is_(None)) if standing else wanted)


def read_all(connection: Connection) -> list[Decision]:
    """The decisions of all villages, in the order in which they were made."""
    return _read(connection, select(decisions))


def of_ids(connection: Connection, village_ids: Iterable[str], ids: Iterable[str]) -> list[Decision]:
    """Those of the villages' decisions that have these ids."""
    mine = decisions.c.village_id.in_(sorted(set(village_ids))) & decisions.c.id.in_(sorted(set(ids)))
    return _read(connection, select(decisions).where(mine))


def taking_elsewhere(connection: Connection, village_ids: Iterable[str], ids: Iterable[str]) -> list[Decision]:
    """The villages' merges and transfers that touch one of the entities, also those undone, in the order in which they
    were made."""
    wanted = select(decisions).where(
        decisions.c.village_id.in_(sorted(set(village_ids))),
        decisions.c.kind.in_([Merge.kind, Transfer.kind]),
        lists_any(connection, decisions.c.payload, "touched", ids),
    )
    return _read(connection, wanted)


def caused_by(connection: Connection, village_ids: Iterable[str], decision_id: str) -> list[Decision]:
    """What the server decided because of that decision and what stands of it, those caused by them as well; each
    before those that it caused. `village_ids`: where they may be."""
    mine = decisions.c.village_id.in_(sorted(set(village_ids)))
    wanted = select(decisions).where(mine, decisions.c.undone_at.is_(None), decisions.c.cause_id == decision_id)
    found: list[Decision] = []
    for one in _read(connection, wanted):
        found += [one, *caused_by(connection, village_ids, one.id)]
    return found


def reviews_of(
    connection: Connection, village_id: str, root_instance_id: str, shas: Iterable[str]
) -> list[tuple[Decision, Review]]:
    """The standing decisions about what counts of that root, or of one of these submissions."""
    about_root = decisions.c.payload["root_instance_id"].as_string() == root_instance_id
    wanted = select(decisions).where(
        decisions.c.village_id == village_id,
        decisions.c.kind == Review.kind,
        decisions.c.undone_at.is_(None),
        or_(about_root, lists_any(connection, decisions.c.payload, "among", shas)),
    )
    return [(one, one.about) for one in _read(connection, wanted) if isinstance(one.about, Review)]


def follow_ons(connection: Connection, village_ids: Iterable[str], entity_id: str) -> list[Decision]:
    """What the server decided about the entity and what stands of it, in that order. `village_ids`: where it lived."""
    wanted = select(decisions).where(
        decisions.c.village_id.in_(sorted(set(village_ids))),
        decisions.c.cause_id.is_not(None) & decisions.c.undone_at.is_(None),
        lists_any(connection, decisions.c.payload, "touched", [entity_id]),
    )
    return _read(connection, wanted)


def _read(connection: Connection, wanted: Select[Any]) -> list[Decision]:
    found = (_decision(row) for row in connection.execute(wanted).mappings())
    return sorted(found, key=lambda one: (one.made_at, one.id))


def find(connection: Connection, village_id: str, decision_id: str) -> Decision:
    """The decision, which stands. Raises ProblemError NO_SUCH_DECISION."""
    wanted = select(decisions).where(
        decisions.c.village_id == village_id, decisions.c.id == decision_id, decisions.c.undone_at.is_(None)
    )
    found = _read(connection, wanted)
    if not found:
        raise problem(NO_SUCH_DECISION)
    return found[0]


def made_now(
    village_id: str,
    about: About,
    seq: int,
    statements: Iterable[Statement],
    made_by: str,
    now: datetime,
    *,
    touched: Iterable[str] = (),
) -> Decision:
    """A new decision, which is not kept yet. `touched`: whom it changes without saying anything of them."""
    statements = tuple(statements)
    everybody = frozenset({*touched, *(one.id for one in statements)})
    return Decision(village_id, str(uuid4()), about, seq, everybody, statements, now, made_by)


def keep(connection: Connection, made: Decision) -> None:
    """Keeps a decision; what follows from it is the caller's to derive."""
    connection.execute(insert(decisions), _row(made))


def undo(connection: Connection, made: Decision) -> None:
    """Notes that the decision does not stand any more, and since when."""
    here = (decisions.c.village_id == made.village_id) & (decisions.c.id == made.id)
    values = {name: value for name, value in _row(made).items() if name in ("payload", "undone_at", "undone_by")}
    connection.execute(update(decisions).where(here).values(values))


def _row(made: Decision) -> dict[str, Any]:
    about = {one.name: _plain(getattr(made.about, one.name)) for one in fields(made.about)}
    statements = [{name: _plain(value) for name, value in vars(one).items()} for one in made.statements]
    payload = {**about, "seq": made.seq, "touched": sorted(made.touched), "statements": statements}
    if made.undone_seq is not None:
        payload["undone_seq"] = made.undone_seq
    columns = ("village_id", "id", "kind", "made_at", "made_by", "cause_id", "undone_at", "undone_by")
    return {**{name: getattr(made, name) for name in columns}, "payload": payload}


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    match value:
        case date():
            return str(value)
        case OfflineRow():
            return [value.entity_id, value.branch_id, value.base_version]
        case tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case _:
            return value


def _decision(row: Mapping[Any, Any]) -> Decision:
    payload = row["payload"]
    return Decision(
        village_id=row["village_id"],
        id=row["id"],
        about=_about(row["kind"], payload),
        seq=payload["seq"],
        touched=frozenset(payload["touched"]),
        statements=tuple(Statement(**{**one, "day": date.fromisoformat(one["day"])}) for one in payload["statements"]),
        made_at=row["made_at"],
        made_by=row["made_by"],
        cause_id=row["cause_id"],
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
        undone_seq=payload.get("undone_seq"),
    )


def _about(kind: str, payload: Mapping[str, Any]) -> About:
    of_kind = _BY_KIND[kind]
    values = {one.name: payload[one.name] for one in fields(of_kind)}
    for name, value in values.items():
        if name == "day":
            values[name] = date.fromisoformat(value)
        elif name == "superseded":
            values[name] = tuple(OfflineRow(*one) for one in value)
        elif isinstance(value, list):
            values[name] = tuple(value)
    return of_kind(**values)


def offline_rows(said: Iterable[Change]) -> tuple[OfflineRow, ...]:
    """Those of the changes that others of a phone's offline row may follow."""
    return tuple(
        OfflineRow(one.entity_id, one.branch_id, one.base_version)
        for one in said
        if one.branch_id and one.base_version is not None
    )


def superseded(connection: Connection, village_id: str, row: OfflineRow) -> bool:
    """Whether people decided that this change of an offline row does not count."""
    wanted = select(decisions).where(
        decisions.c.village_id == village_id,
        decisions.c.kind == Review.kind,
        lists_any(connection, decisions.c.payload, "touched", [row.entity_id]),
    )
    return any(isinstance(one.about, Review) and row in one.about.superseded for one in _read(connection, wanted))

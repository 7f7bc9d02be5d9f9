"""What people decide, for tests of the store; and all that follows from it, to be compared before and after."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, literal_column, select, table

from aggregate.scorecard.refresh import refresh
from server.database.engine import reading, writing
from server.decisions import edits, merges, transfers
from server.decisions.undo import undo_decision
from server.entities.decision import Decision
from server.publications.form_versions import FormCache
from server.submissions import review
from server.submissions.rebuild import rebuild
from tests.support.station import VILLAGE, Station

HEAD = "kades@sukamaju.desa.id"
JAKARTA = ZoneInfo("Asia/Jakarta")
MARCH_10 = date(2026, 3, 10)
# What counts up with every change to the register, and is never the same again: phones take only what is newer.
DERIVED = ("entities", "entity_changes", "cards", "entity_homes", "submissions")
COUNTERS = {"entities": ("version",), "entity_changes": ("version",)}


def choose(station: Station, root: str, xml_part: str, village: str = VILLAGE) -> Decision:
    """Lets the submission count in whose XML this stands."""
    (use,) = (row for row in station.rows("submissions", village_id=village) if xml_part in row["body"].decode())
    return _choose(station, root, use["sha256"], village)


def choose_none(station: Station, root: str, village: str = VILLAGE) -> Decision:
    return _choose(station, root, "", village)


def _choose(station: Station, root: str, use: str, village: str) -> Decision:
    station.clock.forward(minutes=1)
    with writing(station.engine) as connection:
        zone, now = station.backend.settings.timezone, station.clock()
        return review.choose(connection, FormCache(), zone, village, root, use, HEAD, now)


def merge(station: Station, loser: str, winner: str, village: str = VILLAGE) -> Decision:
    station.clock.forward(minutes=1)
    with writing(station.engine) as connection:
        return merges.merge(connection, village, loser, winner, station.backend.today, HEAD, station.clock())


def move(
    station: Station, village: str, to: str, *ids: str, day: date = MARCH_10, dusun: str = "Melati", household: str = ""
) -> Decision:
    station.clock.forward(minutes=1)
    with writing(station.engine) as connection:
        return transfers.move(connection, village, ids, to, day, dusun, household, HEAD, station.clock())


def change(station: Station, entity_id: str, day: date = MARCH_10, **properties: str) -> Decision:
    station.clock.forward(minutes=1)
    with writing(station.engine) as connection:
        return edits.change(connection, VILLAGE, [entity_id], properties, day, HEAD, station.clock())


def undo(station: Station, made: Decision) -> None:
    station.clock.forward(minutes=1)
    with writing(station.engine) as connection:
        undo_decision(connection, made.village_id, made.id, HEAD, station.clock())


def rebuild_all(station: Station) -> None:
    """What `kpm rebuild` does, but for the cards."""
    rebuild(station.engine, FormCache(), JAKARTA, station.clock(), iter)


def everything(station: Station) -> dict[str, list[dict[str, Any]]]:
    """All that is derived, but for its counters: answers, register, histories, and the cards counted from them."""
    refresh(station.engine, station.backend.today, "stale")
    with reading(station.engine) as connection:
        names = inspect(connection).get_table_names()
        wanted = [*DERIVED, *(name for name in names if name.startswith(("answers_", "recap_")))]
        rows_of = {name: select(literal_column("*")).select_from(table(name)) for name in wanted}
        found = {name: connection.execute(rows).mappings().all() for name, rows in rows_of.items()}
    return {
        name: [{key: _read(value) for key, value in row.items() if key not in COUNTERS.get(name, ())} for row in rows]
        for name, rows in found.items()
    }


def seen_by_phones(station: Station) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """The version of each entity, and the revision of each list: by these alone phones know that something is new."""
    people = {(row["village_id"], row["id"]): row["version"] for row in station.rows("entities")}
    return people, {(row["village_id"], row["list"]): row["revision"] for row in station.rows("list_revisions")}


def versions_made(station: Station) -> dict[tuple[str, str, str], int | None]:
    """Which version each change made, by which later ones are told from those that a phone had seen."""
    rows = station.rows("entity_changes")
    return {(row["village_id"], row["entity_id"], row["source"]): row["version"] for row in rows}


def assert_rebuilding_changes_nothing(station: Station) -> None:
    """Nor does a phone miss anything afterwards: versions are the same, and the revision of no list has fallen."""
    before, (people, lists), made = everything(station), seen_by_phones(station), versions_made(station)
    rebuild_all(station)
    assert difference(before, everything(station)) == []
    people_now, lists_now = seen_by_phones(station)
    assert (people_now, versions_made(station)) == (people, made)
    assert [name for name, revision in lists.items() if lists_now.get(name, 0) < revision] == []


def _read(value: Any) -> Any:
    """SQLite keeps JSON as text, in which properties may stand in any order."""
    return json.loads(value) if isinstance(value, str) and value.startswith(("{", "[")) else value


def listed(station: Station, name: str = "anak", village: str = VILLAGE) -> dict[str, dict[str, str]]:
    """The phones' list by id, but for the versions, which only ever grow."""
    rows = csv.DictReader(io.StringIO(station.get(f"lists/{name}.csv", village).text))
    return {row.pop("name"): {key: value for key, value in row.items() if key != "__version"} for row in rows}


def versions(station: Station, name: str = "anak", village: str = VILLAGE) -> dict[str, int]:
    """What phones see of how new each row is."""
    rows = csv.DictReader(io.StringIO(station.get(f"lists/{name}.csv", village).text))
    return {row["name"]: int(row["__version"]) for row in rows}


def card(station: Station, quarter: str = "2026-Q1", village: str = VILLAGE) -> dict[str, Any]:
    """The village's card of the quarter, as it is after counting."""
    refresh(station.engine, station.backend.today, "stale")
    return station.one("cards", village_id=village, quarter=quarter)


def sums(station: Station) -> dict[str, Counter[str]]:
    """All figures of all villages' cards together, by quarter."""
    refresh(station.engine, station.backend.today, "stale")
    found: dict[str, Counter[str]] = {}
    for row in station.rows("cards"):
        figures = {name: value for name, value in row.items() if isinstance(value, int) and name != "rules"}
        found.setdefault(row["quarter"], Counter()).update(figures)
    return found


def difference(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What stands in one of them only, a line a row."""
    return [
        f"{sign} {table}: {row}"
        for table in before
        for sign, mine, other in (("-", before, after), ("+", after, before))
        for row in mine[table]
        if row not in other[table]
    ]

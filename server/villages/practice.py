"""Emptying a practice village: the one place in which what phones have sent is ever deleted."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, Table, delete, func, inspect, or_, select, update

from forms.problems import Problem, problem
from server.database.tables import list_revisions, submissions, villages
from server.villages.lock import lock_village
from server.villages.regions import is_practice

NO_PRACTICE = Problem(
    "no-practice-village",
    400,
    "Desa {code} bukan desa latihan: kirimannya tidak pernah dihapus.",
    "{code} is no practice village: what it has sent is never deleted.",
)

# What stays: its phones, its place in line, which lists phones have, and who looked at what.
_STAYS = {"phones", "villages", "list_revisions", "looks"}
# The columns that say of which village a row is.
_OF_VILLAGE = ("village_id", "sending_village")


def empty(connection: Connection, village_id: str) -> int:
    """Deletes all that was sent in a practice village and all that is derived from it; how many submissions. Its phones
    stay, and find empty lists. Files that came with it stay in the store, where nothing leads to them any more: another
    village may have sent the same.

    Raises ProblemError NO_PRACTICE for any other village.
    """
    if not is_practice(village_id):
        raise problem(NO_PRACTICE, code=village_id)
    lock = lock_village(connection, village_id)
    count = connection.execute(
        select(func.count()).select_from(submissions).where(submissions.c.village_id == village_id)
    ).scalar_one()
    for table in _tables_of_villages(connection):
        mine = [table.c[name] == village_id for name in _OF_VILLAGE if name in table.c]
        connection.execute(delete(table).where(or_(*mine)))
    here = villages.c.village_id == village_id
    nothing = {"stale_since": None, "held_since": None, "refresh_problem": None, "unmarked_since": None}
    connection.execute(update(villages).where(here).values(nothing))
    newer = list_revisions.c.revision + lock.seq  # so that phones see that the lists changed
    connection.execute(update(list_revisions).where(list_revisions.c.village_id == village_id).values(revision=newer))
    return count


def _tables_of_villages(connection: Connection) -> list[Table]:
    """All tables with rows of villages: the fixed ones, and those that forms and rules have made."""
    metadata = MetaData()
    names = [name for name in inspect(connection).get_table_names() if name not in _STAYS]
    metadata.reflect(connection, only=names, resolve_fks=False)
    return [table for table in metadata.sorted_tables if any(name in table.c for name in _OF_VILLAGE)]

"""The marks of quality checks as they are kept: read often, and found anew where a village sent something since.

`villages.unmarked_since` says from which month on; whoever asks for a village's marks has them brought up to date
first, as cards are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import partial

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, or_, select, tuple_, update

from forms.quality.checks import Check
from server.database.card_tables import quality_marks
from server.database.engine import in_turn, reading
from server.database.tables import submissions, villages
from server.publications import check_versions
from server.publications.form_versions import FormCache
from server.queries.submissions.marks import Judged, unlikely
from server.villages.lock import as_they_stand
from server.villages.regions import lies_in

Key = tuple[str, int]
# Villages that are looked through in one transaction.
BATCH = 25
_COLUMNS = ("village_id", "seq", "month", "check_code")


def marks_of(engine: Engine, cache: FormCache, shown: Collection[Key]) -> dict[Key, list[Check]]:
    """The checks that mark each of the submissions, in the order of the workbook; only those with a mark.

    `shown`: their village and `seq`.
    """
    if not shown:
        return {}
    village_ids, places = sorted({one for one, _ in shown}), sorted({one for _, one in shown})
    _bring_up_to_date(engine, cache, villages.c.village_id.in_(village_ids))
    of = quality_marks.c
    # Each by itself as well: so both databases look them up in the index.
    among = and_(of.village_id.in_(village_ids), of.seq.in_(places), tuple_(of.village_id, of.seq).in_(sorted(shown)))
    with reading(engine) as connection:
        checks = check_versions.in_force(connection)
        codes = defaultdict[Key, set[str]](set)
        for row in connection.execute(select(quality_marks).where(among)):
            codes[row.village_id, row.seq].add(row.check_code)
    return {key: [one for one in checks if one.code in found] for key, found in codes.items()}


def marked_in(engine: Engine, cache: FormCache, region: str, month: date) -> ColumnElement[bool]:
    """Whether a submission has a mark and speaks of a day of the month; asked of one kecamatan or village at a time.
    `month`: its first day."""
    _bring_up_to_date(engine, cache, lies_in(region, villages.c.village_id))
    of, number = quality_marks.c, month.year * 100 + month.month
    keys = select(of.village_id, of.seq).where(lies_in(region, of.village_id), of.month == number)
    return tuple_(submissions.c.village_id, submissions.c.seq).in_(keys)


def _bring_up_to_date(engine: Engine, cache: FormCache, wanted: ColumnElement[bool]) -> None:
    """Finds anew what is out of date in these villages; one small query where nothing is."""
    old = select(villages.c.village_id).where(wanted, villages.c.unmarked_since.is_not(None), ~villages.c.to_rebuild)
    with reading(engine) as connection:
        found = list(connection.execute(old.order_by(villages.c.village_id)).scalars())
    for start in range(0, len(found), BATCH):
        in_turn(engine, partial(_look_through, cache=cache, village_ids=found[start : start + BATCH]))


def _look_through(connection: Connection, cache: FormCache, village_ids: Sequence[str]) -> None:
    """Their rows are held meanwhile: what comes in after this makes them out of date again."""
    since = defaultdict[date, list[str]](list)
    for village_id, stands in as_they_stand(connection, village_ids).items():
        if stands.unmarked_since is not None:
            since[stands.unmarked_since].append(village_id)
    checks, schemas = check_versions.in_force(connection), cache.schemas(connection)
    for month, those in since.items():
        connection.execute(delete(quality_marks).where(*_kept_since(those, month)))
        marked = unlikely(checks, schemas, Judged(those, month))
        if marked is not None:
            connection.execute(insert(quality_marks).from_select(_COLUMNS, marked))
    done = update(villages).where(villages.c.village_id.in_(village_ids))
    connection.execute(done.values(unmarked_since=None))


def _kept_since(village_ids: Sequence[str], month: date) -> Iterable[ColumnElement[bool]]:
    of, number = quality_marks.c, month.year * 100 + month.month
    return of.village_id.in_(village_ids), or_(of.month >= number, of.month == 0)

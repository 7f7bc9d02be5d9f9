"""What other quality checks would mark of what was sent lately, beside what those in force mark; nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from forms.periods import add_months
from forms.quality.checks import Check
from server.database.tables import villages
from server.publications import check_versions
from server.publications.form_versions import FormCache
from server.queries.submissions.marks import Judged, unlikely
from server.villages.regions import bare_names, counts, evenly, lies_in

# So many villages are looked through while somebody waits: some two seconds.
MOST_VILLAGES = 20


@dataclass(frozen=True)
class CheckTried:
    """How many submissions a check marks, and how many it would. `before` or `after` is None where the checks in force,
    or those on trial, do not have it or do not use it."""

    check: Check
    before: int | None
    after: int | None


@dataclass(frozen=True)
class MarksTried:
    """`since`: of which day and later the submissions speak. `before` and `after`: how many of them have a mark, and
    how many would, once each; `villages` the same by code, with the name, of those in which it differs. `looked_at` are
    spread evenly over `of` villages."""

    since: date
    checks: tuple[CheckTried, ...]
    before: int
    after: int
    villages: Mapping[str, tuple[str, int, int]]
    looked_at: int
    of: int


@dataclass(frozen=True)
class _Marks:
    """How many submissions have a mark of each check, and how many of each village have one at all."""

    by_check: Counter[str]
    by_village: Counter[str]


def try_checks(
    connection: Connection, cache: FormCache, checks: Sequence[Check], region: str, today: date
) -> MarksTried:
    """Of this month and the one before, in villages of the region."""
    since = add_months(today.replace(day=1), -1)
    mine = select(villages.c.village_id).where(lies_in(region, villages.c.village_id), counts(villages.c.village_id))
    known = list(connection.execute(mine.order_by(villages.c.village_id)).scalars())
    chosen = evenly(known, MOST_VILLAGES)
    olds = check_versions.in_force(connection)
    before, after = (_found(connection, cache, some, Judged(chosen, since)) for some in (olds, checks))
    differ = [code for code in chosen if before.by_village[code] != after.by_village[code]]
    names = bare_names(connection, differ)
    return MarksTried(
        since,
        tuple(_tried(olds, checks, before, after)),
        before.by_village.total(),
        after.by_village.total(),
        {code: (names.get(code, code), before.by_village[code], after.by_village[code]) for code in differ},
        len(chosen),
        len(known),
    )


def _found(connection: Connection, cache: FormCache, checks: Sequence[Check], judged: Judged) -> _Marks:
    marked = unlikely(checks, cache.schemas(connection), judged)
    rows = connection.execute(marked).all() if marked is not None else []
    once = {(row.sending_village, row.seq) for row in rows}
    return _Marks(Counter(row.check_code for row in rows), Counter(village for village, _ in once))


def _tried(olds: Sequence[Check], checks: Sequence[Check], before: _Marks, after: _Marks) -> list[CheckTried]:
    """Those on trial in their order, then those that are gone."""
    used = {one.code for one in olds if one.active}
    mine = {one.code for one in checks}
    return [
        CheckTried(
            one,
            before.by_check[one.code] if one.code in used else None,
            after.by_check[one.code] if one.code in mine and one.active else None,
        )
        for one in (*checks, *(one for one in olds if one.code not in mine))
    ]

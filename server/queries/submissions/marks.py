"""The marks of quality checks: which submissions that count are unlikely, by the answers that their tables hold.

A mark is asked for when it is shown, and kept nowhere. Each kind of check is one statement that gives the keys
(`sending_village`, `seq`) of those of the judged rows that it marks; it reads what it compares them with, no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from aggregate.sql.answer_sources import Source
from aggregate.sql.functions import MonthNumber, TextAsNumber
from forms.domain import CHILDREN
from forms.growth.zscores import LYING_MINUS_STANDING_CM, STANDS_FROM_DAY
from forms.quality.checks import BEGUN, ENDED, Check, Kind
from forms.schema import FormSchema
from server.database.dialect import FirstWord, Seconds, SecondWord
from server.database.tables import submissions
from server.queries.submissions.places import METRES_A_DEGREE
from server.villages.regions import lies_in

Key = tuple[str, int]
# Which rows are judged: a condition on the village that sent them, their `seq`, and the day that they speak of.
Judged = Callable[[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]
Keys = Select[Any]

_POSITION, _STANDING, _AGE = "posisi", "berdiri", "usia_hari"
_NEARLY = 1e-6  # what is left of 75.3 - 74.3 - 1
_RADIAN = 0.017453292519943295


def marks_of(
    connection: Connection, checks: Sequence[Check], schemas: Sequence[FormSchema], shown: Collection[Key]
) -> dict[Key, list[Check]]:
    """The checks that mark each of the submissions, in the order of the workbook; only those with a mark.

    `shown`: their village and `seq`; `schemas`: all versions of the published forms.
    """
    villages = sorted({village for village, _ in shown})

    def among(village: ColumnElement[Any], seq: ColumnElement[Any], _: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(village.in_(villages), tuple_(village, seq).in_(sorted(shown)))

    statement = _statement(checks, schemas, among) if shown else None
    if statement is None:
        return {}
    found = defaultdict[Key, list[Check]](list)
    for row in sorted(connection.execute(statement), key=lambda row: row.place):
        found[row.sending_village, row.seq].append(checks[row.place])
    return dict(found)


def marked_in(
    checks: Sequence[Check], schemas: Sequence[FormSchema], region: str, first: date, after: date
) -> ColumnElement[bool]:
    """Whether a submission has a mark and speaks of a day from `first` on, before `after`; asked of one kecamatan or
    village at a time."""

    def within(village: ColumnElement[Any], _: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(lies_in(region, village), day >= first, day < after)

    statement = _statement(checks, schemas, within)
    if statement is None:
        return literal(1) == literal(0)
    marked = statement.subquery()
    keys = select(marked.c.sending_village, marked.c.seq)
    return tuple_(submissions.c.village_id, submissions.c.seq).in_(keys)


def _statement(checks: Sequence[Check], schemas: Sequence[FormSchema], judged: Judged) -> CompoundSelect[Any] | None:
    """The keys of what is marked, each with the place of the check among `checks`. None where nothing can be."""
    of_form = defaultdict[str, list[FormSchema]](list)
    for schema in schemas:
        of_form[schema.form_id].append(schema)
    forms = {one.form_id for one in checks if one.active and one.form_id in of_form}
    sources = {form_id: Source.of(of_form[form_id]) for form_id in forms}
    parts = [
        _KINDS[one.kind](sources[one.form_id], one, judged).add_columns(literal(place).label("place"))
        for place, one in enumerate(checks)
        if one.active and one.form_id in sources
    ]
    return union_all(*parts) if parts else None


def _too_fast(source: Source, check: Check, judged: Judged) -> Keys:
    """Finished so soon after it was begun. Where the phone's clock was put back meanwhile nothing is known."""
    took = Seconds(source.answer(ENDED, "text")) - Seconds(source.answer(BEGUN, "text"))
    return select(*_key(source)).where(_judged(source, judged), took >= 0, took < check.threshold - _NEARLY)


def _height_falls(source: Source, check: Check, judged: Judged) -> Keys:
    """Shorter than before, both as though the child had been lying."""
    length, age = source.answer(check.field, "number"), source.answer(_AGE, "number")
    stood = and_(source.answer(_POSITION, "text") == _STANDING, func.coalesce(age, STANDS_FROM_DAY) >= STANDS_FROM_DAY)
    rows = _with_before(source, judged, length + case((stood, LYING_MINUS_STANDING_CM), else_=0.0))
    fell = rows.c.before_1 - rows.c.value > check.threshold + _NEARLY
    return _marked(rows, judged, fell, rows.c.place >= check.least)


def _weight_copied(source: Source, check: Check, judged: Judged) -> Keys:
    """The same to the gram in so many months one after the other, this one the last."""
    rows = _with_before(source, judged, source.answer(check.field, "number"), check.least - 1)
    conditions = []
    for back in range(1, check.least):
        same = func.abs(rows.c.value - rows.c[f"before_{back}"]) * 1000 < check.threshold + 0.5
        conditions += [same, _months(rows.c.day) - _months(rows.c[f"day_{back}"]) == back]
    return _marked(rows, judged, *conditions)


def _digits_heaped(source: Source, check: Check, judged: Judged) -> Keys:
    """One of a phone's month in which too many measures end in .0 or .5."""
    twice = source.answer(check.field, "number") * 2
    is_round = case((func.abs(twice - func.round(twice)) < 0.001, 1), else_=0)
    rows = _of_phones(source, judged, {"round": is_round}, twice.is_not(None)).subquery()
    together: dict[str, Any] = {"partition_by": (rows.c.sending_village, rows.c.phone, rows.c.month)}
    count, rounds = func.count().over(**together), func.sum(rows.c.round).over(**together)
    counted = select(rows, count.label("of"), rounds.label("rounds")).subquery()
    too_many = counted.c.rounds * 100.0 > counted.c.of * check.threshold + _NEARLY
    return _marked(counted, judged, counted.c.of >= check.least, too_many)


def _same_place(source: Source, check: Check, judged: Judged) -> Keys:
    """One around which so many others of the same phone and month stand, itself included."""
    point = source.answer(check.field, "text")
    at = {"north": TextAsNumber(FirstWord(point)), "east": TextAsNumber(SecondWord(point))}
    rows = _of_phones(source, judged, at, point.is_not(None)).cte()
    one, other = rows.alias(), rows.alias()
    degree = check.threshold / METRES_A_DEGREE
    together = [one.c[name] == other.c[name] for name in ("sending_village", "phone", "month")]
    north, turn = one.c.north - other.c.north, one.c.north * _RADIAN
    # The cosine of the latitude, to the fourth digit as far from the equator as Indonesia reaches.
    east = (one.c.east - other.c.east) * (1 - turn * turn / 2)
    near = north * north + east * east <= degree * degree * (1 + _NEARLY)
    found = select(one.c.sending_village, one.c.seq).join_from(one, other, and_(*together))
    found = found.where(judged(one.c.sending_village, one.c.seq, one.c.day), func.abs(north) <= 2 * degree, near)
    return found.group_by(one.c.sending_village, one.c.seq).having(func.count() >= check.least)


_KINDS: Mapping[Kind, Callable[[Source, Check, Judged], Keys]] = {
    "terlalu_cepat": _too_fast,
    "tinggi_turun": _height_falls,
    "berat_sama": _weight_copied,
    "angka_bulat": _digits_heaped,
    "satu_tempat": _same_place,
}


def _key(source: Source) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return source.table.c.sending_village, source.table.c.seq


def _judged(source: Source, judged: Judged) -> ColumnElement[bool]:
    return judged(*_key(source), source.day)


def _marked(rows: Subquery, judged: Judged, *conditions: ColumnElement[bool]) -> Keys:
    is_judged = judged(rows.c.sending_village, rows.c.seq, rows.c.day)
    return select(rows.c.sending_village, rows.c.seq).where(is_judged, *conditions)


def _with_before(source: Source, judged: Judged, value: ColumnElement[Any], backwards: int = 1) -> Subquery:
    """All rows of the children that judged ones are about: `day` and `value`, those of the row before (`day_1`,
    `before_1`), of the one before that, and so on; and which row of the child it is (`place`)."""
    home, child, day = source.table.c.village_id, source.target(CHILDREN), source.day
    order: dict[str, Any] = {"partition_by": (home, child), "order_by": (day, source.table.c.order_key)}
    columns = {"day": day, "value": value, "place": func.row_number().over(**order)}
    for back in range(1, backwards + 1):
        columns[f"before_{back}"] = func.lag(value, back).over(**order)
        columns[f"day_{back}"] = func.lag(day, back).over(**order)
    about = select(home, child).where(_judged(source, judged))
    wanted = select(*_key(source), *(column.label(name) for name, column in columns.items()))
    # By the villages as well: they are what the table's key begins with.
    homes = home.in_(select(home).where(_judged(source, judged)))
    return wanted.where(homes, tuple_(home, child).in_(about), value.is_not(None)).subquery()


def _of_phones(
    source: Source, judged: Judged, columns: Mapping[str, ColumnElement[Any]], answered: ColumnElement[bool]
) -> Select[Any]:
    """All rows that were sent of the months in which rows are judged, with `phone` and `month`."""
    village, month = source.table.c.sending_village, MonthNumber(source.day)
    sent = and_(submissions.c.village_id == village, submissions.c.seq == source.table.c.seq)
    known = {"day": source.day, "month": month, "phone": submissions.c.phone, **columns}
    wanted = select(*_key(source), *(column.label(name) for name, column in known.items()))
    wanted = wanted.join_from(source.table, submissions, sent)
    villages = village.in_(select(village).where(_judged(source, judged)))
    months = tuple_(village, month).in_(select(village, month).where(_judged(source, judged)))
    return wanted.where(villages, months, answered)


def _months(day: ColumnElement[Any]) -> ColumnElement[int]:
    """Months since some other one."""
    number = MonthNumber(day)
    return (number // 100) * 12 + number % 100

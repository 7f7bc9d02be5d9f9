"""What quality checks mark: which submissions that count are unlikely, by the answers that their tables hold.

Each kind of check is one statement that gives those of the judged rows that it marks (`sending_village`, `seq`), each
with the `month` of which it speaks (202603, 0 where it names no day); it reads what it compares them with, no more.
What they give is kept (kept_marks.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from aggregate.sql.answer_sources import Source
from aggregate.sql.functions import MonthNumber
from aggregate.sql.texts_and_numbers import TextAsNumber
from forms.domain import CHILDREN
from forms.growth.zscores import LYING_MINUS_STANDING_CM, STANDS_FROM_DAY
from forms.quality.checks import BEGUN, ENDED, Check, Kind
from forms.schema import FormSchema
from server.database.dialect import FirstWord, Seconds, SecondWord
from server.database.tables import submissions
from server.queries.submissions.places import METRES_A_DEGREE

Keys = Select[Any]

_POSITION, _STANDING, _AGE = "posisi", "berdiri", "usia_hari"
_NEARLY = 1e-6  # what is left of 75.3 - 74.3 - 1
_RADIAN = 0.017453292519943295


@dataclass(frozen=True)
class Judged:
    """Which rows of a form are judged: what these villages sent of that day and later, and what names no day."""

    villages: Sequence[str]
    since: date

    def rows(self, village: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a row is one of them, by the village that sent it and the day that it speaks of."""
        return and_(village.in_(self.villages), or_(day >= self.since, day.is_(None)))

    def children(self, source: Source) -> ColumnElement[bool]:
        """Whether a row is about one of the children whom judged ones are about."""
        home, child = source.table.c.village_id, source.target(CHILDREN)
        judged = self.rows(source.table.c.sending_village, source.day)
        # By the villages as well: they are what the table's key begins with.
        return and_(home.in_(select(home).where(judged)), tuple_(home, child).in_(select(home, child).where(judged)))


def unlikely(
    checks: Sequence[Check], schemas: Sequence[FormSchema], judged: Judged
) -> CompoundSelect[Any] | Select[Any] | None:
    """The marks of the judged rows: `sending_village`, `seq`, `month` and `check_code`. None where nothing can be.

    `judged.since` is the first day of a month; `schemas`: all versions of the published forms.
    """
    sources = _sources(checks, schemas)
    parts = [
        _KINDS[one.kind](sources[one.form_id], one, judged).add_columns(literal(one.code).label("check_code"))
        for one in checks
        if one.active and one.form_id in sources
    ]
    return union_all(*parts) if parts else None


def _sources(checks: Sequence[Check], schemas: Sequence[FormSchema]) -> dict[str, Source]:
    """The published forms that checks in use judge."""
    wanted = {one.form_id for one in checks if one.active}
    of_form = defaultdict[str, list[FormSchema]](list)
    for schema in schemas:
        if schema.form_id in wanted:
            of_form[schema.form_id].append(schema)
    return {form_id: Source.of(versions) for form_id, versions in of_form.items()}


def _too_fast(source: Source, check: Check, judged: Judged) -> Keys:
    """Finished so soon after it was begun. Where the phone's clock was put back meanwhile nothing is known."""
    took = Seconds(source.answer(ENDED, "text")) - Seconds(source.answer(BEGUN, "text"))
    hasty = and_(took >= 0, took < check.threshold - _NEARLY)
    return select(*_key(source), _month(source.day)).where(_judged(source, judged), hasty)


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
    rows = _of_phones(source, _judged(source, judged), twice.is_not(None))
    too_many = func.sum(is_round) * 100.0 > func.count() * check.threshold + _NEARLY
    rows = rows.group_by(*rows.selected_columns).having(and_(func.count() >= check.least, too_many))
    heaped, one = rows.subquery(), _of_phones(source, _judged(source, judged), twice.is_not(None), *_key(source))
    return _keys_with(one.subquery(), heaped)


def _same_place(source: Source, check: Check, judged: Judged) -> Keys:
    """One around which so many others of the same phone and month stand, itself included."""
    point = source.answer(check.field, "text")
    at = (TextAsNumber(FirstWord(point)).label("north"), TextAsNumber(SecondWord(point)).label("east"))
    # Both are worked out once: to read a number out of a text takes long.
    rows = _of_phones(source, _judged(source, judged), point.is_not(None), *_key(source), *at)
    one = rows.cte().prefix_with("MATERIALIZED")
    other = _of_phones(source, _judged(source, judged), point.is_not(None), *at).cte().prefix_with("MATERIALIZED")
    degree = check.threshold / METRES_A_DEGREE
    north, turn = one.c.north - other.c.north, one.c.north * _RADIAN
    # The cosine of the latitude, to the fourth digit as far from the equator as Indonesia reaches.
    east = (one.c.east - other.c.east) * (1 - turn * turn / 2)
    near = north * north + east * east <= degree * degree * (1 + _NEARLY)
    found = _keys_with(one, other).where(func.abs(north) <= 2 * degree, near)
    return found.group_by(one.c.sending_village, one.c.seq, one.c.month).having(func.count() >= check.least)


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
    return judged.rows(source.table.c.sending_village, source.day)


def _marked(rows: Subquery, judged: Judged, *conditions: ColumnElement[bool]) -> Keys:
    is_judged = judged.rows(rows.c.sending_village, rows.c.day)
    return select(rows.c.sending_village, rows.c.seq, _month(rows.c.day)).where(is_judged, *conditions)


def _with_before(source: Source, judged: Judged, value: ColumnElement[Any], backwards: int = 1) -> Subquery:
    """All rows of the children that judged ones are about: `day` and `value`, those of the row before (`day_1`,
    `before_1`), of the one before that, and so on; and which row of the child it is (`place`)."""
    home, child, day = source.table.c.village_id, source.target(CHILDREN), source.day
    order: dict[str, Any] = {"partition_by": (home, child), "order_by": (day, source.table.c.order_key)}
    columns = {"day": day, "value": value, "place": func.row_number().over(**order)}
    for back in range(1, backwards + 1):
        columns[f"before_{back}"] = func.lag(value, back).over(**order)
        columns[f"day_{back}"] = func.lag(day, back).over(**order)
    wanted = select(*_key(source), *(column.label(name) for name, column in columns.items()))
    return wanted.where(judged.children(source), value.is_not(None)).subquery()


def _of_phones(
    source: Source, wanted: ColumnElement[bool], answered: ColumnElement[bool], *columns: ColumnElement[Any]
) -> Select[Any]:
    """Of rows that were sent: by whom (`phone_village`, `phone`) and of which `month`, and what is asked for."""
    village = source.table.c.sending_village
    sent = and_(submissions.c.village_id == village, submissions.c.seq == source.table.c.seq)
    month = MonthNumber(source.day).label("month")
    of_whom = (village.label("phone_village"), submissions.c.phone, month)
    return select(*of_whom, *columns).join_from(source.table, submissions, sent).where(wanted, answered)


def _keys_with(one: FromClause, other: FromClause) -> Keys:
    """The keys of what is of the same phone and month as something of the others, once for each of these."""
    together = [one.c[name] == other.c[name] for name in ("phone_village", "phone", "month")]
    return select(one.c.sending_village, one.c.seq, one.c.month).join_from(one, other, and_(*together))


def _month(day: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(MonthNumber(day), 0).label("month")


def _months(day: ColumnElement[Any]) -> ColumnElement[int]:
    """Months since some other one."""
    number = MonthNumber(day)
    return (number // 100) * 12 + number % 100

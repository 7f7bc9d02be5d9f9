"""What the performance of KPMs is judged by, counted for any number of villages: one statement for each measure.

A KPM is credited with what her own phone sent (`sending_village` of the answers), wherever the target lives today. What
nobody did is owed by the village where the target is at home now. So a move takes no credit from the village that was
left, and puts no blame on the new one for a month in which the other KPM was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union,
    union_all,
)

from aggregate.indicators.active_periods import activity
from aggregate.indicators.rules import CHILDREN, MEASURE_FORM, MOTHERS, PAUD, Group, Rules
from aggregate.performance.arrivals import came, in_time
from aggregate.performance.measures import FORMS, Counts, Measure, Span, Tally
from aggregate.performance.parameters import (
    FIRST_DAY,
    NAMED_MONTHS,
    PLACES,
    SEMESTER_START,
    TODAY,
    YEAR_START,
    Month,
    parameters,
)
from aggregate.sql.answer_sources import Source
from aggregate.sql.functions import DayBefore, MonthText, completed_months
from aggregate.sql.parameters import AS_OF, QUARTER, VILLAGES, YEAR
from server.database.tables import entities
from server.entities import change_log, homes

# A child's height is to be checked from this age on, as the rule a3 has it.
MEASURED_FROM_MONTHS = 3


def places_of(connection: Connection, village_ids: Iterable[str]) -> list[str]:
    """The villages in which what these villages' phones sent can lie: they themselves, and where those are at home now
    of whom the phones ever spoke. Asked village by village: a distributed database then asks no others."""
    found = set(village_ids)
    for village_id in sorted(found):
        spoken_of = change_log.spoken_of(connection, village_id)
        found |= {home for home, _ in homes.homes_of(connection, village_id, spoken_of)}
    return sorted(found)


def count(
    connection: Connection, rules: Rules, village_ids: Sequence[str], places: Sequence[str], span: Span
) -> dict[str, Counts]:
    """The counts of every village asked for, by its code. What no published form asks is left at its zeros. `places`
    are those of `places_of`."""
    ask, values = _statements(rules, len(span.months)), parameters(village_ids, places, span)

    def rows(statement: Select[Any] | None) -> Iterable[Any]:
        return () if statement is None else connection.execute(statement, values)

    found = {village_id: Counts() for village_id in village_ids}
    for village_id, month, done, all_ in rows(ask.visits):
        found[village_id].visits[month] = Tally(done, all_)
    for village_id, month, done, all_ in rows(ask.paud):
        found[village_id].paud[month] = Tally(done, all_)
    for village_id, _, done, all_ in rows(ask.heights):
        found[village_id].heights = Tally(done, all_)
    for village_id, tally in in_time(rows(ask.sent), span).items():
        found[village_id].sent = tally
    for village_id, day in rows(ask.first_map):
        found[village_id].first_map = day
    for village_id, day in rows(ask.first_rembuk):
        found[village_id].first_rembuk = day
    for village_id, day in rows(ask.first_meeting):
        found[village_id].first_meeting = day
    return found


@lru_cache(maxsize=8)
def _statements(rules: Rules, months: int) -> _Statements:
    """What counts a quarter of which so many months have begun. Built once: it takes as long as running it."""
    build = _Builder(rules, NAMED_MONTHS[:months])
    return _Statements(
        build.by_slot(build.visits(), build.targets(MOTHERS, CHILDREN)),
        build.by_slot(build.paud(), build.targets(PAUD)),
        build.by_slot(build.heights(), [build.children_to_measure()]),
        build.sent(),
        build.first_day("social_map", YEAR_START, AS_OF),
        # The meeting that agreed the plan of this year is often held in the year before.
        build.first_day("rembuk", literal(date.min, Date), AS_OF, ("tahun", YEAR)),
        # It looks back on the quarter, so that it may also be held after it.
        build.first_day("meeting", FIRST_DAY, TODAY, ("triwulan", QUARTER)),
    )


@dataclass(frozen=True)
class _Statements:
    """None where no published form asks. Those of targets give (village, slot, done, to be done), `sent` what
    `arrivals.came` says, the others a day."""

    visits: Select[Any] | None
    paud: Select[Any] | None
    heights: Select[Any] | None
    sent: Select[Any] | None
    first_map: Select[Any] | None
    first_rembuk: Select[Any] | None
    first_meeting: Select[Any] | None


class _Builder:
    """The statements by the published forms, for the months that have begun."""

    def __init__(self, rules: Rules, months: Sequence[Month]) -> None:
        self._forms = {source.form_id: source for source in rules.sources if source.is_dated}
        self._months = months

    def _published(self, measure: Measure, group: Group | None = None) -> Iterable[Source]:
        """The forms in which the measure shows, those alone that speak of the group's targets."""
        found = (self._forms[form_id] for form_id in FORMS[measure] if form_id in self._forms)
        return (form for form in found if group is None or form.monitors(group.list))

    # -- what was done: target, slot (what it is counted by), sending village --------------------------------------

    def visits(self) -> list[Select[Any]]:
        return [
            self._rows(form, group.list, MonthText(form.day), FIRST_DAY)
            for group in (MOTHERS, CHILDREN)
            for form in self._published("visits", group)
        ]

    def paud(self) -> list[Select[Any]]:
        return [self._rows(form, PAUD.list, MonthText(form.day), FIRST_DAY) for form in self._published("paud", PAUD)]

    def heights(self) -> list[Select[Any]]:
        """Measured once in the half-year is enough, as for the rule a3; here by whomever: the KPM measures too."""
        found = []
        for form in self._published("heights", CHILDREN):
            rows = self._rows(form, CHILDREN.list, QUARTER, SEMESTER_START)
            found.append(rows if form.form_id == MEASURE_FORM else rows.where(form.answer("ukur", "text") == "ya"))
        return found

    def _rows(self, form: Source, target_list: str, slot: ColumnElement[str], since: ColumnElement[Any]) -> Select[Any]:
        row = form.table
        target = form.target(target_list)
        return select(
            row.c.village_id, target.label("target"), cast(slot, Text).label("slot"), row.c.sending_village
        ).where(row.c.village_id.in_(PLACES), target.is_not(None), form.day.between(since, AS_OF))

    # -- what was to do: target, slot, no sending village ----------------------------------------------------------

    def targets(self, *groups: Group) -> list[Select[Any]]:
        """The targets of each month: those active in it."""
        # Whom three months ask for is worked out once: PAUD age is read from the register's JSON.
        stays = union_all(*(self._stays(group) for group in groups)).cte("stays")
        return [_owed(stays, name).where(_is_active(stays, first, last)) for name, first, last in self._months]

    def children_to_measure(self) -> Select[Any]:
        """Active in the quarter, and old enough on the last day on which they were (or that is looked at)."""
        stays = self._stays(CHILDREN).add_columns(entities.c.birth_date).subquery("stays")
        day = case((stays.c.ends <= AS_OF, DayBefore(stays.c.ends)), else_=AS_OF)
        return _owed(stays, QUARTER).where(
            or_(*(_is_active(stays, first, last) for _, first, last in self._months)),
            completed_months(stays.c.birth_date, day) >= MEASURED_FROM_MONTHS,
        )

    def _stays(self, group: Group) -> Select[Any]:
        """From when and until when the group's people in the register are its targets."""
        stay, person = activity(group, entities), entities.c
        return select(
            person.village_id, person.id.label("target"), stay.begins.label("begins"), stay.ends.label("ends")
        ).where(person.village_id.in_(PLACES), person.list == group.list)

    # -- both together ---------------------------------------------------------------------------------------------

    def by_slot(self, done: Sequence[Select[Any]], to_do: Sequence[Select[Any]]) -> Select[Any] | None:
        """Of the targets of each slot, those for whom something was done; None where no published form asks it.

        What was done and what was to do lie in one heap and are sorted. A join of the two took SQLite, which expects
        few rows of either, through all of the one for every row of the other.
        """
        if not done:
            return None
        row = union(*done, *to_do).subquery("row").c  # what was done twice counts once
        target = (row.target, row.slot, row.village_id)
        rows, made = (counted.over(partition_by=target) for counted in (func.count(), func.count(row.sending_village)))
        heap = select(*row, rows.label("rows"), made.label("made")).subquery("heap").c
        is_owed, is_last_word = heap.rows > heap.made, or_(heap.sending_village.is_not(None), heap.made == 0)
        village = func.coalesce(heap.sending_village, heap.village_id)
        return (
            select(village, heap.slot, func.count(heap.sending_village), func.count())
            .where(is_owed, is_last_word, village.in_(VILLAGES))
            .group_by(village, heap.slot)
            .order_by(village, heap.slot)
        )

    # -- once a year, once a quarter -------------------------------------------------------------------------------

    def first_day(
        self,
        measure: Measure,
        since: ColumnElement[Any],
        until: ColumnElement[Any],
        about: tuple[str, ColumnElement[str]] | None = None,
    ) -> Select[Any] | None:
        """The first day of the one form in which the measure shows; None where that form is not published. `about`: a
        field, and what it has to say."""
        form = next(iter(self._published(measure)), None)
        if form is None:
            return None
        row = form.table
        fits = form.answer(about[0], "text") == about[1] if about else true()
        here = row.c.village_id.in_(PLACES), row.c.sending_village.in_(VILLAGES), form.day.between(since, until)
        return select(row.c.sending_village, func.min(form.day)).where(*here, fits).group_by(row.c.sending_village)

    # -- in time ---------------------------------------------------------------------------------------------------

    def sent(self) -> Select[Any] | None:
        """The forms that came in about days of the quarter (arrivals.py); None where no such form is published."""
        rows = [
            select(form.table.c.sending_village, form.table.c.seq, form.day.label("day")).where(
                form.table.c.sending_village.in_(VILLAGES),
                form.table.c.village_id.in_(PLACES),
                form.day.between(FIRST_DAY, AS_OF),
            )
            for form in self._published("sent")
        ]
        if not rows:
            return None
        return came(union_all(*rows).subquery("sent"))


def _owed(stays: FromClause, slot: ColumnElement[str]) -> Select[Any]:
    """What is owed to these people, in line with what was done for them; who does it is not known yet."""
    return select(stays.c.village_id, stays.c.target, cast(slot, Text).label("slot"), null().label("sending_village"))


def _is_active(stays: FromClause, first: ColumnElement[Any], last: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether somebody is a target on some of these days."""
    return and_(stays.c.begins <= last, or_(stays.c.ends.is_(None), stays.c.ends > first))

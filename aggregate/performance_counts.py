"""What the performance of KPMs is judged by, counted for any number of villages: one statement for each duty.

A KPM is credited with what her own phone sent (`origin` of the answers), wherever the target lives today. What nobody
did is owed by the village where the target is at home now. So a move takes no credit from the village that was left,
and puts no blame on the new one for a month in which the other KPM was there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
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

from aggregate.activity import activity
from aggregate.constructs import DayBefore, MonthText, completed_months
from aggregate.duties import FORMS, Counts, Duty, Span, Tally
from aggregate.rules import CHILDREN, MEASURE_FORM, MOTHERS, PAUD, Group, Rules
from aggregate.sources import Source
from forms.periods import month_end
from server.store.model import entities, submissions

# A child's height is to be checked from this age on, as the rule a3 has it.
MEASURED_FROM_MONTHS = 3
# A form that comes in on the fifth day after the day that it speaks of was sent in time.
DAYS_TO_SEND = 5

_OF_THREAD = submissions.alias("of_thread")


def count(connection: Connection, rules: Rules, village_ids: Sequence[str], span: Span) -> dict[str, Counts]:
    """The counts of every village asked for. What no published form asks is left at its zeros."""
    counter = _Counter(connection, rules, village_ids, span)
    found = {village_id: Counts() for village_id in village_ids}
    for village_id, month, tally in counter.by_slot(counter.visits(), counter.targets(MOTHERS, CHILDREN)):
        found[village_id].visits[month] = tally
    for village_id, month, tally in counter.by_slot(counter.paud(), counter.targets(PAUD)):
        found[village_id].paud[month] = tally
    for village_id, _, tally in counter.by_slot(counter.heights(), [counter.children_to_measure()]):
        found[village_id].heights = tally
    for village_id, tally in counter.sent():
        found[village_id].sent = tally
    for village_id, day in counter.first_map():
        found[village_id].first_map = day
    for village_id, day in counter.first_rembuk():
        found[village_id].first_rembuk = day
    for village_id, day in counter.first_meeting():
        found[village_id].first_meeting = day
    return found


class _Counter:
    """The statements for some villages and one span. `places` are these villages, and those that targets moved to."""

    def __init__(self, connection: Connection, rules: Rules, village_ids: Sequence[str], span: Span) -> None:
        self._connection = connection
        self._forms = {source.form_id: source for source in rules.sources if source.is_dated}
        self._villages = sorted(village_ids)
        self._span = span
        self._places = self._where_targets_are()

    def _where_targets_are(self) -> list[str]:
        found, since = {*self._villages}, self._span.quarter.semester_start
        for form in self._published("sent"):
            row = form.table
            sent = (
                select(row.c.village_id).distinct().where(row.c.origin.in_(self._villages), self._counts(form, since))
            )
            found |= {*self._connection.execute(sent).scalars()}
        return sorted(found)

    def _published(self, duty: Duty, group: Group | None = None) -> Iterable[Source]:
        """The forms in which the duty shows, those alone that speak of the group's targets."""
        found = (self._forms[form_id] for form_id in FORMS[duty] if form_id in self._forms)
        return (form for form in found if group is None or form.monitors(group.list))

    def _counts(self, form: Source, since: date) -> ColumnElement[bool]:
        """Whether a row's day lies between `since` and the last day that is looked at."""
        return form.day.between(since, self._span.as_of)

    # -- what was done: target, slot (what it is counted by), origin -----------------------------------------------

    def visits(self) -> list[Select[Any]]:
        return [
            self._rows(form, group.list, MonthText(form.day), self._span.quarter.first_day)
            for group in (MOTHERS, CHILDREN)
            for form in self._published("visits", group)
        ]

    def paud(self) -> list[Select[Any]]:
        first = self._span.quarter.first_day
        return [self._rows(form, PAUD.list, MonthText(form.day), first) for form in self._published("paud", PAUD)]

    def heights(self) -> list[Select[Any]]:
        """Measured once in the half-year is enough, as for the rule a3; here by whomever: the KPM measures too."""
        slot, since = literal(str(self._span.quarter)), self._span.quarter.semester_start
        found = []
        for form in self._published("heights", CHILDREN):
            rows = self._rows(form, CHILDREN.list, slot, since)
            found.append(rows if form.form_id == MEASURE_FORM else rows.where(form.answer("ukur", "text") == "ya"))
        return found

    def _rows(self, form: Source, target_list: str, slot: ColumnElement[str], since: date) -> Select[Any]:
        row = form.table
        target = form.target(target_list)
        return select(row.c.village_id, target.label("target"), cast(slot, Text).label("slot"), row.c.origin).where(
            row.c.village_id.in_(self._places), target.is_not(None), self._counts(form, since)
        )

    # -- what was to do: target, slot, no origin -------------------------------------------------------------------

    def targets(self, *groups: Group) -> list[Select[Any]]:
        """The targets of each month: those active in it."""
        # Whom three months ask for is worked out once: PAUD age is read from the register's JSON.
        stays = union_all(*(self._stays(group) for group in groups)).cte("stays")
        return [
            _owed(stays, month).where(_is_active(stays, first, month_end(first)))
            for month, first in self._span.months.items()
        ]

    def children_to_measure(self) -> Select[Any]:
        """Active in the quarter, and old enough on the last day on which they were (or that is looked at)."""
        stays = self._stays(CHILDREN).add_columns(entities.c.birth_date).subquery("stays")
        months, as_of = self._span.months.values(), literal(self._span.as_of, Date)
        day = case((stays.c.ends <= as_of, DayBefore(stays.c.ends)), else_=as_of)
        return _owed(stays, str(self._span.quarter)).where(
            or_(*(_is_active(stays, first, month_end(first)) for first in months)),
            completed_months(stays.c.birth_date, day) >= MEASURED_FROM_MONTHS,
        )

    def _stays(self, group: Group) -> Select[Any]:
        """From when and until when the group's people in the register are its targets."""
        stay, person = activity(group, entities), entities.c
        return select(
            person.village_id, person.id.label("target"), stay.begins.label("begins"), stay.ends.label("ends")
        ).where(person.village_id.in_(self._places), person.list == group.list)

    # -- both together ---------------------------------------------------------------------------------------------

    def by_slot(self, done: Sequence[Select[Any]], to_do: Sequence[Select[Any]]) -> Iterable[tuple[str, str, Tally]]:
        """Of the targets of each slot, those for whom something was done. Nothing where no form asks it.

        What was done and what was to do lie in one heap and are sorted. A join of the two took SQLite, which expects
        few rows of either, through all of the one for every row of the other.
        """
        if not done:
            return
        row = union(*done, *to_do).subquery("row").c  # what was done twice counts once
        target = (row.target, row.slot, row.village_id)
        rows, made = (counted.over(partition_by=target) for counted in (func.count(), func.count(row.origin)))
        heap = select(*row, rows.label("rows"), made.label("made")).subquery("heap").c
        is_owed, is_last_word = heap.rows > heap.made, or_(heap.origin.is_not(None), heap.made == 0)
        village = func.coalesce(heap.origin, heap.village_id)
        tallies = (
            select(village, heap.slot, func.count(heap.origin), func.count())
            .where(is_owed, is_last_word, village.in_(self._villages))
            .group_by(village, heap.slot)
            .order_by(village, heap.slot)
        )
        for village_id, slot, done_, all_ in self._connection.execute(tallies):
            yield village_id, slot, Tally(done_, all_)

    # -- once a year, once a quarter -------------------------------------------------------------------------------

    def first_map(self) -> Iterable[tuple[str, date]]:
        return self._first_day("social_map", self._span.quarter.year_start)

    def first_rembuk(self) -> Iterable[tuple[str, date]]:
        """The meeting that agreed the plan of this year is often held in the year before."""
        return self._first_day("rembuk", date.min, ("tahun", str(self._span.quarter.year)))

    def first_meeting(self) -> Iterable[tuple[str, date]]:
        """It looks back on the quarter, so that it may also be held after it."""
        return self._first_day(
            "meeting", self._span.quarter.first_day, ("triwulan", str(self._span.quarter)), until=self._span.today
        )

    def _first_day(
        self, duty: Duty, since: date, about: tuple[str, str] | None = None, until: date | None = None
    ) -> Iterable[tuple[str, date]]:
        for form in self._published(duty):
            row = form.table
            wanted = form.answer(about[0], "text") == about[1] if about else true()
            first = select(row.c.origin, func.min(form.day)).where(
                row.c.village_id.in_(self._places),
                row.c.origin.in_(self._villages),
                form.day.between(since, until or self._span.as_of),
                wanted,
            )
            yield from ((origin, day) for origin, day in self._connection.execute(first.group_by(row.c.origin)))

    # -- in time ---------------------------------------------------------------------------------------------------

    def sent(self) -> Iterable[tuple[str, Tally]]:
        """The forms that came in about days of the quarter, and those of them that came in time.

        A correction counts as sent when the form that it corrects was.
        """
        rows = [
            select(form.table.c.origin, form.table.c.seq, form.day.label("day")).where(
                form.table.c.origin.in_(self._villages),
                form.table.c.village_id.in_(self._places),
                self._counts(form, self._span.quarter.first_day),
            )
            for form in self._published("sent")
        ]
        if not rows:
            return
        sent, arrival, first = union_all(*rows).subquery("sent"), submissions, _OF_THREAD
        earliest = (
            select(func.min(first.c.received_at))
            .where(first.c.village_id == arrival.c.village_id, first.c.thread == arrival.c.thread)
            .scalar_subquery()
        )
        # Held against its day's limit here: SQLite would go through the limits of all days for every form.
        moments = select(sent.c.origin, sent.c.day, func.coalesce(earliest, arrival.c.received_at)).join_from(
            sent, arrival, and_(arrival.c.village_id == sent.c.origin, arrival.c.seq == sent.c.seq)
        )
        limits, in_time, all_ = self._limits(), Counter[str](), Counter[str]()
        for village_id, day, moment in self._connection.execute(moments):
            in_time[village_id] += moment < limits[day]
            all_[village_id] += 1
        yield from ((village_id, Tally(in_time[village_id], of)) for village_id, of in all_.items())

    def _limits(self) -> dict[date, datetime]:
        """For each day of the quarter the moment from which on it is too late: midnight, where the villages are."""
        first, zone = self._span.quarter.first_day, self._span.timezone
        days = [first + timedelta(days=number) for number in range((self._span.as_of - first).days + 1)]
        return {
            day: datetime.combine(day + timedelta(days=DAYS_TO_SEND + 1), time.min, zone).astimezone(UTC)
            for day in days
        }


def _owed(stays: FromClause, slot: str) -> Select[Any]:
    """What is owed to these people, in line with what was done for them; who does it is not known yet."""
    return select(stays.c.village_id, stays.c.target, literal(slot, Text).label("slot"), null().label("origin"))


def _is_active(stays: FromClause, first: date, last: date) -> ColumnElement[bool]:
    """Whether somebody is a target on some of these days."""
    return and_(stays.c.begins <= last, or_(stays.c.ends.is_(None), stays.c.ends > first))

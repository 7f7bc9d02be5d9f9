"""What the forms about one mother or child say to each indicator, day by day: the timeline of their page."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, false, or_, select

from aggregate.indicators.questions import Questions
from aggregate.indicators.rules import GROUPS, Rules
from aggregate.scorecard.recap_rows import answer_of
from aggregate.sql.answer_sources import Source
from aggregate.sql.expressions import Lookup, Value, condition, flag
from forms.indicators.rules import Indicator, names_in
from scorecards.people.timeline import Contact


def read_contacts(
    connection: Connection, rules: Rules, village_id: str, target_list: str, target: str, since: date
) -> list[Contact]:
    """Of all groups of the list, the oldest first."""
    found = []
    for group in (one for one in GROUPS if one.list == target_list):
        asked = Questions(rules, group)
        for source in asked.sources if asked.indicators else ():
            row, here = source.table, source.target(group.list) == target

            def answer(name: str, source: Source = source, asked: Questions = asked) -> Value:
                return answer_of(source, name, asked.day_kind(name))

            says = [flag(condition(one.received, answer)).label(one.code) for one in asked.indicators]
            says += [flag(_is_asked(one, answer)).label(f"{one.code}$") for one in asked.indicators]
            query = select(source.day.label("day$"), *says).where(
                row.c.village_id == village_id, here, source.day >= since
            )
            visits = source.form_id == group.monitored_by
            for one in connection.execute(query).mappings():
                yes = frozenset(indicator.code for indicator in asked.indicators if one[indicator.code])
                said = frozenset(indicator.code for indicator in asked.indicators if one[f"{indicator.code}$"])
                found.append(Contact(one["day$"], group.target, visits, said, yes))
    return sorted(found, key=lambda contact: contact.day)


def _is_asked(indicator: Indicator, answer: Lookup) -> ColumnElement[bool]:
    """Whether a row says anything to what the indicator looks at."""
    return or_(false(), *[answer(name).text_or_null().is_not(None) for name in names_in(indicator.received)])

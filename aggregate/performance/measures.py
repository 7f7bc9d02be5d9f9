"""What a KPM's performance is measured by (her duties): in which forms each one shows, and what is counted of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Literal, NamedTuple

from aggregate.indicators.meetings import AGREEMENT_FORM, REVIEW_FORM
from aggregate.indicators.rules import MEASURE_FORM, PAUD_FORM, VISIT_FORM, Rules
from forms.periods import Quarter

Measure = Literal["visits", "heights", "paud", "social_map", "rembuk", "meeting", "sent"]
MAP_FORM = "peta_sosial"
# The forms in which each measure shows, in the order of a KPM's work. It is asked where one of them is published.
FORMS: dict[Measure, tuple[str, ...]] = {
    "visits": (VISIT_FORM,),
    "heights": (VISIT_FORM, MEASURE_FORM),
    "paud": (PAUD_FORM,),
    "social_map": (MAP_FORM,),
    "rembuk": (AGREEMENT_FORM,),
    "meeting": (REVIEW_FORM,),
    "sent": (VISIT_FORM, MEASURE_FORM, PAUD_FORM),
}


class Tally(NamedTuple):
    """How many of how many were done."""

    done: int
    of: int


NONE = Tally(0, 0)


@dataclass
class Counts:
    """What was done in one village. `visits` and `paud`: of the targets of each month that has begun, by month
    (`2026-01`).

    `heights`: of the children to be measured. `sent`: of the forms that came in, those that came in time. The first
    days are those of the year's social map, of its Rembuk Stunting, and of the meeting about the quarter; each is None
    where it was not yet done.
    """

    visits: dict[str, Tally] = field(default_factory=dict)
    paud: dict[str, Tally] = field(default_factory=dict)
    heights: Tally = NONE
    sent: Tally = NONE
    first_map: date | None = None
    first_rembuk: date | None = None
    first_meeting: date | None = None


@dataclass(frozen=True)
class Span:
    """A quarter as it is seen on a day; `timezone` is that of the villages."""

    quarter: Quarter
    today: date
    timezone: tzinfo

    @property
    def as_of(self) -> date:
        return self.quarter.as_of(self.today)

    @property
    def months(self) -> dict[str, date]:
        """The first days of the months that have begun, by name (`2026-01`)."""
        return {first.isoformat()[:7]: first for first in self.quarter.month_starts if first <= self.today}


def asked_measures(rules: Rules) -> frozenset[Measure]:
    """The measures that some published form asks about."""
    published = {source.form_id for source in rules.sources if source.is_dated}
    return frozenset(measure for measure, forms in FORMS.items() if published.intersection(forms))

"""How a KPM did in one quarter, judged by the data that came in: seven measures (her duties), and their mean.

Each measure is a share: how much of what was due was done.
- `visits`: home visits (kunjungan_rumah) of the quarter's months, one for each target active in a month.
- `heights`: children of 0-23 months, at least 3 months old, whose height was checked in the half-year by whomever.
- `paud`: children of PAUD age asked after (pantau_paud), each month.
- `social_map`: a social map of the year, in time. `rembuk`: the Rembuk Stunting that agreed the plan of the year.
- `meeting`: the quarterly meeting about the quarter.
- `sent`: forms about days of the quarter that came in at most five days after the day that they speak of.

What can still be done counts where it is done, and does not count as failed where it is not:
- a visit until its month is over, a height check until the quarter is;
- the social map and the Rembuk until their day of the year. In the quarter in which that day lies they must be done by
  then; in later ones it is enough that they were done at all, so that a late one is held against nobody for a year;
- the meeting until the month after the quarter is over, as it looks back on the whole quarter.
A measure that no published form asks about yet, and one of which nothing was due, has no share. The performance is the
mean of the shares that there are, each with the same weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from aggregate.indicators.published_rules import published_rules
from aggregate.indicators.rules import Rules
from aggregate.performance.measures import FORMS, Counts, Measure, Span, Tally, asked_measures
from aggregate.performance.statements import count, places_of
from aggregate.scorecard.card import Share
from forms.periods import month_end, require_begun


@dataclass(frozen=True)
class DaysOfYear:
    """The last days of the year's social map and of its Rembuk Stunting, each as (month, day)."""

    social_map: tuple[int, int] = (3, 31)
    rembuk: tuple[int, int] = (6, 30)


USUAL = DaysOfYear()


@dataclass(frozen=True)
class Part:
    """One measure. `all`: what is to be done so far, also what is not due yet; `until`: the last day for that, None for
    `sent`, where each form has its own.

    `asked` is whether a published form asks about it.
    """

    measure: Measure
    asked: bool
    share: Share
    all: int
    until: date | None

    @property
    def counts(self) -> bool:
        return self.asked and self.share.due > 0

    def json(self) -> dict[str, Any]:
        until = self.until.isoformat() if self.until else None
        done, due = self.share.received, self.share.due
        return {
            "duty": self.measure,
            "asked": self.asked,
            "done": done,
            "due": due,
            "percent": self.share.percent,
            "all": self.all,
            "until": until,
        }


@dataclass(frozen=True)
class Performance:
    """How the KPM of a village did in a quarter, as seen on `today`.

    `final_from` is the first day on which nothing of it can be done any more. `months`: visits and their targets, by
    month (`2026-01`).
    """

    village_id: str
    quarter: str
    as_of: date
    final_from: date
    today: date
    parts: tuple[Part, ...]
    months: Mapping[str, Tally]

    @property
    def is_final(self) -> bool:
        return self.today >= self.final_from

    @property
    def percent(self) -> str | None:
        """The mean of the parts that count, with one decimal, half up, as `79.2`; None where none does."""
        shares = [Fraction(part.share.received, part.share.due) for part in self.parts if part.counts]
        if not shares:
            return None
        mean = sum(shares, Fraction(0)) / len(shares)
        return Share(mean.numerator, mean.denominator).percent

    def reaches(self, least: float) -> bool:
        """Whether the percent, as it is shown, is at least that: 80.0 on the page never fails at 80."""
        return self.percent is not None and float(self.percent) >= least

    def json(self) -> dict[str, Any]:
        return {
            "village": self.village_id,
            "period": self.quarter,
            "as_of": self.as_of.isoformat(),
            "final_from": self.final_from.isoformat(),
            "final": self.is_final,
            "percent": self.percent,
            "parts": [part.json() for part in self.parts],
            "months": {month: {"visited": tally.done, "targets": tally.of} for month, tally in self.months.items()},
        }


def performance(
    connection: Connection, village_ids: Sequence[str], span: Span, days: DaysOfYear = USUAL
) -> dict[str, Performance]:
    """The performance in each of the villages, by its code. Raises ProblemError FUTURE_PERIOD where the quarter has not
    begun, and NO_RULES where no indicators are published."""
    require_begun(span.quarter, span.today)
    rules = published_rules(connection)
    return judge(connection, rules, village_ids, places_of(connection, village_ids), span, days)


def judge(
    connection: Connection,
    rules: Rules,
    village_ids: Sequence[str],
    places: Sequence[str],
    span: Span,
    days: DaysOfYear,
) -> dict[str, Performance]:
    """The same by the published rules, of a quarter that has begun. `places`: see `places_of`."""
    asked = asked_measures(rules)
    counted = count(connection, rules, village_ids, places, span)
    meeting_until = month_end(span.quarter.last_day + timedelta(days=1))
    return {
        village_id: Performance(
            village_id,
            str(span.quarter),
            span.as_of,
            meeting_until + timedelta(days=1),
            span.today,
            tuple(_part(measure, measure in asked, counts, span, days, meeting_until) for measure in FORMS),
            counts.visits,
        )
        for village_id, counts in counted.items()
    }


def _part(measure: Measure, asked: bool, counts: Counts, span: Span, days: DaysOfYear, meeting_until: date) -> Part:
    quarter = span.quarter
    match measure:
        case "visits":
            return _monthly(measure, asked, counts.visits, span)
        case "paud":
            return _monthly(measure, asked, counts.paud, span)
        case "heights":
            done, all_ = counts.heights
            due = all_ if quarter.last_day < span.today else done
            return Part(measure, asked, Share(done, due), all_, quarter.last_day)
        case "sent":
            return Part(measure, asked, Share(*counts.sent), counts.sent.of, None)
        case "social_map":
            return _yearly(measure, asked, counts.first_map, days.social_map, span)
        case "rembuk":
            return _yearly(measure, asked, counts.first_rembuk, days.rembuk, span)
        case "meeting":
            done = counts.first_meeting is not None and counts.first_meeting <= meeting_until
            return _once(measure, asked, done, meeting_until, is_late=meeting_until < span.today)


def _monthly(measure: Measure, asked: bool, months: Mapping[str, Tally], span: Span) -> Part:
    done = due = all_ = 0
    for month, tally in months.items():
        is_over = month_end(span.months[month]) < span.today
        done += tally.done
        due += tally.of if is_over else tally.done
        all_ += tally.of
    last = max(span.months.values())
    return Part(measure, asked, Share(done, due), all_, month_end(last))


def _yearly(measure: Measure, asked: bool, first: date | None, day: tuple[int, int], span: Span) -> Part:
    """In time in the quarter in which its last day lies; done at all is enough later, and nothing is due before."""
    until = date(span.quarter.year, *day)
    done = first is not None and (first <= until or until < span.quarter.first_day)
    return _once(measure, asked, done, until, is_late=until < span.today and until <= span.quarter.last_day)


def _once(measure: Measure, asked: bool, done: bool, until: date, *, is_late: bool) -> Part:
    return Part(measure, asked, Share(int(done), int(done or is_late)), 1, until)

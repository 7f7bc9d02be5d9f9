"""What a promise came to, decided from what the meetings said and the visits found. Pure: no database, no clock.

When it was made is the last quarter that was over by then, the quarter that the meeting looked at; of who was not
counted in that one, the meeting's own quarter. What a household has is what was found in the latest quarter in which
it was visited: a new quarter, in which nobody has called yet, takes nothing away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from aggregate.indicators.meetings import CALLED_OFF, DONE
from aggregate.promises.made import Made
from aggregate.promises.seen import Compared, HomeQuarter, Lacking, Person, has_all
from forms.periods import FIRST_YEAR, PAUD_MONTHS, Quarter
from forms.region_names import dusun_key

# Of a household: it lacked a service and receives it; it still lacks it; it received it before already; or the service
# is not due to it (or it is not among those counted).
HomeState = Literal["closed", "open", "had", "not_due"]
_Row = TypeVar("_Row", Lacking, Person)
FIRST_QUARTER = Quarter(FIRST_YEAR, 1)
# Quarters after which nobody is a target of the same service any more.
LONGEST_STAY = PAUD_MONTHS // 3


@dataclass(frozen=True)
class Effect:
    """`lacking` households, or people where no household is named, lacked a service when it was promised; `closed` of
    them receive it. None in both: nothing is counted from visits. `homes`: every household that is named."""

    lacking: int | None
    closed: int | None
    homes: Mapping[str, HomeState]


NOT_COUNTED = Effect(None, None, {})


def baseline(agreed_on: date) -> Quarter:
    """The last quarter that was over on the day of the meeting; the meeting's own where its day is a slip, before which
    there are none."""
    own = Quarter.of(agreed_on)
    return own if own == FIRST_QUARTER else own.plus(-1)


def compared(meetings: Iterable[date], today: date) -> Compared:
    """Between which quarters it is compared who receives what in whole hamlets, for what meetings of these days
    decided."""
    before = {quarter for day in meetings for quarter in (baseline(day), Quarter.of(day))}
    running = Quarter.of(today)
    after = {quarter.plus(number) for quarter in before for number in range(1, LONGEST_STAY + 1)}
    return Compared({str(one) for one in before}, {str(one) for one in after if one <= running}, str(running.plus(-1)))


def effect_on_homes(promise: Made, seen: Mapping[str, Sequence[HomeQuarter]]) -> Effect:
    """Of the households that it names; `seen` by household, the oldest quarter first."""
    homes = {home: _home_state(promise, seen.get(home, ())) for home in promise.households}
    closed = sum(state == "closed" for state in homes.values())
    return Effect(closed + sum(state == "open" for state in homes.values()), closed, homes)


def _home_state(promise: Made, quarters: Sequence[HomeQuarter]) -> HomeState:
    first, own = str(baseline(promise.agreed_on)), str(Quarter.of(promise.agreed_on))
    at = [one for one in quarters if one.quarter >= first]
    then = (has_all(one.has, promise.services) for one in at if one.quarter <= own)
    before = next((has for has in then if has is not None), None)
    if before is not False:
        return "had" if before else "not_due"
    visits = [has for one in at if (has := has_all(one.visited, promise.services)) is not None]
    return "closed" if visits and visits[-1] else "open"


def effect_on_hamlet(promise: Made, lacks: Iterable[Lacking]) -> Effect:
    """Of all in the hamlet, or in the village, that it is for, at most as many as it was to reach. `lacks` are those of
    its village."""
    those = meant(promise.services, promise.dusun, promise.agreed_on, lacks)
    lacked, closed = sum(one.people for one in those), sum(one.closed for one in those)
    wanted = lacked if promise.wanted is None else min(promise.wanted, lacked)
    return Effect(wanted, min(wanted, closed), {})


def meant(services: Collection[str], dusun: str, agreed_on: date, rows: Iterable[_Row]) -> list[_Row]:
    """The rows of whom a promise without households is for, of the quarter that its meeting looked at."""
    those = [one for one in rows if one.code in services and _is_in(one.dusun, dusun)]
    counted = {one.quarter for one in those}
    looked_at = str(baseline(agreed_on))
    if looked_at not in counted:
        looked_at = str(Quarter.of(agreed_on))  # nobody was counted before
    return [one for one in those if one.quarter == looked_at]


def _is_in(dusun: str, wanted: str) -> bool:
    return not wanted or dusun_key(dusun) == dusun_key(wanted)


def is_done(state: str, effect: Effect) -> bool:
    """Whether a promise is kept: a meeting says that it is finished, or all households that it names and that lacked a
    service receive it. Counts of a whole village rise and fall by themselves: they keep no promise."""
    if state == CALLED_OFF:
        return False
    return state == DONE or (bool(effect.homes) and bool(effect.lacking) and effect.closed == effect.lacking)


def is_overdue(*, done: bool, state: str, due: date | None, today: date) -> bool:
    """Whether its day has passed and it is neither kept nor called off."""
    return due is not None and due < today and not done and state != CALLED_OFF

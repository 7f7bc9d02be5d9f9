"""What pages ask of promises, answered from the database: one call a page, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from aggregate.promises.effects import compared, meant
from aggregate.promises.ledger import called, late_villages, village_promises
from aggregate.promises.seen import lacking_now, people_in
from aggregate.promises.solver import best_plan
from aggregate.service.cards import StoredCards
from aggregate.service.villages import Village, labels_of
from forms.periods import Quarter
from scorecards.promises.plans import Gap, Helped, Wish, services_of
from scorecards.promises.sources import Lacked, LateVillages, Ledger, Promise
from scorecards.sources import IndicatorLabel, Place
from server.database.engine import reading
from server.villages.regions import NATION, bare_names

# Villages with overdue promises shown on the page of a region: a kabupaten has fewer.
MOST_LATE = 400


class StoredPromises:
    """The promise ledgers of villages, written when their cards are counted, and what is overdue in a region."""

    def __init__(self, cards: StoredCards, engine: Engine, today: Callable[[], date]) -> None:
        self._cards = cards
        self._engine = engine
        self._today = today

    def ledger(self, code: str, *, names: bool = False) -> Ledger:
        """As `Promises.ledger`. Raises ProblemError UNKNOWN_VILLAGE, and NO_RULES."""
        return self._cards.read_village(code, None, lambda village, _: ledger_of(village, names=names, people=names))

    def helped(self, code: str, wish: Wish, *, names: bool = False) -> Helped:
        """As `Promises.helped`. Raises ProblemError UNKNOWN_VILLAGE, and NO_RULES."""
        return helped(wish, self._cards.read_village(code, None, lambda village, _: gaps_of(village, names=names)))

    def late(self, region: str) -> tuple[str, date, LateVillages]:
        today = self._today()
        with reading(self._engine) as connection:
            name = "" if region == NATION else bare_names(connection, [region]).get(region, "")
            return name, today, late_villages(connection, region, today, MOST_LATE)


def ledger_of(village: Village, *, names: bool, people: bool = False) -> Ledger:
    """As `Promises.ledger`; `people`: with whom promises without households are about."""
    promises = village_promises(village.connection, village.place.code, village.today)
    lacked = _people(village, promises) if people else {}
    homes = {home for one in promises for home in one.homes} if names else set()
    labels = {one.code: one for one in labels_of(village.rules.newest.indicators)}
    known = called(village.connection, village.place.code, homes | {one.id for of in lacked.values() for one in of})
    return Ledger(village.place, village.today, promises, labels, known, lacked)


def _people(village: Village, promises: Sequence[Promise]) -> dict[str, list[Lacked]]:
    """By promise without households of which something is counted: who lacked it."""
    general = [one for one in promises if one.lacking is not None and not one.homes]
    if not general:
        return {}
    codes = {code for one in general for code in one.services}
    quarters = compared((one.agreed_on for one in general), village.today)
    rows = list(people_in(village.connection, village.rules.newest, village.place.code, codes, quarters))
    return {
        one.id: [
            Lacked(row.target, row.code, row.closed)
            for row in meant(one.services, one.dusun, one.agreed_on, rows)
            if row.lacked
        ]
        for one in general
    }


@dataclass(frozen=True)
class Gaps:
    """The households of a village that lack something now. `called`, `quarter` and `indicators` as in Helped."""

    place: Place
    gaps: Sequence[Gap]
    called: Mapping[str, str]
    quarter: Quarter
    indicators: Sequence[IndicatorLabel]


def gaps_of(village: Village, *, names: bool) -> Gaps:
    """`names`: with what households are called."""
    code, running = village.place.code, Quarter.of(village.today)
    lacks = lacking_now(village.connection, village.rules.newest, code, str(running), str(running.plus(-1)))
    gaps = [Gap(home, dusun, services_of(codes)) for home, (dusun, codes) in sorted(lacks.items()) if codes]
    known = called(village.connection, code, set(lacks) if names else set())
    return Gaps(village.place, gaps, known, running, labels_of(village.rules.newest.counted))


def helped(wish: Wish, found: Gaps) -> Helped:
    """What the budget could do about the gaps; not in a transaction, as it takes the solver up to two seconds."""
    plan = best_plan(found.gaps, wish.costs, wish.budget)
    lacking = Counter(service for gap in found.gaps for service in gap.services)
    return Helped(found.place, wish, plan, len(found.gaps), lacking, found.called, found.quarter, found.indicators)

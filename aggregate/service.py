"""What the scorecard pages ask for, answered from the store: a composition root, so that pages know no SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine, func, select

from aggregate.formulir1.report import read_formulir1
from aggregate.scorecard.card import read_card
from aggregate.scorecard.refresh import refresh_village
from aggregate.scorecard.totals import village_totals
from forms.periods import Quarter
from scorecards.sources import IndicatorLabel, Place, TrendPoint, VillageTotal
from server.accounts.users import NATION
from server.database.engine import reading
from server.database.tables import entities
from server.villages import regions

# The home page lists villages for a kecamatan or a small kabupaten; beyond that people go by the village's address.
MOST_ON_HOME = 300


class StoredCards:
    """Villages and their cards; a card that is out of date is counted again when it is asked for."""

    def __init__(self, engine: Engine, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today

    def village(self, code: str) -> Place | None:
        with reading(self._engine) as connection:
            names = regions.names_above(connection, code)
        return Place(code, *names) if len(names) == len(Place._fields) - 1 else None

    def villages(self, region: str = NATION) -> Sequence[VillageTotal]:
        with reading(self._engine) as connection:
            totals = village_totals(connection, region, self.current_quarter(), MOST_ON_HOME)
            found = []
            for code, share in totals.items():
                names = regions.names_above(connection, code)
                if names:
                    found.append(VillageTotal(Place(code, *names), share.received, share.due))
        return found

    def current_quarter(self) -> Quarter:
        return Quarter.of(self._today())

    def first_quarter(self, code: str) -> Quarter | None:
        first = select(func.min(entities.c.registered_on)).where(entities.c.village_id == code)
        with reading(self._engine) as connection:
            day = connection.execute(first).scalar_one()
        return Quarter.of(day) if day else None

    def card(self, code: str, quarter: Quarter) -> dict[str, Any]:
        refresh_village(self._engine, code, self._today())
        with reading(self._engine) as connection:
            return read_card(connection, code, quarter, self._today()).json()

    def formulir1(self, code: str) -> dict[str, Any]:
        refresh_village(self._engine, code, self._today())
        with reading(self._engine) as connection:
            return read_formulir1(connection, code, self._today()).json()

    def trend(self, code: str, quarter: Quarter) -> Sequence[TrendPoint]:
        with reading(self._engine) as connection:
            card = read_card(connection, code, quarter, self._today())
        return [TrendPoint(past, share.received, share.due) for past, share in card.trend]

    def indicators(self, code: str, quarter: Quarter) -> Sequence[IndicatorLabel]:
        with reading(self._engine) as connection:
            counted = [row.indicator for row in read_card(connection, code, quarter, self._today()).indicators]
        return [IndicatorLabel(one.code, one.label_id, one.label_en, one.sector, one.target) for one in counted]

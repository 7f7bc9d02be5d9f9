"""What the KPM's pages and the command ask for: her performance, judged by the store. A composition root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Engine

from aggregate.performance.duties import Span
from aggregate.performance.report import DaysOfYear, performance
from aggregate.service import StoredCards
from forms.periods import Quarter, asked_quarter
from server.database.engine import reading
from server.settings import Settings


class StoredPerformances:
    """How the KPM of a village did in a quarter, by the settings of this server."""

    def __init__(self, engine: Engine, settings: Settings, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._timezone = settings.timezone
        self._days = DaysOfYear(settings.social_map_by, settings.rembuk_by)
        self._incentive_from = settings.incentive_from
        self.first_quarter = StoredCards(engine, today).first_quarter

    def quarter(self, period: str | None) -> Quarter:
        """The quarter that is asked for, the running one without `period`. Raises ProblemError BAD or FUTURE_PERIOD."""
        return asked_quarter(period, self._today())

    def of(self, code: str, quarter: Quarter) -> dict[str, Any]:
        """As JSON, with the least percent for the incentive, and whether it is met once all is final."""
        span = Span(quarter, self._today(), self._timezone)
        with reading(self._engine) as connection:
            found = performance(connection, [code], span, self._days)[code]
        met = found.reaches(self._incentive_from) if found.is_final else None
        return {**found.json(), "incentive_from": self._incentive_from, "incentive": met}

"""What pages ask of how a KPM did, answered from the database: one call a page, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select

from aggregate.indicators.published_rules import published_rules
from aggregate.indicators.rules import Rules
from aggregate.performance.measures import Span
from aggregate.performance.report import DaysOfYear, judge
from aggregate.performance.statements import places_of
from forms.periods import Quarter, asked_quarter, quarters_between
from forms.problems import ProblemError
from server.database.engine import reading
from server.database.tables import entities
from server.settings import Settings

_FIRST_DAY = select(func.min(entities.c.registered_on)).where(entities.c.village_id == bindparam("of_village"))


class StoredPerformances:
    """How the KPM of a village did in a quarter, by the settings of this server."""

    def __init__(self, engine: Engine, settings: Settings, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._timezone = settings.timezone
        self._days = DaysOfYear(settings.social_map_by, settings.rembuk_by)
        self._incentive_from = settings.incentive_from

    def quarter(self, period: str | None) -> Quarter:
        """The quarter that is asked for, the running one without `period`. Raises ProblemError BAD or FUTURE_PERIOD."""
        return asked_quarter(period, self._today())

    def of(self, code: str, quarter: Quarter) -> dict[str, Any]:
        """As JSON (`Performance.json`), with the least percent for the incentive, and whether it is met once all is
        final. Raises ProblemError NO_RULES where nothing can be counted."""
        with reading(self._engine) as connection:
            rules = published_rules(connection)
            return self._judged(connection, rules, code, places_of(connection, [code]), quarter)

    def latest(
        self, code: str, last: Quarter, most: int
    ) -> tuple[Quarter | None, list[Mapping[str, Any]] | ProblemError]:
        """The first quarter with data of the village (None: no data yet), and the performance in the last quarter and
        in those before it that have data, at most so many and the latest first; or why nothing can be counted."""
        with reading(self._engine) as connection:
            day = connection.execute(_FIRST_DAY, {"of_village": code}).scalar_one()
            first = Quarter.of(day) if day else None
            begin = min(max(first or last, last.plus(1 - most)), last)
            try:
                rules = published_rules(connection)
            except ProblemError as error:
                return first, error
            quarters, places = reversed(quarters_between(begin, last)), places_of(connection, [code])
            return first, [self._judged(connection, rules, code, places, quarter) for quarter in quarters]

    def _judged(
        self, connection: Connection, rules: Rules, code: str, places: Sequence[str], quarter: Quarter
    ) -> dict[str, Any]:
        span = Span(quarter, self._today(), self._timezone)
        found = judge(connection, rules, [code], places, span, self._days)[code]
        met = found.reaches(self._incentive_from) if found.is_final else None
        return {**found.json(), "incentive_from": self._incentive_from, "incentive": met}

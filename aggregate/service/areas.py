"""What pages ask of regions, answered from the cards of their villages as they were counted last, in one transaction.

Nothing is counted here: the page of a region says when its cards were, and how many villages wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine

from aggregate.areas.levels import Levels, last_contacts, listed_villages, village_levels
from aggregate.areas.rows import count_villages, counted_quarters, newest_rules, village_rows
from aggregate.areas.sums import Sums, added_up, cards_of, part_sums, region_sums
from aggregate.indicators.published_rules import Published, reading_published
from aggregate.indicators.rules import Rules
from aggregate.promises.ledger import late_villages
from aggregate.scorecard.card import card_of
from aggregate.service.villages import counted_card, labels_of
from forms.periods import Quarter, asked_quarter
from scorecards.areas.dictionary import DataColumn, columns_of, row_of
from scorecards.areas.figure import area_figure
from scorecards.areas.groups import SIGNED, chosen, named
from scorecards.areas.levels import below, pick
from scorecards.areas.sources import AreaCards, AreaFigure, AreaQuarter, AreaRows, AreaVillages, Region
from scorecards.shares import USUAL, Thresholds
from scorecards.small_counts import public_card
from scorecards.sources import CountedCard
from server.database.engine import reading
from server.villages import signed_reports
from server.villages.areas import regions_above
from server.villages.regions import bare_names

# Villages with overdue promises that the page names.
MOST_LATE = 5
# Quarters that are compared.
QUARTERS = 8


class StoredAreas:
    """Regions, and what the stored cards of their villages come to."""

    def __init__(self, engine: Engine, today: Callable[[], date], zone: tzinfo, thresholds: Thresholds = USUAL) -> None:
        self._engine = engine
        self._today = today
        self._zone = zone
        self._thresholds = thresholds

    def area(self, code: str, period: str | None, *, hides: bool = False) -> AreaCards:
        """What the region's page shows (`Areas.area`). Raises ProblemError NO_SUCH_AREA, BAD_PERIOD or FUTURE_PERIOD,
        and NO_RULES."""
        today = self._today()
        quarter = asked_quarter(period, today)
        with reading_published(self._engine) as (connection, found):
            *above, region = [Region(one.code, one.name) for one in regions_above(connection, code)]
            levels = village_levels(connection, code, quarter, today, found.newest if hides else None)
            rules = _rules_of(connection, found, levels)
            sums = region_sums(connection, rules, code, quarter.plus(1 - QUARTERS), quarter, hides=hides)
            return self._area(connection, region, above, quarter, levels, rules, sums)

    def figure(self, code: str, period: str, name: str, *, hides: bool = False) -> AreaFigure:
        """A number of the region's page by what lies right below (`Areas.figure`). Raises ProblemError as `area` does,
        and NO_SUCH_NUMBER."""
        today = self._today()
        quarter = asked_quarter(period, today)
        with reading_published(self._engine) as (connection, found):
            *above, region = [Region(one.code, one.name) for one in regions_above(connection, code)]
            number = newest_rules(connection, code, quarter)
            rules = found.newest if number is None else found.numbered(connection, number)
            figure = area_figure(name, rules.indicators)
            parts = part_sums(connection, rules, code, quarter, hides=hides)
            return AreaFigure(
                figure=figure,
                region=region,
                above=above,
                quarter=quarter,
                together=_counted(code, quarter, added_up(parts.values()), rules, today),
                parts={one: _counted(one, quarter, sums, rules, today) for one, sums in parts.items()},
                names=bare_names(connection, set(parts)),
            )

    def villages(self, code: str, period: str, name: str, *, hides: bool = False) -> AreaVillages:
        """The villages that a number of the region's page counts (`Areas.villages`). Raises ProblemError as `area`
        does."""
        today = self._today()
        quarter = asked_quarter(period, today)
        with reading_published(self._engine) as (connection, found):
            *above, region = [Region(one.code, one.name) for one in regions_above(connection, code)]
            every = village_levels(connection, code, quarter, today, found.newest if hides else None).villages
            signed = signed_reports.villages_with(connection, code, str(quarter)) if name == SIGNED else set()
            those = chosen(name, every, signed, self._thresholds)
            return AreaVillages(name, region, above, quarter, every, those, bare_names(connection, named(code, those)))

    def rows(self, code: str, period: str | None, *, hides: bool = False) -> AreaRows:
        """All figures of the region's villages, a row each (`Areas.rows`). Raises ProblemError as `area` does."""
        today = self._today()
        quarter = asked_quarter(period, today)
        with reading_published(self._engine) as (connection, found):
            region = regions_above(connection, code, or_village=True)[-1]
            number = newest_rules(connection, code, quarter)
            rules = found.newest if number is None else found.numbered(connection, number)
            count = count_villages(connection, code)
        fathers = {one.code for one in rules.indicators if one.also}
        labels = labels_of(rules.indicators)
        columns = columns_of(labels, fathers)

        def values() -> Iterator[list[Any]]:
            with reading(self._engine) as connection:
                for place, card in village_rows(connection, rules, code, quarter):
                    yield row_of(columns, public_card(card, labels) if hides else card, place.bare())

        return AreaRows(Region(region.code, region.name), quarter, columns, values, count)

    def columns(self) -> tuple[DataColumn, ...]:
        """The columns of those rows by the rules in force. Raises ProblemError NO_RULES."""
        with reading_published(self._engine) as (_, found):
            indicators = found.newest.indicators
        return columns_of(labels_of(indicators), {one.code for one in indicators if one.also})

    def quarters(self) -> list[Quarter]:
        """The quarters that have a card of some village, the latest first."""
        with reading_published(self._engine) as (connection, _):
            return counted_quarters(connection)

    def _area(
        self,
        connection: Connection,
        region: Region,
        above: Sequence[Region],
        quarter: Quarter,
        levels: Levels,
        rules: Rules,
        sums: dict[Quarter, Sums],
    ) -> AreaCards:
        today, before = self._today(), quarter.plus(-1)
        picked = pick(levels.villages, self._thresholds)
        helped = {
            row["village_id"]: _counted(row["village_id"], quarter, row, rules, today)
            for row in cards_of(connection, rules, [one.code for one in picked.help], quarter)
        }
        contacts = last_contacts(connection, [one.code for one in picked.silent])
        return AreaCards(
            region=region,
            above=above,
            quarter=quarter,
            current=Quarter.of(today),
            counting=levels.counting,
            together=_counted(region.code, quarter, sums.get(quarter, {}), rules, today),
            before=_counted(region.code, before, sums[before], rules, today) if before in sums else None,
            trend=[_of_quarter(one, sums[one]) for one in sorted(sums)],
            villages=levels.villages,
            picked=picked,
            listed=listed_villages(connection, region.code),
            names=bare_names(connection, _named(region.code, levels, picked.codes)),
            cards=helped,
            late=late_villages(connection, region.code, today, MOST_LATE).shown,
            signed=signed_reports.count(connection, region.code, str(quarter)),
            contacts={one: at.astimezone(self._zone).date() if at else None for one, at in contacts.items()},
        )


def _rules_of(connection: Connection, found: Published, levels: Levels) -> Rules:
    """The newest of the rules that the quarter's cards were counted by, and in force where there is no card."""
    return found.numbered(connection, max(levels.rules)) if levels.rules else found.newest


def _named(region: str, levels: Levels, picked: set[str]) -> set[str]:
    """The codes of all that the page names: what lies right below the region, the villages, and their kecamatan."""
    areas = {below(region, one.code) for one in levels.villages}
    return areas | picked | {code.rpartition(".")[0] for code in picked}


def _counted(code: str, quarter: Quarter, figures: Sums, rules: Rules, today: date) -> CountedCard:
    return counted_card(card_of(code, "", quarter, figures, rules, today))


def _of_quarter(quarter: Quarter, sums: Sums) -> AreaQuarter:
    received, due = (sums[f"pregnant_{name}"] + sums[f"children_{name}"] for name in ("received", "due"))
    return AreaQuarter(quarter, received, due, sums["villages"], sums["reporting"])

"""Small counts are replaced by the same rules in a query as on a card, and sums of regions are of what they tell."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, update

from aggregate.areas.sums import region_sums
from aggregate.indicators.published_rules import published_rules
from aggregate.indicators.rules import Rules
from aggregate.indicators.tables import stored_cards
from aggregate.scorecard.card import card_of
from aggregate.scorecard.totals import village_totals
from aggregate.service.villages import counted_card
from forms.periods import Quarter
from scorecards.small_counts import NOT_TOLD, stand_in
from server.database.engine import reading, writing
from tests.support.filled_cards import DISTRICT, Row, fill_district

QUARTER, TODAY = Quarter(2026, 1), date(2026, 3, 10)
COUNT = 60
COUNTS = ("table1", "table2", "table3", "table4", "complete", "sectors", "not_monitored", "this_month")


def made_small(row: Row, rules: Rules, chance: random.Random) -> Row:
    """The row as of a village with few people, and so with many small counts of all kinds."""
    small: Row = {}
    for group, colours in (("pregnant", ()), ("children", ("green", "yellow", "red", "none"))):
        parts = [chance.choice((0, 0, 1, 2, 3, 9)) for _ in range(4)]
        small |= {f"tikar_{colour}": part for colour, part in zip(colours, parts, strict=False)}
        small[group] = sum(parts)
        small |= {f"{group}_{part}": chance.randint(0, small[group]) for part in ("at_risk", "not_monitored", "now")}
        small |= {f"{group}_now_monitored": chance.randint(0, small[f"{group}_now"])}
        small |= {f"{group}_received": 0, f"{group}_due": 0}
    for one in rules.indicators:
        group = "pregnant" if one.target == "ibu_hamil" else "children"
        due = chance.randint(0, small[group])
        received = chance.randint(0, due)
        small |= {f"{one.code}_received": received, f"{one.code}_due": due}
        small |= {f"{one.code}_also": received // 2} if one.also else {}
        if one.scores:
            small[f"{group}_received"] += received
            small[f"{group}_due"] += due
    homes = [chance.choice((0, 0, 1, 2, 3, 8)) for _ in range(6)]
    small |= {f"sectors_{reached}": count for reached, count in enumerate(homes)}
    return row | small | {"households": sum(homes), "complete": homes[5]}


@pytest.fixture
def cards(own_store: Engine) -> dict[str, Row]:
    """The rows of a district's cards, by the code of the village."""
    chance = random.Random(7)
    rows = fill_district(own_store, [QUARTER], TODAY, count=COUNT)
    with writing(own_store) as connection:
        rules = published_rules(connection)
        found = {row["village_id"]: made_small(row, rules, chance) for row in rows}
        table = stored_cards(rules)
        for code, row in found.items():
            connection.execute(update(table).where(table.c.village_id == code).values(row))
    return found


def figures(card: dict[str, Any]) -> dict[str, Any]:
    """Of a card without its percents; where nothing is told, nothing is added up."""
    found: dict[str, Any] = {name: card[name] for name in COUNTS}

    def bare(value: Any) -> Any:
        match value:
            case dict():
                return {name: bare(one) for name, one in value.items() if name != "percent"}
            case list():
                return [bare(one) for one in value]
            case _:
                return 0 if value == NOT_TOLD else value

    plain: dict[str, Any] = bare(found)
    return plain


def test_query_and_card__replace_small_counts_alike(own_store: Engine, cards: dict[str, Row]) -> None:
    hidden = 0
    with reading(own_store) as connection:
        rules = published_rules(connection)
        totals = village_totals(connection, DISTRICT, QUARTER, COUNT, public=rules)
        for code, row in cards.items():
            counted = counted_card(card_of(code, "", QUARTER, row, rules, TODAY))
            replaced = figures(stand_in(*counted))
            sums = region_sums(connection, rules, code, QUARTER, QUARTER, hides=True)[QUARTER]
            shown = figures(card_of(code, "", QUARTER, sums, rules, TODAY).json())
            one, two = (counted.card["table1"][group]["total"] for group in ("pregnant", "children"))
            if 0 < max(one, two) < 3:  # of neither group the level is told
                assert shown["table4"]["total"] == {"received": 0, "due": 0}
            for group, total in (("pregnant", one), ("children", two)):
                if 0 < total < 3:  # the query keeps it as a part of the sum
                    shown["table4"][group] = replaced["table4"][group]
            assert shown == replaced, code
            level = replaced["table4"]["total"]
            assert (totals[code].share.received, totals[code].share.due) == (level["received"], level["due"])
            hidden += replaced != figures(counted.card)
    assert hidden > COUNT * 0.9


def test_region__adds_up_what_its_villages_tell(own_store: Engine, cards: dict[str, Row]) -> None:
    with reading(own_store) as connection:
        rules = published_rules(connection)
        shown = [
            figures(stand_in(*counted_card(card_of("", "", QUARTER, row, rules, TODAY)))) for row in cards.values()
        ]
        sums = region_sums(connection, rules, DISTRICT, QUARTER, QUARTER, hides=True)[QUARTER]
        together = figures(card_of("", "", QUARTER, sums, rules, TODAY).json())
    for place, row in enumerate(together["table3"]):
        assert row["received"] == sum(one["table3"][place]["received"] for one in shown)
        assert row["due"] == sum(one["table3"][place]["due"] for one in shown)
    for group in ("pregnant", "children"):
        assert together["table1"][group]["total"] == sum(one["table1"][group]["total"] for one in shown)
    for part in ("received", "due"):
        assert together["table4"]["total"][part] == sum(one["table4"]["total"][part] for one in shown)
    assert together["sectors"] == {name: sum(one["sectors"][name] for one in shown) for name in together["sectors"]}

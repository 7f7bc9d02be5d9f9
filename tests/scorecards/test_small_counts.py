"""Small counts of people in the dark: none of them is told, nor can it be worked out from what is."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product

import pytest

from scorecards.small_counts import Told, public_card, public_formulir1, stand_in, told, told_parts, told_share
from tests.support.made_up import COUNTS, INDICATORS, make_card
from tests.support.made_up_formulir1 import make_formulir1


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, "<3"), (2, "<3"), (3, 3), (118, 118)])
def test_told__one_and_two_are_few(count: int, shown: Told) -> None:
    assert told(count) == shown


def alike(worlds: Iterable[tuple[int, ...]], tell: Callable[[tuple[int, ...]], object]) -> list[set[tuple[int, ...]]]:
    """Those of which the same is told: who knows the rule as well as these lines cannot tell them apart."""
    found = defaultdict(set)
    for world in worlds:
        found[repr(tell(world))].add(world)
    return list(found.values())


def test_parts__who_knows_whole_and_rule_cannot_work_out_a_small_one() -> None:
    worlds = [parts for parts in product(range(15), repeat=4) if 3 <= sum(parts) < 15]
    compared = 0
    for those in alike(worlds, lambda parts: (told(sum(parts)), told_parts(parts))):
        for parts in those:
            for place, part in enumerate(parts):
                if 0 < part < 3:
                    compared += 1
                    assert any(other[place] != part for other in those), parts
    assert compared > 1000


def test_share__who_knows_the_rule_cannot_work_out_who_received_or_did_not() -> None:
    for due in range(1, 40):
        for those in alike([(received,) for received in range(due + 1)], lambda one, due=due: told_share(one[0], due)):  # type: ignore[misc]
            for (received,) in those:
                if 0 < received < 3 or 0 < due - received < min(3, due):
                    assert len(those) > 1 or due == 1, (received, due)
    assert len({told_share(received, due) for due in (1, 2) for received in range(1, due + 1)}) == 1


@pytest.mark.parametrize(
    ("received", "due", "shown"),
    [
        (0, 0, (0, 0)),
        (0, 9, (0, 9)),
        (9, 9, (9, 9)),
        (5, 9, (5, 9)),
        (2, 9, ("<3", 9)),
        (7, 9, (">6", 9)),
        (8, 9, (">6", 9)),
        (3, 4, ("<4", 4)),
        (1, 2, ("<3", "<3")),
    ],
)
def test_share__neither_who_received_nor_who_did_not(received: int, due: int, shown: tuple[Told, Told]) -> None:
    assert told_share(received, due) == shown


def test_card__no_count_of_one_or_two_people_and_no_percent_that_tells_it() -> None:
    card = public_card(make_card(COUNTS | {"ih5": (2, 5), "ih3": (5, 6), "a5": (1, 2)}), INDICATORS)
    rows = {row["code"]: row for row in card["table3"]}
    assert (rows["ih5"]["received"], rows["ih5"]["due"], rows["ih5"]["percent"]) == ("<3", 5, None)
    assert (rows["ih3"]["received"], rows["ih3"]["due"], rows["ih3"]["percent"]) == (">3", 6, None)
    assert (rows["a5"]["received"], rows["a5"]["due"], rows["a5"]["percent"]) == ("<3", "<3", None)
    assert rows["a2"]["percent"] == "78.0"
    people = json.dumps({name: card[name] for name in ("table1", "table2", "table3", "complete", "sectors")})
    assert re.findall(r": [12][,}]", people.replace('"number"', "")) == []


def test_card__sums_of_services_are_of_what_stands_in_for_small_counts() -> None:
    one, two = (make_card(COUNTS | {"ih5": (few, 5), "ih3": (missing, 6)}) for few, missing in ((1, 4), (2, 5)))
    assert one["table4"]["pregnant"] != two["table4"]["pregnant"]
    shown = public_card(one, INDICATORS)
    assert shown == public_card(two, INDICATORS)
    others = sum(COUNTS[code][0] for code in COUNTS if code.startswith("ih") and code not in ("ih5", "ih3"))
    assert shown["table4"]["pregnant"]["received"] == others + 2 + 4


def test_card__without_small_counts_is_told_as_it_is() -> None:
    card = make_card(dict.fromkeys(COUNTS, (30, 60)))
    plain = {name: part for name, part in card.items() if name in ("table3", "table4", "table5")}
    assert {name: public_card(card, INDICATORS)[name] for name in plain} == plain


def test_stand_in__of_a_card_that_is_replaced_already_is_that_card() -> None:
    card = stand_in(make_card(COUNTS | {"ih5": (2, 5), "ih3": (5, 6), "a5": (1, 2)}), INDICATORS)
    assert stand_in(card, INDICATORS) == card


def test_formulir_1__likewise() -> None:
    told_all = json.dumps(public_formulir1(make_formulir1()))
    assert re.findall(r'": [12][,}]', told_all) == []

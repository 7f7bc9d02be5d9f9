"""Counts of people as the public sees them where the setting SMALL_COUNTS_HIDDEN is on: small ones stay in the dark.

One or two people of a village can be guessed. Whoever may not see them gets all figures from a card on which they are
replaced (`stand_in`): whatever they are, it is the same card, so no page, file, sum or percent can tell one from two.

- One or two count as two, and are told as "<3". Nobody is nobody: 0 stays 0.
- Received of due: so do those who did not receive; one or two less than all count as two less, told as ">27" of 30.
- Parts of a whole that is told beside them: the first other part makes up the difference, and is told as ">27". Where
  it is too small for that, no part is told at all.
- Sums of services and of villages add up these figures, so that they may be off by one for each that is hidden. The
  level of one or two people is not told.

What this does not hide is in docs/admin.md. The rules are written once, for figures and for columns of a query alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from forms.percent import percent
from scorecards.sources import Card, IndicatorLabel

LEAST = 3
NOT_TOLD = "…"
Told = int | str
"""A count as it is told: a figure, or a text such as "<3", ">27" or NOT_TOLD."""

# Parts of a whole, in the order in which they make up the difference: what is least delicate comes first.
COLOURS = ("green", "yellow", "not_measured", "red")
SECTORS_SERVED = ("4", "3", "2", "1", "0", "5")

# In the rules below a count is an int or a column of whole numbers, a condition a truth or a condition of SQL.
Choose = Callable[[Sequence[tuple[Any, Any]], Any], Any]
"""The value of the first condition that holds, else the last argument: `chosen`, or CASE of SQL."""


def chosen(rules: Sequence[tuple[Any, Any]], otherwise: Any) -> Any:
    """`Choose` for figures."""
    return next((value for condition, value in rules if condition), otherwise)


def _is_small(count: Any) -> Any:
    return (count >= 1) & (count < LEAST)


def counted(count: Any, choose: Choose = chosen) -> Any:
    """What a count that stands by itself is replaced by."""
    return choose([(_is_small(count), 2)], count)


def received_of(received: Any, due: Any, choose: Choose = chosen) -> Any:
    """What `received` is replaced by; `due` itself is replaced as in `counted`."""
    rules = [
        (received == 0, 0),
        (_is_small(due), 2),
        ((due == 4) & (received < 4), 2),  # one, two and three of four: two is both few and all but few
        (_is_small(received), 2),
        (_is_small(due - received), due - 2),
    ]
    return choose(rules, received)


def parts_of(parts: Sequence[Any], choose: Choose = chosen, nothing: Any = NOT_TOLD) -> list[Any]:
    """What parts that add up to a whole are replaced by, so that they still do; `nothing` where none is told.

    The first part of three or more makes up the difference: which one that is, and what it is then, is the same
    whatever the small ones are.
    """
    few = sum(choose([(_is_small(part), 1)], 0) for part in parts)
    of_few = sum(choose([(_is_small(part), part)], 0) for part in parts)
    first = choose([(part >= LEAST, part) for part in parts], 0)
    rest = first + of_few - 2 * few
    shown = []
    for place, part in enumerate(parts):
        is_first = part >= LEAST
        for other in parts[:place]:
            is_first = is_first & (other < LEAST)
        rules = [(few == 0, part), (rest < LEAST, nothing), (_is_small(part), 2), (is_first, rest)]
        shown.append(choose(rules, part))
    return shown


def told(count: Told) -> Told:
    """A count that stands by itself."""
    return f"<{LEAST}" if isinstance(count, int) and _is_small(count) else count


def told_parts(parts: Sequence[Told]) -> list[Told]:
    """Counts that add up to a whole which is told beside them, in their order (COLOURS, SECTORS_SERVED)."""
    counts = [part for part in parts if isinstance(part, int)]
    if len(counts) < len(parts) or not any(map(_is_small, counts)):
        return list(parts)
    replaced = parts_of(counts)
    first = next((place for place, part in enumerate(counts) if part >= LEAST), None)
    return [
        f">{part - 1}" if place == first and part != NOT_TOLD else told(part) for place, part in enumerate(replaced)
    ]


def told_share(received: int, due: int) -> tuple[Told, Told]:
    """How many received of how many due: neither those who did nor those who did not can be told apart if few."""
    if received == 0 or received == due >= LEAST:
        return received, told(due)
    replaced = received_of(received, due)
    if due == 4:
        return f"<{due}", due
    if replaced == 2:
        return f"<{LEAST}", told(due)
    return (f">{due - LEAST}" if replaced == due - 2 else replaced), due


def stand_in(card: Card, indicators: Iterable[IndicatorLabel]) -> Card:
    """A card's JSON (`Card.json`) with small counts replaced, and with sums of what they are replaced by.

    `indicators` are those that it was counted by. It is the same for all cards that the public must not tell apart; of
    a card without small counts, and of one that is replaced already, it is that card.
    """
    one, two = card["table1"], card["table2"]
    rows = [_row(row) for row in card["table3"]]
    sectors = _parts(card["sectors"], SECTORS_SERVED)
    table1 = {
        "households": counted(one["households"]),
        "pregnant": _group(one["pregnant"], "kek_risti"),
        "children": _group(one["children"], "malnourished"),
    }
    households, complete = table1["households"], sectors["5"]
    return {
        **card,
        "table1": table1,
        "table2": {
            "children": table1["children"]["total"],
            **_parts(two, COLOURS),
        },
        "table3": rows,
        "table4": _levels(rows, table1, indicators),
        "complete": {
            "households": households,
            "complete": complete,
            "percent": percent(complete, households) if isinstance(complete, int) else None,
        },
        "sectors": {name: sectors[name] for name in card["sectors"]},
        "not_monitored": {
            group: received_of(count, one[group]["total"]) for group, count in card["not_monitored"].items()
        },
        **_this_month(card, lambda seen, every: (received_of(seen, every), counted(every))),
    }


def public_card(card: Card, indicators: Iterable[IndicatorLabel]) -> dict[str, Any]:
    """A card's JSON as the public sees it."""
    return as_told(stand_in(card, indicators))


def as_told(shown: Card) -> dict[str, Any]:
    """A card of figures that stand in for small counts, or a sum of such cards, told as what they stand for."""
    whole, two = shown["table1"], shown["table2"]
    sectors = dict(zip(SECTORS_SERVED, told_parts([shown["sectors"][name] for name in SECTORS_SERVED]), strict=True))
    complete = sectors["5"]
    is_plain = isinstance(complete, int) and isinstance(told(whole["households"]), int)
    return {
        **shown,
        "table1": {
            "households": told(whole["households"]),
            "pregnant": _told_group(whole["pregnant"], "kek_risti"),
            "children": _told_group(whole["children"], "malnourished"),
        },
        "table2": {
            "children": told(two["children"]),
            **dict(zip(COLOURS, told_parts([two[name] for name in COLOURS]), strict=True)),
        },
        "table3": [_told_row(row) for row in shown["table3"]],
        "complete": {
            "households": told(whole["households"]),
            "complete": complete,
            "percent": shown["complete"]["percent"] if is_plain else None,
        },
        "sectors": {name: sectors[name] for name in shown["sectors"]},
        "not_monitored": {
            group: told_share(count, whole[group]["total"])[0] for group, count in shown["not_monitored"].items()
        },
        **_this_month(shown, told_share),
    }


def public_formulir1(found: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of Formulir 1 (`Formulir1.json`) as the public sees it. A dusun is too small to be counted in public."""
    homes, targets, recap = found["households"], found["targets"], found["recap"]
    wholes: dict[str, int] = {
        **dict.fromkeys(("vulnerable", "no_water", "no_latrine"), homes["registered"]),
        **dict.fromkeys(("kek", "risti", "mothers_uninsured"), recap["pregnant"]),
        **dict.fromkeys(("underweight", "severe", "stunting", "children_uninsured", "unregistered"), recap["children"]),
    }
    return {
        **found,
        "households": {
            name: told_share(count, homes["registered"])[0] if name != "registered" else told(count)
            for name, count in homes.items()
        },
        "targets": {name: told(count) for name, count in targets.items()},
        "recap": {
            name: told_share(count, wholes[name])[0] if name in wholes else told(count) for name, count in recap.items()
        },
        "dusun": [],
        "supply": [],
    }


def is_told(total: int) -> bool:
    """Whether a level of so many people is told."""
    return not _is_small(total)


def _parts(counts: Mapping[str, Any], names: Sequence[str]) -> dict[str, Told]:
    parts = [counts[name] for name in names]
    return dict(zip(names, parts if NOT_TOLD in parts else parts_of(parts), strict=True))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    received, due = received_of(row["received"], row["due"]), counted(row["due"])
    shown = {**row, "received": received, "due": due, "percent": percent(received, due)}
    if "fathers" in row:
        shown["fathers"] = received_of(row["fathers"], row["due"])
    return shown


def _group(counts: Mapping[str, int], part: str) -> dict[str, int]:
    return {"total": counted(counts["total"]), part: received_of(counts[part], counts["total"])}


def _levels(
    rows: Sequence[Mapping[str, Any]], table1: Mapping[str, Any], indicators: Iterable[IndicatorLabel]
) -> dict[str, Any]:
    """Table 4 of the rows as they are shown."""
    target = {one.code: one.target for one in indicators if one.scores}
    groups: dict[str, Literal["ibu_hamil", "anak"]] = {"pregnant": "ibu_hamil", "children": "anak"}
    sums = {
        name: [sum(row[figure] for row in rows if target.get(row["code"]) == of) for figure in ("received", "due")]
        for name, of in groups.items()
    }
    totals = [table1[name]["total"] for name in groups]
    levels = {name: _level(*sums[name], told=is_told(table1[name]["total"])) for name in groups}
    together = [sum(pair) for pair in zip(*sums.values(), strict=True)]
    return {**levels, "total": _level(*together, told=is_level_told(*totals))}


def is_level_told(mothers: int, children: int) -> bool:
    """Whether the level of both together is told: not where there are only one or two of each, or of one alone."""
    return max(mothers, children) >= LEAST or mothers + children == 0


def _level(received: int, due: int, *, told: bool) -> dict[str, Any]:
    if not told:
        return {"received": NOT_TOLD, "due": NOT_TOLD, "percent": None}
    return {"received": received, "due": due, "percent": percent(received, due)}


def _this_month(card: Card, as_told: Callable[[int, int], tuple[Told, Told]]) -> dict[str, Any]:
    """That part of the card, which is there while the quarter runs, by what becomes of its counts."""
    found = {}
    for group, one in card.get("this_month", {}).items():
        monitored, targets = as_told(one["monitored"], one["targets"])
        found[group] = {"targets": targets, "monitored": monitored}
    return {"this_month": found} if found else {}


def _told_row(row: Mapping[str, Any]) -> dict[str, Any]:
    some, every = told_share(row["received"], row["due"])
    is_plain = isinstance(some, int) and isinstance(every, int)
    shown = {**row, "received": some, "due": every, "percent": row["percent"] if is_plain else None}
    if "fathers" in row:
        shown["fathers"] = told_share(row["fathers"], row["due"])[0]
    return shown


def _told_group(counts: Mapping[str, int], part: str) -> dict[str, Told]:
    some, every = told_share(counts[part], counts["total"])
    return {"total": every, part: some}

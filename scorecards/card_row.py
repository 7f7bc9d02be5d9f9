"""A village's card as one row of a table: its figures by names that say where they stand on the card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def card_row(card: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a card's JSON by name, such as `table3.ih1.due`, in the card's order."""
    return dict(_figures("", card))


def _figures(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _figures(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list):
        for one in value:
            inner = {key: figure for key, figure in one.items() if key != "code"}
            yield from _figures(f"{name}.{one['code']}", inner)
    else:
        yield name, value

"""Percents as every card, page and file shows them."""

from __future__ import annotations


def percent(received: int, due: int) -> str | None:
    """100 * received / due with one decimal, half up, as `79.2`; None where nothing was due."""
    found = tenths(received, due)
    return None if found is None else f"{found // 10}.{found % 10}"


def tenths(received: int, due: int) -> int | None:
    """The same in tenths of a percent; None where nothing was due."""
    return (2 * 1000 * received + due) // (2 * due) if due else None

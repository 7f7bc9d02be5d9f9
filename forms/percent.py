"""Percents as every card, page and file shows them."""

from __future__ import annotations


def percent(received: int, due: int) -> str | None:
    """100 * received / due with one decimal, half up, as `79.2`; None where nothing was due."""
    if due == 0:
        return None
    tenths = (2 * 1000 * received + due) // (2 * due)
    return f"{tenths // 10}.{tenths % 10}"

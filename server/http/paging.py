"""Which page of a long list the address asks for, sorted by what, and of when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import request

from server.database.paging import Paging

# Nobody turns so many pages: whoever looks for something that far down is better off with a filter.
LAST_PAGE = 2000


def asked_paging(sorts: Sequence[str]) -> Paging:
    """What the query asks for: `halaman`, and `urut` as one of `sorts`, with a minus for the largest first.

    Where it asks for none of them it is the first of `sorts`, which may have a minus too.
    """
    number = request.args.get("halaman", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    asked = request.args.get("urut", "")
    if asked.removeprefix("-") not in {sort.removeprefix("-") for sort in sorts}:
        asked = sorts[0]
    return Paging(min(max(page, 1), LAST_PAGE), asked.removeprefix("-"), asked.startswith("-"))


def asked_date(name: str) -> date | None:
    """The day that the query has under this name; None as `read_date` has it."""
    return read_date(request.args.get(name, ""))


def read_date(text: str) -> date | None:
    """The day as browsers send it; None where there is none, what is no day, or one that nobody means: near the ends of
    the calendar a day has no midnight in every time zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 3000 else None

"""Cards beside the one in force: other rules by which people may look at the same answers.

A workbook of rules is one card, and names it (column `kartu`). The newest workbook is in force whatever its card: all
villages, their trend and the regions are counted by it. What was in force of another card before stays to be looked at.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from server.database.dialect import Upsert
from server.database.publication_tables import rule_cards

_KEEP = Upsert(
    rule_cards,
    lambda new: new.on_conflict_do_update(
        index_elements=["card"], set_={"workbook": new.excluded.workbook, "published_at": new.excluded.published_at}
    ),
)


def keep(connection: Connection, card: str, workbook: bytes, now: datetime) -> None:
    """Keeps a checked workbook as the newest of its card, without putting it in force."""
    connection.execute(_KEEP.on(connection), {"card": card, "workbook": workbook, "published_at": now})


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(rule_cards.c.card).order_by(rule_cards.c.card)).scalars())


def all_kept(connection: Connection) -> dict[str, bytes]:
    """The workbooks by card, in the order of their names. That of the card in force may be among them, an older one."""
    query = select(rule_cards.c.card, rule_cards.c.workbook).order_by(rule_cards.c.card)
    return {row.card: bytes(row.workbook) for row in connection.execute(query)}

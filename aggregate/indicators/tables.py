"""The tables that counting fills: a recap for each target list, and the cards. Their columns come from the rules.

`recap_ibu_hamil`, `recap_anak` and `recap_paud` have one row a village, quarter and active target. The column of an
indicator is 1 where the target received the service, 0 where it is due and was not received, NULL where it is not due;
so sum() counts the received and count() the due ones. `<code>_also` is 1 where what the indicator counts beside the
score is true. `monitored_now` says in the same way who was visited in the last month of the quarter that has begun:
NULL for who is no target in it. `cards` has one row a village and quarter, all of it numbers to add up, but for days
and its rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Column, Connection, Date, Double, Index, Integer, MetaData, Table, Text
from sqlalchemy.schema import CreateIndex

from aggregate.indicators.rules import GROUPS, Group, Rules
from aggregate.sql.answer_sources import Source
from forms.domain import DAY
from forms.indicators.rules import Indicator
from server.database.answer_tables import short_name
from server.database.types import BY_VILLAGE
from server.database.upgrade import ensure_table

# Figures of a card beside those of the indicators. `pregnant` and `children` are active targets; `sectors_3` counts the
# households that are served in full by three sectors; `pregnant_now` are targets in the last month that has begun.
CARD_FIGURES = (
    "households",
    "complete",
    *(f"sectors_{reached}" for reached in range(6)),
    "pregnant",
    "pregnant_at_risk",
    "pregnant_not_monitored",
    "pregnant_now",
    "pregnant_now_monitored",
    "pregnant_received",
    "pregnant_due",
    "children",
    "children_at_risk",
    "children_not_monitored",
    "children_now",
    "children_now_monitored",
    "children_received",
    "children_due",
    "tikar_green",
    "tikar_yellow",
    "tikar_red",
    "tikar_none",
)
# Table 5, in rupiah: both fields of the village's plan (bidang) together, and each. Exact up to 9,007 trillion; sums of
# any size are kept.
AMOUNTS = ("allocated_total", "allocated_stunting", "spent")
FUND_FIELDS = ("pembangunan", "pemberdayaan")
FUNDS = (*AMOUNTS, *(f"{field}_{amount}" for field in FUND_FIELDS for amount in AMOUNTS))


def recap_table(group: Group, indicators: Iterable[Indicator], *, temporary: bool = False) -> Table:
    """The recap of one group; `as_of` is the day D on which the target's state was taken. A `temporary` one is made in
    place of the stored one for as long as a transaction lasts."""
    codes = [column for indicator in indicators for column in recap_columns(indicator)]
    return Table(
        f"recap_{group.target}",
        MetaData(),
        Column("village_id", Text, primary_key=True),
        Column("quarter", Text, primary_key=True),
        Column("target", Text, primary_key=True),
        Column("household", Text),
        Column("dusun", Text),
        Column("as_of", Date, nullable=False),
        Column("monitored", Integer, nullable=False),
        Column("monitored_now", Integer),
        Column("at_risk", Integer, nullable=False),
        Column("tikar", Text),
        *[Column(code, Integer) for code in codes],
        prefixes=["TEMPORARY"] if temporary else [],
        info=BY_VILLAGE,
    )


def cards_table(indicators: Iterable[Indicator], *, temporary: bool = False) -> Table:
    """The cards, `temporary` as in `recap_table`. `rules` is the number of the indicator workbook that a card was
    counted by, `changed_on` the day on which figures of a quarter that was over were last found to be others than
    before (late_changes.py)."""
    figures = [*CARD_FIGURES, *(column for indicator in indicators for column in card_columns(indicator))]
    return Table(
        "cards",
        MetaData(),
        Column("village_id", Text, primary_key=True),
        Column("quarter", Text, primary_key=True),
        Column("as_of", Date, nullable=False),
        Column("rules", Integer, nullable=False),
        Column("changed_on", Date),
        *[Column(figure, Integer) for figure in figures],
        *[Column(amount, Double) for amount in FUNDS],
        prefixes=["TEMPORARY"] if temporary else [],
        info=BY_VILLAGE,
    )


@lru_cache(maxsize=8)
def stored_cards(rules: Rules) -> Table:
    """The cards with the columns of these rules, which are there whatever was published since."""
    return cards_table(rules.indicators)


def recap_columns(indicator: Indicator) -> list[str]:
    return [indicator.code, f"{indicator.code}_also"] if indicator.also else [indicator.code]


def card_columns(indicator: Indicator) -> list[str]:
    columns = [f"{indicator.code}_received", f"{indicator.code}_due"]
    return [*columns, f"{indicator.code}_also"] if indicator.also else columns


# The columns that every card has, whatever the rules.
CARDS = cards_table(())


def make_tables(connection: Connection, rules: Rules) -> None:
    """Makes the tables, or adds the columns that the rules ask for. Old columns stay.

    Answers get an index by target and day, without which every recap would read all that the village ever sent.
    """
    for group in GROUPS:
        indicators = [indicator for indicator in rules.indicators if indicator.target == group.target]
        ensure_table(connection, recap_table(group, indicators))
        for source in rules.sources_of(group.list):
            connection.execute(CreateIndex(_index(source, group), if_not_exists=True))
    ensure_table(connection, stored_cards(rules))


def _index(source: Source, group: Group) -> Index:
    target = source.target(group.list)
    only = target.is_not(None)
    # Where a version has taken the question elsewhere, what finds the target is in several columns: another index.
    columns = len(source.columns[group.list]) + len(source.columns[DAY])
    name = short_name(f"by_{group.list}{f'_{columns}' if columns > 2 else ''}_{source.table.name}")
    return Index(name, source.table.c.village_id, target, source.day, sqlite_where=only, postgresql_where=only)

"""Reading the promise ledger, as it was written when the cards were counted: of a village, and of a region."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, RowMapping, bindparam, case, func, select

from aggregate.indicators.meetings import CALLED_OFF
from aggregate.promises.effects import is_overdue
from scorecards.promises.sources import Late, LateVillages, Promise
from scorecards.sources import Place
from server.database.card_tables import promises
from server.database.tables import entities
from server.villages.regions import counts, lies_in, listed_names


def village_promises(connection: Connection, village_id: str, today: date) -> list[Promise]:
    """All of a village: what is overdue first, then by the day that it is due."""
    found = [_promise(row, today) for row in connection.execute(_OF_VILLAGE, {"village": village_id}).mappings()]
    return sorted(found, key=lambda one: (not one.overdue, one.done, one.due or date.max, one.agreed_on, one.id))


_OF_VILLAGE = select(promises).where(promises.c.village_id == bindparam("village"))


def _promise(row: RowMapping, today: date) -> Promise:
    done, due, state = bool(row["done"]), row["due"], row["state"]
    return Promise(
        **{name: row[name] for name in ("id", "meeting", "agreed_on", "year", "name", "sector", "fund", "owner")},
        **{name: row[name] for name in ("dusun", "told_on", "homes", "lacking", "closed")},
        **{name: round(row[name]) for name in ("total", "stunting", "spent")},
        services=tuple(row["services"]),
        due=due,
        state=state,
        done=done,
        overdue=is_overdue(done=done, state=state, due=due, today=today),
    )


def late_villages(connection: Connection, region: str, today: date, most: int) -> LateVillages:
    """The villages of a region with overdue promises, the most overdue ones first; at most `most` of them are shown."""
    village = promises.c.village_id
    lacks = case((promises.c.lacking.is_not(None), promises.c.lacking - promises.c.closed), else_=0)
    overdue = (
        select(
            *(promises.c[name] for name in ("village_id", "due", "name", "owner")),
            func.count().over(partition_by=village).label("overdue"),
            func.sum(lacks).over(partition_by=village).label("lacks"),
            func.row_number().over(partition_by=village, order_by=(promises.c.due, promises.c.id)).label("place"),
        )
        .where(
            lies_in(region, village),
            counts(village),
            promises.c.done == 0,
            promises.c.state != CALLED_OFF,
            promises.c.due < today,
        )
        .subquery("overdue")
    )
    order = (overdue.c.overdue.desc(), overdue.c.due, overdue.c.village_id)
    totals = (func.count().over().label("villages"), func.sum(overdue.c.overdue).over().label("of_all"))
    rows = connection.execute(select(overdue, *totals).where(overdue.c.place == 1).order_by(*order).limit(most)).all()
    names = listed_names(connection, [row.village_id for row in rows])
    shown = [
        Late(Place(row.village_id, *names[row.village_id]), row.overdue, row.due, row.name, row.owner, int(row.lacks))
        for row in rows
        if row.village_id in names
    ]
    return LateVillages(shown, rows[0].villages if rows else 0, int(rows[0].of_all) if rows else 0)


def called(connection: Connection, village_id: str, ids: set[str]) -> dict[str, str]:
    """What households and people are called in the register, by id."""
    if not ids:
        return {}
    query = select(entities.c.id, entities.c.label).where(
        entities.c.village_id == village_id, entities.c.id.in_(sorted(ids))
    )
    return {row.id: row.label for row in connection.execute(query)}

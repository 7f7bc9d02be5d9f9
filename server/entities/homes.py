"""Where an entity went that phones still call by its old place: merged into another one, or moved away."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, delete, insert, or_, select

from server.database.tables import aliases

Place = tuple[str, str]  # village, entity


def locate(connection: Connection, village_id: str, entity_id: str) -> Place:
    """The place where the entity is at home now; the given one where nobody ever took it elsewhere."""
    way = [(village_id, entity_id)]
    while (after := onward(connection, way[-1])) is not None and after not in way:
        way.append(after)
    return way[-1]


def places_led_to(connection: Connection, home: Place) -> set[Place]:
    """The places from which somebody is led to this one, with itself."""
    found, new = {home}, {home}
    while new:
        led = or_(*(and_(aliases.c.home_village == village, aliases.c.home_id == id_) for village, id_ in sorted(new)))
        rows = connection.execute(select(aliases.c.village_id, aliases.c.id).where(led))
        new = {(row.village_id, row.id) for row in rows} - found
        found |= new
    return found


def led_to(connection: Connection, village_id: str) -> set[str]:
    """The ids of those who are at home in the village, and to whom somebody is led from another place."""
    return set(connection.execute(select(aliases.c.home_id).where(aliases.c.home_village == village_id)).scalars())


def onward(connection: Connection, place: Place) -> Place | None:
    """Where the last decision about it took the entity from here; None where it is at home, or unknown."""
    wanted = select(aliases).where(aliases.c.village_id == place[0], aliases.c.id == place[1])
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.home_village, row.home_id)


def lead(connection: Connection, from_: Place, to: Place) -> None:
    """From now on the entity `from_` is to be found at `to`."""
    # Whoever comes back to where they were is at home there again.
    for place in (from_, to):
        close(connection, place)
    point(connection, from_, to)


def point(connection: Connection, from_: Place, to: Place) -> None:
    """The same where nobody was ever at home at `from_` in their own right."""
    close(connection, from_)
    row = {"village_id": from_[0], "id": from_[1], "home_village": to[0], "home_id": to[1]}
    connection.execute(insert(aliases), row)


def close(connection: Connection, from_: Place) -> None:
    """The entity is to be found at its own place again."""
    connection.execute(delete(aliases).where(aliases.c.village_id == from_[0], aliases.c.id == from_[1]))


def forget_all(connection: Connection) -> None:
    connection.execute(delete(aliases))


def gone(connection: Connection, village_id: str, ids: Iterable[str]) -> set[str]:
    """Those of the ids that are not to be found in the village under this id any more."""
    wanted = select(aliases.c.id).where(aliases.c.village_id == village_id, aliases.c.id.in_(list(ids)))
    return set(connection.execute(wanted).scalars())

"""Where households stand and forms were filled in: points of a village, and their places on a drawing of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, hypot, radians
from statistics import median

from sqlalchemy import Connection, select

from forms.domain import DUSUN, HOUSEHOLD, HOUSEHOLDS
from server.database.tables import entities
from server.queries import worklist
from server.queries.entity_lists import light_of, sign_of
from server.queries.worklist import Task

_LOCATION = "lokasi"
METRES_A_DEGREE = 111_320
# No household of a village is so far from most of the others: whoever noted that stood elsewhere.
FARTHEST = 25_000  # metres
# A drawing shows at least so many metres, so that one house alone is not a whole village.
LEAST_SHOWN = 300


@dataclass(frozen=True)
class Point:
    """A place in degrees; `accuracy` in metres, None where the phone did not say."""

    latitude: float
    longitude: float
    accuracy: float | None = None


@dataclass(frozen=True)
class Household:
    """A household of the register with those of it who are on the work list. `light` and `sign` are those of whom needs
    most; blank where nobody of it is on the list. `point` is None where its place was never noted."""

    id: str
    name: str
    dusun: str
    point: Point | None
    tasks: tuple[Task, ...]

    @property
    def sign(self) -> str:
        return sign_of(self.tasks[0].priority) if self.tasks else ""

    @property
    def light(self) -> str:
        return light_of(self.tasks[0].priority) if self.tasks else ""

    @property
    def open(self) -> int:
        """How many of its people something is still to be done for this month."""
        return sum(task.open for task in self.tasks)


def point_of(text: str) -> Point | None:
    """A geopoint as phones write it: degrees north and east, metres of height and accuracy. None where it is none."""
    try:
        numbers = [float(part) for part in text.split()]
    except ValueError:
        return None
    if len(numbers) < 2 or not (-90 <= numbers[0] <= 90 and -180 <= numbers[1] <= 180):
        return None
    return Point(numbers[0], numbers[1], numbers[3] if len(numbers) > 3 and numbers[3] > 0 else None)


def households(connection: Connection, village_id: str, today: date) -> list[Household]:
    """The village's households, those that need most first, then by name."""
    lives_in = defaultdict[str, list[Task]](list)
    for task in worklist.tasks(connection, village_id, today):
        lives_in[task.data.get(HOUSEHOLD, "")].append(task)
    columns = (entities.c.id, entities.c.label, entities.c.data)
    wanted = select(*columns).where(
        entities.c.village_id == village_id, entities.c.list == HOUSEHOLDS, entities.c.created_seq.is_not(None)
    )
    found = [
        Household(row.id, row.label, row.data.get(DUSUN, ""), _noted(row.data), tuple(lives_in[row.id]))
        for row in connection.execute(wanted)
    ]
    return sorted(found, key=_need)


def _noted(data: dict[str, str]) -> Point | None:
    return point_of(data.get(_LOCATION, ""))


def _need(one: Household) -> tuple[object, ...]:
    first = one.tasks[0] if one.tasks else None
    return (not one.open, first.priority.rank if first else "9", one.name.casefold(), one.id)


@dataclass(frozen=True)
class Drawing:
    """How degrees become places on a drawing of this size; `metre` is what a metre is on it."""

    width: float
    height: float
    metre: float
    west: float
    north: float
    latitude: float

    def place(self, point: Point) -> tuple[float, float]:
        """Right and down, from the upper left corner."""
        east = (point.longitude - self.west) * METRES_A_DEGREE * cos(radians(self.latitude))
        south = (self.north - point.latitude) * METRES_A_DEGREE
        return round(east * self.metre, 1), round(south * self.metre, 1)

    @property
    def scale(self) -> int:
        """A round number of metres that is about a fourth of the drawing's width."""
        fourth = self.width / self.metre / 4
        return max(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000) if step <= fourth)


def drawing_of(points: Sequence[Point], width: float, height: float, margin: float) -> Drawing:
    """The drawing that holds these points (at least one), none of them nearer to its edge than `margin`."""
    latitudes, longitudes = [one.latitude for one in points], [one.longitude for one in points]
    middle = (min(latitudes) + max(latitudes)) / 2
    east_west = METRES_A_DEGREE * cos(radians(middle))
    across = max((max(longitudes) - min(longitudes)) * east_west, LEAST_SHOWN)
    down = max((max(latitudes) - min(latitudes)) * METRES_A_DEGREE, LEAST_SHOWN)
    metre = min((width - 2 * margin) / across, (height - 2 * margin) / down)
    centre = (min(longitudes) + max(longitudes)) / 2
    west = centre - width / 2 / metre / east_west
    return Drawing(width, height, metre, west, middle + height / 2 / metre / METRES_A_DEGREE, middle)


@dataclass(frozen=True)
class Group:
    """Households that stand too near to each other to be touched one by one, those that need most first; where its sign
    is drawn."""

    right: float
    down: float
    homes: tuple[Household, ...]


def grouped(drawing: Drawing, homes: Iterable[Household], apart: float) -> list[Group]:
    """The households that have a point, in their order: the signs of two groups stand `apart` at least, in units of the
    drawing. One joins the first group that is nearer than that."""
    found: dict[tuple[float, float], list[Household]] = {}
    for home in homes:
        if home.point is None:
            continue
        right, down = drawing.place(home.point)
        near = (place for place in found if hypot(place[0] - right, place[1] - down) < apart)
        found.setdefault(next(near, (right, down)), []).append(home)
    return [Group(right, down, tuple(members)) for (right, down), members in found.items()]


def far_off(points: Iterable[Point]) -> set[Point]:
    """Those that cannot be in the same village as most of them."""
    known = list(points)
    if not known:
        return set()
    middle = Point(median(one.latitude for one in known), median(one.longitude for one in known))
    return {one for one in known if metres_between(one, middle) > FARTHEST}


def metres_between(one: Point, other: Point) -> float:
    """As the crow flies; good enough within a district."""
    east = (one.longitude - other.longitude) * cos(radians((one.latitude + other.latitude) / 2))
    return hypot(east, one.latitude - other.latitude) * METRES_A_DEGREE

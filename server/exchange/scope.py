"""What of the data is taken out: of which region, from which day to which; and how a value looks outside.

Villages are read one after the other, each in a transaction of its own: no more than one of them is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine, select

from forms.region_names import bare
from forms.sheets_out.tables import Value
from server.database.engine import reading
from server.database.tables import villages
from server.queries.masking import shown
from server.villages.regions import lies_in, listed_names

# Figures that Excel keeps of a number.
_EXACT = 15


@dataclass(frozen=True)
class Scope:
    """The region, the days from and to which (both within; None where it is open), and the villages' time zone."""

    region: str
    zone: tzinfo
    since: date | None = None
    until: date | None = None

    @property
    def begins(self) -> datetime | None:
        """The first moment; None where it is open."""
        return self._midnight(self.since) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The moment after the last one; None where it is open."""
        return self._midnight(self.until + timedelta(days=1)) if self.until else None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)

    def moment(self, value: datetime | None) -> datetime | None:
        """The moment at the villages, as Excel takes it: without a time zone. None where there is none."""
        return value.astimezone(self.zone).replace(tzinfo=None, microsecond=0) if value else None


# The rows of a village, given its code and name.
OfVillage = Callable[[Connection, str, str], Iterable[Sequence[Value]]]


def villages_with_data(connection: Connection, region: str) -> list[str]:
    """The codes of the region's villages that have ever sent something."""
    query = select(villages.c.village_id).where(lies_in(region, villages.c.village_id))
    return list(connection.execute(query.order_by(villages.c.village_id)).scalars())


def village_by_village(engine: Engine, scope: Scope, of_village: OfVillage) -> Iterator[Sequence[Value]]:
    """The rows of all villages of the scope."""
    with reading(engine) as connection:
        codes = villages_with_data(connection, scope.region)
    for code in codes:
        with reading(engine) as connection:
            name = bare(listed_names(connection, [code]).get(code, [code])[0])
            yield from list(of_village(connection, code, name))


def outside(name: str, value: Any) -> Value:
    """An answer or property as it may leave: of a NIK or a family card's number its end, as on pages."""
    if isinstance(value, str):
        return shown(name, value)
    if isinstance(value, int) and len(str(abs(value))) > _EXACT:
        return shown(name, str(value))
    found: Value = value
    return found

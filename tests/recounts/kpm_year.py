"""What a KPM's performance is judged by, beside the facts of her village: who sent what, when it came in, and meetings.

`a_year` makes some at random for a village of tests/scenarios/random_villages.py, with the edge cases on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from server.database.answer_tables import ORDER_KEY_WIDTH, form_tables
from server.database.tables import submissions
from server.entities import change_log, homes
from server.entities.change import Change
from server.entities.homes import EntityHome
from tests.support.builders import load, shipped_schema
from tests.support.facts import Measurement, Village, Visit

DAY = timedelta(days=1)
# Rows that a village's phone sent about people who live elsewhere today are numbered from here on, for each of them.
ABROAD = 100_000


MORE_FORMS = ("pantau_paud", "rembuk_stunting", "rapat_triwulan")


@dataclass(frozen=True)
class PaudRow:
    """One `pantau_paud`; `order` is its place among the rows of the village."""

    order: int
    tanggal: date
    child: str


@dataclass(frozen=True)
class Year:
    """A village and what its KPM did beside visiting and measuring.

    `rembuk` are days with the year planned for, `meetings` days with the quarter spoken of (`2026-Q1`). `origins`: the
    village whose phone sent a row, by the row's order, where that is another one. `received`: when each row came in.
    """

    village: Village
    paud: tuple[PaudRow, ...] = ()
    maps: tuple[date, ...] = ()
    rembuk: tuple[tuple[date, int], ...] = ()
    meetings: tuple[tuple[date, str], ...] = ()
    origins: Mapping[int, str] = field(default_factory=dict)
    received: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.village.code

    @property
    def rows(self) -> tuple[Visit | Measurement | PaudRow, ...]:
        return (*self.village.visits, *self.village.measurements, *self.paud)

    def origin(self, row: Visit | Measurement | PaudRow) -> str:
        return self.origins.get(row.order, self.code)


def keep(connection: Connection, *years: Year) -> None:
    """Puts it into the database, as receiving it would leave it."""
    load(connection, *[year.village for year in years])
    tables = {Visit: _main("kunjungan_rumah"), Measurement: _main("ukur_tinggi"), PaudRow: _main("pantau_paud")}
    for year in years:
        for row in year.paud:
            _insert(connection, tables[PaudRow], year, row.order, tanggal=row.tanggal, anak=row.child)
        for row in year.rows:
            _keep_arrival(connection, tables[type(row)], year, row)
        _keep_meetings(connection, year)


def _keep_arrival(connection: Connection, table: Table, year: Year, row: Visit | Measurement | PaudRow) -> None:
    origin, seq = year.origin(row), row.order
    if origin != year.code:
        # Unique in the village that sent it: its own rows are fewer than there are orders below ABROAD.
        seq += ABROAD * (1 + int(year.code[-4:]))
        here = (table.c.village_id == year.code) & (table.c.seq == row.order)
        connection.execute(update(table).where(here).values(sending_village=origin, seq=seq))
        _keep_home(connection, year, row, origin, seq)
    if row.order in year.received:
        keep_submission(connection, origin, seq, year.received[row.order])


def _keep_home(connection: Connection, year: Year, row: Visit | Measurement | PaudRow, origin: str, seq: int) -> None:
    """The phone of `origin` spoke of somebody who lives in the year's village now, by another name for each row."""
    target = row.target if isinstance(row, Visit) else row.child
    spoken_of, source, at = f"{target} {origin}/{seq}", f"{origin}/{seq}", datetime.combine(row.tanggal, time(), UTC)
    change = Change(origin, spoken_of, source, seq, at, "anak", "visit", "", {}, {}, row.tanggal, str(seq))
    change_log.add(connection, [change])
    homes.save(connection, [spoken_of], [EntityHome(spoken_of, year.code, target, frozenset({origin, year.code}))])


def _main(form_id: str) -> Table:
    """The form's main answer table."""
    return form_tables([shipped_schema(form_id)]).tables[""]


def keep_submission(connection: Connection, village: str, seq: int, at: datetime, root: str = "") -> None:
    name = f"{village}/{seq}"
    kept = {
        "village_id": village,
        "sha256": name,
        "seq": seq,
        "received_at": at,
        "phone": "",
        "body": b"",
        "root_instance_id": root or name,
        "state": "accepted",
        "expected_files": [],
    }
    connection.execute(insert(submissions), kept)


def _keep_meetings(connection: Connection, year: Year) -> None:
    rows: list[tuple[Table, dict[str, Any]]] = [(_main("peta_sosial"), {"tanggal": day}) for day in year.maps]
    rows += [(_main("rembuk_stunting"), {"tanggal": day, "tahun": of}) for day, of in year.rembuk]
    rows += [(_main("rapat_triwulan"), {"tanggal": day, "triwulan": of}) for day, of in year.meetings]
    for number, (table, answers) in enumerate(rows, start=50_000):
        _insert(connection, table, year, number, **answers)


def _insert(connection: Connection, table: Table, year: Year, order: int, **answers: object) -> None:
    keys = {
        "village_id": year.code,
        "instance_id": f"uuid:{year.code}-{order}",
        "sending_village": year.code,
        "seq": order,
        "order_key": f"{order:0{ORDER_KEY_WIDTH}d}",
    }
    connection.execute(insert(table), keys | answers)


# -- at random ---------------------------------------------------------------------------------------------------------


def a_year(seed: int, village: Village, neighbour: str, first: date, today: date) -> Year:
    """For the quarter that begins with `first`; some of the people moved here from the neighbour."""
    rng = Random(f"year {seed}")
    last = max((row.order for row in (*village.visits, *village.measurements)), default=0)
    paud = tuple(
        PaudRow(last + number, day, child.id)
        for number, (child, day) in enumerate(
            ((child, day) for child in village.children for day in _some_days(rng, first, 5)), start=1
        )
    )
    moved = {target.id: first + rng.randint(-30, 100) * DAY for target in village.targets if rng.random() < 0.15}
    rows: list[Visit | Measurement | PaudRow] = [*village.visits, *village.measurements, *paud]
    who = {row.order: row.target if isinstance(row, Visit) else row.child for row in rows}
    return Year(
        village,
        paud,
        maps=tuple(_some_days(rng, date(first.year, 3, 31), 2)),
        rembuk=tuple(
            (day, first.year + rng.choice((-1, 0, 0, 1))) for day in _some_days(rng, date(first.year, 6, 30), 2)
        ),
        meetings=tuple((day, _near_quarter(rng, first)) for day in _some_days(rng, _month_after(first, 4), 3)),
        origins={
            row.order: neighbour
            for row in rows
            if who[row.order] in moved and (row.tanggal < moved[who[row.order]]) != (rng.random() < 0.1)
        },
        received={row.order: _arrival(rng, row.tanggal) for row in rows},
    )


def _some_days(rng: Random, edge: date, most: int) -> list[date]:
    """Days about the edge: on it, next to it, or some months away."""
    spans = [-1, 0, 1, *[rng.randint(-120, 120) for _ in range(6)]]
    return [edge + rng.choice(spans) * DAY for _ in range(rng.randint(0, most))]


def _month_after(day: date, months: int) -> date:
    """The last day of the month before that many months after the day's month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1) - DAY


def _near_quarter(rng: Random, first: date) -> str:
    day = first + rng.choice((-1, 0, 0, 0, 100)) * DAY
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _arrival(rng: Random, day: date) -> datetime:
    """Soon after the day or at the edge of five days later, often about midnight in Jakarta (17:00 UTC)."""
    at = datetime.combine(day, time(17), UTC) + rng.choice((0, 1, 3, 4, 4, 5, 5, 6, 20)) * DAY
    return at + rng.choice((timedelta(0), timedelta(microseconds=-1), timedelta(hours=rng.randint(-10, 6))))

"""New rows are written past SQLAlchemy, and lie in the database as though it had written them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import BigInteger, Column, Date, Double, Engine, Integer, MetaData, Table, Text, insert, text
from sqlalchemy.exc import IntegrityError

from server.database.dialect import insert_rows
from server.database.engine import reading, writing
from server.database.types import Json, Moment

KEPT = Table(
    "Macam macam",
    MetaData(),
    Column("select", Text, primary_key=True),
    Column("Nomor", BigInteger),
    Column("urut", Integer),
    Column("berat", Double),
    Column("tanggal", Date),
    Column("saat", Moment),
    Column("isi", Json),
)
WIB = timezone(timedelta(hours=7))
ROWS = [
    {"select": "a'b\"c\\ 💥\n%s", "Nomor": 2**62, "urut": -1, "berat": 0.1, "tanggal": date(2026, 3, 1)},
    {"select": "", "saat": datetime(2026, 3, 1, 23, 59, 59, 5, WIB), "isi": {"nama": "Siti 'Aisyah'", "n": [1, None]}},
    {"select": "kosong", "Nomor": None, "tanggal": None, "saat": datetime(2026, 3, 1, tzinfo=UTC), "isi": {}},
    {"select": "senarai", "berat": 1e-30, "isi": []},
    {"select": "nol", "berat": 3.0, "urut": 0, "isi": 0},
]


def as_written(engine: Engine) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return sorted(tuple(row) for row in connection.execute(text('SELECT * FROM "Macam macam"')))


def test_new_rows_lie_there_as_sqlalchemy_would_have_written_them(engine: Engine) -> None:
    with writing(engine) as connection:
        KEPT.create(connection)
        for row in ROWS:
            connection.execute(insert(KEPT), row)
    expected = as_written(engine)
    with writing(engine) as connection:
        connection.execute(KEPT.delete())
        insert_rows(connection, KEPT, [])
        insert_rows(connection, KEPT, ROWS)

    assert as_written(engine) == expected


def test_a_refusal_of_new_rows_does_not_tell_what_they_hold(engine: Engine) -> None:
    with writing(engine) as connection:
        KEPT.create(connection)
    with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
        insert_rows(connection, KEPT, [{"select": "Siti", "isi": "NIK"}, {"select": "Siti"}])

    assert "NIK" not in str(refused.value)
    assert as_written(engine) == []

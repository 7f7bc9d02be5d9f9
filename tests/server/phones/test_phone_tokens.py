"""A phone's token names its village, so that the phone is looked for there alone; older ones go on opening theirs."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from alembic import command
from sqlalchemy import Engine, insert, text

from server.database import tables
from server.database.engine import reading, writing
from server.database.upgrade import alembic_config
from server.phones import phones
from tests.support.statements import sent_to
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station, table_rows

OLDER = "Zb3-x_9kq2TtY7uWm0LcVh5nRfE1sDgA"  # as they were before they named a village


def test_it_begins_with_the_village_and_needs_no_quoting(station: Station) -> None:
    token = station.tokens[VILLAGE]
    assert re.fullmatch(re.escape(VILLAGE) + r"\.[A-Za-z0-9_-]{32}", token)
    assert quote(token, safe="") == token
    assert station.get("formList").status_code == 200


def test_the_phone_is_looked_for_in_its_village(station: Station) -> None:
    with sent_to(station.engine) as found, reading(station.engine) as connection:
        phone = phones.known(connection, station.tokens[VILLAGE])
    assert phone is not None and phone.village_id == VILLAGE
    (asked,) = [one for one in found if "FROM phones" in one.sql]
    assert "phones.village_id = " in asked.sql and repr(VILLAGE) in asked.values


def test_a_token_opens_no_other_village(station: Station) -> None:
    secret = station.tokens[VILLAGE].rpartition(".")[2]
    for token in (f"{OTHER_VILLAGE}.{secret}", f".{secret}", f"{VILLAGE}.", secret):
        assert station.fetch(f"/v1/key/{token}/projects/1/formList").status_code == 403


def test_one_of_an_older_version_goes_on_opening_its_village(station: Station) -> None:
    key = hashlib.sha256(OLDER.encode()).hexdigest()
    row = {"token_sha256": key, "village_id": OTHER_VILLAGE, "name": "Bu Lama", "created_at": START}
    with writing(station.engine) as connection:
        connection.execute(insert(tables.phones), row)
    assert station.fetch(f"/v1/key/{OLDER}/projects/1/formList").status_code == 200
    assert station.one("phones", token_sha256=key)["seen_at"] is not None


def test_phones_and_their_forms_are_taken_along_by_an_upgrade(engine: Engine) -> None:
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), "0017")
        connection.execute(
            text(
                "INSERT INTO phones (token_sha256, village_id, name, created_at, refused_count, clock_off)"
                " VALUES ('ab', '11.01.01.2001', 'Bu Ani', '2026-03-10T02:30:00.000000+00:00', 2, -90)"
            )
        )
        connection.execute(
            text("INSERT INTO phone_forms VALUES ('ab', 'daftar', '1', '2026-03-10'), ('cd', 'x', '1', 'y')")
        )
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), "0018")
    (phone,) = table_rows(engine, "phones")
    kept = {"village_id": VILLAGE, "token_sha256": "ab", "name": "Bu Ani", "refused_count": 2, "clock_off": -90}
    assert kept.items() <= phone.items()
    (form,) = table_rows(engine, "phone_forms")  # that of no phone is gone
    assert (form["village_id"], form["token_sha256"], form["form_id"]) == (VILLAGE, "ab", "daftar")

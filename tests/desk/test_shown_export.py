"""What a list shows is taken out as it is filtered: submissions, the log of activity, and the list of regions."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.database.engine import writing
from server.phones import phones
from tests.desk.test_export import export, rows_of, sheets
from tests.support.members import member, token_of
from tests.support.small_forms import DAFTAR, daftar, new_id
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station


@pytest.fixture
def admin(station: Station) -> FlaskClient:
    """Two forms of Sukamaju and one of Sukadamai, of which one was sent by a phone whose name would be a formula."""
    station.publish(DAFTAR)
    station.send(daftar(new_id()))
    station.send(daftar(new_id(), version="9"))
    with writing(station.engine) as connection:
        station.tokens[OTHER_VILLAGE] = phones.add(connection, OTHER_VILLAGE, "=1+1", station.clock.now)
    station.send(daftar(new_id()), village=OTHER_VILLAGE)
    return member(station, "admin", "11.01")


def taken(client: FlaskClient, page: str, kind: str = "csv", **query: str) -> TestResponse:
    token = token_of(client.get(page))
    answer = client.post(f"{page}/unduh?{urlencode(query)}", data={"csrf_token": token, "bentuk": kind})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(
    ("query", "villages"),
    [
        ({}, ["Sukadamai", "Sukamaju", "Sukamaju"]),
        ({"keadaan": "karantina"}, ["Sukamaju"]),
        ({"wilayah": OTHER_VILLAGE}, ["Sukadamai"]),
        ({"q": "bu ani"}, ["Sukamaju", "Sukamaju"]),
        ({"sampai": "2020-01-01"}, []),
    ],
)
def test_submissions__as_they_are_filtered(admin: FlaskClient, query: dict[str, str], villages: list[str]) -> None:
    found = rows_of(taken(admin, "/admin/kiriman", **query).data)
    assert sorted(row["desa"] for row in found) == villages
    book = sheets(taken(admin, "/admin/kiriman", "xlsx", **query))
    assert sorted(row["desa"] for row in book["kiriman"]) == villages


def test_submissions__hold_no_formula__and_the_export_is_noted(station: Station, admin: FlaskClient) -> None:
    answer = taken(admin, "/admin/kiriman", wilayah=OTHER_VILLAGE)
    assert [row["pengirim"] for row in rows_of(answer.data)] == ["'=1+1"]
    (noted,) = [row for row in station.rows("actions") if row["action"] == "exported"]
    assert (noted["region"], noted["about"]) == (OTHER_VILLAGE, "kiriman")


def test_submissions__take_as_many_statements_however_many_they_are(station: Station, admin: FlaskClient) -> None:
    with statements_of(station.engine) as few:
        taken(admin, "/admin/kiriman", wilayah=OTHER_VILLAGE)
    for _ in range(5):
        station.send(daftar(new_id()), village=OTHER_VILLAGE)
    with statements_of(station.engine) as many:
        taken(admin, "/admin/kiriman", wilayah=OTHER_VILLAGE)
    assert len(many) <= len(few)


def test_submissions__of_elsewhere_are_refused(station: Station, admin: FlaskClient) -> None:
    data = {"csrf_token": token_of(admin.get("/admin/kiriman")), "bentuk": "csv"}
    assert admin.post("/admin/kiriman/unduh?wilayah=12.01", data=data).status_code == 403
    assert admin.post("/admin/kiriman/unduh", data={**data, "bentuk": "exe"}).status_code == 400
    head = member(station, "village_head")
    data = {"csrf_token": token_of(head.get("/sandi")), "bentuk": "csv"}
    assert head.post("/admin/kiriman/unduh", data=data).status_code == 403
    assert head.post("/admin/catatan/unduh", data=data).status_code == 403


def test_the_log_of_activity__as_it_is_filtered(admin: FlaskClient) -> None:
    taken(admin, "/admin/kiriman", wilayah=VILLAGE)
    taken(admin, "/admin/kiriman", wilayah=OTHER_VILLAGE)
    found = rows_of(taken(admin, "/admin/catatan", jenis="diubah:exported").data)
    # The export itself is a line of the log as well.
    assert sorted(row["kode_wilayah"] for row in found) == ["11.01", VILLAGE, OTHER_VILLAGE]
    assert {row["kegiatan"] for row in found} == {"exported"}
    found = rows_of(taken(admin, "/admin/catatan", wilayah="Sukamaju").data)
    assert {row["kode_wilayah"] for row in found} == {VILLAGE}
    assert sheets(taken(admin, "/admin/catatan", "xlsx"))["catatan"]


def test_the_list_of_regions__as_it_can_be_taken_in_again(admin: FlaskClient) -> None:
    found = rows_of(export(admin, "wilayah", wilayah="11.01.01").data)
    assert [row["kode"] for row in found] == ["11.01.01", VILLAGE, OTHER_VILLAGE]
    assert found[1]["nama"] == "Sukamaju"

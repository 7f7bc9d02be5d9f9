"""A registration that the real form engine filled, sent eight times at once to the production server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from server.openrosa.documents import COMPLETE
from tests.support.databases import Databases, ready
from tests.support.phone import Phone, posts
from tests.support.phone_http import message_of
from tests.support.served import serving
from tests.support.station import VILLAGE, opened, prepared_as_shipped

AT_ONCE = 8
HOUSEHOLD = {
    "rumah_tangga/nama_kepala": "Pak Contoh",
    "rumah_tangga/dusun": "Timur",
    "rumah_tangga/sumber_air": "ledeng",
    "rumah_tangga/tempat_bab": "tidak_ada",
    "rumah_tangga/jenis_rentan": ["tidak_ada"],
    "ada_ibu": "tidak",
    "ada_balita": "ya",
    "balita[1]/nama": "Anak Contoh",
    "balita[1]/jenis_kelamin": "P",
    "balita[1]/tanggal_lahir": "2025-06-01",
    "balita[1]/akta_lahir": "ya",
    "balita[1]/jaminan_kesehatan": "tidak",
}


def test_eight_sends_of_one_registration_give_one_row_and_eight_201(
    databases: Databases, tmp_path: Path, new_phone: Callable[[str], Phone]
) -> None:
    url, tokens = ready(databases, prepared_as_shipped)
    station = opened(url, tmp_path, tokens)
    together = Barrier(AT_ONCE)
    with serving(url, tmp_path) as served, ThreadPoolExecutor(AT_ONCE) as threads:
        phone = new_phone(f"{served.base}/v1/key/{station.tokens[VILLAGE]}/projects/1")
        phone.sync()
        filled = phone.fill("peta_sosial", HOUSEHOLD)
        ((body, content_type),) = posts(filled, 10_000_000)

        def post(_: int) -> tuple[int, str]:
            connection = served.connect()
            together.wait()
            connection.request("POST", station.path("submission"), body, {"Content-Type": content_type})
            answer = connection.getresponse()
            said = answer.status, message_of(answer.read())
            connection.close()
            return said

        assert list(threads.map(post, range(AT_ONCE))) == [(201, COMPLETE)] * AT_ONCE
    station.process()
    kept = station.one("submissions")
    assert bytes(kept["body"]) == filled.xml.encode()
    assert (kept["state"], kept["problem"]) == ("accepted", None)
    assert len(station.rows("answers_peta_sosial")) == len(station.rows("answers_peta_sosial__balita")) == 1
    assert sorted(row["list"] for row in station.rows("entities")) == ["anak", "keluarga"]
    assert {*station.took_effect().values()} == {1}
    station.engine.dispose()

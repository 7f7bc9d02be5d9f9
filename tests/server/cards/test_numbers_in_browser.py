"""What is behind a number, in Chromium on a narrow phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from server.database.engine import writing
from server.publications import form_versions
from tests.server.pages.test_people_pages import HOME
from tests.server.pages.test_person_care import a_child, tikar
from tests.support.browsing import browsing_on
from tests.support.members import open_account
from tests.support.small_forms import new_id
from tests.support.station import START, Station, opened
from tests.support.village_forms import compiled, filled, measured, prepared_with_forms

NUMBER = f"{HOME}/2026-Q1/angka"
OUTSIDE = """cards => cards.flatMap(card => [...card.querySelectorAll('td, p')].filter(one =>
    one.getBoundingClientRect().right > card.getBoundingClientRect().right).map(one => one.textContent))"""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    url = f"sqlite:///{tmp_path}/uji.db"
    made = opened(url, tmp_path, prepared_with_forms(url))
    form = compiled("rembuk_stunting")
    with writing(made.engine) as connection:
        form_versions.publish(connection, form.schema, form.xml, b"", START)
    yield made
    made.engine.dispose()


def test_on_a_phone_nothing_stands_outside_of_its_card(
    station: Station, tmp_path: Path, chromium_of_run: Browser
) -> None:
    child = a_child(station)
    station.send(measured(child, day="2026-03-02", **tikar("merah")))
    money = {"sumber_dana": "dana_desa", "anggaran_total": 940_000_000, "anggaran_stunting": 930_000_000}
    activities = {new_id(): name for name in ("Sumur bor", "Jalan ke Posyandu")}
    rounds = [
        (
            "kegiatan",
            {"id_kegiatan": id_, "nama_kegiatan": name, "bidang": "pembangunan", **money},
            ("kegiatan", id_, "create", name),
        )
        for id_, name in activities.items()
    ]
    station.send(filled("rembuk_stunting", {"tanggal": "2026-01-12", "tahun": 2026}, (), rounds))
    with browsing_on(chromium_of_run, station.app) as browsing:
        kpm = browsing.person(open_account(station).email, phone=True)
        for name, said in ((f"a2/{child}", "bukan kunjungan bulanan"), ("dana-desa", "1.860.000.000")):
            page = kpm.open(f"{NUMBER}/{name}")
            assert said in page.locator("main").inner_text()
            assert page.locator("main section").evaluate_all(OUTSIDE) == []
            kpm.picture(tmp_path / "angka-360.png", phone=True)

"""No official paper says from where a village is green: whatever shows lights says that its thresholds are local."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from lxml import html

from tests.server.pages.test_people_pages import HOME, two_villages
from tests.support.station import Station, opened, prepared

QUARTER = f"{HOME}/2026-Q1"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("lampu")
    url = f"sqlite:///{folder}/uji.db"
    made = opened(url, folder, prepared(url))
    two_villages(made)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?urut=skor",
        QUARTER,
        f"{QUARTER}/dusun",
        f"{QUARTER}/angka/a2",
        f"{QUARTER}/angka/tingkat-desa",
        f"{QUARTER}/berkas.html",
        f"{QUARTER}/poster.pdf",
        f"{QUARTER}/rapat.pdf",
        f"{HOME}/2026/rembuk.pdf",
        *(f"/wilayah/{code}/2026-Q1" for code in ("ID", "11", "11.01", "11.01.01")),
    ],
)
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", ["baik: 80% ke atas", "sedang: 60% ke atas", "lampu adalah setelan setempat; batas resmi tidak ada."]),
        ("en", ["good: 80% and more", "fair: 60% and more", "lights are local settings; there are no official ones."]),
    ],
)
def test_lights__are_said_to_be_local_settings(station: Station, address: str, language: str, said: list[str]) -> None:
    joint = "&" if "?" in address else "?"
    answer = station.app.test_client().get(f"{address}{joint}lang={language}", follow_redirects=True)
    assert answer.status_code == 200
    if answer.mimetype == "application/pdf":
        read = subprocess.run(["pdftotext", "-", "-"], input=answer.data, capture_output=True, check=True)
        text = read.stdout.decode()
    else:
        text = html.document_fromstring(answer.text).text_content()
    text = " ".join(text.split())
    assert [words for words in said if words not in text] == []

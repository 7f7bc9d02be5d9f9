"""Table 5 opens to the activities that it adds up, and to what quarterly meetings decided to pay from Dana Desa too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date
from typing import Any

import pytest
from lxml import html
from sqlalchemy import Engine

from aggregate.service.cards import StoredCards
from aggregate.service.traces import StoredTraces
from scorecards.pages import Links
from scorecards.trace.pages import render_figure
from scorecards.trace.view import FigureView, figure_view
from server.database.engine import writing
from tests.aggregate.test_promises import JULY, of_village
from tests.support.builders import load
from tests.support.facts import Activity, Agreement, Progress, Review, Village

MARCH, JUNE = date(2026, 3, 27), date(2026, 6, 26)


def decided(name: str, total: int, fund: str = "dana_desa") -> Mapping[str, Any]:
    return {
        "baru": "ya", "nama_kegiatan": name, "sektor": "air", "sumber_dana": fund, "anggaran_total": total,
        "anggaran_stunting": total, "penanggung_jawab": "Kaur", "tenggat": JUNE, "indikator": "ih7_a7",
    }  # fmt: skip


def known() -> Village:
    """Two activities from Dana Desa and one from the APBD; later two more decisions, and one that was called off."""
    agreed = (
        Activity("jamban", "dana_desa", 60, 50, "pembangunan", {"nama_kegiatan": "Jamban sehat"}),
        Activity("kelas", "dana_desa", 8, 8, "pemberdayaan", {"nama_kegiatan": "Kelas ibu"}),
        Activity("bidan", "apbd", 100, 100, "pemberdayaan", {"nama_kegiatan": "Bidan"}),
    )
    rows = (
        Progress("pipa", "belum", None, decided("Pipa air", 7)),
        Progress("sumur", "belum", None, decided("Sumur", 9)),
        Progress("susu", "belum", None, decided("Susu", 11, "apbn")),
        Progress("jamban", "berjalan", 20),
    )
    later = (Progress("pipa", "berjalan", 3), Progress("sumur", "batal", None), Progress("jamban", "berjalan", 30))
    return of_village(Agreement(0, date(2026, 1, 8), 2026, agreed), Review(0, MARCH, rows), Review(1, JUNE, later))


Opened = Callable[[str], FigureView]


@pytest.fixture
def opened(own_store: Engine) -> Opened:
    village = known()
    with writing(own_store) as connection:
        load(connection, village)
    traces = StoredTraces(StoredCards(own_store, lambda: JULY, UTC))

    def see(period: str) -> FigureView:
        return figure_view(*reversed(traces.figure(village.code, period, "dana-desa", names=False)), names=False)

    return see


def test_table_5_opens_to_its_activities_and_to_later_decisions(opened: Opened) -> None:
    view = opened("2026-Q2")
    assert [(one.meeting, one.field, one.name, one.total, one.stunting, one.spent) for one in view.funds] == [
        ("rembuk", "pembangunan", "Jamban sehat", 60, 50, 30),
        ("rembuk", "pemberdayaan", "Kelas ibu", 8, 8, 0),
        ("rapat", "", "Pipa air", 7, 7, 3),
    ]


def test_what_was_decided_or_called_off_later_is_not_of_the_quarter_before(opened: Opened) -> None:
    decisions = [(one.name, one.spent) for one in opened("2026-Q1").funds if one.meeting == "rapat"]
    assert decisions == [("Pipa air", 0), ("Sumur", 0)]


def test_everybody_sees_the_activities_and_their_sum(opened: Opened) -> None:
    page = html.document_fromstring(render_figure(opened("2026-Q2"), Links("/"), lambda page, **_: f"/{page}", "id"))
    lists = {
        section.findtext("h2"): [[part.text_content() for part in line] for line in section.xpath("ul/li")]
        for section in page.xpath("//section[ul[@class='lines']]")
    }
    assert lists["Kegiatan menurut Rembuk Stunting"][-1] == ["Jumlah", "Rp68, untuk stunting Rp58, belanja Rp30"]
    assert lists["Keputusan rapat triwulan dari Dana Desa"] == [
        ["Pipa air 27 Mar 2026", "Rp7, untuk stunting Rp7, belanja Rp3"],
        ["Jumlah", "Rp7, untuk stunting Rp7, belanja Rp3"],
    ]
    assert page.xpath("//a[@href='/promises#dana']")

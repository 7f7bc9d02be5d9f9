"""The papers for meetings, from a made-up ledger: which promises they open with, what is counted, and as of when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from lxml import html

from scorecards.packs.meeting import pack_of, render_pack
from scorecards.packs.sources import MeetingSources
from scorecards.promises.sources import Promise
from scorecards.trace.sources import Behind
from templates.rendering import Frame
from tests.support.made_up import PLACE, FakeCards
from tests.support.made_up_promises import CLASSES, LATRINES, ROAD, FakePromises

# The figures are those of 31 March 2026, the ledger that of 10 July.
OLD = replace(
    LATRINES,
    id="lama",
    year="2025",
    agreed_on=date(2025, 1, 9),
    name="Sumur bor",
    overdue=False,
    done=True,
    lacking=4,
    closed=4,
)
DROPPED = replace(ROAD, id="batal", year="2025", agreed_on=date(2025, 1, 9), name="Gapura")
LATER = replace(LATRINES, id="nanti", agreed_on=date(2026, 5, 2), name="Kebun gizi", overdue=False)
ALL = (LATRINES, CLASSES, ROAD, OLD, DROPPED, LATER)


def paper(promises: Sequence[Promise] = ALL, year: int | None = None, *, names: bool = False) -> str:
    cards = FakeCards().village_cards(PLACE.code, None)
    behind = Behind(PLACE, cards.current, date(2026, 3, 31), [], [])
    ledger = FakePromises(promises).ledger(PLACE.code, names=names)
    found = MeetingSources(PLACE, cards.counted, cards.trend, cards.first, cards.current, behind, {}, ledger)
    pack = pack_of(found, year=year, names=names)
    return render_pack(pack, Frame(other=""), "https://contoh.id/desa", "id")


def opening(source: str) -> tuple[str, dict[str, str]]:
    """What the first part says before its table, and the rows of this by the name of the activity."""
    page = html.document_fromstring(source)
    rows = page.xpath("//table[count(preceding-sibling::h2) = 1]//tbody/tr")
    said = {row.xpath("string(.//b)"): " ".join(row.text_content().split()) for row in rows}
    return " ".join(page.xpath("string(//h2[1]/following-sibling::p[1])").split()), said


def test_rembuk__opens_with_the_activities_of_the_year_before_and_whatever_else_is_left() -> None:
    said, rows = opening(paper(year=2026))
    assert rows.keys() == {"Jamban sehat", "Sumur bor", "Gapura"}  # overdue, done, called off
    assert said.startswith("Per 10 Juli 2026: 2 dijanjikan, 1 selesai, 1 lewat tenggat. Dari 7 yang dulu belum")
    assert "Rembuk 8 Jan 2026." in rows["Jamban sehat"]


def test_rembuk__of_the_coming_year_opens_with_the_activities_of_this_one() -> None:
    said, rows = opening(paper(year=2027))
    assert rows.keys() == {"Jamban sehat", "Kelas <b>pengasuhan</b>", "Jalan dusun", "Kebun gizi"}
    assert "3 dijanjikan, 1 selesai, 1 lewat tenggat." in said


def test_rembuk__without_anything_to_tell_counts_nothing() -> None:
    source = paper([LATER], year=2025)
    assert opening(source) == (
        "Tidak ada kegiatan 2024 yang dicatat di sini, dan tidak ada janji lain yang belum selesai.",
        {},
    )
    assert "dijanjikan" not in html.document_fromstring(source).text_content()


def test_quarterly_paper__opens_with_all_that_was_not_called_off_and_says_the_day() -> None:
    said, rows = opening(paper())
    assert rows.keys() == {"Jamban sehat", "Kelas <b>pengasuhan</b>", "Sumur bor", "Kebun gizi"}
    assert said.startswith("Per 10 Juli 2026: 4 dijanjikan, 2 selesai, 1 lewat tenggat.")
    assert "Data sampai 31 Maret 2026." in paper()


def test_papers__say_who_answers_for_a_promise_and_name_households_only_in_the_copy_with_names() -> None:
    for year in (None, 2026):
        assert "Penanggung jawab: Kepala Dusun Mawar." in opening(paper(year=year))[1]["Jamban sehat"]
        assert "Tono Contoh" not in paper(year=year)
        assert "Tono Contoh (masih belum menerima)" in paper(year=year, names=True)


def test_papers__say_that_households_had_it_already() -> None:
    had = replace(LATRINES, homes={"mawar-1": "had", "mawar-2": "not_due"}, lacking=0, closed=0)
    row = opening(paper([had]))[1]["Jamban sehat"]
    assert "Keluarga yang disebut sudah menerimanya sebelum dijanjikan." in row
    assert "0 dari 0" not in row

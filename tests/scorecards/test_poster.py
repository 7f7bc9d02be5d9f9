"""The poster for the village hall: tenths, no figure that could point at a family, one sheet."""

from __future__ import annotations

import re
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import html

from forms.problems import Language
from scorecards.packs.poster import Size, Tenths, poster_of, render_poster, tenths
from scorecards.paper.pdf import make_pdf
from scorecards.shares import share
from scorecards.sources import NO_PROMISES, Tally
from templates.rendering import Frame
from tests.support.made_up import COUNTS, EMPTY_CARD, FULL_CARD, PLACE, FakeCards, make_card

CARD = make_card()
# Each of the kinds of figures that a poster has is below five somewhere; the sectors health and water lack but few.
SMALL = make_card(
    {**{code: (due, due) for code, (_, due) in COUNTS.items()}, "ih1": (26, 28), "a4": (3, 121), "a8": (118, 121)},
    table2={"children": 121, "green": 115, "yellow": 2, "red": 3, "not_measured": 1},
    complete={"households": 141, "complete": 139, "percent": "98.6"},
    not_monitored={"pregnant": 1, "children": 0},
)


# Below half of what is due everywhere, most of all where children of 2 to 6 years are enrolled in PAUD.
LOW = make_card(
    {code: (received // 2, due) for code, (received, due) in COUNTS.items()} | {"p1": (4, 140)},
    table2={"children": 121, "green": 121, "yellow": 0, "red": 0, "not_measured": 0},
    not_monitored={"pregnant": 0, "children": 0},
)
DAY = date(2026, 4, 2)
PROMISES = Tally(22, 12, 3, lacking=60, closed=45, on=DAY)


def page(card: dict[str, object], size: Size = "A3", promises: Tally = NO_PROMISES, language: Language = "id") -> str:
    found = FakeCards(content=card).village_cards(PLACE.code, None)._replace(promises=promises)
    return render_poster(poster_of(found), Frame(other=""), "https://contoh.id/desa/11.01.01.2001", size, language)


def words(card: dict[str, object], promises: Tally = NO_PROMISES) -> str:
    text = " ".join(html.document_fromstring(page(card, promises=promises)).xpath("//main//text()[normalize-space()]"))
    return re.sub(r"\s+", " ", text)


def signs(card: dict[str, object], row: str) -> set[str]:
    """What is drawn for what was received, in this part of the page: round, triangle, square, tick."""
    starts = {"M2.5": "square", "M14 2": "triangle", "M7.5": "tick"}
    drawn = html.document_fromstring(page(card)).xpath(f"{row}//*[contains(@class, 'ten')]//g[@fill != '#fff']/*")
    return {
        "round" if one.tag == "circle" else starts[next(s for s in starts if one.get("d").startswith(s))]
        for one in drawn
    }


@pytest.mark.parametrize(
    ("received", "due", "found"),
    [
        (962, 1214, Tenths(share(962, 1214), 8, exact=True)),
        (995, 1000, Tenths(share(995, 1000), 9, exact=True)),  # ten only where nothing lacks
        (5, 1000, Tenths(share(5, 1000), 1, exact=True)),  # none only where nothing was received
        (1000, 1000, Tenths(share(1000, 1000), 10, exact=True)),
        (0, 50, Tenths(share(0, 50), 0, exact=True)),
        (98, 100, Tenths(share(98, 100), 9, exact=False)),  # two people lack it: who?
        (4, 100, Tenths(share(4, 100), 1, exact=False)),
        (2, 4, Tenths(share(2, 4), None, exact=False)),
        (0, 0, Tenths(share(0, 0), None, exact=True)),
    ],
)
def test_tenths__never_round_to_all_or_none_and_hide_few(received: int, due: int, found: Tenths) -> None:
    assert tenths(share(received, due)) == found


def test_poster__says_what_the_card_says() -> None:
    said = words(CARD)
    for figure in ("8 dari 10", "79,2%", "962 dari 1.214 layanan", "310 dari 373", "37 dari 141", "78", "11 anak"):
        assert figure in said
    assert "9 ibu dan anak belum dikunjungi" in said  # 2 mothers and 7 children: the two are not told


def test_poster__no_figure_of_people_below_five() -> None:
    said = words(SMALL)
    of_people = re.sub(r"kurang dari 5|\d+ dari 10\b|0-23|2 tahun", "", said.split("Data sampai")[0])
    figures = {int(figure) for figure in re.findall(r"(?<![\d.,])\b\d+\b(?![.,]?\d)", of_people)}
    assert figures & {1, 2, 3, 4} == set(), said
    assert said.count("kurang dari 5") == 3
    assert "Beberapa anak bertanda merah" in said
    assert "Beberapa ibu belum dikunjungi" in said
    assert "139" not in said and "98,6" not in said  # 141 households less these are two


def test_poster__the_total_does_not_give_away_the_one_sector_that_is_not_told() -> None:
    card = make_card({**{code: (due, due) for code, (_, due) in COUNTS.items()}, "a8": (118, 121), "a2": (80, 118)})
    poster = poster_of(FakeCards(content=card).village_cards(PLACE.code, None))
    assert [sector for sector, one in poster.sectors if not one.exact] == ["sosial"]
    assert not poster.total.exact


def test_poster__opens_what_was_promised_what_was_done_and_whom_it_reached__without_small_numbers() -> None:
    assert "Janji rembuk dan rapat per 2 April 2026 22 dijanjikan 12 sudah selesai 3 lewat tenggat 45 kini" in words(
        CARD, PROMISES
    )
    assert "kurang dari 5 kini sudah menerima" in words(CARD, PROMISES._replace(closed=4))
    assert "kini sudah menerima" not in words(CARD, PROMISES._replace(lacking=0, closed=0))  # hidden from who looks
    assert "dijanjikan" not in words(CARD)


def test_poster__what_to_do_fits_the_service_and_is_said_as_people_speak() -> None:
    said = words(LOW)
    assert "136 anak belum menerima: PAUD anak 2–6 tahun. Daftarkan anak ke PAUD terdekat" in said
    assert "86 anak belum menerima: Konseling gizi. Ikut konseling gizi. Ayah juga ditunggu." in said
    assert "Ikut kelas di dusun" not in said and "belum terpenuhi" not in said


@pytest.mark.parametrize(("card", "drawn"), [(LOW, {"square"}), (CARD, {"triangle"}), (FULL_CARD, {"round", "tick"})])
def test_poster__signs_fit_the_light_and_only_a_good_one_has_a_tick(card: dict[str, object], drawn: set[str]) -> None:
    assert signs(card, "//section[@class='hero']") == drawn


def test_poster__signs_of_sectors_fit_their_lights() -> None:
    assert signs(CARD, "//table[@class='five']//tr[1]") == {"round", "tick"}
    assert signs(CARD, "//table[@class='five']//tr[2]") == {"square"}


class Word(NamedTuple):
    text: str
    start: float
    end: float


def printed(source: str, file: Path) -> tuple[str, list[Word], list[Word]]:
    """What is told of the PDF, the words above its foot, and those from there on, with where each lies in points."""
    file.write_bytes(make_pdf(source))
    told = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    boxes = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, check=True).stdout
    found = [
        Word(word.text or "", float(word.get("ymin", 0)), float(word.get("ymax", 0)))
        for word in html.document_fromstring(boxes).iter("word")
    ]
    begins = next(word.start for word in found if word.text in ("baik:", "good:")) - 4
    return told, [word for word in found if word.end <= begins], [word for word in found if word.end > begins]


def foot_of(source: str) -> list[str]:
    """The words of the foot of this page, in order of the alphabet."""
    return sorted(" ".join(html.document_fromstring(source).xpath("//footer//text()")).split())


@pytest.mark.parametrize("promises", [PROMISES, NO_PROMISES], ids=["promises", "none"])
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "card", [CARD, SMALL, EMPTY_CARD, FULL_CARD, LOW], ids=["usual", "small", "empty", "full", "low"]
)
def test_poster__is_one_sheet_and_nothing_runs_into_its_foot(
    card: dict[str, object], language: Language, promises: Tally, tmp_path: Path
) -> None:
    source = page(card, "A3", promises, language)
    told, _, foot = printed(source, tmp_path / "poster.pdf")
    assert re.search(r"Pages: +1\n", told)
    assert "841.89 x 1190.55" in told
    assert sorted(word.text for word in foot) == foot_of(source)


def test_poster__of_a2_is_that_of_a3_grown(tmp_path: Path) -> None:
    source = page(CARD, "A2", PROMISES)
    told, _, foot = printed(source, tmp_path / "poster.pdf")
    assert re.search(r"Pages: +1\n", told) and "1190.55 x 1683.78" in told
    assert sorted(word.text for word in foot) == foot_of(source)


def test_poster__is_written_large_enough_for_three_metres(tmp_path: Path) -> None:
    _, above, _ = printed(page(CARD, "A3", PROMISES), tmp_path / "poster.pdf")
    least = 20  # points of a line: 7 mm
    assert [word.text for word in above if word.end - word.start < least] == []


def test_poster__with_nothing_left_to_do_fills_its_sheet(tmp_path: Path) -> None:
    _, above, foot = printed(page(FULL_CARD), tmp_path / "poster.pdf")
    assert max(word.end for word in above) > 0.9 * min(word.start for word in foot)


def test_poster__takes_less_than_a_second() -> None:
    made = page(CARD)
    make_pdf("<p>")  # the library is there
    spent = []
    for _ in range(3):
        begun = time.process_time()
        make_pdf(made)
        spent.append(time.process_time() - begun)
    assert min(spent) < 1

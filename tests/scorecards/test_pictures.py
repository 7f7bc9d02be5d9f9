"""The picture of a card: its size, its signs, and that the font has every sign of its texts."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from time import process_time

import pytest
from PIL import Image, ImageFont

import templates
from forms.problems import Language
from scorecards.pictures.drawing import FILLS, SIZE, drawable, png
from scorecards.pictures.picture import Part, Picture, village_picture
from scorecards.shares import Light
from tests.scorecards.test_pages import see
from tests.support.made_up import EMPTY_CARD, PLACE, make_card

SECONDS, BYTES = 0.1, 60_000
TRIES = 10  # of which the best one counts: the machine does other things as well


def pixels(picture: Picture) -> Image.Image:
    image = Image.open(BytesIO(png(picture)))
    assert (image.size, image.format) == (SIZE, "PNG")
    return image.convert("RGB")


def texts(picture: Picture) -> list[str]:
    found = [getattr(one, name.name) for one in (picture, picture.level, *picture.sectors) for name in fields(one)]
    return [one for one in found if isinstance(one, str)]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("card", [make_card(), EMPTY_CARD], ids=["usual", "empty"])
def test_texts__are_drawn_in_signs_that_the_font_has(card: dict[str, object], language: Language) -> None:
    font = ImageFont.load_default(40)
    assert isinstance(font, ImageFont.FreeTypeFont)
    lacking = bytes(font.getmask("\uffff"))
    place = PLACE._replace(village="Désa Bulé’é — Suka…", subdistrict="“Bakti”")
    picture = village_picture(see(card, place), language)
    signs = {sign for text in texts(picture) for sign in drawable(text)}
    assert [sign for sign in sorted(signs) if sign != " " and bytes(font.getmask(sign)) == lacking] == []


def test_texts__level_with_its_word_village_and_quarter() -> None:
    picture = village_picture(see(make_card()), "id")
    assert (picture.title, picture.quarter) == ("Desa Sukamaju Hilir", "Triwulan 1 2026")
    assert (picture.level.percent, picture.word, picture.level.light) == ("79,2%", "sedang", "yellow")
    assert picture.sentence == "962 dari 1.214 layanan sudah diterima ibu hamil dan anak 0–23 bulan."
    assert [(one.name, one.percent) for one in picture.sectors][1] == ("Layanan gizi", "57,9%")
    english = village_picture(see(make_card()), "en")
    assert (english.title, english.quarter, english.word) == ("Village of Sukamaju Hilir", "Quarter 1 2026", "fair")
    assert english.sentence == "962 of 1,214 services have reached pregnant women and children 0–23 months."
    assert [one.name for one in english.sectors] == [
        "Health",
        "Nutrition",
        "Water & sanitation",
        "Social protection",
        "Early education",
    ]
    assert village_picture(see(EMPTY_CARD), "en").word == "nobody due"


@pytest.mark.parametrize("light", ["green", "yellow", "red", None])
def test_sign__has_its_shape_and_colour(light: Light | None) -> None:
    """The corner and the middle of its box: a square fills the corner, a circle and a triangle do not."""
    part = Part("", "", light, 0)
    image = pixels(Picture("", "", "", part, "", "", ()))
    left = 60 + 10 + 40
    fill = [int(FILLS[light][start : start + 2], 16) for start in (1, 3, 5)]

    def is_filled(x: int, y: int) -> bool:
        """The file has few colours: nearly the same will do."""
        found = image.getpixel((x, y))
        assert isinstance(found, tuple)
        return max(abs(one - other) for one, other in zip(found, fill, strict=True)) < 12

    assert (is_filled(left + 2, 270), is_filled(left + 31, 300)) == (light == "red", True)


def test_picture__is_small_quick_and_drawn_once() -> None:
    long = village_picture(see(make_card(), PLACE._replace(village="Nama yang panjang sekali " * 8)), "id")
    assert len(png(long)) < BYTES
    seconds = []
    for number in range(TRIES):
        began = process_time()
        png(replace(long, quarter=f"Triwulan {number}"))
        seconds.append(process_time() - began)
    assert min(seconds) < SECONDS
    assert png(long) is png(replace(long))


def test_english_words__of_another_picture_are_at_hand() -> None:
    """Every picture is laid out before it is known whether it is drawn at all."""
    view, seconds = see(make_card()), []
    for _ in range(TRIES):
        began = process_time()
        village_picture(view, "en")
        seconds.append(process_time() - began)
    assert min(seconds) < SECONDS / 10


def test_colours__are_those_of_the_pages() -> None:
    css = (Path(templates.__file__).parent / "style.css").read_text()
    palette = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", css))
    assert {light or None: palette[f"{light or 'none'}-fill"] for light in ("green", "yellow", "red", "")} == FILLS

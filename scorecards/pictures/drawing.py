"""Draws the picture of a card as a PNG of 1200 x 630, the size that chats show. Alone this module knows Pillow.

The font is the one that Pillow carries, so that a server needs none. It has Latin letters; the few signs of our texts
that it lacks are drawn as others, and letters with marks without them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cache, lru_cache
from io import BytesIO
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

from scorecards.pictures.picture import Part, Picture
from scorecards.shares import Light

SIZE = (1200, 630)
# Pictures that are kept: drawing one takes some 40 ms, and a chat asks for it once for each reader.
KEPT = 128
COLOURS = 64  # in the file: fewer make it small

# The palette of templates/style.css; a test holds them together.
INK, SOFT, CARD, GROUND, RAIL = "#1c2530", "#55606d", "#ffffff", "#f6f3ec", "#e6e8ec"
BRAND, ON_BRAND, ON_BRAND_SOFT = "#1c3a66", "#ffffff", "#cfdcee"
FILLS: dict[Light | None, str] = {"green": "#2b9255", "yellow": "#c08600", "red": "#cf3f34", None: "#7f8a96"}

_EDGE, _HEAD = 60, 176
_IN_PLACE = str.maketrans({"–": "-", "—": "-", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"'})
_SMALLEST = 30
_SMALLEST_LINE = 18
_Box = tuple[float, float, float, float]


@lru_cache(maxsize=KEPT)
def png(picture: Picture) -> bytes:
    """The file. The same picture is drawn once for as long as it is among the latest."""
    image = Image.new("RGB", SIZE, GROUND)
    draw = ImageDraw.Draw(image)
    _head(draw, picture)
    _level(draw, picture)
    for place, part in enumerate(picture.sectors):
        _sector(draw, part, _EDGE + place * 226)
    out = BytesIO()
    image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def _head(draw: ImageDraw.ImageDraw, picture: Picture) -> None:
    draw.rectangle((0, 0, SIZE[0], _HEAD), fill=BRAND)
    wide = SIZE[0] - 2 * _EDGE - 300
    _text(draw, (_EDGE, 30), picture.title, 64, ON_BRAND, wide)
    _text(draw, (_EDGE, 112), picture.where, 32, ON_BRAND_SOFT, wide)
    right = SIZE[0] - _EDGE
    draw.text((right, 48), drawable(picture.quarter), fill=ON_BRAND, font=_font(34), anchor="ra")


def _level(draw: ImageDraw.ImageDraw, picture: Picture) -> None:
    draw.rounded_rectangle((_EDGE - 20, 200, SIZE[0] - _EDGE + 20, 430), 24, fill=CARD)
    fill = FILLS[picture.level.light]
    left = _EDGE + 10
    percent = drawable(picture.level.percent)
    draw.text((left, 226), percent, fill=INK, font=_font(118))
    width = draw.textlength(percent, font=_font(118))
    _sign(draw, picture.level.light, left + width + 40, 268, 62)
    draw.text((left + width + 122, 266), drawable(picture.word), fill=INK, font=_font(52))
    _text(draw, (left, 366), picture.sentence, 30, SOFT, SIZE[0] - 2 * _EDGE - 20, _SMALLEST_LINE)
    bar = (left, 408, SIZE[0] - _EDGE - 10, 418)
    _bar(draw, bar, picture.level.filled, fill)


def _sector(draw: ImageDraw.ImageDraw, part: Part, left: int) -> None:
    draw.rounded_rectangle((left - 20, 450, left + 196, 600), 18, fill=CARD)
    _text(draw, (left, 466), part.name, 23, SOFT, 184, _SMALLEST_LINE)
    _sign(draw, part.light, left, 518, 28)
    draw.text((left + 42, 508), drawable(part.percent), fill=INK, font=_font(42))
    _bar(draw, (left, 574, left + 176, 584), part.filled, FILLS[part.light])


def _bar(draw: ImageDraw.ImageDraw, box: _Box, filled: int, fill: str) -> None:
    left, top, right, bottom = box
    draw.rounded_rectangle(box, 5, fill=RAIL)
    if filled:
        draw.rounded_rectangle((left, top, left + (right - left) * filled / 1000, bottom), 5, fill=fill)


def _sign(draw: ImageDraw.ImageDraw, light: Light | None, left: float, top: float, size: float) -> None:
    """The same signs as on pages: circle, triangle, square, and a dash where there is no light."""
    fill, right, bottom = FILLS[light], left + size, top + size
    match light:
        case "green":
            draw.ellipse((left, top, right, bottom), fill=fill)
        case "yellow":
            draw.polygon(((left + size / 2, top), (right, bottom), (left, bottom)), fill=fill)
        case "red":
            draw.rectangle((left, top, right, bottom), fill=fill)
        case None:
            draw.rectangle((left, top + size * 0.4, right, top + size * 0.6), fill=fill)


def _text(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    fill: str,
    wide: float,
    smallest: int = _SMALLEST,
) -> None:
    """The text in one line, smaller where it is too wide, and cut at last."""
    text = drawable(text)
    sizes = [*range(size, smallest, -2), smallest]
    # Measuring a long line costs more than drawing it: sizes and cuts are looked for by halves.
    place = bisect_left(sizes, -wide, key=lambda one: -draw.textlength(text, font=_font(one)))
    size = sizes[min(place, len(sizes) - 1)]
    if place == len(sizes):
        fits = bisect_right(range(len(text)), wide, key=lambda end: draw.textlength(f"{text[:end]}...", _font(size)))
        text = f"{text[: fits - 1].rstrip('.')}..."
    draw.text(at, text, fill=fill, font=_font(size))


def drawable(text: str) -> str:
    """The text in signs that the font has."""
    parted = normalize("NFKD", text.translate(_IN_PLACE))
    return "".join(sign for sign in parted if not combining(sign))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)

"""What the picture of a card says: the one that a chat or a search shows beside the link to the page."""

from __future__ import annotations

from dataclasses import dataclass

from forms.indicators.rules import Sector
from forms.problems import Language
from scorecards.areas.view import AreaView
from scorecards.running_month import RunningMonth
from scorecards.shares import Light, Share
from scorecards.view import VillageView
from templates.rendering import environment, translations


@dataclass(frozen=True)
class Part:
    """A share by name, as text and as light; no light (None) where nothing is due. `filled` of a thousand is drawn."""

    name: str
    percent: str
    light: Light | None
    filled: int


@dataclass(frozen=True)
class Picture:
    """All texts of the picture, in one language, in the order in which they are read."""

    title: str
    where: str
    quarter: str
    level: Part
    word: str
    sentence: str
    sectors: tuple[Part, ...]


# Texts of the pages (templates/texts), by what they stand for.
_LIGHTS: dict[Light | None, str] = {"green": "baik", "yellow": "sedang", "red": "kurang", None: "tidak ada sasaran"}
_SECTORS: dict[Sector, str] = {
    "kesehatan": "Kesehatan",
    "gizi": "Layanan gizi",
    "air": "Air & sanitasi",
    "sosial": "Jaminan sosial",
    "paud": "PAUD",
}
_CALLED = {
    "village": "Desa %(village)s",
    "subdistrict": "Kecamatan %(subdistrict)s",
    "province": "Provinsi %(province)s",
}
_QUARTER = "Triwulan %(number)s %(year)s"
_BEGUN, _GOES_ON = "%(month)s baru mulai (hari ke-%(day)s)", "%(month)s baru sampai hari ke-%(day)s"
_SENTENCE = "%(received)s dari %(due)s layanan sudah diterima ibu hamil dan anak 0–23 bulan."


def village_picture(view: VillageView, language: Language) -> Picture:
    """The picture of a village's card."""
    place = view.place
    where = f"{_called('subdistrict', place.subdistrict, language)} · {place.district}"
    return _picture(_called("village", place.village, language), where, view, language)


def area_picture(view: AreaView, language: Language) -> Picture:
    """The picture of a region's page."""
    where = " · ".join(one.name for one in reversed(view.above)) or view.region.code
    title = _called(view.kind, view.region.name, language)
    return _picture(title, where, view, language)


def _said(text: str, language: Language, **values: object) -> str:
    return translations(language).gettext(text) % values


def _called(kind: str, name: str, language: Language) -> str:
    return _said(_CALLED[kind], language, **{kind: name}) if kind in _CALLED else name


def _picture(title: str, where: str, view: VillageView | AreaView, language: Language) -> Picture:
    number, total = environment(language).filters["number"], view.total
    counts = {"received": number(total.received), "due": number(total.due)}
    return Picture(
        title=title,
        where=where,
        quarter=_said(_QUARTER, language, number=view.quarter.number, year=view.quarter.year),
        level=_part("", total, language),
        word=_said(_LIGHTS[total.light], language),
        sentence=_said(_SENTENCE, language, **counts) + _begun(view.month, language) if total.due else "",
        sectors=tuple(_part(_said(_SECTORS[one.sector], language), one.share, language) for one in view.sectors),
    )


def _begun(month: RunningMonth | None, language: Language) -> str:
    """That the visits of the month are still to come; blank where there is none such."""
    if month is None:
        return ""
    name = environment(language).filters["month"](month.first)
    text = _BEGUN if month.has_begun_lately else _GOES_ON
    return f" {_said(text, language, month=name, day=month.day)}."


def _part(name: str, share: Share, language: Language) -> Part:
    percent = environment(language).filters["percent"](share.percent)
    return Part(name, percent, share.light, round(10 * (share.percent or 0)))

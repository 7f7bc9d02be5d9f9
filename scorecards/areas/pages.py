"""The page of a region as HTML text, and its figures as JSON, in Indonesian or English. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.periods import Quarter
from forms.problems import Language
from forms.sheets_out.tables import Column, Sheet
from scorecards.areas.dictionary import DataColumn
from scorecards.areas.figure import FigureView
from scorecards.areas.groups import GroupView
from scorecards.areas.places import Line
from scorecards.areas.sources import AreaCards
from scorecards.areas.view import AreaView
from scorecards.shares import Share
from scorecards.small_counts import as_told
from templates.rendering import Frame, render


def _nowhere(_code: str) -> str:
    return ""


def _nothing(_quarter: Quarter) -> str:
    return ""


@dataclass(frozen=True)
class AreaLinks(Frame):
    """Where the page of a region leads, beyond what every page has; None where there is nothing to lead to. `to` gives
    the address of a region or village in the same quarter, `at` that of the region in another; `unused` leads to the
    villages that take no part; `all_by_score` and `all_silent` are lists of the region's
    villages; `number` gives the address of one of the page's numbers by its name; `late` leads from the code of a
    village to its promises, and `all_late` to all that are overdue; `address` and `picture` are full addresses, for
    whoever shows the page elsewhere."""

    to: Callable[[str], str] = field(default=_nowhere)
    previous: str | None = None
    next: str | None = None
    json: str | None = None
    xlsx: str | None = None
    csv: str | None = None
    data: str | None = None
    all_by_score: str | None = None
    all_silent: str | None = None
    unused: str | None = None
    at: Callable[[Quarter], str] = field(default=_nothing)
    late: Mapping[str, str] = field(default_factory=dict)
    all_late: str | None = None
    address: str | None = None
    picture: str | None = None
    number: Callable[[str], str] = field(default=_nowhere)


@dataclass(frozen=True)
class FigureLinks(Frame):
    """Where the page of a number leads: `to` gives the same number of what lies below or above (of a count of villages
    a village's page), `area` the region's page."""

    to: Callable[[str], str] = field(default=_nowhere)
    area: str = ""


def render_figure(view: FigureView, links: FigureLinks, language: Language) -> str:
    return render("rekap_angka.html", language, view=view, links=links)


def render_group(view: GroupView, links: FigureLinks, language: Language) -> str:
    return render("rekap_desa.html", language, view=view, links=links)


def render_area(view: AreaView, links: AreaLinks, language: Language) -> str:
    return render("rekap.html", language, view=view, links=links)


@dataclass(frozen=True)
class DataView:
    """The page of open data: the quarters that there are, the columns with their meanings, and the licence."""

    quarters: tuple[Quarter, ...]
    columns: tuple[DataColumn, ...]
    licence: str


@dataclass(frozen=True)
class DataLinks(Frame):
    """Where it leads: the files of a quarter, and the dictionary's; `nation` is the page of all regions."""

    csv: Callable[[Quarter], str] = field(default=_nothing)
    json: Callable[[Quarter], str] = field(default=_nothing)
    dictionary_csv: str = ""
    dictionary_json: str = ""
    nation: str = ""


def render_data(view: DataView, links: DataLinks, language: Language) -> str:
    return render("data.html", language, view=view, links=links)


def area_json(view: AreaView, found: AreaCards, *, hides: bool = False) -> dict[str, Any]:
    """The documented JSON of a region, without the rows of its villages: what its page shows, and the sums of all
    figures of the villages' cards; `hides`: without small counts of people."""
    card = as_told(found.together.card) if hides else found.together.card
    return {
        "region": {**view.region._asdict(), "level": view.kind},
        "period": str(view.quarter),
        "counted": {
            "first_day": str(view.counting.first) if view.counting.first else None,
            "last_day": str(view.counting.last) if view.counting.last else None,
            "waiting": view.counting.waiting,
        },
        "villages_count": {
            "listed": found.listed,
            "taking_part": view.villages,
            "reporting": view.reporting,
            "silent": view.silent,
        },
        "level": _json(view.total),
        "level_of_reporting": _json(view.told),
        "quarters": [
            {"period": str(bar.quarter), **_json(bar.share), "villages": bar.villages, "reporting": bar.reporting}
            for bar in view.trend
        ],
        "sectors": {one.sector: _json(one.share) for one in view.sectors},
        "sums": {name: part for name, part in card.items() if name not in ("village", "period", "as_of")},
        "parts": [_part(line) for line in sorted(view.lines, key=lambda line: line.number)],
    }


def parts_sheet(view: AreaView) -> Sheet:
    """The regions right below, or the villages of a kecamatan, with what they come to."""
    head = ("kode", "nama", "desa", "desa_melapor", "diterima", "seharusnya", "persen")
    rows = [
        [line.code, line.name, line.villages, line.reporting, line.share.received, line.share.due, line.share.percent]
        for line in sorted(view.lines, key=lambda line: line.number)
    ]
    return Sheet("rekap", [Column(name) for name in head], rows)


def _json(share: Share) -> dict[str, Any]:
    percent = None if share.percent is None else str(share.percent)
    return {"received": share.received, "due": share.due, "percent": percent}


def _part(line: Line) -> dict[str, Any]:
    counts = {"villages": line.villages, "reporting": line.reporting}
    return {"code": line.code, "name": line.name, **_json(line.share), **counts}

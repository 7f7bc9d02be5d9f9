"""The pages of the scorecards as HTML text, in Indonesian or English. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from forms.periods import Quarter
from forms.problems import Language
from scorecards.formulir1 import Formulir1View
from scorecards.home import AreaLine, District, VillageLine
from scorecards.running_month import RunningMonth
from scorecards.shares import USUAL, Thresholds
from scorecards.sources import NO_PROMISES, Tally
from scorecards.view import VillageView
from templates.rendering import Frame, render


@dataclass(frozen=True)
class Links(Frame):
    """Where a page of the scorecards leads, beyond what every page has; None where there is nothing to lead to.

    `packs`: what of the card can be printed or handed on, each as (name, address).
    `card` is the name of the rules that the card was counted by, `is_beside` whether others are in force, and
    `other_cards` those that it can be counted by as well, each as (name, address).
    """

    village: str | None = None
    previous: str | None = None
    next: str | None = None
    json: str | None = None
    formulir1: str | None = None
    packs: tuple[tuple[str, str], ...] = ()
    dusun: str | None = None
    card: str = ""
    is_beside: bool = False
    other_cards: tuple[tuple[str, str], ...] = ()
    paper: str | None = None
    pdf: str | None = None
    sign: str | None = None
    # The page of the kecamatan; full addresses of this page and of its picture, for whoever shows it elsewhere.
    area: str | None = None
    address: str | None = None
    picture: str | None = None
    promises: str | None = None
    # Of a number of the card, by its name (scorecards/trace/figures.py), where it is opened.
    number: Callable[[str], str] | None = None
    # Of somebody whom it counts, by the number and the id of the person.
    person: Callable[[str, str], str] | None = None
    workbook: str | None = None
    named: str | None = None
    formulir3a: str | None = None
    formulir3b: str | None = None


def render_village(
    view: VillageView,
    links: Links,
    language: Language,
    promises: Tally = NO_PROMISES,
    named: Sequence[object] = (),
) -> str:
    """`named`: whom each of the things to do is about (scorecards/trace/named.py), for those who may see names."""
    return render("desa.html", language, view=view, links=links, promises=promises, named=named)


def render_formulir1(view: Formulir1View, links: Links, language: Language) -> str:
    return render("formulir1.html", language, view=view, links=links)


@dataclass(frozen=True)
class HomeView:
    """The list of villages, one of: `districts` by name, `rows` sorted otherwise, or `areas` where there are too many.

    `region` is the name of what is listed, blank for all. `village_links` leads from a village's code to its page,
    `area_links` from an area's code to its list, `rollups` from the code of a kecamatan or kabupaten that is shown to
    its own page; `rollup` is the page of the region that is listed, None where nothing leads there. `mine` leads to
    the visitor's own region, None where that is shown or nobody is logged in; `everything` to all, None where that is
    shown or is not theirs to see. `search`, `sort` and `quarter` are the choices made, `quarters` those that can be
    chosen; `asked` are hidden fields that keep the rest. `unused` more villages of the region take no part, and are
    not listed for lack of room. `month`: the one whose visits are still to come, None where there is none.
    """

    quarter: Quarter
    quarters: Sequence[Quarter]
    region: str = ""
    search: str = ""
    sort: str = "nama"
    asked: tuple[tuple[str, str], ...] = ()
    districts: Sequence[District] = ()
    rows: Sequence[VillageLine] = ()
    areas: Sequence[AreaLine] = ()
    unused: int = 0
    thresholds: Thresholds = USUAL
    village_links: Mapping[str, str] = field(default_factory=dict)
    area_links: Mapping[str, str] = field(default_factory=dict)
    rollups: Mapping[str, str] = field(default_factory=dict)
    rollup: str | None = None
    mine: str | None = None
    everything: str | None = None
    month: RunningMonth | None = None


def render_home(view: HomeView, links: Links, language: Language) -> str:
    """The list of villages."""
    return render("home.html", language, view=view, links=links)

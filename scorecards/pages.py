"""The pages of the scorecards as HTML text, in Indonesian or English. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forms.periods import Quarter
from forms.problems import Language
from scorecards.formulir1 import Formulir1View
from scorecards.home import AreaLine, District, VillageLine
from scorecards.view import VillageView
from templates.rendering import Frame, render


@dataclass(frozen=True)
class Links(Frame):
    """Where a page of the scorecards leads, beyond what every page has; None where there is nothing to lead to."""

    village: str | None = None
    previous: str | None = None
    next: str | None = None
    json: str | None = None
    formulir1: str | None = None


def render_village(view: VillageView, links: Links, language: Language) -> str:
    return render("desa.html", language, view=view, links=links)


def render_formulir1(view: Formulir1View, links: Links, language: Language) -> str:
    return render("formulir1.html", language, view=view, links=links)


@dataclass(frozen=True)
class HomeView:
    """The list of villages, one of: `districts` by name, `rows` sorted otherwise, or `areas` where there are too many.

    `region` is the name of what is listed, blank for all. `village_links` leads from a village's code to its page,
    `area_links` from an area's code to its list. `mine` leads to the visitor's own region, None where that is shown or
    nobody is logged in; `everything` to all, None where that is shown or is not theirs to see. `search`, `sort` and
    `quarter` are the choices made, `quarters` those that can be chosen; `asked` are hidden fields that keep the rest.
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
    village_links: Mapping[str, str] = field(default_factory=dict)
    area_links: Mapping[str, str] = field(default_factory=dict)
    mine: str | None = None
    everything: str | None = None


def render_home(view: HomeView, links: Links, language: Language) -> str:
    """The list of villages."""
    return render("home.html", language, view=view, links=links)

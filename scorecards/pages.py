"""The pages of the scorecards as HTML text, in Indonesian or English. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forms.periods import Quarter
from forms.problems import Language
from scorecards.formulir1 import Formulir1View
from scorecards.home import Subdistrict
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


def render_home(
    subdistricts: Sequence[Subdistrict],
    village_links: dict[str, str],
    quarter: Quarter,
    links: Links,
    language: Language,
) -> str:
    """The list of villages; `village_links` leads from a village's code to its page."""
    return render(
        "home.html", language, subdistricts=subdistricts, village_links=village_links, quarter=quarter, links=links
    )

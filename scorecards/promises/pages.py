"""The pages of the promise ledger as HTML text. Knows no HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from forms.problems import Language
from scorecards.pages import Links
from scorecards.promises.plans import SERVICES, Helped
from scorecards.promises.view import LateView, LedgerView
from templates.rendering import render


@dataclass(frozen=True)
class PromiseLinks(Links):
    """Where these pages lead: the ledger, its copy with households, and the budget helper; None where they do not."""

    ledger: str | None = None
    households: str | None = None
    helper: str | None = None
    region: str | None = None


def render_late(view: LateView, links: PromiseLinks, village_links: dict[str, str], language: Language) -> str:
    """The overdue promises of a region; `village_links`: to the ledger of each village, by its code."""
    return render("wilayah_janji.html", language, view=view, links=links, village_links=village_links)


def render_ledger(view: LedgerView, links: PromiseLinks, home_links: dict[str, str], language: Language) -> str:
    """The ledger of a village; `home_links`: to the page of each household, {} for the public, who sees counts."""
    return render("janji.html", language, view=view, links=links, home_links=home_links)


def render_helped(helped: Helped, links: PromiseLinks, home_links: dict[str, str], language: Language) -> str:
    """What a budget could pay for; `home_links` as in `render_ledger`."""
    services = {service.code: service for service in SERVICES}
    return render("janji_usulan.html", language, helped=helped, links=links, home_links=home_links, services=services)

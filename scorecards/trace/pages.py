"""The pages of what is behind a number, as HTML text. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable

from forms.problems import Language
from scorecards.pages import Links
from scorecards.trace.dusun import DusunView
from scorecards.trace.target import TargetView
from scorecards.trace.view import FigureView
from templates.rendering import render

Address = Callable[..., str]


def render_figure(view: FigureView, links: Links, to: Address, language: Language) -> str:
    """`to(page, **values)` gives the addresses of the pages that a line leads to."""
    return render("angka.html", language, view=view, links=links, to=to)


def render_target(view: TargetView, links: Links, to: Address, language: Language) -> str:
    return render("angka_sasaran.html", language, view=view, links=links, to=to)


def render_dusun(view: DusunView, links: Links, to: Address, language: Language) -> str:
    return render("dusun.html", language, view=view, links=links, to=to)

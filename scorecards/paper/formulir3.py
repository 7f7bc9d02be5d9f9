"""Formulir 3A and 3B: what each person received, and at the end what they come to."""

from __future__ import annotations

from forms.indicators.rules import Target
from forms.problems import Language
from scorecards.paper.sources import MARKS, QuarterSheets
from scorecards.shares import share
from templates.rendering import Frame, render


def render_formulir3(
    found: QuarterSheets, target: Target, links: Frame, language: Language, *, back: str = "", pdf: str = ""
) -> str:
    """Formulir 3A (of mothers) or 3B (of children) as a page to read and print; without `back`, to make a PDF of. Its
    sums are those of the card. `back` and `pdf` are addresses that only a screen shows."""
    people, labels = found.people[target], found.indicators[target]
    received = {label.code: sum(1 for one in people if one.results[label.code] == 1) for label in labels}
    due = {label.code: sum(1 for one in people if one.results[label.code] is not None) for label in labels}
    return render(
        "formulir3.html",
        language,
        found=found,
        mothers=target == "ibu_hamil",
        labels=labels,
        people=people,
        marks=lambda one: [MARKS[one.results[label.code]] for label in labels],
        rows=[share(received[label.code], due[label.code]) for label in labels],
        total=share(sum(received.values()), sum(due.values())),
        share=share,
        links=links,
        back=back,
        pdf=pdf,
    )

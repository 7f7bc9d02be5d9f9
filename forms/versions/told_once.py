"""What is told once: mistakes that are mended with another one, and remarks that say again what is told already, or
advise the contrary, are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from forms.problems import Finding
from forms.versions.losses import LOST_BEFORE, OF_CHOICES, OF_QUESTIONS
from forms.xlsform.checks import UNKNOWN_REFERENCE
from forms.xlsform.remarks import NEVER_MET


def on_their_own(findings: Iterable[Finding], lost: Collection[Finding]) -> list[Finding]:
    """The mistakes of a workbook that are not mended where a name that is needed is given back: what is wrong with the
    name in its place, and references to it. `lost`: what a new version takes away."""
    gone = {one.details["name"] for one in lost if one.problem in OF_QUESTIONS}
    cells = {one.where for one in lost if one.problem in (*OF_QUESTIONS, *OF_CHOICES) and one.problem.write}
    return [
        one
        for one in findings
        if one.where not in cells and (one.problem is not UNKNOWN_REFERENCE or one.details["name"] not in gone)
    ]


def unsaid(remarks: Iterable[Finding], told: Collection[Finding]) -> list[Finding]:
    """The remarks that stand at other cells, and speak of other names, than what is told."""
    cells = {one.where for one in told if "!" in one.where}
    choices = {one.details["choice"] for one in told if "choice" in one.details}
    names = choices | {one.details["name"] for one in told if "name" in one.details}
    repeated = {NEVER_MET: choices, LOST_BEFORE: names}
    return [
        one
        for one in remarks
        if one.where not in cells and one.details.get("name") not in repeated.get(one.problem, ())
    ]

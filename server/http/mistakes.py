"""What is wrong in an uploaded workbook, as a page's table shows it: a row a mistake, with its cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forms.problems import Finding, ProblemError
from server.http.responses import asked_language

_PLACE = re.compile(r"(?P<sheet>.*)!(?P<column>[A-Z]*)(?P<row>\d+)")


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a workbook, and where; `sheet`, `column` and `row` are blank where it is the file itself."""

    sheet: str
    row: str
    column: str
    content: str
    remedy: str


def mistakes_of(error: ProblemError | None) -> list[Mistake]:
    """All that an error tells, in the language that was asked for; none where there is no error."""
    return [_mistake(finding) for finding in error.findings] if error else []


def _mistake(finding: Finding) -> Mistake:
    found = _PLACE.fullmatch(finding.where)
    place = found.groupdict() if found else dict.fromkeys(("sheet", "column", "row"), "")
    said = Finding(finding.problem, "", finding.details).text(asked_language())
    return Mistake(**place, content=finding.details.get("text", ""), remedy=said)

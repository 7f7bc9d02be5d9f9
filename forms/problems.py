"""One catalogue of problems: a code, what to say in Indonesian and English, and the HTTP status it stands for.

Domain code raises `ProblemError`; each format (OpenRosa XML, JSON, HTML, the terminal) translates it once.
A message says where something is wrong and how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["id", "en"]
_NEXT_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“`$({])")


@dataclass(frozen=True)
class Problem:
    """A kind of problem.

    `id` and `en` are sentences with `{name}` places for details, the first of which says what is wrong, and the others
    how to mend it; `status` is the HTTP status of an answer that refuses because of it. `write`: what belongs at the
    place instead, where that can be told, with places too.
    """

    code: str
    status: int
    id: str
    en: str
    write: str = ""


@dataclass(frozen=True)
class Finding:
    """One problem found at one place. `where` names the place: "survey!C12", "A3" in a list that has no
    sheets, a field, a file; may be empty. `details`:
    name -> what is filled in for it in the sentences."""

    problem: Problem
    where: str = ""
    details: dict[str, str] = field(default_factory=dict)

    def text(self, language: Language = "id") -> str:
        """The sentence for a person, led by the place it speaks of."""
        sentence = self._template(language).format(**self.details)
        return f"{self.where}: {sentence}" if self.where else sentence

    def parts(self, language: Language = "id") -> tuple[str, str]:
        """What is wrong, and how to mend it."""
        wrong, *remedy = _NEXT_SENTENCE.split(self._template(language), maxsplit=1)
        return wrong.format(**self.details), "".join(remedy).format(**self.details)

    def _template(self, language: Language) -> str:
        return self.problem.id if language == "id" else self.problem.en


class ProblemError(Exception):
    """One or more findings that stop the work at hand."""

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings = (findings,) if isinstance(findings, Finding) else tuple(findings)
        if not self.findings:
            raise ValueError("a ProblemError needs at least one finding")
        super().__init__(self.text("en"))

    @property
    def code(self) -> str:
        return self.findings[0].problem.code

    @property
    def status(self) -> int:
        return self.findings[0].problem.status

    def text(self, language: Language = "id") -> str:
        """All findings, a line each."""
        return "\n".join(finding.text(language) for finding in self.findings)


def problem(kind: Problem, where: str = "", /, **details: object) -> ProblemError:
    """The usual way to raise: `raise problem(UNKNOWN_FORM, form_id="x")`."""
    return ProblemError(Finding(kind, where, {name: str(value) for name, value in details.items()}))

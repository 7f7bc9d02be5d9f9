"""A form filled in with answers from elsewhere, such as a table: all that it would not take of them is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from forms.simulation.engine.filling import Answer, Entry, PhoneFiles
from forms.simulation.engine.form import FillableForm, Node, Setter
from forms.simulation.engine.values import UnsupportedError, truth_of
from forms.simulation.engine.xpath import NO_ROW, Evaluate, compiled


@dataclass(frozen=True)
class Unmet:
    """What the form would not take: an answer is missing that it asks for, or one breaks the question's constraint.

    `place`: in which instance of its repeat, from 1; 0 outside of repeats.
    """

    path: str
    place: int
    kind: Literal["missing", "constraint"]


class ExaminedEntry(Entry):
    """A form being filled, that goes on where a phone would stop: `unmet` is what it would have stopped at.

    A constraint that speaks of something unknown here is not looked at.
    """

    def __init__(self, form: FillableForm, files: PhoneFiles, begun: datetime, ended: datetime) -> None:
        super().__init__(form, files, begun, ended)
        self.unmet: list[Unmet] = []

    def _miss(self, node: Node) -> None:
        self._note(node, "missing")

    def _answer(self, node: Node, answer: Answer, setters: tuple[Setter, ...]) -> None:
        super()._answer(node, answer, setters)
        if node.constraint and not self._holds(node):
            self._note(node, "constraint")

    def _holds(self, node: Node) -> bool:
        try:
            return truth_of(_constraint(node.constraint, node.path)(self, NO_ROW))
        except UnsupportedError:
            return True

    def _note(self, node: Node, kind: Literal["missing", "constraint"]) -> None:
        self.unmet.append(Unmet(node.path, self.place() if node.path in self._form.in_repeat else 0, kind))


@lru_cache(maxsize=512)
def _constraint(text: str, path: str) -> Evaluate:
    try:
        return compiled(text, path)
    except UnsupportedError:
        return lambda _scope, _row: True

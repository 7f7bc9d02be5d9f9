"""Answers by the names of their questions, as JavaRosa takes them, typed in a browser under their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from forms.xlsform.sheets import read_xlsform
from forms.xlsform.workbook import read_workbook
from tests.support.form_engine import Answers
from tests.support.web_form import WebForm

LABEL = "label::Bahasa Indonesia (id)"
# What a label has on the screen otherwise than in the workbook: answers of other questions, and bold letters.
_ELSEWHERE = re.compile(r"\$\{\w+\}|\*+")


@dataclass(frozen=True)
class Wording:
    """A form's words: of a question its type and what its label shows for sure, of a choice its label."""

    questions: dict[str, tuple[str, str]]
    choices: dict[tuple[str, str], str]


@cache
def wording(workbook: bytes) -> Wording:
    form = read_xlsform(read_workbook(workbook))
    return Wording(
        {
            row.text("name"): (row.text("type"), max(_ELSEWHERE.split(row.text(LABEL)), key=len).strip())
            for row in form.questions()
        },
        {(row.text("list_name"), row.text("name")): row.text(LABEL) for row in form.choices.rows},
    )


def type_in(form: WebForm, workbook: bytes, answers: Answers, called: Mapping[str, str] | None = None) -> None:
    """Answers in the given order, each question by its name alone. `called`: how entities are called, by their ids."""
    words = wording(workbook)
    for name, answer in answers.items() if isinstance(answers, Mapping) else answers:
        type_, label = words.questions[name]
        kind, _, list_ = type_.partition(" ")
        if kind == "select_one":
            form.choose(label, words.choices[list_, str(answer)])
        elif kind == "select_one_from_file":
            form.pick(label, (called or {}).get(str(answer), str(answer)))
        elif isinstance(answer, date):
            form.day(label, answer)
        else:
            form.write(label, str(answer))

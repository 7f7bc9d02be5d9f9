"""What a question leaves unsaid though phones need it: a sentence to ask, in a language that is spelled alike
everywhere, and whether it has to be answered."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from forms.problems import Finding, Problem
from forms.xlsform.sheets import XlsForm, kind
from forms.xlsform.vocabulary import is_shown, is_yes_or_no
from forms.xlsform.workbook import Row, is_free

NOTHING_ASKED = Problem(
    "form.nothing_asked",
    400,
    "Pertanyaan “{name}” belum punya kalimat, jadi telepon tidak dapat menanyakannya. Tulis kalimatnya di kolom label.",
    "The question “{name}” has no words yet, so that phones cannot ask it. Write them in the column label.",
)
ONLY_HINT = Problem(
    "form.only_hint",
    400,
    "Pertanyaan “{name}” hanya punya petunjuk, tanpa kalimat, jadi di telepon tampil tanpa judul. Tulis kalimatnya di "
    "kolom label.",
    "The question “{name}” has a hint and no words, so that phones show it without a title. Write them in the column "
    "label.",
)
NOT_YES_OR_NO = Problem(
    "form.not_yes_or_no",
    400,
    "“{name}” di kolom {column} bukan yes, no, atau rumus, jadi telepon menganggapnya no. Tulis {meant}, atau sebuah "
    "rumus.",
    "“{name}” in the column {column} is neither yes, no nor an expression, so that phones take it for no. Write "
    "{meant}, or an expression.",
)
LANGUAGE_SPELT_OTHERWISE = Problem(
    "form.language_spelt_otherwise",
    400,
    "Bahasa “{name}” di tempat lain ditulis “{meant}”, jadi telepon menganggapnya dua bahasa, dan pertanyaan tampil "
    "tanpa kalimat. Tulis nama bahasa sama persis di semua kolom dan di default_language.",
    "The language “{name}” is spelled “{meant}” elsewhere, so that phones take them for two, and show questions "
    "without words. Spell a language alike in all columns and in default_language.",
)
# Columns with a double colon before something else than a language.
_OF_NO_LANGUAGE = ("bind", "control", "instance", "body")
_CODE = re.compile(r"\(\s*([A-Za-z-]+)\s*\)\s*$")
_WORD = re.compile(r"[^\W\d][\w-]*")
_SAID_NO = ("tidak", "tdk", "bukan", "belum", "n")


def unanswerable(form: XlsForm) -> Iterator[Finding]:
    """The questions that cannot be asked, and a word that means nothing where a yes is wanted: mistakes."""
    for row in form.survey.rows:
        if _is_wordless(row) and not _has(row, "hint"):
            yield _at_label(NOTHING_ASKED, row, form)
        for column in ("required", "readonly"):
            cell = row.cell(column)
            if _WORD.fullmatch(cell.value) and not is_yes_or_no(cell.value):
                meant = "no" if cell.value.casefold() in _SAID_NO else "yes"
                yield Finding(NOT_YES_OR_NO, cell.where, {"name": cell.value, "column": column, "meant": meant})


def spelt_otherwise(form: XlsForm) -> Iterator[Finding]:
    """The columns, or default_language, whose language most others spell in another way: mistakes."""
    named = [(form.setting("default_language"), form.setting("default_language").value)]
    for sheet in (form.survey, form.choices):
        for column, header in sheet.columns.items():
            if "::" in column and not is_free(column) and column.partition("::")[0] not in _OF_NO_LANGUAGE:
                named.append((header, column.rpartition("::")[2]))
    spelt = defaultdict[str, Counter[str]](Counter)
    for _, language in named:
        spelt[_same_language(language)][language] += 1
    for cell, language in named:
        meant = spelt[_same_language(language)].most_common(1)[0][0]
        if language != meant:
            yield Finding(LANGUAGE_SPELT_OTHERWISE, cell.where, {"name": language, "meant": meant})


def _same_language(name: str) -> str:
    """What all spellings of a language have in common: its code in brackets, where it has one, or its letters."""
    code = _CODE.search(name)
    return (code[1] if code else "".join(filter(str.isalnum, name))).casefold()


def only_hints(form: XlsForm) -> Iterator[Finding]:
    """The questions that are asked by a hint alone: to be looked at."""
    for row in form.survey.rows:
        if _is_wordless(row) and _has(row, "hint"):
            yield _at_label(ONLY_HINT, row, form)


def _is_wordless(row: Row) -> bool:
    """Whether it is shown, and neither words nor a picture say what is asked. What is computed needs no words."""
    computed = row.cell("calculation") or row.cell("trigger")
    return is_shown(kind(row)) and not computed and not _has(row, "label") and not _has(row, "media")


def _has(row: Row, column: str) -> bool:
    """In any language."""
    return any(name.partition("::")[0] == column for name in row.cells)


def _at_label(problem: Problem, row: Row, form: XlsForm) -> Finding:
    labels = [name for name in form.survey.columns if name.partition("::")[0] == "label"]
    return Finding(problem, row.cell(labels[0] if labels else "label").where, {"name": row.text("name")})

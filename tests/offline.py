"""The project's own forms on a phone out of signal: compiled, laid down beside lists that a test writes itself."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from lxml import etree

from forms.compiler import CompiledForm, compile_form
from server import shipped
from tests.form_engine import Answer, Engine, Entry, RefusedError

Row = Mapping[str, str]
# What Collect calls an entity in every list, whatever its properties.
ENTITY_COLUMNS = ("name", "label", "__version")


@cache
def shipped_form(form_id: str) -> CompiledForm:
    """The form as phones download it."""
    path = next(path for path in shipped.FORMS if path.stem == form_id)
    return compile_form(path.read_bytes())


def open_offline(
    engine: Engine, folder: Path, form_id: str, today: date, lists: Mapping[str, Iterable[Row]] | None = None
) -> Entry:
    """Begins to fill a shipped form. `lists` are the phone's entity lists by name, the others are empty."""
    form = shipped_form(form_id)
    media = folder / form_id
    media.mkdir(exist_ok=True)
    path = folder / f"{form_id}.xml"
    path.write_bytes(form.xml)
    for name in form.schema.reads:
        look_up_table = shipped.MEDIA / f"{name}.csv"
        if look_up_table.exists():
            shutil.copy(look_up_table, media)
        else:
            _write_list(media / f"{name}.csv", list((lists or {}).get(name, ())))
    return engine.open(path, media, today=today)


def _write_list(path: Path, rows: list[Row]) -> None:
    columns = list(dict.fromkeys([*ENTITY_COLUMNS, *(column for row in rows for column in row)]))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"__version": "1000", **row} for row in rows)


def questions_asked(entry: Entry, form_id: str) -> list[str]:
    """The names of what a person is asked from the first screen to the last; what only shows something left out."""
    shows_only = {path for path, read_only in _binds(form_id) if read_only}
    return [
        screen.path.rpartition("/")[2]
        for screen in entry.screens()
        if screen.kind == "question" and screen.path not in shows_only
    ]


def shown(entry: Entry, language: str) -> dict[str, str]:
    """What stands on the screens in a language, by the name of the question or note."""
    entry.language(language)
    return {screen.path.rpartition("/")[2]: screen.label for screen in entry.screens()}


def refusal(entry: Entry, question: str, answer: Answer) -> tuple[str, str]:
    """What the phone says to this answer in Indonesian and in English; blanks where it takes it."""
    said = []
    for language in ("id", "en"):
        entry.language(language)
        try:
            entry.answer(question, answer)
        except RefusedError as error:
            said.append(error.refusal.message)
        else:
            said.append("")
    return said[0], said[1]


@cache
def _binds(form_id: str) -> list[tuple[str, bool]]:
    tree = etree.fromstring(shipped_form(form_id).xml)
    found = tree.iterfind(".//{http://www.w3.org/2002/xforms}bind")
    return [(str(bind.get("nodeset")), bind.get("readonly") == "true()") for bind in found]

"""The project's own forms on a phone out of signal, with lists of people that a test writes itself."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from lxml import etree

from forms.xlsform.compiler import CompiledForm, compile_form
from server.publications import shipped
from tests.support.form_engine import Answer, Engine, Entry, Filled, RefusedError

Row = Mapping[str, str]
# The last days of a quarter: a child is as old as at its end.
TODAY = date(2026, 3, 29)
TAKEN = ("", "")

HOME: Row = {
    "name": "rumah-budi",
    "label": "Budi",
    "no_kk": "1101010101010001",
    "dusun": "Mawar",
    "air_minum": "ya",
    "jamban": "tidak",
}


def mother(name: str, **properties: str) -> Row:
    """A woman on the phone's list: seven months pregnant and well, unless said otherwise."""
    usual = {"hpl": "2026-05-31", "status_kehamilan": "normal", "jaminan_kesehatan": "ya", "nik": "1101014101900001"}
    return _person(name, usual | properties)


def child(name: str, **properties: str) -> Row:
    """A child on the phone's list: a girl of 200 days (six months) and well, unless said otherwise."""
    usual = {"jenis_kelamin": "P", "tanggal_lahir": "2025-09-10", "status_gizi": "baik", "akta_lahir": "ya"}
    return _person(name, usual | {"jaminan_kesehatan": "ya"} | properties)


def _person(name: str, properties: Row) -> Row:
    fixed = {"name": name, "label": f"● {name}", "nama": name, "keluarga": HOME["name"], "dusun": "Mawar"}
    return {**fixed, "status": "aktif", "prioritas": "4", "perlu": "belum dikunjungi bulan ini", **properties}


def older_child(name: str, **properties: str) -> Row:
    """A child of three years on the phone's list, to be monitored this month, unless said otherwise."""
    return child(
        name, **{"tanggal_lahir": "2023-03-10", "prioritas": "7", "perlu": "pantau PAUD bulan ini"} | properties
    )


def facility(name: str, **properties: str) -> Row:
    """A facility on the phone's list: an open early education place of the whole village, unless said otherwise."""
    usual = {"jenis": "paud", "dusun": "Mawar", "cakupan": "desa", "layanan": "paud", "frekuensi": "paud=setiap_hari"}
    return {"name": name, "label": name, "nama": name, "keadaan": "buka", **usual, **properties}


def activity(name: str, **properties: str) -> Row:
    """An activity on the phone's list: agreed for 2026 with 10 million against stunting, and not begun."""
    usual = {"tahun": "2026", "anggaran_total": "10000000", "anggaran_stunting": "10000000", "keadaan": "belum"}
    id_ = name.replace(" ", "-")  # the form keeps ids in a row, with blanks between them
    return {"name": id_, "label": name, "nama": name, **usual, "realisasi": "0", **properties}


# What tells the rows of a list from all others.
_MARKS = {"ibu_hamil": "hpl", "anak": "jenis_kelamin", "fasilitas": "cakupan", "kegiatan": "realisasi"}


def list_of(row: Row) -> str:
    return next(name for name, mark in _MARKS.items() if mark in row)


@dataclass
class OfflinePhone:
    """Keeps every form in one folder: where no list changes, the engine does not read the form again."""

    engine: Engine
    folder: Path

    def open(self, form_id: str, *rows: Row, saved: Filled | None = None) -> Entry:
        """Begins to fill a shipped form, or to edit one that was `saved`, with these people, facilities and activities
        on the phone's lists."""
        form = shipped_form(form_id)
        media = self.folder / form_id
        media.mkdir(exist_ok=True)
        path = self.folder / f"{form_id}.xml"
        path.write_bytes(form.xml)
        lists: dict[str, list[Row]] = {"keluarga": [HOME], **{name: [] for name in _MARKS}}
        for row in rows:
            lists[list_of(row)].append(row)
        for name in form.schema.reads:
            if name in lists:
                _write_list(media / f"{name}.csv", lists[name])
            else:
                shutil.copy(shipped.MEDIA / f"{name}.csv", media)
        return self.engine.open(path, media, today=TODAY, saved=saved)

    def visit(self, person: Row, **answers: Answer) -> Entry:
        """A home visit as far as these answers go; the person is chosen."""
        chosen = {"jenis_sasaran": list_of(person), list_of(person): person["name"]}
        return answered(self.open("kunjungan_rumah", person), {**chosen, **answers})

    def measure(self, person: Row, **answers: Answer) -> Entry:
        """A height check as far as these answers go; the child is chosen."""
        return answered(self.open("ukur_tinggi", person), {"anak": person["name"], **answers})


@cache
def shipped_form(form_id: str) -> CompiledForm:
    """The form as phones download it."""
    path = next(path for path in shipped.FORMS if path.stem == form_id)
    return compile_form(path.read_bytes())


def answered(entry: Entry, answers: Mapping[str, Answer]) -> Entry:
    """The same entry, with more answers given."""
    for question, answer in answers.items():
        entry.answer(question, answer)
    return entry


def questions_asked(entry: Entry, form_id: str) -> list[str]:
    """The names of what a person is asked from the first screen to the last; what only shows something left out."""
    return [
        screen.path.rpartition("/")[2]
        for screen in entry.screens()
        if screen.kind == "question" and re.sub(r"\[\d+\]", "", screen.path) not in _only_shown(form_id)
    ]


def shown(entry: Entry, language: str) -> dict[str, str]:
    """What stands on the screens in a language, by the name of the question or note."""
    entry.language(language)
    return {screen.path.rpartition("/")[2]: screen.label for screen in entry.screens()}


def refusal(entry: Entry, question: str, answer: Answer) -> tuple[str, str]:
    """What the phone says to this answer in Indonesian and in English; TAKEN where it takes it."""
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


def _write_list(path: Path, rows: Iterable[Row]) -> None:
    given = list(rows)
    columns = list(dict.fromkeys(["name", "label", "__version", *(column for row in given for column in row)]))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"__version": "1000", **row} for row in given)


@cache
def _only_shown(form_id: str) -> frozenset[str]:
    tree = etree.fromstring(shipped_form(form_id).xml)
    binds = tree.iterfind(".//{http://www.w3.org/2002/xforms}bind")
    return frozenset(str(bind.get("nodeset")) for bind in binds if bind.get("readonly") == "true()")

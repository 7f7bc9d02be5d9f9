"""A village's register from a filled in workbook: every row tried, and what is wrong with any of them told at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from forms.characters import possible
from forms.domain import ACTIVE, BORN_ON, CHILDREN, HOUSEHOLDS, MOTHERS, NAME, NIK, NO_KK, STATUS
from forms.problems import Finding, Problem, ProblemError
from forms.simulation.engine.examined import ExaminedEntry, Unmet
from forms.simulation.engine.filling import Answer
from forms.simulation.engine.xpath import Row as ListRow
from forms.xlsform.workbook import Cell, Row, read_workbook
from server.entities.entity import Entity
from server.exchange import cells
from server.exchange.register_form import KEY, SAME_FOR_ALL, STATE, RegisterForm, RegisterSheet, gate_of
from server.queries.duplicates import plain_name

NO_HOUSEHOLDS = Problem(
    "register-empty",
    400,
    "Lembar ini belum berisi. Tulis satu keluarga di setiap baris, mulai baris 2.",
    "This sheet holds nobody yet. Write one household in each row, from row 2 on.",
)
TOO_MANY_HOUSEHOLDS = Problem(
    "register-too-long",
    400,
    "Berkas ini punya {count} keluarga. Bagi menjadi beberapa berkas, masing-masing paling banyak {most} keluarga.",
    "This file has {count} households. Part it into several files of at most {most} households each.",
)
NO_KEY = Problem(
    "register-no-key",
    400,
    "Isi nomor keluarganya, misalnya 1.",
    "Fill in the household's number, such as 1.",
)
SAME_KEY = Problem(
    "register-same-key",
    400,
    "Nomor keluarga ini sudah dipakai di {other}. Setiap keluarga perlu nomor sendiri.",
    "This household's number stands in {other} already. Each household needs a number of its own.",
)
UNKNOWN_KEY = Problem(
    "register-unknown-key",
    400,
    "Tidak ada keluarga dengan nomor ini di lembar {sheet}. Samakan nomornya, atau tambahkan keluarganya.",
    "There is no household of this number on the sheet {sheet}. Write the same number there, or add the household.",
)
MISSING = Problem("register-missing", 400, "Isi jawaban untuk: {id}", "Fill in the answer to: {en}")
AGAINST_FORM = Problem("register-against-form", 400, "{id}", "{en}")
TWICE = Problem(
    "register-twice",
    409,
    "Ini orang atau keluarga yang sama seperti {other}. Hapus salah satu barisnya.",
    "This is the same person or household as {other}. Delete one of the rows.",
)
KNOWN_ALREADY = Problem(
    "register-known",
    409,
    "Sudah ada di daftar warga desa ini. Hapus baris ini, dan perbaiki datanya di halaman Warga bila perlu.",
    "This is in the village's register already. Delete this row, and mend what is known on the page of people if need "
    "be.",
)
HAS_LEFT = Problem(
    "register-left",
    400,
    "Orang ini sudah tidak di daftar. Hapus baris ini: yang diimpor hanya yang masih tinggal dan dipantau.",
    "This person is no longer on the list. Delete this row: only those who are still to be followed are imported.",
)
MOST = 3000
# Characters of a cell that are shown again.
_SHOWN = 80
_UNSAID = {"id": "Formulir tidak menerima isi ini.", "en": "The form does not take this."}


class NoLists:
    """A phone whose lists are empty: whom the register has already is looked for here, not by the form."""

    def rows(self, _list: str, _column: str, _wanted: str) -> Sequence[ListRow]:
        return ()

    def new_uuid(self) -> str:
        return str(uuid4())


@dataclass(frozen=True)
class Registered:
    """What a good workbook comes to: a form for each household, and how many people are in them."""

    bodies: list[bytes]
    mothers: int
    children: int


@dataclass
class _Home:
    """A household's row, and the rows of its people by sheet."""

    row: Row
    people: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


def read_register(form: RegisterForm, content: bytes, known: Sequence[Entity], now: datetime) -> Registered:
    """The forms that register all who are in the workbook; `known`: all entities of the village, `now` at the village.

    Raises ProblemError with all that is wrong, each with its cell and what it holds (`text` of its details): those of
    `read_workbook` and of `cells.answer`, NO_HOUSEHOLDS, TOO_MANY_HOUSEHOLDS, NO_KEY, SAME_KEY, UNKNOWN_KEY, MISSING,
    AGAINST_FORM, TWICE, KNOWN_ALREADY, HAS_LEFT.
    """
    return _Reading(form, now).read(content, known)


@dataclass
class _Reading:
    form: RegisterForm
    now: datetime
    findings: list[Finding] = field(default_factory=list)

    def read(self, content: bytes, known: Sequence[Entity]) -> Registered:
        rows = self._rows(content)
        homes = self._homes(rows)
        for sheet in self.form.sheets:
            self._find_known(sheet, rows[sheet.name], known)
        bodies = [self._filled(home) for home in homes.values()]
        for home in self._homeless(rows, homes):
            self._filled(home)
        if self.findings:
            told = {one.text(): one for one in self.findings}
            raise ProblemError(sorted(told.values(), key=self._order))
        count = {sheet.kind: len(rows[sheet.name]) for sheet in self.form.sheets}
        return Registered(bodies, count.get(MOTHERS, 0), count.get(CHILDREN, 0))

    def _rows(self, content: bytes) -> dict[str, Sequence[Row]]:
        book = read_workbook(content)
        found: dict[str, Sequence[Row]] = {}
        for sheet in self.form.sheets:
            read = book.sheet(sheet.name)
            self.findings += [*read.missing_columns(sheet.columns), *read.unknown_columns(sheet.columns)]
            found[sheet.name] = read.rows
        if self.findings:
            raise ProblemError(self.findings)
        first = self.form.sheets[0].name
        if not found[first]:
            raise ProblemError(Finding(NO_HOUSEHOLDS, f"{first}!A2"))
        if len(found[first]) > MOST:
            details = {"count": str(len(found[first])), "most": str(MOST)}
            raise ProblemError(Finding(TOO_MANY_HOUSEHOLDS, f"{first}!A{MOST + 2}", details))
        return found

    def _homes(self, rows: Mapping[str, Sequence[Row]]) -> dict[str, _Home]:
        homes: dict[str, _Home] = {}
        house, *others = self.form.sheets
        for row in rows[house.name]:
            key = row.cell(KEY)
            first = homes.setdefault(key.value, _Home(row))
            if not key:
                self._refuse(NO_KEY, key)
            elif first.row is not row:
                self._refuse(SAME_KEY, key, other=first.row.cell(KEY).where)
        for sheet in others:
            for row in rows[sheet.name]:
                key = row.cell(KEY)
                if key and key.value in homes:
                    homes[key.value].people[sheet.name].append(row)
                else:
                    self._refuse(UNKNOWN_KEY if key else NO_KEY, key, sheet=house.name)
        return homes

    def _homeless(self, rows: Mapping[str, Sequence[Row]], homes: Mapping[str, _Home]) -> Iterator[_Home]:
        """A home for each row that has none by its number, so that its other cells are looked at, too: people are put
        into the first household, and what is wrong with that is told once all the same."""
        house, *others = self.form.sheets
        kept = {home.row.number for home in homes.values()}
        yield from (_Home(row) for row in rows[house.name] if row.number not in kept)
        for sheet in others:
            found = {row.number for home in homes.values() for row in home.people[sheet.name]}
            for row in rows[sheet.name]:
                if row.number not in found:
                    yield _Home(rows[house.name][0], defaultdict(list, {sheet.name: [row]}))

    def _find_known(self, sheet: RegisterSheet, rows: Iterable[Row], known: Iterable[Entity]) -> None:
        """Who stands in the workbook twice, or in the register already."""
        today = self.now.date()
        here = {
            sign
            for one in known
            if one.list == sheet.kind and _counts(one, today)
            for _, sign in _signs(sheet, {**one.data, NAME: one.data.get(NAME) or one.label})
        }
        first: dict[tuple[str, ...], Cell] = {}
        for row in rows:
            if row.text(STATE) not in ("", ACTIVE):
                self._refuse(HAS_LEFT, row.cell(STATE))
            for column, sign in _signs(sheet, {one: row.text(one) for one in sheet.columns}):
                cell = row.cell(column)
                before = first.setdefault(sign, cell)
                if sign in here:
                    self._refuse(KNOWN_ALREADY, cell)
                elif before is not cell and before.where != cell.where:
                    self._refuse(TWICE, cell, other=before.where)

    def _filled(self, home: _Home) -> bytes:
        """The household's form; what it does not take is told."""
        house, *others = self.form.sheets
        wrong = len(self.findings)
        known: dict[str, Any] = {**SAME_FOR_ALL, **self._answers(house, home.row)}
        for sheet in others:
            people = home.people[sheet.name]
            known |= {gate_of(sheet.repeat): "ya" if people else "tidak"}
            known[sheet.repeat] = [self._answers(sheet, row) for row in people]
        unread = {finding.where for finding in self.findings[wrong:]}
        entry = ExaminedEntry(self.form.fillable, NoLists(), self.now, self.now)
        body = entry.fill(known).body
        for one in entry.unmet:
            self._tell(one, home, unread)
        return body

    def _answers(self, sheet: RegisterSheet, row: Row) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for asked in sheet.questions:
            cell = row.cell(asked.name)
            if not cell:
                continue
            try:
                found[asked.name] = cells.answer(asked, possible(cell.value))
            except ProblemError as error:
                self._refuse(error.findings[0].problem, cell, **error.findings[0].details)
        return found

    def _tell(self, unmet: Unmet, home: _Home, unread: set[str]) -> None:
        path = tuple(unmet.path.split("/")[2:])
        cell = self._cell(path, unmet.place, home)
        if cell.where in unread:  # it is told already what is wrong with it
            return
        labels = self.form.labels
        if unmet.kind == "missing":
            self._refuse(MISSING, cell, id=labels.question(path, "id"), en=labels.question(path, "en"))
        else:
            said = {language: labels.refusal(path, language) or _UNSAID[language] for language in ("id", "en")}
            self._refuse(AGAINST_FORM, cell, **said)

    def _cell(self, path: tuple[str, ...], place: int, home: _Home) -> Cell:
        """Where the question is answered; of one that has no column, where the household's row begins."""
        for sheet in self.form.sheets:
            asked = next((one for one in sheet.questions if one.path == path), None)
            if asked:
                row = home.people[sheet.name][place - 1] if sheet.repeat else home.row
                return row.cell(asked.name)
        return home.row.cell(KEY)

    def _refuse(self, kind: Problem, cell: Cell, **details: str) -> None:
        self.findings.append(Finding(kind, cell.where, {**details, "text": cell.value[:_SHOWN]}))

    def _order(self, finding: Finding) -> tuple[int, int, int, str]:
        """By sheet, row and column, as people look through it."""
        name, _, place = finding.where.rpartition("!")
        letters = place.rstrip("0123456789")
        number = re.sub(r"\D", "", place)
        names = [sheet.name for sheet in self.form.sheets]
        return (names.index(name) if name in names else -1, int(number or 0), len(letters), letters)


def _signs(sheet: RegisterSheet, known: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What nobody else of the list has, with the column in which it stands: the number, or name and day of birth."""
    number = NO_KK if sheet.kind == HOUSEHOLDS else NIK
    if len(known.get(number, "")) >= 16 and known[number].isdigit():
        yield number, (number, known[number])
    name, born = plain_name(known.get(NAME, "")), _day_of(known.get(BORN_ON, ""))
    if sheet.kind != HOUSEHOLDS and name and born:
        yield NAME, (NAME, name, born)


def _day_of(text: str) -> str:
    """The day as the register writes it; blank where it is none."""
    try:
        return cells.day(text).isoformat()
    except ProblemError:
        return ""


def _counts(one: Entity, today: Any) -> bool:
    """Whether it stands in the way of registering the same anew: a mother's earlier pregnancy does not."""
    return one.list != MOTHERS or one.data.get(STATUS, ACTIVE) in (ACTIVE, "")

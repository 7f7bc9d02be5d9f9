"""The indicator workbook (indikator.xlsx): what is counted, as data that an admin edits in Excel.

Sheet `indikator` has a row an indicator. Only its columns are read; the other sheets are for people. Which names a rule
may use depends on the target and on the published forms, see `known_names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, cast

from forms.indicators.expressions import parse
from forms.indicators.kinds import Kind, Result
from forms.indicators.names import answer_names, known_names
from forms.indicators.row_problems import (
    BAD_CODE,
    BAD_FORM,
    BAD_ROW_NUMBER,
    BAD_SCORE,
    CARDS_DIFFER,
    CELL_MISSING,
    CODE_TWICE,
    EVERY_MONTH_SPELLING,
    EVERY_MONTH_WINDOW,
    LONG_CARD,
    MINIMUM_OF_LATEST,
    MINIMUM_RANGE,
    MOST_INDICATORS,
    NO_ROWS,
    NOT_IN_A_VISIT,
    NUMBER_TWICE,
    RESERVED_CODE,
    TOO_MANY,
    UNKNOWN_SECTOR,
    UNKNOWN_SERVICE,
    UNKNOWN_TARGET,
    UNKNOWN_WINDOW,
)
from forms.indicators.rules import (
    EVERY_MONTH,
    FIRST_CARD,
    SECTORS,
    SERVICES,
    TARGETS,
    WINDOWS,
    Expression,
    Indicator,
    Negative,
    Number,
    Sector,
    Target,
    Window,
    names_in,
)
from forms.problems import Finding, Problem, ProblemError
from forms.schema import FormSchema
from forms.xlsform.workbook import Cell, Row, as_meant, nearest, read_workbook, unknown_name

SHEET = "indikator"
LABEL_ID = "label::Bahasa Indonesia (id)"
LABEL_EN = "label::English (en)"
NOTE_ID = "catatan::Bahasa Indonesia (id)"
NOTE_EN = "catatan::English (en)"
FILLED_COLUMNS = (
    *("kode", "nomor", "sasaran", "sektor", LABEL_ID, LABEL_EN),
    *("berlaku_jika", "diterima_jika", "jendela"),
)
OPTIONAL_COLUMNS = ("formulir", "hitung_juga", "sumber", "layanan", "kartu", "skor")
LONGEST_CARD = 60
NO_SCORE = "tidak"
LATEST: Window = "terakhir"
# How many months a window holds at most; `semua` has no end, and `terakhir` counts no months.
_MONTHS: dict[Window, int] = {"triwulan": 3, "semester": 6, "tahun": 12}

_CODE = re.compile(r"[a-z][a-z0-9_]{0,20}")
# The counts have columns of these names, or names made with these endings; the last ones PostgreSQL has in every table.
RESERVED_CODES = (
    *("village_id", "quarter", "target", "household", "dusun", "as_of"),
    *("monitored", "monitored_now", "at_risk", "tikar"),
    *("pregnant", "children"),
    *("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"),
)
RESERVED_ENDINGS = ("_received", "_due", "_also")


def read_indicators(content: bytes, schemas: Iterable[FormSchema]) -> tuple[Indicator, ...]:
    """The indicators of a workbook, in its order.

    `content` are the bytes of the .xlsx; `schemas` are the published forms. An indicator that waits for a form
    (column `formulir`) which is not among them has its rules read, but not its names checked. Raises ProblemError with
    a finding for everything that is wrong, each with its cell.
    """
    return _read_indicators(content, tuple(schemas))


def card_of(content: bytes) -> str:
    """The name of the card that a workbook without mistakes is about."""
    rows = read_workbook(content).sheet(SHEET).rows
    return " ".join(rows[0].text("kartu").split()) or FIRST_CARD


@lru_cache(maxsize=4)  # a workbook is read where it is published, and again by whatever counts with it
def _read_indicators(content: bytes, forms: tuple[FormSchema, ...]) -> tuple[Indicator, ...]:
    plain = [name for name in (*FILLED_COLUMNS, "minimal", *OPTIONAL_COLUMNS) if "::" not in name]
    sheet = read_workbook(content).sheet(SHEET, as_meant(plain, ("label", "catatan")))
    reader = _Reader(
        names={target: known_names(forms, target) for target in TARGETS},
        answers={target: answer_names(forms, target) for target in TARGETS},
        published=frozenset(schema.form_id for schema in forms),
        findings=[
            *sheet.missing_columns((*FILLED_COLUMNS, "minimal")),
            *sheet.unknown_columns(plain, prefixes=("label", "catatan")),
        ],
    )
    indicators = [reader.indicator(row) for row in sheet.rows]
    if not sheet.rows:
        reader.findings.append(Finding(NO_ROWS, f"{sheet.name}!A2"))
    for row in sheet.rows[MOST_INDICATORS : MOST_INDICATORS + 1]:
        counts = {"count": str(len(sheet.rows)), "most": str(MOST_INDICATORS)}
        reader.findings.append(Finding(TOO_MANY, row.cell("kode").where, counts))
    if reader.findings:
        raise ProblemError(reader.findings)
    return tuple(indicator for indicator in indicators if indicator)


@dataclass
class _Reader:
    """Reads row after row, and notes what is wrong on the way."""

    names: Mapping[Target, Mapping[str, Kind]]
    answers: Mapping[Target, Mapping[str, Kind]]
    published: frozenset[str]
    findings: list[Finding]
    card: str = ""  # that of the first row
    taken: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def indicator(self, row: Row) -> Indicator | None:
        """The row's indicator; None where something is wrong with it."""
        before = len(self.findings)
        for column in FILLED_COLUMNS:
            if not row.cell(column):
                self._missing(row.cell(column), column)
        self._code(row.cell("kode"))
        target = cast(Target, self._one_of(row.cell("sasaran"), TARGETS, UNKNOWN_TARGET))
        sector = cast(Sector, self._one_of(row.cell("sektor"), SECTORS, UNKNOWN_SECTOR))
        window = cast(Window, self._one_of(row.cell("jendela"), WINDOWS, UNKNOWN_WINDOW))
        number = self._number(row.cell("nomor"), target)
        service = self._one_of(row.cell("layanan"), SERVICES, UNKNOWN_SERVICE)
        card, scores = self._card(row.cell("kartu")), self._scores(row.cell("skor"), target)
        forms = self._forms(row.cell("formulir"))
        names = self.names.get(target) if self.published.issuperset(forms) else None
        due = self._rule(row.cell("berlaku_jika"), names)
        answers = self.answers.get(target) if names is not None and window != LATEST else None
        received = self._rule(row.cell("diterima_jika"), names, answers)
        also = self._rule(row.cell("hitung_juga"), names, answers)
        minimum = self._minimum(row.cell("minimal"), window, names)
        if len(self.findings) > before or due is None or received is None or minimum is None:
            return None
        return Indicator(
            code=row.text("kode"),
            number=number,
            target=target,
            sector=sector,
            label_id=row.text(LABEL_ID),
            label_en=row.text(LABEL_EN),
            due=due,
            received=received,
            window=window,
            minimum=minimum,
            also=also,
            source=row.text("sumber"),
            forms=forms,
            service=service,
            note_id=row.text(NOTE_ID),
            note_en=row.text(NOTE_EN),
            card=card,
            scores=scores,
        )

    def _missing(self, cell: Cell, column: str) -> None:
        if not cell.letters:  # the column is missing: that is told
            return
        remedy_id, remedy_en = _REMEDIES.get(column, ("Isi sel ini.", "Fill in this cell."))
        details = {"column": column, "remedy_id": remedy_id, "remedy_en": remedy_en}
        self.findings.append(Finding(CELL_MISSING, cell.where, details))

    def _code(self, cell: Cell) -> None:
        if not cell:
            return
        code = cell.value
        if not _CODE.fullmatch(code):
            self.findings.append(Finding(BAD_CODE, cell.where, {"code": code}))
        elif code in RESERVED_CODES or code.endswith(RESERVED_ENDINGS):
            self.findings.append(Finding(RESERVED_CODE, cell.where, {"code": code}))
        self._once("kode", cell, CODE_TWICE)

    def _number(self, cell: Cell, target: str) -> int:
        if not re.fullmatch(r"[1-9][0-9]{0,3}", cell.value):
            if cell:
                self.findings.append(Finding(BAD_ROW_NUMBER, cell.where, {"value": cell.value}))
            return 0
        self._once(target, cell, NUMBER_TWICE)
        return int(cell.value)

    def _once(self, scope: str, cell: Cell, kind: Problem) -> None:
        first = self.taken.setdefault((scope, cell.value), cell)
        if first is not cell:
            self.findings.append(Finding(kind, cell.where, {"value": cell.value, "other": first.where}))

    def _one_of(self, cell: Cell, known: Iterable[str], kind: Problem) -> str:
        if cell and cell.value not in known:
            self.findings.append(unknown_name(kind, cell.where, cell.value, nearest(cell.value, known)))
        return cell.value

    def _card(self, cell: Cell) -> str:
        name = " ".join(cell.value.split()) or FIRST_CARD
        self.card = self.card or name
        if name != self.card:
            self.findings.append(Finding(CARDS_DIFFER, cell.where, {"value": name, "first": self.card}))
        elif len(name) > LONGEST_CARD:
            details = {"length": str(len(name)), "most": str(LONGEST_CARD)}
            self.findings.append(Finding(LONG_CARD, cell.where, details))
        return name

    def _scores(self, cell: Cell, target: Target) -> bool:
        """Table 4 has a row of mothers and one of children of 0-23 months; who is older is in none."""
        allowed = [NO_SCORE] if target == "paud" else [target, NO_SCORE]
        if cell and cell.value not in allowed and target in TARGETS:
            self.findings.append(Finding(BAD_SCORE, cell.where, {"value": cell.value, "allowed": " / ".join(allowed)}))
        return target != "paud" and cell.value != NO_SCORE

    def _forms(self, cell: Cell) -> tuple[str, ...]:
        forms = tuple(cell.value.split())
        for form_id in forms:
            if not re.fullmatch(r"[A-Za-z_][\w.-]*", form_id):
                self.findings.append(Finding(BAD_FORM, cell.where, {"value": form_id}))
        return forms

    def _rule(
        self, cell: Cell, names: Mapping[str, Kind] | None, answers: Mapping[str, Kind] | None = None
    ) -> Expression | None:
        """The condition in the cell. `answers`: the only names it may use, where it is asked of single visits."""
        rule = self._parsed(cell, names, "condition")
        if rule is not None and answers is not None:
            for name in dict.fromkeys(names_in(rule)):
                if name not in answers:
                    self.findings.append(Finding(NOT_IN_A_VISIT, cell.where, {"name": name}))
        return rule

    def _parsed(self, cell: Cell, names: Mapping[str, Kind] | None, result: Result) -> Expression | None:
        if not cell:
            return None
        try:
            return parse(cell.value, names, cell.where, result)
        except ProblemError as error:
            self.findings.extend(error.findings)
            return None

    def _minimum(
        self, cell: Cell, window: Window, names: Mapping[str, Kind] | None
    ) -> Expression | Literal["setiap_bulan"] | None:
        if window == LATEST:
            if cell.value not in ("", "1"):
                self.findings.append(Finding(MINIMUM_OF_LATEST, cell.where, {"value": cell.value}))
            return Number(1.0)
        if not cell:
            self._missing(cell, "minimal")
            return None
        if cell.value == EVERY_MONTH:
            if window in WINDOWS and window != "triwulan":
                self.findings.append(Finding(EVERY_MONTH_WINDOW, cell.where, {"window": window}))
            return EVERY_MONTH
        if nearest(cell.value, [EVERY_MONTH]):
            self.findings.append(Finding(EVERY_MONTH_SPELLING, cell.where, {"value": cell.value}))
            return None
        minimum = self._parsed(cell, names, "number")
        most = _MONTHS.get(window, 99)
        if isinstance(minimum, Negative) or (isinstance(minimum, Number) and not 1 <= minimum.value <= most):
            self.findings.append(Finding(MINIMUM_RANGE, cell.where, {"value": cell.value, "most": str(most)}))
        return minimum


_REMEDIES = {
    "berlaku_jika": ("Tulis true() kalau selalu berlaku.", "Write true() if it always holds."),
    "minimal": (
        "Tulis jumlah bulan, misalnya 1, atau setiap_bulan.",
        "Write a number of months, such as 1, or setiap_bulan.",
    ),
}

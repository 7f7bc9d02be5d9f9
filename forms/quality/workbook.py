"""The workbook of quality checks (mutu.xlsx): sheet `pemeriksaan` has a row a check, which an admin edits in Excel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from forms.problems import Finding, ProblemError
from forms.quality.checks import KINDS, Check, Kind, Wants
from forms.quality.problems import (
    BAD_ACTIVE,
    BAD_CHECK_CODE,
    BAD_LEAST,
    BAD_THRESHOLD,
    CELL_BLANK,
    CHECK_TWICE,
    FIELD_NOT_JUDGED,
    FORM_LACKS,
    MOST_CHECKS,
    NO_CHECKS,
    TOO_MANY_CHECKS,
    UNKNOWN_CHECKED_FIELD,
    UNKNOWN_CHECKED_FORM,
    UNKNOWN_KIND,
    WRONG_FIELD_TYPE,
)
from forms.schema import FieldType, FormSchema
from forms.xlsform.workbook import Cell, Row, as_meant, nearest, read_workbook, unknown_name

SHEET = "pemeriksaan"
LABEL_ID, LABEL_EN = "label::Bahasa Indonesia (id)", "label::English (en)"
TODO_ID, TODO_EN = "tindakan::Bahasa Indonesia (id)", "tindakan::English (en)"
PLAIN_COLUMNS = ("kode", "jenis", "formulir", "isian", "batas", "paling_sedikit", "aktif")
COLUMNS = (*PLAIN_COLUMNS, LABEL_ID, LABEL_EN, TODO_ID, TODO_EN)
YES, NO = "ya", "tidak"

_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


def read_checks(content: bytes, schemas: Iterable[FormSchema]) -> tuple[Check, ...]:
    """The checks of a workbook, in its order. `content` are the bytes of the .xlsx; `schemas` all versions of the
    published forms. Raises ProblemError with a finding for everything that is wrong, each with its cell."""
    sheet = read_workbook(content).sheet(SHEET, as_meant(PLAIN_COLUMNS, ("label", "tindakan")))
    unknown = sheet.unknown_columns(PLAIN_COLUMNS, prefixes=("label", "tindakan"))
    reader = _Reader(_fields(schemas), [*sheet.missing_columns(COLUMNS), *unknown])
    for row in sheet.rows:
        reader.look_at(row)
    if not sheet.rows:
        reader.findings.append(Finding(NO_CHECKS, f"{sheet.name}!A2"))
    for row in sheet.rows[MOST_CHECKS : MOST_CHECKS + 1]:
        counts = {"count": str(len(sheet.rows)), "most": str(MOST_CHECKS)}
        reader.findings.append(Finding(TOO_MANY_CHECKS, row.cell("kode").where, counts))
    if reader.findings:
        raise ProblemError(reader.findings)
    return published_checks(content)


@lru_cache(maxsize=4)
def published_checks(content: bytes) -> tuple[Check, ...]:
    """The checks of a workbook in which `read_checks` found nothing wrong."""
    return tuple(
        Check(
            code=row.text("kode"),
            kind=cast(Kind, row.text("jenis")),
            form_id=row.text("formulir"),
            field=row.text("isian"),
            threshold=float(row.text("batas")),
            least=int(row.text("paling_sedikit")),
            active=row.text("aktif") == YES,
            label_id=row.text(LABEL_ID),
            label_en=row.text(LABEL_EN),
            todo_id=row.text(TODO_ID),
            todo_en=row.text(TODO_EN),
        )
        for row in read_workbook(content).sheet(SHEET).rows
    )


def _fields(schemas: Iterable[FormSchema]) -> dict[str, dict[str, FieldType]]:
    """The types of the fields outside repeats, by form; the newest version's, where they differ."""
    found: dict[str, dict[str, FieldType]] = {}
    for schema in schemas:
        found.setdefault(schema.form_id, {}).update({one.name: one.type for one in schema.main.fields})
    return found


@dataclass
class _Reader:
    """Looks at row after row, and notes what is wrong."""

    fields: Mapping[str, Mapping[str, FieldType]]
    findings: list[Finding]
    taken: dict[str, Cell] = field(default_factory=dict)

    def look_at(self, row: Row) -> None:
        blank = [name for name in row.columns if name in COLUMNS and name != "isian" and not row.cell(name)]
        self.findings += [Finding(CELL_BLANK, row.cell(name).where, {"column": name}) for name in blank]
        kind = row.text("jenis")
        wants = KINDS.get(cast(Kind, kind))
        if kind and wants is None:
            self.findings.append(unknown_name(UNKNOWN_KIND, row.cell("jenis").where, kind, nearest(kind, KINDS)))
        self._code(row.cell("kode"))
        if row.cell("aktif") and row.text("aktif") not in (YES, NO):
            self.findings.append(Finding(BAD_ACTIVE, row.cell("aktif").where, {"value": row.text("aktif")}))
        if wants:
            self.findings += self._of_form(row, kind, wants)
            self.findings += _of_numbers(row, kind, wants)

    def _code(self, cell: Cell) -> None:
        if not cell:
            return
        if not _CODE.fullmatch(cell.value):
            self.findings.append(Finding(BAD_CHECK_CODE, cell.where, {"value": cell.value}))
        first = self.taken.setdefault(cell.value, cell)
        if first is not cell:
            self.findings.append(Finding(CHECK_TWICE, cell.where, {"value": cell.value, "other": first.where}))

    def _of_form(self, row: Row, kind: str, wants: Wants) -> Iterator[Finding]:
        form, judged = row.cell("formulir"), row.cell("isian")
        if not wants.types and judged:
            yield Finding(FIELD_NOT_JUDGED, judged.where, {"kind": kind, "value": judged.value})
        if wants.types and not judged and judged.letters:
            yield Finding(CELL_BLANK, judged.where, {"column": "isian"})
        if not form:
            return
        known = self.fields.get(form.value)
        if known is None:
            yield unknown_name(UNKNOWN_CHECKED_FORM, form.where, form.value, nearest(form.value, self.fields))
            return
        if missing := [name for name in wants.needs if name not in known]:
            details = {"form": form.value, "missing": ", ".join(missing), "kind": kind}
            yield Finding(FORM_LACKS, form.where, details)
        if wants.types and judged:
            yield from _of_field(judged, known, kind, wants)


def _of_field(judged: Cell, known: Mapping[str, FieldType], kind: str, wants: Wants) -> Iterator[Finding]:
    found = known.get(judged.value)
    if found is None:
        yield unknown_name(UNKNOWN_CHECKED_FIELD, judged.where, judged.value, nearest(judged.value, known))
    elif found not in wants.types:
        details = {"value": judged.value, "type": found, "kind": kind, "wanted": " / ".join(wants.types)}
        yield Finding(WRONG_FIELD_TYPE, judged.where, details)


def _of_numbers(row: Row, kind: str, wants: Wants) -> Iterator[Finding]:
    threshold, least = row.cell("batas"), row.cell("paling_sedikit")
    (low, high), (fewest, most) = wants.threshold, wants.rows
    if threshold and not (_NUMBER.fullmatch(threshold.value) and low <= float(threshold.value) <= high):
        details = {"value": threshold.value, "kind": kind, "least": f"{low:g}", "most": f"{high:g}"}
        yield Finding(BAD_THRESHOLD, threshold.where, details)
    whole = re.fullmatch(r"\d{1,4}", least.value, re.ASCII)
    if least and not (whole and fewest <= int(least.value) <= most):
        details = {"value": least.value, "least": str(fewest), "most": str(most)}
        yield Finding(BAD_LEAST, least.where, details)

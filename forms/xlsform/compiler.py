"""From an XLSForm (.xlsx) to what phones download and what the store needs to know of it, or to all its mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.validators.odk_validate import ODKValidateError, check_xform
from pyxform.xls2xform import convert

from forms.problems import Finding, Problem, ProblemError, problem
from forms.schema import FormSchema
from forms.xlsform.checks import check
from forms.xlsform.explain import explain_pyxform, explain_validate
from forms.xlsform.layout import check_schema, read_schema
from forms.xlsform.lookups import EXTERNAL, ITEMSETS, LookUp, itemsets, look_ups, place_of
from forms.xlsform.messages import NOT_UNDERSTOOD, NOTICE
from forms.xlsform.remarks import LEFT_OUT, remarks
from forms.xlsform.sheets import XlsForm, read_xlsform
from forms.xlsform.workbook import is_free, read_workbook

NO_JAVA = Problem(
    "form.no_java",
    500,
    "Formulir tidak dapat diperiksa karena Java tidak ada. Pasang: apt-get install default-jre-headless",
    "The form cannot be validated, as there is no Java. Install it: apt-get install default-jre-headless",
)
# What pyxform makes of pulldata('harga.csv', ...), which Collect takes for pulldata('harga', ...).
_ENDING_TWICE = re.compile(r'(?<=src="jr://file-csv/)([^"]+\.csv)\.csv(?=")')
# The first line of what ODK Validate remarks.
_HEADLINE = "ODK Validate Warnings:"


@dataclass(frozen=True)
class CompiledForm:
    """A form version that can be published: `xml` is the XForm for phones, `warnings` are what could be better.

    `files` are those that are made of the workbook, by name; `look_ups` the columns that it reads of tables; `places`
    the cells that speak of what the schema reads, by its names, "" where none does.
    """

    form_id: str
    version: str
    title: str
    xml: bytes
    schema: FormSchema
    warnings: tuple[Finding, ...]
    files: dict[str, bytes]
    look_ups: tuple[LookUp, ...]
    places: dict[str, str]


def compile_form(content: bytes, *, validate: bool = False) -> CompiledForm:
    """Compiles the bytes of an .xlsx file. Raises ProblemError with every mistake that can be found in one go.

    With `validate`, ODK Validate (Java, about a second) also tries the form out, as the only one that finds an
    expression which the phone cannot evaluate.
    """
    form = read_xlsform(read_workbook(content))
    findings = check(form)
    try:
        xml, said = _convert(form)
        schema = read_schema(xml, form.setting("form_title").value)
    except ProblemError as error:
        raise ProblemError(_in_order([*findings, *_news(error.findings, findings)])) from error
    findings += check_schema(schema, form)
    if validate:
        try:
            said += _validate(xml)
        except ODKValidateError as error:
            findings += _news(explain_validate(str(error), form), findings)
    if findings:
        raise ProblemError(_in_order(findings))
    warnings = [*remarks(form), *(finding for one in said for finding in explain_pyxform(one, form, NOTICE))]
    return CompiledForm(
        schema.form_id,
        schema.version,
        schema.title,
        xml,
        schema,
        tuple(_in_order(warnings)),
        {ITEMSETS: itemsets(form)} if form.sheets[EXTERNAL].rows else {},
        tuple(look_ups(form)),
        {read: place_of(form, read) for read in schema.reads},
    )


def _convert(form: XlsForm) -> tuple[bytes, list[str]]:
    """The XForm, and pyxform's warnings."""
    said: list[str] = []
    try:
        return _ENDING_TWICE.sub(r"\1", convert(_for_pyxform(form), warnings=said).xform).encode(), said
    except PyXFormError as error:
        raise ProblemError(explain_pyxform(str(error), form)) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # pyxform stumbles over some workbooks, such as one with `select_multiple ${x}`.
        where = place_of(form, str(error.args[0])) if isinstance(error, KeyError) else ""
        raise problem(NOT_UNDERSTOOD, where, message=f"{type(error).__name__}: {error}") from error


def _for_pyxform(form: XlsForm) -> dict[str, Any]:
    """The sheets as pyxform takes them: by our own reading, so that both speak of the same rows and values."""
    sheets: dict[str, Any] = {"sheet_names": list(form.sheet_names)}
    for name, sheet in form.sheets.items():
        if not sheet.columns:
            continue
        columns = {c: " ".join(header.value.split()) for c, header in sheet.columns.items() if not is_free(c)}
        headers = {column: header for column, header in columns.items() if name != "settings" or column not in LEFT_OUT}
        rows = {
            row.number: {header: row.text(column) for column, header in headers.items() if row.text(column)}
            for row in sheet.rows
        }
        # pyxform counts the rows below the header, blank ones, too; of the settings it takes the first.
        numbers = rows if name == "settings" else range(2, max(rows, default=1) + 1)
        sheets[f"{name}_header"] = [dict.fromkeys(headers.values())]
        sheets[name] = [rows.get(number, {}) for number in numbers]
    return sheets


def _validate(xml: bytes) -> list[str]:
    """Runs ODK Validate, and gives its warnings. Raises ODKValidateError, or ProblemError where Java is missing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "form.xml"
        path.write_bytes(xml)
        try:
            warnings: list[str] = check_xform(str(path))
        except OSError as error:
            raise problem(NO_JAVA) from error
    return [line for warning in warnings for line in warning.splitlines() if line and line != _HEADLINE]


def _news(findings: Iterable[Finding], known: list[Finding]) -> list[Finding]:
    """Those of `findings` that speak of other rows than `known`: pyxform's remarks about a row repeat our own."""
    rows = {_row(finding) for finding in known}
    return [finding for finding in findings if not known or (finding.where and _row(finding) not in rows)]


def _row(finding: Finding) -> tuple[str, int]:
    match = re.fullmatch(r"(\w+)!([A-Z]*)(\d+)", finding.where)
    return (match[1], int(match[3])) if match else (finding.where, 0)


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By sheet and row, what has no place first."""
    return sorted(findings, key=_row)

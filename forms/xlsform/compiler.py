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
from forms.xlsform.engines.explain import explain_pyxform, explain_validate
from forms.xlsform.engines.messages import NOT_UNDERSTOOD, NOTICE
from forms.xlsform.layout import check_schema, read_schema
from forms.xlsform.lookups import EXTERNAL, ITEMSETS, LookUp, itemsets, look_ups, place_of
from forms.xlsform.mending import Mending
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
# How often what is left of a form is tried again: each time takes as long as compiling it, with ODK Validate a second.
MOST_TRIES = 25
# Of a form with many rows it is tried less often: so many rows in all, but three times in any case.
MOST_ROWS_TRIED = 50_000
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


@dataclass(frozen=True)
class Attempt:
    """What compiling a workbook comes to: the form, every mistake that can be found in one go, and what could be
    better.

    Where there are `findings`, `form` is made of `sheets`, the workbook without them, to see what else is wrong and for
    nothing else; None where that cannot be made. `whole`: False where there may be more mistakes behind these.
    """

    form: CompiledForm | None
    sheets: XlsForm
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    whole: bool


def compile_form(content: bytes, *, validate: bool = False) -> CompiledForm:
    """Compiles the bytes of an .xlsx file. Raises ProblemError with every mistake that can be found in one go.

    With `validate`, ODK Validate (Java, about a second) also tries the form out, as the only one that finds an
    expression which the phone cannot evaluate.
    """
    tried = attempt(content, validate=validate)
    if tried.form is None or tried.findings:
        raise ProblemError(tried.findings)
    return tried.form


def attempt(content: bytes, *, validate: bool = False) -> Attempt:
    """Compiles the bytes of an .xlsx file as far as it goes.

    pyxform and ODK Validate stop at their first mistake: that is taken out, and the rest tried again. Raises
    ProblemError where the bytes are no XLSForm at all.
    """
    form = read_xlsform(read_workbook(content))
    findings, mending = check(form), Mending(form)
    whole = mending.mend(findings)
    tries = max(3, min(MOST_TRIES, MOST_ROWS_TRIED // (1 + sum(len(sheet.rows) for sheet in form.sheets.values()))))
    for number in range(tries):
        made, said, news = _made(mending.form, validate=validate)
        findings += _news(news, findings)
        if not news:
            break
        if number == tries - 1 or not mending.mend(news):
            whole = False
            break
    mended = mending.form
    notices = [*remarks(mended), *(finding for one in said for finding in explain_pyxform(one, mended, NOTICE))]
    told = in_order(_news(notices, findings) if findings else notices)
    compiled = _compiled(mended, *made, told) if made else None
    return Attempt(compiled, mended, tuple(in_order(findings)), tuple(told), whole and mending.whole)


def _made(form: XlsForm, *, validate: bool) -> tuple[tuple[bytes, FormSchema] | None, list[str], list[Finding]]:
    """The XForm with its schema, None where there is none; what pyxform and ODK Validate remark; and the mistakes."""
    try:
        xml, said = _convert(form)
        schema = read_schema(xml, form.setting("form_title").value)
    except ProblemError as error:
        return None, [], list(error.findings)
    findings = list(check_schema(schema, form))
    if validate and not findings:
        try:
            said += _validate(xml)
        except ODKValidateError as error:
            findings += explain_validate(str(error), form)
        except ProblemError as error:
            findings += error.findings
    return (xml, schema), said, findings


def _compiled(form: XlsForm, xml: bytes, schema: FormSchema, warnings: Iterable[Finding]) -> CompiledForm:
    return CompiledForm(
        schema.form_id,
        schema.version,
        schema.title,
        xml,
        schema,
        tuple(warnings),
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
    places = {told_at(finding) for finding in known}
    return [finding for finding in findings if not known or (finding.where and told_at(finding) not in places)]


def _row(finding: Finding) -> tuple[str, int]:
    match = re.fullmatch(r"(\w+)!([A-Z]*)(\d+)", finding.where)
    return (match[1], int(match[3])) if match else (finding.where, 0)


def told_at(finding: Finding) -> tuple[str, int]:
    """Where no second mistake is told: a row, and of the settings a cell."""
    return (finding.where, 0) if finding.where.startswith("settings!") else _row(finding)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By sheet and row, what has no place first."""
    return sorted(findings, key=_row)

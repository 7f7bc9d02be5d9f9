"""Publishing workbooks: checked first, compiled, then put in force together with what they need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePath

from sqlalchemy import Connection

from forms.indicators.rules import Indicator
from forms.indicators.workbook import read_indicators
from forms.problems import Finding, Problem, ProblemError
from forms.schema import media_file
from forms.xlsform.compiler import CompiledForm, compile_form
from server.publications import form_versions, indicator_versions, shipped
from server.publications.entity_list_columns import lists_written

BAD_MEDIA_NAME = Problem(
    "bad-media-name",
    400,
    "nama berkas {name!r} tidak boleh memuat folder. Letakkan berkasnya di samping formulir, lalu tulis namanya saja.",
    "the file name {name!r} must not name a folder. Put the file beside the form and write its name alone.",
)
MEDIA_MISSING = Problem(
    "media-missing",
    400,
    "formulir ini memerlukan {name}, yang bukan daftar dari formulir yang terbit dan bukan berkas di sampingnya. "
    "Letakkan {name} di folder yang sama, atau terbitkan dulu formulir yang membuat daftar itu.",
    "this form needs {name}, which is neither a list of a published form nor a file beside it. Put {name} in the same "
    "folder, or publish the form that makes that list first.",
)


def publish_form(
    connection: Connection, workbook: bytes, folders: list[Path], now: datetime, *, validate: bool
) -> tuple[CompiledForm, bool]:
    """Compiles and publishes an XLSForm, with its look-up files found in `folders`; whether it is new.

    Raises ProblemError with everything that is wrong in the workbook, with the files that it lacks, or with the rules
    in force that could no longer be counted: a form never takes away or changes what a rule asks for.
    """
    compiled = compile_form(workbook, validate=validate)
    cache = form_versions.FormCache()
    lists = lists_written([*cache.schemas(connection), compiled.schema])
    kept = form_versions.media_hashes(connection)
    missing = []
    for name in compiled.schema.reads:
        filename = media_file(name)
        if filename != PurePath(filename).name or filename.startswith(".") or "\\" in filename:
            missing.append(Finding(BAD_MEDIA_NAME, compiled.form_id, {"name": filename}))
            continue
        file = _find(filename, folders)
        if name in lists:
            continue
        if file is not None:
            form_versions.keep_media(connection, file.name, file.read_bytes())
        elif filename not in kept:
            missing.append(Finding(MEDIA_MISSING, compiled.form_id, {"name": filename}))
    if missing:
        raise ProblemError(missing)
    new = form_versions.publish(connection, compiled.schema, compiled.xml, workbook, now)
    rules = indicator_versions.newest(connection)
    if rules is not None:
        check_indicators(connection, rules)
    return compiled, new


def publish_shipped(connection: Connection, now: datetime) -> Iterator[str]:
    """Publishes the project's own forms and rules where there are none yet, or those of an earlier release that nobody
    has edited; a line for each."""
    published = {form.form_id: form.version for form in form_versions.FormCache().current(connection)}
    for path in shipped.FORMS:
        if published.get(path.stem) in (None, *shipped.FORMER_FORMS):
            compiled, new = publish_form(connection, path.read_bytes(), [shipped.MEDIA], now, validate=False)
            if new:
                yield f"{compiled.form_id} {compiled.version}: terbit / published"
    rules = indicator_versions.newest(connection)
    if rules is None or hashlib.sha256(rules).hexdigest() in shipped.FORMER_INDICATORS:
        publish_indicators(connection, shipped.INDICATORS.read_bytes(), now)
        yield f"{shipped.INDICATORS.name}: berlaku / in force"


def check_indicators(connection: Connection, workbook: bytes) -> tuple[Indicator, ...]:
    """The indicators of a workbook, checked against the published forms. Raises ProblemError with all mistakes."""
    return read_indicators(workbook, form_versions.FormCache().schemas(connection))


def publish_indicators(connection: Connection, workbook: bytes, now: datetime) -> int | None:
    """Checks a workbook and puts it in force; its number, or None where the same one is in force already."""
    check_indicators(connection, workbook)
    return indicator_versions.publish(connection, workbook, now)


def _find(name: str, folders: list[Path]) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)

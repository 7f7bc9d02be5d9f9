"""Publishing workbooks: checked first, compiled, then put in force together with what they need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath

from sqlalchemy import Connection

from forms.indicators.rules import Indicator
from forms.indicators.workbook import read_indicators
from forms.problems import Finding, Problem, ProblemError
from forms.schema import media_file
from forms.versions.cells import Cells
from forms.versions.content import renumbered, same_content
from forms.versions.list_needs import list_needs
from forms.versions.losses import losses, missing_already
from forms.versions.needs import NEEDS
from forms.versions.numbers import highest, next_after, order_of
from forms.versions.rule_needs import check_rules, rule_needs
from forms.xlsform.compiler import CompiledForm, compile_form
from forms.xlsform.lookups import check_columns, check_table, header_of
from forms.xlsform.sheets import read_xlsform
from forms.xlsform.workbook import read_workbook
from server.publications import form_versions, indicator_versions, shipped
from server.publications.entity_list_columns import lists_written

VERSION_TAKEN = Problem(
    "version-taken",
    409,
    "Formulir {form_id} versi {version} sudah terbit dengan isi lain. Naikkan `version` di lembar settings menjadi "
    "{next} atau lebih, lalu terbitkan lagi.",
    "Form {form_id} version {version} is already published with other content. Raise `version` on the sheet settings "
    "to {next} or more and publish again.",
)
VERSION_TOO_LOW = Problem(
    "version-too-low",
    409,
    "Formulir {form_id} versi {version} tidak lebih tinggi daripada versi {highest}, yang sudah terbit. Naikkan "
    "`version` di lembar settings menjadi {next} atau lebih, lalu terbitkan lagi.",
    "Form {form_id} version {version} is not higher than version {highest}, which is published. Raise `version` on the "
    "sheet settings to {next} or more and publish again.",
)
FORM_ID_TAKEN = Problem(
    "form-id-taken",
    409,
    "form_id “{form_id}” hanya berbeda huruf besar dan kecil dari formulir “{other}” yang sudah terbit. Tulis form_id "
    "seperti itu bila ini versi barunya; bila formulir lain, beri form_id lain.",
    "The form_id “{form_id}” differs only in upper and lower case from the published form “{other}”. Write the form_id "
    "like that if this is its new version; give another form_id if it is another form.",
)
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
MEDIA_NOT_SHOWN = Problem(
    "media-not-shown",
    400,
    "{name} tidak ada di samping formulir, jadi telepon tidak menampilkan atau memperdengarkannya. Letakkan {name} di "
    "folder yang sama, lalu terbitkan lagi.",
    "{name} is not beside the form, so that phones do not show or play it. Put {name} in the same folder and publish "
    "again.",
)
# Without these a phone does not open a form; pictures, sounds and films it can do without.
_TABLES = (".csv", ".xml", ".geojson")


@dataclass(frozen=True)
class PlannedForm:
    """What publishing a workbook comes to, all being well.

    `form` is what goes live. `new`: it is not live yet. `again`: the earlier version whose content it is, under a new
    number; None where it is that of no other. `files`: its look-up files by name, `changed_files` the names of those of
    which the live version has others. `remarks`: what should be known, and stops nothing.
    """

    form: CompiledForm
    new: bool
    again: str | None
    files: dict[str, bytes]
    changed_files: tuple[str, ...]
    remarks: tuple[Finding, ...]


def plan_form(connection: Connection, workbook: bytes, folders: Sequence[Path], *, validate: bool) -> PlannedForm:
    """Compiles an XLSForm, finds its look-up files in `folders`, and checks whether it can go live; writes nothing.

    Raises ProblemError with everything that is wrong in the workbook, else with its version, the files that it lacks,
    what it takes away from those that read it by name, and the rules in force that could no longer be counted.
    """
    compiled = compile_form(workbook, validate=validate)
    published = form_versions.published_versions(connection, compiled.form_id)
    findings = [
        *_check_form_id(connection, compiled, workbook),
        *_check_version(connection, compiled, workbook, published),
    ]
    again = compiled.version if compiled.version in published else None
    live = published[-1] if published else None
    if again is None or findings:
        form, new = compiled, True
    elif _is_version(connection, compiled, workbook, published[-1]):
        form, new, again = _under(compiled, published[-1]), False, None
    else:  # phones that have both versions go on with the one that they fetched last: it needs a number of its own
        form, new = _under(compiled, next_after(highest(published))), True
    files, missing = _files_of(connection, form, folders, again or live)
    unseen = [finding for finding in missing if finding.problem is MEDIA_NOT_SHOWN]
    findings += [finding for finding in missing if finding not in unseen]
    if findings:
        raise ProblemError(findings)
    lacking = _check_readers(connection, form, workbook, new=new)
    known = form_versions.media_hashes(connection, form.form_id, live) if live else {}
    changed = [name for name, content in files.items() if name in known and form_versions.md5(content) != known[name]]
    return PlannedForm(form, new, again, files, tuple(changed), (*form.warnings, *unseen, *lacking))


def publish_form(
    connection: Connection, workbook: bytes, folders: Sequence[Path], now: datetime, *, validate: bool
) -> PlannedForm:
    """Makes an XLSForm live, with its look-up files. Raises ProblemError as `plan_form` does."""
    form_versions.lock(connection)
    planned = plan_form(connection, workbook, folders, validate=validate)
    form = planned.form
    if planned.new:
        form_versions.publish(connection, form.schema, form.xml, workbook, now)
    for name, content in planned.files.items():
        form_versions.keep_media(connection, form.form_id, form.version, name, content)
    return planned


def _check_form_id(connection: Connection, form: CompiledForm, workbook: bytes) -> Iterator[Finding]:
    # SQLite would take its tables for those of the other form.
    for other in form_versions.form_ids(connection):
        if other != form.form_id and other.casefold() == form.form_id.casefold():
            where = read_xlsform(read_workbook(workbook)).setting("form_id").where
            yield Finding(FORM_ID_TAKEN, where, {"form_id": form.form_id, "other": other})


def _check_version(
    connection: Connection, form: CompiledForm, workbook: bytes, published: Sequence[str]
) -> Iterator[Finding]:
    if not published:
        return
    top = highest(published)
    taken = form.version in published
    if _is_version(connection, form, workbook, form.version) if taken else order_of(form.version) > order_of(top):
        return
    where = read_xlsform(read_workbook(workbook)).setting("version").where
    details = {"form_id": form.form_id, "version": form.version, "highest": top, "next": next_after(top)}
    yield Finding(VERSION_TAKEN if taken else VERSION_TOO_LOW, where, details)


def _check_readers(connection: Connection, form: CompiledForm, workbook: bytes, *, new: bool) -> list[Finding]:
    """What rules, the server itself or other forms need, and what an earlier version has lost already.

    Raises ProblemError with all that nobody could read any more as it is read now.
    """
    cache, rules = form_versions.FormCache(), indicator_versions.newest(connection)
    live = {one.form_id: one.schema for one in cache.current(connection)}
    needs = [*NEEDS]
    if rules is not None:
        read_indicators(rules, [*cache.schemas(connection), form.schema])
        needs += rule_needs(rules, cache.schemas(connection), live.values())
    before = live.get(form.form_id)
    saved = [(name, property_) for name, property_, _ in before.saved_properties()] if before else []
    for schema in live.values() if saved else ():
        xml = form_versions.form_xml(connection, schema.form_id, schema.version) or b""
        reader = (form.schema, form.xml) if schema is before else (schema, xml)
        needs += list_needs(*reader, saved)
    cells = Cells(read_xlsform(read_workbook(workbook)))
    lost = losses(needs, before, form.schema, cells) if before and new else []
    if lost:
        raise ProblemError(lost)
    older = [schema for schema in cache.schemas(connection) if schema.form_id == form.form_id]
    return missing_already(needs, older, form.schema, cells)


def _is_version(connection: Connection, form: CompiledForm, workbook: bytes, version: str) -> bool:
    """Whether the version was made of this very workbook, or has the same content."""
    if form_versions.form_workbook(connection, form.form_id, version) == workbook:
        return True
    xml = form_versions.form_xml(connection, form.form_id, version)
    return xml is not None and same_content(xml, form.xml)


def _under(form: CompiledForm, version: str) -> CompiledForm:
    return replace(
        form,
        version=version,
        xml=renumbered(form.xml, version),
        schema=replace(form.schema, version=version),
    )


def _files_of(
    connection: Connection, form: CompiledForm, folders: Sequence[Path], before: str | None
) -> tuple[dict[str, bytes], list[Finding]]:
    """The form's look-up files by name, and what is wrong with them. One that lies in none of the folders stays as the
    version `before` has it."""
    lists = lists_written([*form_versions.FormCache().schemas(connection), form.schema])
    files: dict[str, bytes] = {}
    findings = []
    for read in form.schema.reads:
        name = media_file(read)
        if name != PurePath(name).name or name.startswith(".") or "\\" in name:
            findings.append(Finding(BAD_MEDIA_NAME, form.places[read], {"name": name}))
            continue
        if read in lists:
            continue
        made, file = form.files.get(name), _find(name, folders)
        kept = form_versions.media_content(connection, form.form_id, before, name) if before else None
        content = made or (file.read_bytes() if file else kept)
        if content is None:
            kind = MEDIA_MISSING if name.endswith(_TABLES) else MEDIA_NOT_SHOWN
            findings.append(Finding(kind, form.places[read], {"name": name}))
        else:
            files[name] = content
            findings += check_table(name, content, form.places[read])
    # A list may yet get the property from a form that is published later; a file stays as it is.
    tables = {name[:-4]: header_of(content) for name, content in files.items() if name.endswith(".csv")}
    return files, [*findings, *check_columns(form.look_ups, tables)]


def publish_shipped(connection: Connection, now: datetime) -> Iterator[str]:
    """Publishes the project's own forms and rules where there are none yet, or those of an earlier release that nobody
    has edited; a line for each."""
    published = {form.form_id: form.version for form in form_versions.FormCache().current(connection)}
    for path in shipped.FORMS:
        if published.get(path.stem) in (None, *shipped.FORMER_FORMS):
            planned = publish_form(connection, path.read_bytes(), [shipped.MEDIA], now, validate=False)
            if planned.new:
                yield f"{planned.form.form_id} {planned.form.version}: terbit / published"
    rules = indicator_versions.newest(connection)
    if rules is None or hashlib.sha256(rules).hexdigest() in shipped.FORMER_INDICATORS:
        # Not held against the live forms: what somebody has dropped from theirs must not stop an upgrade.
        workbook = shipped.INDICATORS.read_bytes()
        read_indicators(workbook, form_versions.FormCache().schemas(connection))
        indicator_versions.publish(connection, workbook, now)
        yield f"{shipped.INDICATORS.name}: berlaku / in force"


def check_indicators(connection: Connection, workbook: bytes) -> tuple[Indicator, ...]:
    """The indicators of a workbook, checked against the published forms, and against those of them that are live.

    Raises ProblemError with all mistakes.
    """
    cache = form_versions.FormCache()
    indicators = read_indicators(workbook, cache.schemas(connection))
    findings = list(check_rules(workbook, cache.schemas(connection), [one.schema for one in cache.current(connection)]))
    if findings:
        raise ProblemError(findings)
    return indicators


def publish_indicators(connection: Connection, workbook: bytes, now: datetime) -> int | None:
    """Checks a workbook and puts it in force; its number, or None where the same one is in force already."""
    check_indicators(connection, workbook)
    return indicator_versions.publish(connection, workbook, now)


def _find(name: str, folders: Sequence[Path]) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)

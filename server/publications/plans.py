"""What publishing an XLSForm comes to: checked against what is published, with everything that is wrong in one go.
Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from sqlalchemy import Connection

from forms.indicators.workbook import read_indicators
from forms.problems import Finding, Problem, ProblemError
from forms.schema import FormSchema, media_file
from forms.versions.cells import Cells
from forms.versions.columns import misspelled_columns
from forms.versions.content import renumbered
from forms.versions.list_needs import list_needs
from forms.versions.losses import OF_CHOICES, OF_QUESTIONS, losses, missing_already
from forms.versions.needs import NEEDS, Need
from forms.versions.numbers import highest, next_after, order_of
from forms.versions.rule_needs import rule_needs
from forms.versions.told_once import on_their_own, unsaid
from forms.xlsform.compiler import CompiledForm, attempt, in_order, told_at
from forms.xlsform.lookups import check_columns, check_table, header_of
from forms.xlsform.sheets import XlsForm, read_xlsform
from forms.xlsform.workbook import read_workbook
from server.publications import form_versions, indicator_versions
from server.publications.entity_list_columns import lists_written
from server.publications.shipped import FindFile

VERSION_TAKEN = Problem(
    "version-taken",
    409,
    "Formulir {form_id} versi {version} sudah terbit dengan isi lain. Naikkan `version` di lembar settings menjadi "
    "{next} atau lebih, lalu terbitkan lagi.",
    "Form {form_id} version {version} is already published with other content. Raise `version` on the sheet settings "
    "to {next} or more and publish again.",
    "{next}",
)
VERSION_TOO_LOW = Problem(
    "version-too-low",
    409,
    "Formulir {form_id} versi {version} tidak lebih tinggi daripada versi {highest}, yang sudah terbit. Naikkan "
    "`version` di lembar settings menjadi {next} atau lebih, lalu terbitkan lagi.",
    "Form {form_id} version {version} is not higher than version {highest}, which is published. Raise `version` on the "
    "sheet settings to {next} or more and publish again.",
    "{next}",
)
FORM_ID_TAKEN = Problem(
    "form-id-taken",
    409,
    "form_id “{form_id}” hanya berbeda huruf besar dan kecil dari formulir “{other}” yang sudah terbit. Tulis form_id "
    "seperti itu bila ini versi barunya; bila formulir lain, beri form_id lain.",
    "The form_id “{form_id}” differs only in upper and lower case from the published form “{other}”. Write the form_id "
    "like that if this is its new version; give another form_id if it is another form.",
    "{other}",
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


@dataclass(frozen=True)
class Checked:
    """A workbook held against what is published.

    `said`: its form_id, version and title as it says itself, blank where it does not. `form`: compiled, without the
    mistakes where there are `findings`, and then good for nothing but looking; None where that cannot be done.
    `planned`: what publishing comes to; None where there are `findings`. `whole`: False where there may be more
    mistakes behind these.
    """

    said: tuple[str, str, str]
    form: CompiledForm | None
    planned: PlannedForm | None
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    whole: bool


def plan_form(connection: Connection, workbook: bytes, find_file: FindFile, *, validate: bool) -> PlannedForm:
    """Compiles an XLSForm and checks whether it can go live. Raises ProblemError with all that `check_form` finds."""
    checked = check_form(connection, workbook, find_file, validate=validate)
    if checked.planned is None:
        raise ProblemError(checked.findings)
    return checked.planned


def check_form(connection: Connection, workbook: bytes, find_file: FindFile, *, validate: bool) -> Checked:
    """Compiles an XLSForm, finds its look-up files, and checks whether it can go live.

    Finds what is wrong in the workbook, with its version, the files that it lacks, what it takes away from those that
    read it by name, and the rules in force that could no longer be counted. Raises ProblemError where it is no XLSForm.
    """
    tried, sheets = attempt(workbook, validate=validate), read_xlsform(read_workbook(workbook))
    said = sheets.setting("form_id").value, sheets.setting("version").value, sheets.setting("form_title").value
    if tried.form is None:
        return Checked(said, None, None, tried.findings, tried.remarks, tried.whole)
    compiled, findings = tried.form, list(tried.findings)
    published = form_versions.published_versions(connection, compiled.form_id)
    wrong = [*_check_form_id(connection, compiled, sheets), *_check_version(connection, compiled, workbook, published)]
    form, new, again = _numbered(connection, compiled, workbook, published, wrong)
    live = published[-1] if published else None
    files, missing = _files_of(connection, form, find_file, again or live)
    unseen = [finding for finding in missing if finding.problem is MEDIA_NOT_SHOWN]
    wrong += [finding for finding in missing if finding not in unseen]
    if new and tried.whole:
        wrong += _taken_away(connection, form, tried.sheets)
    findings = in_order([*on_their_own(findings, wrong), *_not_told(wrong, findings)])
    lacking = _missing_already(connection, form, tried.sheets) if tried.whole else []
    remarks = tuple(unsaid([*tried.remarks, *unseen, *lacking], findings))
    if findings:
        return Checked(said, form, None, tuple(findings), remarks, tried.whole)
    known = form_versions.media_hashes(connection, form.form_id, live) if live else {}
    changed = [name for name, content in files.items() if name in known and form_versions.md5(content) != known[name]]
    planned = PlannedForm(form, new, again, files, tuple(changed), remarks)
    return Checked(said, form, planned, (), remarks, tried.whole)


def _numbered(
    connection: Connection, form: CompiledForm, workbook: bytes, published: Sequence[str], wrong: Sequence[Finding]
) -> tuple[CompiledForm, bool, str | None]:
    """The form under the number that it gets; whether it is new; and the earlier version whose content it is."""
    again = form.version if form.version in published else None
    if again is None or wrong:
        return form, True, again
    if form_versions.is_made_of(connection, form.form_id, published[-1], workbook, form.xml):
        return _under(form, published[-1]), False, None
    # Phones that have both versions go on with the one that they fetched last: it needs a number of its own.
    return _under(form, next_after(highest(published))), True, again


def _not_told(findings: Iterable[Finding], known: Sequence[Finding]) -> list[Finding]:
    """Those at whose place nothing is known to be wrong: they may come of that alone. A name that is needed is told in
    any case: its author learns which one it was."""
    places = {told_at(finding) for finding in known}
    told_anyway = (*OF_QUESTIONS, *OF_CHOICES)
    return [one for one in findings if not one.where or one.problem in told_anyway or told_at(one) not in places]


def _check_form_id(connection: Connection, form: CompiledForm, sheets: XlsForm) -> Iterator[Finding]:
    # SQLite would take its tables for those of the other form.
    for other in form_versions.form_ids(connection):
        if other != form.form_id and other.casefold() == form.form_id.casefold():
            where = sheets.setting("form_id").where
            yield Finding(FORM_ID_TAKEN, where, {"form_id": form.form_id, "other": other})


def _check_version(
    connection: Connection, form: CompiledForm, workbook: bytes, published: Sequence[str]
) -> Iterator[Finding]:
    if not published:
        return
    top = highest(published)
    taken = form.version in published
    if taken:
        may = form_versions.is_made_of(connection, form.form_id, form.version, workbook, form.xml)
    else:
        may = order_of(form.version) > order_of(top)
    if may:
        return
    where = read_xlsform(read_workbook(workbook)).setting("version").where
    details = {"form_id": form.form_id, "version": form.version, "highest": top, "next": next_after(top)}
    yield Finding(VERSION_TAKEN if taken else VERSION_TOO_LOW, where, details)


def _taken_away(connection: Connection, form: CompiledForm, sheets: XlsForm) -> list[Finding]:
    """What nobody could read any more as it is read now: columns, and names."""
    before = _live(connection).get(form.form_id)
    old = sheets_of(connection, before) if before else None
    columns = misspelled_columns(old, sheets) if old else ()
    try:
        needs = readers(connection, form.schema, form.xml)
    except ProblemError as error:
        return [*columns, *error.findings]
    return [*columns, *(losses(needs, before, form.schema, Cells(sheets, old)) if before else ())]


def _missing_already(connection: Connection, form: CompiledForm, sheets: XlsForm) -> list[Finding]:
    """What is read of the form and is not there, though this version takes nothing away."""
    try:
        needs = readers(connection, form.schema, form.xml)
    except ProblemError:  # told by `_taken_away`
        return []
    older = form_versions.published_schemas(connection, form.form_id)
    return missing_already(needs, older, form.schema, Cells(sheets))


def sheets_of(connection: Connection, version: FormSchema) -> XlsForm:
    """The sheets of a published version, as its author sees them."""
    workbook = form_versions.form_workbook(connection, version.form_id, version.version)
    return read_xlsform(read_workbook(workbook or b""))


def readers(connection: Connection, form: FormSchema, xml: bytes) -> list[Need]:
    """What is read of forms by name: by rules, by the server itself, by forms (this one as its XForm says) of what it
    saves. Raises ProblemError where the rules in force cannot be read with this form."""
    cache, rules = form_versions.FormCache(), indicator_versions.newest(connection)
    live = _live(connection)
    needs = [*NEEDS]
    if rules is not None:
        read_indicators(rules, [*cache.schemas(connection), form])
        needs += rule_needs(rules, cache.schemas(connection), live.values())
    before = live.get(form.form_id)
    saved = [(name, property_) for name, property_, _ in before.saved_properties()] if before else []
    for schema in live.values() if saved else ():
        theirs = form_versions.form_xml(connection, schema.form_id, schema.version) or b""
        needs += list_needs(*((form, xml) if schema is before else (schema, theirs)), saved)
    return needs


def _live(connection: Connection) -> dict[str, FormSchema]:
    return {one.form_id: one.schema for one in form_versions.FormCache().current(connection)}


def _under(form: CompiledForm, version: str) -> CompiledForm:
    return replace(
        form,
        version=version,
        xml=renumbered(form.xml, version),
        schema=replace(form.schema, version=version),
    )


def _files_of(
    connection: Connection, form: CompiledForm, find_file: FindFile, before: str | None
) -> tuple[dict[str, bytes], list[Finding]]:
    """The form's look-up files by name, and what is wrong with them. One that is not found stays as the version
    `before` has it."""
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
        kept = form_versions.media_content(connection, form.form_id, before, name) if before else None
        content = next((one for one in (form.files.get(name), find_file(name), kept) if one is not None), None)
        if content is None:
            kind = MEDIA_MISSING if name.endswith(_TABLES) else MEDIA_NOT_SHOWN
            findings.append(Finding(kind, form.places[read], {"name": name}))
        else:
            files[name] = content
            findings += check_table(name, content, form.places[read])
    # A list may yet get the property from a form that is published later; a file stays as it is.
    tables = {name[:-4]: header_of(content) for name, content in files.items() if name.endswith(".csv")}
    return files, [*findings, *check_columns(form.look_ups, tables)]

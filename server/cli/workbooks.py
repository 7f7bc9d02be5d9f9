"""Commands about workbooks: forms, the rules of the score, and the quality checks.

What compiles them is imported by those that need it: it takes a third of a second and 8 MB of every other command.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from forms.problems import Finding
from forms.xlsx_limits import read_file
from server.cli.context import Session
from server.cli.plain_errors import language
from server.clock import wall_clock
from server.database.engine import reading, writing
from server.publications import check_versions, form_versions, shipped
from server.publications.shipped import FindFile, in_folders

WITHOUT_DATABASE = (
    "Tanpa basis data: tidak dibandingkan dengan formulir dan aturan yang terbit.\n"
    "No database: not held against the forms and rules that are published."
)
ALREADY = "sudah berlaku / already in force"
WORKBOOK = click.argument("workbook", metavar="FILE.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("forms")
def forms_group() -> None:
    """XLSForms."""


@forms_group.command("check")
@WORKBOOK
@click.pass_obj
def forms_check(session: Session, workbook: Path) -> None:
    """Compiles an XLSForm and explains every mistake with sheet, cell and remedy, also what `publish` would refuse.

    Needs Java. Without a prepared database it is not held against what is published.
    """
    from forms.xlsform.compiler import compile_form
    from server.publications.plans import plan_form

    content = read_file(workbook)
    if session.has_database:
        with reading(session.engine) as connection:
            planned = plan_form(connection, content, _beside(workbook), validate=True)
        form, remarks = planned.form, planned.remarks
    else:
        form = compile_form(content, validate=True)
        remarks = form.warnings
        click.echo(WITHOUT_DATABASE, err=True)
    fields = sum(len(table.fields) for table in form.schema.tables)
    click.echo(f"{form.form_id} {form.version}: baik / good, {fields} isian / fields")
    _tell(remarks)


@forms_group.command("publish")
@WORKBOOK
@click.pass_obj
def forms_publish(session: Session, workbook: Path) -> None:
    """Checks an XLSForm and publishes it: phones fetch it at their next sync."""
    from server.publications import publish

    with writing(session.engine) as connection:
        planned = publish.publish_form(connection, read_file(workbook), _beside(workbook), wall_clock(), validate=True)
    said = "terbit / published" if planned.new else "sudah terbit / already published"
    if planned.again:
        said += f", dengan isi versi {planned.again} / with the content of version {planned.again}"
    click.echo(f"{planned.form.form_id} {planned.form.version}: {said}")
    for name in planned.changed_files:
        click.echo(f"{name}: berubah, HP mengambilnya lagi / changed, phones fetch it again")
    _tell(planned.remarks)


@forms_group.command("list")
@click.pass_obj
def forms_list(session: Session) -> None:
    """Lists all forms with every version that was published; phones get the one that is live."""
    with reading(session.engine) as connection:
        found = form_versions.all_versions(connection)
    for one in found:
        day = one.published_at.astimezone(session.settings.timezone)
        live = "  berlaku / live" if one.live else ""
        click.echo(f"{one.form_id}  {one.version}  {day:%Y-%m-%d %H:%M}{live}")


@click.group("indicators")
def indicators_group() -> None:
    """The rules of the score."""


@indicators_group.command("check")
@WORKBOOK
@click.pass_obj
def indicators_check(session: Session, workbook: Path) -> None:
    """Compiles an indicator workbook against the published forms and explains every mistake."""
    from server.publications import publish

    with reading(session.engine) as connection:
        found = publish.check_indicators(connection, read_file(workbook))
    click.echo(f"{len(found)} indikator / indicators: baik / good")


@indicators_group.command("publish")
@WORKBOOK
@click.option("--beside", is_flag=True, help="Keep it as another card that people may look at, not in force.")
@click.option("--reason", default="", help="Why, in a sentence, to be read on the cards that are counted by it.")
@click.pass_obj
def indicators_publish(session: Session, workbook: Path, beside: bool, reason: str) -> None:
    """Checks an indicator workbook and puts it in force, from the running quarter on."""
    from server.publications import publish

    with writing(session.engine) as connection:
        if beside:
            card = publish.keep_beside(connection, read_file(workbook), wall_clock())
            click.echo(f"{card}: kartu lain / another card")
            return
        number = publish.publish_indicators(connection, read_file(workbook), wall_clock(), reason)
    said = f"versi {number} berlaku / version {number} in force" if number else ALREADY
    click.echo(f"{said}. Triwulan lalu / past quarters: kpm refresh --all")


@click.group("checks")
def checks_group() -> None:
    """The quality checks of submissions."""


@checks_group.command("check")
@WORKBOOK
@click.pass_obj
def checks_check(session: Session, workbook: Path) -> None:
    """Reads a workbook of quality checks against the published forms and explains every mistake."""
    with reading(session.engine) as connection:
        found = check_versions.check(connection, read_file(workbook))
    click.echo(f"{len(found)} pemeriksaan / checks: baik / good")


@checks_group.command("publish")
@WORKBOOK
@click.pass_obj
def checks_publish(session: Session, workbook: Path) -> None:
    """Checks a workbook of quality checks and puts it in force."""
    with writing(session.engine) as connection:
        number = check_versions.publish(connection, read_file(workbook), wall_clock())
    click.echo(f"versi {number} berlaku / version {number} in force" if number else ALREADY)


def _tell(remarks: Iterable[Finding]) -> None:
    for finding in remarks:
        click.echo(f"! {finding.text(language())}")


def _beside(workbook: Path) -> FindFile:
    """Where the look-up files of a form may lie."""
    return in_folders([workbook.parent, workbook.parent / "media", shipped.MEDIA])

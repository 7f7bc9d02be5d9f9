"""`kpm export`: the answers to a form as a table, to where the shell sends them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from forms.problems import Problem, problem
from forms.sheets_out.tables import Sheet, write_csv
from server.accounts import access_log
from server.cli.context import Session
from server.cli.people import made_by
from server.clock import wall_clock
from server.database.engine import reading, writing
from server.exchange import files
from server.exchange.answers import answer_sheets, answers_of
from server.exchange.geojson import geojson
from server.exchange.scope import Scope, villages_with_data
from server.villages.regions import NATION

NO_SUCH_REPEAT = Problem(
    "unknown-repeat",
    404,
    "Formulir ini tidak punya bagian berulang {repeat}. Yang ada: {present}.",
    "This form has no repeat {repeat}. There are: {present}.",
)
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("export")
@click.argument("form_id", metavar="FORM")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "geojson"]), required=True, help="What to write.")
@click.option("--repeat", default="", metavar="NAME", help="A CSV of this repeat, in place of the form itself.")
@click.option("--region", default=NATION, metavar="CODE", help="Of which region, down to a village; default: all.")
@click.option("--since", type=_DAY, help="From this day on, like 2026-03-10.")
@click.option("--until", type=_DAY, help="Up to this day.")
@click.pass_obj
def export_command(
    session: Session, form_id: str, kind: str, repeat: str, region: str, since: datetime | None, until: datetime | None
) -> None:
    """Writes the answers to a form to standard output: a CSV, a workbook with a sheet a repeat, or a map's points."""
    session.catch_up()
    first, last = (day.date() if day else None for day in (since, until))
    scope = Scope(region, session.settings.timezone, first, last)
    with reading(session.engine) as connection:
        tables, villages = answers_of(connection, form_id), villages_with_data(connection, region)
    with writing(session.engine) as connection:
        for village in villages:
            access_log.record(connection, village, made_by("export"), "ekspor", None, wall_clock())
    sheets = answer_sheets(session.engine, tables, scope)
    for portion in _file(sheets, kind, repeat):
        click.echo(portion, nl=False)


def _file(sheets: Sequence[Sheet], kind: str, repeat: str) -> Iterator[bytes]:
    if kind == "xlsx":
        return files.workbook_file(sheets)
    if kind == "geojson":
        return geojson(sheets[0])
    present = [one.name for one in sheets[1:]]
    wanted = sheets[0] if not repeat else next((one for one in sheets[1:] if one.name == repeat), None)
    if wanted is None:
        raise problem(NO_SUCH_REPEAT, repeat=repeat, present=", ".join(present) or "-")
    return (portion.encode() for portion in write_csv(wanted))

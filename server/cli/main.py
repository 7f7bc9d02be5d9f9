"""The command line `kpm`: the composition root for people who run the server.

Every command ends with status 0, or 1 and one plain sentence that says what to do, or 2 for wrong usage.
"""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

import click
from tqdm import tqdm

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.scorecard.refresh import refresh as refresh_cards
from aggregate.scorecard.stale import Which
from forms.problems import Problem, ProblemError, problem
from forms.xlsx_limits import LARGEST_FILE
from server.cli.commands import Commands
from server.cli.context import Session
from server.cli.plain_errors import language
from server.clock import wall_clock
from server.database.engine import reading, writing
from server.database.upgrade import upgrade
from server.entities import change_log
from server.publications import drafts
from server.publications.form_versions import FormCache
from server.settings import read_settings
from server.submissions import rebuild
from server.submissions.quarantine import quarantined, replay
from server.villages import regions
from server.villages.region_file import ZIP, read_regions

COOKIES_IN_THE_OPEN = (
    "BASE_URL tidak dimulai dengan https://, jadi cookie login tidak Secure: siapa pun di jaringan yang sama dapat "
    "membaca dan memakainya.\n"
    "BASE_URL does not begin with https://, so cookies of logins are not Secure: anybody on the same network can read "
    "and use them."
)
CARDS_FAILED = Problem(
    "cards-failed",
    500,
    "Kartu desa {villages} tidak dapat dihitung, {count} kartu lain sudah; sebabnya ada di log dan di basis data.",
    "The cards of {villages} could not be counted, {count} others were; the log and the database say why.",
)
_Item = TypeVar("_Item")
gc.freeze()  # what is imported stays: the collector need not look at it again and again
gc.set_threshold(10_000)  # a batch of submissions is many objects, and few of them hold each other


@click.group(cls=Commands)
@click.option("--database", metavar="URL", help="Database to use; default: DATABASE_URL, else a file in data/.")
@click.pass_context
def main(context: click.Context, database: str | None) -> None:
    """Village convergence against stunting: forms in, scorecards out."""
    context.obj = Session(read_settings(os.environ, database))
    context.call_on_close(context.obj.close)


@main.command()
@click.pass_obj
def init(session: Session) -> None:
    """Makes or upgrades the database; publishes the shipped forms and rules if there are none. Safe to repeat."""
    from server.publications import publish  # as in workbooks.py

    engine = session.as_it_is
    with writing(engine) as connection:
        upgrade(connection)
    with writing(engine) as connection:
        for line in publish.publish_shipped(connection, wall_clock()):
            click.echo(line)
    upgraded = True
    with _others_go_on(rebuild.VILLAGES_FAILED):
        upgraded = rebuild.finish_upgrade(engine, FormCache(), session.settings.timezone, wall_clock(), _progress)
    if upgraded:
        with _others_go_on(CARDS_FAILED):
            _refresh(session, "again")
    published_rules_with_tables(engine)  # makes the tables for counting now, not under the first visitor's eyes
    click.echo(f"Siap / ready: {engine.url.render_as_string(hide_password=True)}")


@main.group("regions")
def regions_group() -> None:
    """Provinces to dusun."""


@regions_group.command("import")
@click.argument("file", metavar="FILE", type=click.File("rb"))
@click.pass_obj
def regions_import(session: Session, file: BinaryIO) -> None:
    """Reads rows of code and name, all levels, with Kemendagri codes: a CSV, or the first sheet of an .xlsx."""
    content = file.read(LARGEST_FILE + 1)
    if not content.startswith(ZIP):  # a CSV may be longer
        content += file.read()
    found = read_regions(content)
    with writing(session.engine) as connection:
        kept = regions.keep(connection, found)
    click.echo(f"{kept.total} wilayah / regions: {kept.new} baru / new, {kept.renamed} ganti nama / renamed")


@main.command()
@click.argument("code")
@click.argument("period")
@click.option("--json", "as_json", is_flag=True, help="The exact JSON of the web address.")
@click.option("--pdf", type=click.File("wb"), metavar="FILE", help="Writes the paper, as at the web address.")
@click.option("--xlsx", type=click.File("wb"), metavar="FILE", help="Writes the workbook of counts, without names.")
@click.pass_obj
def scorecard(
    session: Session, code: str, period: str, as_json: bool, pdf: BinaryIO | None, xlsx: BinaryIO | None
) -> None:
    """Prints Formulir 4 of a village; PERIOD is written like 2026-Q1."""
    from aggregate.service.cards import StoredCards  # as all that follows, for the few commands that look at cards
    from scorecards.plain import plain_card

    session.catch_up(code)
    cards = StoredCards(session.engine, lambda: session.today, session.settings.timezone)
    if pdf or xlsx:
        _write_papers(session, code, period, pdf, xlsx)
    elif as_json:
        click.echo(json.dumps(cards.card(code, period)))
    else:
        click.echo(plain_card(*cards.village_cards(code, period).counted, language()))


def _write_papers(session: Session, code: str, period: str, pdf: BinaryIO | None, xlsx: BinaryIO | None) -> None:
    from aggregate.service.papers import StoredPapers
    from scorecards.paper import formulir4, workbook
    from scorecards.paper.pdf import make_pdf
    from scorecards.paper.sign_lines import sign_lines
    from templates.rendering import Frame

    papers, settings = StoredPapers(session.engine, lambda: session.today), session.settings
    report, formulir1 = papers.counts(code, period)
    if pdf:
        # Without BASE_URL nobody knows the address that the code is to open.
        qr = formulir4.qr_of(report, settings.base_url) if settings.base_url else ""
        paper = formulir4.paper_of(report, settings.timezone, qr)
        pdf.write(make_pdf(formulir4.render_paper(paper, Frame(other=""), language())))
    if xlsx:
        signed = sign_lines(report, settings.timezone)
        xlsx.write(workbook.public_workbook(report, formulir1, signed=signed))


@main.command()
@click.option("--all", "all_", is_flag=True, help="Recompute every quarter of every village by the rules in force now.")
@click.pass_obj
def refresh(session: Session, all_: bool) -> None:
    """Recomputes the scorecards that are out of date; applies changes that waited in vain for the one before them, and
    removes forms that were uploaded and not published for a day."""
    session.catch_up()
    with writing(session.engine) as connection:
        drafts.forget_old(connection, wall_clock())
    rebuild.force_overdue(session.engine, wall_clock())
    count = _refresh(session, "all" if all_ else "stale")
    click.echo(f"{count} kartu / cards")


@main.command("rebuild")
@click.pass_obj
def rebuild_command(session: Session) -> None:
    """Derives everything again from the submissions as received; past quarters by the rules they were counted by."""
    session.catch_up()
    gc.set_threshold(1_000_000)  # a village is that many objects, and hardly any of them hold each other
    try:
        count = rebuild.rebuild(session.engine, FormCache(), session.settings.timezone, wall_clock(), _progress)
    except ProblemError:  # the others have their cards all the same
        _refresh(session, "again")
        raise
    cards = _refresh(session, "again")
    click.echo(f"{count} desa / villages, {cards} kartu / cards")


@main.group()
def quarantine() -> None:
    """What could not be understood."""


@quarantine.command("list")
@click.pass_obj
def quarantine_list(session: Session) -> None:
    """Lists submissions with a problem, and what to do about it."""
    session.catch_up()
    with reading(session.engine) as connection:
        found, waiting = quarantined(connection), change_log.count_held(connection)
    for one in found:
        click.echo(f"{one.village_id}  {one.received_at:%Y-%m-%d %H:%M}  {one.form_id}  {one.instance_id}  {one.state}")
        click.echo("    " + one.detail.replace("\n", "\n    "))
    click.echo(f"{len(found)} isian bermasalah / submissions with a problem")
    click.echo(f"{waiting} perubahan menunggu pendahulunya / changes wait for the one before them")


@quarantine.command("replay")
@click.pass_obj
def quarantine_replay(session: Session) -> None:
    """Tries them again, after their cause is mended."""
    before, left = replay(session.engine, FormCache(), session.settings.timezone, wall_clock())
    click.echo(f"{before - left} dari / of {before} berhasil / succeeded")


@main.command()
@click.option("--villages", type=click.IntRange(1, 9999), required=True, help="How many villages.")
@click.option("--months", type=click.IntRange(1, 120), required=True, help="How many months of visits, up to today.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes other villages.")
@click.pass_obj
def simulate(session: Session, villages: int, months: int, seed: int) -> None:
    """Realistic visits for load tests, straight into the receive path; the villages have codes 98.*."""
    from server.demo.simulate import simulate_villages

    started = time.monotonic()
    count = simulate_villages(session.engine, session.settings, wall_clock(), villages, months, seed, _progress)
    seconds = time.monotonic() - started
    click.echo(f"{count} isian / submissions, {count / seconds:.0f} per detik / second")


@main.command("serve")
@click.option("--bind", default=None, help="Address to listen on; default 127.0.0.1 with the port PORT or 8000.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=None, help="Worker processes; default: the setting WORKERS."
)
@click.pass_obj
def serve_command(session: Session, bind: str | None, workers: int | None) -> None:
    """Runs the production server (gunicorn) until SIGTERM, which lets running requests end."""
    from server.serve import open_to_others, serve  # the whole web application

    session.engine.dispose()
    address = bind or f"127.0.0.1:{session.settings.port}"
    if open_to_others(address) and not session.settings.base_url.startswith("https://"):
        click.echo(COOKIES_IN_THE_OPEN, err=True)
    serve(session.settings, address, workers or session.settings.workers)


@contextmanager
def _others_go_on(expected: Problem) -> Iterator[None]:
    """Only tells of what failed in some villages, so that the server starts for all others."""
    try:
        yield
    except ProblemError as error:
        if error.code != expected.code:
            raise
        click.echo(error.text(language()), err=True)


def _refresh(session: Session, which: Which) -> int:
    """How many cards were counted. Raises ProblemError CARDS_FAILED where those of some villages could not be."""
    failed: list[str] = []
    with tqdm(unit=" desa", disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        def keep(village_id: str, _reason: str) -> None:
            failed.append(village_id)

        count = refresh_cards(session.engine, session.today, which, progress=show, failed=keep)
    if failed:
        raise problem(CARDS_FAILED, villages=", ".join(failed), count=count)
    return count


def _progress(items: Sequence[_Item]) -> Iterable[_Item]:
    return tqdm(items, unit=" desa", disable=None, leave=False)

"""`kpm status`: what waits, and what somebody should look after."""

from __future__ import annotations

from datetime import timedelta

import click

from aggregate.scorecard.refresh import failed_villages
from server.cli.context import Session
from server.clock import wall_clock
from server.database.engine import reading
from server.database.upgrade import in_repair
from server.entities import change_log
from server.submissions.inbox import LATE, late_villages, waiting
from server.submissions.quarantine import quarantined
from server.submissions.rebuild import failed_rebuilds

LATE_MINUTES = LATE // timedelta(minutes=1)


@click.command("status")
@click.pass_obj
def status_command(session: Session) -> None:
    """Tells how many submissions wait to be processed and since when, and what needs somebody's attention."""
    with reading(session.engine) as connection:
        inbox, held = waiting(connection, wall_clock()), change_log.count_held(connection)
        late = late_villages(connection, wall_clock()) if inbox.late else []
        problems, failed = len(quarantined(connection)), failed_villages(connection)
        rebuilt, repaired = failed_rebuilds(connection), in_repair(connection)
    click.echo(f"{inbox.count} isian menunggu diproses / submissions wait to be processed")
    if inbox.since is not None:
        since = inbox.since.astimezone(session.settings.timezone)
        click.echo(f"    sejak / since {since:%Y-%m-%d %H:%M:%S}, {inbox.villages} desa / villages")
    if inbox.late:
        click.echo(f"    {inbox.late} desa lebih dari {LATE_MINUTES} menit, sebabnya ada di log server /")
        click.echo(f"    {inbox.late} villages for more than {LATE_MINUTES} minutes; the server's log says why")
        click.echo(f"    {', '.join(late)}{', ...' if len(late) < inbox.late else ''}")
    click.echo(f"{problems} isian bermasalah / submissions with a problem: kpm quarantine list")
    click.echo(f"{held} perubahan menunggu pendahulunya / changes wait for the one before them")
    click.echo(f"{len(failed)} desa yang kartunya gagal dihitung / villages whose cards could not be counted")
    for village_id, reason in failed.items():
        click.echo(f"    {village_id}: {reason}")
    if rebuilt:
        click.echo(f"{len(rebuilt)} desa gagal diolah ulang, datanya tetap seperti sebelumnya; ulangi: kpm rebuild /")
        click.echo("    villages that could not be derived again, what was there stays; try again: kpm rebuild")
    for village_id, reason in rebuilt.items():
        click.echo(f"    {village_id}: {reason}")
    if repaired:
        click.echo(f"{len(repaired)} desa gagal diolah ulang sesudah server diperbarui; ulangi: kpm init /")
        click.echo("    villages that could not be derived again after an upgrade; try again: kpm init")
    for village_id, reason in repaired.items():
        click.echo(f"    {village_id}: {reason}")

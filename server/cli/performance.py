"""`kpm performance`: how the KPM of a village did in a quarter."""

from __future__ import annotations

import json

import click

from aggregate.service.performances import StoredPerformances
from server.cli.context import Session
from server.database.engine import reading
from server.villages import regions

NAMES = {
    "visits": "kunjungan rumah tiap bulan / home visits each month",
    "heights": "anak diukur tinggi badannya / children whose height was checked",
    "paud": "anak 2-6 tahun dipantau PAUD / children of 2-6 years asked after",
    "social_map": "peta sosial tepat waktu / social map in time",
    "rembuk": "Rembuk Stunting diadakan / Rembuk Stunting held",
    "meeting": "rapat triwulan diadakan / quarterly meeting held",
    "sent": "isian terkirim dalam 5 hari / forms sent within 5 days",
}


@click.command("performance")
@click.argument("code")
@click.argument("period")
@click.option("--json", "as_json", is_flag=True, help="The whole of it as JSON.")
@click.pass_obj
def performance_command(session: Session, code: str, period: str, as_json: bool) -> None:
    """Prints the performance of a village's KPM; PERIOD is written like 2026-Q1."""
    session.catch_up(code)
    with reading(session.engine) as connection:
        names = regions.village_names(connection, code)
    performances = StoredPerformances(session.engine, session.settings, lambda: session.today)
    found = performances.of(code, performances.quarter(period))
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{names[0]} ({code}) {period}, data sampai / data up to {found['as_of']}")
    for part in found["parts"]:
        asked = f"{part['done']}/{part['due']}" if part["asked"] else "-"
        click.echo(f"{NAMES[part['duty']]:<72} {asked:>11} {part['percent'] or '-':>6}")
    final = "" if found["final"] else f", sementara sampai / not final before {found['final_from']}"
    click.echo(f"{'Kinerja / performance':<72} {'':>11} {found['percent'] or '-':>6}")
    click.echo(f"Batas insentif / threshold {found['incentive_from']}%{final}")

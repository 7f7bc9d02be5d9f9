"""`kpm phones`: registering KPM's phones, and shutting lost ones out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forms.problems import Problem, problem
from server.cli.context import Session
from server.clock import wall_clock
from server.database.engine import reading, writing
from server.phones import collect_settings, phones
from server.villages import regions
from templates import qr_codes

NOT_WRITTEN = Problem(
    "not-written",
    500,
    "{path} tidak dapat ditulis ({reason}). Pilih folder lain.",
    "{path} cannot be written ({reason}). Choose another folder.",
)


@click.group("phones")
def phones_group() -> None:
    """KPM's phones."""


@phones_group.command("add")
@click.option("--village", required=True, metavar="CODE", help="Village that the phone sends for.")
@click.option("--name", required=True, help="Name of the KPM.")
@click.option("--json", "as_json", is_flag=True, help="Print server_url, token and settings as JSON.")
@click.option("--png", metavar="FILE", type=click.Path(path_type=Path), help="Also write the QR code as a picture.")
@click.pass_obj
def phones_add(session: Session, village: str, name: str, as_json: bool, png: Path | None) -> None:
    """Registers a phone and prints the QR code that sets up ODK Collect."""
    base = session.settings.base_url or f"http://127.0.0.1:{session.settings.port}"
    with writing(session.engine) as connection:
        token = phones.add(connection, village, name, wall_clock())
        place = regions.names_above(connection, village)[0]
        server_url = collect_settings.server_url(base, token)
        settings = collect_settings.collect_settings(server_url, name, place)
        if png:  # before the phone is kept: where the picture cannot be written, there is no phone without a code
            _write(png, qr_codes.as_png(collect_settings.encoded(settings)))
    if not session.settings.base_url:
        click.echo(
            "BASE_URL kosong: alamat ini hanya untuk komputer ini / is not set: for this computer only", err=True
        )
    if as_json:
        click.echo(json.dumps({"server_url": server_url, "token": token, "settings": settings}))
    else:
        code = qr_codes.as_terminal(collect_settings.encoded(settings))
        click.echo(f"{name}, {place} ({village})\nserver_url: {server_url}\n{code}")


@phones_group.command("list")
@click.pass_obj
def phones_list(session: Session) -> None:
    """Lists the phones, when they were last heard of, and the number that `revoke` takes."""
    with reading(session.engine) as connection:
        for phone in phones.all_phones(connection):
            seen = f"{phone.seen_at:%Y-%m-%d %H:%M}" if phone.seen_at else "belum pernah / never"
            state = "dicabut / revoked" if phone.revoked_at else seen
            click.echo(f"{phone.number}  {phone.village_id}  {phone.name}  {state}")


@phones_group.command("revoke")
@click.argument("number")
@click.pass_obj
def phones_revoke(session: Session, number: str) -> None:
    """Shuts a lost phone out; NUMBER as `kpm phones list` shows it."""
    with writing(session.engine) as connection:
        phone = phones.revoke(connection, number, wall_clock())
    click.echo(f"{phone.name} ({phone.village_id}): dicabut / revoked")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise problem(NOT_WRITTEN, path=path, reason=error.strerror) from error

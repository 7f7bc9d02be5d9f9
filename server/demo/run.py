"""`make demo`: a made-up district, sent by its phones through the real submission address, and then served.

Everything that is asked of the server here goes the way that people and phones go: the commands of `kpm`, and HTTP.
A second run finds what is there; one that was interrupted goes on, as sending again changes nothing.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from forms.periods import Quarter
from forms.problems import Problem, ProblemError, problem
from forms.simulation.district import first_day, simulate
from forms.simulation.places import DEMO_VILLAGES, Village
from server.database.engine import open_engine, reading, writing
from server.database.upgrade import upgrade
from server.demo.people import Account, open_accounts, work_on_pages
from server.demo.phones import Memory, Sender, new_memory, remembered, send_all
from server.demo.simulate import forms_on_phones, keep_places
from server.phones import collect_settings
from server.publications.form_versions import FormCache
from server.publications.publish import publish_shipped
from server.settings import Settings, read_settings
from server.submissions.rebuild import finish_upgrade
from templates import qr_codes

PORT_TAKEN = Problem(
    "port-taken",
    500,
    "Port {port} sedang dipakai program lain. Hentikan program itu, atau pilih port lain: PORT={other} make demo",
    "The port {port} is taken by another program. Stop that one, or choose another port: PORT={other} make demo",
)
NOT_STARTED = Problem(
    "server-not-started",
    500,
    "Server tidak berjalan; sebabnya tertulis di atas. Setelah dibetulkan, ulangi: make demo",
    "The server does not run; the reason is written above. When it is mended, run again: make demo",
)
HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - phones of the network are meant to reach it
SEED = 2026
MEMORY = Path("data/demo.json")
START_WAIT = 60  # seconds


def main() -> int:
    """Runs the demo until Ctrl-C or SIGTERM; the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        settings = read_settings(os.environ)
        host, port = listening(settings)
        _require_free(host, port)
        run(settings, host, port, DEMO_VILLAGES)
    except KeyboardInterrupt:
        _say("\nBerhenti / stopped.")
    except ProblemError as error:
        _say(error.text("id") + "\n" + error.text("en"), sys.stderr)
        return 1
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        _say(f"Basis data tidak dapat dipakai / the database cannot be used: {reason}", sys.stderr)
        return 1
    return 0


def listening(settings: Settings) -> tuple[str, int]:
    """Where the demo listens, host and port: this computer alone, unless BASE_URL says at which of its ports phones of
    the network reach it. One with https, or without a port, is a web server's in front of it."""
    told = urlsplit(settings.base_url)
    if told.scheme == "http" and told.port and told.hostname not in ("127.0.0.1", "localhost", "::1"):
        return EVERYWHERE, told.port
    return HERE, settings.port


def run(settings: Settings, host: str, port: int, villages: Sequence[Village]) -> None:
    """Prepares, serves, sends what is not sent yet, shows, and goes on serving. Raises ProblemError NOT_STARTED where
    the server ends by itself."""
    now = datetime.now(UTC)
    today = now.astimezone(settings.timezone).date()
    engine = open_engine(settings.database_url)
    prepare(engine, settings, villages, now)
    with writing(engine) as connection:
        memory = remembered(connection, MEMORY, villages)
        first_run = memory is None
        # Their year ends yesterday: of this day it is not known yet what they do.
        memory = memory or new_memory(connection, villages, now, today - timedelta(days=1))
        accounts = open_accounts(connection, villages, now)
    memory.save(MEMORY)
    with served(host, port) as server:
        if not memory.complete and not (first_run and settings.public_scorecards and _inhabited(port, villages)):
            send(engine, villages, memory, port)
        work_on_pages(engine, villages, accounts, port, memory.today)
        memory.done().save(MEMORY)
        engine.dispose()
        _say("Menghitung kartu / counting the cards ...")
        _kpm("refresh").wait()
        show(settings, villages, memory, accounts, port, today)
        server.wait()  # until Ctrl-C ends the waiting; the server does not end by itself
        raise problem(NOT_STARTED)


def prepare(engine: Engine, settings: Settings, villages: Sequence[Village], now: datetime) -> None:
    """What `kpm init` and `kpm regions import` do."""
    with writing(engine) as connection:
        upgrade(connection)
    with writing(engine) as connection:
        for line in publish_shipped(connection, now):
            _say(line)
    finish_upgrade(engine, FormCache(), settings.timezone, now, iter)
    keep_places(engine, villages)


def _inhabited(port: int, villages: Sequence[Village]) -> bool:
    """Whether the database holds a demo that is no longer remembered: another one must not be put on top of it."""
    cards = [_get(f"http://{HERE}:{port}/desa/{village.code}.json") for village in villages]
    return all(card["table1"]["households"] for card in cards)


def send(engine: Engine, villages: Sequence[Village], memory: Memory, port: int) -> None:
    """All submissions of the district, over HTTP, with one phone for each village."""
    with reading(engine) as connection:
        forms, files = forms_on_phones(connection, FormCache())
    first = first_day(memory.today)
    stop, lock = threading.Event(), threading.Lock()
    days = (memory.today - first).days * len(villages)
    with tqdm(total=days, unit=" hari", desc="Ponsel mengirim / phones are sending", disable=None) as bar:

        def advance(count: int) -> None:
            with lock:
                bar.update(count)

        begun = time.monotonic()
        count = send_all(
            [
                (
                    Sender(port, village, memory.tokens[village.code], memory.second, advance, stop),
                    simulate(village, forms, files, first, memory.today, SEED, mishaps=village is villages[0]),
                )
                for village in villages
            ],
            first,
        )
    seconds = time.monotonic() - begun
    _say(f"{count} isian dikirim / submissions sent, {seconds:.0f} s, {count / seconds:.0f}/s")


def show(
    settings: Settings,
    villages: Sequence[Village],
    memory: Memory,
    accounts: Sequence[Account],
    port: int,
    today: date,
) -> None:
    """Where to look now, who may look where, and how a phone joins."""
    address = settings.base_url or f"http://{HERE}:{port}"
    village = villages[0]
    server_url = collect_settings.server_url(address, memory.tokens[village.code])
    phone = collect_settings.collect_settings(server_url, f"KPM {village.name}", village.name)
    _say(f"\n{qr_codes.as_terminal(collect_settings.encoded(phone))}")
    _say(f"Ponsel KPM {village.name}: pindai kode ini di ODK Collect / scan this in ODK Collect")
    _say(f"server_url: {server_url}")
    if not settings.base_url:
        _say(
            "127.0.0.1 hanya komputer ini; untuk ponsel sungguhan, isi BASE_URL dengan alamat yang dijangkaunya.\n"
            "127.0.0.1 is this computer only; for a real phone, set BASE_URL to an address that it can reach."
        )
    _say()
    if settings.public_scorecards:
        show_pages(villages, address, port, Quarter.of(today))
    else:
        _say("PUBLIC_SCORECARDS=off: halaman desa hanya bagi yang masuk / village pages only for who is logged in")
    show_accounts(accounts, address)
    _say("\nBerhenti / stop: Ctrl-C")


def show_pages(villages: Sequence[Village], address: str, port: int, running: Quarter) -> None:
    """Each village's page, with its convergence in the last quarter and in the running one."""
    shown = [running.plus(-1), running]
    _say(f"{'Halaman desa / village pages':<40} {shown[0]}   {shown[1]} (berjalan / running)")
    for village in villages:
        page = f"/desa/{village.code}"
        scores = "   ".join(f"{_score(f'http://{HERE}:{port}{page}/{quarter}.json'):>7}" for quarter in shown)
        _say(f"{village.name:<16} {address}{page}   {scores}")
    _say(f"\nMulai di sini / start here: {address}/")


def show_accounts(accounts: Sequence[Account], address: str) -> None:
    """Who can log in, with the passwords of this demo; the next one makes new ones."""
    _say(f"\nMasuk dengan email dan kata sandi / log in with email and password: {address}/masuk")
    for account in accounts:
        user = account.user
        _say(f"{user.email:<26} {account.password}   {user.role:<12}   {user.region}")
    _say(
        "Isian setahun dikirim sekaligus, jadi 'Isian terkirim dalam 5 hari' di halaman KPM tampak kurang.\n"
        "A year's forms are sent at once, so the KPM's page says that few of them came within five days."
    )


def _score(address: str) -> str:
    """The village's convergence, as its page says it."""
    card = _get(address)
    percent = card["table4"]["total"]["percent"]
    return f"{percent} %".replace(".", ",") if percent else "-"


def _get(address: str) -> Any:
    with urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server, by http
        return json.load(answer)


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise problem(PORT_TAKEN, port=port, other=port + 80) from error


@contextmanager
def served(host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`kpm serve` as a process of its own, for as long as the block runs; then it ends what it is doing and stops."""
    server = _kpm("serve", "--bind", f"{host}:{port}")
    try:
        _await_health(server, f"http://{HERE}:{port}/healthz")
        yield server
    finally:
        server.terminate()
        server.wait()


def _kpm(*arguments: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the demo alone, which then stops the server in good order.
    command = [sys.executable, "-c", "from server.cli.main import main; main()", *arguments]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own command


def _await_health(server: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + START_WAIT
    while server.poll() is None and time.monotonic() < until:
        try:
            _get(address)
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise problem(NOT_STARTED)


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(text: str = "", to: Any = None) -> None:
    print(text, file=to or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())

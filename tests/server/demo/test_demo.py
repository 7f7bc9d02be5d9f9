"""`make demo` with a small district: served, complete, and found again by a second run. `kpm simulate` beside it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from forms.domain import FORMS
from forms.periods import Quarter
from forms.problems import ProblemError
from forms.simulation.places import Village
from scorecards.card_row import card_row
from server.accounts import access_log
from server.accounts.users import ROLES, User
from server.database.engine import open_engine, reading, writing
from server.database.tables import entities, entity_changes, phones, submissions
from server.database.upgrade import upgrade
from server.demo.people import Account, Visitor
from server.demo.run import listening
from server.demo.simulate import simulate_villages
from server.entities import decision_log
from server.publications.publish import publish_shipped
from server.queries.duplicates import duplicate_pairs
from server.settings import read_settings
from server.villages import officers

NOW = datetime(2026, 5, 20, 3, tzinfo=UTC)
VILLAGES = (
    Village("99.01.01.2001", "Contoh Makmur", 1.5, 0.05, 0.95, targets=18),
    Village("99.01.02.2001", "Contoh Damai", 0.2, 0.03, 0.9, targets=5),
)
# The demo itself, but with a district that is sent in seconds.
SMALL = f"""
import sys
from forms.simulation.places import Village
from server.demo import run as demo
demo.DEMO_VILLAGES = {VILLAGES!r}
sys.exit(demo.main())
"""
LAST_LINE = "Berhenti / stop"


@dataclass
class Run:
    """A demo that runs; `said` is what it printed until it went on to serve."""

    process: subprocess.Popen[str]
    said: str

    def stop(self) -> int:
        """The exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def command(folder: Path, url: str, port: str) -> dict[str, Any]:
    environment = {**os.environ, "DATABASE_URL": url, "PORT": port, "WORKERS": "2", "PYTHONPATH": str(Path.cwd())}
    environment.pop("BASE_URL", None)
    return {"args": [sys.executable, "-c", SMALL], "cwd": folder, "env": environment, "text": True}


@contextmanager
def running(folder: Path, url: str, port: str) -> Iterator[Run]:
    process = subprocess.Popen(**command(folder, url, port), stdout=subprocess.PIPE)
    assert process.stdout is not None
    line, lines = "", []
    for line in process.stdout:
        lines.append(line)
        if LAST_LINE in line:
            break
    assert LAST_LINE in line, "".join(lines)
    try:
        yield Run(process, "".join(lines))
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def get(port: str, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        content: bytes = answer.read()
        return content


def today() -> date:
    """The day at the demo's villages, which is not always the machine's."""
    return datetime.now(ZoneInfo("Asia/Jakarta")).date()


def count(url: str, table: Any) -> int:
    engine = open_engine(url)
    with reading(engine) as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return found


def states(url: str) -> dict[tuple[str, str | None], int]:
    """How many submissions are in which state, with which problem."""
    wanted = select(submissions.c.state, submissions.c.problem, func.count()).group_by("state", "problem")
    engine = open_engine(url)
    with reading(engine) as connection:
        found = {(state, trouble): number for state, trouble, number in connection.execute(wanted)}
    engine.dispose()
    return found


def listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


# The next one is on SQLite.
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_demo_serves_its_villages__every_submission_understood(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, database_url, port) as demo:
        sent = sent_by(demo)
        assert states(database_url) == {("accepted", None): sent - 1, ("waiting", "correction"): 1}
        assert sent > 200
        assert_eventful(database_url)
        assert_everybody_gets_in(demo, port)
        for village in VILLAGES:
            assert f"http://127.0.0.1:{port}/desa/{village.code}" in demo.said
            assert village.name.encode() in get(port, f"/desa/{village.code}")
            card = json.loads(get(port, f"/desa/{village.code}.json"))
            assert card["table1"]["households"] >= 3
        assert_regions_add_up(port)
        assert demo.stop() == 0
    assert not listens(port)


def assert_eventful(url: str) -> None:
    """Of everything that people have to decide there is something, and of what they decided too."""
    here = VILLAGES[0].code
    engine = open_engine(url)
    with reading(engine) as connection:
        changes = connection.execute(select(entity_changes.c.state, entity_changes.c.conflict)).all()
        assert len(duplicate_pairs(connection, here, today())) == 1
        made = decision_log.read(connection, here, standing=True)
        (term,) = officers.terms(connection, here)
        who_looked = {look.email for look in access_log.latest(connection, here, UTC)}
        forms = set(connection.execute(select(submissions.c.form_id).distinct()).scalars())
    engine.dispose()
    assert [one.state for one in changes].count("held") == 1
    assert [one.conflict for one in changes].count("hard") == 1
    assert {(one.kind, one.made_by) for one in made} == {
        ("merge", "kepala@contoh.desa.id"),
        ("move", "admin@contoh.desa.id"),
    }
    assert (term.approved_by, len(term.trainings), len(term.honors) >= 12) == ("Kepala Desa Contoh", 2, True)
    assert term.contract_number
    assert who_looked == {"kpm@contoh.desa.id", "kepala@contoh.desa.id"}
    assert forms == set(FORMS)


def assert_regions_add_up(port: str) -> None:
    """Every figure of every level, in each of four quarters, is the sum of what the villages' own cards say."""
    for past in range(4):
        quarter = Quarter.of(today()).plus(-past)
        cards = [json.loads(get(port, f"/desa/{village.code}/{quarter}.json")) for village in VILLAGES]
        assert sum(card["table4"]["total"]["due"] for card in cards) > 0
        for region in ("99.01.01", "99.01.02", "99.01", "99", "ID"):
            own = [card_row(card) for card in cards if region == "ID" or card["village"]["code"].startswith(region)]
            told = json.loads(get(port, f"/wilayah/{region}/{quarter}.json"))
            sums = {name: figure for name, figure in card_row(told["sums"]).items() if isinstance(figure, int)}
            assert sums == {name: sum(row[name] for row in own) for name in sums}, (region, quarter)
            assert len(sums) > 60
            assert told["villages_count"]["taking_part"] == len(own)  # and not the village of those who practise
            assert told["level"]["received"] == sum(part["received"] for part in told["parts"])


def assert_everybody_gets_in(demo: Run, port: str) -> None:
    """Each of the accounts that were printed opens the door, and none of the passwords stands in the code."""
    printed = re.findall(r"^(\S+@contoh\.desa\.id)\s+(\S+)\s+(\w+)\s+(\S+)$", demo.said, re.MULTILINE)
    assert {role for _, _, role, _ in printed} == set(ROLES)
    assert len({password for _, password, _, _ in printed}) == len(ROLES)
    for email, password, role, region in printed:
        visitor = Visitor(int(port), Account(User(email, email, role, region), password))
        visitor.open(f"/desa/{VILLAGES[0].code}/kpm")


def test_an_interrupted_run_goes_on_where_it_was__and_later_ones_find_all_there(tmp_path: Path) -> None:
    url, port = f"sqlite:///{tmp_path}/uji.db", free_port()
    process = subprocess.Popen(**command(tmp_path, url, port), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (tmp_path / "data/demo.json").exists() or count(url, submissions) < 20:
        time.sleep(0.05)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not listens(port)

    before = count(url, submissions)
    with running(tmp_path, url, port) as resumed:
        everything = sent_by(resumed)
        assert before < count(url, submissions) == everything
    with running(tmp_path, url, port) as again:
        assert "isian dikirim" not in again.said
        assert server_url(again) == server_url(resumed)
    assert count(url, phones) == len(VILLAGES) + 1

    (tmp_path / "data/demo.json").unlink()
    with running(tmp_path, url, port) as forgetful:
        assert "isian dikirim" not in forgetful.said
        assert_everybody_gets_in(forgetful, port)
    assert states(url) == {("accepted", None): everything - 1, ("waiting", "correction"): 1}
    assert_eventful(url)


def sent_by(demo: Run) -> int:
    found = re.search(r"(\d+) isian dikirim", demo.said)
    assert found, demo.said
    return int(found[1])


def server_url(demo: Run) -> str:
    return demo.said.split("server_url: ")[1].split()[0]


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        told = subprocess.run(**command(tmp_path, f"sqlite:///{tmp_path}/uji.db", port), capture_output=True)
    assert told.returncode == 1
    assert f"Port {port} sedang dipakai program lain" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_port_that_is_no_number_is_told_in_a_sentence(tmp_path: Path) -> None:
    told = subprocess.run(**command(tmp_path, f"sqlite:///{tmp_path}/uji.db", "delapan"), capture_output=True)
    assert told.returncode == 1
    assert "PORT='delapan' tidak dapat dipakai: tulis angka 1 sampai 65535" in told.stderr


# kpm simulate


@pytest.fixture
def prepared(engine: Engine) -> Engine:
    return prepare(engine)


def prepare(engine: Engine) -> Engine:
    with writing(engine) as connection:
        upgrade(connection)
        list(publish_shipped(connection, NOW))
    return engine


def simulated(engine: Engine, villages: int = 1, months: int = 1) -> int:
    return simulate_villages(engine, read_settings({}), NOW, villages, months, 1, lambda places: places)


def test_simulated_villages_are_received__and_repeating_adds_nothing(prepared: Engine) -> None:
    received = simulated(prepared, villages=2)
    with reading(prepared) as connection:
        rows = connection.execute(select(submissions.c.village_id, submissions.c.problem)).all()
        people = connection.execute(select(func.count()).select_from(entities)).scalar_one()
    assert len(rows) == received
    assert {row.village_id for row in rows} == {"98.01.01.2001", "98.01.01.2002"}
    assert {row.problem for row in rows} == {None}
    assert people > 300
    assert simulated(prepared, villages=2) == received
    with reading(prepared) as connection:
        assert connection.execute(select(func.count()).select_from(submissions)).scalar_one() == received


def test_more_months_are_more_submissions(tmp_path: Path) -> None:
    engine = prepare(open_engine(f"sqlite:///{tmp_path}/uji.db"))
    assert simulated(engine, months=2) > 1.5 * simulated(engine, months=1)
    engine.dispose()


def test_without_forms_it_is_told_what_to_do(engine: Engine) -> None:
    with writing(engine) as connection:
        upgrade(connection)
    with pytest.raises(ProblemError, match="kpm init"):
        simulated(engine)


@pytest.mark.parametrize(
    ("base_url", "wanted"),
    [
        ("", ("127.0.0.1", 8123)),
        ("http://192.168.1.5:8000", ("0.0.0.0", 8000)),  # noqa: S104
        ("http://laptop.local:9000/", ("0.0.0.0", 9000)),  # noqa: S104
        ("http://127.0.0.1:9000", ("127.0.0.1", 8123)),
        ("http://stunting.example.go.id", ("127.0.0.1", 8123)),
        ("https://stunting.example.go.id:8443", ("127.0.0.1", 8123)),
    ],
)
def test_demo__listens_where_phones_are_told_to_send(base_url: str, wanted: tuple[str, int]) -> None:
    assert listening(read_settings({"BASE_URL": base_url, "PORT": "8123"})) == wanted

"""A database that 0.1.1 has filled becomes one of this version by `kpm init`, and says what it said before.

It holds ten months of three made-up villages: whom phones and people moved, merged, corrected and took back, what
waits and what was not understood, two versions of the rules and of a form. `expected.json` is what 0.1.1 itself said of
it, without a child of whom only a visit ever came: that counted it, and called it by its id. None of the files is ever
made anew: they are what is out there.
"""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from aggregate.scorecard.refresh import refresh
from forms.problems import ProblemError
from server.database.engine import open_engine, reading, writing
from server.database.upgrade import NOT_PREPARED, require_current, to_rebuild, upgrade
from server.publications.form_versions import FormCache
from server.submissions.rebuild import rebuild
from tests.support.databases import Databases, Told, opened_ready
from tests.upgrade.said import NOW, PARTS, TODAY, VILLAGES, ZONE, doors, phone_versions, say

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
FROZEN = "0002"  # the last migration of 0.1.1
SQLITE = "sqlite:///"
# `kpm`, with the day on which the database was frozen for today.
KPM_OF_THAT_DAY = """
import sys
from datetime import datetime
from server.cli import context, main

now = datetime.fromisoformat(sys.argv.pop(1))
context.wall_clock = main.wall_clock = lambda: now
main.main()
"""


def kpm(url: str, command: str) -> None:
    arguments = [NOW.isoformat(), "--database", url, command]
    done = subprocess.run(
        [sys.executable, "-c", KPM_OF_THAT_DAY, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def restored(url: str) -> Told:
    """Puts the frozen database into an empty one."""
    if url.startswith(SQLITE):
        Path(url.removeprefix(SQLITE)).write_bytes(lzma.decompress((FOLDER / "database-0.1.1.sqlite.xz").read_bytes()))
    else:
        with psycopg.connect(url) as connection:
            connection.execute(lzma.decompress((FOLDER / "database-0.1.1.sql.xz").read_bytes()))
    return {}


def upgraded(url: str) -> Told:
    restored(url)
    kpm(url, "init")
    engine = open_engine(url)
    refresh(engine, TODAY, which="again")
    engine.dispose()
    return {}


@pytest.fixture
def after_init(databases: Databases) -> Iterator[Engine]:
    with opened_ready(databases, upgraded) as engine:
        yield engine


@pytest.fixture
def after_rebuild(databases: Databases) -> Iterator[Engine]:
    with opened_ready(databases, upgraded) as engine:
        kpm(engine.url.render_as_string(hide_password=False), "rebuild")
        yield engine


def fallen(engine: Engine) -> list[str]:
    """The rows of the phones' lists that phones would take for old, or have lost."""
    after = phone_versions(engine)
    return [row for row, before in EXPECTED["phone_versions"].items() if after.get(row, 0) < before]


def test_what_is_frozen_is_a_database_of_that_version(databases: Databases) -> None:
    with opened_ready(databases, restored) as engine, reading(engine) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [FROZEN]


@pytest.mark.parametrize("part", PARTS)
def test_init_changes_nothing_of_what_is_said(after_init: Engine, part: str) -> None:
    assert say(after_init, part) == EXPECTED[part]


def test_an_upgrade_that_was_broken_off_is_gone_on_with(databases: Databases) -> None:
    """Until it is through nothing is answered: what is derived would be missing."""
    with opened_ready(databases, restored) as engine:
        with writing(engine) as connection:
            upgrade(connection)
        rebuild(engine, FormCache(), ZONE, NOW, iter, only={VILLAGES[0]})
        with reading(engine) as connection:
            assert to_rebuild(connection) == [*VILLAGES[1:]]
            with pytest.raises(ProblemError) as refused:
                require_current(connection)
        assert refused.value.code == NOT_PREPARED.code
        kpm(engine.url.render_as_string(hide_password=False), "init")
        refresh(engine, TODAY, which="again")
        assert {part: say(engine, part) for part in PARTS} == {part: EXPECTED[part] for part in PARTS}


def test_what_was_published_before_knows_what_phones_can_send(after_init: Engine) -> None:
    with reading(after_init) as connection:
        schemas = [one for one in FormCache().schemas(connection) if one.form_id == "kunjungan_rumah"]
    assert schemas
    for fields in (one.main.by_name for one in schemas):
        assert (fields["periksa_nifas"].least, fields["periksa_nifas"].most) == (0, 4)
        assert fields["akta_lahir"].choices == {"ya", "tidak"}


def test_who_got_in_still_does(after_init: Engine) -> None:
    assert doors(after_init) == EXPECTED["doors"]


def test_no_row_of_a_phones_list_gets_an_older_version_by_init(after_init: Engine) -> None:
    assert fallen(after_init) == []


def test_making_all_anew_changes_nothing_of_what_is_said(after_rebuild: Engine) -> None:
    assert {part: say(after_rebuild, part) for part in PARTS} == {part: EXPECTED[part] for part in PARTS}
    assert fallen(after_rebuild) == []

"""A village whose cards cannot be counted: it is named, and stops no other one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Engine, select, text, update

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.tables import CARDS
from aggregate.scorecard.refresh import refresh, refresh_village
from aggregate.scorecard.stale import Which
from server.cli.main import main
from server.database.engine import reading, writing
from server.database.tables import villages
from server.database.upgrade import alembic_config
from tests.support.builders import load
from tests.support.counting import mother, village

CODES = [f"11.01.01.{number}" for number in range(2001, 2006)]
POISON = CODES[2]
APRIL = date(2026, 4, 10)
BREAK = {
    "sqlite": f"CREATE TRIGGER broken BEFORE INSERT ON recap_ibu_hamil WHEN NEW.village_id = '{POISON}' "
    "BEGIN SELECT RAISE(ABORT, 'broken'); END",
    "postgresql": f"ALTER TABLE recap_ibu_hamil ADD CONSTRAINT broken CHECK (village_id <> '{POISON}')",
}
FAILS_BY = {"sqlite": "IntegrityError SQLITE_CONSTRAINT_TRIGGER", "postgresql": "CheckViolation 23514"}
MEND = {"sqlite": "DROP TRIGGER broken", "postgresql": "ALTER TABLE recap_ibu_hamil DROP CONSTRAINT broken"}


@pytest.fixture
def poisoned(own_store: Engine) -> Engine:
    """Five villages, of which one makes the statements fail."""
    people = village(mother(registered="2026-01-05"))
    published_rules_with_tables(own_store)
    with writing(own_store) as connection:
        load(connection, *(replace(people, code=code) for code in CODES))
        connection.execute(text(BREAK[own_store.dialect.name]))
    return own_store


def mend(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text(MEND[engine.dialect.name]))


def with_cards(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        found = select(CARDS.c.village_id).distinct().order_by(CARDS.c.village_id)
        return list(connection.execute(found).scalars())


def problems(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        found = select(villages.c.village_id, villages.c.refresh_problem).where(villages.c.refresh_problem.is_not(None))
        return {row.village_id: row.refresh_problem for row in connection.execute(found)}


@pytest.mark.parametrize("which", ["stale", "again", "all"])
def test_the_others_are_counted_and_the_failing_one_is_named(
    poisoned: Engine, which: Which, caplog: pytest.LogCaptureFixture
) -> None:
    """By the database's code alone: its words tell the row."""
    told: dict[str, str] = {}
    done: list[int] = []

    count = refresh(poisoned, APRIL, which, failed=told.__setitem__, progress=lambda villages, _: done.append(villages))

    others = [code for code in CODES if code != POISON]
    assert (count, with_cards(poisoned), done[-1]) == (2 * len(others), others, len(CODES))
    assert told == {POISON: FAILS_BY[poisoned.dialect.name]}
    assert f"The cards of {POISON} cannot be counted" in caplog.text
    assert told[POISON] in caplog.text
    assert "broken" not in caplog.text
    assert problems(poisoned) == told


def test_it_keeps_the_cards_that_it_had(poisoned: Engine) -> None:
    mend(poisoned)
    refresh(poisoned, APRIL)
    with writing(poisoned) as connection:
        load_again = update(villages).where(villages.c.village_id == POISON).values(stale_since="2026-Q1")
        connection.execute(load_again)
        connection.execute(text("ALTER TABLE recap_ibu_hamil RENAME TO gone"))
        connection.execute(text("CREATE TABLE recap_ibu_hamil (village_id TEXT, quarter TEXT)"))

    count = refresh(poisoned, APRIL)

    assert (count, with_cards(poisoned), [*problems(poisoned)]) == (0, CODES, [POISON])


def test_the_problem_is_gone_once_it_is_counted(poisoned: Engine) -> None:
    refresh(poisoned, APRIL)
    mend(poisoned)

    assert refresh(poisoned, APRIL) == 2
    assert (problems(poisoned), with_cards(poisoned)) == ({}, CODES)


def test_a_look_at_its_page_also_takes_the_problem_away(poisoned: Engine) -> None:
    refresh(poisoned, APRIL)
    mend(poisoned)

    refresh_village(poisoned, POISON, APRIL)

    assert problems(poisoned) == {}


def test_the_command_ends_with_a_sentence_that_names_it(poisoned: Engine) -> None:
    with writing(poisoned) as connection:
        command.stamp(alembic_config(connection), "head")
    url = poisoned.url.render_as_string(hide_password=False)

    ended = CliRunner().invoke(main, ["--database", url.replace("+psycopg", ""), "refresh", "--all"])

    assert ended.exit_code == 1
    (sentence,) = (line for line in ended.output.splitlines() if line.startswith("Error: "))
    assert POISON in sentence
    assert not any(code in sentence for code in CODES if code != POISON)

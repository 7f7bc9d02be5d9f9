"""Which cards are counted again, and which are left alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, delete, event, inspect, select, update

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.tables import CARDS
from aggregate.scorecard.refresh import BATCH, refresh, refresh_village
from aggregate.scorecard.stale import Which
from forms.periods import Quarter
from forms.problems import ProblemError
from server.database.engine import open_engine, reading, writing
from server.database.tables import villages
from server.database.types import metadata
from server.publications import indicator_versions
from tests.support.builders import NOW, WORKBOOKS, load, load_rows
from tests.support.counting import child, count, look, mother, of_mother, village, workbook
from tests.support.facts import Visit

CODE = "11.01.01.2001"
APRIL = date(2026, 4, 10)
MAY = date(2026, 5, 10)
TAMPERED = 999


def tamper(engine: Engine) -> None:
    """Makes every card wrong, so that those that are counted again can be told from those that are not."""
    with writing(engine) as connection:
        connection.execute(update(CARDS).values(households=TAMPERED))


def counted_again(engine: Engine, code: str = CODE) -> list[str]:
    with reading(engine) as connection:
        wanted = select(CARDS.c.quarter).where(CARDS.c.households != TAMPERED, CARDS.c.village_id == code)
        return list(connection.execute(wanted.order_by(CARDS.c.quarter)).scalars())


def rules_of_cards(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        wanted = select(CARDS.c.quarter, CARDS.c.rules).where(CARDS.c.village_id == CODE)
        return {row.quarter: row.rules for row in connection.execute(wanted)}


def stale_since(engine: Engine, code: str = CODE) -> str | None:
    with reading(engine) as connection:
        found: str | None = connection.execute(
            select(villages.c.stale_since).where(villages.c.village_id == code)
        ).scalar_one()
        return found


def mark_stale(engine: Engine, quarter: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(villages).values(stale_since=quarter))


def send(engine: Engine, visit: Visit) -> None:
    """What receiving a visit does to the tables that counting reads."""
    with writing(engine) as connection:
        load_rows(connection, replace(village(visit), code=CODE))
    mark_stale(engine, str(Quarter.of(visit.tanggal)))


@pytest.fixture
def counted(own_store: Engine) -> Engine:
    """A village with a mother since November 2025, counted on 10 April 2026, and its cards tampered with."""
    count(own_store, replace(village(mother(registered="2025-11-01")), code=CODE), "2026-Q1", APRIL)
    tamper(own_store)
    return own_store


def test_a_village_has_cards_from_its_first_registration_to_the_current_quarter(own_store: Engine) -> None:
    count(own_store, replace(village(mother(registered="2025-11-01")), code=CODE), "2026-Q1", APRIL)

    assert counted_again(own_store) == ["2025-Q4", "2026-Q1", "2026-Q2"]
    assert stale_since(own_store) is None


def test_fresh_cards_are_left_alone(counted: Engine) -> None:
    refresh_village(counted, CODE, APRIL)

    assert counted_again(counted) == []


def test_what_was_sent_makes_its_quarter_and_all_later_ones_out_of_date(counted: Engine) -> None:
    mark_stale(counted, "2026-Q1")

    refresh_village(counted, CODE, APRIL)

    assert counted_again(counted) == ["2026-Q1", "2026-Q2"]
    assert stale_since(counted) is None


def test_a_new_visit_shows_on_the_card(counted: Engine) -> None:
    send(counted, of_mother("2026-04-05", pil_fe="ya"))

    card = look(counted, CODE, "2026-Q2", APRIL).card

    assert (card["not_monitored"]["pregnant"], card["table3"][1]["received"]) == (0, 1)


def test_a_running_quarter_is_counted_once_a_day_and_once_more_when_it_is_over(counted: Engine) -> None:
    refresh_village(counted, CODE, MAY)
    assert counted_again(counted) == ["2026-Q2"]

    tamper(counted)
    refresh_village(counted, CODE, date(2026, 7, 1))
    assert counted_again(counted) == ["2026-Q2", "2026-Q3"]


def test_a_visit_dated_in_the_future_waits_for_its_quarter(counted: Engine) -> None:
    mark_stale(counted, "2026-Q3")

    refresh_village(counted, CODE, APRIL)
    assert (counted_again(counted), stale_since(counted)) == ([], "2026-Q3")

    refresh_village(counted, CODE, date(2026, 7, 1))
    assert stale_since(counted) is None


# ih2 under another code, and received by whoever was visited.
OTHER_RULES = workbook(ih2={"kode": "ihx", "diterima_jika": "true()"})


def test_new_rules_count_from_the_running_quarter_on(counted: Engine) -> None:
    send(counted, of_mother("2026-04-05", pil_fe="tidak"))
    refresh_village(counted, CODE, APRIL)
    tamper(counted)
    with writing(counted) as connection:
        indicator_versions.publish(connection, OTHER_RULES, NOW)

    new = look(counted, CODE, "2026-Q2", APRIL)

    assert counted_again(counted) == ["2026-Q2"]
    assert new.row("ihx")["received"] == 1
    old = look(counted, CODE, "2026-Q1", APRIL)
    assert (old.row("ih2")["due"], old.row("ih2")["received"]) == (1, 0)


@pytest.mark.parametrize("which", ["stale", "again"])
def test_a_late_visit_is_counted_by_the_rules_of_its_quarter(counted: Engine, which: Which) -> None:
    with writing(counted) as connection:
        indicator_versions.publish(connection, OTHER_RULES, NOW)
    send(counted, of_mother("2026-02-10", pil_fe="tidak"))

    refresh(counted, APRIL, which)

    assert rules_of_cards(counted) == {"2025-Q4": 1, "2026-Q1": 1, "2026-Q2": 2}
    assert counted_again(counted) == ["2025-Q4", "2026-Q1", "2026-Q2"][which == "stale" :]
    old, running = (look(counted, CODE, quarter, APRIL) for quarter in ("2026-Q1", "2026-Q2"))
    assert old.card["not_monitored"]["pregnant"] == 0
    assert (old.row("ih2")["due"], old.row("ih2")["received"]) == (1, 0)
    assert running.row("ihx")["due"] == 1


def test_a_past_quarter_without_a_card_is_counted_by_the_newest_rules(counted: Engine) -> None:
    with writing(counted) as connection:
        indicator_versions.publish(connection, OTHER_RULES, NOW)
        connection.execute(delete(CARDS).where(CARDS.c.quarter == "2026-Q1"))

    refresh_village(counted, CODE, APRIL)

    assert rules_of_cards(counted) == {"2025-Q4": 1, "2026-Q1": 2, "2026-Q2": 2}


def test_all_again_counts_every_quarter_by_the_new_rules(counted: Engine) -> None:
    with writing(counted) as connection:
        indicator_versions.publish(connection, OTHER_RULES, NOW)

    cards = refresh(counted, APRIL, "all")

    assert (counted_again(counted), cards) == (["2025-Q4", "2026-Q1", "2026-Q2"], 3)
    assert rules_of_cards(counted) == {"2025-Q4": 2, "2026-Q1": 2, "2026-Q2": 2}
    assert look(counted, CODE, "2026-Q1", APRIL).row("ihx")["due"] == 1


def test_an_indicator_that_waits_for_a_form_is_shown_and_not_counted(own_store: Engine) -> None:
    with writing(own_store) as connection:
        indicator_versions.publish(connection, workbook(ih2={"formulir": "pantau_lain"}), NOW)

    counted = count(own_store, village(mother()))

    assert counted.row("ih2") == {"code": "ih2", "received": 0, "due": 0, "percent": None}
    assert "ih2" not in counted.results["ibu"]


def test_many_villages_are_counted_in_batches(own_store: Engine) -> None:
    codes = [f"11.01.01.{2001 + number}" for number in range(BATCH + 3)]
    people = village(mother(registered="2026-01-05"))
    with writing(own_store) as connection:
        load(connection, *[replace(people, code=code) for code in codes])
    told: list[tuple[int, int]] = []

    cards = refresh(own_store, APRIL, progress=lambda done, total: told.append((done, total)))

    assert cards == 2 * len(codes)
    assert told == [(BATCH, len(codes)), (len(codes), len(codes))]
    assert look(own_store, codes[-1], "2026-Q1", APRIL).card["table1"]["pregnant"]["total"] == 1
    assert refresh(own_store, APRIL) == 0


def test_villages_do_not_mix(own_store: Engine) -> None:
    """Two villages whose people have the same ids, as copies of a database may have."""
    known = village(mother(), of_mother("2026-02-10", pil_fe="ya"))
    other = village(mother(), child())
    with writing(own_store) as connection:
        load(connection, known, other)
    refresh(own_store, APRIL)

    first, second = (look(own_store, place.code, "2026-Q1", APRIL).card["not_monitored"] for place in (known, other))

    assert (first, second) == (
        {"pregnant": 0, "children": 0},
        {"pregnant": 1, "children": 1},
    )


def test_what_comes_in_during_a_refresh_is_not_lost(counted: Engine) -> None:
    """A phone sends while the village is being counted: it waits, and the village is out of date again afterwards."""
    mark_stale(counted, "2026-Q2")
    phone = threading.Thread(target=mark_stale, args=(counted, "2026-Q1"))

    def sends_now(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "INSERT INTO cards" in statement and phone.ident is None:
            phone.start()
            phone.join(0.3)
            assert phone.is_alive(), "the phone was let in while its village was being counted"

    event.listen(counted, "before_cursor_execute", sends_now)
    refresh_village(counted, CODE, APRIL)
    phone.join()

    assert counted_again(counted) == ["2026-Q2"]
    assert stale_since(counted) == "2026-Q1"
    refresh_village(counted, CODE, APRIL)
    assert counted_again(counted) == ["2026-Q1", "2026-Q2"]


def test_without_published_rules_it_says_what_to_do(engine: Engine) -> None:
    metadata.create_all(engine)

    with pytest.raises(ProblemError, match="kpm init"):
        refresh_village(engine, CODE, APRIL)


def test_rules_published_before_the_visit_form_say_what_is_missing(engine: Engine) -> None:
    metadata.create_all(engine)
    with writing(engine) as connection:
        indicator_versions.publish(connection, (WORKBOOKS / "indikator.xlsx").read_bytes(), NOW)

    with pytest.raises(ProblemError):
        refresh_village(engine, CODE, APRIL)


def test_processes_that_start_at_once_make_the_tables_once(own_store: Engine) -> None:
    engines = [open_engine(own_store.url.render_as_string(hide_password=False)) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        for engine in pool.map(with_tables_on, engines):
            engine.dispose()

    assert inspect(own_store).has_table(CARDS.name)


def with_tables_on(engine: Engine) -> Engine:
    published_rules_with_tables(engine)
    return engine


def changed_on(engine: Engine) -> dict[str, date | None]:
    with reading(engine) as connection:
        rows = connection.execute(select(CARDS.c.quarter, CARDS.c.changed_on).where(CARDS.c.village_id == CODE))
        return {row.quarter: row.changed_on for row in rows}


@pytest.fixture
def over(own_store: Engine) -> Engine:
    """A village with a mother since November 2025, counted on 10 April 2026."""
    count(own_store, replace(village(mother(registered="2025-11-01")), code=CODE), "2026-Q1", APRIL)
    return own_store


def test_figures_that_change_after_their_quarter_was_over_are_noted_with_the_day(over: Engine) -> None:
    assert changed_on(over) == {"2025-Q4": None, "2026-Q1": None, "2026-Q2": None}

    send(over, of_mother("2026-03-30", pil_fe="ya"))  # late: it is the 11th of April by now
    refresh_village(over, CODE, date(2026, 4, 11))

    assert changed_on(over) == {"2025-Q4": None, "2026-Q1": date(2026, 4, 11), "2026-Q2": None}


def test_figures_that_are_counted_again_to_the_same_are_no_change_and_keep_the_day_of_the_last_one(
    over: Engine,
) -> None:
    send(over, of_mother("2026-03-30", pil_fe="ya"))
    refresh_village(over, CODE, date(2026, 4, 11))
    for which in ("stale", "again", "all"):
        mark_stale(over, "2025-Q4")
        refresh(over, date(2026, 4, 20), which)

    assert changed_on(over) == {"2025-Q4": None, "2026-Q1": date(2026, 4, 11), "2026-Q2": None}


def test_figures_of_a_running_quarter_change_without_a_note__also_when_it_is_counted_once_more_at_its_end(
    over: Engine,
) -> None:
    send(over, of_mother("2026-05-30", pil_fe="ya"))
    for day in (MAY, date(2026, 5, 31), date(2026, 7, 1)):
        refresh_village(over, CODE, day)

    assert set(changed_on(over).values()) == {None}

"""The promise ledger: what meetings decided, and whether the visits found that it came true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from aggregate.promises.ledger import late_villages, village_promises
from scorecards.promises.sources import LateVillages, Promise, tally
from server.database.engine import reading
from tests.support.counting import child, count, look, of_child, village
from tests.support.facts import Activity, Agreement, Child, Household, Progress, Review, Village

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 10)
HOMES = ("mawar-1", "mawar-2", "melati-1")


def home(name: str, jamban: str = "tidak") -> Household:
    return Household(name, "Melati" if name.startswith("melati") else "Mawar", jamban=jamban)


def lives_in(name: str, **known: Any) -> Child:
    where = {"household": name, "dusun": "Melati" if name.startswith("melati") else "Mawar"}
    return child(f"anak-{name}", born="2025-05-01", **where, **known)


def latrines(households: str = " ".join(HOMES), **more: Any) -> Activity:
    promise = {
        "nama_kegiatan": "Jamban sehat",
        "sektor": "air",
        "penanggung_jawab": "Kepala Dusun Mawar",
        "tenggat": JUNE,
        "indikator": "ih7_a7",
        "rumah_tangga": households,
    }
    return Activity("jamban", "dana_desa", 60_000_000, 50_000_000, "pembangunan", promise | more)


def rembuk(*activities: Activity, day: str = "2026-01-08") -> Agreement:
    return Agreement(0, date.fromisoformat(day), 2026, activities)


def rapat(day: str, state: str, spent: int | None = None) -> Review:
    return Review(0, date.fromisoformat(day), (Progress("jamban", state, spent),))


def of_village(*more: Any, homes: tuple[str, ...] = HOMES) -> Village:
    """Households of dusun Mawar and Melati without a latrine, each with a child."""
    return village(*[home(name) for name in homes], *[lives_in(name) for name in homes], *more)


def visit(name: str, day: str, jamban: str = "ya") -> Any:
    return of_child(day, f"anak-{name}", jamban_anak=jamban)


def ledger(engine: Engine, known: Village, today: date) -> list[Promise]:
    count(engine, known, "2026-Q1", today)
    return again(engine, known, today)


def again(engine: Engine, known: Village, today: date) -> list[Promise]:
    look(engine, known.code, "2026-Q1", today)
    with reading(engine) as connection:
        return village_promises(connection, known.code, today)


TWO_HAVE_IT = (visit("mawar-1", "2026-05-11"), visit("mawar-2", "2026-06-12"), visit("melati-1", "2026-06-12", "tidak"))


def test_visits_say_which_of_the_named_households_received_it(store: Engine) -> None:
    known = of_village(rembuk(latrines()), *TWO_HAVE_IT)
    (promise,) = ledger(store, known, date(2026, 6, 20))
    assert (promise.lacking, promise.closed, promise.done, promise.overdue) == (3, 2, False, False)
    assert promise.homes == {"mawar-1": "closed", "mawar-2": "closed", "melati-1": "open"}
    assert (promise.total, promise.stunting, promise.owner) == (60_000_000, 50_000_000, "Kepala Dusun Mawar")


def test_a_new_quarter_without_visits_takes_nothing_away(store: Engine) -> None:
    known = of_village(rembuk(latrines()), *TWO_HAVE_IT)
    (promise,) = ledger(store, known, JULY)
    assert (promise.lacking, promise.closed, promise.overdue) == (3, 2, True)


def test_the_latest_visit_holds_also_where_it_says_that_it_is_gone(store: Engine) -> None:
    known = of_village(rembuk(latrines()), *TWO_HAVE_IT, visit("mawar-1", "2026-07-02", "tidak"))
    (promise,) = ledger(store, known, JULY)
    assert (promise.lacking, promise.closed) == (3, 1)


@pytest.mark.parametrize(
    ("state", "done", "overdue"),
    [("belum", False, True), ("berjalan", False, True), ("selesai", True, False), ("batal", False, False)],
)
def test_the_latest_meeting_says_whether_it_is_finished(store: Engine, state: str, done: bool, overdue: bool) -> None:
    known = of_village(rembuk(latrines()), rapat("2026-03-27", "selesai"), rapat("2026-06-27", state, 9_000_000))
    (promise,) = ledger(store, known, JULY)
    assert (promise.done, promise.overdue) == (done, overdue)
    assert (promise.state, promise.told_on, promise.spent) == (state, date(2026, 6, 27), 9_000_000)


def test_all_households_that_lacked_it_make_it_kept_whatever_meetings_say(store: Engine) -> None:
    known = of_village(rembuk(latrines()), *TWO_HAVE_IT, visit("melati-1", "2026-06-20"), rapat("2026-06-27", "belum"))
    (promise,) = ledger(store, known, JULY)
    assert (promise.lacking, promise.closed, promise.done, promise.overdue) == (3, 3, True, False)


@pytest.mark.parametrize(("today", "overdue"), [(JUNE, False), (date(2026, 7, 1), True)])
def test_it_is_overdue_from_the_day_after_the_one_that_it_is_due(store: Engine, today: date, overdue: bool) -> None:
    (promise,) = ledger(store, of_village(rembuk(latrines())), today)
    assert promise.overdue is overdue


def test_who_had_it_before_or_is_no_target_is_told_apart_and_not_counted(store: Engine) -> None:
    known = of_village(
        visit("mawar-1", "2025-12-10"), rembuk(latrines("mawar-1 mawar-2 tidak-ada")), visit("mawar-2", "2026-02-10")
    )
    (promise,) = ledger(store, known, date(2026, 3, 1))
    assert promise.homes == {"mawar-1": "had", "mawar-2": "closed", "tidak-ada": "not_due"}
    assert (promise.lacking, promise.closed) == (1, 1)


@pytest.mark.parametrize(
    ("dusun", "wanted", "lacking", "closed"), [("", 3, 3, 2), ("dusun  mawar", 2, 2, 2), ("", 1, 1, 1)]
)
def test_without_households_people_who_lack_it_are_compared_between_quarters(
    store: Engine, dusun: str, wanted: int, lacking: int, closed: int
) -> None:
    known = of_village(rembuk(latrines("", dusun_kegiatan=dusun, jumlah_sasaran=wanted)), *TWO_HAVE_IT)
    (promise,) = ledger(store, known, JULY)
    assert (promise.lacking, promise.closed, promise.homes) == (lacking, closed, {})
    assert not promise.done  # only a meeting can say so: such counts rise and fall by themselves


def test_without_households_people_who_left_or_came_change_nothing(store: Engine) -> None:
    """One of three who lacked it receives it; one grows out of it, and two come who lack it."""
    grown = child("anak-besar", born="2024-02-15", household="mawar-2", dusun="Mawar")
    came = {"registered": "2026-03-05", "born": "2026-03-01", "household": "mawar-2", "dusun": "Mawar"}
    new = [child(f"anak-baru-{number}", **came) for number in "12"]
    known = village(
        *[home(name) for name in HOMES[:2]],
        *[lives_in(name) for name in HOMES[:2]],
        grown,
        *new,
        rembuk(latrines("")),
        visit("mawar-1", "2026-05-11"),
        visit("mawar-2", "2026-05-11", "tidak"),
    )
    (promise,) = ledger(store, known, JULY)
    assert (promise.lacking, promise.closed) == (3, 1)


def test_what_no_visit_can_tell_is_not_counted(store: Engine) -> None:
    known = of_village(rembuk(latrines("", indikator="tidak_dihitung")))
    (promise,) = ledger(store, known, JULY)
    assert (promise.lacking, promise.closed, promise.done, promise.overdue) == (None, None, False, True)


@pytest.mark.parametrize("households", ["", "mawar-1"])
def test_a_meeting_of_the_first_day_that_can_be_written_stops_nothing(store: Engine, households: str) -> None:
    (promise,) = ledger(store, of_village(rembuk(latrines(households), day="1900-01-01"), *TWO_HAVE_IT), JULY)
    assert (promise.lacking, promise.closed, promise.overdue) == (0, 0, True)


def test_quarterly_meetings_decide_too(store: Engine) -> None:
    said: Mapping[str, Any] = {**latrines("melati-1").promise, "baru": "ya", "anggaran_total": 3_000_000}
    decided = Review(0, date(2026, 3, 27), (Progress("arisan", "belum", None, said), Progress("jamban", "belum", None)))
    known = of_village(rembuk(latrines("mawar-1")), decided, visit("melati-1", "2026-05-01"))
    promises = {one.id: one for one in ledger(store, known, JULY)}
    assert promises.keys() == {"jamban", "arisan"}
    assert (promises["arisan"].meeting, promises["arisan"].year, promises["arisan"].done) == ("rapat", "2026", True)
    assert tally(promises.values(), JULY)[:3] == (2, 1, 1)


def test_answers_of_forms_from_before_there_were_promises_have_no_day_and_no_effect(store: Engine) -> None:
    (promise,) = ledger(store, of_village(rembuk(Activity("lama", "apbd", 5, 5))), JULY)
    assert (promise.due, promise.owner, promise.services, promise.lacking, promise.overdue) == (
        None,
        "",
        (),
        None,
        False,
    )


def test_what_is_overdue_climbs_to_the_region_worst_first(own_store: Engine) -> None:
    one = of_village(rembuk(latrines()), *TWO_HAVE_IT)
    well = latrines("", tenggat=date(2026, 5, 31), nama_kegiatan="Sumur bor", penanggung_jawab="Kasi Kesra").promise
    two = of_village(rembuk(latrines(), Activity("b", "apbd", 1, 1, "pembangunan", well)))
    none = of_village(rembuk(latrines()), rapat("2026-06-27", "selesai"))
    kecamatan = one.code.rpartition(".")[0]
    for known in (one, two, none):
        ledger(own_store, known, JULY)
    with reading(own_store) as connection:
        late = late_villages(connection, kecamatan, JULY, 10)
        assert late_villages(connection, "99", JULY, 10) == LateVillages([], 0, 0)
        assert late_villages(connection, kecamatan, JULY, 1) == LateVillages(late.shown[:1], 2, 3)
    assert (late.villages, late.overdue) == (2, 3)
    assert [(row.place.code, row.overdue, row.still_lacking) for row in late.shown] == [
        (two.code, 2, 6),
        (one.code, 1, 1),
    ]
    assert [(row.oldest, row.activity, row.owner) for row in late.shown] == [
        (date(2026, 5, 31), "Sumur bor", "Kasi Kesra"),
        (JUNE, "Jamban sehat", "Kepala Dusun Mawar"),
    ]

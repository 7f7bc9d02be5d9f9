"""Marks of quality checks: of each kind the nearest submission that is marked, and the nearest that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from server.database.engine import reading, writing
from server.demo.simulate import simulate_villages
from server.publications.check_versions import in_force, publish
from server.publications.shipped import CHECKS
from server.queries.submissions.kept_marks import marks_of
from server.queries.submissions.marks import Judged, unlikely
from tests.support.deciding import choose, choose_none, merge, move, rebuild_all, undo
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station
from tests.support.village_forms import mapped, measured, visited

ALI, BUDI = "71000001-0000-4000-8000-000000000000", "71000002-0000-4000-8000-000000000000"

ROOT = "uuid:74000001-0000-4000-8000-000000000000"


def home(number: int) -> str:
    return f"7200{number:04}-0000-4000-8000-000000000000"


def registered(station: Station, *children: str) -> None:
    station.send(mapped(home(0), children=[(one, {"nama": "Anak", "tanggal_lahir": "2025-06-01"}) for one in children]))


def marks(station: Station, village: str = VILLAGE) -> list[list[str]]:
    """The codes of the shipped checks that mark each submission of the village, in the order of arrival: as they are
    kept, which must be as they are found in all that was ever sent."""
    keys = sorted((village, int(row["seq"])) for row in station.rows("submissions", village_id=village))
    found = marks_of(station.engine, station.backend.cache, keys)
    kept = [[one.code for one in found.get(key, [])] for key in keys]
    assert kept == anew(station, village)
    return kept


def anew(station: Station, village: str = VILLAGE, least: int = 0) -> list[list[str]]:
    """The same as it is found in all that was ever sent. `least`: what the check of weights says in place of its
    `paling_sedikit`."""
    with reading(station.engine) as connection:
        checks = in_force(connection)
        if least:
            checks = tuple(replace(one, least=least) if one.kind == "berat_sama" else one for one in checks)
        statement = unlikely(checks, station.backend.cache.schemas(connection), Judged([village], date.min))
        assert statement is not None
        found = {(row.seq, row.check_code) for row in connection.execute(statement)}
    seqs = sorted(int(row["seq"]) for row in station.rows("submissions", village_id=village))
    return [[one.code for one in checks if (seq, one.code) in found] for seq in seqs]


@pytest.mark.parametrize(
    ("begun", "ended", "marked"),
    [
        ("2026-03-01T08:00:00.000+07:00", "2026-03-01T08:00:59.999+07:00", True),
        ("2026-03-01T08:00:00.000+07:00", "2026-03-01T08:01:00.000+07:00", False),
        ("2026-03-01T08:00:00.000+07:00", "2026-03-01T01:00:59.000Z", True),
        ("2026-03-01T23:59:30.000+07:00", "2026-03-02T00:00:29.000+07:00", True),
        ("2026-03-01T08:00:00.000+07:00", "2026-03-01T08:00:00.000+07:00", True),
        ("2026-03-01T08:00:00.000+07:00", "2026-03-01T07:59:59.000+07:00", False),
        ("2026-03-01T08:00:00.000+07:00", "2026-03-01T25:99:00.000+07:00", False),
        ("2026-03-01", "2026-03-01T00:00:10.000Z", False),
        ("", "2026-03-01T08:00:10.000Z", False),
    ],
)
def test_too_fast__is_a_visit_of_less_than_a_minute(as_shipped: Station, begun: str, ended: str, marked: bool) -> None:
    registered(as_shipped, ALI)
    as_shipped.send(visited(ALI, day="2026-03-01", mulai=begun, berakhir=ended))
    assert marks(as_shipped)[1] == (["kunjungan_cepat"] if marked else [])


@pytest.mark.parametrize(
    ("before", "now", "marked"),
    [
        (("2026-01-10", "70.0", "baring"), ("2026-02-10", "68.9", "baring"), True),
        (("2026-01-10", "70.0", "baring"), ("2026-02-10", "69.0", "baring"), False),
        # Standing is 0.7 cm shorter than lying.
        (("2026-03-05", "75.3", "baring"), ("2026-03-09", "73.5", "berdiri"), True),
        (("2026-03-05", "75.3", "baring"), ("2026-03-09", "73.6", "berdiri"), False),
        (("2026-03-05", "75.0", "berdiri"), ("2026-03-09", "74.6", "baring"), True),
        (("2026-03-05", "75.0", "berdiri"), ("2026-03-09", "74.7", "baring"), False),
        # So young a child was not standing, whatever the form says.
        (("2026-01-10", "70.0", "baring"), ("2026-02-10", "69.0", "berdiri"), False),
        (("2026-01-10", "70.0", "baring"), ("2026-02-10", "68.9", "berdiri"), True),
        # What came later lies before.
        (("2026-02-10", "70.0", "baring"), ("2026-01-10", "68.0", "baring"), False),
    ],
)
def test_height__falls_by_more_than_a_centimetre(
    as_shipped: Station, before: tuple[str, str, str], now: tuple[str, str, str], marked: bool
) -> None:
    registered(as_shipped, ALI)
    for day, length, position in (before, now):
        age = (date.fromisoformat(day) - date(2025, 6, 1)).days
        as_shipped.send(measured(ALI, day=day, panjang=length, posisi=position, usia_hari=age))
    assert marks(as_shipped)[1:] == [[], ["panjang_turun"] if marked else []]


def test_height__is_held_against_the_childs_own__also_after_it_has_moved(as_shipped: Station) -> None:
    registered(as_shipped, ALI, BUDI)
    as_shipped.send(measured(ALI, day="2026-01-10", panjang="70.0", posisi="baring"))
    as_shipped.send(measured(BUDI, day="2026-02-10", panjang="60.0", posisi="baring"))
    move(as_shipped, VILLAGE, OTHER_VILLAGE, ALI)
    as_shipped.send(measured(ALI, day="2026-03-01", panjang="60.0", posisi="baring"), village=OTHER_VILLAGE)
    assert marks(as_shipped) == [[], [], []]
    assert marks(as_shipped, OTHER_VILLAGE) == [["panjang_turun"]]


@pytest.mark.parametrize(
    ("weights", "months", "marked"),
    [
        ("2026-01-05 8.4, 2026-02-27 8.4", 2, True),
        ("2026-01-05 8.4, 2026-02-27 8.4", 3, False),
        ("2026-01-05 8.4, 2026-02-27 8.401", 2, False),
        ("2025-12-31 8.4, 2026-01-01 8.4", 2, True),
        ("2026-01-31 8.4, 2026-03-01 8.4", 2, False),  # a month between
        ("2026-02-01 8.4, 2026-02-28 8.4", 2, False),  # the same month
        ("2025-12-05 8.4, 2026-01-05 8.1, 2026-02-05 8.4", 2, False),
        ("2025-12-05 8.4, 2026-01-05 8.4, 2026-02-05 8.4", 3, True),
        ("2025-12-05 8.399, 2026-01-05 8.4, 2026-02-05 8.4", 3, False),
        ("2025-11-05 8.4, 2026-01-05 8.4, 2026-02-05 8.4", 3, False),
    ],
)
def test_weight__is_that_of_the_months_before(as_shipped: Station, weights: str, months: int, marked: bool) -> None:
    registered(as_shipped, ALI)
    for day, weight in (one.split() for one in weights.split(", ")):
        as_shipped.send(visited(ALI, day=day, timbang="ya", berat_badan=weight))
    assert anew(as_shipped, least=months)[-1] == (["berat_sama"] if marked else [])


def lengths(station: Station, *values: str, day: str = "2026-03-02") -> None:
    """Each of another child."""
    children = [f"7300{number:04}-0000-4000-8000-000000000000" for number in range(len(values))]
    registered(station, *children)
    for child, length in zip(children, values, strict=True):
        station.send(measured(child, day=day, panjang=length, posisi="baring"))


@pytest.mark.parametrize(
    ("rounds", "others", "marked"),
    [(10, 6, True), (9, 6, False), (14, 0, False), (15, 0, True)],
    ids=["62.5%", "60%", "of 14", "of 15"],
)
def test_digits__heap_where_more_than_60_percent_of_at_least_15_end_in_0_or_5(
    as_shipped: Station, rounds: int, others: int, marked: bool
) -> None:
    lengths(
        as_shipped, *(["70.5", "71.0"] * rounds)[:rounds], *["70.1", "69.9", "70.4", "70.6", "71.3", "68.2"][:others]
    )
    assert set(map(tuple, marks(as_shipped)[1:])) == ({("panjang_bulat",)} if marked else {()})


def test_digits__are_those_of_one_month(as_shipped: Station) -> None:
    lengths(as_shipped, *["70.0"] * 8, day="2026-02-28")
    lengths(as_shipped, *["72.0"] * 8, day="2026-03-01")
    assert set(map(tuple, marks(as_shipped))) == {()}


# A metre is 0.000008983 degrees to the north; to the east it is a little more.
@pytest.mark.parametrize(
    ("places", "count"),
    [
        (["-7.1200000 110.1200000 0 5", *["-7.1200898 110.1200000 0 5"] * 4], 5),  # 9.997 m to the north
        (["-7.1200000 110.1200000 0 5", *["-7.1200899 110.1200000 0 5"] * 4], 0),  # 10.008 m
        (["-7.1200000 110.1200000 0 5", *["-7.1200000 110.1200905 0 5"] * 4], 5),  # 9.997 m to the east
        (["-7.1200000 110.1200000 0 5", *["-7.1200000 110.1200906 0 5"] * 4], 0),  # 10.008 m
        (["-7.1200000 110.1200000 0 5"] * 4, 0),
        (["-7.1200000 110.1200000 0 5"] * 5, 5),
        ([*["-7.1200000 110.1200000 0 5"] * 4, "", "di rumah"], 0),
        ([*["-7.1200000 110.1200000 0 5"] * 5, "-7.2 110.2 0 5"], 5),
    ],
)
def test_place__is_that_of_five_households(as_shipped: Station, places: list[str], count: int) -> None:
    for number, place in enumerate(places):
        as_shipped.send(mapped(home(number), day="2026-03-02", place=place))
    assert sum(found == ["satu_tempat"] for found in marks(as_shipped)) == count


def test_place__is_that_of_one_month(as_shipped: Station) -> None:
    for number in range(8):
        day = "2026-02-28" if number < 4 else "2026-03-01"
        as_shipped.send(mapped(home(number), day=day, place="-7.12 110.12 0 5"))
    assert set(map(tuple, marks(as_shipped))) == {()}


def test_marks__are_kept_as_they_would_be_found_anew__after_everything_that_changes_them(as_shipped: Station) -> None:
    def kept() -> list[list[list[str]]]:
        return [marks(as_shipped, village) for village in (VILLAGE, OTHER_VILLAGE)]

    falls, fine = ["panjang_turun"], list[str]()
    registered(as_shipped, ALI, BUDI)
    as_shipped.send(measured(ALI, day="2026-02-10", panjang="70.0", posisi="baring"))
    as_shipped.send(measured(ALI, day="2026-03-05", panjang="72.0", posisi="baring", instance=ROOT))
    assert kept() == [[fine, fine, fine], []]
    # What comes late lies before what was looked through.
    as_shipped.send(measured(ALI, day="2026-01-10", panjang="71.5", posisi="baring"))
    assert kept() == [[fine, falls, fine, fine], []]
    # The other village measures the child that has moved there; then the first one sends what it had not sent yet.
    moved = move(as_shipped, VILLAGE, OTHER_VILLAGE, ALI)
    as_shipped.send(measured(ALI, day="2026-03-10", panjang="72.1", posisi="baring"), village=OTHER_VILLAGE)
    assert kept() == [[fine, falls, fine, fine], [fine]]
    as_shipped.send(measured(ALI, day="2026-03-08", panjang="74.0", posisi="baring"))
    assert kept() == [[fine, falls, fine, fine, fine], [falls]]
    # Undone it has never moved; then two children are one for a while.
    undo(as_shipped, moved)
    assert kept() == [[fine, falls, fine, fine, fine], [falls]]
    as_shipped.send(measured(BUDI, day="2026-02-20", panjang="80.0", posisi="baring"))
    united = merge(as_shipped, BUDI, ALI)
    assert kept()[0] == [fine, falls, falls, fine, fine, fine]
    undo(as_shipped, united)
    assert kept()[0] == [fine, falls, fine, fine, fine, fine]
    # A correction that was chosen counts in place of the first.
    as_shipped.send(measured(ALI, day="2026-03-05", panjang="68.0", posisi="baring", corrects=ROOT))
    assert kept()[0] == [fine, falls, fine, fine, fine, fine, fine]
    choose(as_shipped, ROOT, "68.0")
    assert kept()[0] == [fine, falls, fine, fine, fine, fine, falls]
    choose_none(as_shipped, ROOT)
    assert kept()[0] == [fine, falls, fine, fine, fine, fine, fine]
    before = kept()
    rebuild_all(as_shipped)
    assert kept() == before


def test_marks__are_found_anew_by_checks_that_are_published(as_shipped: Station) -> None:
    registered(as_shipped, ALI)
    as_shipped.send(
        visited(ALI, day="2026-03-01", mulai="2026-03-01T08:00:00.000+07:00", berakhir="2026-03-01T08:00:10.000+07:00")
    )
    assert marks(as_shipped) == [[], ["kunjungan_cepat"]]
    book = load_workbook(CHECKS)
    book["pemeriksaan"]["E2"] = 5  # seconds of kunjungan_cepat
    patient = BytesIO()
    book.save(patient)
    with writing(as_shipped.engine) as connection:
        publish(connection, patient.getvalue(), START)
    assert marks(as_shipped) == [[], []]


def test_marks__are_looked_for_only_where_something_came(as_shipped: Station) -> None:
    registered(as_shipped, ALI)
    as_shipped.send(visited(ALI, day="2026-02-01"))
    marks(as_shipped)
    shown = [(VILLAGE, 1), (VILLAGE, 2)]
    with statements_of(as_shipped.engine) as read:
        marks_of(as_shipped.engine, as_shipped.backend.cache, shown)
    assert not [one for one in read if "answers_" in one or "INSERT" in one]
    as_shipped.send(visited(ALI, day="2026-03-01"))
    assert as_shipped.one("villages", village_id=VILLAGE)["unmarked_since"] in ("2026-03-01", date(2026, 3, 1))


def test_marks__are_few_in_a_simulated_village(as_shipped: Station) -> None:
    """Its people measure and weigh with the errors that people make, and copy nothing."""
    settings, now = as_shipped.backend.settings, datetime(2026, 5, 20, 3, tzinfo=UTC)
    sent = simulate_villages(as_shipped.engine, settings, now, 1, 3, 1, lambda places: places)
    found = [one for one in marks(as_shipped, "98.01.01.2001") if one]
    assert sent > 500
    assert len(found) < sent / 100

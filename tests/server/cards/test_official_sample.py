"""The official sample: a small village written out as a table, and its Formulir 3A, 3B and 4 worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient
from lxml import html

from tests.support.members import member
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station, opened
from tests.support.village_forms import mapped, prepared_with_forms, visited

QUARTER = f"/desa/{VILLAGE}/2026-Q1"

# A month: what its visit says yes to, `-` nothing, `.` no visit. Of mothers: p check-up, f iron tablets, k counselling,
# b visit by the midwife; 1-3 that many visits after the birth; A no safe water, J no latrine.
# Day D is 31 March. Expected on 1 September: 18 weeks, one month of check-ups and counselling is enough; on 15 June: 29
# weeks, and on 20 April: 37 weeks, two are needed. Who gave birth on 20 February is a target up to 3 April.
MOTHERS = """
nama  |hpl        |lahir      |status    |jkn   |Jan  |Feb  |Mar  |ih1-ih8, by hand
Ani   |2026-09-01 |           |normal    |ya    |pfk  |-    |-    |Y Y TS Y TS Y Y Y : one month is enough
Beti  |2026-06-15 |           |normal    |ya    |pfk  |-    |-    |T Y TS T TS Y Y Y : from week 28 on, two
Cici  |2026-06-15 |           |normal    |ya    |pfk  |pk   |-    |Y Y TS Y TS Y Y Y
Dewi  |2026-04-20 |           |kek       |ya    |pfkb |pfkb |pfkb |Y Y TS Y Y Y Y Y : KEK, visited each month
Erni  |2026-04-20 |           |risti     |ya    |pfkb |pfk  |pfkb |Y Y TS Y T Y Y Y : not in February
Fitri |2026-09-01 |           |kek       |tidak |p    |f    |b    |Y Y TS T T Y Y T
Gita  |2026-09-01 |           |normal    |ya    |.    |.    |.    |T T TS T TS T T T : not monitored
Hana  |2026-02-25 |2026-02-20 |normal    |ya    |pfk  |1    |3    |TS TS Y TS TS Y Y Y : three visits by March
Ika   |2026-02-25 |2026-02-20 |normal    |ya    |pfk  |1    |2    |TS TS T TS TS Y Y Y
Juni  |2026-09-01 |           |normal    |ya    |-    |-    |pfkA |Y Y TS Y TS T Y Y : her latest answer
Kiki  |2026-06-15 |           |kek_risti |ya    |pb   |pb   |pbJ  |Y T TS T Y Y T Y
Lina  |2026-04-20 |           |normal    |tidak |-    |-    |-    |T T TS T TS Y Y T
"""
# Of children: t weighed, u measured, a father and i mother counselled, v integrated visit, s parenting class, m basic
# immunisation complete; A no safe water. Visits are on the day `hari` of the month.
# Ages on day D: born 2025-03-10 12 months, 2025-11-20 4, 2026-03-10 0 (registered 12 March), 2024-08-15 19. Who was
# born on 2024-02-15 is two years old on 15 February: a target of January and February, with day D on 14 February.
CHILDREN = """
nama |lahir      |gizi     |akta  |jkn   |hari     |Jan    |Feb    |Mar    |a1-a10, by hand
c1   |2025-03-10 |baik     |ya    |ya    |10 10 10 |tuism  |tuism  |tuism  |Y Y Y Y TS Y Y Y Y Y
c2   |2025-03-10 |baik     |ya    |ya    |10 10 10 |tuism  |uism   |tuism  |Y T Y Y TS Y Y Y Y Y : a month missing
c3   |2025-03-10 |baik     |ya    |ya    |10 10 10 |tasm   |tism   |tism   |Y Y T Y TS Y Y Y Y Y : father counts
c4   |2025-03-10 |baik     |ya    |ya    |10 10 10 |tuism  |tuis   |tuis   |Y Y Y Y TS Y Y Y Y Y : latest answer
c5   |2025-03-10 |baik     |ya    |ya    |10 10 10 |tuism  |tuism  |tuim   |Y Y Y Y TS Y Y Y Y T
c6   |2025-03-10 |kurang   |ya    |ya    |10 10 10 |tuismv |tuismv |tuismv |Y Y Y Y Y Y Y Y Y Y
c7   |2025-11-20 |baik     |ya    |ya    |10 10 10 |tui    |tui    |tui    |TS Y Y Y TS Y Y Y Y TS : under 6 months
c8   |2025-11-20 |baik     |ya    |ya    |10 10 10 |ti     |ti     |ti     |TS Y T Y TS Y Y Y Y TS
c9   |2025-11-20 |baik     |ya    |ya    |10 10 10 |tui    |tui    |.      |TS T Y T TS Y Y Y Y TS
c10  |2025-11-20 |stunting |tidak |ya    |10 10 10 |tuiv   |tuiv   |tui    |TS Y Y Y T Y Y T Y TS
c11  |2026-03-10 |baik     |tidak |ya    |10 10 20 |.      |.      |i      |TS TS TS Y TS Y Y T Y TS : March alone
c12  |2026-03-10 |baik     |ya    |ya    |10 10 20 |.      |.      |a      |TS TS TS Y TS Y Y Y Y TS
c13  |2026-03-10 |baik     |ya    |ya    |10 10 20 |.      |.      |.      |TS TS TS T TS T T T T TS : not monitored
c14  |2024-08-15 |baik     |ya    |tidak |10 10 10 |tuism  |tuism  |tuism  |Y Y Y Y TS Y Y Y T Y
c15  |2024-08-15 |baik     |ya    |ya    |10 10 10 |.      |.      |.      |T T T T TS T T T T T : not monitored
c16  |2024-08-15 |buruk    |ya    |ya    |10 10 10 |tuism  |tuism  |tuismA |Y Y Y Y T T Y Y Y Y
c17  |2024-08-15 |baik     |ya    |ya    |10 10 10 |-      |-      |-      |T T T T TS Y Y Y Y T : visited, nothing
c18  |2024-02-15 |baik     |ya    |ya    |10 10 10 |tuism  |tuism  |.      |Y Y Y Y TS Y Y Y Y Y : its two months
c19  |2024-02-15 |baik     |ya    |ya    |10 10 10 |tuism  |.      |.      |Y T Y T TS Y Y Y Y T
c20  |2024-02-15 |baik     |ya    |ya    |10 20 10 |tuism  |tuism  |.      |Y T Y T TS Y Y Y Y T : after 15 February
"""
# Columns of the tables above, added up: (received, due). Fathers came to c3 and c12.
BY_HAND = {
    "ih1": (7, 10), "ih2": (7, 10), "ih3": (1, 2), "ih4": (5, 10), "ih5": (2, 4), "ih6": (10, 12), "ih7": (10, 12),
    "ih8": (9, 12), "a1": (11, 13), "a2": (11, 17), "a3": (13, 17), "a4": (14, 20), "a5": (1, 3), "a6": (17, 20),
    "a7": (18, 20), "a8": (16, 20), "a9": (17, 20), "a10": (8, 13),
    "p1": (0, 3),  # those of 24 months, whom nobody asked after
}  # fmt: skip
PERCENTS = {"ih1": "70.0", "ih6": "83.3", "a1": "84.6", "a5": "33.3", "p1": "0.0"}
TABLE_4 = {
    "pregnant": {"received": 51, "due": 72, "percent": "70.8"},  # 70.833
    "children": {"received": 126, "due": 163, "percent": "77.3"},  # 77.300
    "total": {"received": 177, "due": 235, "percent": "75.3"},  # 75.319
}
MOTHER_SAYS = {"p": "periksa_kehamilan", "f": "pil_fe", "k": "konseling_gizi_ibu", "b": "kunjungan_bidan"}
CHILD_SAYS = {
    **{"t": "timbang", "u": "ukur", "a": "konseling_ayah", "i": "konseling_ibu", "v": "kunjungan_terpadu"},
    **{"s": "pengasuhan", "m": "imunisasi_dasar"},
}
NOT = {"A": ("air_minum", "air_minum_anak"), "J": ("jamban", "jamban_anak")}


class Line(NamedTuple):
    """A row of the tables: its cells by column, and the results by hand."""

    cells: dict[str, str]
    results: list[str]


def lines(table: str) -> list[Line]:
    head, *rows = [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()]
    return [Line(dict(zip(head[:-1], row[:-1], strict=True)), row[-1].partition(":")[0].split()) for row in rows]


def visits(line: Line, says: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The day and the answers of each visit of the quarter."""
    days = line.cells.get("hari", "10 10 10").split()
    for number, (month, day) in enumerate(zip(("Jan", "Feb", "Mar"), days, strict=True), start=1):
        marks = line.cells[month]
        if marks != ".":
            answers = {says[mark]: "ya" for mark in marks if mark in says}
            answers |= {NOT[mark][says is CHILD_SAYS]: "tidak" for mark in marks if mark in NOT}
            answers |= {"periksa_nifas": marks} if marks.isdigit() else {}
            yield f"2026-0{number}-{day}", answers


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """The village after the quarter, each mother and child in a household of its own."""
    folder = tmp_path_factory.mktemp("contoh")
    url = f"sqlite:///{folder}/uji.db"
    made = opened(url, folder, prepared_with_forms(url))
    made.clock.forward(days=31)
    for line in lines(MOTHERS):
        cells, id_ = line.cells, new_id()
        who = {"nama": cells["nama"], "hpl": cells["hpl"], "status_kehamilan": cells["status"]}
        made.send(mapped(new_id(), no_kk="", mothers=[(id_, {**who, "jaminan_kesehatan": cells["jkn"]})]))
        for day, answers in visits(line, MOTHER_SAYS):
            on = day.replace("-02-10", "-02-24") if cells["lahir"] else day  # after the birth
            birth = {"tanggal_melahirkan": cells["lahir"]} if cells["lahir"] and on > cells["lahir"] else {}
            made.send(visited(id_, of="ibu_hamil", day=on, **answers, **birth))
    for line in lines(CHILDREN):
        cells, id_ = line.cells, new_id()
        who = {"nama": cells["nama"], "tanggal_lahir": cells["lahir"], "status_gizi": cells["gizi"]}
        who |= {"akta_lahir": cells["akta"], "jaminan_kesehatan": cells["jkn"]}
        registered = "2026-03-12" if cells["lahir"] == "2026-03-10" else "2026-01-05"
        made.send(mapped(new_id(), no_kk="", day=registered, children=[(id_, who)]))
        for day, answers in visits(line, CHILD_SAYS):
            made.send(visited(id_, day=day, **answers))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def kpm(station: Station) -> FlaskClient:
    return member(station, "kpm")


@pytest.mark.parametrize(("form", "table", "first"), [("3a", MOTHERS, 4), ("3b", CHILDREN, 4)])
def test_formulir_3__person_by_person(kpm: FlaskClient, form: str, table: str, first: int) -> None:
    page = html.document_fromstring(kpm.get(f"{QUARTER}/formulir-{form}").text)
    rows = [[cell.text_content().split()[0] if cell.text_content().strip() else "" for cell in row]
            for row in page.xpath("//table[@class='marks']/tbody/tr[not(@class)]")]  # fmt: skip
    expected = {line.cells["nama"]: line.results for line in lines(table)}
    count = len(next(iter(expected.values())))
    assert {row[1]: row[first : first + count] for row in rows} == expected
    for row in rows:  # received, due and percent of each person
        results = row[first : first + count]
        received, due = results.count("Y"), results.count("Y") + results.count("T")
        assert row[-3:-1] == [str(received), str(due)]


def test_formulir_4__row_by_row(station: Station) -> None:
    card = station.client.get(f"{QUARTER}.json").json
    assert {row["code"]: (row["received"], row["due"]) for row in card["table3"]} == BY_HAND
    percents = {row["code"]: row["percent"] for row in card["table3"]}
    assert {code: percents[code] for code in PERCENTS} == PERCENTS
    assert next(row["fathers"] for row in card["table3"] if row["code"] == "a4") == 2
    assert card["table1"] == {
        "households": 32,
        "pregnant": {"total": 12, "kek_risti": 4},
        "children": {"total": 20, "malnourished": 3},
    }
    assert card["table2"] == {"children": 20, "green": 0, "yellow": 0, "red": 0, "not_measured": 20}
    assert card["table4"] == TABLE_4
    assert card["not_monitored"] == {"pregnant": 1, "children": 2}

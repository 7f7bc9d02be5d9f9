"""Two village workers of one village, each out of signal for weeks: whatever order their forms come in, it ends alike.

The real form engine fills the real forms and writes what it says of entities itself; the phones send over HTTP. Nothing
here is an entity element written by hand.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from server.database.engine import writing
from server.phones import phones
from tests.support.form_engine import Filled
from tests.support.kpm import Kpm, Listed
from tests.support.listening import listening
from tests.support.orders import Sending, Village, orders_of
from tests.support.people import BUDI, HASAN, WATER_AND_LATRINE, Mapped
from tests.support.phone import Phone
from tests.support.phone_lists import Entity
from tests.support.served import KPM
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station

NOT_VISITED = "belum dikunjungi bulan ini"
SEEN_TO = "timbang imunisasi_dasar konseling_ibu pengasuhan"
# Where it is the phone that is looked at, or what is the same for both databases.
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
# How many orders are tried on each database; on SQLite that is every one.
MOST = {"sqlite": 720, "postgresql": 6}


@dataclass
class Pair:
    """Two workers of one village, each with a phone of her own."""

    village: Village
    ani: Kpm
    joko: Kpm
    waiting: list[Sending] = field(default_factory=list)

    def keep(self, kpm: Kpm, filled: Filled) -> Filled:
        """Remembers a form that was filled out of signal, to be sent in one order and another."""
        self.waiting.append(Sending(kpm.phone, filled))
        return filled

    def orders(self) -> list[tuple[Sending, ...]]:
        """Every order in which the phones can send what was kept, and many in which they would not."""
        return orders_of(self.waiting, MOST[self.village.station.engine.dialect.name])

    def outcomes(self, *, every: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
        """For each order how it reads, and what it ends in; or for `every` so manieth of them."""
        for order in self.orders()[::every]:
            numbers = [self.waiting.index(one) + 1 for one in order]
            yield " ".join(map(str, numbers)), self.village.after(order)


@pytest.fixture
def pair(as_shipped: Station, new_phone: Callable[[str], Phone]) -> Iterator[Pair]:
    """The server with the forms and rules that come with the project. Since 2 February Budi's household is known, and
    both phones have it."""
    with writing(as_shipped.engine) as connection:
        token = phones.add(connection, VILLAGE, "Pak Joko", START)
    with listening(as_shipped.app) as base:
        ani, joko = (
            Kpm(new_phone(f"{base}/v1/key/{key}/projects/1"), as_shipped.clock)
            for key in (as_shipped.tokens[VILLAGE], token)
        )
        ani.begin("2026-02-02")
        ani.phone.sync()
        ani.map_household(BUDI)
        ani.send_and_sync()
        joko.begin("2026-02-02")
        joko.phone.sync()
        yield Pair(Village(as_shipped, ("2026-Q1",)), ani, joko)


def entity_of(filled: Filled, kind: str = "anak") -> dict[str, str]:
    """The attributes of what the engine wrote of an entity of this list."""
    found = etree.fromstring(filled.xml.encode()).iter("{*}entity")
    (entity,) = [dict(one.attrib) for one in found if one.get("dataset") == kind]
    return {str(name): str(value) for name, value in entity.items()}


def all_alike(outcomes: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What all orders ended in; fails with the first order that ends otherwise, and with where it does."""
    _, first = next(outcomes)
    for order, outcome in outcomes:
        assert outcome == first, f"sent in the order {order}"
    return first


def person(outcome: dict[str, Any], name: str) -> dict[str, Any]:
    (row,) = [row for row in outcome["entities"] if row["data"].get("nama") == name]
    return dict(row)


def history(village: Village, name: str) -> list[dict[str, Any]]:
    """What was said of a person, as it happened."""
    id_ = person(village.outcome(), name)["id"]
    rows = [row for row in village.before.rows("entity_changes") if row["entity_id"] == id_]
    return sorted(rows, key=lambda row: (row["day"], row["order_key"]))


# -- two phones, three weeks, one child --------------------------------------------------------------------------------


def three_weeks(pair: Pair) -> None:
    """Dewi, nine months old, is visited twice and measured once by Ani, and once each by Joko."""
    ani, joko = pair.ani, pair.joko
    ani.begin("2026-02-05")
    pair.keep(ani, ani.visit("Dewi", yes=SEEN_TO, no="ukur konseling_ayah", berat_badan=7.4))
    joko.begin("2026-02-12")
    pair.keep(joko, joko.measure("Dewi", panjang_ukur=69.5, tikar="kuning", berat=7.5, diukur_oleh="nakes"))
    ani.begin("2026-02-12")  # the same day, later
    pair.keep(ani, ani.measure("Dewi", panjang_ukur=70, tikar="hijau", diukur_oleh="nakes"))
    joko.begin("2026-02-16")
    poorly = {"status_gizi": "kurang", "kunjungan_terpadu": "ya"}
    pair.keep(joko, joko.visit("Dewi", yes=f"{SEEN_TO} konseling_ayah", no="ukur", berat_badan=7.5, **poorly))
    ani.begin("2026-02-24")
    well = {"status_gizi": "baik", "jaminan_kesehatan_anak": "tidak"}
    pair.keep(ani, ani.visit("Dewi", yes=SEEN_TO, no="ukur konseling_ayah", berat_badan=7.9, **well))


@on_sqlite
def test_each_phone_makes_one_branch_of_the_version_that_it_has(pair: Pair) -> None:
    three_weeks(pair)
    said = [entity_of(sending.filled) for sending in pair.waiting]
    versions = [(one["baseVersion"], one["trunkVersion"]) for one in said]
    first = int(versions[0][0])
    assert versions == [(str(first + made), str(first)) for made in (0, 0, 1, 1, 2)]
    ani, joko, *_ = [one["branchId"] for one in said]
    assert [one["branchId"] for one in said] == [ani, joko, ani, joko, ani]
    assert ani != joko


def test_two_phones_that_update_one_child_for_three_weeks(pair: Pair) -> None:
    three_weeks(pair)
    end = all_alike(pair.outcomes())
    dewi = person(end, "Dewi")
    # Of each property the last word counts: Ani measured after Joko on the 12th, and saw the child last.
    assert [dewi["data"][name] for name in ("tikar", "panjang_terakhir", "status_gizi", "jaminan_kesehatan")] == [
        "hijau",
        "70",
        "baik",
        "tidak",
    ]
    assert (str(dewi["visited_on"]), end["took effect"][dewi["id"]]) == ("2026-02-24", 6)
    assert dewi["missing"] == ""  # Ani's first visit missed the measuring, which Joko's then knew to be done
    assert len(end["answers_kunjungan_rumah"]) == 3
    assert [row["panjang"] for row in sorted(end["answers_ukur_tinggi"], key=lambda row: row["order_key"])] == [
        69.5,
        70.0,
    ]


@on_sqlite
def test_history_shows_that_two_phones_did_not_know_of_each_other(pair: Pair) -> None:
    three_weeks(pair)
    for order, _ in pair.outcomes(every=5):
        changes = history(pair.village, "Dewi")
        assert [change["state"] for change in changes] == ["applied"] * 6, order
        assert len({change["version"] for change in changes}) == 6, order
        fought = [name for change in changes if change["conflict"] == "hard" for name in change["conflicting"]]
        assert "status_gizi" in fought, order


# -- made on one phone, and updated there before its first sync --------------------------------------------------------


def a_new_household(pair: Pair) -> None:
    ani = pair.ani
    ani.begin("2026-02-05")
    pair.keep(ani, ani.map_household(HASAN))
    pair.keep(ani, ani.measure("Cut", panjang_ukur=71.2, tikar="merah", diukur_oleh="kpm"))
    ani.begin("2026-02-19")
    pair.keep(ani, ani.visit("Cut", yes=f"{SEEN_TO} kunjungan_terpadu", no="ukur konseling_ayah dirujuk"))
    mended = Mapped({"dusun": "Melati", **WATER_AND_LATRINE})
    known = {"jenis_pendataan": "lama", "keluarga_lama": ani.household("Hasan").id, "perbarui_rumah": "ya"}
    pair.keep(ani, ani.map_household(mended, **known))


@on_sqlite
def test_what_is_made_offline_has_no_trunk_and_one_branch(pair: Pair) -> None:
    a_new_household(pair)
    mapped, measured, visited, again = (sending.filled for sending in pair.waiting)
    assert "branchId" not in etree.tostring(next(etree.fromstring(mapped.xml.encode()).iter("{*}balita"))).decode()
    first, second, home = entity_of(measured), entity_of(visited), entity_of(again, "keluarga")
    assert (first["baseVersion"], first["trunkVersion"]) == ("1", "")
    assert (second["baseVersion"], second["trunkVersion"]) == ("2", "")
    assert (home["baseVersion"], home["trunkVersion"]) == ("1", "")
    assert first["branchId"] == second["branchId"] != home["branchId"]


def test_household_and_child_made_on_one_phone_and_updated_before_its_first_sync(pair: Pair) -> None:
    a_new_household(pair)
    end = all_alike(pair.outcomes())
    cut, agus = person(end, "Cut"), person(end, "Agus")
    (home,) = [row for row in end["entities"] if row["label"] == "Hasan"]
    assert (cut["data"]["tikar"], cut["data"]["dusun"], cut["label"]) == ("merah", "Melati", "Cut")
    assert end["took effect"][cut["id"]] == 3
    assert (str(cut["registered_on"]), str(cut["visited_on"])) == ("2026-02-05", "2026-02-19")
    assert cut["household"] == agus["household"] == home["id"]
    assert (home["data"]["air_minum"], end["took effect"][home["id"]]) == ("ya", 2)
    assert end["card 2026-Q1"]["table1"]["households"] == 2


# -- a birth out of signal, and the newborn's first visit --------------------------------------------------------------


def a_birth(pair: Pair) -> None:
    ani, joko = pair.ani, pair.joko
    joko.begin("2026-02-10")
    checked = joko.visit("Siti", yes="periksa_kehamilan pil_fe konseling_gizi_ibu", no="sudah_lahir")
    pair.keep(joko, checked)
    ani.begin("2026-02-24")
    birth = {
        "sudah_lahir": "ya",
        "tanggal_melahirkan": "2026-02-18",
        "bayi_hidup": "ya",
        "periksa_nifas": 1,
        "nama_bayi": "Bayi Siti",
        "jenis_kelamin_bayi": "L",
    }
    pair.keep(ani, ani.visit("Siti", **birth))
    ani.begin("2026-02-26")
    pair.keep(ani, ani.measure("Bayi Siti", panjang_ukur=50, diukur_oleh="nakes"))
    seen = ani.visit(
        "Bayi Siti",
        yes="timbang imunisasi_dasar konseling_ibu jaminan_kesehatan_anak",
        no="konseling_ayah akta_lahir",
        berat_badan=3.4,
        status_gizi="baik",
    )
    pair.keep(ani, seen)


@on_sqlite
def test_newborn_is_updated_on_the_phone_that_reported_the_birth(pair: Pair) -> None:
    a_birth(pair)
    _, birth, measured, visited = (sending.filled for sending in pair.waiting)
    newborn = entity_of(birth)
    assert (newborn["create"], newborn["update"]) == ("1", "0")
    first, second = entity_of(measured), entity_of(visited)
    assert first["id"] == second["id"] == newborn["id"]
    assert [(one["baseVersion"], one["trunkVersion"]) for one in (first, second)] == [("1", ""), ("2", "")]


def test_birth_in_a_visit_and_a_visit_to_the_newborn(pair: Pair) -> None:
    a_birth(pair)
    end = all_alike(pair.outcomes())
    siti, newborn = person(end, "Siti"), person(end, "Bayi Siti")
    assert newborn["household"] == siti["household"] is not None
    assert [newborn["data"][name] for name in ("tanggal_lahir", "dusun", "jaminan_kesehatan", "panjang_terakhir")] == [
        "2026-02-18",
        "Mawar",
        "ya",
        "50",
    ]
    assert (str(newborn["registered_on"]), str(newborn["visited_on"])) == ("2026-02-24", "2026-02-26")
    assert str(siti["delivered_on"]) == "2026-02-18"
    assert end["took effect"][siti["id"]] == end["took effect"][newborn["id"]] == 3
    assert end["card 2026-Q1"]["table1"]["children"]["total"] == 3


# -- what a phone has after each sync ----------------------------------------------------------------------------------


@dataclass
class Watch:
    """Looks at the lists as they go over the line to a phone; `newest`: the largest version of each entity so far."""

    newest: dict[str, int] = field(default_factory=dict)

    def look(self, kpm: Kpm) -> None:
        """After a sync of a phone that has sent everything: it has what the server serves, no more and no less."""
        for name, list_ in kpm.phone.lists.items():
            answer = kpm.phone.http.get(f"{kpm.phone.server_url}/lists/{name}.csv")
            assert int(answer.headers["Content-Length"]) > 0
            rows = list(csv.DictReader(answer.body.decode().splitlines()))
            columns = answer.body.decode().partition("\n")[0].split(",")
            assert columns[:3] == ["name", "label", "__version"]
            assert not [column for column in columns[3:] if column.startswith("__")]
            assert {row["name"] for row in rows} == set(list_.entities)
            for row in rows:
                self._look_at(row, list_.entities[row["name"]])

    def _look_at(self, row: dict[str, str], here: Entity) -> None:
        assert row["__version"].isdecimal()
        assert int(row["__version"]) >= self.newest.get(here.id, 0)
        self.newest[here.id] = int(row["__version"])
        served = {name: value for name, value in row.items() if name not in ("name", "label", "__version")}
        assert (here.label, here.version, here.trunk_version) == (row["label"], *[int(row["__version"])] * 2)
        assert here.properties == served


@on_sqlite
def test_list_of_a_village_without_anybody_is_its_header(pair: Pair, new_phone: Callable[[str], Phone]) -> None:
    station = pair.village.station
    base = pair.ani.phone.server_url.partition("/v1/")[0]
    phone = new_phone(base + station.path("", OTHER_VILLAGE).rstrip("/"))
    phone.sync()
    Watch().look(Kpm(phone, station.clock))
    for name in ("keluarga", "ibu_hamil", "anak"):
        served = station.get(f"lists/{name}.csv", OTHER_VILLAGE)
        assert served.text.startswith("name,label,__version,")
        assert served.text.count("\n") == 1
        assert served.headers["Content-Length"] == str(len(served.data))


def test_phones_have_what_the_server_has_after_each_sync(pair: Pair) -> None:
    watch, ani, joko = Watch(), pair.ani, pair.joko
    for kpm in (ani, joko):
        watch.look(kpm)
    assert ani.listed("Dewi").perlu == NOT_VISITED
    a_new_household(pair)
    three_weeks(pair)
    for kpm in (ani, joko, ani):
        kpm.send_and_sync()
        watch.look(kpm)
    joko.phone.sync()
    watch.look(joko)
    for kpm in (ani, joko):
        assert kpm.listed("Siti") == Listed("4", "● Siti · Mawar", NOT_VISITED)
        assert NOT_VISITED not in kpm.listed("Dewi").perlu + kpm.listed("Cut").perlu
        assert kpm.listed("Cut").prioritas == "1"  # red on the Tikar
        assert kpm.find("Dewi")[1].properties["tikar"] == "hijau"
    ani.begin("2026-03-02")
    for kpm in (ani, joko):
        kpm.phone.sync()
        watch.look(kpm)
        for name in ("Dewi", "Cut"):
            assert kpm.listed(name).perlu.startswith(NOT_VISITED)


@on_sqlite
def test_sync_before_everything_is_sent_loses_nothing_in_the_end(pair: Pair) -> None:
    ani = pair.ani
    three_weeks(pair)
    first, *others = list(ani.phone.outbox)
    ani.phone.send_one(first)
    ani.phone.outbox = others
    ani.phone.sync()  # the server's copy is newer than the phone's by its number, and wins on the phone
    ani.begin("2026-02-25")
    filled = ani.measure("Dewi", panjang_ukur=70.4, tikar="hijau", diukur_oleh="kpm")
    assert entity_of(filled)["branchId"] != entity_of(first)["branchId"]
    for kpm in (pair.joko, ani):
        kpm.send_and_sync()
    watch = Watch()
    watch.look(ani)
    end = pair.village.outcome()
    dewi = person(end, "Dewi")
    assert (dewi["data"]["panjang_terakhir"], str(dewi["visited_on"])) == ("70.4", "2026-02-24")
    assert end["took effect"][dewi["id"]] == 7


# -- what comes before the one that it follows -------------------------------------------------------------------------


def the_update_alone(pair: Pair) -> tuple[Sending, Sending]:
    """A household with a child is mapped and the child measured, out of signal; only the measurement comes through."""
    ani = pair.ani
    ani.begin("2026-02-05")
    mapped = ani.map_household(HASAN)
    measured = ani.measure("Cut", panjang_ukur=71.2, tikar="merah", diukur_oleh="kpm")
    ani.phone.outbox.clear()
    ani.phone.send_one(measured)
    return Sending(ani.phone, mapped), Sending(ani.phone, measured)


def states(pair: Pair, sending: Sending) -> list[str]:
    """What became of what a submission said, by the entity's id."""
    source = hashlib.sha256(sending.filled.xml.encode()).hexdigest()
    return [row["state"] for row in pair.village.before.rows("entity_changes") if row["source"] == source]


def something_else(pair: Pair) -> None:
    """Joko sends a visit that has nothing to do with Ani's child."""
    visit = pair.joko.visit("Dewi", yes=SEEN_TO, no="ukur konseling_ayah", tanggal="2026-02-02")
    pair.joko.phone.outbox.clear()
    pair.joko.phone.send_one(visit)


@on_sqlite
def test_update_before_its_creation_waits_and_is_applied_after_it(pair: Pair) -> None:
    mapped, measured = the_update_alone(pair)
    assert states(pair, measured) == ["held"]
    assert not [row for row in pair.village.before.rows("entities") if row["data"].get("nama") == "Cut"]
    mapped.phone.send_one(mapped.filled)
    assert states(pair, measured) == ["applied"]
    assert pair.village.before.rows("villages")[0]["held_since"] is None
    assert person(pair.village.outcome(), "Cut")["data"]["tikar"] == "merah"


def test_update_that_has_waited_for_five_days_is_applied_when_the_village_sends_again(pair: Pair) -> None:
    mapped, measured = the_update_alone(pair)
    pair.village.station.clock.forward(days=4, hours=23)
    something_else(pair)
    assert states(pair, measured) == ["held"]
    pair.village.station.clock.forward(hours=1)
    something_else(pair)
    assert states(pair, measured) == ["forced"]
    assert [row["data"]["tikar"] for row in pair.village.before.rows("entities") if "tikar" in row["data"]] == ["merah"]
    # When the registration comes after all, it ends as though it had come first.
    mapped.phone.send_one(mapped.filled)
    late = pair.village.outcome()
    in_turn = pair.village.after([mapped, measured])
    assert person(late, "Cut") == person(in_turn, "Cut")


def test_update_that_has_waited_for_five_days_is_applied_by_a_refresh(pair: Pair) -> None:
    _, measured = the_update_alone(pair)
    refresh(pair)  # its clock is the computer's: for it, the measurement came long ago
    assert states(pair, measured) == ["forced"]


@on_sqlite
def test_update_that_came_just_now_goes_on_waiting_after_a_refresh(pair: Pair) -> None:
    pair.village.station.clock.now = datetime.now(UTC)
    mapped = pair.ani.map_household(HASAN)
    measured = pair.ani.measure("Cut", panjang_ukur=71.2, tikar="merah", diukur_oleh="kpm")
    pair.ani.phone.send_one(measured)
    refresh(pair)
    assert states(pair, Sending(pair.ani.phone, measured)) == ["held"]
    pair.ani.phone.send_one(mapped)
    assert states(pair, Sending(pair.ani.phone, measured)) == ["applied"]


def refresh(pair: Pair) -> None:
    """`kpm refresh`, as the timer runs it every night."""
    url = pair.village.station.engine.url.render_as_string(hide_password=False)
    subprocess.run([KPM, "--database", url, "refresh"], check=True, capture_output=True)

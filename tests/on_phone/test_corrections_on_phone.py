"""A finished form opened again on the phone, as with the pencil in ODK Collect, and decided upon on the server.

The real form engine makes the edits of the real forms: what they say of entities is what a phone would send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from lxml import etree

from tests.on_phone.test_meetings_on_phone import CAME, CLASSES, LATRINES, YEARLY, agreed
from tests.support.deciding import assert_rebuilding_changes_nothing, card, choose, choose_none, listed
from tests.support.form_engine import Answer, Filled
from tests.support.kpm import Kpm
from tests.support.listening import listening
from tests.support.orders import Village
from tests.support.people import BUDI, HASAN
from tests.support.phone import Phone
from tests.support.station import Station

SEEN_TO = "timbang ukur imunisasi_dasar konseling_ibu konseling_ayah pengasuhan"
BIRTH: dict[str, Any] = {
    "sudah_lahir": "ya",
    "tanggal_melahirkan": "2026-02-18",
    "bayi_hidup": "ya",
    "periksa_nifas": 1,
    "nama_bayi": "Bayi Siti",
    "jenis_kelamin_bayi": "L",
    "berat_lahir": 2.1,
}
# Where it is the forms that are looked at, or what is the same for both databases.
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@dataclass
class Work:
    """A village worker with her phone, and the server that she sends to."""

    station: Station
    kpm: Kpm

    def edit(self, form_id: str, filled: Filled, **answers: Answer) -> Filled:
        return self.kpm.phone.edit(form_id, filled, answers, today=self.kpm.today)

    def choose(self, first: Filled, use: Filled) -> None:
        """The village head decides, and the phone hears of it."""
        choose(self.station, first.instance_id, f"<instanceID>{use.instance_id}<")
        self.kpm.phone.sync()

    def states(self, *forms: Filled) -> list[str]:
        rows = {row["instance_id"]: row["state"] for row in self.station.rows("submissions")}
        return [rows[one.instance_id] for one in forms if one.instance_id in rows]

    def child(self, name: str) -> dict[str, str]:
        """What the phone's list says of a child."""
        return self.kpm.find(name)[1].properties


@pytest.fixture
def work(as_shipped: Station, new_phone: Callable[[str], Phone]) -> Iterator[Work]:
    """The server with the forms and rules that come with the project; since 2 February it knows Budi's household."""
    as_shipped.clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    with listening(as_shipped.app) as base:
        kpm = Kpm(new_phone(base + as_shipped.path("").rstrip("/")), as_shipped.clock)
        kpm.begin("2026-02-02")
        kpm.phone.sync()
        kpm.map_household(BUDI)
        kpm.send_and_sync()
        kpm.begin("2026-02-05")
        yield Work(as_shipped, kpm)


def visit_dewi(work: Work) -> Filled:
    """She is poorly; nothing is missing, so that the phone's list of whom to visit does not show her any more."""
    poorly: dict[str, Any] = {"status_gizi": "kurang", "kunjungan_terpadu": "ya", "berat_badan": 7.4}
    filled = work.kpm.visit("Dewi", yes=SEEN_TO, **poorly)
    assert work.kpm.listed("Dewi").perlu == ""
    return filled


def child_of(filled: Filled) -> dict[str, str]:
    """What the engine wrote down of the child's versions."""
    (element,) = etree.fromstring(filled.xml.encode()).xpath("//*[@dataset = 'anak'][@update = '1']")
    return dict(element.attrib)


def base_version(filled: Filled) -> str:
    return child_of(filled)["baseVersion"]


def counted(work: Work) -> tuple[list[tuple[str, float]], str, int]:
    """Of Dewi's visit: the answers that count, what the list says, and how many children the card calls insured."""
    answers = work.station.rows("answers_kunjungan_rumah")
    weighed = [(row["instance_id"], row["berat_badan"]) for row in answers]
    return weighed, work.child("Dewi")["status_gizi"], card(work.station)["a9_received"]


# -- decided, each way -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("databases", "synced"), [("sqlite", True), ("postgresql", False)], indirect=["databases"])
def test_card_answers_and_list_follow_the_choice_each_way(work: Work, synced: bool) -> None:
    """An edit of what the phone knows to be on the server is on that version; else on one that only the phone had."""
    first = visit_dewi(work)
    before_edit = int(base_version(first))
    if synced:
        work.kpm.send_and_sync()
    edit = work.edit("kunjungan_rumah", first, berat_badan=8.4, status_gizi="buruk", jaminan_kesehatan_anak="tidak")
    on_the_server = work.station.one("entities", id=work.kpm.find("Dewi")[1].id)["version"]
    assert int(base_version(edit)) == (on_the_server if synced else before_edit + 1)
    assert (on_the_server > before_edit) == synced
    assert work.child("Dewi")["status_gizi"] == "kurang"  # the phone's own list does not follow an edit
    work.kpm.send_and_sync()

    before = [(first.instance_id, 7.4)], "kurang", 1
    assert (work.states(first, edit), counted(work)) == (["accepted", "waiting"], before)
    work.choose(first, edit)
    after = [(edit.instance_id, 8.4)], "buruk", 0
    assert (work.states(first, edit), counted(work)) == (["replaced", "accepted"], after)
    assert_rebuilding_changes_nothing(work.station)
    work.choose(first, first)
    assert (work.states(first, edit), counted(work)) == (["accepted", "replaced"], before)


# -- a row of edits ----------------------------------------------------------------------------------------------------


def test_of_an_edit_of_an_edit_one_counts_at_most_in_whatever_order_they_come(work: Work) -> None:
    last_first = work.station.engine.dialect.name == "postgresql"  # there one order is enough
    first = visit_dewi(work)
    edit = work.edit("kunjungan_rumah", first, status_gizi="buruk")
    again = work.edit("kunjungan_rumah", edit, status_gizi="stunting")
    chain = (first, edit, again)
    assert [one.deprecated_id for one in chain] == ["", first.instance_id, edit.instance_id]
    village = Village(work.station, ("2026-Q1",))

    outcomes = []
    for order in [chain[::-1]] if last_first else permutations(chain):
        village.before.back()
        for filled in order:
            work.kpm.phone.send_one(filled)
            assert work.states(*chain).count("accepted") == (work.states(first) == ["accepted"])
        assert work.states(*chain) == ["accepted", "waiting", "waiting"]
        outcomes.append(village.outcome())
    assert all(outcome == outcomes[0] for outcome in outcomes)

    for use in (again, edit, first):
        work.choose(first, use)
        assert work.states(*chain) == ["accepted" if one is use else "replaced" for one in chain]
        assert work.child("Dewi")["status_gizi"] == use.value("bagian_anak/status_gizi")
    assert_rebuilding_changes_nothing(work.station)


# -- a birth that a visit told of --------------------------------------------------------------------------------------


def newborns(work: Work) -> list[tuple[str, str, list[float]]]:
    """Name on the list, id and weights of the children that came to be known after the household."""
    rows = [row for row in work.station.rows("entities", list="anak") if row["data"]["tanggal_lahir"] == "2026-02-18"]
    names = [listed(work.station)[row["id"]]["nama"] for row in rows]
    assert names == [one for one in work.kpm.names("anak") if one.startswith("Bayi")]
    weights = [[one["berat"] for one in row["measurements"].values()] for row in rows]
    return list(zip(names, (row["id"] for row in rows), weights, strict=True))


@on_sqlite
def test_newborn_is_corrected__taken_off_the_list_and_brought_back_as_one_and_the_same(work: Work) -> None:
    work.kpm.begin("2026-02-24")
    birth = work.kpm.visit("Siti", **BIRTH)
    corrected = work.edit("kunjungan_rumah", birth, nama_bayi="Bayi Budiman", berat_lahir=3.1)
    none = work.edit("kunjungan_rumah", birth, bayi_hidup="tidak")
    work.kpm.send_and_sync()
    id_ = birth.value("id_bayi")
    assert newborns(work) == [("Bayi Siti", id_, [2.1])]

    work.choose(birth, corrected)
    assert newborns(work) == [("Bayi Budiman", id_, [3.1])]
    work.choose(birth, none)
    assert newborns(work) == []
    assert_rebuilding_changes_nothing(work.station)
    assert work.kpm.find("Siti")[1].properties["tanggal_melahirkan"] == "2026-02-18"
    work.choose(birth, birth)
    assert newborns(work) == [("Bayi Siti", id_, [2.1])]


# -- a row of visits without signal ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("databases", "chosen"), [("sqlite", "an edit"), ("postgresql", "none")], indirect=["databases"]
)
@pytest.mark.parametrize("second", ["before it is decided", "afterwards"])
def test_visit_counts_at_once_though_the_one_before_it_in_the_row_does_not(
    work: Work, chosen: str, second: str
) -> None:
    first = visit_dewi(work)
    work.kpm.begin("2026-02-15")
    visit = work.kpm.visit("Dewi", yes=SEEN_TO, status_gizi="buruk", kunjungan_terpadu="ya", berat_badan=7.9)
    if second == "afterwards":
        work.kpm.phone.outbox.remove(visit)
    work.kpm.send_and_sync()
    edit = work.edit("kunjungan_rumah", first, status_gizi="stunting")
    work.kpm.phone.send()
    if chosen == "none":
        choose_none(work.station, first.instance_id)
    else:
        choose(work.station, first.instance_id, f"<instanceID>{edit.instance_id}<")
    if second == "afterwards":
        work.kpm.phone.outbox.append(visit)
        work.kpm.phone.send()
    assert listed(work.station)[first.value("anak")]["status_gizi"] == "buruk"
    assert_rebuilding_changes_nothing(work.station)


@pytest.mark.parametrize(
    ("databases", "use"),
    [("sqlite", "the edit"), ("postgresql", "what was edited"), ("sqlite", "none")],
    indirect=["databases"],
)
def test_the_phone_does_not_count_on_with_an_edit__the_next_form_of_the_row_follows_what_was_edited(
    work: Work, use: str
) -> None:
    first = visit_dewi(work)
    measured = work.kpm.measure("Dewi", panjang_ukur=69.5, tikar="hijau", diukur_oleh="kpm")
    edit = work.edit("ukur_tinggi", measured, panjang_ukur=70.5)
    work.kpm.begin("2026-02-15")
    last = work.kpm.visit("Dewi", yes=SEEN_TO, status_gizi="buruk", kunjungan_terpadu="ya", berat_badan=7.9)
    row = (first, measured, edit, last)
    assert len({child_of(one)["branchId"] for one in row}) == 1
    trunk = int(base_version(first))
    assert [int(base_version(one)) - trunk for one in row] == [0, 1, 2, 2]

    village, outcomes = Village(work.station, ("2026-Q1",)), []
    for order in permutations(row):
        village.before.back()
        for filled in order:
            work.kpm.phone.send_one(filled)
            if work.states(measured, edit) == ["accepted", "waiting"]:
                decide(work, measured, {"the edit": edit, "what was edited": measured}.get(use))
        assert_none_waits(work)
        outcomes.append(village.outcome())
    assert all(outcome == outcomes[0] for outcome in outcomes)
    for chosen in (edit, None, measured):
        decide(work, measured, chosen)
        assert_none_waits(work)
        assert_rebuilding_changes_nothing(work.station)


def decide(work: Work, first: Filled, use: Filled | None) -> None:
    if use is None:
        choose_none(work.station, first.instance_id)
    else:
        choose(work.station, first.instance_id, f"<instanceID>{use.instance_id}<")


def assert_none_waits(work: Work) -> None:
    """The last visit to Dewi is known, and what came before it."""
    assert {change["state"] for change in work.station.rows("entity_changes")} == {"applied"}
    assert {row["status_gizi"] for row in listed(work.station).values() if row["nama"] == "Dewi"} == {"buruk"}


# -- every form --------------------------------------------------------------------------------------------------------


@on_sqlite
def test_every_shipped_form_can_be_edited_and_its_edit_waits(work: Work) -> None:
    kpm = work.kpm
    older = {**HASAN.children[0], "nama": "Husin", "tanggal_lahir": "2023-01-10"}
    latrines = {name: answer for name, answer in LATRINES.items() if name != "rumah_tangga"} | {"jumlah_sasaran": 3}
    meeting = {**YEARLY, **agreed(latrines, CLASSES)}
    quarter = {"triwulan_rapat": "ini", **CAME, "kegiatan[1]/keadaan": "berjalan", "kegiatan[1]/realisasi": 1_000_000}
    place: dict[str, Answer] = {"jenis": "paud", "nama": "PAUD Melati", "dusun": "Melati", "cakupan": "desa"}
    changed: list[tuple[str, Filled, dict[str, Answer]]] = [
        ("peta_sosial", kpm.map_household(replace(HASAN, children=(older,))), {"nama_kepala": "Hasyim"}),
        ("kunjungan_rumah", visit_dewi(work), {"timbang": "tidak"}),
        (
            "ukur_tinggi",
            kpm.measure("Dewi", panjang_ukur=69.5, tikar="hijau", diukur_oleh="nakes"),
            {"panjang_ukur": 70.5},
        ),
        ("fasilitas", kpm.map_facility(**place, layanan="paud", frekuensi_paud="mingguan"), {"nama": "PAUD Mawar"}),
        ("pantau_paud", kpm.follow("Husin", ikut_paud="ya"), {"ikut_paud": "tidak"}),
        ("rembuk_stunting", kpm.phone.fill("rembuk_stunting", meeting, today=kpm.today), {"peserta_laki": 20}),
        (
            "rapat_triwulan",
            kpm.phone.fill("rapat_triwulan", {**quarter, "keputusan": "Lanjut"}, today=kpm.today),
            {"kegiatan[2]/keadaan": "batal", "kegiatan[2]/realisasi": 0},
        ),
    ]
    assert {form_id for form_id, _, _ in changed} == set(kpm.phone.forms)
    edits = [work.edit(form_id, filled, **answers) for form_id, filled, answers in changed]
    kpm.send_and_sync()
    assert work.states(*(filled for _, filled, _ in changed)) == ["accepted"] * 7
    assert work.states(*edits) == ["waiting"] * 7
    problems = {row["problem"] for row in work.station.rows("submissions")}
    assert problems == {None, "correction"}

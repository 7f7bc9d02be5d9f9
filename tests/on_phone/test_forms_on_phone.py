"""What a KPM sees in the shipped forms: who is asked what, what stands there already, and whom it lists."""

from __future__ import annotations

from datetime import date

import pytest

from server.queries.priorities import TO_FOLLOW, TO_VISIT
from tests.support.form_engine import Answer, Engine, Entry, Filled, NotAskedError
from tests.support.offline import (
    HOME,
    OfflinePhone,
    Row,
    answered,
    child,
    mother,
    older_child,
    questions_asked,
    shipped_form,
    shown,
)
from tests.support.people import JONI
from tests.support.phone_lists import FormEntity, form_entities


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


# -- who is asked what -------------------------------------------------------------------------------------------------

CHOSEN = ["saring", "jenis_sasaran", "tanggal"]
HOME_OF_MOTHER = ["air_minum", "jamban", "jaminan_kesehatan"]
HOME_OF_CHILD = ["air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak"]
BIRTH_PLAN = ["tempat_bersalin", "penolong_bersalin", "kendaraan_bersalin", "donor_darah", "biaya_bersalin"]
PREGNANT = ["periksa_kehamilan", "pil_fe", "lila", "status_kehamilan", "konseling_gizi_ibu"]
RECEIVED: dict[str, Answer] = dict.fromkeys(
    ("timbang", "ukur", "imunisasi_dasar", "konseling_ibu", "konseling_ayah", "pengasuhan"), "ya"
)


def asked(entry: Entry) -> list[str]:
    """The questions of a visit that follow the choice of the person. What can be corrected is left out: everybody who
    stays is asked for it, and it may be left blank (test_corrected_facts_on_phone.py)."""
    names = questions_asked(entry, "kunjungan_rumah")
    assert names[:3] == CHOSEN
    return [name for name in names[4:] if name != "betulkan"]


def test_pregnant_woman_is_asked_of_her_pregnancy(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), sudah_lahir="tidak")
    assert asked(entry) == ["status_sasaran", "sudah_lahir", *PREGNANT, *BIRTH_PLAN, *HOME_OF_MOTHER]


def test_early_in_pregnancy_nobody_asks_for_the_birth(phone: OfflinePhone) -> None:
    # 140 days before the expected day begins week 20.
    assert "sudah_lahir" not in asked(phone.visit(mother("Siti", hpl="2026-08-17")))
    assert "sudah_lahir" in asked(phone.visit(mother("Siti", hpl="2026-08-16")))


def test_after_the_birth_care_is_asked_and_the_pregnancy_no_more(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti", tanggal_melahirkan="2026-03-01"))
    assert asked(entry) == ["status_sasaran", "tanggal_melahirkan", "periksa_nifas", *HOME_OF_MOTHER]


def test_birth_asks_for_the_newborn(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), sudah_lahir="ya", tanggal_melahirkan=date(2026, 3, 20), bayi_hidup="ya")
    newborn = ["nama_bayi", "jenis_kelamin_bayi", "berat_lahir", "panjang_lahir", "nik_bayi", "no_kia_bayi"]
    birth = ["sudah_lahir", "tanggal_melahirkan", "bayi_hidup", "periksa_nifas"]
    assert asked(entry) == ["status_sasaran", *birth, *HOME_OF_MOTHER, *newborn]
    entry.answer("bayi_hidup", "tidak")
    assert asked(entry) == ["status_sasaran", *birth, *HOME_OF_MOTHER]


@pytest.mark.parametrize(
    ("state", "visited_by_midwife"), [("normal", False), ("kek", True), ("risti", True), ("kek_risti", True)]
)
def test_only_a_pregnancy_at_risk_asks_for_the_midwifes_visit(
    phone: OfflinePhone, state: str, visited_by_midwife: bool
) -> None:
    entry = phone.visit(mother("Siti", status_kehamilan=state), sudah_lahir="tidak")
    assert ("kunjungan_bidan" in asked(entry)) == visited_by_midwife


def test_midwifes_visit_is_not_asked_after_the_birth(phone: OfflinePhone) -> None:
    assert "kunjungan_bidan" not in asked(
        phone.visit(mother("Siti", status_kehamilan="kek", tanggal_melahirkan="2026-03-01"))
    )


ALWAYS = ["status_gizi", "imunisasi_dasar", "konseling_ibu", "konseling_ayah"]


@pytest.mark.parametrize(
    ("born", "due"),
    [
        ("2026-03-01", ALWAYS),  # at the end of the quarter not yet one month
        ("2026-02-28", ["timbang", *ALWAYS]),
        ("2026-01-01", ["timbang", *ALWAYS]),
        ("2025-12-31", ["timbang", "ukur", *ALWAYS]),  # three months
        ("2025-10-01", ["timbang", "ukur", *ALWAYS]),
        ("2025-09-30", ["timbang", "ukur", *ALWAYS, "pengasuhan"]),  # six months
        ("2024-03-30", ["timbang", "ukur", *ALWAYS, "pengasuhan"]),  # a day short of 24 months
    ],
)
def test_child_is_asked_what_is_due_at_its_age_by_the_end_of_the_quarter(
    phone: OfflinePhone, born: str, due: list[str]
) -> None:
    assert asked(phone.visit(child("Dewi", tanggal_lahir=born))) == ["status_sasaran", *due, *HOME_OF_CHILD]


@pytest.mark.parametrize("state", ["baik", "kurang", "buruk", "stunting"])
def test_only_poor_nutrition_asks_for_the_integrated_visit(phone: OfflinePhone, state: str) -> None:
    found = asked(phone.visit(child("Dewi", status_gizi=state)))
    assert ("kunjungan_terpadu" in found) == (state != "baik")


def test_child_of_24_months_is_asked_nothing_more(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi", tanggal_lahir="2024-03-29"))
    assert asked(entry) == ["status_sasaran"]
    assert "sudah lewat 23 bulan" in shown(entry, "id")["umur_lewat"]
    assert "past 23 months" in shown(entry, "en")["umur_lewat"]


@pytest.mark.parametrize("person", [mother("Siti"), child("Dewi")], ids=["mother", "child"])
def test_who_has_moved_is_asked_nothing_but_since_when(phone: OfflinePhone, person: Row) -> None:
    entry = phone.visit(person, status_sasaran="pindah", tanggal_status=date(2026, 3, 2))
    assert asked(entry) == ["status_sasaran", "tanggal_status"]
    assert shown(entry, "id")["ditutup"].endswith("akan **keluar dari daftar sasaran** sejak 2026-03-02.")
    assert shown(entry, "en")["ditutup"].endswith("will **leave the list** from 2026-03-02.")
    (change,) = changes(entry.finalize())
    assert (change.properties["status"], change.properties["tanggal_status"]) == ("pindah", "2026-03-02")
    assert "dusun" not in change.properties


AFTER_BIRTH = mother("Siti", tanggal_melahirkan="2026-03-01")
VISITED: list[tuple[Row, dict[str, Answer]]] = [(AFTER_BIRTH, {"periksa_nifas": 3}), (child("Dewi"), RECEIVED)]


@pytest.mark.parametrize(("person", "answers"), VISITED, ids=["mother", "child"])
def test_who_moved_to_another_hamlet_is_asked_where_to__and_everything_as_before(
    phone: OfflinePhone, person: Row, answers: dict[str, Answer]
) -> None:
    stayed = asked(phone.visit(person))
    entry = phone.visit(person, status_sasaran="pindah_dusun", dusun_baru="Melati")
    assert asked(entry) == ["status_sasaran", "dusun_baru", *stayed[1:]]
    name = person["nama"]
    assert shown(entry, "id")["pindah_rumah"] == f"{name} sekarang tercatat di dusun **Melati**."
    assert shown(entry, "en")["pindah_rumah"] == f"{name} is now on record in the hamlet **Melati**."
    (change,) = changes(answered(entry, answers).finalize())
    assert change.properties["dusun"] == "Melati"
    assert not {"status", "tanggal_status"} & change.properties.keys()


@pytest.mark.parametrize(("person", "answers"), VISITED, ids=["mother", "child"])
def test_who_stays_keeps_the_hamlet_of_the_register(
    phone: OfflinePhone, person: Row, answers: dict[str, Answer]
) -> None:
    (change,) = changes(answered(phone.visit(person), answers).finalize())
    assert "dusun" not in change.properties


def test_hamlet_without_a_household_is_pointed_out(phone: OfflinePhone) -> None:
    moved = phone.visit(child("Dewi", dusun="Melati"), status_sasaran="pindah_dusun", dusun_baru="Mawr")
    assert 'belum ada keluarga yang tercatat di dusun "Mawr"' in shown(moved, "id")["dusun_baru_asing"]
    assert 'no household is on record in the hamlet "Mawr"' in shown(moved, "en")["dusun_baru_asing"]
    moved.answer("dusun_baru", HOME["dusun"])
    assert "dusun_baru_asing" not in shown(moved, "id")


def test_miscarriage_is_only_offered_for_a_pregnancy(phone: OfflinePhone) -> None:
    both = ["aktif", "pindah_dusun", "pindah", "meninggal"]
    assert list(phone.visit(mother("Siti")).choices("status_sasaran")) == [*both, "selesai"]
    assert list(phone.visit(child("Dewi")).choices("status_sasaran")) == both


@pytest.mark.parametrize(("months", "asked_for"), [(2, False), (3, True), (18, True), (19, False)])
def test_tikar_is_asked_at_three_to_eighteen_months(phone: OfflinePhone, months: int, asked_for: bool) -> None:
    year, month = divmod(2026 * 12 + 3 - 1 - months, 12)
    born = date(year, month + 1, 28)
    entry = phone.measure(child("Dewi", tanggal_lahir=str(born)), panjang_ukur=60)
    assert entry.asks("tikar") == asked_for


# -- what stands there already -----------------------------------------------------------------------------------------


def test_visit_of_a_mother_shows_what_is_known(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti", status_kehamilan="risti", jaminan_kesehatan="tidak"), sudah_lahir="tidak")
    known = ["status_kehamilan", "rumah_ibu/air_minum", "rumah_ibu/jamban", "rumah_ibu/jaminan_kesehatan"]
    assert [entry.value(f"/data/bagian_ibu/{name}") for name in known] == ["risti", "ya", "tidak", "tidak"]


def test_visit_of_a_child_shows_what_is_known(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi", status_gizi="kurang", akta_lahir="tidak"))
    known = ["air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak"]
    assert entry.value("/data/bagian_anak/status_gizi") == "kurang"
    assert [entry.value(f"/data/bagian_anak/rumah_anak/{name}") for name in known] == ["ya", "tidak", "tidak", "ya"]


def test_another_choice_shows_what_is_known_of_the_other(phone: OfflinePhone) -> None:
    entry = phone.open("kunjungan_rumah", child("Dewi", status_gizi="kurang"), child("Ali", status_gizi="stunting"))
    answered(entry, {"jenis_sasaran": "anak", "anak": "Dewi"})
    assert entry.value("/data/bagian_anak/status_gizi") == "kurang"
    entry.answer("anak", "Ali")
    assert entry.value("/data/bagian_anak/status_gizi") == "stunting"


def changes(filled: Filled) -> list[FormEntity]:
    """What a visit changes in the phone's lists."""
    return form_entities(filled.xml, shipped_form("kunjungan_rumah").xml)


# -- the neediest first ------------------------------------------------------------------------------------------------

VILLAGE = (
    child("Merah", prioritas="1"),
    child("Kurang", prioritas="2"),
    child("Ringan", prioritas="3"),
    child("Biasa", prioritas="4"),
    child("Akta", prioritas="5", perlu="akta lahir"),  # visited, but without a birth certificate
    child("Sudah", prioritas="6", perlu=""),
    child("Buruk", prioritas="1", perlu=""),  # visited, and nothing was missing
    child("Baru", prioritas=""),  # registered today, the server has not seen it yet
    child("Pindah", prioritas="1", status="pindah"),
    older_child("Besar"),
    older_child("Besar baru", prioritas=""),
    mother("Kek", prioritas="2"),
    mother("Siti", prioritas="4"),
    mother("Lina", prioritas="6", perlu=""),
)


@pytest.mark.parametrize(
    ("shown_list", "children", "mothers"),
    [
        ("butuh", ["Merah", "Kurang", "Ringan", "Biasa", "Akta", "Baru"], ["Kek", "Siti"]),
        ("mendesak", ["Merah", "Kurang", "Ringan"], ["Kek"]),
        ("semua", ["Merah", "Kurang", "Ringan", "Biasa", "Akta", "Sudah", "Buruk", "Baru"], ["Kek", "Siti", "Lina"]),
    ],
)
def test_filter_shows_the_right_people(
    phone: OfflinePhone, shown_list: str, children: list[str], mothers: list[str]
) -> None:
    entry = phone.open("kunjungan_rumah", *VILLAGE)
    answered(entry, {"saring": shown_list, "jenis_sasaran": "anak"})
    assert list(entry.choices("anak")) == children
    entry.answer("jenis_sasaran", "ibu_hamil")
    assert list(entry.choices("ibu_hamil")) == mothers


def test_those_who_need_a_visit_are_offered_and_counted_at_once(phone: OfflinePhone) -> None:
    entry = phone.open("kunjungan_rumah", *VILLAGE)
    assert entry.value("/data/pilih/saring") == "butuh"
    assert shown(entry, "id")["sisa_bulan_ini"] == (
        "Butuh kunjungan sekarang: **2 ibu, 6 anak**. Paling mendesak: **1 ibu, 3 anak**."
    )
    assert shown(entry, "en")["sisa_bulan_ini"] == (
        "Need a visit now: **2 women, 6 children**. Most urgent: **1 women, 3 children**."
    )


def test_early_signs_that_the_server_found_are_shown_with_what_to_do(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi", prioritas="3", perlu=f"{TO_VISIT}; timbang ulang di Posyandu"))
    assert shown(entry, "id")["perlu_bulan_ini"] == f"Masih perlu: {TO_VISIT}; timbang ulang di Posyandu"
    assert "deteksi dini saja, bukan kepastian" in shown(entry, "id")["tanda_pertumbuhan"]
    assert "early detection only, not certain" in shown(entry, "en")["tanda_pertumbuhan"]
    assert "tanda_pertumbuhan" not in shown(phone.visit(child("Dewi")), "id")


def test_height_check_shows_what_the_child_still_needs(phone: OfflinePhone) -> None:
    entry = phone.measure(child("Dewi", perlu="timbang ulang di Posyandu"))
    assert shown(entry, "id")["perlu_bulan_ini"] == "Masih perlu: timbang ulang di Posyandu"
    assert shown(entry, "en")["perlu_bulan_ini"] == "Still needed: timbang ulang di Posyandu"
    assert "perlu_bulan_ini" not in shown(phone.measure(child("Dewi", perlu="")), "id")


@pytest.mark.parametrize(("day", "done"), [(date(2026, 3, 1), True), (date(2026, 2, 28), False)])
def test_visit_of_this_month_is_done_on_the_phone_at_once_but_a_late_one_is_not(
    phone: OfflinePhone, day: date, done: bool
) -> None:
    # typed in on 29 March
    siti = mother("Siti", tanggal_melahirkan="2026-02-20")
    ali = child("Ali", tanggal_lahir="2026-02-25")
    received = {name: answer for name, answer in RECEIVED.items() if name not in ("ukur", "pengasuhan")}
    visited = [
        phone.visit(siti, tanggal=day, periksa_nifas=2).finalize(),
        phone.visit(ali, tanggal=day, **received).finalize(),
    ]
    saved = [change.properties for filled in visited for change in changes(filled)]
    assert all("prioritas" not in one for one in saved)
    assert [one.get("perlu") for one in saved] == (
        ["periksa nifas, jamban layak", "jamban layak"] if done else [None, None]
    )


def test_height_check_offers_every_child_of_the_village(phone: OfflinePhone) -> None:
    names = [one["name"] for one in VILLAGE if "tanggal_lahir" in one and one["status"] == "aktif"]
    assert list(phone.open("ukur_tinggi", *VILLAGE).choices("anak")) == names


@pytest.mark.parametrize(("day", "older"), [(date(2026, 3, 1), TO_VISIT), (date(2026, 3, 2), TO_FOLLOW)])
def test_who_is_put_on_the_map_waits_at_once_for_what_is_due(phone: OfflinePhone, day: date, older: str) -> None:
    family: dict[str, Answer] = {"tanggal": day, **JONI.home, "ada_ibu": "ya", "ada_balita": "ya"}
    # the second child is two years old on 2 March
    people = {"ibu": JONI.mothers, "balita": (*JONI.children, {**JONI.children[0], "tanggal_lahir": "2024-03-02"})}
    for repeat, entered in people.items():
        for number, one in enumerate(entered, 1):
            family |= {f"{repeat}[{number}]/{name}": answer for name, answer in one.items()}
    saved = form_entities(phone.open("peta_sosial").fill(family).xml, shipped_form("peta_sosial").xml)
    assert [(one.list, one.properties.get("perlu")) for one in saved] == [
        ("keluarga", None),
        ("ibu_hamil", TO_VISIT),
        ("anak", TO_VISIT),
        ("anak", older),
    ]


# -- a birth -----------------------------------------------------------------------------------------------------------

BIRTH: dict[str, Answer] = {
    "sudah_lahir": "ya",
    "tanggal_melahirkan": date(2026, 3, 20),
    "bayi_hidup": "ya",
    "periksa_nifas": 1,
    "nama_bayi": "Bayi Siti",
    "jenis_kelamin_bayi": "L",
}


def newborns(filled: Filled) -> list[dict[str, str]]:
    return [one.properties for one in changes(filled) if one.list == "anak" and one.action == "create"]


def test_birth_puts_the_child_on_the_list(phone: OfflinePhone) -> None:
    filled = phone.visit(mother("Siti"), **BIRTH).finalize()
    (newborn,) = newborns(filled)
    assert newborn == {
        "nama": "Bayi Siti",
        "jenis_kelamin": "L",
        "nik": "11010141019000011",  # provisional: the mother's and one more digit
        "no_kia": "",
        "tanggal_lahir": "2026-03-20",
        "keluarga": HOME["name"],
        "dusun": "Mawar",
        "status": "aktif",
        "tanggal_status": "2026-03-29",
        "perlu": TO_VISIT,
    }


def test_newborn_of_a_mother_who_moved_is_at_home_where_she_is(phone: OfflinePhone) -> None:
    filled = phone.visit(mother("Siti"), status_sasaran="pindah_dusun", dusun_baru="Melati", **BIRTH).finalize()
    assert [one["dusun"] for one in newborns(filled)] == ["Melati"]
    (of_mother,) = [one.properties for one in changes(filled) if one.list == "ibu_hamil"]
    assert of_mother["dusun"] == "Melati"


def test_newborn_waits_for_its_first_visit_on_the_phone_at_once(phone: OfflinePhone) -> None:
    (newborn,) = newborns(phone.visit(mother("Siti"), **BIRTH).finalize())
    entry = phone.open("kunjungan_rumah", child("Bayi Siti", **newborn, prioritas=""))
    entry.answer("jenis_sasaran", "anak")
    assert list(entry.choices("anak")) == ["Bayi Siti"]


def test_newborn_with_a_nik_of_its_own_keeps_it(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), **BIRTH)
    entry.answer("nik_bayi", "1101012003260001")
    assert [one["nik"] for one in newborns(entry.finalize())] == ["1101012003260001"]


def test_newborn_of_a_mother_without_nik_has_none(phone: OfflinePhone) -> None:
    (newborn,) = newborns(phone.visit(mother("Siti", nik=""), **BIRTH).finalize())
    assert newborn["nik"] == ""


def test_stillbirth_puts_nobody_on_the_list(phone: OfflinePhone) -> None:
    born = date(2026, 3, 20)
    entry = phone.visit(mother("Siti"), sudah_lahir="ya", tanggal_melahirkan=born, bayi_hidup="tidak", periksa_nifas=1)
    with pytest.raises(NotAskedError):
        entry.answer("nama_bayi", "Bayi Siti")
    assert newborns(entry.finalize()) == []


def test_mother_who_died_in_childbirth_leaves_and_her_child_is_put_on_the_list(phone: OfflinePhone) -> None:
    died = date(2026, 3, 20)
    birth = {question: answer for question, answer in BIRTH.items() if question != "periksa_nifas"}
    filled = phone.visit(mother("Siti"), status_sasaran="meninggal", tanggal_status=died, **birth).finalize()
    assert [one["nama"] for one in newborns(filled)] == ["Bayi Siti"]
    (of_mother,) = [one.properties for one in changes(filled) if one.list == "ibu_hamil"]
    assert (of_mother["status"], of_mother["tanggal_status"]) == ("meninggal", "2026-03-20")
    assert of_mother["tanggal_melahirkan"] == "2026-03-20"


def test_miscarriage_closes_the_pregnancy_and_asks_no_more(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), status_sasaran="selesai", tanggal_status=date(2026, 3, 2))
    assert asked(entry) == ["status_sasaran", "tanggal_status"]
    (of_mother,) = [one.properties for one in changes(entry.finalize())]
    assert (of_mother["status"], of_mother["tanggal_status"]) == ("selesai", "2026-03-02")

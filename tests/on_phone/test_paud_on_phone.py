"""The monthly monitoring of early education on a phone: whom it offers, what it asks, and what it changes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.form_engine import Answer, Engine, Entry, Filled
from tests.support.offline import (
    TAKEN,
    OfflinePhone,
    Row,
    answered,
    child,
    facility,
    older_child,
    questions_asked,
    refusal,
    shipped_form,
    shown,
)
from tests.support.phone_lists import FormEntity, form_entities


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


def follow(phone: OfflinePhone, one: Row, *facilities: Row, **answers: Answer) -> Entry:
    """The monitoring of a child as far as these answers go; the child is chosen."""
    return answered(phone.open("pantau_paud", one, *facilities), {"saring": "semua", "anak": one["name"], **answers})


def asked(entry: Entry) -> list[str]:
    """The questions that follow the choice of the child."""
    names = questions_asked(entry, "pantau_paud")
    return names[names.index("anak") + 1 :]


def saved(filled: Filled) -> FormEntity:
    (one,) = form_entities(filled.xml, shipped_form("pantau_paud").xml)
    return one


# -- whom it offers ----------------------------------------------------------------------------------------------------

VILLAGE = (
    older_child("Ali", dusun="Mawar"),
    older_child("Budi", dusun="Melati"),
    older_child("Cici", dusun="Anggrek", perlu=""),  # monitored this month
    older_child("Dedi", dusun="Melati", prioritas=""),  # registered today, the server has not seen it yet
    older_child("Eko", dusun="Dahlia", status="pindah"),
    child("Bayi", dusun="Kenanga"),
)


def test_children_not_yet_monitored_this_month_are_offered_and_counted_at_once(phone: OfflinePhone) -> None:
    entry = phone.open("pantau_paud", *VILLAGE)
    assert entry.value("/data/pilih/saring") == "belum"
    assert list(entry.choices("anak")) == ["Ali", "Budi", "Dedi"]
    assert shown(entry, "id")["sisa_bulan_ini"] == "Belum dipantau bulan ini: **3 anak**."
    assert shown(entry, "en")["sisa_bulan_ini"] == "Not monitored yet this month: **3 children**."


def test_every_child_of_the_village_is_offered_on_demand(phone: OfflinePhone) -> None:
    entry = answered(phone.open("pantau_paud", *VILLAGE), {"saring": "semua"})
    assert list(entry.choices("anak")) == ["Ali", "Budi", "Cici", "Dedi", "Bayi"]


def test_hamlet_narrows_the_list(phone: OfflinePhone) -> None:
    entry = phone.open("pantau_paud", *VILLAGE)
    entry.language("id")
    # those of the children who are to be monitored, in the list's order
    assert entry.choices("pilih_dusun") == {"semua": "Semua dusun", "d1": "Mawar", "d2": "Melati", "d3": "Anggrek"}
    for hamlet, due, every in (
        ("d1", ["Ali"], ["Ali"]),
        ("d2", ["Budi", "Dedi"], ["Budi", "Dedi"]),
        ("d3", [], ["Cici"]),
    ):
        answered(entry, {"saring": "belum", "pilih_dusun": hamlet})
        assert list(entry.choices("anak")) == due
        entry.answer("saring", "semua")
        assert list(entry.choices("anak")) == every


def test_one_hamlet_is_no_choice(phone: OfflinePhone) -> None:
    entry = phone.open("pantau_paud", older_child("Ali"), older_child("Budi"), child("Bayi", dusun="Melati"))
    assert not entry.asks("pilih_dusun")
    assert list(entry.choices("anak")) == ["Ali", "Budi"]


def test_ten_hamlets_can_be_chosen__children_of_more_are_found_among_all(phone: OfflinePhone) -> None:
    entry = phone.open("pantau_paud", *(older_child(f"Anak {n}", dusun=f"Dusun {n}") for n in range(1, 13)))
    assert list(entry.choices("pilih_dusun").values())[1:] == [f"Dusun {n}" for n in range(1, 11)]
    entry.answer("pilih_dusun", "d10")
    assert list(entry.choices("anak")) == ["Anak 10"]
    entry.answer("pilih_dusun", "semua")
    assert len(entry.choices("anak")) == 12


# -- what it asks ------------------------------------------------------------------------------------------------------


def test_child_is_asked_of_in_two_answers(phone: OfflinePhone) -> None:
    entry = follow(phone, older_child("Ali"))
    assert asked(entry) == ["status_sasaran", "ikut_paud"]
    assert entry.value("/data/kenali/status_sasaran") == "aktif"
    assert shown(entry, "id")["siapa"] == "**Ali**, dusun Mawar, umur **36 bulan**"
    assert shown(entry, "en")["siapa"] == "**Ali**, hamlet Mawar, **36 months** old"


@pytest.mark.parametrize(
    ("born", "months", "taken"),
    [("2024-03-30", 23, False), ("2024-03-29", 24, True), ("2020-03-30", 71, True), ("2020-03-29", 72, False)],
)
def test_only_two_to_five_year_olds_are_taken(phone: OfflinePhone, born: str, months: int, taken: bool) -> None:
    entry = follow(phone, older_child("Ali", tanggal_lahir=born))
    assert entry.value("/data/usia_bulan") == str(months)
    assert ("umur_salah" in shown(entry, "id")) != taken
    said = (
        "Hanya anak 24 sampai 71 bulan yang dipantau di sini. Kembali dan pilih anak lain, atau periksa tanggal "
        "pemantauan.",
        "Only children of 24 to 71 months are monitored here. Go back and choose another child, or check the date.",
    )
    assert refusal(entry, "ikut_paud", "ya") == (TAKEN if taken else said)


def test_age_is_that_on_the_day_of_the_monitoring(phone: OfflinePhone) -> None:
    entry = phone.open("pantau_paud", older_child("Ali", tanggal_lahir="2024-03-20"))
    answered(entry, {"tanggal": date(2026, 3, 19), "anak": "Ali"})
    assert refusal(entry, "ikut_paud", "ya") != TAKEN
    entry.answer("tanggal", date(2026, 3, 20))
    assert refusal(entry, "ikut_paud", "ya") == TAKEN


def test_which_one_is_asked_where_there_are_some__and_known_where_one_serves_the_hamlet(phone: OfflinePhone) -> None:
    ali = older_child("Ali", dusun="Mawar")
    here = facility("PAUD Mawar", cakupan="dusun")
    there = facility("TK Melati", jenis="tk", dusun="Melati", cakupan="dusun")
    others = (facility("Posyandu", jenis="posyandu"), facility("PAUD lama", keadaan="tutup"))
    entry = follow(phone, ali, here, there, *others)
    assert "lembaga" not in asked(entry)
    entry.answer("ikut_paud", "ya")
    assert list(entry.choices("lembaga")) == ["PAUD Mawar", "TK Melati"]
    assert entry.value("/data/lembaga") == "PAUD Mawar"
    entry.answer("lembaga", "TK Melati")
    assert entry.finalize().value("lembaga") == "TK Melati"
    entry.answer("ikut_paud", "tidak")
    assert "lembaga" not in asked(entry)

    assert "lembaga" not in asked(follow(phone, ali, *others, ikut_paud="ya"))
    two = follow(phone, ali, here, facility("PAUD Desa"), ikut_paud="ya")
    assert two.value("/data/lembaga") == ""
    assert two.finalize().value("lembaga") == ""


def test_child_that_goes_nowhere_is_invited_to_what_serves_its_hamlet(phone: OfflinePhone) -> None:
    schools = (
        facility("PAUD Desa", dusun="Melati", cakupan="desa"),
        facility("PAUD Melati", dusun="Melati", cakupan="dusun"),
        facility("TK Mawar", jenis="tk", dusun="Mawar", cakupan="dusun"),
    )
    entry = follow(phone, older_child("Ali", dusun="Mawar"), *schools, ikut_paud="tidak")
    assert shown(entry, "id")["ajak"].endswith("Yang melayani dusun ini: PAUD Desa, TK Mawar.")
    assert shown(entry, "en")["ajak"].endswith("Serving this hamlet: PAUD Desa, TK Mawar.")
    entry = follow(phone, older_child("Ali", dusun="Mawar"), schools[1], ikut_paud="tidak")
    assert "Usulkan dalam Rembuk Stunting" in shown(entry, "id")["usulkan"]
    assert "Bring it to the village meeting" in shown(entry, "en")["usulkan"]
    assert "ajak" not in shown(entry, "id")


def test_what_was_found_last_time_is_shown_but_not_answered(phone: OfflinePhone) -> None:
    entry = follow(phone, older_child("Ali", ikut_paud="tidak"))
    assert "belum ikut PAUD" in shown(entry, "id")["belum_ikut"]
    assert "not in early education" in shown(entry, "en")["belum_ikut"]
    assert entry.value("/data/ikut_paud") == ""
    assert "belum_ikut" not in shown(follow(phone, older_child("Ali", ikut_paud="ya")), "id")


# -- what it changes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["ya", "tidak"])
def test_child_is_done_on_the_phone_at_once(phone: OfflinePhone, word: str) -> None:
    one = saved(follow(phone, older_child("Ali"), ikut_paud=word).finalize())
    assert (one.action, one.list, one.id, one.label) == ("update", "anak", "Ali", "")
    assert one.properties == {"ikut_paud": word, "perlu": ""}


def test_monitoring_of_last_month_leaves_this_months_open(phone: OfflinePhone) -> None:
    entry = phone.open("pantau_paud", older_child("Ali"))
    one = saved(entry.fill({"tanggal": date(2026, 2, 28), "anak": "Ali", "ikut_paud": "ya", "pengasuhan": "tidak"}))
    assert one.properties == {"ikut_paud": "ya"}


@pytest.mark.parametrize(("born", "is_asked"), [(date(2023, 3, 21), True), (date(2023, 3, 20), False)])
def test_parenting_classes_are_asked_below_36_months(phone: OfflinePhone, born: date, is_asked: bool) -> None:
    ali = older_child("Ali", tanggal_lahir=born.isoformat())
    entry = follow(phone, ali, tanggal=date(2026, 3, 20), ikut_paud="ya")
    assert ("pengasuhan" in asked(entry)) is is_asked


@pytest.mark.parametrize("state", ["pindah", "meninggal"])
def test_child_that_has_left_is_asked_nothing_but_since_when(phone: OfflinePhone, state: str) -> None:
    entry = follow(phone, older_child("Ali"), status_sasaran=state)
    assert asked(entry) == ["status_sasaran", "tanggal_status"]
    assert refusal(entry, "tanggal_status", date(2026, 3, 30)) == (
        "Tanggal tidak boleh sesudah tanggal pemantauan.",
        "The date cannot be after the monitoring.",
    )
    entry.answer("tanggal_status", date(2026, 3, 2))
    assert shown(entry, "id")["ditutup"] == "Ali akan **keluar dari daftar sasaran** sejak 2026-03-02."
    assert shown(entry, "en")["ditutup"] == "Ali will **leave the list** from 2026-03-02."
    assert saved(entry.finalize()).properties == {"status": state, "tanggal_status": "2026-03-02", "perlu": ""}


def test_child_that_moved_to_another_hamlet_stays_on_the_list(phone: OfflinePhone) -> None:
    melati = facility("PAUD Melati", dusun="Melati", cakupan="dusun")
    entry = follow(phone, older_child("Ali"), melati, status_sasaran="pindah_dusun", dusun_baru="Melati")
    assert asked(entry) == ["status_sasaran", "dusun_baru", "ikut_paud"]
    entry.answer("ikut_paud", "tidak")
    assert shown(entry, "id")["ajak"].endswith("Yang melayani dusun ini: PAUD Melati.")
    assert shown(entry, "id")["pindah_rumah"] == "Ali sekarang tercatat di dusun **Melati**."
    assert shown(entry, "en")["pindah_rumah"] == "Ali is now on record in the hamlet **Melati**."
    assert saved(entry.finalize()).properties == {"ikut_paud": "tidak", "dusun": "Melati", "perlu": ""}

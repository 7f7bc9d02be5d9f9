"""The form of facilities on a phone: a new one, a known one with what stands there already, and one that closes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.form_engine import Answer, Engine, Entry, Filled, RefusedError
from tests.support.offline import (
    HOME,
    TAKEN,
    OfflinePhone,
    answered,
    facility,
    questions_asked,
    refusal,
    shipped_form,
    shown,
)
from tests.support.phone_lists import UUID4, FormEntity, form_entities


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


POSYANDU: dict[str, Answer] = {
    "jenis": "posyandu",
    "nama": "Posyandu Mawar 1",
    "dusun": "Mawar",
    "cakupan": "dusun",
    "layanan": ["timbang", "imunisasi"],
    "frekuensi_timbang": "bulanan",
    "frekuensi_imunisasi": "triwulanan",
}
KNOWN = facility(
    "Posyandu Melati",
    jenis="posyandu",
    dusun="Melati",
    lokasi="-6.1 106.2 12.0 4.0",
    cakupan="dusun",
    layanan="timbang ukur pil_fe",
    frekuensi="pil_fe=sewaktu_waktu timbang=bulanan ukur=mingguan",
)
WHERE = ["jenis", "nama", "dusun", "lokasi", "cakupan"]


def asked(entry: Entry) -> list[str]:
    return questions_asked(entry, "fasilitas")


def saved(filled: Filled) -> FormEntity:
    (one,) = form_entities(filled.xml, shipped_form("fasilitas").xml)
    return one


def updating(phone: OfflinePhone) -> Entry:
    entry = phone.open("fasilitas", KNOWN, facility("PAUD Anggrek"))
    return answered(entry, {"jenis_pendataan": "lama", "fasilitas_lama": KNOWN["name"]})


# -- a new one ---------------------------------------------------------------------------------------------------------


def test_new_facility_joins_the_list_with_its_services_and_how_often_each_is_given(phone: OfflinePhone) -> None:
    one = saved(phone.open("fasilitas").fill(POSYANDU | {"lokasi": "-6.2 106.8 0 5"}))
    assert (one.action, one.list, one.label) == ("create", "fasilitas", "Posyandu Mawar 1")
    assert UUID4.fullmatch(one.id)
    assert one.properties == {
        "jenis": "posyandu",
        "nama": "Posyandu Mawar 1",
        "dusun": "Mawar",
        "lokasi": "-6.2 106.8 0.0 5.0",
        "cakupan": "dusun",
        "layanan": "timbang imunisasi",
        "frekuensi": "imunisasi=triwulanan timbang=bulanan",
        "keadaan": "buka",
    }


def test_how_often_is_asked_of_each_service_that_it_gives__and_of_no_other(phone: OfflinePhone) -> None:
    entry = phone.open("fasilitas")
    first = ["tanggal", "jenis_pendataan", "keadaan", *WHERE, "layanan"]
    assert asked(entry) == first
    entry.answer("layanan", ["paud", "timbang"])
    assert asked(entry) == [*first, "frekuensi_timbang", "frekuensi_paud"]
    assert list(entry.choices("frekuensi_paud")) == [
        "setiap_hari",
        "mingguan",
        "bulanan",
        "triwulanan",
        "sewaktu_waktu",
    ]
    entry.answer("layanan", ["paud"])
    assert asked(entry) == [*first, "frekuensi_paud"]


def test_day_and_state_are_answered_from_the_start(phone: OfflinePhone) -> None:
    entry = phone.open("fasilitas")
    assert [entry.value(f"/data/{name}") for name in ("tanggal", "jenis_pendataan", "keadaan")] == [
        "2026-03-29",
        "baru",
        "buka",
    ]


@pytest.mark.parametrize("left_out", ["jenis", "nama", "dusun", "cakupan", "layanan", "frekuensi_timbang"])
def test_facility_is_not_finished_without(phone: OfflinePhone, left_out: str) -> None:
    often = ("frekuensi_timbang", "frekuensi_imunisasi") if left_out == "layanan" else ()
    answers = {name: answer for name, answer in POSYANDU.items() if name not in (left_out, *often)}
    entry = answered(phone.open("fasilitas"), answers)
    for language, message in (("id", "Pertanyaan ini wajib dijawab."), ("en", "This question must be answered.")):
        entry.language(language)
        with pytest.raises(RefusedError, match=f"{left_out}: required: {message}"):
            entry.finalize()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("nama", ("Tulis nama fasilitas dengan lengkap.", "Write the facility's full name.")),
        ("dusun", ("Tulis nama dusun.", "Write the hamlet's name.")),
    ],
)
def test_names_have_two_letters_at_least(phone: OfflinePhone, question: str, said: tuple[str, str]) -> None:
    entry = phone.open("fasilitas")
    assert refusal(entry, question, " M ") == said
    assert refusal(entry, question, "RW") == TAKEN


def test_same_name_again_is_pointed_out(phone: OfflinePhone) -> None:
    entry = answered(phone.open("fasilitas", KNOWN), {"nama": "Posyandu Melati"})
    assert shown(entry, "id")["nama_ganda"] == (
        '**Perhatian:** fasilitas bernama "Posyandu Melati" sudah ada di daftar. Bila sama, kembali ke awal dan pilih '
        '"Fasilitas yang sudah terdaftar".'
    )
    assert "go back to the start and choose" in shown(entry, "en")["nama_ganda"]
    assert "nama_ganda" not in shown(updating(phone), "id")


def test_hamlet_without_a_household_is_pointed_out(phone: OfflinePhone) -> None:
    entry = answered(phone.open("fasilitas"), {"dusun": "Mawr"})
    assert 'belum ada keluarga yang tercatat di dusun "Mawr"' in shown(entry, "id")["dusun_asing"]
    assert 'no household is on record in the hamlet "Mawr"' in shown(entry, "en")["dusun_asing"]
    entry.answer("dusun", HOME["dusun"])
    assert "dusun_asing" not in shown(entry, "id")


# -- a known one -------------------------------------------------------------------------------------------------------


def test_known_facility_is_chosen_from_the_list__and_shows_what_stands_there(phone: OfflinePhone) -> None:
    entry = phone.open("fasilitas", KNOWN, facility("PAUD Anggrek"))
    entry.answer("jenis_pendataan", "lama")
    assert asked(entry) == ["tanggal", "jenis_pendataan", "fasilitas_lama", "keadaan"]
    assert list(entry.choices("fasilitas_lama")) == ["Posyandu Melati", "PAUD Anggrek"]
    entry.answer("fasilitas_lama", "Posyandu Melati")
    often = ["frekuensi_pil_fe", "frekuensi_timbang", "frekuensi_ukur"]
    assert asked(entry)[4:] == [*WHERE, "layanan", *often]
    assert [entry.value(f"/data/data_fasilitas/{name}") for name in WHERE] == [
        "posyandu",
        "Posyandu Melati",
        "Melati",
        "-6.1 106.2 12.0 4.0",
        "dusun",
    ]
    assert entry.value("/data/data_layanan/layanan") == "timbang ukur pil_fe"
    assert [entry.value(f"/data/data_layanan/jadwal/{name}") for name in often] == [
        "sewaktu_waktu",
        "bulanan",
        "mingguan",
    ]
    entry.answer("fasilitas_lama", "PAUD Anggrek")
    assert entry.value("/data/data_layanan/jadwal/frekuensi_paud") == "setiap_hari"
    assert entry.value("/data/data_layanan/frekuensi") == "paud=setiap_hari"


def test_confirming_a_known_facility_changes_nothing_of_it(phone: OfflinePhone) -> None:
    one = saved(updating(phone).finalize())
    assert (one.action, one.id, one.label) == ("update", KNOWN["name"], "Posyandu Melati")
    assert one.properties == {name: KNOWN[name] for name in KNOWN if name not in ("name", "label")}


def test_one_more_service_is_added_with_how_often(phone: OfflinePhone) -> None:
    more: dict[str, Answer] = {"layanan": ["timbang", "ukur", "pil_fe", "imunisasi"], "frekuensi_imunisasi": "bulanan"}
    one = saved(answered(updating(phone), more).finalize())
    assert one.properties["layanan"] == "timbang ukur pil_fe imunisasi"
    assert one.properties["frekuensi"] == "pil_fe=sewaktu_waktu imunisasi=bulanan timbang=bulanan ukur=mingguan"


def test_facility_that_closed_is_asked_nothing_more__and_keeps_what_it_was(phone: OfflinePhone) -> None:
    entry = updating(phone)
    entry.answer("keadaan", "tutup")
    assert asked(entry) == ["tanggal", "jenis_pendataan", "fasilitas_lama", "keadaan"]
    assert shown(entry, "id")["ditutup"].startswith("**Posyandu Melati** tercatat **tutup**.")
    assert shown(entry, "en")["ditutup"].startswith("**Posyandu Melati** is on record as **closed**.")
    one = saved(entry.finalize())
    assert (one.action, one.label, one.properties) == ("update", "", {"keadaan": "tutup"})


def test_closed_facility_opens_again(phone: OfflinePhone) -> None:
    entry = phone.open("fasilitas", KNOWN | {"keadaan": "tutup"})
    answered(entry, {"jenis_pendataan": "lama", "fasilitas_lama": KNOWN["name"]})
    assert entry.value("/data/keadaan") == "tutup"
    entry.answer("keadaan", "buka")
    assert saved(entry.finalize()).properties["keadaan"] == "buka"


def test_day_of_an_update_is_never_after_today(phone: OfflinePhone) -> None:
    assert refusal(updating(phone), "tanggal", date(2026, 3, 30)) == (
        "Tanggal tidak boleh sesudah hari ini dan tidak sebelum tahun 2018.",
        "The date cannot be after today or before 2018.",
    )

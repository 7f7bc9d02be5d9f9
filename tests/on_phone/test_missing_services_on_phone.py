"""How a home visit ends: with thanks, or with each service that is still missing this month and what to do for it."""

from __future__ import annotations

import pytest

from tests.support.form_engine import Answer, Engine
from tests.support.offline import OfflinePhone, child, mother, shown


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


ALL_RECEIVED: dict[str, dict[str, Answer]] = {
    "mother": {
        "sudah_lahir": "tidak",
        "periksa_kehamilan": "ya",
        "pil_fe": "ya",
        "konseling_gizi_ibu": "ya",
        "kunjungan_bidan": "ya",
        "air_minum": "ya",
        "jamban": "ya",
        "jaminan_kesehatan": "ya",
    },
    "child": {
        "timbang": "ya",
        "ukur": "ya",
        "kunjungan_terpadu": "ya",
        "imunisasi_dasar": "ya",
        "konseling_ibu": "ya",
        "konseling_ayah": "tidak",  # one of the parents is enough
        "pengasuhan": "ya",
        "air_minum_anak": "ya",
        "jamban_anak": "ya",
        "akta_lahir": "ya",
        "jaminan_kesehatan_anak": "ya",
    },
}
PEOPLE = {"mother": mother("Siti", status_kehamilan="risti"), "child": child("Dewi", status_gizi="kurang")}


@pytest.mark.parametrize("who", ["mother", "child"])
def test_visit_with_everything_ends_in_thanks(phone: OfflinePhone, who: str) -> None:
    entry = phone.visit(PEOPLE[who], **ALL_RECEIVED[who])
    assert entry.value("/data/masih_kurang") == ""
    assert shown(entry, "id")["sudah_lengkap"] == "**Bulan ini sudah lengkap.** Terima kasih."
    assert shown(entry, "en")["sudah_lengkap"] == "**Complete this month.** Thank you."
    assert "judul_kurang" not in shown(entry, "id")


@pytest.mark.parametrize(
    ("who", "question", "missing", "indonesian", "english"),
    [
        ("mother", "periksa_kehamilan", "periksa kehamilan", "antar ibu ke bidan", "bring her to the midwife"),
        ("mother", "pil_fe", "tablet tambah darah", "minta 30 tablet", "ask the midwife for 30"),
        ("mother", "konseling_gizi_ibu", "konseling gizi", "kelas ibu hamil", "mothers' class"),
        ("mother", "kunjungan_bidan", "kunjungan bidan", "lapor ke bidan", "tell the midwife"),
        ("mother", "air_minum", "air minum layak", "laporkan ke desa", "report it to the village"),
        ("mother", "jamban", "jamban layak", "laporkan ke desa", "report it to the village"),
        ("mother", "jaminan_kesehatan", "jaminan kesehatan", "mendaftar JKN", "help the family to enrol"),
        ("child", "timbang", "penimbangan", "ajak ke Posyandu", "invite to the Posyandu"),
        ("child", "ukur", "pengukuran panjang", "sekali dalam setengah tahun", "once in this half-year"),
        ("child", "kunjungan_terpadu", "kunjungan terpadu", "lapor ke bidan", "tell the midwife"),
        ("child", "imunisasi_dasar", "imunisasi dasar", "jadwal di Buku KIA", "the schedule in the KIA book"),
        ("child", "konseling_ibu", "konseling orang tua", "ajak ibu atau ayah", "invite the mother or the father"),
        ("child", "pengasuhan", "kelas pengasuhan", "ajak orang tua", "invite a parent"),
        ("child", "air_minum_anak", "air minum layak", "laporkan ke desa", "report it to the village"),
        ("child", "jamban_anak", "jamban layak", "laporkan ke desa", "report it to the village"),
        ("child", "akta_lahir", "akta lahir", "di desa atau Dukcapil", "help the family to get it"),
        ("child", "jaminan_kesehatan_anak", "jaminan kesehatan", "mendaftar JKN", "help the family to enrol"),
    ],
)
def test_one_missing_service_is_named_at_the_end_with_what_to_do(
    phone: OfflinePhone, who: str, question: str, missing: str, indonesian: str, english: str
) -> None:
    entry = phone.visit(PEOPLE[who], **(ALL_RECEIVED[who] | {question: "tidak"}))
    assert entry.value("/data/masih_kurang") == missing
    for language, wanted, title in (("id", indonesian, "Masih kurang"), ("en", english, "Still missing")):
        notes = {name: text for name, text in shown(entry, language).items() if "kurang_" in name}
        assert list(notes) == [f"kurang_{missing.replace(' ', '_')}"]
        assert wanted in notes.popitem()[1]
        assert title in shown(entry, language)["judul_kurang"]
        assert "sudah_lengkap" not in shown(entry, language)


def test_two_check_ups_after_the_birth_are_one_too_few(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti", tanggal_melahirkan="2026-03-01"), jamban="ya", periksa_nifas=2)
    assert entry.value("/data/masih_kurang") == "periksa nifas"
    assert "baru 2 kali, paling sedikit 3 kali" in shown(entry, "id")["kurang_periksa_nifas"]
    entry.answer("periksa_nifas", 3)
    assert entry.value("/data/masih_kurang") == ""


def test_child_measured_in_this_half_year_needs_no_more_measuring(phone: OfflinePhone) -> None:
    for measured_on, missing in (("2026-01-02", ""), ("2025-12-31", "pengukuran panjang"), ("", "pengukuran panjang")):
        dewi = child("Dewi", tanggal_ukur_terakhir=measured_on)
        answers = {**ALL_RECEIVED["child"], "ukur": "tidak"}
        del answers["kunjungan_terpadu"]
        assert phone.visit(dewi, **answers).value("/data/masih_kurang") == missing


def test_what_was_missing_at_the_last_visit_is_shown_first(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi", perlu="penimbangan, akta lahir"))
    assert shown(entry, "id")["perlu_bulan_ini"] == "Masih perlu: penimbangan, akta lahir"
    assert shown(entry, "en")["perlu_bulan_ini"] == "Still needed: penimbangan, akta lahir"

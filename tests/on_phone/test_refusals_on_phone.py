"""Answers that the phone refuses, what it says then in both languages, and the nearest answers that it takes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.form_engine import Answer, Engine
from tests.support.offline import HOME, TAKEN, TODAY, OfflinePhone, answered, child, mother, refusal


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


NIK = ("NIK terdiri dari 16 angka, tanpa spasi.", "A NIK has 16 digits, without spaces.")
CHILD_NIK = (
    "NIK anak 16 angka; NIK sementara 17 angka (NIK ibu dan satu angka).",
    "A child's NIK has 16 digits; a provisional one 17 (the mother's NIK and one digit).",
)
DAY = (
    "Tanggal tidak boleh sesudah hari ini dan tidak sebelum tahun 2018.",
    "The date cannot be after today or before 2018.",
)
LENGTH = ("Panjang atau tinggi antara 30 dan 130 cm.", "Length or height is between 30 and 130 cm.")
WEIGHT = (
    "Berat antara 0,5 dan 30 kg. Periksa letak koma.",
    "Weight is between 0.5 and 30 kg. Check the decimal point.",
)
ARM = ("LILA antara 10 dan 50 cm.", "Upper arm circumference is between 10 and 50 cm.")


@pytest.mark.parametrize("form_id", ["peta_sosial", "fasilitas", "kunjungan_rumah", "ukur_tinggi", "pantau_paud"])
def test_no_day_after_today_is_taken(phone: OfflinePhone, form_id: str) -> None:
    entry = phone.open(form_id, mother("Siti"), child("Dewi"))
    assert refusal(entry, "tanggal", date(2026, 3, 30)) == DAY
    assert refusal(entry, "tanggal", date(2017, 12, 31)) == DAY
    assert refusal(entry, "tanggal", TODAY) == TAKEN


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("ibu/nik", "110101410190000", NIK),  # 15 digits
        ("ibu/nik", "1101 0141 0190 0001", NIK),
        ("ibu/nik", "1101014101900001", TAKEN),
        ("ibu/lila", 9.9, ARM),
        ("ibu/lila", 10, TAKEN),
        ("ibu/lila", 50, TAKEN),
        ("ibu/lila", 50.1, ARM),
        ("balita/nik", "110101410190000", CHILD_NIK),
        ("balita/nik", "110101410190000112", CHILD_NIK),
        ("balita/nik", "11010141019000011", TAKEN),  # provisional: the mother's and one more
    ],
)
def test_social_map_takes_only_what_can_be(
    phone: OfflinePhone, question: str, answer: Answer, said: tuple[str, str]
) -> None:
    entry = phone.open("peta_sosial")
    answered(entry, {"ada_ibu": "ya", "ada_balita": "ya", "ibu/sudah_lahir": "tidak"})
    assert refusal(entry, question, answer) == said


WOMAN_BORN = (
    "Umur ibu harus antara 10 dan 60 tahun. Periksa tahun lahirnya.",
    "The woman must be between 10 and 60 years old. Check the year.",
)
CHILD_BORN = (
    "Tanggal lahir tidak boleh sesudah pendataan, dan umur anak harus di bawah 6 tahun.",
    "The birth cannot be after this visit, and the child must be under 6 years.",
)
JUST_BORN = ("Tanggal melahirkan dalam 42 hari sebelum pendataan.", "The birth was within 42 days before this visit.")
DUE = (
    "HPL paling lama 60 hari yang lalu dan paling jauh 300 hari lagi.",
    "The date is at most 60 days ago and at most 300 days ahead.",
)


@pytest.mark.parametrize(
    ("question", "last_taken", "refused", "said"),
    [
        ("ibu/tanggal_lahir", date(2016, 3, 29), date(2016, 3, 30), WOMAN_BORN),  # ten years old, and a day less
        ("ibu/tanggal_lahir", date(1965, 3, 30), date(1965, 3, 29), WOMAN_BORN),  # not yet 61, and 61
        ("ibu/hpl", date(2027, 1, 23), date(2027, 1, 24), DUE),
        ("ibu/hpl", date(2026, 1, 28), date(2026, 1, 27), DUE),
        ("ibu[2]/tanggal_melahirkan", date(2026, 2, 15), date(2026, 2, 14), JUST_BORN),
        ("ibu[2]/tanggal_melahirkan", TODAY, date(2026, 3, 30), JUST_BORN),
        ("balita/tanggal_lahir", date(2020, 3, 30), date(2020, 3, 29), CHILD_BORN),  # not yet six, and six
        ("balita/tanggal_lahir", TODAY, date(2026, 3, 30), CHILD_BORN),
    ],
)
def test_birth_dates_fit_who_is_mapped(
    phone: OfflinePhone, question: str, last_taken: date, refused: date, said: tuple[str, str]
) -> None:
    entry = phone.open("peta_sosial")
    answered(entry, {"ada_ibu": "ya", "ibu/sudah_lahir": "tidak", "ibu[2]/sudah_lahir": "ya", "ada_balita": "ya"})
    assert refusal(entry, question, last_taken) == TAKEN
    assert refusal(entry, question, refused) == said


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("panjang_ukur", 29.9, LENGTH),
        ("panjang_ukur", 30, TAKEN),
        ("panjang_ukur", 130, TAKEN),
        ("panjang_ukur", 130.1, LENGTH),
        ("berat", 0.4, WEIGHT),
        ("berat", 0.5, TAKEN),
        ("berat", 30, TAKEN),
        ("berat", 30.1, WEIGHT),
    ],
)
def test_height_check_takes_only_what_can_be(
    phone: OfflinePhone, question: str, answer: Answer, said: tuple[str, str]
) -> None:
    assert refusal(phone.measure(child("Dewi")), question, answer) == said


def test_second_length_keeps_within_the_same_limits(phone: OfflinePhone) -> None:
    # 55 cm at six months lies below -4, which no green can be: the phone asks again.
    entry = phone.measure(child("Dewi"), panjang_ukur=55, tikar="hijau")
    assert refusal(entry, "panjang_ulang", 29.9) == LENGTH
    assert refusal(entry, "panjang_ulang", 66.5) == TAKEN


@pytest.mark.parametrize(("kilograms", "said"), [(0.4, WEIGHT), (0.5, TAKEN), (30, TAKEN), (30.1, WEIGHT)])
def test_weight_in_a_visit_keeps_within_limits(phone: OfflinePhone, kilograms: float, said: tuple[str, str]) -> None:
    assert refusal(phone.visit(child("Dewi"), timbang="ya"), "berat_badan", kilograms) == said


@pytest.mark.parametrize(("centimetres", "said"), [(9.9, ARM), (10, TAKEN), (50, TAKEN), (50.1, ARM)])
def test_arm_in_a_visit_keeps_within_limits(phone: OfflinePhone, centimetres: float, said: tuple[str, str]) -> None:
    assert refusal(phone.visit(mother("Siti"), sudah_lahir="tidak"), "lila", centimetres) == said


@pytest.mark.parametrize(
    ("arm", "taken", "refused"),
    [(23.4, ["kek", "kek_risti"], ["normal", "risti"]), (23.5, ["normal", "risti"], ["kek", "kek_risti"])],
)
def test_undernourished_is_who_measures_below_23_5_cm(
    phone: OfflinePhone, arm: float, taken: list[str], refused: list[str]
) -> None:
    entry = phone.visit(mother("Siti"), sudah_lahir="tidak", lila=arm)
    for state in taken:
        assert refusal(entry, "status_kehamilan", state) == TAKEN
    for state in refused:
        assert refusal(entry, "status_kehamilan", state) == (
            "Tidak cocok dengan LILA: di bawah 23,5 cm berarti KEK, 23,5 cm ke atas berarti tidak KEK.",
            "Does not fit the arm measured: below 23.5 cm means KEK, 23.5 cm and above means no KEK.",
        )


@pytest.mark.parametrize(
    ("born", "fits"),
    [
        (date(2026, 3, 29), True),  # today
        (date(2026, 3, 30), False),
        (date(2025, 12, 29), True),  # 140 days before the expected day: week 20
        (date(2025, 12, 28), False),
    ],
)
def test_birth_fits_the_expected_day_on_the_list(phone: OfflinePhone, born: date, fits: bool) -> None:
    entry = phone.visit(mother("Siti", hpl="2026-05-18"), sudah_lahir="ya")
    assert refusal(entry, "tanggal_melahirkan", born) == (
        TAKEN
        if fits
        else (
            "Tanggal melahirkan tidak boleh sesudah kunjungan, dan harus cocok dengan HPL di register.",
            "The birth cannot be after the visit, and must fit the expected date in the register.",
        )
    )


def test_birth_long_after_the_expected_day_is_refused(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti", hpl="2026-01-20"), sudah_lahir="ya")
    assert refusal(entry, "tanggal_melahirkan", date(2026, 3, 21)) == TAKEN  # 60 days
    assert refusal(entry, "tanggal_melahirkan", date(2026, 3, 22)) != TAKEN


def test_nobody_moves_away_after_the_visit(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi"), status_sasaran="pindah")
    assert refusal(entry, "tanggal_status", date(2026, 3, 30)) == (
        "Tanggal tidak boleh sesudah tanggal kunjungan.",
        "The date cannot be after the visit.",
    )
    assert refusal(entry, "tanggal_status", date(2026, 3, 1)) == TAKEN


def test_who_moved_to_another_hamlet_did_not_stay_in_the_old_one(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi", dusun="Mawar"), status_sasaran="pindah_dusun")
    said = (
        'Tulis nama dusun yang baru, bukan yang lama. Bila tidak pindah, pilih "Ya, masih di sini".',
        'Write the new hamlet, not the old one. If nobody moved, choose "Yes, still here".',
    )
    assert refusal(entry, "dusun_baru", "Mawar") == said
    assert refusal(entry, "dusun_baru", "M") == said
    assert refusal(entry, "dusun_baru", "Melati") == TAKEN


def test_household_is_not_mapped_twice(phone: OfflinePhone) -> None:
    entry = phone.open("peta_sosial")
    assert not entry.asks("kk_sama")
    entry.answer("no_kk", HOME["no_kk"])
    assert refusal(entry, "kk_sama", "ya") == (
        'Kembali ke awal dan pilih "Keluarga yang sudah terdaftar".',
        'Go back to the start and choose "Household already on the list".',
    )
    assert refusal(entry, "kk_sama", "tidak") == TAKEN


def test_newborns_nik_has_sixteen_digits(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), sudah_lahir="ya", tanggal_melahirkan=date(2026, 3, 20), bayi_hidup="ya")
    assert refusal(entry, "nik_bayi", "110101200326000") == NIK
    assert refusal(entry, "nik_bayi", "1101012003260001") == TAKEN

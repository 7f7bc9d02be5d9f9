"""What a visit can put right in the register: an expected day, a NIK; and what it tells of a red Tikar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from tests.support.form_engine import Answer, Engine, Filled
from tests.support.listening import listening
from tests.support.offline import TAKEN, OfflinePhone, child, mother, questions_asked, refusal, shipped_form, shown
from tests.support.phone import Phone
from tests.support.phone_lists import FormEntity, form_entities
from tests.support.small_forms import new_id
from tests.support.station import Station
from tests.support.village_forms import mapped

RED = "Tikar merah: ukur ulang dan rujuk ke Puskesmas"
PROVISIONAL, REAL = "11010141019000011", "1101015009250007"
MONTHS: dict[str, Answer] = {"periksa_kehamilan": "ya", "pil_fe": "ya", "konseling_gizi_ibu": "ya"}
RECEIVED: dict[str, Answer] = dict.fromkeys(
    ("timbang", "ukur", "imunisasi_dasar", "konseling_ibu", "konseling_ayah", "pengasuhan", "jamban_anak"), "ya"
)


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


@pytest.fixture
def station(as_shipped: Station) -> Station:
    as_shipped.clock.now = datetime(2026, 3, 9, 2, tzinfo=UTC)
    return as_shipped


def told(filled: Filled) -> dict[str, str]:
    """What the visit saves of the person."""
    changes: list[FormEntity] = form_entities(filled.xml, shipped_form("kunjungan_rumah").xml)
    return {name: value for change in changes for name, value in change.properties.items()}


# -- the expected day --------------------------------------------------------------------------------------------------


def test_expected_day__is_corrected_only_where_it_is_said_to_be_wrong(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), sudah_lahir="tidak", jamban="ya", **MONTHS)
    assert "hpl" not in questions_asked(entry, "kunjungan_rumah")
    assert entry.value("/data/bagian_ibu/minggu_hamil") == "31"
    assert "hpl" not in told(entry.finalize())

    wrong = phone.visit(
        mother("Siti"), betulkan=["hpl"], hpl=date(2026, 5, 10), sudah_lahir="tidak", jamban="ya", **MONTHS
    )
    assert wrong.value("/data/bagian_ibu/minggu_hamil") == "34"
    assert "Umur kehamilan: **34 minggu**" in shown(wrong, "id")["umur_kehamilan"]
    assert told(wrong.finalize())["hpl"] == "2026-05-10"


def test_expected_day__must_be_a_likely_one(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), betulkan=["hpl"])
    assert (
        refusal(entry, "hpl", date(2026, 1, 1))[0] == "HPL paling lama 60 hari yang lalu dan paling jauh 300 hari lagi."
    )
    assert refusal(entry, "hpl", date(2026, 4, 1)) == TAKEN


def test_expected_day__is_no_question_after_the_birth(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti", tanggal_melahirkan="2026-03-01"), betulkan=["hpl"])
    assert "hpl" not in questions_asked(entry, "kunjungan_rumah")


@pytest.mark.parametrize(("hpl", "overdue"), [("2026-03-16", False), ("2026-03-15", True)])
def test_pregnancy_past_42_weeks__is_told_with_what_to_do(phone: OfflinePhone, hpl: str, overdue: bool) -> None:
    notes = shown(phone.visit(mother("Siti", hpl=hpl)), "id")
    assert ("lewat_waktu" in notes) == overdue
    if overdue:
        assert "antar ke bidan atau Puskesmas hari ini" in notes["lewat_waktu"]


# -- the NIK -----------------------------------------------------------------------------------------------------------


def test_nik__a_provisional_one_is_asked_for_and_stays_until_the_real_one_is_there(phone: OfflinePhone) -> None:
    entry = phone.visit(child("Dewi", nik=PROVISIONAL), **RECEIVED)
    assert "nik_baru" in questions_asked(entry, "kunjungan_rumah")
    assert refusal(entry, "nik_baru", PROVISIONAL)[0] == "NIK terdiri dari 16 angka, tanpa spasi."
    assert "nik" not in told(entry.finalize())

    answered = phone.visit(child("Dewi", nik=PROVISIONAL), nik_baru=REAL, **RECEIVED)
    assert told(answered.finalize())["nik"] == REAL


@pytest.mark.parametrize("who", ["mother", "child"])
def test_nik__a_wrong_one_is_corrected_where_it_is_said_to_be_wrong(phone: OfflinePhone, who: str) -> None:
    person, answers = (
        (mother("Siti"), {"sudah_lahir": "tidak", **MONTHS}) if who == "mother" else (child("Dewi", nik=REAL), RECEIVED)
    )
    assert "nik_baru" not in questions_asked(phone.visit(person), "kunjungan_rumah")
    filled = phone.visit(person, betulkan=["nik"], nik_baru="1101015009259999", **answers).finalize()
    assert told(filled)["nik"] == "1101015009259999"


# -- a red Tikar -------------------------------------------------------------------------------------------------------


def test_red_tikar__asks_for_the_referral_once_since_the_last_measuring(phone: OfflinePhone) -> None:
    def asks(**known: str) -> bool:
        return "dirujuk" in questions_asked(phone.visit(child("Dewi", **known)), "kunjungan_rumah")

    assert not asks(tikar="hijau", tanggal_ukur_terakhir="2026-03-02")
    assert asks(tikar="merah", tanggal_ukur_terakhir="2026-03-02")
    assert asks(tikar="merah", tanggal_ukur_terakhir="2026-03-02", tanggal_rujuk="2026-02-10")
    assert not asks(tikar="merah", tanggal_ukur_terakhir="2026-03-02", tanggal_rujuk="2026-03-02")


def test_red_tikar__stays_on_the_phone_until_the_child_is_referred(phone: OfflinePhone) -> None:
    red = child("Dewi", tikar="merah", tanggal_ukur_terakhir="2026-03-02")
    waiting = phone.visit(red, dirujuk="tidak", **RECEIVED)
    assert "sudah_lengkap" not in shown(waiting, "id")
    assert "rujuk ke Posyandu atau Puskesmas" in shown(waiting, "id")["kurang_rujukan"]
    assert told(waiting.finalize())["perlu"] == RED
    also = phone.visit(red, dirujuk="tidak", **(RECEIVED | {"timbang": "tidak"}))
    assert told(also.finalize())["perlu"] == f"penimbangan; {RED}"

    referred = phone.visit(red, dirujuk="ya", **RECEIVED)
    assert "sudah_lengkap" in shown(referred, "id")
    assert {name: told(referred.finalize())[name] for name in ("perlu", "tanggal_rujuk")} == {
        "perlu": "",
        "tanggal_rujuk": "2026-03-29",
    }


# -- through the server and back ---------------------------------------------------------------------------------------


def test_corrected_facts_are_on_the_phones_list_at_once_and_after_the_sync(
    station: Station, new_phone: Callable[[str], Phone]
) -> None:
    siti, dewi = new_id(), new_id()
    mothers = [(siti, {"nama": "Siti", "hpl": "2026-05-31", "nik": "1101014101900001", "status_kehamilan": "normal"})]
    children = [(dewi, {"nama": "Dewi", "tanggal_lahir": "2025-09-10", "jenis_kelamin": "P", "nik": PROVISIONAL})]
    station.send(mapped(new_id(), day="2026-03-01", mothers=mothers, children=children))
    with listening(station.app) as base:
        phone = new_phone(base + station.path("").rstrip("/"))
        phone.sync()

        def listed() -> tuple[str, str]:
            return (
                phone.lists["ibu_hamil"].entities[siti].properties["hpl"],
                phone.lists["anak"].entities[dewi].properties["nik"],
            )

        assert listed() == ("2026-05-31", PROVISIONAL)
        today = date(2026, 3, 9)
        stays: dict[str, Answer] = {"status_sasaran": "aktif"}
        of_siti = {
            "jenis_sasaran": "ibu_hamil",
            "ibu_hamil": siti,
            **stays,
            "betulkan": ["hpl"],
            "hpl": date(2026, 5, 10),
        }
        of_siti |= {"sudah_lahir": "tidak", **MONTHS, "air_minum": "ya", "jamban": "ya", "jaminan_kesehatan": "ya"}
        of_dewi = {"jenis_sasaran": "anak", "anak": dewi, **stays, "nik_baru": REAL, **RECEIVED, "status_gizi": "baik"}
        of_dewi |= {"air_minum_anak": "ya", "akta_lahir": "ya", "jaminan_kesehatan_anak": "ya"}
        for answers in (of_siti, of_dewi):
            phone.fill("kunjungan_rumah", {"saring": "semua", **answers}, today=today)
        assert listed() == ("2026-05-10", REAL)
        phone.send()
        phone.sync()
        assert listed() == ("2026-05-10", REAL)
    (row,) = [one for one in station.rows("entities") if one["id"] == siti]
    assert str(row["due_date"]) == "2026-05-10"

"""Who is on the village's list already is asked about while registering, out of signal: "sudah terdaftar?"."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import etree

from tests.support.form_engine import Answer, Engine, Filled
from tests.support.offline import TAKEN, OfflinePhone, answered, child, mother, refusal, shown


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


SITI = mother("Siti Aminah", tanggal_lahir="1996-05-02", nik="1101014205960001", label="● Siti Aminah · Mawar")
DEWI = child("Dewi", tanggal_lahir="2025-09-10", nik="1101015009250001", label="● Dewi · Mawar")
NOT_TWICE = {
    "ibu": (
        "Jangan didaftarkan dua kali: hapus isian ibu ini, lalu isi Kunjungan Rumah untuk ibu yang ada di daftar.",
        "Do not register her twice: delete this entry, then fill in the home visit for the one on the list.",
    ),
    "balita": (
        "Jangan didaftarkan dua kali: hapus isian anak ini, lalu isi Kunjungan Rumah untuk anak yang ada di daftar.",
        "Do not register the child twice: delete this entry, then fill in the home visit for the one on the list.",
    ),
}
QUESTION = {"ibu": "ibu/ibu_sama", "balita": "balita/anak_sama"}


def mapping(who: str, name: str, born: date, nik: str = "") -> dict[str, Answer]:
    """The social map as far as the person's name, day of birth and NIK."""
    return {
        "ada_ibu": "ya" if who == "ibu" else "tidak",
        "ada_balita": "ya" if who == "balita" else "tidak",
        f"{who}/nama": name,
        f"{who}/tanggal_lahir": born,
        f"{who}/nik": nik,
    }


@pytest.mark.parametrize(
    ("who", "name", "born", "nik", "found"),
    [
        ("ibu", "Siti Aminah", date(1996, 5, 2), "", "● Siti Aminah · Mawar"),
        ("ibu", "  siti  AMINAH ", date(1996, 5, 2), "", "● Siti Aminah · Mawar"),  # however it was typed
        ("ibu", "Aminah", date(1995, 1, 1), "1101014205960001", "● Siti Aminah · Mawar"),  # the NIK alone
        ("ibu", "Siti Aminah", date(1996, 5, 3), "", ""),  # born on another day
        ("ibu", "Siti", date(1996, 5, 2), "", ""),  # another name
        ("ibu", "Dewi", date(1996, 5, 2), "1101015009250001", ""),  # a child's name and NIK
        ("balita", "Dewi", date(2025, 9, 10), "", "● Dewi · Mawar"),
        ("balita", "Dewi Sartika", date(2025, 9, 12), "1101015009250001", "● Dewi · Mawar"),
        ("balita", "Dewi", date(2025, 9, 9), "", ""),
        ("balita", "Ali", date(2025, 9, 10), "1101015009250002", ""),
    ],
)
def test_social_map__asks_about_whom_the_list_has(
    phone: OfflinePhone, who: str, name: str, born: date, nik: str, found: str
) -> None:
    entry = answered(phone.open("peta_sosial", SITI, DEWI), mapping(who, name, born, nik))
    question = QUESTION[who]
    assert entry.asks(question) == bool(found)
    if found:
        assert found in shown(entry, "id")[question.rpartition("/")[2]]
        assert refusal(entry, question, "ya") == NOT_TWICE[who]
        assert refusal(entry, question, "tidak") == TAKEN


def test_social_map__names_all_of_that_name_and_day(phone: OfflinePhone) -> None:
    twins = [{**DEWI, "name": f"anak-{dusun}", "label": f"● Dewi · {dusun}"} for dusun in "AB"]
    entry = answered(phone.open("peta_sosial", *twins), mapping("balita", "Dewi", date(2025, 9, 10)))
    assert "● Dewi · A, ● Dewi · B" in shown(entry, "en")["anak_sama"]


def test_social_map__does_not_ask_about_who_has_left(phone: OfflinePhone) -> None:
    gone = {**DEWI, "status": "pindah"}
    assert not answered(phone.open("peta_sosial", gone), mapping("balita", "Dewi", date(2025, 9, 10))).asks(
        "balita/anak_sama"
    )


def created(filled: Filled) -> list[str]:
    """The lists in which the form makes somebody."""
    made = etree.fromstring(filled.xml.encode()).xpath("//*[local-name()='entity'][@create='1' or @create='true']")
    return [str(entity.get("dataset")) for entity in made]


@pytest.mark.parametrize(("answer", "lists"), [("ya", []), ("tidak", ["anak"])])
def test_birth__of_a_baby_on_the_list_registers_it_no_second_time(
    phone: OfflinePhone, answer: str, lists: list[str]
) -> None:
    baby = child("Bayi Siti", tanggal_lahir="2026-03-20", label="● Bayi Siti · Mawar")
    entry = phone.open("kunjungan_rumah", SITI, baby)
    answered(entry, {"jenis_sasaran": "ibu_hamil", "ibu_hamil": SITI["name"]})
    born = {"sudah_lahir": "ya", "tanggal_melahirkan": date(2026, 3, 20), "bayi_hidup": "ya", "nama_bayi": "bayi siti"}
    answered(entry, born)
    assert entry.asks("bayi_sama")
    well = {"periksa_nifas": 1, "jenis_kelamin_bayi": "P", "air_minum": "ya", "jamban": "ya", "jaminan_kesehatan": "ya"}
    filled = entry.fill({**well, "bayi_sama": answer})
    assert created(filled) == lists


def test_edit__of_the_form_that_registered_her_does_not_ask_about_herself(phone: OfflinePhone) -> None:
    answers = mapping("ibu", "Siti Aminah", date(1996, 5, 2)) | {
        **{"nama_kepala": "Budi", "dusun": "Mawar", "sumber_air": "ledeng", "tempat_bab": "tidak_ada"},
        **{"jenis_rentan": "tidak_ada", "ibu/sudah_lahir": "tidak", "ibu/hpl": date(2026, 5, 31)},
        **{"ibu/status_kehamilan": "normal", "ibu/jaminan_kesehatan": "ya"},
    }
    sent = phone.open("peta_sosial").fill(answers)
    (id_,) = etree.fromstring(sent.xml.encode()).xpath("//*[local-name()='entity'][@dataset='ibu_hamil']/@id")
    edit = phone.open("peta_sosial", {**SITI, "name": str(id_)}, saved=sent)
    assert not edit.asks("ibu/ibu_sama")
    other = phone.open("peta_sosial", {**SITI, "name": "somebody-else"}, saved=sent)
    assert other.asks("ibu/ibu_sama")

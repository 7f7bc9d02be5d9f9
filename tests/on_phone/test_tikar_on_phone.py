"""The height check on the phone: early detection only, in plain words, and measured again where it cannot be."""

from __future__ import annotations

import re

import pytest

from tests.support.form_engine import Engine
from tests.support.offline import OfflinePhone, child, shown


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


DIAGNOSIS = re.compile(r"stunt|kerdil|pendek|gizi buruk|malnourish|short|didiagnosis|diagnos", re.IGNORECASE)
LENGTHS = {-4.5: 56.3, -2.5: 60.9, -1: 64.3, 4: 75.8}  # z of a girl of 200 days


@pytest.mark.parametrize("colour", ["hijau", "kuning", "merah"])
@pytest.mark.parametrize("length", LENGTHS.values(), ids=[f"z={z}" for z in LENGTHS])
def test_result_says_early_detection_only_and_gives_no_diagnosis(
    phone: OfflinePhone, colour: str, length: float
) -> None:
    entry = phone.measure(child("Dewi"), panjang_ukur=length, tikar=colour, diukur_oleh="kpm")
    for language, early in (("id", "deteksi dini saja"), ("en", "Early detection only")):
        entry.language(language)
        texts = [f"{screen.label} {screen.hint}" for screen in entry.screens()]
        result = [screen.label for screen in entry.screens() if "/hasil/" in screen.path]
        assert any(early in text for text in result)
        assert [text for text in texts if DIAGNOSIS.search(text)] == []


@pytest.mark.parametrize(("colour", "word", "other"), [("kuning", "kuning", "yellow"), ("merah", "merah", "red")])
def test_result_of_a_colour_says_what_to_do_next(phone: OfflinePhone, colour: str, word: str, other: str) -> None:
    entry = phone.measure(child("Dewi"), panjang_ukur=60.9, tikar=colour, diukur_oleh="kpm")
    assert re.search(rf"{word}.*(Ukur lagi|diukur ulang).*", shown(entry, "id")[f"warna_{colour}"])
    assert re.search(rf"{other}.*(Measure again|measured again).*", shown(entry, "en")[f"warna_{colour}"])


def test_colour_without_z_score_is_early_detection_too(phone: OfflinePhone) -> None:
    # Nobody noted the child's sex: no z-score, but the colour was seen.
    entry = phone.measure(child("Dewi", jenis_kelamin=""), panjang_ukur=60.9, tikar="merah", diukur_oleh="kpm")
    assert entry.value("/data/z_tbu") == ""
    assert "deteksi dini saja" in shown(entry, "id")["dini"]
    assert "Early detection only" in shown(entry, "en")["dini"]


@pytest.mark.parametrize(("colour", "word", "other"), [("kuning", "kuning", "yellow"), ("merah", "merah", "red")])
def test_visit_repeats_the_colour_on_the_list_as_early_detection(
    phone: OfflinePhone, colour: str, word: str, other: str
) -> None:
    entry = phone.visit(child("Dewi", tikar=colour))
    for language, said in (("id", (word, "deteksi dini saja", "ukur lagi")), ("en", (other, "early detection only"))):
        text = shown(entry, language)[f"tikar_{colour}"]
        assert [part for part in said if part not in text] == []
        assert not DIAGNOSIS.search(text)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (56.3, "z_sangat_pendek"),
        (60.9, "z_pendek"),
        (64.3, "z_sesuai"),
        (75.8, "z_tinggi"),
        (45, "z_janggal"),
    ],
)
def test_z_score_is_put_in_words(phone: OfflinePhone, length: float, expected: str) -> None:
    entry = phone.measure(child("Dewi"), panjang_ukur=length, tikar="kuning")
    assert [name for name in shown(entry, "id") if name.startswith("z_")] == [expected]


@pytest.mark.parametrize(
    ("colour", "length", "again"),
    [
        ("hijau", 64.3, False),
        ("hijau", 60.9, True),  # green though below -2
        ("merah", 60.9, False),
        ("merah", 64.3, True),  # red though above -2
        ("kuning", 60.9, False),
        ("kuning", 64.3, False),
        ("kuning", 45, True),  # nobody is that short: a slip
    ],
)
def test_phone_asks_to_measure_again_where_colour_and_number_disagree(
    phone: OfflinePhone, colour: str, length: float, again: bool
) -> None:
    entry = phone.measure(child("Dewi"), panjang_ukur=length, tikar=colour)
    assert entry.asks("panjang_ulang") == again
    if again:
        assert "Ukur sekali lagi" in shown(entry, "id")["panjang_ulang"]
        assert "Measure once more" in shown(entry, "en")["panjang_ulang"]


def test_second_length_counts_and_settles_it(phone: OfflinePhone) -> None:
    entry = phone.measure(child("Dewi"), panjang_ukur=60.9, tikar="hijau")
    assert "masih_beda" in shown(entry, "id")
    entry.answer("panjang_ulang", 64.3)
    assert entry.value("/data/panjang") == "64.3"
    assert float(entry.value("/data/z_tbu")) == pytest.approx(-1, abs=0.05)
    assert "masih_beda" not in shown(entry, "id")


def test_standing_before_nine_months_is_questioned(phone: OfflinePhone) -> None:
    entry = phone.measure(child("Dewi"))
    assert entry.value("/data/posisi") == "baring"
    assert "posisi_salah" not in shown(entry, "id")
    entry.answer("posisi", "berdiri")
    assert "sambil **berbaring**" in shown(entry, "id")["posisi_salah"]
    assert "Measure it **lying**" in shown(entry, "en")["posisi_salah"]

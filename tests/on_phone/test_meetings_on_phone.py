"""The village meetings on the phone: activities are agreed once a year, and followed every quarter from the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from tests.support.form_engine import Answer, Engine, Entry, File, Filled
from tests.support.listening import listening
from tests.support.offline import TAKEN, OfflinePhone, activity, answered, questions_asked, refusal, shipped_form, shown
from tests.support.phone import Phone
from tests.support.phone_lists import FormEntity, form_entities
from tests.support.station import OTHER_VILLAGE, Station

CAME: Mapping[str, Answer] = {"peserta_laki": 12, "peserta_perempuan": 18, "unsur": ["pemdes", "bpd", "sasaran"]}
YEARLY: Mapping[str, Answer] = {"tanggal": date(2026, 1, 8), "jenis_rembuk": "perubahan", **CAME}
LATRINES: Mapping[str, Answer] = {
    "bidang": "pembangunan",
    "nama_kegiatan": "Jamban sehat",
    "sektor": "air",
    "sasaran_kegiatan": "12 rumah tanpa jamban",
    "penanggung_jawab": "Kepala Dusun Mawar",
    "tenggat": date(2026, 6, 30),
    "indikator": ["ih7_a7"],
    "rumah_tangga": ["rumah-budi"],
    "sumber_dana": "dana_desa",
    "anggaran_total": 60_000_000,
    "anggaran_stunting": 60_000_000,
}
# Where no household is on the phone's list yet.
OF_NOBODY: Mapping[str, Answer] = {name: said for name, said in LATRINES.items() if name != "rumah_tangga"} | {
    "jumlah_sasaran": 12
}
CLASSES: Mapping[str, Answer] = {
    "bidang": "pemberdayaan",
    "nama_kegiatan": "Kelas ibu hamil",
    "sektor": "kesehatan",
    "sasaran_kegiatan": "25 ibu hamil",
    "penanggung_jawab": "Bidan desa",
    "tenggat": date(2026, 12, 31),
    "indikator": ["tidak_dihitung"],
    "sumber_dana": "apbd",
    "anggaran_total": 12_500_000,
    "anggaran_stunting": 2_500_000,
}


def agreed(*activities: Mapping[str, Answer]) -> dict[str, Answer]:
    return {
        f"kegiatan[{number}]/{question}": answer
        for number, one in enumerate(activities, 1)
        for question, answer in one.items()
    }


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


def yearly(phone: OfflinePhone, *activities: Mapping[str, Answer]) -> Entry:
    """A Rembuk Stunting as far as the activities."""
    return answered(phone.open("rembuk_stunting"), {**YEARLY, **agreed(*activities)})


def quarterly(phone: OfflinePhone, *listed: Mapping[str, str]) -> Entry:
    """A meeting of the first quarter of 2026, as far as who came, with these activities on the phone."""
    return answered(phone.open("rapat_triwulan", *listed), {"triwulan_rapat": "ini", **CAME})


def changes(form_id: str, filled: Filled) -> list[FormEntity]:
    return form_entities(filled.xml, shipped_form(form_id).xml)


def stands(entry: Entry, field: str, place: int = 1) -> str:
    """What is in a field of one of the quarterly meeting's activities."""
    return entry.value(f"/data/kegiatan[position() = {place}]/{field}")


def of_activities(entry: Entry) -> list[str]:
    """What the quarterly meeting asks of the activities."""
    names = questions_asked(entry, "rapat_triwulan")
    return names[names.index("unsur") + 1 : names.index("kendala")]


# -- the yearly meeting ------------------------------------------------------------------------------------------------


def test_each_agreed_activity_goes_on_the_list_as_not_begun(phone: OfflinePhone) -> None:
    filled = yearly(phone, LATRINES, CLASSES).finalize()
    created = changes("rembuk_stunting", filled)
    assert [(one.action, one.list, one.label) for one in created] == [
        ("create", "kegiatan", "Jamban sehat"),
        ("create", "kegiatan", "Kelas ibu hamil"),
    ]
    assert [one.id for one in created] == [filled.value(f"kegiatan[{place}]/id_kegiatan") for place in (1, 2)]
    assert created[0].id != created[1].id
    assert created[1].properties == {
        "bidang": "pemberdayaan",
        "nama": "Kelas ibu hamil",
        "sektor": "kesehatan",
        "penanggung_jawab": "Bidan desa",
        "tenggat": "2026-12-31",
        "sumber_dana": "apbd",
        "anggaran_total": "12500000",
        "anggaran_stunting": "2500000",
        "tahun": "2026",
        "keadaan": "belum",
        "realisasi": "0",
    }


@pytest.mark.parametrize(("kind", "year"), [("tahunan", "2027"), ("perubahan", "2026")])
def test_year_is_the_next_one_or_this_one_and_can_be_changed(phone: OfflinePhone, kind: str, year: str) -> None:
    entry = answered(phone.open("rembuk_stunting"), {"jenis_rembuk": kind})
    assert entry.value("/data/tahun") == year
    said = (
        "Pilih tahun rembuk ini atau satu tahun sesudahnya. Periksa juga tanggal rembuk.",
        "Write the year of this meeting or the one after it. Check the date of the meeting, too.",
    )
    for number, wanted in ((2025, said), (2026, TAKEN), (2027, TAKEN), (2028, said)):
        assert refusal(entry, "tahun", number) == wanted


def test_sums_are_shown_after_each_activity_and_at_the_end(phone: OfflinePhone) -> None:
    entry = yearly(phone, LATRINES)
    assert shown(entry, "id")["sampai_di_sini"] == (
        "Sampai di sini **1 kegiatan**: anggaran **Rp 60.000.000**, untuk stunting **Rp 60.000.000** (100 %)."
    )
    answered(entry, {f"kegiatan[2]/{question}": answer for question, answer in CLASSES.items()})
    assert shown(entry, "en")["sampai_di_sini"] == (
        "So far **2 activities**: budget **Rp 72.500.000**, for stunting **Rp 62.500.000** (86 %)."
    )
    assert shown(entry, "en")["dari_dana_desa"] == (
        "From the Village Fund: **Rp 60.000.000**, for stunting **Rp 60.000.000**. "
        "This goes into table 5 of Formulir 4."
    )
    assert "**2 kegiatan** untuk tahun 2026: anggaran **Rp 72.500.000**" in shown(entry, "id")["ringkasan"]


def test_activity_that_is_being_typed_does_not_spoil_the_sums(phone: OfflinePhone) -> None:
    entry = yearly(phone, LATRINES)
    entry.answer("kegiatan[2]/nama_kegiatan", "Kelas ibu hamil")
    assert entry.value("/data/jumlah_total_rp") == "Rp 60.000.000"


def test_sums_beyond_what_a_whole_number_holds_are_right(phone: OfflinePhone) -> None:
    big = {**LATRINES, "anggaran_total": 999_999_999, "anggaran_stunting": 1_005}
    filled = yearly(phone, big, big, big).finalize()
    assert filled.value("jumlah_total") == "2999999997"
    assert filled.value("jumlah_total_rp") == "Rp 2.999.999.997"
    assert filled.value("jumlah_stunting_rp") == "Rp 3.015"
    assert filled.value("persen_stunting") == "0"


@pytest.mark.parametrize("rupiah", [15, 9_999, 1_000_000_000])
def test_budget_in_thousands_or_millions_is_refused(phone: OfflinePhone, rupiah: int) -> None:
    entry = yearly(phone)
    assert refusal(entry, "kegiatan/anggaran_total", rupiah) == (
        "Tulis rupiah penuh, bukan ribuan atau juta: 15 juta ditulis 15000000. Paling banyak Rp 999.999.999; "
        "bagi kegiatan yang lebih besar menjadi beberapa tahap.",
        "Write full rupiah, not thousands or millions: 15 million is written 15000000. At most Rp 999.999.999; "
        "enter a bigger activity in stages.",
    )


@pytest.mark.parametrize("rupiah", [0, 10_000, 999_999_999])
def test_budget_in_rupiah_is_taken(phone: OfflinePhone, rupiah: int) -> None:
    assert refusal(yearly(phone), "kegiatan/anggaran_total", rupiah) == TAKEN


MORE_THAN_ALL = (
    "Tidak boleh lebih dari anggaran kegiatan. Kecilkan angka ini, atau betulkan anggaran kegiatan.",
    "Not more than the activity's budget. Write a smaller number, or correct the budget.",
)


@pytest.mark.parametrize(
    ("rupiah", "said"), [(0, TAKEN), (60_000_000, TAKEN), (60_000_001, MORE_THAN_ALL), (-1, MORE_THAN_ALL)]
)
def test_share_for_stunting_is_no_more_than_the_budget(phone: OfflinePhone, rupiah: int, said: tuple[str, str]) -> None:
    assert refusal(yearly(phone, LATRINES), "kegiatan/anggaran_stunting", rupiah) == said


@pytest.mark.parametrize("form_id", ["rembuk_stunting", "rapat_triwulan"])
def test_somebody_came(phone: OfflinePhone, form_id: str) -> None:
    entry = answered(
        phone.open(form_id, activity("a")), {} if form_id == "rembuk_stunting" else {"triwulan_rapat": "ini"}
    )
    entry.answer("peserta_laki", 0)
    assert refusal(entry, "peserta_perempuan", 0) == (
        "Jumlah peserta antara 0 dan 1.000 orang, dan paling sedikit satu orang hadir.",
        "Between 0 and 1,000 people, and at least one person came.",
    )
    assert refusal(entry, "peserta_perempuan", 1) == TAKEN
    assert refusal(entry, "peserta_laki", 1001)[1] == "Between 0 and 1,000 people."


def test_what_is_agreed_already_is_shown_and_not_to_be_entered_twice(phone: OfflinePhone) -> None:
    entry = phone.open(
        "rembuk_stunting", activity("Jamban sehat"), activity("Posyandu"), activity("Lama", tahun="2025")
    )
    answered(entry, {**YEARLY, "kegiatan/nama_kegiatan": "Jamban sehat"})
    assert "**Jamban sehat; Posyandu**" in shown(entry, "id")["sudah_ada"]
    assert "already there for 2026" in shown(entry, "en")["nama_ganda"]
    entry.answer("kegiatan/nama_kegiatan", "Kelas ibu hamil")
    assert "nama_ganda" not in shown(entry, "id")


def test_all_of_dana_desa_is_asked_for_each_field_and_is_at_least_what_its_activities_cost(phone: OfflinePhone) -> None:
    entry = yearly(phone, LATRINES, CLASSES)  # the classes are not paid from Dana Desa
    too_little = refusal(entry, "dana_desa/dana_desa_pembangunan", 59_999_999)
    assert too_little[0].endswith("Paling sedikit sebesar kegiatan bidang ini dari Dana Desa di atas.")
    assert too_little[1].endswith("At least as much as this field's activities above from the Village Fund.")
    assert refusal(entry, "dana_desa/dana_desa_pemberdayaan", 15)[0].startswith("Tulis rupiah penuh")
    answered(entry, {"dana_desa/dana_desa_pembangunan": 2_850_000_000, "dana_desa/dana_desa_pemberdayaan": 0})
    filled = entry.finalize()
    assert float(filled.value("dana_desa/dana_desa_pembangunan")) == 2_850_000_000  # more than 32 bits hold
    assert float(filled.value("dana_desa/dana_desa_pemberdayaan")) == 0


def test_all_of_dana_desa_may_be_left_blank(phone: OfflinePhone) -> None:
    filled = yearly(phone, LATRINES).finalize()
    assert filled.value("dana_desa/dana_desa_pembangunan") == ""


def test_missing_photo_of_the_minutes_is_told_and_does_not_keep_from_sending(phone: OfflinePhone) -> None:
    entry = yearly(phone, LATRINES)
    assert shown(entry, "id")["foto_belum_ada"].startswith("**Foto berita acara belum ada.**")
    entry.answer("berita_acara", File("berita.jpg", b"\xff\xd8foto"))
    filled = entry.finalize()
    assert filled.value("berita_acara") == "berita.jpg"
    assert filled.seen("foto_belum_ada", "id") == ""


# -- the quarterly meeting ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "this", "last"),
    [
        (date(2026, 1, 1), "2026-Q1", "2025-Q4"),
        (date(2026, 3, 29), "2026-Q1", "2025-Q4"),
        (date(2025, 12, 31), "2025-Q4", "2025-Q3"),
        (date(2025, 10, 1), "2025-Q4", "2025-Q3"),
        (date(2025, 9, 30), "2025-Q3", "2025-Q2"),
        (date(2025, 4, 1), "2025-Q2", "2025-Q1"),
    ],
)
def test_running_or_last_quarter_is_spoken_of(phone: OfflinePhone, day: date, this: str, last: str) -> None:
    entry = answered(phone.open("rapat_triwulan"), {"tanggal": day})
    entry.language("id")
    assert entry.choices("triwulan_rapat") == {"ini": f"Triwulan ini ({this})", "lalu": f"Triwulan lalu ({last})"}
    for choice, quarter in (("ini", this), ("lalu", last)):
        entry.answer("triwulan_rapat", choice)
        assert entry.value("/data/triwulan") == quarter


def test_exactly_the_activities_of_the_year_are_gone_through_with_what_was_known_of_them(phone: OfflinePhone) -> None:
    entry = quarterly(
        phone,
        activity("Jamban sehat", keadaan="berjalan", realisasi="2500000"),
        activity("Tahun lalu", tahun="2025", keadaan="selesai"),
        activity("Kelas ibu hamil"),
        activity("Tahun depan", tahun="2027"),
    )
    one = ["keadaan", "realisasi", "keterangan"]
    assert of_activities(entry) == [*one, "keadaan", "keterangan"]  # nothing is spent on what has not begun
    assert [stands(entry, "nama_kegiatan", place) for place in (1, 2)] == ["Jamban sehat", "Kelas ibu hamil"]
    assert [stands(entry, "keadaan", place) for place in (1, 2)] == ["berjalan", "belum"]
    assert stands(entry, "realisasi") == "2500000"
    read = [screen.label for screen in entry.screens() if screen.path.endswith("yang_dibahas")]
    assert read == [
        "**1/2. Jamban sehat**. Anggaran stunting Rp 10.000.000, realisasi terakhir Rp 2.500.000.",
        "**2/2. Kelas ibu hamil**. Anggaran stunting Rp 10.000.000, realisasi terakhir Rp 0.",
    ]


def test_what_is_left_of_the_last_year_is_gone_through_until_it_is_finished_or_called_off(phone: OfflinePhone) -> None:
    entry = quarterly(
        phone,
        activity("Sumur", tahun="2025", keadaan="berjalan", realisasi="4000000"),
        *(activity(state, tahun="2025", keadaan=state) for state in ("selesai", "batal")),
        activity("Lebih lama", tahun="2024"),
        activity("Jamban", realisasi="1000000", keadaan="berjalan"),
    )
    assert shown(entry, "id")["janji_tahun_lalu"] == "Ditambah janji tahun lalu yang belum selesai: **1**"
    assert [stands(entry, "nama_kegiatan", place) for place in (1, 2)] == ["Jamban", "Sumur"]
    assert shown(entry, "en")["dari_tahun_lalu"].startswith("A promise of **2025** that is not finished.")
    answered(entry, {"kegiatan[2]/keadaan": "selesai", "kegiatan[2]/realisasi": 9_000_000})
    assert shown(entry, "id")["ringkasan"].startswith(
        "**1 kegiatan** tahun 2026: realisasi **Rp 1.000.000** dari anggaran stunting **Rp 10.000.000**"
    )
    entry.answer("keputusan", "Dilanjutkan")
    told = changes("rapat_triwulan", entry.finalize())
    assert [(one.action, one.id, one.properties) for one in told] == [
        ("update", "Jamban", {"keadaan": "berjalan", "realisasi": "1000000"}),
        ("update", "Sumur", {"keadaan": "selesai", "realisasi": "9000000"}),
    ]


def test_what_is_said_of_an_activity_goes_on_the_list(phone: OfflinePhone) -> None:
    entry = quarterly(phone, activity("jamban", keadaan="berjalan"), activity("kelas"))
    answered(entry, {"kegiatan[1]/keadaan": "selesai", "kegiatan[1]/realisasi": 9_000_000, "keputusan": "Dilanjutkan"})
    told = changes("rapat_triwulan", entry.finalize())
    assert [(one.action, one.list, one.id, one.properties) for one in told] == [
        ("update", "kegiatan", "jamban", {"keadaan": "selesai", "realisasi": "9000000"}),
        ("update", "kegiatan", "kelas", {"keadaan": "belum"}),
    ]


def test_what_begins_asks_for_the_money_and_does_not_guess_it(phone: OfflinePhone) -> None:
    entry = quarterly(phone, activity("kelas"))
    entry.answer("kegiatan/keadaan", "berjalan")
    assert of_activities(entry) == ["keadaan", "realisasi", "keterangan"]
    assert stands(entry, "realisasi") == ""


def test_cancelled_activity_is_shown_as_such_and_stays_so(phone: OfflinePhone) -> None:
    entry = quarterly(phone, activity("kelas", keadaan="batal", realisasi="500000"), activity("jamban"))
    assert shown(entry, "id")["sudah_batal"].startswith("Sudah **dibatalkan** dalam rapat sebelumnya.")
    assert "without the cancelled ones" in shown(entry, "en")["ringkasan"]
    assert "**Rp 500.000** spent of the budget for stunting **Rp 10.000.000**" in shown(entry, "en")["ringkasan"]
    entry.answer("keputusan", "Dilanjutkan")
    (kept, _) = changes("rapat_triwulan", entry.finalize())
    assert kept.properties == {"keadaan": "batal", "realisasi": "500000"}


@pytest.mark.parametrize(
    ("rupiah", "note", "said"),
    [
        (1_999_999, "realisasi_turun", ("lebih kecil dari yang terakhir (Rp 2.000.000)", "less than was spent last")),
        (10_000_001, "realisasi_lebih", ("lebih besar dari anggaran stunting (Rp 10.000.000)", "more than the budget")),
    ],
)
def test_unlikely_spending_is_asked_about_and_can_be_confirmed(
    phone: OfflinePhone, rupiah: int, note: str, said: tuple[str, str]
) -> None:
    entry = quarterly(phone, activity("jamban", keadaan="berjalan", realisasi="2000000"))
    entry.answer("kegiatan/realisasi", rupiah)
    assert said[0] in shown(entry, "id")[note]
    assert said[1] in shown(entry, "en")[note]
    assert refusal(entry, "kegiatan/realisasi_benar", "tidak") == (
        "Kembali dan betulkan realisasi.",
        "Go back and correct the amount spent.",
    )
    assert refusal(entry, "kegiatan/realisasi_benar", "ya") == TAKEN
    entry.answer("keputusan", "Dilanjutkan")
    assert entry.finalize().value("kegiatan/realisasi") == str(rupiah)


@pytest.mark.parametrize("rupiah", [2_000_000, 10_000_000])
def test_likely_spending_is_not_asked_about(phone: OfflinePhone, rupiah: int) -> None:
    entry = quarterly(phone, activity("jamban", keadaan="berjalan", realisasi="2000000"))
    entry.answer("kegiatan/realisasi", rupiah)
    assert of_activities(entry) == ["keadaan", "realisasi", "keterangan"]


@pytest.mark.parametrize(("rupiah", "taken"), [(0, True), (999, False), (15, False), (1_000, True), (10**9, False)])
def test_spending_in_thousands_or_millions_is_refused(phone: OfflinePhone, rupiah: int, taken: bool) -> None:
    entry = quarterly(phone, activity("jamban", keadaan="berjalan"))
    said = refusal(entry, "kegiatan/realisasi", rupiah)
    assert (said == TAKEN) == taken
    if not taken:
        assert said[0].startswith("Tulis rupiah penuh, bukan ribuan atau juta: 15 juta ditulis 15000000.")
        assert said[1].startswith("Write full rupiah, not thousands or millions: 15 million is written 15000000.")


def test_state_that_went_back_can_take_its_money_back(phone: OfflinePhone) -> None:
    entry = quarterly(phone, activity("jamban", keadaan="berjalan", realisasi="2000000"))
    answered(entry, {"kegiatan/keadaan": "belum", "kegiatan/realisasi": 0, "kegiatan/realisasi_benar": "ya"})
    entry.answer("keputusan", "Dilanjutkan")
    (told,) = changes("rapat_triwulan", entry.finalize())
    assert told.properties == {"keadaan": "belum", "realisasi": "0"}


def test_without_activities_the_form_says_what_to_do_first(phone: OfflinePhone) -> None:
    entry = answered(phone.open("rapat_triwulan", activity("Lama", tahun="2025")), {"triwulan_rapat": "ini"})
    said = {}
    for language in ("id", "en"):
        entry.language(language)
        said[language] = next(one for one in entry.screens() if one.path == "/data/tanpa_kegiatan")
    assert said["id"].label.startswith("**Belum ada kegiatan tahun 2026 di ponsel ini.**")
    assert said["id"].hint.startswith("Isi dulu formulir Rembuk Stunting.")
    assert said["en"].label.startswith("**There are no activities of 2026 on this phone.**")
    assert said["en"].hint.startswith("Fill in the form of the Rembuk Stunting first.")
    assert refusal(entry, "tanpa_kegiatan", "tidak") == (
        "Buang isian ini, isi dulu formulir Rembuk Stunting atau perbarui formulir, lalu mulai lagi.",
        "Discard this form, fill in the Rembuk Stunting first or update the forms, and begin again.",
    )
    entry.answer("triwulan_rapat", "lalu")
    assert not entry.asks("tanpa_kegiatan")


def test_meeting_without_activities_is_recorded_all_the_same(phone: OfflinePhone) -> None:
    answers = {"triwulan_rapat": "ini", "tanpa_kegiatan": "ya", **CAME, "keputusan": "Rembuk diadakan bulan depan"}
    filled = phone.open("rapat_triwulan").fill(answers)
    assert filled.value("triwulan") == "2026-Q1"
    assert etree.fromstring(filled.xml.encode()).findall("kegiatan") == []


def test_quarter_can_be_changed_until_the_list_is_open_and_then_only_within_its_year(phone: OfflinePhone) -> None:
    entry = phone.open("rapat_triwulan", activity("Lama", tahun="2025", keadaan="selesai"), activity("Jamban sehat"))
    answered(entry, {"triwulan_rapat": "lalu"})
    assert refusal(entry, "triwulan_rapat", "ini") == TAKEN
    answered(entry, CAME)
    assert stands(entry, "nama_kegiatan") == "Jamban sehat"
    assert refusal(entry, "triwulan_rapat", "lalu") == (
        "Kegiatan tahun lain sudah terbuka di isian ini. Kembalikan tanggal dan triwulannya, atau buang isian ini dan "
        "mulai yang baru.",
        "The activities of another year are already open here. Set date and quarter back, or discard this form and "
        "begin a new one.",
    )
    assert stands(entry, "keadaan") == "belum"


@pytest.mark.parametrize("form_id", ["rembuk_stunting", "rapat_triwulan"])
def test_nothing_on_the_screens_lacks_a_language(phone: OfflinePhone, form_id: str) -> None:
    entry = yearly(phone, LATRINES) if form_id == "rembuk_stunting" else quarterly(phone, activity("Jamban sehat"))
    read = {}
    for language in ("id", "en"):
        entry.language(language)
        read[language] = [(one.label, one.hint) for one in entry.screens()]
    for (label, hint), (english, english_hint) in zip(read["id"], read["en"], strict=True):
        assert label and english and label != english
        assert bool(hint) == bool(english_hint)
        assert hint != english_hint or not hint


NEW: Mapping[str, Answer] = {
    "nama_baru": "Arisan jamban",
    "penanggung_jawab": "Kepala Dusun Mawar",
    "tenggat": date(2026, 6, 30),
    "sektor": "air",
    "indikator": ["ih7_a7"],
    "rumah_tangga": ["rumah-budi"],
    "anggaran_baru": 3_000_000,
    "sumber_dana": "lainnya",
}


def test_new_decisions_follow_the_activities_and_go_on_the_list(phone: OfflinePhone) -> None:
    entry = answered(phone.open("rapat_triwulan", activity("jamban")), {"triwulan_rapat": "ini", "jumlah_baru": 1})
    answered(entry, {**CAME, **{f"kegiatan[2]/keputusan_baru/{name}": said for name, said in NEW.items()}})
    entry.answer("keputusan", "Dilanjutkan")
    filled = entry.finalize()
    kept, made = changes("rapat_triwulan", filled)
    assert (kept.action, kept.id, kept.properties) == ("update", "jamban", {"keadaan": "belum"})
    assert (made.action, made.label, made.id) == ("create", "Arisan jamban", filled.value("kegiatan[2]/id_kegiatan"))
    assert made.properties == {
        "nama": "Arisan jamban",
        "penanggung_jawab": "Kepala Dusun Mawar",
        "tenggat": "2026-06-30",
        "sektor": "air",
        "anggaran_stunting": "3000000",
        "anggaran_total": "3000000",
        "sumber_dana": "lainnya",
        "tahun": "2026",
        "keadaan": "belum",
    }


def test_next_meeting_is_shown_who_answers_for_what_by_when(phone: OfflinePhone) -> None:
    entry = quarterly(phone, activity("jamban", penanggung_jawab="Kepala Dusun Mawar", tenggat="2026-06-30"))
    assert shown(entry, "id")["janjinya"] == "Penanggung jawab: **Kepala Dusun Mawar**. Tenggat: **30-06-2026**."
    assert shown(entry, "en")["janjinya"] == "Who answers for it: **Kepala Dusun Mawar**. Due: **30-06-2026**."


def test_services_are_those_of_the_sector_and_households_those_of_the_hamlet(phone: OfflinePhone) -> None:
    entry = yearly(phone, {**LATRINES, "rumah_tangga": []})
    entry.language("id")
    assert list(entry.choices("kegiatan/indikator")) == ["ih6_a6", "ih7_a7", "tidak_dihitung"]
    assert refusal(entry, "kegiatan/indikator", ["ih7_a7", "tidak_dihitung"])[1] == (
        'Choose services, or only "not counted".'
    )
    assert refusal(entry, "kegiatan/dusun_kegiatan", "Melati")[0].startswith("Tidak ada keluarga di dusun")
    assert refusal(entry, "kegiatan/dusun_kegiatan", "Mawar") == TAKEN
    assert list(entry.choices("kegiatan/rumah_tangga")) == ["rumah-budi"]
    entry.answer("kegiatan/indikator", ["tidak_dihitung"])
    assert not entry.asks("kegiatan/rumah_tangga")


@pytest.mark.parametrize(("day", "taken"), [("2025-12-31", False), ("2026-01-08", True), ("2027-12-31", True)])
def test_due_date_is_between_the_meeting_and_the_end_of_the_next_year(
    phone: OfflinePhone, day: str, taken: bool
) -> None:
    assert (refusal(yearly(phone, LATRINES), "kegiatan/tenggat", date.fromisoformat(day)) == TAKEN) == taken


# -- with the server ---------------------------------------------------------------------------------------------------


@pytest.fixture
def station(as_shipped: Station) -> Station:
    as_shipped.clock.now = datetime(2026, 1, 8, 2, tzinfo=UTC)
    return as_shipped


def listed(phone: Phone) -> dict[str, str]:
    """State and spending of each activity on the phone's list."""
    activities = phone.lists["kegiatan"].entities.values()
    return {one.label: f"{one.properties['keadaan']} {one.properties['realisasi']}" for one in activities}


def begun(phone: Phone, day: date) -> tuple[Entry, dict[str, int]]:
    """A meeting about the running quarter as far as who came, and the place of each activity in it."""
    entry = answered(phone.open("rapat_triwulan", today=day), {"triwulan_rapat": "ini", **CAME})
    entry.screens()  # she looks through all of it once, and the list unfolds
    places = range(1, int(entry.value("/data/jumlah_kegiatan")) + 1)
    return entry, {stands(entry, "nama_kegiatan", place): place for place in places}


def found(entry: Entry, places: Mapping[str, int]) -> dict[str, str]:
    """What stands in the meeting's form of each activity, before anything is answered."""
    return {
        name: f"{stands(entry, 'keadaan', place)} {stands(entry, 'realisasi', place)}".strip()
        for name, place in places.items()
    }


def test_activities_go_from_the_yearly_meeting_through_the_quarters(
    station: Station, new_phone: Callable[[str], Phone]
) -> None:
    with listening(station.app) as base:
        server_url = base + station.path("").rstrip("/")
        first, second = new_phone(server_url), new_phone(server_url)
        for phone in (first, second):
            phone.sync()
            assert listed(phone) == {}

        # Out of signal they are on the phone at once, and the quarterly meeting could begin.
        first.fill("rembuk_stunting", {**YEARLY, **agreed(OF_NOBODY, CLASSES)}, today=date(2026, 1, 8))
        just_agreed = {"Jamban sehat": "belum 0", "Kelas ibu hamil": "belum 0"}
        assert listed(first) == just_agreed
        assert begun(first, date(2026, 1, 9))[1].keys() == just_agreed.keys()
        first.send()
        for phone in (first, second):
            phone.sync()
            assert listed(phone) == just_agreed

        # The first quarter is met on one phone, the second on the other: it begins with what the first one said.
        station.clock.now = datetime(2026, 3, 27, 9, tzinfo=UTC)
        entry, places = begun(first, date(2026, 3, 27))
        assert found(entry, places) == {"Jamban sehat": "belum", "Kelas ibu hamil": "belum"}
        latrines = places["Jamban sehat"]
        answered(
            entry,
            {
                f"kegiatan[{latrines}]/keadaan": "berjalan",
                f"kegiatan[{latrines}]/realisasi": 20_000_000,
                "keputusan": "Lanjut",
            },
        )
        first.finish("rapat_triwulan", entry)
        assert listed(first) == {"Jamban sehat": "berjalan 20000000", "Kelas ibu hamil": "belum 0"}
        first.send()

        station.clock.now = datetime(2026, 6, 26, 9, tzinfo=UTC)
        second.sync()
        entry, places = begun(second, date(2026, 6, 26))
        assert found(entry, places) == {"Jamban sehat": "berjalan 20000000", "Kelas ibu hamil": "belum"}
        classes = places["Kelas ibu hamil"]
        answered(
            entry,
            {f"kegiatan[{classes}]/keadaan": "batal", f"kegiatan[{classes}]/realisasi": 0, "keputusan": "Dibatalkan"},
        )
        second.finish("rapat_triwulan", entry)
        second.send()
        first.sync()
        assert listed(first) == {"Jamban sehat": "berjalan 20000000", "Kelas ibu hamil": "batal 0"}
        entry, places = begun(first, date(2026, 9, 25))
        assert found(entry, places) == {"Jamban sehat": "berjalan 20000000", "Kelas ibu hamil": "batal 0"}

    assert [row["state"] for row in station.rows("submissions")] == ["accepted"] * 3
    of_meetings = station.rows("answers_rapat_triwulan__kegiatan")
    ids = {row["id_kegiatan"] for row in station.rows("answers_rembuk_stunting__kegiatan")}
    assert {row["id_kegiatan"] for row in of_meetings} == ids
    assert sorted((row["nama_kegiatan"], row["keadaan"], row["realisasi"] or 0) for row in of_meetings) == [
        ("Jamban sehat", "berjalan", 20_000_000),
        ("Jamban sehat", "berjalan", 20_000_000),
        ("Kelas ibu hamil", "batal", 0),
        ("Kelas ibu hamil", "belum", 0),
    ]


def test_the_other_village_knows_nothing_of_it(station: Station, new_phone: Callable[[str], Phone]) -> None:
    with listening(station.app) as base:
        ours = new_phone(base + station.path("").rstrip("/"))
        ours.sync()
        ours.fill("rembuk_stunting", {**YEARLY, **agreed(OF_NOBODY)}, today=date(2026, 1, 8))
        ours.send()
        theirs = new_phone(base + station.path("", OTHER_VILLAGE).rstrip("/"))
        theirs.sync()
        assert listed(theirs) == {}

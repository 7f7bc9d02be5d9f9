"""The forms that come with the project: pleasant to open in Excel, in two languages, and true to their promises.

Other software relies on the names below; they are written out here a second time on purpose.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.utils import get_column_letter

import forms
from forms.indicators.rules import SECTORS
from forms.xlsform.compiler import CompiledForm, compile_form
from server.publications import shipped
from server.queries import priorities

WORKBOOKS = Path(forms.__file__).parent / "workbooks"
FORMS = (
    "peta_sosial",
    "fasilitas",
    "kunjungan_rumah",
    "ukur_tinggi",
    "pantau_paud",
    "rembuk_stunting",
    "rapat_triwulan",
)
SERVICES = (
    "periksa_kehamilan pil_fe periksa_nifas konseling_gizi kunjungan_terpadu imunisasi timbang ukur kelas_pengasuhan"
    " paud air_minum jamban akta_lahir jaminan_kesehatan"
)
# The rows of Formulir 4 that an activity can promise to close; those of mothers and children in one.
PROMISED = "ih1 ih2 ih3 a1 a2 a3 ih4_a4 ih5_a5 ih6_a6 ih7_a7 a8 ih8_a9 a10 p1 tidak_dihitung"
SHEETS = ("survey", "choices", "settings", "entities")
INDONESIAN, ENGLISH = "::Bahasa Indonesia (id)", "::English (en)"
BIRTH_PLAN = "tempat_bersalin penolong_bersalin kendaraan_bersalin donor_darah biaya_bersalin"

FIELDS = {
    ("peta_sosial", ""): "tanggal no_kk dusun rt lokasi air_minum jamban rentan",
    ("peta_sosial", "ibu"): "keluarga nama nik no_kia tanggal_lahir hpl status_kehamilan jaminan_kesehatan"
    " tanggal_melahirkan dusun status tanggal_status",
    ("peta_sosial", "balita"): "keluarga nama nik no_kia jenis_kelamin tanggal_lahir dusun status tanggal_status"
    " status_gizi akta_lahir jaminan_kesehatan",
    ("kunjungan_rumah", ""): "tanggal jenis_sasaran ibu_hamil minggu_hamil status_kehamilan lila tanggal_melahirkan"
    " periksa_kehamilan pil_fe periksa_nifas konseling_gizi_ibu kunjungan_bidan air_minum jamban jaminan_kesehatan"
    " anak usia_bulan status_gizi imunisasi_dasar timbang berat_badan ukur konseling_ayah konseling_ibu"
    " kunjungan_terpadu air_minum_anak jamban_anak akta_lahir jaminan_kesehatan_anak pengasuhan masih_kurang"
    f" {BIRTH_PLAN}",
    ("ukur_tinggi", ""): "tanggal anak usia_hari panjang posisi berat z_tbu tikar diukur_oleh foto",
    ("fasilitas", ""): "tanggal jenis_pendataan fasilitas_lama jenis nama dusun lokasi cakupan layanan keadaan"
    + "".join(f" frekuensi_{service}" for service in SERVICES.split()),
    ("pantau_paud", ""): "tanggal anak ikut_paud lembaga",
    ("rembuk_stunting", ""): "tanggal tahun jenis_rembuk peserta_laki peserta_perempuan unsur berita_acara",
    ("rembuk_stunting", "kegiatan"): "id_kegiatan bidang nama_kegiatan sektor sasaran_kegiatan anggaran_total"
    " anggaran_stunting sumber_dana penanggung_jawab tenggat indikator dusun_kegiatan rumah_tangga jumlah_sasaran",
    ("rapat_triwulan", ""): "tanggal triwulan peserta_laki peserta_perempuan unsur kendala keputusan foto",
    ("rapat_triwulan", "kegiatan"): "id_kegiatan nama_kegiatan keadaan realisasi keterangan baru sektor"
    " anggaran_total sumber_dana penanggung_jawab tenggat indikator dusun_kegiatan rumah_tangga jumlah_sasaran",
}

MOTHER = "keluarga nama nik no_kia tanggal_lahir hpl status_kehamilan jaminan_kesehatan tanggal_melahirkan dusun"
CHILD = "keluarga nama nik no_kia jenis_kelamin tanggal_lahir dusun status tanggal_status"
SAVED = {
    ("peta_sosial", "keluarga"): "no_kk dusun rt lokasi air_minum jamban rentan",
    ("peta_sosial", "ibu_hamil"): f"{MOTHER} status tanggal_status perlu",
    ("peta_sosial", "anak"): f"{CHILD} status_gizi akta_lahir jaminan_kesehatan perlu",
    (
        "kunjungan_rumah",
        "ibu_hamil",
    ): f"hpl nik status_kehamilan jaminan_kesehatan tanggal_melahirkan status tanggal_status dusun perlu {BIRTH_PLAN}",
    ("kunjungan_rumah", "anak"): f"{CHILD} status_gizi akta_lahir jaminan_kesehatan tanggal_rujuk perlu",
    ("ukur_tinggi", "anak"): "tikar panjang_terakhir tanggal_ukur_terakhir",
    ("fasilitas", "fasilitas"): "jenis nama dusun lokasi cakupan layanan frekuensi keadaan",
    ("pantau_paud", "anak"): "ikut_paud perlu status tanggal_status dusun",
    ("rembuk_stunting", "kegiatan"): "tahun bidang nama sektor anggaran_total anggaran_stunting sumber_dana"
    " keadaan realisasi penanggung_jawab tenggat",
    ("rapat_triwulan", "kegiatan"): "keadaan realisasi tahun nama sektor anggaran_total anggaran_stunting sumber_dana"
    " penanggung_jawab tenggat",
}

# list, where its meta/entity stands, and whether it creates, updates, or asks first ("if")
ENTITIES = {
    "peta_sosial": {
        ("keluarga", "rumah_tangga", "create if", "update if"),
        ("ibu_hamil", "ibu", "create", ""),
        ("anak", "balita", "create", ""),
    },
    "kunjungan_rumah": {("ibu_hamil", "bagian_ibu", "", "update"), ("anak", "", "create if", "update if")},
    "ukur_tinggi": {("anak", "", "", "update")},
    "fasilitas": {("fasilitas", "", "create if", "update if")},
    "pantau_paud": {("anak", "", "", "update")},
    "rembuk_stunting": {("kegiatan", "kegiatan", "create if", "update if")},
    "rapat_triwulan": {("kegiatan", "kegiatan", "create if", "update if")},
}

CHOICES = {
    ("peta_sosial", "ya_tidak"): "ya tidak",
    ("peta_sosial", "jenis_kelamin"): "L P",
    ("peta_sosial", "status_kehamilan"): "normal kek risti kek_risti",
    ("peta_sosial", "status_gizi"): "baik kurang buruk stunting",
    ("kunjungan_rumah", "ya_tidak"): "ya tidak",
    ("kunjungan_rumah", "saring"): "butuh mendesak semua",
    ("kunjungan_rumah", "betulkan"): "hpl nik",
    ("kunjungan_rumah", "jenis_sasaran"): "ibu_hamil anak",
    ("kunjungan_rumah", "status_sasaran"): "aktif pindah_dusun pindah meninggal selesai",
    ("kunjungan_rumah", "status_kehamilan"): "normal kek risti kek_risti",
    ("kunjungan_rumah", "tempat_bersalin"): "puskesmas rumah_sakit bidan rumah belum",
    ("kunjungan_rumah", "penolong_bersalin"): "bidan dokter bukan_nakes belum",
    ("kunjungan_rumah", "kendaraan_bersalin"): "ambulans keluarga tetangga belum",
    ("kunjungan_rumah", "donor_darah"): "ada belum",
    ("kunjungan_rumah", "biaya_bersalin"): "jaminan tabungan bantuan belum",
    ("kunjungan_rumah", "status_gizi"): "baik kurang buruk stunting",
    ("kunjungan_rumah", "jenis_kelamin"): "L P",
    ("ukur_tinggi", "posisi"): "baring berdiri",
    ("ukur_tinggi", "tikar"): "hijau kuning merah",
    ("ukur_tinggi", "diukur_oleh"): "nakes kpm",
    ("fasilitas", "jenis_pendataan"): "baru lama",
    ("fasilitas", "cakupan"): "dusun desa",
    ("fasilitas", "layanan"): SERVICES,
    ("fasilitas", "frekuensi"): "setiap_hari mingguan bulanan triwulanan sewaktu_waktu",
    ("fasilitas", "keadaan"): "buka tutup",
    ("pantau_paud", "ya_tidak"): "ya tidak",
    ("pantau_paud", "saring"): "belum semua",
    ("pantau_paud", "status_sasaran"): "aktif pindah_dusun pindah meninggal",
    ("rembuk_stunting", "jenis_rembuk"): "tahunan perubahan",
    ("rembuk_stunting", "bidang"): "pembangunan pemberdayaan",
    ("rembuk_stunting", "sektor"): " ".join(SECTORS),
    ("rembuk_stunting", "sumber_dana"): "dana_desa apbd apbn lainnya",
    ("rembuk_stunting", "indikator"): PROMISED,
    ("rapat_triwulan", "indikator"): PROMISED,
    ("rapat_triwulan", "sektor"): " ".join(SECTORS),
    ("rapat_triwulan", "sumber_dana"): "dana_desa apbd apbn lainnya",
    ("rapat_triwulan", "keadaan"): "belum berjalan selesai batal",
}

NOT_FUTURE = ". <= today() and . >= date('2018-01-01')"
LIMITS = [
    ("peta_sosial", "tanggal", NOT_FUTURE),
    ("kunjungan_rumah", "tanggal", NOT_FUTURE),
    ("ukur_tinggi", "tanggal", NOT_FUTURE),
    ("fasilitas", "tanggal", NOT_FUTURE),
    ("pantau_paud", "tanggal", NOT_FUTURE),
    ("peta_sosial", "no_kk", "regex(., '^[0-9]{16}$')"),
    ("peta_sosial", "nik", "regex(., '^[0-9]{16}$')"),  # a mother's
    ("peta_sosial", "nik", "regex(., '^[0-9]{16,17}$')"),  # a child's; 17 digits where provisional
    ("kunjungan_rumah", "nik_bayi", "regex(., '^[0-9]{16}$')"),
    ("kunjungan_rumah", "nik_baru", "regex(., '^[0-9]{16}$')"),
    ("peta_sosial", "lila", ". >= 10 and . <= 50"),
    ("kunjungan_rumah", "lila", ". >= 10 and . <= 50"),
    ("kunjungan_rumah", "berat_badan", ". >= 0.5 and . <= 30"),
    ("ukur_tinggi", "berat", ". >= 0.5 and . <= 30"),
    ("ukur_tinggi", "panjang_ukur", ". >= 30 and . <= 130"),
    ("ukur_tinggi", "panjang_ulang", ". >= 30 and . <= 130"),
    ("kunjungan_rumah", "periksa_nifas", ". >= 0 and . <= 4"),
    ("rembuk_stunting", "tanggal", NOT_FUTURE),
    ("rembuk_stunting", "anggaran_stunting", ". >= 0 and . <= ${anggaran_total}"),
    ("rapat_triwulan", "tanggal", NOT_FUTURE),
]


@cache
def workbook(form: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(WORKBOOKS / f"{form}.xlsx")


@cache
def compiled(form: str) -> CompiledForm:
    return compile_form((WORKBOOKS / f"{form}.xlsx").read_bytes(), validate=True)


def rows(form: str, sheet: str) -> list[dict[str, str]]:
    """The sheet's rows as {column: text}, empty cells as ''."""
    header, *body = workbook(form)[sheet].iter_rows(values_only=True)
    return [{str(name): str(cell or "") for name, cell in zip(header, row, strict=True)} for row in body]


def questions(form: str) -> list[dict[str, str]]:
    """The survey's rows that a person answers."""
    unasked = ("calculate", "note", "start", "end", "csv-external", "begin_group", "begin_repeat", "end_group")
    return [row for row in rows(form, "survey") if row["type"] not in (*unasked, "end_repeat")]


def test_every_form_is_shipped__after_those_that_make_its_lists() -> None:
    assert tuple(path.stem for path in shipped.FORMS) == FORMS
    assert {path.stem for path in WORKBOOKS.glob("*.xlsx")} == {*FORMS, "indikator", "indikator_kumulatif", "mutu"}
    there = {path.stem for path in shipped.MEDIA.glob("*.csv")}
    for form in FORMS:
        there |= set(compiled(form).schema.lists)
        assert set(compiled(form).schema.reads) <= there, form


@pytest.mark.parametrize("form", FORMS)
def test_it_opens_on_a_sheet_that_explains_it(form: str) -> None:
    book = workbook(form)
    assert book.sheetnames == ["baca saya", *SHEETS]
    assert book.active is book["baca saya"]
    text = " ".join(str(cell) for row in book["baca saya"].iter_rows(values_only=True) for cell in row if cell)
    assert form in text
    assert "Naikkan version" in text
    assert "raise version" in text
    for page, command in (
        ("Unggah di halaman Formulir (/admin/formulir)", "Di server: kpm forms check"),
        ("upload it on the page Forms (/admin/formulir)", "On the server: kpm forms check"),
    ):
        assert 0 < text.index(page) < text.index(command), "who edits a form has a browser"
    promised = " ".join(names for (of, _), names in FIELDS.items() if of == form).split()
    assert [name for name in promised if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_table_is_pleasant_to_work_in(form: str) -> None:
    for sheet in (workbook(form)[name] for name in SHEETS):
        where = f"{form}/{sheet.title}"
        assert str(sheet.freeze_panes) in ("A2", "C2"), f"{where}: the header row stays in sight"
        assert sheet.auto_filter.ref == sheet.dimensions, f"{where}: every column can be filtered"
        header, *body = sheet.iter_rows()
        for number, cell in enumerate(header, 1):
            assert cell.font.bold, where
            assert cell.fill.fill_type == "solid", where
            assert 10 <= sheet.column_dimensions[get_column_letter(number)].width <= 75, f"{where}!{cell.coordinate}"
        assert {cell.font.name for row in (header, *body) for cell in row} == {"Calibri"}, where
        assert all(cell.alignment.wrap_text for row in (header, *body) for cell in row), where
        starts = {str(cell.value)[0] for row in body for cell in row if cell.value}
        assert not starts & set("'="), f"{where}: Excel reads a leading ' or = in its own way"


@pytest.mark.parametrize("form", FORMS)
def test_everything_a_person_reads_is_in_both_languages(form: str) -> None:
    for sheet in ("survey", "choices"):
        columns = [name.removesuffix(INDONESIAN) for name in rows(form, sheet)[0] if name.endswith(INDONESIAN)]
        for row in rows(form, sheet):
            one_language = [name for name in columns if bool(row[name + INDONESIAN]) != bool(row[name + ENGLISH])]
            assert one_language == [], f"{form}/{sheet}: {row['name']}"
            same = [name for name in columns if row[name + INDONESIAN] == row[name + ENGLISH] != ""]
            # A choice that is only a name from a list, such as a hamlet's, has no translation.
            only_a_name = re.fullmatch(r"\$\{\w+\}", row["label" + INDONESIAN])
            assert same == [] or row["name"] == "normal" or only_a_name, f"{form}/{sheet}: {row['name']}"
    assert rows(form, "settings")[0]["default_language"] == "Bahasa Indonesia (id)"


@pytest.mark.parametrize("form", FORMS)
def test_every_question_says_what_it_wants(form: str) -> None:
    for row in questions(form):
        where = f"{form}: {row['name']}"
        assert row["label" + INDONESIAN], where
        assert bool(row["required"]) == bool(row["required_message" + INDONESIAN]), where
        assert bool(row["constraint"]) == bool(row["constraint_message" + INDONESIAN]), where
        if row["type"] in ("integer", "decimal", "date"):
            assert row["constraint"], f"{where}: a number or date has limits"
    for row in rows(form, "choices"):
        assert row["label" + INDONESIAN], f"{form}: {row['list_name']}/{row['name']}"


@pytest.mark.parametrize("form", FORMS)
def test_it_compiles_without_a_warning_and_runs_in_odk_validate(form: str) -> None:
    result = compiled(form)
    assert result.warnings == ()
    assert result.form_id == form
    assert re.fullmatch(r"20\d{8}", result.version)


@pytest.mark.parametrize(("form", "table"), FIELDS)
def test_the_promised_fields_are_there(form: str, table: str) -> None:
    names = {field.name for each in compiled(form).schema.tables if each.name == table for field in each.fields}
    assert set(FIELDS[form, table].split()) - names == set()


def test_computed_numbers_and_dates_are_stored_as_such() -> None:
    kinds = {
        (form, field.name): field.type
        for form in FORMS
        for table in compiled(form).schema.tables
        for field in table.fields
    }
    assert kinds["kunjungan_rumah", "usia_bulan"] == "integer"
    assert kinds["kunjungan_rumah", "minggu_hamil"] == "integer"
    assert kinds["ukur_tinggi", "usia_hari"] == "integer"
    assert kinds["ukur_tinggi", "panjang"] == "decimal"
    assert kinds["ukur_tinggi", "z_tbu"] == "decimal"
    assert kinds["kunjungan_rumah", "tanggal_status_anak"] == "date"


@pytest.mark.parametrize(("form", "entity_list"), SAVED)
def test_the_register_gets_exactly_its_properties(form: str, entity_list: str) -> None:
    saved = [name for target, name, _ in compiled(form).schema.saved_properties() if target == entity_list]
    assert sorted(saved) == sorted(SAVED[form, entity_list].split())


@pytest.mark.parametrize("form", FORMS)
def test_no_other_list_is_written(form: str) -> None:
    assert {(form, entity_list) for entity_list in compiled(form).schema.lists} == {
        key for key in SAVED if key[0] == form
    }


def test_a_visit_never_blanks_what_the_register_knows() -> None:
    # A relevant but empty answer with save_to overwrites the property: so it is required, unless the entity is new.
    for form in ("kunjungan_rumah", "ukur_tinggi", "pantau_paud", "rapat_triwulan"):
        optional = [row["name"] for row in questions(form) if row["save_to"] and not row["required"]]
        assert optional == (["no_kia_bayi"] if form == "kunjungan_rumah" else [])


def test_an_update_of_a_facility_begins_with_all_that_the_register_knows() -> None:
    prefilled = {row["name"] for row in questions("fasilitas") if row["trigger"] == "${fasilitas_lama}"}
    often = {f"frekuensi_{service}" for service in SERVICES.split()}
    assert prefilled == often | set(SAVED["fasilitas", "fasilitas"].split()) - {"frekuensi"}


def test_a_visit_confirms_what_the_register_knows() -> None:
    prefilled = {row["name"]: row["trigger"] for row in questions("kunjungan_rumah") if row["trigger"]}
    mother = ["tanggal_melahirkan", "status_kehamilan", "air_minum", "jamban", "jaminan_kesehatan", *BIRTH_PLAN.split()]
    child = ["status_gizi", "air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak"]
    assert prefilled == dict.fromkeys(mother, "${ibu_hamil}") | dict.fromkeys(child, "${anak}")


@pytest.mark.parametrize("form", FORMS)
def test_entities_are_created_and_updated_where_meant(form: str) -> None:
    tree = etree.fromstring(compiled(form).xml)
    names: dict[str, Any] = {"x": "http://www.w3.org/2002/xforms"}
    found = set()
    for entity in tree.iterfind(".//x:model/x:instance/x:data//x:entity", names):
        path = [step.tag.rpartition("}")[2] for step in entity.iterancestors()]
        container = "/".join(reversed(path[1 : path.index("data")]))
        asks = {
            verb
            for verb in ("create", "update")
            if tree.xpath(
                f"//x:bind[@nodeset='/data/{container and container + '/'}meta/entity/@{verb}']", namespaces=names
            )
        }
        create, update = (
            verb + (" if" if verb in asks else "") if entity.get(verb) else "" for verb in ("create", "update")
        )
        found.add((entity.get("dataset"), container, create, update))
    assert found == ENTITIES[form]


@pytest.mark.parametrize(("form", "list_name"), CHOICES)
def test_stored_choices_keep_their_names(form: str, list_name: str) -> None:
    assert [row["name"] for row in rows(form, "choices") if row["list_name"] == list_name] == CHOICES[
        form, list_name
    ].split()


@pytest.mark.parametrize(("form", "field", "limit"), LIMITS)
def test_answers_keep_within_their_limits(form: str, field: str, limit: str) -> None:
    assert limit in [row["constraint"] for row in rows(form, "survey") if row["name"] == field]


@pytest.mark.parametrize("form", ("kunjungan_rumah", "ukur_tinggi", "pantau_paud"))
def test_the_list_is_filtered_by_what_the_phone_can_look_up(form: str) -> None:
    filters = {row["name"]: row["choice_filter"] for row in questions(form) if "_from_file" in row["type"]}
    people = [text for name, text in filters.items() if name in ("ibu_hamil", "anak")]
    assert people
    assert all(text.startswith("status = 'aktif'") for text in people)
    for text in filters.values():
        terms = re.split(r" (?:and|or) ", text.replace("(", "").replace(")", ""))
        assert all(re.fullmatch(r"\w+ (=|!=) ('[\w ]+'|\$\{\w+\})", term) for term in terms), text


@pytest.mark.parametrize(("form", "default"), [("kunjungan_rumah", "butuh"), ("pantau_paud", "belum")])
def test_the_neediest_are_offered_first(form: str, default: str) -> None:
    (shown,) = [row for row in questions(form) if row["name"] == "saring"]
    assert shown["default"] == default
    picks = [row["choice_filter"] for row in questions(form) if row["name"] in ("ibu_hamil", "anak")]
    assert picks
    assert all("prioritas" in text and "perlu" in text for text in picks)


def test_the_forms_speak_of_a_need_in_the_words_of_the_work_list() -> None:
    texts = [
        row.get("choice_filter", "") + row["calculation"]
        for form in ("peta_sosial", "kunjungan_rumah", "pantau_paud")
        for row in rows(form, "survey")
    ]
    said = {words for text in texts for words in re.findall(r"[\w ]+ bulan ini", text)}
    assert said == {priorities.TO_VISIT, priorities.TO_FOLLOW}


def test_the_height_check_carries_its_table() -> None:
    assert compiled("ukur_tinggi").schema.reads == ("anak", "who_pbtb")


@pytest.mark.parametrize("form", ("ukur_tinggi", "rembuk_stunting", "rapat_triwulan"))
def test_photos_are_small(form: str) -> None:
    photos = [row["parameters"] for row in questions(form) if row["type"] == "image"]
    assert photos == ["max-pixels=1024"]


def test_rupiah_are_typed_with_points_and_kept_as_whole_numbers() -> None:
    typed = {row["name"] for form in FORMS for row in questions(form) if row["appearance"] == "thousands-sep"}
    # A whole number on the phone has at most nine digits: all of Dana Desa has ten.
    of_a_field = {"dana_desa_pembangunan", "dana_desa_pemberdayaan"}
    assert typed == {"anggaran_total", "anggaran_stunting", "anggaran_baru", "realisasi"} | of_a_field
    money = (*(typed - of_a_field), "jumlah_total", "jumlah_realisasi")
    kinds = {
        field.type
        for form in ("rembuk_stunting", "rapat_triwulan")
        for table in compiled(form).schema.tables
        for field in table.fields
        if field.name in money
    }
    assert kinds == {"integer"}


def test_the_height_check_never_gives_a_diagnosis() -> None:
    said = " ".join(row["label" + INDONESIAN] + row["label" + ENGLISH] for row in rows("ukur_tinggi", "survey")).lower()
    assert "stunting" not in said
    assert "stunted" not in said
    assert "deteksi dini saja" in said

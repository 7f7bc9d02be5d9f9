"""The indicator workbook: what its rows mean, how its mistakes are answered, and the one that is shipped."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

import forms
from aggregate.indicators.rules import CHILDREN
from aggregate.indicators.tables import cards_table, recap_table
from forms.indicators import row_problems
from forms.indicators.expressions import parse
from forms.indicators.kinds import show
from forms.indicators.names import answer_names, known_names
from forms.indicators.rules import (
    EVERY_MONTH,
    FIRST_CARD,
    SERVICES,
    TARGETS,
    Binary,
    Call,
    Indicator,
    Name,
    Number,
    Text,
)
from forms.indicators.workbook import RESERVED_CODES, RESERVED_ENDINGS, Target, card_of, names_in, read_indicators
from forms.problems import Problem, ProblemError
from forms.schema import Field, FieldType, FormSchema, Table
from forms.xlsform.compiler import compile_form
from tests.support.tables import workbook_bytes

WORKBOOKS = Path(forms.__file__).parent / "workbooks"
SHIPPED = (WORKBOOKS / "indikator.xlsx").read_bytes()


def form(form_id: str, saves: dict[str, tuple[str, str]] | None = None, **fields: FieldType) -> FormSchema:
    """A form with one table. `saves`: into which property of which list a field goes."""
    made = tuple(Field(name, (name,), kind, (saves or {}).get(name)) for name, kind in fields.items())
    return FormSchema(form_id, "1", form_id, (Table("", (), made),), (), ())


VISIT = form(
    "kunjungan_rumah",
    tanggal="date",
    ibu_hamil="text",
    anak="text",
    timbang="select_one",
    status_gizi="select_one",
    air_minum_anak="select_one",
    minggu_hamil="integer",
    berat_badan="decimal",
    konseling_ayah="select_one",
)
MEASURE = form("ukur_tinggi", tanggal="date", anak="text", diukur_oleh="select_one", berat_badan="text")
MAP = form(
    "peta_sosial",
    {"air": ("keluarga", "air_minum"), "jumlah": ("keluarga", "anggota"), "nama": ("anak", "nama")},
    tanggal="date",
    air="text",
    jumlah="integer",
    nama="text",
)
PAUD = form("pantau_paud", tanggal="date", anak="text", ikut_paud="select_one")
FORMS = (VISIT, MEASURE, MAP)

HEADER = """
    # indikator
    | kode | nomor | sasaran | sektor | label::Bahasa Indonesia (id) | label::English (en) | formulir | berlaku_jika \
| diterima_jika | jendela | minimal | hitung_juga | sumber | layanan |
"""
COLUMNS = (
    *("kode", "nomor", "sasaran", "sektor", "id", "en", "formulir"),
    *("berlaku_jika", "diterima_jika", "jendela", "minimal", "hitung_juga", "sumber", "layanan"),
)
GOOD = {
    "kode": "a2",
    "nomor": "2",
    "sasaran": "anak",
    "sektor": "kesehatan",
    "id": "Ditimbang",
    "en": "Weighed",
    "berlaku_jika": "${usia_bulan} >= 1",
    "diterima_jika": "${timbang} = 'ya'",
    "jendela": "triwulan",
    "minimal": "setiap_bulan",
    "sumber": "Formulir 4",
}


def workbook(*rows: dict[str, str], header: str = HEADER) -> bytes:
    """A workbook with a row for each of `rows`, which say how it differs from GOOD."""
    lines = ["| " + " | ".join((GOOD | row).get(column, "") for column in COLUMNS) + " |" for row in rows]
    return workbook_bytes("\n".join([header, *lines]))


def refused(content: bytes, *forms: FormSchema) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        read_indicators(content, forms or FORMS)
    return caught.value


def places(error: ProblemError) -> list[tuple[str, str]]:
    return [(finding.where, finding.problem.code) for finding in error.findings]


def test_a_row_is_an_indicator() -> None:
    assert read_indicators(workbook({}), FORMS) == (
        Indicator(
            code="a2",
            number=2,
            target="anak",
            sector="kesehatan",
            label_id="Ditimbang",
            label_en="Weighed",
            due=Binary(">=", Name("usia_bulan"), Number(1.0)),
            received=Binary("=", Name("timbang"), Text("ya")),
            window="triwulan",
            minimum=EVERY_MONTH,
            also=None,
            source="Formulir 4",
            forms=(),
        ),
    )


def test_a_row_may_name_the_service_of_facilities_that_supplies_it() -> None:
    services = [read_indicators(workbook({"layanan": code}), FORMS)[0].service for code in ("", "timbang")]
    assert services == ["", "timbang"]


def test_a_row_may_note_in_what_its_counting_differs_from_its_title() -> None:
    header = HEADER.rstrip() + " catatan::Bahasa Indonesia (id) | catatan::English (en) |\n"
    line = "| " + " | ".join(GOOD.get(column, "") for column in COLUMNS) + " | Mulai usia 1 bulan. | From 1 month on. |"
    (told,), (plain,) = read_indicators(workbook_bytes(header + line), FORMS), read_indicators(workbook({}), FORMS)
    assert (told.note_id, told.note_en) == ("Mulai usia 1 bulan.", "From 1 month on.")
    assert (plain.note_id, plain.note_en) == ("", "")


def test_the_latest_answer_needs_no_minimum() -> None:
    for minimal in ("", "1"):
        (indicator,) = read_indicators(workbook({"jendela": "terakhir", "minimal": minimal}), FORMS)
        assert indicator.minimum == Number(1.0)


def test_a_minimum_may_be_a_rule_and_visits_may_be_counted_apart() -> None:
    row = {"minimal": "if(${usia_bulan} >= 6, 2, 1)", "hitung_juga": "${konseling_ayah} = 'ya'", "sumber": ""}
    (indicator,) = read_indicators(workbook(row), FORMS)
    assert indicator.minimum == parse("if(${usia_bulan} >= 6, 2, 1)", result="number")
    assert indicator.also == Binary("=", Name("konseling_ayah"), Text("ya"))
    assert indicator.source == ""


def test_the_columns_that_may_be_empty_may_be_missing() -> None:
    lines = HEADER.replace("| formulir ", "").replace("| hitung_juga | sumber | layanan ", "")
    row = "| a2 | 2 | anak | gizi | A | B | true() | ${timbang} = 'ya' | tahun | 4 |"
    (indicator,) = read_indicators(workbook_bytes(lines + row), FORMS)
    assert (indicator.forms, indicator.also, indicator.source) == ((), None, "")


def test_names_are_checked_once_the_form_that_is_waited_for_is_published() -> None:
    row = {"kode": "p1", "sasaran": "paud", "diterima_jika": "${ikut_paud} = 'ya'", "formulir": "pantau_paud"}
    assert read_indicators(workbook(row), FORMS)[0].forms == ("pantau_paud",)
    assert read_indicators(workbook(row), (*FORMS, PAUD))[0].forms == ("pantau_paud",)
    wrong = workbook(row | {"diterima_jika": "${ikut_pud} = 'ya'"})
    assert read_indicators(wrong, FORMS)
    assert places(refused(wrong, *FORMS, PAUD)) == [("indikator!I2", "rule.unknown_name")]
    assert places(refused(workbook(row | {"formulir": ""}))) == [("indikator!I2", "rule.unknown_name")]


def test_the_grammar_is_checked_even_while_a_form_is_waited_for() -> None:
    row = {"formulir": "pantau_paud", "diterima_jika": "${ikut_paud} == 'ya'"}
    assert places(refused(workbook(row))) == [("indikator!I2", "rule.wrong_symbol")]


MISTAKES = [
    ({"kode": ""}, "A2", "indicator.cell_missing", "Kolom “kode” belum diisi", "The column “kode” is not filled in"),
    ({"berlaku_jika": ""}, "H2", "indicator.cell_missing", "Tulis true() kalau selalu", "Write true() if it always"),
    ({"minimal": ""}, "K2", "indicator.cell_missing", "misalnya 1, atau setiap_bulan", "such as 1, or setiap_bulan"),
    ({"kode": "A 2"}, "A2", "indicator.bad_code", "Kode “A 2” tidak bisa dipakai", "The code “A 2” cannot be used"),
    ({"kode": "a" * 22}, "A2", "indicator.bad_code", "paling banyak 21", "21 at most"),
    ({"kode": "target"}, "A2", "indicator.reserved_code", "dipakai oleh sistem", "used by the system"),
    ({"kode": "a2_due"}, "A2", "indicator.reserved_code", "Pilih kode lain", "Choose another"),
    ({"nomor": "1.5"}, "B2", "indicator.bad_row_number", "Nomor “1.5” bukan bilangan bulat", "“1.5” is not a whole"),
    ({"nomor": "0"}, "B2", "indicator.bad_row_number", "1, 2, 3", "1, 2, 3"),
    ({"sasaran": "Anak"}, "C2", "indicator.unknown_target", "Maksudnya “anak”?", "Did you mean “anak”?"),
    ({"sasaran": "lansia"}, "C2", "indicator.unknown_target", "salah satu: ibu_hamil, anak, paud", "Write one of"),
    ({"sektor": "kesehata"}, "D2", "indicator.unknown_sector", "Maksudnya “kesehatan”?", "Did you mean “kesehatan”?"),
    ({"formulir": "a,b"}, "G2", "indicator.bad_form", "pisahkan dengan spasi", "put spaces between them"),
    ({"jendela": "trwulan"}, "J2", "indicator.unknown_window", "Maksudnya “triwulan”?", "Did you mean “triwulan”?"),
    ({"layanan": "timbng"}, "N2", "indicator.unknown_service", "Maksudnya “timbang”?", "Did you mean “timbang”?"),
    ({"layanan": "timbang ukur"}, "N2", "indicator.unknown_service", "Kosongkan sel ini", "Leave this cell empty"),
    (
        {"jendela": "terakhir"},
        "K2",
        "indicator.minimum_of_latest",
        "Kosongkan sel ini",
        "Leave this cell empty",
    ),
    ({"jendela": "semester"}, "K2", "indicator.every_month_window", "bukan semester", "not semester"),
    ({"minimal": "Setiap bulan"}, "K2", "indicator.every_month_spelling", "Tulis setiap_bulan", "Write setiap_bulan"),
    ({"minimal": "4"}, "K2", "indicator.minimum_range", "dari 1 sampai 3", "from 1 to 3"),
    ({"minimal": "0"}, "K2", "indicator.minimum_range", "Minimal 0 tidak masuk akal", "A minimum of 0 makes no sense"),
    ({"minimal": "-1"}, "K2", "indicator.minimum_range", "Minimal -1", "A minimum of -1"),
    ({"minimal": "${usia_bulan} > 6"}, "K2", "rule.not_a_number", "perlu angka", "a number is needed"),
    ({"berlaku_jika": "${usia} >= 1"}, "H2", "rule.unknown_name", "tidak dikenal untuk sasaran", "not known for this"),
    ({"berlaku_jika": "${usia_bulan}"}, "H2", "rule.not_a_condition", "perlu syarat", "a condition"),
    ({"diterima_jika": "${timbang} = “ya”"}, "I2", "rule.quote_curved", "petik lurus", "straight quotes"),
    ({"hitung_juga": "${timbang}"}, "L2", "rule.not_a_condition", "${timbang} = 'ya'", "${timbang} = 'ya'"),
    (
        {"diterima_jika": "coalesce(${air_minum_anak}, ${keluarga_air_minum}) = 'ya'"},
        "I2",
        "indicator.not_in_a_visit",
        "${keluarga_air_minum} bukan jawaban kunjungan",
        "change the window to terakhir",
    ),
]


@pytest.mark.parametrize(("row", "cell", "code", "indonesian", "english"), MISTAKES)
def test_a_mistake_is_told_with_cell_and_remedy(
    row: dict[str, str], cell: str, code: str, indonesian: str, english: str
) -> None:
    error = refused(workbook(row))
    assert set(places(error)) == {(f"indikator!{cell}", code)}
    assert indonesian in error.text("id")
    assert english in error.text("en")


def test_a_code_and_a_number_stand_once() -> None:
    error = refused(workbook({}, {"nomor": "3"}, {"kode": "a3"}))
    assert places(error) == [("indikator!A3", "indicator.code_twice"), ("indikator!B4", "indicator.number_twice")]
    assert "sudah dipakai di indikator!A2" in error.text("id")
    assert "is used in indikator!B2 already" in error.text("en")


def test_targets_have_numbers_of_their_own() -> None:
    mother = {"kode": "ih2", "sasaran": "ibu_hamil", "berlaku_jika": "true()"}
    assert [indicator.number for indicator in read_indicators(workbook({}, mother), FORMS)] == [2, 2]


def test_a_workbook_without_indicators_is_refused() -> None:
    assert places(refused(workbook())) == [("indikator!A2", "indicator.no_rows")]


def test_more_indicators_than_a_card_has_columns_for_are_refused_at_the_first_that_is_too_many() -> None:
    rows = [{"kode": f"x{number}", "nomor": str(number)} for number in range(1, 502)]
    assert places(refused(workbook(*rows))) == [("indikator!A502", "indicator.too_many")]
    assert len(read_indicators(workbook(*rows[:500]), FORMS)) == 500


OF_CARDS = ("cards_differ", "long_card", "bad_score")
WITH_CARDS = HEADER.rstrip().removesuffix("|") + "| kartu | skor |\n"


def of_cards(*rows: tuple[str, str, str]) -> bytes:
    """A workbook of a row for each (sasaran, kartu, skor)."""
    lines = [
        "| "
        + " | ".join((GOOD | {"kode": f"a{n}", "nomor": f"{n}", "sasaran": target}).get(name, "") for name in COLUMNS)
        + f" | {card} | {score} |"
        for n, (target, card, score) in enumerate(rows, 1)
    ]
    return workbook_bytes("\n".join([WITH_CARDS, *lines]))


def test_rows_say_their_card_and_whether_they_score() -> None:
    found = read_indicators(
        of_cards(("anak", "Kartu  uji", ""), ("anak", "Kartu uji", "anak"), ("anak", "Kartu uji", "tidak")), FORMS
    )
    assert [(one.card, one.scores) for one in found] == [("Kartu uji", True), ("Kartu uji", True), ("Kartu uji", False)]
    assert card_of(of_cards(("anak", "Kartu uji", ""))) == "Kartu uji"
    (plain,) = read_indicators(workbook({}), FORMS)
    assert (plain.card, plain.scores, card_of(workbook({}))) == (FIRST_CARD, True, FIRST_CARD)


def test_mistakes_of_cards() -> None:
    error = refused(of_cards(("anak", "A", ""), ("anak", "B", "ibu_hamil"), ("anak", "A", "ya")))
    assert places(error) == [
        ("indikator!O3", "indicator.cards_differ"),
        ("indikator!P3", "indicator.bad_score"),
        ("indikator!P4", "indicator.bad_score"),
    ]
    assert "Tulis anak / tidak." in error.findings[1].text("id")
    assert places(refused(of_cards(("anak", "k" * 61, "")))) == [("indikator!O2", "indicator.long_card")]


def test_every_problem_of_indicators_is_shown_by_a_mistake() -> None:
    elsewhere = {f"indicator.{name}" for name in ("code_twice", "number_twice", "no_rows", "too_many", *OF_CARDS)}
    known = {kind.code for kind in vars(row_problems).values() if isinstance(kind, Problem)}
    assert {code for _, _, code, _, _ in MISTAKES if code.startswith("indicator.")} | elsewhere == known


def test_all_mistakes_are_told_at_once() -> None:
    error = refused(
        workbook(
            {"kode": "", "sektor": "x", "berlaku_jika": "${a} = 1 and ${b} = 1"},
            {"jendela": "", "diterima_jika": "timbang = 'ya'"},
            header=HEADER.replace("sumber", "smber"),
        )
    )
    assert places(error) == [
        ("indikator!M1", "workbook.column_unknown"),
        ("indikator!A2", "indicator.cell_missing"),
        ("indikator!D2", "indicator.unknown_sector"),
        ("indikator!H2", "rule.unknown_name"),
        ("indikator!H2", "rule.unknown_name"),
        ("indikator!J3", "indicator.cell_missing"),
        ("indikator!B3", "indicator.number_twice"),
        ("indikator!I3", "rule.bare_name"),
    ]


def test_a_missing_column_is_told_with_the_one_that_stands_for_it() -> None:
    error = refused(workbook({}, header=HEADER.replace("berlaku_jika", "berlaku")))
    assert places(error) == [("indikator!H1", "workbook.column_unknown")]
    assert "“berlaku” tidak dikenal, jadi isinya akan diabaikan. Maksudnya “berlaku_jika”?" in error.text("id")
    other = refused(workbook({}, header=HEADER.replace("berlaku_jika", "syarat")))
    assert places(other) == [("indikator!1", "workbook.column_missing"), ("indikator!H1", "workbook.column_unknown")]
    assert "“berlaku_jika”" in other.text("id")


def test_a_misspelled_column_hides_no_other_mistakes() -> None:
    """Those below it are told, too; where a column is missing altogether, its cells are not."""
    bad = {"sektor": "x", "minimal": "4"}
    error = refused(workbook(bad, header=HEADER.replace("minimal", "minmal")))
    assert places(error) == [
        ("indikator!K1", "workbook.column_unknown"),
        ("indikator!D2", "indicator.unknown_sector"),
        ("indikator!K2", "indicator.minimum_range"),
    ]
    assert "Maksudnya “minimal”?" in error.text("id")
    assert "Minimal 4 tidak masuk akal" in error.text("id")
    assert "A minimum of 4 makes no sense" in error.text("en")
    gone = refused(workbook(bad, header=HEADER.replace("minimal", "_milik saya")))
    assert places(gone) == [("indikator!1", "workbook.column_missing"), ("indikator!D2", "indicator.unknown_sector")]


def test_a_file_that_is_no_workbook_is_refused() -> None:
    assert refused(b"kode,nomor").code == "workbook.unreadable"


def test_a_visit_answers_the_fields_of_the_forms_that_monitor_the_target() -> None:
    assert answer_names(FORMS, "ibu_hamil") == {
        "tanggal": "date",
        "ibu_hamil": "text",
        "anak": "text",
        "timbang": "text",
        "status_gizi": "text",
        "air_minum_anak": "text",
        "minggu_hamil": "number",
        "berat_badan": "number",
        "konseling_ayah": "text",
    }
    assert answer_names((*FORMS, PAUD), "paud") == answer_names((*FORMS, PAUD), "anak")


def test_a_field_that_is_named_like_a_household_property_is_no_answer() -> None:
    assert "keluarga_bayi" not in answer_names([form("f", tanggal="date", anak="text", keluarga_bayi="text")], "anak")


def test_a_field_of_two_kinds_is_text() -> None:
    assert answer_names(FORMS, "anak")["berat_badan"] == "text"


def test_a_form_without_a_date_monitors_nothing() -> None:
    assert answer_names([form("catatan", anak="text", tanggal="text")], "anak") == {}


def test_known_for_the_day_are_household_and_computed_facts_too() -> None:
    def more(target: Target) -> dict[str, str]:
        answers = answer_names([VISIT, MAP], target)
        return {name: kind for name, kind in known_names([VISIT, MAP], target).items() if name not in answers}

    household = {"keluarga_air_minum": "text", "keluarga_anggota": "number"}
    assert more("anak") == household | {"usia_bulan": "number"}
    assert more("ibu_hamil") == household | {"sudah_melahirkan": "text"}  # minggu_hamil is asked, too


def test_a_computed_fact_has_its_own_kind_whatever_a_form_asks_under_its_name() -> None:
    asked = form("kunjungan", tanggal="date", anak="text", usia_bulan="text")
    assert known_names([asked], "anak")["usia_bulan"] == "number"


def test_reserved_codes_are_the_columns_that_counts_have_anyway() -> None:
    counted = read_indicators(workbook({"hitung_juga": "${timbang} = 'ya'"}), FORMS)
    assert set(recap_table(CHILDREN, counted).columns.keys()) <= {*RESERVED_CODES, "a2", "a2_also"}
    ended = [
        column.rpartition("_")
        for column in list(cards_table(counted).columns.keys())
        if column.endswith(RESERVED_ENDINGS)
    ]
    assert {f"_{ending}" for _, _, ending in ended} == set(RESERVED_ENDINGS)
    assert {stem for stem, _, _ in ended} <= {*RESERVED_CODES, "a2"}


@pytest.fixture(scope="module")
def shipped_forms() -> tuple[FormSchema, ...]:
    names = ("peta_sosial", "kunjungan_rumah", "ukur_tinggi")
    return tuple(compile_form((WORKBOOKS / f"{name}.xlsx").read_bytes()).schema for name in names)


@pytest.fixture(scope="module")
def shipped(shipped_forms: tuple[FormSchema, ...]) -> dict[str, Indicator]:
    return {indicator.code: indicator for indicator in read_indicators(SHIPPED, shipped_forms)}


def test_the_shipped_workbook_has_the_rows_of_formulir_4(shipped: dict[str, Indicator]) -> None:
    assert list(shipped) == [*(f"ih{n}" for n in range(1, 9)), *(f"a{n}" for n in range(1, 11)), "p1"]
    assert [f"{indicator.target} {indicator.number}" for indicator in shipped.values()] == [
        *(f"ibu_hamil {n}" for n in range(1, 9)),
        *(f"anak {n}" for n in range(1, 11)),
        "paud 1",
    ]
    assert {indicator.code: indicator.forms for indicator in shipped.values() if indicator.forms} == {
        "p1": ("pantau_paud",)
    }
    for indicator in shipped.values():
        assert indicator.label_id != indicator.label_en
        assert indicator.source.startswith("Formulir 4")


def test_the_shipped_sectors_are_those_of_the_thirteen_services(shipped: dict[str, Indicator]) -> None:
    sectors: dict[str, list[str]] = {}
    for indicator in shipped.values():
        sectors.setdefault(indicator.sector, []).append(indicator.code)
    assert sectors == {
        "kesehatan": ["ih1", "ih2", "ih3", "a1", "a2", "a3"],
        "gizi": ["ih4", "ih5", "a4", "a5"],
        "air": ["ih6", "ih7", "a6", "a7"],
        "sosial": ["ih8", "a8", "a9"],
        "paud": ["a10", "p1"],
    }


def test_the_shipped_services_are_those_that_facilities_give(shipped: dict[str, Indicator]) -> None:
    services = {service: [one.code for one in shipped.values() if one.service == service] for service in SERVICES}
    assert services == {
        "periksa_kehamilan": ["ih1"],
        "pil_fe": ["ih2"],
        "periksa_nifas": ["ih3"],
        "konseling_gizi": ["ih4", "a4"],
        "kunjungan_terpadu": ["ih5", "a5"],
        "imunisasi": ["a1"],
        "timbang": ["a2"],
        "ukur": ["a3"],
        "kelas_pengasuhan": ["a10"],
        "paud": ["p1"],
        "air_minum": ["ih6", "a6"],
        "jamban": ["ih7", "a7"],
        "akta_lahir": ["a8"],
        "jaminan_kesehatan": ["ih8", "a9"],
    }
    form = openpyxl.load_workbook(WORKBOOKS / "fasilitas.xlsx")["choices"]
    offered = [name for list_name, name, *_ in form.iter_rows(values_only=True) if list_name == "layanan"]
    assert tuple(offered) == SERVICES


PREGNANT = "${sudah_melahirkan} = 'tidak'"
# By code: what stands in berlaku_jika, diterima_jika, jendela and minimal.
REFERENCE = {
    "ih1": (PREGNANT, "${periksa_kehamilan} = 'ya'", "triwulan", "if(${minggu_hamil} >= 28, 2, 1)"),
    "ih2": (PREGNANT, "${pil_fe} = 'ya'", "triwulan", "1"),
    "ih3": ("${sudah_melahirkan} = 'ya'", "${periksa_nifas} >= 3", "semua", "1"),
    "ih4": (PREGNANT, "${konseling_gizi_ibu} = 'ya'", "triwulan", "if(${minggu_hamil} >= 28, 2, 1)"),
    "ih5": (
        f"{PREGNANT} and selected('kek risti kek_risti', ${{status_kehamilan}})",
        "${kunjungan_bidan} = 'ya'",
        "triwulan",
        EVERY_MONTH,
    ),
    "ih6": ("true()", "coalesce(${air_minum}, ${keluarga_air_minum}) = 'ya'", "terakhir", "1"),
    "ih7": ("true()", "coalesce(${jamban}, ${keluarga_jamban}) = 'ya'", "terakhir", "1"),
    "ih8": ("true()", "${jaminan_kesehatan} = 'ya'", "terakhir", "1"),
    "a1": ("${usia_bulan} >= 6", "${imunisasi_dasar} = 'ya'", "terakhir", "1"),
    "a2": ("${usia_bulan} >= 1", "${timbang} = 'ya'", "triwulan", EVERY_MONTH),
    "a3": ("${usia_bulan} >= 3", "${ukur} = 'ya' or ${diukur_oleh} = 'nakes'", "semester", "1"),
    "a4": ("true()", "${konseling_ayah} = 'ya' or ${konseling_ibu} = 'ya'", "triwulan", EVERY_MONTH),
    "a5": (
        "selected('kurang buruk stunting', ${status_gizi})",
        "${kunjungan_terpadu} = 'ya'",
        "triwulan",
        EVERY_MONTH,
    ),
    "a6": ("true()", "coalesce(${air_minum_anak}, ${keluarga_air_minum}) = 'ya'", "terakhir", "1"),
    "a7": ("true()", "coalesce(${jamban_anak}, ${keluarga_jamban}) = 'ya'", "terakhir", "1"),
    "a8": ("true()", "${akta_lahir} = 'ya'", "terakhir", "1"),
    "a9": ("true()", "${jaminan_kesehatan_anak} = 'ya'", "terakhir", "1"),
    "a10": ("${usia_bulan} >= 6", "${pengasuhan} = 'ya'", "triwulan", EVERY_MONTH),
    "p1": ("${usia_bulan} >= 24 and ${usia_bulan} <= 72", "${ikut_paud} = 'ya'", "triwulan", EVERY_MONTH),
}


def test_the_shipped_rules_are_the_reference_rules(shipped: dict[str, Indicator]) -> None:
    assert {
        indicator.code: (
            show(indicator.due),
            show(indicator.received),
            indicator.window,
            indicator.minimum if isinstance(indicator.minimum, str) else show(indicator.minimum),
        )
        for indicator in shipped.values()
    } == REFERENCE


def test_some_shipped_rules_part_by_part(shipped: dict[str, Indicator]) -> None:
    assert shipped["ih1"].minimum == Call(
        "if", (Binary(">=", Name("minggu_hamil"), Number(28.0)), Number(2.0), Number(1.0))
    )
    assert shipped["ih6"].received == Binary(
        "=", Call("coalesce", (Name("air_minum"), Name("keluarga_air_minum"))), Text("ya")
    )
    assert {indicator.code: indicator.also for indicator in shipped.values() if indicator.also} == {
        "a4": Binary("=", Name("konseling_ayah"), Text("ya"))
    }


def test_fields_that_stand_in_the_register_are_saved_there(shipped_forms: tuple[FormSchema, ...]) -> None:
    saved = {(name, field.name): kept for form in shipped_forms for name, kept, field in form.saved_properties()}
    assert saved["ibu_hamil", "jaminan_kesehatan"] == "jaminan_kesehatan"
    assert saved["ibu_hamil", "status_kehamilan"] == "status_kehamilan"
    assert saved["anak", "status_gizi"] == "status_gizi"
    assert saved["anak", "akta_lahir"] == "akta_lahir"
    assert saved["anak", "jaminan_kesehatan_anak"] == "jaminan_kesehatan"


def test_the_names_sheet_is_in_step_with_forms_and_rules(
    shipped: dict[str, Indicator], shipped_forms: tuple[FormSchema, ...]
) -> None:
    words = {"teks": "text", "angka": "number", "tanggal": "date"}
    listed: dict[str, dict[str, str]] = {target: {} for target in TARGETS}
    for name, target, kind, *_ in list(openpyxl.load_workbook(BytesIO(SHIPPED))["nama"].values)[1:]:
        listed[str(target)][str(name).removeprefix("${").removesuffix("}")] = words[str(kind)]
    for target in TARGETS:
        known = known_names((*shipped_forms, PAUD), target)
        assert listed[target].items() <= known.items()
        used = {
            name
            for indicator in shipped.values()
            if indicator.target == target
            for rule in (indicator.due, indicator.received, indicator.minimum, indicator.also)
            if rule is not None and not isinstance(rule, str)
            for name in names_in(rule)
        }
        assert used <= listed[target].keys()


GUIDE_TITLES = ("Cara menulis aturan", "Kesalahan yang sering")


def test_the_examples_of_the_guide_can_be_read(shipped_forms: tuple[FormSchema, ...]) -> None:
    guide = openpyxl.load_workbook(BytesIO(SHIPPED))["baca saya"]
    names = known_names(shipped_forms, "anak") | known_names(shipped_forms, "ibu_hamil")
    rows = [[str(value or "") for value in row] for row in guide.values]
    begin, mistakes = (next(n for n, row in enumerate(rows) if row[0] == title) for title in GUIDE_TITLES)
    for _, _, example, _ in rows[begin + 1 : mistakes]:
        assert parse(example, names)
    for mistake, _, right, _ in rows[mistakes + 1 :]:
        assert parse(right, names)
        with pytest.raises(ProblemError):
            parse(mistake, names)


@pytest.mark.parametrize("name", ["indikator", "indikator_kumulatif"])
def test_the_guide_names_the_page_before_the_command(name: str) -> None:
    guide = openpyxl.load_workbook(WORKBOOKS / f"{name}.xlsx")["baca saya"]
    assert str(guide["B5"].value).startswith("Unggah di halaman Aturan (/admin/aturan)")
    assert str(guide["D5"].value).startswith("Upload it on the page Rules (/admin/aturan)")
    assert guide["C5"].value == "di server: kpm indicators check indikator.xlsx"


def test_no_cell_of_the_shipped_workbook_is_a_formula() -> None:
    book = openpyxl.load_workbook(BytesIO(SHIPPED))
    assert book.sheetnames == ["baca saya", "indikator", "nama"]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}

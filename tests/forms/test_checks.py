"""What pyxform lets pass is answered with its cell and a remedy in both languages, and all of it in one go."""

import pytest

from forms.xlsform.compiler import compile_form
from tests.support.mistakes import QUESTION, mistakes
from tests.support.tables import workbook_bytes

# Each: the form, the cell, and words of the Indonesian and of the English sentence.
OWN_CHECKS = {
    "column_missing": (
        "# survey\n| type | label |\n| note | Hai |",
        "survey!1",
        ("Kolom “name” tidak ada",),
        ("no column “name”",),
    ),
    "column_of_choices_misspelled": (
        QUESTION + "# choices\n| list_name | name | lable::English (en) |\n| a | 1 | One |",
        "choices!C1",
        ("lable::English (en)", "Maksudnya “label::English (en)”?"),
        ("Did you mean “label::English (en)”?",),
    ),
    "column_of_choices_with_prefix": (
        QUESTION + "# choices\n| list_name | name | label | bind::x |\n| a | 1 | Satu | x |",
        "choices!D1",
        ("Kolom “bind::x” tidak dikenal",),
        ("column “bind::x” is unknown",),
    ),
    "column_of_entities_unknown": (
        QUESTION + "# entities\n| list_name | label | creat_if |\n| anak | ${nama} | true() |",
        "entities!C1",
        ("Maksudnya “create_if”?",),
        ("Did you mean “create_if”?",),
    ),
    "settings_missing": (
        QUESTION + "# pengaturan\n| form_title | form_id | version |\n# settings2\n| a |",
        "",
        ("Lembar “settings” tidak ada. Yang ada: survey, pengaturan, settings2",),
        ("no sheet “settings”. There are: survey, pengaturan, settings2",),
    ),
    "form_id_missing": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| T | | 1 |",
        "settings!B2",
        ("“form_id” belum diisi", "di baris 1 dan isinya di baris 2"),
        ("“form_id” is not given", "in row 1 and its value in row 2"),
    ),
    "version_missing": (
        QUESTION + "# settings\n| form_title | form_id |\n| T | t |",
        "settings!2",
        ("“version” belum diisi",),
        ("“version” is not given",),
    ),
    "title_missing": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| | t | 1 |",
        "settings!A2",
        ("“form_title” belum diisi",),
        ("“form_title” is not given",),
    ),
    "version_invalid": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| T | t | versi dua |",
        "settings!C2",
        ("version “versi dua” tidak dapat dipakai", "misalnya 2026010501"),
        ("version “versi dua” cannot be used", "for example 2026010501"),
    ),
    "survey_empty": (
        "# survey\n| type | name | label |",
        "survey!A2",
        ("belum berisi pertanyaan",),
        ("holds no question yet",),
    ),
    "survey_missing": (
        "# Sheet1\n| type | name | label |",
        "",
        ("Lembar “survey” tidak ada",),
        ("no sheet “survey”",),
    ),
    "type_unknown": (
        "# survey\n| type | name | label |\n| note | n | N |\n| texxt | nama | Nama |",
        "survey!A3",
        ("Jenis pertanyaan “texxt” tidak dikenal", "Maksudnya “text”?"),
        ("question type “texxt” is unknown", "Did you mean “text”?"),
    ),
    "type_unknown_with_list": (
        "# survey\n| type | name | label |\n| selectone air | a | A |",
        "survey!A2",
        ("Maksudnya “select_one air”?",),
        ("Did you mean “select_one air”?",),
    ),
    "type_blank": (
        "# survey\n| type | name | label |\n| note | n | N |\n| | nama | Nama |",
        "survey!A3",
        ("Kolom “type” di baris ini masih kosong",),
        ("column “type” is blank",),
    ),
    "name_blank": (
        "# survey\n| type | name | label |\n| text | | Nama |",
        "survey!B2",
        ("Kolom “name” di baris ini masih kosong",),
        ("column “name” is blank",),
    ),
    "name_invalid": (
        "# survey\n| type | name | label |\n| text | nama ibu | Nama |",
        "survey!B2",
        ("Nama “nama ibu” tidak dapat dipakai", "tanpa spasi"),
        ("name “nama ibu” cannot be used", "without spaces"),
    ),
    "bind_type_of_select": (
        "# survey\n| type | name | label | bind::type |\n| select_one a | z | A | int |"
        "\n# choices\n| list_name | name | label |\n| a | 1 | Satu |",
        "survey!D2",
        ("Pertanyaan pilihan selalu teks", "calculate"),
        ("selected is always text", "calculate"),
    ),
    "name_with_two_colons": (
        "# survey\n| type | name | label |\n| text | a::b | Nama |",
        "survey!B2",
        ("Nama “a::b” tidak dapat dipakai",),
        ("name “a::b” cannot be used",),
    ),
    "columns_of_one_meaning": (
        "# survey\n| type | name | label | relevant | bind::relevant |\n| text | a | A | 1 | 1 |",
        "survey!E1",
        ("Kolom “bind::relevant” sudah ada di survey!D1", "Hapus salah satu"),
        ("column “bind::relevant” stands in survey!D1 already", "Remove one of them"),
    ),
    "public_key": (
        QUESTION + "# settings\n| form_title | form_id | version | public_key |\n| T | t | 1 | MIIBIjANBg |",
        "settings!D2",
        ("tidak dapat dibaca dan dihitung di sini", "Kosongkan sel ini"),
        ("cannot be read and counted here", "Leave this cell blank"),
    ),
    "list_not_named": (
        "# survey\n| type | name | label |\n| select_multiple | a | A |",
        "survey!A2",
        ("Sesudah “select_multiple” belum ada nama daftar",),
        ("missing after “select_multiple”",),
    ),
    "list_unknown": (
        "# survey\n| type | name | label |\n| select_one ya_tdk | a | A |"
        "\n# choices\n| list_name | name | label |\n| ya_tidak | ya | Ya |",
        "survey!A2",
        ("Daftar pilihan “ya_tdk” tidak ada", "Maksudnya “ya_tidak”?"),
        ("no list of choices “ya_tdk”", "Did you mean “ya_tidak”?"),
    ),
    "external_without_filter": (
        "# survey\n| type | name | label | choice_filter |\n| select_one_external desa | a | A | |"
        "\n# external_choices\n| list_name | name | label |\n| desa | 1 | Satu |",
        "survey!D2",
        ("Kolom “choice_filter” di baris ini masih kosong",),
        ("column “choice_filter” is blank",),
    ),
    "choice_without_name": (
        QUESTION + "# choices\n| list_name | name | label |\n| a | | Satu |",
        "choices!B2",
        ("Kolom “name” di baris ini masih kosong",),
        ("column “name” is blank",),
    ),
    "reference_unknown": (
        "# survey\n| type | name | label |\n| text | nama | Nama |\n| note | n | Hai ${nma} |",
        "survey!C3",
        ("${nma} menunjuk pertanyaan yang tidak ada", "Maksudnya “nama”?"),
        ("${nma} refers to a question that is not", "Did you mean “nama”?"),
    ),
    "reference_unknown_in_settings": (
        QUESTION + "# settings\n| form_title | form_id | version | instance_name |\n| T | t | 1 | ${xyz} |",
        "settings!D2",
        ("${xyz} menunjuk",),
        ("${xyz} refers",),
    ),
    "function_unknown": (
        "# survey\n| type | name | label | constraint |\n| integer | a | A | . > 0 and slected('a', 'b') |",
        "survey!D2",
        ("Fungsi “slected()” tidak dikenal", "Maksudnya “selected”?"),
        ("no function “slected()”", "Did you mean “selected”?"),
    ),
    "bracket_alone": (
        "# survey\n| type | name | calculation |\n| calculate | a | if(1 = 1, ')', 'b' |",
        "survey!C2",
        ("tanda kurung tanpa pasangan",),
        ("a bracket has no counterpart",),
    ),
    "bracket_of_another_kind": (
        "# survey\n| type | name | calculation |\n| calculate | a | (1 + [2) + 3] |",
        "survey!C2",
        ("tanda kurung tanpa pasangan",),
        ("a bracket has no counterpart",),
    ),
    "quote_alone": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | 'a = 'b' |",
        "survey!D2",
        ("tanda kutip tanpa pasangan",),
        ("a quote has no counterpart",),
    ),
    "saved_to_the_list_of_the_group": (
        """
        # survey
        | type        | name      | label | save_to        |
        | begin_group | ibu       | I     |                |
        | text        | nama_ibu  | I     | ibu_hamil#nama |
        | text        | nama_bayi | B     | anak#nama      |
        | end_group   |           |       |                |
        | text        | nik_bayi  | B     | anak#nik       |
        # entities
        | list_name | label        |
        | ibu_hamil | ${nama_ibu}  |
        | anak      | bayi         |
        """,
        "survey!D4",
        ("Telepon akan menyimpan isian ini ke daftar “ibu_hamil”, bukan “anak”", "calculate"),
        ("Phones would save this to the list “ibu_hamil”, not “anak”", "calculate"),
    ),
    "not_xml": (
        "# survey\n| type | name | label | bind::1 |\n| text | nama | Nama | x |",
        "",
        ("bukan XML yang sah", "bind::"),
        ("no valid XML", "bind::"),
    ),
}


@pytest.mark.parametrize(("form", "where", "indonesian", "english"), OWN_CHECKS.values(), ids=OWN_CHECKS)
def test_mistake__is_named_with_its_cell_and_remedy(
    form: str, where: str, indonesian: tuple[str, ...], english: tuple[str, ...]
) -> None:
    (finding,) = mistakes(form)

    assert finding.where == where
    assert [words for words in indonesian if words not in finding.text("id")] == []
    assert [words for words in english if words not in finding.text("en")] == []


@pytest.mark.parametrize(
    "form_id", ["1peta", "peta sosial", "peta__ibu", "peta_", "péta", "a/b", "p" * 49], ids=lambda name: name[:10]
)
def test_form_id__must_make_table_names_that_lead_back_to_it(form_id: str) -> None:
    settings = f"# settings\n| form_title | form_id | version |\n| T | {form_id} | 1 |"

    (finding,) = mistakes(QUESTION + settings)

    assert finding.where == "settings!B2"
    assert f"form_id “{form_id}” tidak dapat dipakai" in finding.text("id")
    assert f"form_id “{form_id}” cannot be used" in finding.text("en")


@pytest.mark.parametrize("form_id", ["peta_sosial", "A-1_b", "_x", "p" * 48])
def test_form_id__others_are_good(form_id: str) -> None:
    settings = f"# settings\n| form_title | form_id | version |\n| T | {form_id} | 1 |"

    assert compile_form(workbook_bytes(QUESTION + settings)).form_id == form_id


def test_mistakes__all_come_in_one_go_in_the_order_of_the_sheets() -> None:
    findings = mistakes(
        """
        # survey
        | type              | name | label    |
        | texxt             | a    | A        |
        | select_one dusn   | b    | ${zzz}   |
        ||
        | text              | c d  | C        |
        | end_group         |      |          |
        # choices
        | list_name | name | lable::A (en) |
        | dusun     |      | Satu          |
        # settings
        | form_title | form_id | version |
        |            | 1       |         |
        """
    )

    assert [finding.where for finding in findings] == [
        "choices!C1",
        "choices!B2",
        "settings!A2",
        "settings!C2",
        "settings!B2",
        "survey!A2",
        "survey!A3",
        "survey!C3",
        "survey!B5",
        "survey!A6",
    ]


def test_the_same_name_again_in_a_cell__is_told_once() -> None:
    header = "| type | name | label | relevant |\n| text | nama | Nama | |"
    found = mistakes(f"# survey\n{header}\n| text | b | B | slected(${{nma}}, 'x') or slected(${{nma}}, 'y') |")

    assert [(one.where, one.details["name"]) for one in found] == [("survey!D3", "slected"), ("survey!D3", "nma")]

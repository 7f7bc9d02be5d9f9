"""What pyxform and ODK Validate find is told in both languages, with the cell that they do not name."""

import pytest

from forms.xlsform.compiler import compile_form
from forms.xlsform.engines import messages
from tests.support.mistakes import QUESTION, SETTINGS, mistakes
from tests.support.tables import workbook_bytes

# What pyxform finds: it stops at the first, in English, at times without a row.
PYXFORM = {
    "name_twice": (
        "# survey\n| type | name | label |\n| text | a | A |\n| note | n | N |\n| text | a | A |",
        "survey!B4",
        "sudah dipakai di grup",
    ),
    "repeat_twice": (
        "# survey\n| type | name | label |\n| begin_repeat | r | R |\n| text | a | A |\n| end_repeat |\n"
        "| begin_group | g | G |\n| begin_repeat | r | R |\n| text | b | A |\n| end_repeat |\n| end_group |",
        "survey!B6",
        "Nama pengulangan “r” juga di survey!B2",
    ),
    "repeat_root": (
        "# survey\n| type | name | label |\n| begin_repeat | data | R |\n| text | a | A |\n| end_repeat |",
        "survey!B2",
        "sama dengan nama elemen akar",
    ),
    "meta_reserved": ("# survey\n| type | name | label |\n| text | meta | A |", "survey!B2", "“meta” sudah dipakai"),
    "choice_twice": (
        QUESTION + "# choices\n| list_name | name | label |\n| a | 1 | Satu |\n| b | 1 | Satu |\n| a | 1 | Dua |",
        "choices!B4",
        "sudah ada dalam daftar yang sama",
    ),
    "choice_with_space": (
        "# survey\n| type | name | label |\n| select_multiple a | z | Z |"
        "\n# choices\n| list_name | name | label |\n| a | 1 | Satu |\n| a | dua tiga | Dua |",
        "choices!B3",
        "tidak boleh memuat spasi",
    ),
    "reference_broken": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | ${a = 1 |",
        "survey!D3",
        "Rujukan tidak utuh",
    ),
    "reference_ambiguous": (
        "# survey\n| type | name | label |\n| begin_group | g | G |\n| text | a | A |\n| end_group |\n"
        "| text | a | A |\n| note | n | ${a} |",
        "survey!B5",
        "lebih dari satu pertanyaan bernama sama",
    ),
    "end_unmatched": (
        "# survey\n| type | name | label |\n| text | a | A |\n| end_group |",
        "survey!A3",
        "tidak punya pembuka",
    ),
    "begin_unmatched": (
        "# survey\n| type | name | label |\n| begin_group | g | G |\n| text | a | A |",
        "survey!A2",
        "tidak punya penutup",
    ),
    "calculation_missing": ("# survey\n| type | name |\n| calculate | z |", "survey!A2", "belum berisi rumus"),
    "entities_missing": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | nama |",
        "survey!D2",
        "memerlukan lembar entities",
    ),
    "save_to_twice": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | nama |\n| text | b | B | nama |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |",
        "survey!D3",
        "sudah diisi baris lain",
    ),
    "save_to_group": (
        "# survey\n| type | name | label | save_to |\n| begin_group | g | G | nama |\n| text | a | A | |\n| end_group |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |",
        "survey!D2",
        "tidak dapat disimpan",
    ),
    "save_to_list": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | balita#nama |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |",
        "survey!D2",
        "tidak ada di lembar entities",
    ),
    "save_to_prefix": (
        "# survey\n| type | name | label | save_to |\n| begin_group | g | G | |\n| text | a | A | anak#nama |\n"
        "| text | n | N | nik |\n| end_group | | | |\n| text | b | B | ibu#nama |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |\n| ibu | ${b} |",
        "survey!D4",
        "daftar#properti, misalnya anak#nama",
    ),
    "save_to_hash": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | anak#nama#x |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |",
        "survey!D2",
        "hanya boleh memuat satu tanda #",
    ),
    "entity_label": (QUESTION + "# entities\n| list_name |\n| anak |", "entities!2", "memerlukan label"),
    "entity_update": (
        QUESTION + "# entities\n| list_name | label | entity_id | create_if |\n| anak | ${nama} | ${nama} | true() |",
        "entities!2",
        "update_if harus diisi",
    ),
    "entity_id": (
        QUESTION + "# entities\n| list_name | label | update_if |\n| anak | ${nama} | true() |",
        "entities!2",
        "entity_id harus diisi",
    ),
    "entity_container": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | anak#nama |\n| text | b | B | ibu#nama |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |\n| ibu | ${b} |",
        "entities!3",
        "hanya dapat memuat satu daftar",
    ),
    "entity_scope": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | nama |\n| begin_repeat | r | R | |\n"
        "| text | b | B | nik |\n| end_repeat |\n# entities\n| list_name | label |\n| anak | ${b} |",
        "survey!D2",
        "Salin nilainya",
    ),
    "entity_twice": (
        QUESTION + "# entities\n| list_name | label |\n| anak | ${nama} |\n| anak | ${nama} |",
        "entities!A3",
        "sudah punya baris",
    ),
    "entity_unnamed": (QUESTION + "# entities\n| list_name | label |\n| | ${nama} |", "entities!A2", "Isi nama daftar"),
    "property_name": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | name |"
        "\n# entities\n| list_name | label |\n| anak | ${a} |",
        "survey!D2",
        "atau berbunyi name atau label",
    ),
    "name_characters": (
        QUESTION + "# entities\n| list_name | label |\n| 1 anak | ${nama} |",
        "entities!A2",
        "Nama harus diawali huruf",
    ),
    "parameters": (
        "# survey\n| type | name | label | parameters |\n| range | a | A | start=0 end=x |",
        "survey!D2",
        "Isi kolom parameters salah",
    ),
    "audit_named": ("# survey\n| type | name |\n| audit | catatan |", "survey!A2", "Kosongkan kolom name"),
}


@pytest.mark.parametrize(("code", "form", "where", "indonesian"), [(key, *case) for key, case in PYXFORM.items()])
def test_pyxforms_mistake__is_told_in_indonesian_too_with_its_cell(
    code: str, form: str, where: str, indonesian: str
) -> None:
    (finding,) = mistakes(form)

    assert (finding.problem.code, finding.where) == (f"form.{code}", where)
    assert indonesian in finding.text("id")
    in_english = finding.text("en").removeprefix(f"{where}: ")
    assert "[row" not in in_english
    assert len(in_english.split()) > 5, "a sentence, mostly pyxform's own"


TWICE = {
    "name_twice": (
        "Nama “a” juga di survey!B2: sudah dipakai di grup atau tingkat yang sama.",
        "The name “a” is also in survey!B2: it is taken in the same group or level.",
    ),
    "repeat_twice": (
        "Nama pengulangan “r” juga di survey!B2: sudah dipakai.",
        "The name “r” is also in survey!B2: it is that of another repeat already.",
    ),
    "choice_twice": (
        "Nama “1” juga di choices!B2: sudah ada dalam daftar yang sama.",
        "The name “1” is also in choices!B2: it is in the same list already.",
    ),
    "reference_ambiguous": (
        "Nama “a” juga di survey!B3, jadi rujukan ${a} di survey!C6 tidak jelas: ada lebih dari satu pertanyaan "
        "bernama sama.",
        "The name “a” is also in survey!B3, so that the reference ${a} in survey!C6 is not clear: more than one "
        "question has that name.",
    ),
    "save_to_twice": (
        "Properti save_to “nama” juga di survey!D2: sudah diisi baris lain.",
        "The save_to property “nama” is also in survey!D2: it is filled by another row already.",
    ),
}


@pytest.mark.parametrize(("code", "indonesian", "english"), [(code, *said) for code, said in TWICE.items()], ids=TWICE)
def test_what_stands_twice__is_named_with_the_cell_where_it_stands_first(
    code: str, indonesian: str, english: str
) -> None:
    (finding,) = mistakes(PYXFORM[code][0])

    assert (finding.parts("id")[0], finding.parts("en")[0]) == (indonesian, english)


def test_a_name_twice__is_held_against_its_own_group_and_told_once_for_all_that_refer_to_it() -> None:
    own = mistakes(
        "# survey\n| type | name | label |\n| text | a | A |\n| begin_group | g | G |\n| text | a | A |\n"
        "| text | a | A |\n| end_group |"
    )
    referred = mistakes(
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| begin_group | g | G | |\n"
        "| text | a | A | |\n| end_group |\n| text | b | ${a} | ${a} = 1 |\n| text | c | C | ${a} = 2 |"
    )

    assert [(one.where, one.details["other"]) for one in own] == [("survey!B5", "survey!B4")]
    assert [(one.where, one.details["other"]) for one in referred] == [("survey!B4", "survey!B2")]


WARNINGS = {
    "choice_label": (
        QUESTION + "# choices\n| list_name | name | label |\n| a | 1 | |\n| a | 2 | Dua |",
        "choices!C2",
        "belum punya label",
    ),
    "repeat_label": (
        "# survey\n| type | name | label |\n| begin_repeat | r | |\n| text | a | A |\n| end_repeat |",
        "survey!A2",
        "Pengulangan ini belum punya label",
    ),
    "row_without_type": (
        "# survey\n| type | name | label | hint |\n| text | a | A | |\n| | | | nanti |",
        "survey!A3",
        "jadi dilewati",
    ),
    "image_size": ("# survey\n| type | name | label |\n| image | a | A |", "survey!A2", "max-pixels=1024"),
    "translation_missing": (
        "# survey\n| type | name | label::A (en) | label::B (id) | hint::A (en) |\n| text | a | A | B | C |",
        "",
        "belum diterjemahkan",
    ),
    "language_code": (
        "# survey\n| type | name | label::Bahasa Indonesia | label::English (en) |\n| text | a | A | B |",
        "",
        "perlu kode dalam kurung",
    ),
    "sheet_misspelled": (
        QUESTION + "# entitie\n| list_name | label |\n| anak | ${nama} |",
        "",
        "mirip nama lembar XLSForm",
    ),
}


@pytest.mark.parametrize(("code", "form", "where", "indonesian"), [(key, *case) for key, case in WARNINGS.items()])
def test_pyxforms_warning__does_not_stop_but_is_told(code: str, form: str, where: str, indonesian: str) -> None:
    (finding,) = compile_form(workbook_bytes(form + SETTINGS)).warnings

    assert (finding.problem.code, finding.where) == (f"form.{code}", where)
    assert indonesian in finding.text("id")
    assert len(finding.text("en").split()) > 5, "a sentence, mostly pyxform's own"


def test_every_message_that_is_translated_is_tried_above() -> None:
    translated = {kind.code.removeprefix("form.") for _, kind in messages.KINDS}

    assert translated == {*PYXFORM, *WARNINGS}


def test_what_pyxform_says_and_nobody_translated__is_passed_on() -> None:
    (finding,) = mistakes("# survey\n| type | name | label |\n| select_one_from_file anak.pdf | a | A |")

    assert finding.problem == messages.NOT_UNDERSTOOD
    assert finding.where == "survey!A2"
    assert "should be a choices sheet" not in finding.text("en")
    assert "extension" in finding.text("en") and "extension" in finding.text("id")


# What only the engine itself finds, by trying the form out.
VALIDATE = {
    "operator": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | ${a} = > 1 |",
        "survey!D3",
        "tidak dapat dibaca ODK Collect: ${a} = > 1",
        "cannot read this expression: ${a} = > 1",
    ),
    "calculation": (
        "# survey\n| type | name | calculation |\n| calculate | a | 1 + |",
        "survey!C2",
        "tidak dapat dibaca",
        "cannot read",
    ),
    "constraint": (
        "# survey\n| type | name | label | constraint |\n| text | a | A | . = = 1 |",
        "survey!D2",
        "tidak dapat dibaca",
        "cannot read",
    ),
    "required": (
        "# survey\n| type | name | label | required |\n| text | a | A | 1 = = 2 |",
        "survey!D2",
        "tidak dapat dibaca",
        "cannot read",
    ),
    "choice_filter": (
        "# survey\n| type | name | label | choice_filter |\n| select_one l | a | A | x = = 1 |"
        "\n# choices\n| list_name | name | label | x |\n| l | 1 | Satu | 1 |",
        "survey!D2",
        "tidak dapat dibaca",
        "cannot read",
    ),
    "repeat_count": (
        "# survey\n| type | name | label | repeat_count |\n| begin_repeat | r | R | 1 + |\n| text | a | A | |\n"
        "| end_repeat |",
        "survey!D2",
        "tidak dapat dibaca",
        "cannot read",
    ),
    "arguments": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | selected(${a}) |",
        "survey!D3",
        "“selected()” tidak dikenal, atau banyaknya isian",
        "“selected()” is unknown, or takes another number",
    ),
    "function_in_default": (
        "# survey\n| type | name | label | default |\n| text | a | A | hari_ini() |",
        "survey!D2",
        "“hari_ini()” tidak dikenal",
        "“hari_ini()” is unknown",
    ),
    "instance": (
        "# survey\n| type | name | calculation |\n| calculate | a | instance('ibu')/root/item[name = 'x']/nama |",
        "survey!C2",
        "instance('ibu') tidak ada. Tambahkan baris csv-external",
        "There is no instance('ibu'). Add a csv-external row",
    ),
    "first_choice_without_label": (
        "# survey\n| type | name | label |\n| select_one x | a | A |"
        "\n# choices\n| list_name | name | label |\n| y | 1 | |\n| x | 1 | |\n| x | 2 | Dua |",
        "choices!C3",
        "pilihan ini belum punya label",
        "this choice has no label yet",
    ),
    "name_of_no_latin_letters": (
        "# survey\n| type | name | label |\n| begin_group | 村 | G |\n| text | a | A |\n| end_group |",
        "survey!B2",
        "Nama “村” tidak dapat dibaca ODK Collect",
        "cannot read the name “村”",
    ),
    "cycle": (
        "# survey\n| type | name | calculation |\n| calculate | a | ${b} + 1 |\n| calculate | b | ${a} + 1 |",
        "survey!C2",
        "saling menunjuk melingkar: a (survey!C2), b (survey!C3).",
        "depend on each other in a circle: a (survey!C2), b (survey!C3).",
    ),
    "cycle_through_a_group": (
        "# survey\n| type | name | label | relevant |\n| begin_group | g | G | ${a} = 1 |\n"
        "| text | a | A | |\n| end_group |",
        "survey!D2",
        "saling menunjuk melingkar: g (survey!D2), a.",
        "depend on each other in a circle: g (survey!D2), a.",
    ),
    "cycle_of_three_behind_others": (
        """
        # survey
        | type        | name | label | relevant | calculation |
        | integer     | q    | Q     |          |             |
        | begin_group | g    | G     | ${c} = 1 |             |
        | text        | t    | T     |          |             |
        | end_group   |      |       |          |             |
        | calculate   | c    |       |          | ${d} + ${q} |
        | calculate   | d    |       |          | ${e} + 1    |
        | calculate   | e    |       |          | ${c} + 2    |
        """,
        "survey!E6",
        "saling menunjuk melingkar: c (survey!E6), d (survey!E7), e (survey!E8).",
        "depend on each other in a circle: c (survey!E6), d (survey!E7), e (survey!E8).",
    ),
    "cycle_of_one": (
        "# survey\n| type | name | calculation |\n| calculate | a | ${a} + 1 |",
        "survey!C2",
        "saling menunjuk melingkar: a (survey!C2).",
        "depend on each other in a circle: a (survey!C2).",
    ),
}


@pytest.mark.parametrize(("form", "where", "indonesian", "english"), VALIDATE.values(), ids=VALIDATE)
def test_validate__finds_what_the_engine_cannot_evaluate(form: str, where: str, indonesian: str, english: str) -> None:
    (finding,) = mistakes(form, validate=True)

    assert finding.where == where
    assert indonesian in finding.text("id")
    assert english in finding.text("en")


def test_validate__without_java_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    (finding,) = mistakes(QUESTION, validate=True)

    assert "apt-get install default-jre-headless" in finding.text("id")
    assert "there is no Java" in finding.text("en")


def test_validates_remark__is_told_with_its_question() -> None:
    form = "# survey\n| type | name | label |\n| text | q | Q |\n| select_one x | a | A |"
    choices = "\n# choices\n| list_name | name | label |\n| x | 1 | Satu |\n| x | 2 | |"

    _, finding = compile_form(workbook_bytes(form + choices + SETTINGS), validate=True).warnings

    assert finding.where == "survey!B3"
    assert "both missing for: /data/a choice: 2" in finding.text("id")


def test_what_pyxform_stumbles_over__is_told_with_the_cell_that_it_names() -> None:
    (finding,) = mistakes(
        "# survey\n| type | name | label |\n| begin_repeat | r | R |\n| text | nama | N |\n| end_repeat |\n"
        "| select_multiple ${nama} | a | A |"
    )

    assert finding.where == "survey!A5"
    assert "KeyError: '${nama}'" in finding.text("en")

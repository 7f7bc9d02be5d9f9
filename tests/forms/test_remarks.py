"""What does not keep a form from being published is told with its cell: what is ignored, and what never happens."""

import pytest

from forms.problems import Finding
from forms.xlsform.compiler import compile_form
from tests.support.mistakes import QUESTION, SETTINGS
from tests.support.tables import workbook_bytes

CHOICES = "\n# choices\n| list_name | name | label |\n| air | sumur | Sumur |\n| air | 2 | Ledeng |"


def remarks(markdown: str) -> tuple[Finding, ...]:
    whole = markdown if "# settings" in markdown else markdown + SETTINGS
    return compile_form(workbook_bytes(whole)).warnings


TOLD = {
    "column_free": (
        "# survey\n| type | name | label | $kuid |\n| text | nama | Nama | x1 |",
        "survey!D1",
        "Kolom “$kuid” tidak dikenal, jadi isinya akan diabaikan",
        "begin its name with an underscore",
    ),
    "column_misspelled": (
        "# survey\n| type | name | label | relevnt |\n| text | nama | Nama | 1 = 1 |",
        "survey!D1",
        "Maksudnya “relevant”?",
        "Did you mean “relevant”?",
    ),
    "column_of_choices_misspelled": (
        QUESTION + "# choices\n| list_name | name | label | imge |\n| a | 1 | One | x |",
        "choices!D1",
        "Maksudnya “image”?",
        "Did you mean “image”?",
    ),
    "column_of_choices_with_a_space": (
        QUESTION + "# choices\n| list_name | name | label | nama desa |\n| a | 1 | Satu | x |",
        "choices!D1",
        "Kolom “nama desa” tidak dikenal, jadi isinya akan diabaikan",
        "column “nama desa” is unknown",
    ),
    "column_of_choices_that_is_no_element": (
        QUESTION + "# choices\n| list_name | name | label | $kuid |\n| a | 1 | Satu | x |",
        "choices!D1",
        "Kolom “$kuid” tidak dikenal",
        "begin its name with an underscore",
    ),
    "setting_unknown": (
        QUESTION + "# settings\n| form_title | form_id | version | defaul_language |\n| T | t | 1 | id |",
        "settings!D1",
        "Maksudnya “default_language”?",
        "Did you mean “default_language”?",
    ),
    "settings_more_rows": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| T | t | 1 |\n||\n| T | t | 2 |",
        "settings!4",
        "hanya dibaca satu baris",
        "only one row",
    ),
    "submission_url": (
        QUESTION + "# settings\n| form_title | form_id | version | submission_url |\n| T | t | 1 | https://x.id |",
        "settings!D2",
        "telepon mengirim ke server ini",
        "phones send to this one",
    ),
    "omit_instance_id": (
        QUESTION + "# settings\n| form_title | form_id | version | omit_instanceID |\n| T | t | 1 | yes |",
        "settings!D2",
        "omit_instanceID tidak ikut diterbitkan",
        "omit_instanceID is not published",
    ),
    "bind_type_unknown": (
        "# survey\n| type | name | calculation | bind::type |\n| calculate | z | 1 | integr |",
        "survey!D2",
        "disimpan sebagai teks. Maksudnya “integer”?",
        "kept as text. Did you mean “integer”?",
    ),
    "choice_of_no_list": (
        QUESTION + "# choices\n| list_name | name | label |\n| a | 1 | Satu |\n| | 2 | Dua |",
        "choices!A3",
        "tidak menyebut daftarnya",
        "names no list",
    ),
    "never_met": (
        "# survey\n| type | name | label | relevant |\n| select_one air | air | A |\n| note | b | B | ${air} = 'sumr' |"
        + CHOICES,
        "survey!D3",
        "“sumr” bukan pilihan pertanyaan yang dibandingkan di sini, jadi tidak pernah terpilih. Maksudnya “sumur”?",
        "“sumr” is no choice of the question that it is compared with here, so it is never selected. Did you mean",
    ),
}


@pytest.mark.parametrize(("form", "where", "indonesian", "english"), TOLD.values(), ids=TOLD)
def test_remark__names_its_cell_in_both_languages(form: str, where: str, indonesian: str, english: str) -> None:
    (finding,) = remarks(form)

    assert finding.where == where
    assert indonesian in finding.text("id")
    assert english in finding.text("en")


def compared(expression: str, kind: str = "select_one air", column: str = "relevant") -> list[str]:
    """The values in the expression that the question `air` never has."""
    rows = f"| {kind} | air | A | . != '' | \n| integer | n | N | | |\n| text | b | B | | {expression} |"
    form = f"# survey\n| type | name | label | constraint | {column} |\n{rows}{CHOICES}"
    return [finding.details["name"] for finding in remarks(form)]


@pytest.mark.parametrize(
    "expression",
    [
        "${air} = 'sumr'",
        "'sumr' != ${air}",
        "not(selected(${air}, 'sumr')) and ${n} > 3",
        "if(${air}='sumr', 1, 2) = 1",
        "${n} = 1 or (${air} = 'sumr')",
        "${last-saved#air} = 'sumr'",
    ],
)
def test_comparison__with_what_is_no_choice_is_told_wherever_it_stands(expression: str) -> None:
    assert compared(expression) == ["sumr"]
    assert compared(expression.replace("sumr", "sumur")) == []


def test_comparison__of_several_with_their_words() -> None:
    assert compared("${air} = 'sumur 2'", "select_multiple air") == []
    assert compared("${air} = 'sumur 2'", "select one from air") == ["sumur 2"]
    assert compared("${air} = 'sumur '") == ["sumur "]
    assert compared("selected(${air}, 'sumur 2')", "select_multiple air") == []
    assert compared("${air} = 'sumur 3'", "rank air") == ["sumur 3"]
    assert compared("selected(${air}, 'other')", "select_one air or_other") == []


def test_comparison__with_a_choice_of_two_words_can_be_met() -> None:
    rows = "| select_one air | air | A |\n| text | b | B | ${air} = 'tak tahu' |"

    form = f"# survey\n| type | name | label | relevant |\n{rows}"
    assert remarks(f"{form}\n# choices\n| list_name | name | label |\n| air | tak tahu | T |") == ()


@pytest.mark.parametrize(
    "expression",
    [
        "${air} = ''",
        "${air} = 2",
        "${air} = 2.0",
        "${n} = 7",
        "${n} + ${air} = 7",
        "${air} = ${n}",
        "string(${air}) = 'x'",
    ],
)
def test_comparison__that_can_be_met_or_is_none_is_not_told(expression: str) -> None:
    assert compared(expression) == []


def test_comparison__in_a_constraint_is_with_the_question_itself() -> None:
    form = "# survey\n| type | name | label | constraint |\n| select_one air | a | A | . != 'kali' |" + CHOICES

    (finding,) = remarks(form)

    assert (finding.where, finding.details["name"]) == ("survey!D2", "kali")


def test_settings_that_would_lose_answers__do_not_reach_the_phone() -> None:
    settings = """
        # settings
        | form_title | form_id | version | submission_url | omit_instanceID |
        | T          | t       | 1       | https://x.id   | yes             |
        """

    xml = compile_form(workbook_bytes(QUESTION + settings)).xml

    assert b"https://x.id" not in xml
    assert b"instanceID" in xml

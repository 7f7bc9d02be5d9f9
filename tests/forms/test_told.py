"""What an author is told of a workbook: the sheet, the cell, what stands there, what is wrong with it and what to write
instead, in both languages, and all of it at once."""

from __future__ import annotations

from string import Formatter
from typing import Any

import pytest

from forms.problems import Finding, Problem
from forms.review.told import tell
from forms.xlsform import checks, layout, lookups, remarks, unsaid, workbook
from forms.xlsform.compiler import attempt
from forms.xlsform.engines import messages
from tests.support.edited import Edited
from tests.support.mistakes import QUESTION, SETTINGS
from tests.support.tables import workbook_bytes

CHOICES = "\n# choices\n| list_name | name | label |\n| ya_tidak | ya | Ya |\n| ya_tidak | tidak | Tidak |\n"
ENTITIES = "\n# entities\n| list_name | label |\n| anak | ${nama} |\n"
# Each: the form, the sheet and cell, what stands there, what to write (an exact text, or words of the remedy), and
# words of what is wrong, in Indonesian and in English.
MISTAKES: dict[str, tuple[str, str, str, tuple[str, str], tuple[str, str]]] = {
    "type misspelled": (
        "# survey\n| type | name | label |\n| textt | nama | Nama |",
        "survey A2",
        "textt",
        ("text", "text"),
        ("“textt” tidak dikenal", "“textt” is unknown"),
    ),
    "type blank": (
        "# survey\n| type | name | label |\n| | nama | Nama |\n| text | a | A |",
        "survey A2",
        "",
        ("Isi, atau hapus barisnya", "Fill it in, or delete the row"),
        ("“type” di baris ini masih kosong", "“type” is blank"),
    ),
    "select without a list": (
        "# survey\n| type | name | label |\n| select_one | a | A |",
        "survey A2",
        "select_one",
        ("select_one ya_tidak", "select_one ya_tidak"),
        ("belum ada nama daftar", "name of a list of choices is missing"),
    ),
    "list misspelled": (
        "# survey\n| type | name | label |\n| select_one ya_tidk | a | A |" + CHOICES,
        "survey A2",
        "select_one ya_tidk",
        ("select_one ya_tidak", "select_one ya_tidak"),
        ("“ya_tidk” tidak ada", "no list of choices “ya_tidk”"),
    ),
    "name with a space": (
        "# survey\n| type | name | label |\n| text | nama ibu | Nama |",
        "survey B2",
        "nama ibu",
        ("tanpa spasi", "without spaces"),
        ("“nama ibu” tidak dapat dipakai", "“nama ibu” cannot be used"),
    ),
    "name blank": (
        "# survey\n| type | name | label |\n| text | | Nama |",
        "survey B2",
        "",
        ("Isi, atau hapus barisnya", "Fill it in, or delete the row"),
        ("“name” di baris ini masih kosong", "“name” is blank"),
    ),
    "name twice": (
        "# survey\n| type | name | label |\n| text | nama | Nama |\n| text | nama | Nama lagi |",
        "survey B3",
        "nama",
        ("Beri nama lain", "Give another name"),
        ("sudah dipakai di grup", "is taken in the same group"),
    ),
    "reference misspelled": (
        "# survey\n| type | name | label | relevant |\n| text | timbang | T | |\n| text | b | B | ${timbng} = 'ya' |",
        "survey D3",
        "${timbng} = 'ya'",
        ("${timbang} = 'ya'", "${timbang} = 'ya'"),
        ("${timbng} menunjuk pertanyaan yang tidak ada", "${timbng} refers to a question that is not"),
    ),
    "reference in a label": (
        "# survey\n| type | name | label |\n| text | nama | Nama |\n| note | n | nma: ${nma} |",
        "survey C3",
        "nma: ${nma}",
        ("nma: ${nama}", "nma: ${nama}"),
        ("${nma} menunjuk", "${nma} refers"),
    ),
    "reference not closed": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | ${a = 1 |",
        "survey D3",
        "${a = 1",
        ("kurung kurawal tutup", "closing brace"),
        ("Rujukan tidak utuh", "A reference is not complete"),
    ),
    "function misspelled": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | slected(${a}, 'x') |",
        "survey D3",
        "slected(${a}, 'x')",
        ("selected(${a}, 'x')", "selected(${a}, 'x')"),
        ("“slected()” tidak dikenal", "no function “slected()”"),
    ),
    "bracket alone": (
        "# survey\n| type | name | calculation |\n| calculate | a | (1 + 2 |",
        "survey C2",
        "(1 + 2",
        ("Periksa pasangan kurung", "come in pairs"),
        ("tanda kurung tanpa pasangan", "a bracket has no counterpart"),
    ),
    "quote alone": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | 'ya |",
        "survey D2",
        "'ya",
        ("Periksa pasangan kurung dan tanda kutip", "brackets and quotes come in pairs"),
        ("tanda kutip tanpa pasangan", "a quote has no counterpart"),
    ),
    "condition not ended": (
        "# survey\n| type | name | label | relevant |\n| integer | usia | U | |\n| text | b | B | ${usia} >= 6 and |",
        "survey D3",
        "${usia} >= 6 and",
        ("Periksa tanda operator", "Check its operators"),
        ("tidak dapat dibaca ODK Collect: ${usia} >= 6 and", "cannot read this expression: ${usia} >= 6 and"),
    ),
    "two equals signs": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | ${a} == 1 |",
        "survey D3",
        "${a} == 1",
        ("${a} = 1", "${a} = 1"),
        ("tidak membaca “==”", "does not read “==”"),
    ),
    "decimal comma": (
        "# survey\n| type | name | label | constraint |\n| decimal | lila | L | . > 10,5 and . < 50 |",
        "survey D2",
        ". > 10,5 and . < 50",
        (". > 10.5 and . < 50", ". > 10.5 and . < 50"),
        ("tidak membaca “10,5”", "does not read “10,5”"),
    ),
    "semicolons as in Excel": (
        "# survey\n| type | name | label | calculation |\n| decimal | b | B | |\n"
        "| calculate | c | | if(${b} > 2,5; 'a;b'; 0) |",
        "survey D3",
        "if(${b} > 2,5; 'a;b'; 0)",
        ("if(${b} > 2.5, 'a;b', 0)", "if(${b} > 2.5, 'a;b', 0)"),
        ("tidak membaca “2,5”, “;”", "does not read “2,5”, “;”"),
    ),
    "unequal as in Excel": (
        "# survey\n| type | name | label | relevant |\n| text | a | A | |\n| text | b | B | ${a} <> ’x’ OR ${a} => 1 |",
        "survey D3",
        "${a} <> ’x’ OR ${a} => 1",
        ("${a} != 'x' or ${a} >= 1", "${a} != 'x' or ${a} >= 1"),
        ("tidak membaca “<>”, “OR”, “=>”", "does not read “<>”, “OR”, “=>”"),
    ),
    "expressions in a circle": (
        "# survey\n| type | name | calculation |\n| calculate | a | ${b} + 1 |\n| calculate | b | ${a} + 1 |",
        "survey C2",
        "${b} + 1",
        ("Putuskan lingkarannya", "Break the circle"),
        ("melingkar: a (survey!C2), b (survey!C3)", "in a circle: a (survey!C2), b (survey!C3)"),
    ),
    "calculation missing": (
        "# survey\n| type | name | calculation |\n| calculate | z | |",
        "survey A2",
        "calculate",
        ("Tulis rumusnya di kolom calculation", "Write it in the column calculation"),
        ("belum berisi rumus", "has no expression yet"),
    ),
    "group never closed": (
        "# survey\n| type | name | label |\n| begin_group | g | G |\n| text | a | A |",
        "survey A2",
        "begin_group",
        ("Tambahkan end_group", "Add an end_group"),
        ("tidak punya penutup", "has no end"),
    ),
    "group never opened": (
        "# survey\n| type | name | label |\n| text | a | A |\n| end_group | | |",
        "survey A3",
        "end_group",
        ("hapus baris ini", "delete this row"),
        ("tidak punya pembuka", "has no beginning"),
    ),
    "choice twice": (
        QUESTION + CHOICES + "| ya_tidak | ya | Ya |",
        "choices B4",
        "ya",
        ("Beri nama lain atau hapus salah satu", "delete one of the two"),
        ("sudah ada dalam daftar yang sama", "in the same list already"),
    ),
    "choice without a name": (
        QUESTION + CHOICES + "| ya_tidak | | Mungkin |",
        "choices B4",
        "",
        ("Isi, atau hapus barisnya", "Fill it in"),
        ("“name” di baris ini masih kosong", "“name” is blank"),
    ),
    "choice with a space": (
        "# survey\n| type | name | label |\n| select_multiple air | a | A |"
        "\n# choices\n| list_name | name | label |\n| air | mata air | Mata air |",
        "choices B2",
        "mata air",
        ("garis bawah", "underscores"),
        ("tidak boleh memuat spasi", "must not hold spaces"),
    ),
    "column of choices misspelled": (
        QUESTION + "# choices\n| list_name | name | lable::A (en) |\n| a | 1 | One |",
        "choices C1",
        "lable::A (en)",
        ("label::A (en)", "label::A (en)"),
        ("“lable::A (en)” tidak dikenal", "“lable::A (en)” is unknown"),
    ),
    "column twice": (
        "# survey\n| type | name | label | relevant | relevant |\n| text | a | A | 1 | 1 |",
        "survey E1",
        "relevant",
        ("Hapus salah satu", "Remove one of them"),
        ("sudah ada di survey!D1", "stands in survey!D1 already"),
    ),
    "column missing": (
        "# survey\n| type | label |\n| note | Hai |",
        "survey 1",
        "",
        ("Tambahkan nama itu di baris 1", "Add that name in row 1"),
        ("Kolom “name” tidak ada", "no column “name”"),
    ),
    "form_id missing": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| T | | 1 |",
        "settings B2",
        "",
        ("tulis form_id di baris 1", "write form_id in row 1"),
        ("“form_id” belum diisi", "“form_id” is not given"),
    ),
    "form_id with a space": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| T | peta sosial | 1 |",
        "settings B2",
        "peta sosial",
        ("misalnya peta_sosial", "for example peta_sosial"),
        ("“peta sosial” tidak dapat dipakai", "“peta sosial” cannot be used"),
    ),
    "version missing": (
        QUESTION + "# settings\n| form_title | form_id |\n| T | t |",
        "settings 2",
        "",
        ("tulis version di baris 1", "write version in row 1"),
        ("“version” belum diisi", "“version” is not given"),
    ),
    "version with a space": (
        QUESTION + "# settings\n| form_title | form_id | version |\n| T | t | versi 2 |",
        "settings C2",
        "versi 2",
        ("misalnya 2026010501", "for example 2026010501"),
        ("“versi 2” tidak dapat dipakai", "“versi 2” cannot be used"),
    ),
    "settings missing": (
        QUESTION + "# setelan\n| form_title |",
        "",
        "",
        ("Tambahkan lembar itu", "Add that sheet"),
        ("Lembar “settings” tidak ada", "no sheet “settings”"),
    ),
    "save_to without a list": (
        "# survey\n| type | name | label | save_to |\n| text | a | A | nama |",
        "survey D2",
        "nama",
        ("Tambahkan lembar itu, atau kosongkan save_to", "Add that sheet, or leave save_to blank"),
        ("memerlukan lembar entities", "needs a sheet entities"),
    ),
    "save_to of another list": (
        "# survey\n| type | name | label | save_to |\n| text | nama | A | balita#nama |" + ENTITIES,
        "survey D2",
        "balita#nama",
        ("Betulkan ejaannya", "Correct its spelling"),
        ("tidak ada di lembar entities", "is not on the sheet entities"),
    ),
    "column of entities misspelled": (
        QUESTION + "# entities\n| list_name | label | creat_if |\n| anak | ${nama} | true() |",
        "entities C1",
        "creat_if",
        ("create_if", "create_if"),
        ("“creat_if” tidak dikenal", "“creat_if” is unknown"),
    ),
    "question without words": (
        "# survey\n| type | name | label::Indonesia (id) | label::English (en) |\n| text | nama | Nama | Name |\n"
        "| select_one ya_tidak | lila | | |" + CHOICES,
        "survey C3",
        "",
        ("Tulis kalimatnya di kolom label", "Write them in the column label"),
        ("Pertanyaan “lila” belum punya kalimat", "The question “lila” has no words yet"),
    ),
    "required in Indonesian": (
        "# survey\n| type | name | label | required |\n| text | a | A | yes |\n| text | b | B | ya |",
        "survey D3",
        "ya",
        ("yes", "yes"),
        ("“ya” di kolom required bukan yes, no, atau rumus", "“ya” in the column required is neither yes, no nor"),
    ),
    "readonly in Indonesian": (
        "# survey\n| type | name | label | readonly |\n| text | a | A | ${b} = 'x' |\n| text | b | B | Tidak |",
        "survey D3",
        "Tidak",
        ("no", "no"),
        ("jadi telepon menganggapnya no", "so that phones take it for no"),
    ),
    "language in another spelling": (
        "# survey\n| type | name | label::Bahasa indonesia (id) | hint::Bahasa Indonesia (id) |\n| text | a | A | B |"
        "\n# settings\n| form_title | form_id | version | default_language |\n| T | t | 1 | Bahasa Indonesia (id) |",
        "survey C1",
        "label::Bahasa indonesia (id)",
        ("label::Bahasa Indonesia (id)", "label::Bahasa Indonesia (id)"),
        ("di tempat lain ditulis “Bahasa Indonesia (id)”", "is spelled “Bahasa Indonesia (id)” elsewhere"),
    ),
    "default_language in another spelling": (
        "# survey\n| type | name | label::Indonesia | hint::Indonesia |\n| text | a | A | B |"
        "\n# settings\n| form_title | form_id | version | default_language |\n| T | t | 1 | indonesia |",
        "settings D2",
        "indonesia",
        ("Indonesia", "Indonesia"),
        ("di tempat lain ditulis “Indonesia”", "is spelled “Indonesia” elsewhere"),
    ),
    "survey empty": (
        "# survey\n| type | name | label |",
        "survey A2",
        "",
        ("Tulis satu pertanyaan per baris", "Write one question a row"),
        ("belum berisi pertanyaan", "holds no question yet"),
    ),
}
REMARKS: dict[str, tuple[str, str, str, tuple[str, str], tuple[str, str]]] = {
    "column misspelled": (
        "# survey\n| type | name | label | relevent |\n| text | a | A | 1 |",
        "survey D1",
        "relevent",
        ("relevant", "relevant"),
        ("“relevent” tidak dikenal", "“relevent” is unknown"),
    ),
    "question with a hint alone": (
        "# survey\n| type | name | label | hint |\n| text | a | A | |\n| decimal | lila | | Dalam cm |",
        "survey C3",
        "",
        ("Tulis kalimatnya di kolom label", "Write them in the column label"),
        ("“lila” hanya punya petunjuk", "“lila” has a hint and no words"),
    ),
    "setting unknown": (
        QUESTION + "# settings\n| form_title | form_id | version | warna |\n| T | t | 1 | biru |",
        "settings D1",
        "warna",
        ("awali namanya dengan garis bawah: “_warna”", "begin its name with an underscore: “_warna”"),
        ("“warna” tidak dikenal", "“warna” is unknown"),
    ),
    "comparison with no choice": (
        "# survey\n| type | name | label | relevant |\n| select_one ya_tidak | a | A | |\n"
        "| text | b | B | ${a} = 'iya' |" + CHOICES,
        "survey D3",
        "${a} = 'iya'",
        ("Betulkan nilainya", "Correct it"),
        ("“iya” bukan pilihan", "“iya” is no choice"),
    ),
}


def told(markdown: str, *, validate: bool = False) -> list[dict[str, Any]]:
    whole = markdown if "# settings" in markdown or "# setelan" in markdown else markdown + SETTINGS
    content = workbook_bytes(whole)
    tried = attempt(content, validate=validate)
    return tell(content, tried.findings, tried.remarks)


def holds(row: dict[str, Any], place: str, content: str, write: tuple[str, str], wrong: tuple[str, str]) -> None:
    assert f"{row['sheet']} {row['cell']}".strip() == place
    assert row["content"] == content
    for language, to_write, words in zip(("id", "en"), write, wrong, strict=True):
        assert to_write in (row["write"], "") or to_write in row["remedy"][language]
        assert words in row["wrong"][language]


@pytest.mark.parametrize(("form", "place", "content", "write", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_mistake__is_told_by_sheet_cell_content_and_remedy(
    form: str, place: str, content: str, write: tuple[str, str], wrong: tuple[str, str]
) -> None:
    (row,) = [row for row in told(form, validate=True) if row["light"] == "red"]

    holds(row, place, content, write, wrong)


@pytest.mark.parametrize(("form", "place", "content", "write", "wrong"), REMARKS.values(), ids=REMARKS)
def test_remark__is_told_in_the_same_way_and_stops_nothing(
    form: str, place: str, content: str, write: tuple[str, str], wrong: tuple[str, str]
) -> None:
    (row,) = told(form)

    assert row["light"] == "yellow"
    holds(row, place, content, write, wrong)


@pytest.mark.parametrize(
    "row",
    [
        "| calculate | z | | | 1 |",
        "| text | z | | | 1 |",
        "| text | z | | x.png | |",
        "| hidden | z | | | |",
        "| begin_group | z | | | |\n| text | y | Y | | |\n| end_group | | | | |",
        "| audit | audit | | | |",
        "| start-geopoint | z | | | |",
    ],
    ids=["calculate", "computed", "picture", "hidden", "group", "audit", "at the start"],
)
def test_what_nobody_reads__needs_no_words(row: str) -> None:
    header = "| type | name | label | media::image | calculation |"
    assert told(f"# survey\n{header}\n| text | nama | Nama | | |\n{row}") == []


@pytest.mark.parametrize("required", ["yes", "no", "TRUE", "true()", "1", "${nama} = 'x'", "selected(${nama}, 'x')"])
def test_required__as_it_is_spelled(required: str) -> None:
    assert (
        told(f"# survey\n| type | name | label | required |\n| text | nama | N | |\n| text | b | B | {required} |")
        == []
    )


def test_there_are_as_many_typical_mistakes_as_an_author_makes() -> None:
    assert len(MISTAKES) >= 25


def test_an_excel_error__is_told_with_all_the_rest() -> None:
    book = Edited(workbook_bytes("# survey\n| type | name | label |\n| text | a | A |\n| textt | b | B |" + SETTINGS))
    book.sheet("survey")["C2"].value = "#NAME?"
    book.sheet("survey")["C2"].data_type = "e"

    found = tell(book.content, attempt(book.content).findings)

    assert [(row["cell"], row["content"]) for row in found] == [("C2", "#NAME?"), ("A3", "textt")]


MANY = """
# survey
| type               | name  | label | relevant         | calculation |
| text               | nama  | Nama  |                  |             |
| text               | nama  | Nama  |                  |             |
| textt              | c     | C     |                  |             |
| text               | d     | D     | ${nma} = 'x'     |             |
| text               | e     | E     | ${nama} == 'x'   |             |
| text               | f g   | F     |                  |             |
| note               | n     | ${f g} |                 |             |
| calculate          | h     |       |                  |             |
| select_one tak_ada | i     | I     |                  |             |
| text               | j     | J     | ${c} = = 2       |             |
| end_group          |       |       |                  |             |
# choices
| list_name | name | label |
| a         | 1    | Satu  |
| a         | 1    | Dua   |
# settings
| form_title | form_id | version |
| T          | t       |         |
"""


def test_mistakes__come_all_at_once__also_those_at_which_pyxform_and_validate_stop() -> None:
    tried = attempt(workbook_bytes(MANY), validate=True)

    assert [finding.where for finding in tried.findings] == [
        "choices!B3",
        "settings!C2",
        "survey!B3",
        "survey!A4",
        "survey!D5",
        "survey!D6",
        "survey!B7",
        "survey!A9",
        "survey!A10",
        "survey!D11",
        "survey!A12",
    ]
    assert tried.whole
    assert tried.form is not None, "what is left can be made"


def test_where_nothing_can_be_taken_out__there_may_be_more() -> None:
    assert not attempt(workbook_bytes("# survey\n| type | label |\n| note | Hai |" + SETTINGS)).whole


def test_what_is_long_is_shown_around_the_mistake() -> None:
    long = " + ".join(f"'teks nomor {number}'" for number in range(30))
    form = f"# survey\n| type | name | calculation |\n| calculate | nama | 1 |\n| calculate | b | {long} + ${{nma}} |"

    (row,) = told(form)

    assert row["content"].startswith("…") and row["content"].endswith("${nma}")
    assert row["write"].endswith("${nama}")
    assert len(row["content"]) < 130


ALL_PROBLEMS = {
    f"{module.__name__}.{name}": one
    for module in (checks, layout, lookups, remarks, unsaid, workbook, messages)
    for name, one in vars(module).items()
    if isinstance(one, Problem)
} | {kind.code: kind for _, kind in messages.KINDS}


@pytest.mark.parametrize("problem", ALL_PROBLEMS.values(), ids=ALL_PROBLEMS)
def test_every_problem__says_what_is_wrong_and_then_what_to_do(problem: Problem) -> None:
    for language, template in (("id", problem.id), ("en", problem.en)):
        details = {name: "x" for _, name, _, _ in Formatter().parse(template) if name}
        wrong, remedy = Finding(problem, "", details).parts(language)  # type: ignore[arg-type]
        assert len(wrong.split()) > 2, template
        assert len(remedy.split()) > 1, template

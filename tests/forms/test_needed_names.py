"""What a new version of a form may not drop: names that rules, the server or other forms read, told at the cell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from forms.indicators.rules import SECTORS
from forms.problems import Finding
from forms.schema import Field, FormSchema, Table
from forms.versions.cells import Cells
from forms.versions.list_needs import list_needs
from forms.versions.losses import losses
from forms.versions.needs import NEEDS, Need
from forms.versions.rule_needs import check_rules, rule_needs
from forms.xlsform.compiler import compile_form
from forms.xlsform.sheets import XlsForm, read_xlsform
from forms.xlsform.workbook import read_workbook
from server.publications import shipped
from tests.support.builders import shipped_schema
from tests.support.counting import workbook
from tests.support.tables import workbook_bytes

ROOT = Path(__file__).parents[2]
SHIPPED = [shipped_schema(path.stem) for path in shipped.FORMS]
RULES = shipped.INDICATORS.read_bytes()

# A visit to a child, with a repeat: line by line, as the tests change it.
VISIT = """
# survey
| type                          | name        | label      | save_to     |
| date                          | tanggal     | Tanggal    |             |
| select_one_from_file anak.csv | anak        | Anak       |             |
| begin_group                   | posyandu    | Posyandu   |             |
| select_one ya_tidak           | timbang     | Ditimbang? |             |
| decimal                       | berat_badan | Berat      |             |
| end_group                     |             |            |             |
| select_one gizi               | status      | Gizi       | status_gizi |
| begin_repeat                  | kegiatan    | Kegiatan   |             |
| integer                       | realisasi   | Belanja    |             |
| end_repeat                    |             |            |             |
# choices
| list_name | name   | label  |
| ya_tidak  | ya     | Ya     |
| ya_tidak  | tidak  | Tidak  |
| gizi      | baik   | Baik   |
| gizi      | buruk  | Buruk  |
# entities
| list_name | label   | entity_id |
| anak      | Seorang | ${anak}   |
# settings
| form_title | form_id        | version |
| Kunjungan  | rapat_triwulan | 1       |
"""


def question(name: str, *choices: str, of: str = "", about: str = "anak") -> Need:
    return Need("question", name, "daftar tugas", "the work list", of, frozenset(choices), about=about)


def property_(name: str, *choices: str) -> Need:
    return Need("property", name, "daftar tugas", "the work list", "anak", frozenset(choices))


def found(need: Need, *changes: tuple[str, str]) -> list[Finding]:
    """What the need makes of a second version of the form, in which these lines are others."""
    changed = VISIT
    for old, new in changes:
        assert old in changed
        changed = changed.replace(old, new)
    content = workbook_bytes(changed)
    before = compile_form(workbook_bytes(VISIT)).schema
    after = compile_form(content).schema
    return losses([need], before, after, Cells(sheets(content), sheets(workbook_bytes(VISIT))))


def sheets(content: bytes) -> XlsForm:
    return read_xlsform(read_workbook(content))


def told(need: Need, *changes: tuple[str, str]) -> str:
    (finding,) = found(need, *changes)
    assert "{" not in finding.text("id") + finding.text("en")
    assert finding.details["users_id"] == "daftar tugas"
    return finding.text("en")


WEIGHED = "| select_one ya_tidak           | timbang     | Ditimbang? |             |"


def test_a_question_that_is_renamed_is_told_at_its_new_name() -> None:
    assert told(question("timbang"), ("| timbang     |", "| ditimbang   |")) == (
        "survey!B5: The question “timbang” is in version 1, which is live, and no longer here, but it is needed by "
        "the work list. Give it its name back, or add a calculate named timbang."
    )


def both(need: Need, *changes: tuple[str, str]) -> tuple[str, str]:
    """The only finding, in Indonesian and in English."""
    (finding,) = found(need, *changes)
    return finding.text("id"), finding.text("en")


def test_a_question_that_is_dropped_is_told_at_the_sheet_with_the_row_that_it_had() -> None:
    assert both(question("timbang"), (f"{WEIGHED}\n", "")) == (
        "survey: Pertanyaan “timbang” ada di versi 1 yang berlaku, baris 5 lembar survey, dan tidak ada lagi di sini, "
        "padahal diperlukan oleh daftar tugas. Kembalikan barisnya, atau tambahkan calculate bernama timbang.",
        "survey: The question “timbang” is in version 1, which is live, in row 5 of the sheet survey, and no longer "
        "here, but it is needed by the work list. Put its row back, or add a calculate named timbang.",
    )


ADDED = "| select_one ya_tidak           | lauk_hewani | Lauk?      |             |"


def test_a_question_that_was_added_elsewhere_is_not_taken_for_the_one_that_is_gone() -> None:
    other = "| end_group                     |             |            |             |"
    for need in (question("timbang"), question("timbang", "ya")):
        (finding,) = found(need, (f"{WEIGHED}\n", ""), (other, f"{ADDED}\n{other}"))
        assert (finding.where, finding.problem.write, finding.details["row"]) == ("survey", "", "5")


@pytest.mark.parametrize(
    "changed",
    [
        WEIGHED.replace("| timbang     |", "| naik        |"),
        WEIGHED.replace("| timbang     | Ditimbang? |", "| timbangan   | Lain       |"),
        WEIGHED.replace("| timbang     | Ditimbang? |", "| naik        | Lain       |"),
    ],
    ids=["same label", "a name that is alike", "same place"],
)
def test_a_question_that_is_like_the_one_that_is_gone_is_told_at_its_cell(changed: str) -> None:
    assert told(question("timbang"), (WEIGHED, changed)).startswith("survey!B5: ")


def test_a_question_whose_group_was_renamed_is_not_taken_for_another_that_is_gone() -> None:
    before = VISIT.replace(WEIGHED, f"{WEIGHED}\n| decimal | berat_bayi | Bayi | |")
    after = VISIT.replace("| posyandu    |", "| penimbangan |")
    contents = workbook_bytes(before), workbook_bytes(after)
    schemas = [compile_form(content).schema for content in contents]
    (finding,) = losses([question("berat_bayi")], *schemas, Cells(sheets(contents[1]), sheets(contents[0])))
    assert (finding.where, finding.details["row"]) == ("survey", "6"), "berat_badan was there before"


def test_a_question_that_a_calculate_stands_in_for_is_no_loss() -> None:
    survey = (WEIGHED, WEIGHED.replace("timbang    ", "ditimbang  "))
    sheet = ("| save_to     |", "| save_to | calculation |")
    stands_in = ("| end_group  ", "| calculate | timbang | | | ${ditimbang} |\n| end_group  ")
    assert found(question("timbang", "ya"), survey, sheet, stands_in) == []


def test_a_question_in_another_group_is_no_loss() -> None:
    moved = f"{WEIGHED}\n| begin_group                   | posyandu    | Posyandu   |             |"
    assert found(question("timbang", "ya"), (f"{WEIGHED}\n", ""), (moved.split("\n")[1], moved)) == []


def test_a_group_that_is_renamed_takes_its_questions_along() -> None:
    assert found(question("timbang", "ya"), ("| posyandu    |", "| penimbangan |")) == []


def test_a_namesake_that_takes_the_name_away_is_told_at_its_row() -> None:
    namesake = "| begin_repeat                  | kegiatan "
    assert told(question("timbang"), (namesake, f"| text | timbang | Di rumah? | |\n{namesake}")) == (
        "survey!B9: The name “timbang” is that of another question now: the one that is needed by the work list is "
        "called “posyandu_timbang”, as two have the same name. Give the new question another name."
    )


def test_a_question_of_another_type_is_told_with_both() -> None:
    assert told(question("berat_badan"), ("| decimal  ", "| text     ")).startswith(
        "survey!A6: The question “berat_badan” is of type decimal in version 1, which is live, and text here"
    )
    assert found(question("berat_badan"), ("| decimal  ", "| integer  ")) == []


def test_a_choice_that_is_renamed_is_told_at_its_new_name() -> None:
    assert told(question("timbang", "ya"), ("| ya_tidak  | ya     |", "| ya_tidak  | iya    |")) == (
        "choices!B2: The choice “ya” of “timbang” is in version 1, which is live, and no longer here, but it is needed "
        "by the work list. Give it its name back in the column name; its wording (label) may change."
    )


def test_a_choice_that_is_dropped_is_told_at_its_question_with_the_row_that_it_had() -> None:
    row = "| ya_tidak  | ya     | Ya     |\n"
    last = "| gizi      | baik   | Baik   |\n"
    added = "| ya_tidak  | entah  | Entah  |\n"
    for changes in ([(row, "")], [(row, ""), (last, added + last)]):
        assert both(question("timbang", "ya"), *changes) == (
            "survey!B5: Pilihan “ya” dari “timbang” ada di versi 1 yang berlaku, baris 2 lembar choices, dan tidak ada "
            "lagi di sini, padahal diperlukan oleh daftar tugas. Kembalikan barisnya di lembar choices; kalimatnya "
            "(label) boleh diubah.",
            "survey!B5: The choice “ya” of “timbang” is in version 1, which is live, in row 2 of the sheet choices, "
            "and no longer here, but it is needed by the work list. Put its row back on the sheet choices; its wording "
            "(label) may change.",
        )


def test_choices_that_nobody_tells_apart_may_go() -> None:
    assert found(question("timbang", "ya"), ("| ya_tidak  | tidak  |", "| ya_tidak  | belum  |")) == []
    assert found(question("timbang", "naik"), ("| ya_tidak  | ya     |", "| ya_tidak  | iya    |")) == []


def test_a_question_of_a_repeat_and_the_repeat_itself_are_needed() -> None:
    need = question("realisasi", of="kegiatan")
    assert "“realisasi” of the repeat “kegiatan”" in told(need, ("| realisasi   |", "| belanja     |"))
    assert told(need, ("| kegiatan    |", "| rencana     |")).startswith(
        "survey!B9: The repeat “kegiatan” is in version 1, which is live, and no longer here, but it is needed by"
    )


def test_a_property_that_is_saved_no_longer_is_told_at_its_cell() -> None:
    assert told(property_("status_gizi"), ("| status_gizi |", "| gizi        |")) == (
        "survey!D8: Version 1, which is live, saves “status_gizi” to the list “anak”; this one does not, but it is "
        "needed by the work list. Write status_gizi again in the column save_to of its question."
    )


STATUS = "| select_one gizi               | status      | Gizi       | status_gizi |\n"


def test_a_property_whose_question_is_dropped_is_told_with_the_row_that_it_had() -> None:
    """Not at a question that was added elsewhere."""
    for added in ("", "| text | catatan | Catatan | |\n"):
        first = "| begin_group                   | posyandu "
        assert both(property_("status_gizi"), (STATUS, ""), (first, added + first)) == (
            "survey: Versi 1 yang berlaku menyimpan “status_gizi” ke daftar “anak” dari pertanyaan “status”, baris 8 "
            "lembar survey; pertanyaan itu tidak ada lagi di sini, padahal diperlukan oleh daftar tugas. Kembalikan "
            "barisnya, dengan status_gizi di kolom save_to.",
            "survey: Version 1, which is live, saves “status_gizi” to the list “anak” from the question “status” in "
            "row 8 of the sheet survey; that question is no longer here, but it is needed by the work list. Put its "
            "row back, with status_gizi in the column save_to.",
        )


def test_of_several_lists_the_one_is_written_that_a_property_is_saved_to() -> None:
    in_repeat = "| integer                       | realisasi   | Belanja    | kegiatan#realisasi |"
    whole = (
        VISIT.replace("| integer                       | realisasi   | Belanja    |             |", in_repeat)
        .replace("| status_gizi |", "| anak#status_gizi |")
        .replace("# settings", "| kegiatan | Rencana | uuid() |\n# settings")
    )
    for old, new, where in (
        ("| anak#status_gizi |", "| |", "survey!D8"),
        (STATUS.replace("| status_gizi |", "| anak#status_gizi |"), "", "survey"),
    ):
        assert old in whole
        before, after = (workbook_bytes(one) for one in (whole, whole.replace(old, new)))
        cells = Cells(sheets(after), sheets(before))
        schemas = compile_form(before).schema, compile_form(after).schema
        (finding,) = losses([property_("status_gizi")], *schemas, cells)
        assert finding.where == where
        assert "anak#status_gizi" in finding.parts("id")[1]
        assert "anak#status_gizi" in finding.parts("en")[1]
        assert finding.problem.write.format(**finding.details) in ("anak#status_gizi", "")


def test_a_choice_of_a_property_is_told_at_its_new_name() -> None:
    assert told(property_("status_gizi", "buruk"), ("| gizi      | buruk  |", "| gizi      | parah  |")).startswith(
        "choices!B5: The choice “buruk” of “status_gizi” is in version 1"
    )


def test_a_property_that_another_question_saves_is_no_loss() -> None:
    assert found(property_("status_gizi"), ("| status      | Gizi ", "| gizi        | Gizi ")) == []


def test_a_list_that_is_renamed_is_told_at_its_cell__and_not_once_more_for_each_property() -> None:
    renamed = ("| anak      | Seorang", "| balita    | Seorang")
    need = Need("list", "anak", "register", "the register")
    content = workbook_bytes(VISIT.replace(*renamed))
    before, after = compile_form(workbook_bytes(VISIT)).schema, compile_form(content).schema
    (finding,) = losses(
        [need, property_("status_gizi")], before, after, Cells(sheets(content), sheets(workbook_bytes(VISIT)))
    )
    assert finding.text("en") == (
        "entities!A2: Version 1, which is live, writes the list “anak”; this one does not, but it is needed by the "
        "register. Give it its name back on the sheet entities."
    )


def test_what_is_read_of_other_forms_is_none_of_this_ones_affair() -> None:
    renamed = ("| timbang     |", "| ditimbang   |")
    assert found(replace(question("timbang"), form="kunjungan_rumah"), renamed) == []
    assert found(question("timbang", about="ibu_hamil"), renamed) == []


def test_all_that_need_a_name_are_told_at_once() -> None:
    other = replace(question("timbang"), id="indikator a2", en="the indicator a2")
    content = workbook_bytes(VISIT.replace("| timbang     |", "| ditimbang   |"))
    before, after = compile_form(workbook_bytes(VISIT)).schema, compile_form(content).schema
    (finding,) = losses(
        [question("timbang"), other], before, after, Cells(sheets(content), sheets(workbook_bytes(VISIT)))
    )
    assert "needed by the work list, the indicator a2." in finding.text("en")


# What rules need


def without(form_id: str, name: str, new: str = "") -> list[FormSchema]:
    """The shipped forms, as though one had this question no longer, or under a new name."""
    return [_renamed(one, name, new) if one.form_id == form_id else one for one in SHIPPED]


def _renamed(schema: FormSchema, name: str, new: str) -> FormSchema:
    tables = [
        replace(table, fields=tuple(_fields(table, name, new))) if not table.name else table for table in schema.tables
    ]
    return replace(schema, version=f"{schema.version}9", tables=tuple(tables))


def _fields(table: Table, name: str, new: str) -> Iterator[Field]:
    for field in table.fields:
        if field.name != name:
            yield field
        elif new:
            yield replace(field, name=new, path=(*field.path[:-1], new))


def test_rules_name_what_they_need_with_their_cell() -> None:
    needs = [need for need in rule_needs(RULES, SHIPPED, SHIPPED) if need.name == "timbang"]
    assert [(need.kind, need.id, sorted(need.choices), need.about) for need in needs] == [
        ("question", "indikator a2 (indikator!I11)", ["ya"], "anak")
    ]


def test_rules_need_properties_of_the_household_and_those_that_stand_in_for_an_answer() -> None:
    found = {(need.of, need.name) for need in rule_needs(RULES, SHIPPED, SHIPPED) if need.kind == "property"}
    assert {("keluarga", "air_minum"), ("keluarga", "jamban"), ("anak", "status_gizi"), ("anak", "akta_lahir")} <= found


def test_rules_need_the_choices_of_every_function() -> None:
    rule = "selected('kurang buruk', ${status_gizi}) or coalesce(${timbang}, ${ukur}) = 'ya' or selected(${ukur}, 'x')"
    rules = workbook({"a2"}, a2={"diterima_jika": rule})
    named = {need.name: sorted(need.choices) for need in rule_needs(rules, SHIPPED, SHIPPED) if need.kind == "question"}
    assert named == {"status_gizi": ["buruk", "kurang"], "timbang": ["ya"], "ukur": ["x", "ya"]}


def test_the_shipped_rules_fit_the_shipped_forms() -> None:
    assert list(check_rules(RULES, SHIPPED, SHIPPED)) == []


def test_a_name_that_only_older_versions_have_is_told_at_the_rule() -> None:
    live = without("kunjungan_rumah", "timbang", "ditimbang")
    (finding,) = check_rules(RULES, [*SHIPPED, *live], live)
    assert finding.text("en") == (
        "indikator!I11: ${timbang}, which the indicator a2 uses, is only in older versions of the forms; those that "
        "are live now do not have it. Write the name of today, or publish a version of the form that has timbang."
    )


def test_a_choice_that_only_older_versions_have_is_told_at_the_rule() -> None:
    visit = shipped_schema("kunjungan_rumah")
    fields = [
        replace(field, choices=frozenset({"iya", "tidak"})) if field.name == "timbang" else field
        for field in visit.main.fields
    ]
    now = replace(visit, tables=(replace(visit.main, fields=tuple(fields)),))
    live = [now if one is visit else one for one in SHIPPED]
    (finding,) = check_rules(RULES, [*SHIPPED, now], live)
    assert finding.text("en").startswith(
        "indikator!I11: The choice 'ya' of ${timbang}, which the indicator a2 uses, is in none of the forms that are "
        "live. Its choices are: iya, tidak."
    )


def test_rules_that_wait_for_a_form_are_not_checked() -> None:
    live = [one for one in SHIPPED if one.form_id != "pantau_paud"]
    assert list(check_rules(RULES, live, live)) == []
    assert "ikut_paud" not in {need.name for need in rule_needs(RULES, live, live)}


# What other forms need


def test_forms_need_the_lists_that_they_read_and_the_properties_that_they_speak_of() -> None:
    review = compile_form((shipped.WORKBOOKS / "rapat_triwulan.xlsx").read_bytes())
    saved = [("kegiatan", "anggaran_stunting"), ("kegiatan", "sektor"), ("anak", "anggaran_stunting")]
    needs = list(list_needs(review.schema, review.xml, saved))
    assert [(need.kind, need.of, need.name) for need in needs] == [
        ("list", "", "kegiatan"),
        ("list", "", "keluarga"),
        ("property", "kegiatan", "anggaran_stunting"),
    ]
    assert needs[0].id == "formulir rapat_triwulan"


def test_what_the_server_puts_into_a_list_no_form_need_save() -> None:
    visit = compile_form((shipped.WORKBOOKS / "kunjungan_rumah.xlsx").read_bytes())
    needs = list_needs(visit.schema, visit.xml, [("anak", "prioritas"), ("anak", "dusun")])
    assert [need.name for need in needs if need.kind == "property"] == ["dusun"]


# What the server needs


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: f"{need.kind}-{need.of}-{need.name}-{need.form}")
def test_what_the_server_needs_is_in_a_shipped_form(need: Need) -> None:
    forms = [one for one in SHIPPED if need.concerns(one)]
    if need.kind == "list":
        assert any(need.name in one.lists for one in forms)
        return
    if need.kind == "property":
        fields = [field for one in forms for list_, saved, field in one.saved_properties() if saved == need.name]
    else:
        tables = [table for one in forms for table in one.tables if table.name == need.of]
        fields = [table.by_name[need.name] for table in tables if need.name in table.by_name]
    assert fields
    known = [field.choices for field in fields if field.choices is not None]
    assert not known or need.choices <= frozenset().union(*known)


@cache
def spelt_by_the_server() -> frozenset[str]:
    """The words that the code of the server and of counting has in quotes; that of accounts reads no answers."""
    found = set()
    for folder in ("server", "aggregate", "forms/growth", "scorecards"):
        for file in (ROOT / folder).rglob("*.py"):
            if {"accounts", "demo", "cli", "migrations"}.isdisjoint(file.parts):
                tree = ast.parse(file.read_text())
                found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return frozenset(word for word in found if isinstance(word, str))


def test_every_name_that_the_server_spells_is_needed() -> None:
    """Whoever reads one more answer by its name adds it to NEEDS; these are something else."""
    computed = {"usia_bulan", "minggu_hamil", "perlu"}
    of_web_forms = {"nomor"}
    of_pages = {"foto"}
    names = {field.name for one in SHIPPED for table in one.tables for field in table.fields}
    names |= {saved for one in SHIPPED for _, saved, _ in one.saved_properties()}
    assert (names & spelt_by_the_server()) - {need.name for need in NEEDS} == computed | of_web_forms | of_pages


def test_every_choice_that_the_server_spells_is_needed() -> None:
    """The same; these are words of pages, roles and periods that some choice happens to be called like."""
    of_pages = {"belum", "bersama", "kpm", "pendamping", "sasaran", "selesai", "semua", "tidak", "tutup", "baik"}
    of_pages |= set(SECTORS)
    choices = {
        choice for one in SHIPPED for table in one.tables for field in table.fields for choice in field.choices or ()
    }
    needed = {choice for need in NEEDS for choice in need.choices} | {need.name for need in NEEDS}
    assert (choices & spelt_by_the_server()) - needed - of_pages == set()

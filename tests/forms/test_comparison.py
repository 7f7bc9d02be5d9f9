"""What a workbook changes in a form, question by question."""

from __future__ import annotations

from forms.review.comparison import Aspect, Comparison, compare
from forms.xlsform.sheets import XlsForm, read_xlsform
from forms.xlsform.workbook import read_workbook
from tests.support.mistakes import SETTINGS
from tests.support.tables import workbook_bytes

BEFORE = """
# survey
| type           | name   | label | relevant    | calculation     | constraint |
| select_one air | air    | Air   |             |                 |            |
| begin_repeat   | orang  | Orang |             |                 |            |
| text           | nama   | Nama  |             |                 |            |
| integer        | umur   | Umur  |             |                 | . < 120    |
| end_repeat     |        |       |             |                 |            |
| begin_group    | akhir  | Akhir |             |                 |            |
| text           | nama   | Siapa | ${air} = 'a' |                |            |
| end_group      |        |       |             |                 |            |
| calculate      | layak  |       |             | ${air} = 'a'    |            |
| calculate      | rumah  |       |             | ${layak} or 1=2 |            |
# choices
| list_name | name | label |
| air       | a    | Satu  |
| air       | b    | Dua   |
"""


def form(markdown: str) -> XlsForm:
    return read_xlsform(read_workbook(workbook_bytes(markdown + SETTINGS)))


def changed(*pairs: tuple[str, str]) -> Comparison:
    after = BEFORE
    for old, new in pairs:
        assert old in after
        after = after.replace(old, new)
    return compare(form(BEFORE), form(after))


def test_nothing_changed() -> None:
    assert changed() == Comparison((), 8)


def test_a_question_is_known_by_its_repeat_and_name__in_whatever_group_it_stands() -> None:
    moved = changed(("| begin_group    | akhir  | Akhir |", "| begin_group    | ujung  | Ujung |"))

    assert [(one.what, one.key) for one in moved.changes] == [("added", ("", "ujung")), ("removed", ("", "akhir"))]
    inside = changed(("| integer        | umur   |", "| integer        | usia   |"))
    assert [(one.what, one.key) for one in inside.changes] == [
        ("added", ("orang", "usia")),
        ("removed", ("orang", "umur")),
    ]


def test_each_column_that_changed_is_told__and_whether_answers_may_change() -> None:
    (words,) = changed(("| Umur  |", "| Usia  |")).changes
    assert words.aspects == (Aspect("label", "label", "Umur", "Usia"),)
    assert not words.changes_answers
    (bounds,) = changed((". < 120 ", ". < 100 ")).changes
    assert bounds.aspects == (Aspect("allowed", "constraint", ". < 120", ". < 100"),)
    assert bounds.changes_answers
    assert bounds.where == "survey!B5"


def test_choices_are_told_by_name__with_what_hangs_on_the_question() -> None:
    (air,) = changed(
        ("| air       | b    | Dua   |", "| air       | c    | Tiga  |"), ("| Satu  |", "| Esa   |")
    ).changes

    assert air.aspects == (
        Aspect("label", "a", "Satu", "Esa"),
        Aspect("choices", "b", "Dua", ""),
        Aspect("choices", "c", "", "Tiga"),
    )
    assert air.through == {"nama", "layak", "rumah"}


def test_settings_and_lists_are_told__the_version_is_not() -> None:
    after = BEFORE + SETTINGS.replace("Peta sosial", "Peta baru").replace("| 3       |", "| 4       |")

    assert compare(form(BEFORE), read_xlsform(read_workbook(workbook_bytes(after)))).settings == (
        Aspect("settings", "form_title", "Peta sosial", "Peta baru"),
    )

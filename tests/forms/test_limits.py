"""What a form lets a phone send, as it is read from the XForm: choices, and the plain bounds of numbers."""

from __future__ import annotations

from functools import cache
from math import inf

import pytest

from forms.schema import Field, FormSchema
from forms.xlsform.compiler import compile_form
from forms.xlsform.limits import bounds_of
from tests.support.tables import workbook_bytes

FORM = """
# survey
| type                         | name      | label | constraint             | choice_filter  | appearance    | parameters             |
| select_one yt                | satu      | S     |                        |                |               |                        |
| select_multiple yt           | banyak    | B     |                        |                |               |                        |
| rank yt                      | urut      | U     |                        |                |               |                        |
| select_one yt                | saring    | S     |                        | name = ${satu} |               |                        |
| select_one yt                | acak      | A     |                        |                |               | randomize=true         |
| select_one lain or_other     | bebas     | B     |                        |                |               |                        |
| select_one_from_file anak.csv | anak     | A     |                        |                |               |                        |
| select_one kolom             | cari      | C     |                        |                | search('kode')|                        |
| begin_repeat                 | orang     | O     |                        |                |               |                        |
| text                         | nama      | N     |                        |                |               |                        |
| integer                      | umur      | U     | . >= 0 and . < 120     |                |               |                        |
| end_repeat                   |           |       |                        |                |               |                        |
| select_one ${nama}           | siapa     | S     |                        |                |               |                        |
| range                        | skala     | S     |                        |                |               | start=1 end=5 step=0.5 |
| decimal                      | berat     | B     | . <= 30                |                |               |                        |
| text                         | teks      | T     | . > 3                  |                |               |                        |
# choices
| list_name | name  | label |
| yt        | ya    | Ya    |
| yt        | tidak | Tidak |
| lain      | a     | A     |
| kolom     | kode  | nama  |
# settings
| form_title | form_id | version |
| Batas      | batas   | 1       |
"""  # noqa: E501 - a form is a wide table


@cache
def schema() -> FormSchema:
    return compile_form(workbook_bytes(FORM)).schema


def field(name: str, table: int = 0) -> Field:
    return schema().tables[table].by_name[name]


@pytest.mark.parametrize("name", ["satu", "banyak", "urut", "saring", "acak"])
def test_choices_are_those_of_the_list_whatever_the_filter(name: str) -> None:
    assert field(name).choices == {"ya", "tidak"}


def test_or_other_adds_the_other() -> None:
    assert field("bebas").choices == {"a", "other"}
    assert field("bebas_other").choices is None


@pytest.mark.parametrize("name", ["anak", "cari", "siapa", "teks"])
def test_what_comes_from_files_lists_or_repeats_has_no_choices(name: str) -> None:
    assert field(name).choices is None


def test_bounds_of_numbers() -> None:
    bounds = {name: (field(name).least, field(name).most) for name in ("skala", "berat", "teks")}
    assert bounds == {"skala": (1, 5), "berat": (None, 30), "teks": (None, None)}
    assert (field("umur", 1).least, field("umur", 1).most) == (0, 120)


def test_the_limits_are_kept_with_the_version() -> None:
    assert FormSchema.from_json(schema().to_json()) == schema()


@pytest.mark.parametrize(
    ("constraint", "least", "most"),
    [
        ("", -inf, inf),
        (". >= 10 and . <= 50", 10, 50),
        (" .>0", 0, inf),
        (". < -1.5", -inf, -1.5),
        (". = 3", 3, 3),
        (". != 3", -inf, inf),
        ("(. = 0 or . >= 10000) and . <= 999999999", 0, 999999999),
        (". = 1 or . = 7", 1, 7),
        ("((. >= 1) and (. <= 5))", 1, 5),
        ("(. > 1) or (. < 0)", -inf, inf),
        ("not(. > 5)", -inf, inf),
        (". >= 0 and . <= /data/anggaran_total", 0, inf),
        (". <= 5 - ../x", -inf, inf),
        (". <= 5 and ( /data/a = 'x or y' or . > 2)", -inf, 5),
        (" /data/lila = '' or . < 3", -inf, inf),
        (". >= 0 and . <= 1000 and (. > 0 or /data/hadir/laki > 0)", 0, 1000),
        ("if(. > 5 and . < 3, true(), . > 1)", -inf, inf),
        (". >= number(format-date( /data/h, '%Y')) and . <= number(format-date(/data/h, '%Y')) + 1", 1900, 2201),
        (". >= date('2018-01-01')", -inf, inf),
        ("string-length(.) <= 24", -inf, inf),
        ("regex(., '^[0-9]{16}$')", -inf, inf),
        (". >", -inf, inf),
        (")(", -inf, inf),
        (". < 5 and (. > 1)or(. = 99)", 1, 99),
        (". < 5 and . > 1or . = 99", 1, 99),
        (". < 5 and . > 1 or.=99", 1, 99),
        ("(. > 1)and(. < 5)", 1, 5),
        (". > 1 and . < 5 and /data/or-1 = 2", -inf, inf),
        (". > 1 and . < 5 and /data/kader = 2", 1, 5),
        ("(. > 1", -inf, inf),
    ],
)  # fmt: skip
def test_the_plain_bounds_of_a_constraint(constraint: str, least: float, most: float) -> None:
    assert bounds_of(constraint) == (least, most)

"""Rules as SQL mean what XPath 1.0 means by them, on both databases; blanks above all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Double, Engine, Text, cast, literal, select

from aggregate.sql.expressions import Value, condition, number
from forms.indicators.expressions import parse
from server.database.engine import reading

# What the names of the rules below mean: the kind, and the value as it stands in the database.
KNOWN: dict[str, tuple[Any, Any]] = {
    "status": ("text", "kek"),
    "kosong": ("text", None),
    "hampa": ("text", ""),
    "kosong_lain": ("text", None),
    "angka_teks": ("text", " 3 "),
    "bukan_angka": ("text", "3 kali"),
    "tiga": ("number", 3.0),
    "nol": ("number", 0.0),
    "setengah": ("number", -1.5),
    "besar": ("number", 3e19),
    "tanpa_akhir": ("text", "9" * 400),
    "panjang": ("text", "9" * 30),
    "tanpa": ("number", None),
    "tanggal": ("date", "2026-02-10"),
    "tanpa_tanggal": ("date", None),
    "layanan": ("text", "timbang ukur imunisasi"),
}


def lookup(name: str) -> Value:
    kind, value = KNOWN[name]
    return Value(kind, cast(literal(value), Double() if kind == "number" else Text()))


TRUE = [
    "${status} = 'kek'",
    "${status} != 'normal'",
    "${kosong} = ''",
    "${hampa} = ''",
    "${kosong} != 'ya'",
    "${kosong} = ${kosong_lain}",
    "${kosong} = ${hampa}",
    "not(${kosong} = 'ya')",
    "not(${tanpa} > 3)",
    "not(${tanpa} = 3)",
    "${tanpa} != 3",
    "${tanpa} = ''",
    "${tiga} != ''",
    "${tiga} = 3",
    "${tiga} >= 3 and ${tiga} <= 3",
    "${tiga} + 1 = 4",
    "${tiga} div 2 = 1.5",
    "${tiga} mod 2 = 1",
    "${besar} mod 2 = 0",
    "${besar} != 'ya'",
    "coalesce(${besar}, ${status}) = '30000000000000000000'",
    "coalesce(${tiga}, ${status}) = '3'",
    "not(number(${tanpa_akhir}) > 3)",
    "number(${panjang}) > 3",
    "${setengah} mod 1 = -0.5",
    "-${tiga} < -2",
    "2 - 1 - 1 = 0",
    "number(${angka_teks}) = 3",
    "number(${bukan_angka}) != 3",
    "not(${tiga} div ${nol} > 1)",
    "${tanggal} = '2026-02-10'",
    "${tanggal} > '2026-02-09' and ${tanggal} <= '2026-02-10'",
    "not(${tanpa_tanggal} < '2026-02-10')",
    "${tanpa_tanggal} = ''",
    "selected(${layanan}, 'ukur')",
    "not(selected(${layanan}, 'uku'))",
    "not(selected(${layanan}, 'Ukur'))",
    "not(selected(${layanan}, '%'))",
    "not(selected(${kosong}, 'ukur'))",
    "count-selected(${layanan}) = 3",
    "count-selected(${kosong}) = 0",
    "coalesce(${kosong}, ${status}) = 'kek'",
    "coalesce(${hampa}, ${status}) = 'kek'",
    "coalesce(${kosong}, ${hampa}) = ''",
    "coalesce(${tanpa}, ${tiga}) = 3",
    "if(${status} = 'kek', 2, 1) = 2",
    "if(${kosong} = 'ya', 'a', 'b') = 'b'",
    "(${status} = 'kek') = true()",
    "(${kosong} = 'ya') = false()",
    "${kosong} = 'ya' or ${status} = 'kek'",
    "true() and not(false())",
]
FALSE = [
    "${kosong} = 'ya'",
    "${tanpa} < 3",
    "${tanpa} >= 3",
    "${tanpa} = ${tanpa}",
    "${tanpa} + 1 > 0",
    "number(${kosong}) = 0",
    "number(${bukan_angka}) > 0",
    "${tanpa_tanggal} >= '2026-01-01'",
    "${status} = 'kek' and ${kosong} = 'ya'",
]


def truth(store: Engine, rule: str) -> Any:
    asked = condition(parse(rule, None), lookup)
    with reading(store) as connection:
        return connection.execute(select(asked)).scalar_one()


def test_what_holds_holds_and_what_does_not_is_false(store: Engine) -> None:
    assert {rule: truth(store, rule) for rule in TRUE} == dict.fromkeys(TRUE, True)
    assert {rule: truth(store, rule) for rule in FALSE} == dict.fromkeys(FALSE, False)


@pytest.mark.parametrize(
    "rule, figure",
    [
        ("if(${tiga} >= 3, 2, 1)", 2),
        ("${tiga} * 2 - 1", 5),
        ("count-selected(${layanan})", 3),
        ("number(${angka_teks}) div 2", 1.5),
        ("${tanpa} + 1", None),
        ("${tiga} div ${nol}", None),
    ],
)
def test_figures(store: Engine, rule: str, figure: float | None) -> None:
    with reading(store) as connection:
        got = connection.execute(select(number(parse(rule, None, result="number"), lookup))).scalar_one()

    assert got == figure


TEXTS = ["", " ", "0", "3", " 3 ", "-3", "3.", ".5", "-.5", "3.25", "03", "-", ".", "--3", "3-", "1-2", "1.2.3", "3 4"]
TEXTS += ["3 kali", "x3", "ya", "1e3", "0x10", "+3", "NaN", "inf", "３"]


def test_a_text_is_a_number_only_where_xpath_reads_one(store: Engine) -> None:
    def as_xpath(text: str) -> float | None:
        digits = text.strip().removeprefix("-")
        plain = digits.replace(".", "", 1).isascii() and digits.replace(".", "", 1).isdigit()
        return float(text) if plain else None

    got = {}
    with reading(store) as connection:
        for text in TEXTS:
            got[text] = connection.execute(select(Value("text", literal(text, Text())).number())).scalar_one()

    assert got == {text: as_xpath(text) for text in TEXTS}


@pytest.mark.parametrize("figure, text", [(3.0, "3"), (-2.5, "-2.5"), (0.0, "0"), (12345678.0, "12345678")])
def test_a_whole_number_as_text_has_no_point(store: Engine, figure: float, text: str) -> None:
    with reading(store) as connection:
        got = connection.execute(select(Value("number", literal(figure, Double())).text())).scalar_one()

    assert got == text

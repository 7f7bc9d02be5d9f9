"""Rules in the admin's words: what they mean, and how each mistake is answered."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.indicators import expression_problems
from forms.indicators.expressions import FUNCTIONS, MAX_LENGTH, OPERATORS, parse
from forms.indicators.kinds import Kind, show
from forms.indicators.rules import Binary, Call, Expression, Function, Name, Negative, Number, Text
from forms.problems import Problem, ProblemError

NAMES: dict[str, Kind] = {
    "usia_bulan": "number",
    "minggu_hamil": "number",
    "status_gizi": "text",
    "timbang": "text",
    "layanan": "text",
    "tanggal": "date",
    "hpl": "date",
}
AGE, STATUS = Name("usia_bulan"), Name("status_gizi")


def read(text: str) -> Expression:
    return parse(text, NAMES, "indikator!H2")


def findings(text: str, **more: object) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        parse(text, **({"names": NAMES, "where": "indikator!H2"} | more))  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("${usia_bulan} >= 6", Binary(">=", AGE, Number(6.0))),
        ("${ usia_bulan }>=6.5", Binary(">=", AGE, Number(6.5))),
        ("${status_gizi} != 'baik'", Binary("!=", STATUS, Text("baik"))),
        ('${status_gizi} = "it\'s"', Binary("=", STATUS, Text("it's"))),
        ("'${usia_bulan}' = ${status_gizi}", Binary("=", Text("${usia_bulan}"), STATUS)),
        ("true()", Call("true", ())),
        ("not(false())", Call("not", (Call("false", ()),))),
        ("selected('kurang buruk', ${status_gizi})", Call("selected", (Text("kurang buruk"), STATUS))),
        ("count-selected(${layanan}) > 1", Binary(">", Call("count-selected", (Name("layanan"),)), Number(1.0))),
        ("number(${layanan}) > 1", Binary(">", Call("number", (Name("layanan"),)), Number(1.0))),
        (
            "coalesce(${status_gizi}, ${timbang}) = 'ya'",
            Binary("=", Call("coalesce", (STATUS, Name("timbang"))), Text("ya")),
        ),
        ("-${usia_bulan} < 0", Binary("<", Negative(AGE), Number(0.0))),
        ("${tanggal} >= '2026-01-31'", Binary(">=", Name("tanggal"), Text("2026-01-31"))),
        ("${tanggal} < ${hpl}", Binary("<", Name("tanggal"), Name("hpl"))),
    ],
)
def test_a_rule_is_read(text: str, meaning: Expression) -> None:
    assert read(text) == meaning


def test_operators_bind_as_in_xpath() -> None:
    yes = Binary("=", Name("timbang"), Text("ya"))
    old = Binary(">", Binary("+", Number(1.0), Binary("*", Number(2.0), AGE)), Number(3.0))
    assert read("${timbang} = 'ya' or ${timbang} = 'ya' and 1 + 2 * ${usia_bulan} > 3") == Binary(
        "or", yes, Binary("and", yes, old)
    )
    assert read("(${timbang} = 'ya' or ${timbang} = 'ya') and 1 + 2 * ${usia_bulan} > 3") == Binary(
        "and", Binary("or", yes, yes), old
    )


def test_subtraction_and_division_go_from_left_to_right() -> None:
    assert parse("9 - 3 - 2", result="number") == Binary("-", Binary("-", Number(9.0), Number(3.0)), Number(2.0))
    assert parse("9 div 3 mod 2", result="number") == Binary(
        "mod", Binary("div", Number(9.0), Number(3.0)), Number(2.0)
    )


def test_a_minimum_is_a_number() -> None:
    rule = parse("if(${minggu_hamil} >= 28, 2, 1)", NAMES, result="number")
    assert rule == Call("if", (Binary(">=", Name("minggu_hamil"), Number(28.0)), Number(2.0), Number(1.0)))


def test_a_field_may_be_called_like_an_operator_or_a_function() -> None:
    rule = parse("${and} = ${div} and ${number} = 'x'", {"and": "text", "div": "text", "number": "text"})
    assert rule == Binary("and", Binary("=", Name("and"), Name("div")), Binary("=", Name("number"), Text("x")))


def test_a_rule_may_stand_on_several_lines() -> None:
    assert read("${usia_bulan} >= 6\n  and ${usia_bulan} < 12") == read("${usia_bulan} >= 6 and ${usia_bulan} < 12")


def test_a_quoted_number_that_meets_a_number_is_a_number() -> None:
    assert read("${usia_bulan} = '6'") == Binary("=", AGE, Number(6.0))
    assert read("'6' < ${usia_bulan} + 1") == Binary("<", Number(6.0), Binary("+", AGE, Number(1.0)))
    assert read("${status_gizi} = '6'") == Binary("=", STATUS, Text("6"))


@pytest.mark.parametrize("name", ["usia_bulan", "status_gizi", "tanggal"])
def test_anything_may_be_compared_with_a_blank(name: str) -> None:
    assert read(f"${{{name}}} != ''") == Binary("!=", Name(name), Text(""))


def test_names_are_not_checked_where_none_are_given() -> None:
    assert parse("${apa_saja} = 1 and ${apa_saja} = 'x'")


def test_every_function_of_the_rules_is_there_and_its_example_can_be_read() -> None:
    assert set(FUNCTIONS) == set(get_args(Function))
    for function, (count, example) in FUNCTIONS.items():
        rule = parse(example, result="number" if function == "if" else "condition")
        calls = [rule, *([rule.left] if isinstance(rule, Binary) else [])]
        assert [len(call.arguments) for call in calls if isinstance(call, Call) and call.function == function] == [
            count
        ]


MISTAKES = [
    ("  ", "rule.empty", "true() kalau selalu", "true() if it always"),
    ("${usia_bulan} >= 6 " * 200, "rule.too_long", f"paling banyak {MAX_LENGTH}", f"at most {MAX_LENGTH}"),
    ("(" * 60 + "true()" + ")" * 60, "rule.too_deep", "lebih dari 50 lapis", "more than 50 levels"),
    ("true()" + " or true()" * 60, "rule.too_deep", "selected('kurang", "selected('kurang"),
    ("${timbang} = 'ya", "rule.quote_open", "petik ' di karakter ke-14", "quote ' at character 14"),
    ('${timbang} = ya"', "rule.quote_open", 'petik " di karakter ke-16', 'quote " at character 16'),
    ("${timbang} = “ya”", "rule.quote_curved", "“ di karakter ke-14 melengkung", "“ at character 14 is curved"),
    ("${timbang} == 'ya'", "rule.wrong_symbol", "“==” di karakter ke-12", "Write ="),
    ("${timbang} <> 'ya'", "rule.wrong_symbol", "Tulis !=", "Write !="),
    ("${usia_bulan} =< 6", "rule.wrong_symbol", "Tulis <=", "Write <="),
    ("${usia_bulan} ≥ 6", "rule.wrong_symbol", "Tulis >=", "Write >="),
    ("true() && true()", "rule.wrong_symbol", "“&&” di karakter ke-8", "Write and"),
    ("true() || true()", "rule.wrong_symbol", "Tulis or", "Write or"),
    ("!true()", "rule.wrong_symbol", "Tulis not(...)", "Write not(...)"),
    ("true() DAN true()", "rule.wrong_symbol", "“DAN” di karakter ke-8", "Write and"),
    ("true() And true()", "rule.wrong_symbol", "Tulis and", "Write and"),
    ("TRUE", "rule.wrong_symbol", "Tulis true()", "Write true()"),
    ("if(true(); 1; 2) = 1", "rule.wrong_symbol", "Tulis ,", "Write ,"),
    ("/data/usia > 6", "rule.path", "“/” di karakter ke-1", "paths such as"),
    ("../usia > 6", "rule.path", "“..” di karakter ke-1", "paths such as"),
    ("${layanan}[1] = 'x'", "rule.path", "“[” di karakter ke-11", "“[” at character 11"),
    ("usia_bulan > 6", "rule.bare_name", "tulis ${usia_bulan}", "write ${usia_bulan}"),
    ("${timbang} = ya", "rule.bare_name", "kalau teks, tulis 'ya'", "if it is a text, write 'ya'"),
    ("$usia_bulan > 6", "rule.bad_name", "“$usia_bulan”", "Write ${field_name}"),
    ("${usia bulan} > 6", "rule.bad_name", "tanpa spasi", "no spaces"),
    ("{usia_bulan} > 6", "rule.bad_name", "“{” di karakter ke-1", "“{” at character 1"),
    ("${usia_buln} > 6", "rule.unknown_name", "Maksudnya “${usia_bulan}”?", "Did you mean “${usia_bulan}”?"),
    ("${qwerty} > 6", "rule.unknown_name", "tidak dikenal untuk sasaran ini. Lihat", "not known for this target. See"),
    ("selectd(${layanan}, 'x')", "rule.unknown_function", "Maksudnya “selected()”?", "Did you mean “selected()”?"),
    ("jika(true(), 1, 2) = 1", "rule.unknown_function", "Maksudnya “if()”?", "Did you mean “if()”?"),
    ("concat('a', 'b') = 'ab'", "rule.unknown_function", "Yang ada: not(), if()", "There are: not(), if()"),
    ("if(true(), 1) = 1", "rule.arguments", "if() di karakter ke-1 perlu 3", "if() at character 1 takes 3"),
    ("if(true(), 1, 2, 3) = 1", "rule.arguments", "perlu 3 bagian", "takes 3 parts"),
    ("not()", "rule.arguments", "Contoh: not(", "Example: not("),
    ("true(1)", "rule.arguments", "perlu 0 bagian", "takes 0 parts"),
    ("not((true())", "rule.bracket_open", "Kurang 1 kurung tutup", "1 closing bracket(s) missing"),
    ("not(true()))", "rule.bracket_close", "Kelebihan 1 kurung tutup", "1 closing bracket(s) too many"),
    ("6 <= ${usia_bulan} < 12", "rule.comparison", "“< 12” di karakter ke-20", "“< 12” at character 20"),
    ("${usia_bulan} > 2,5", "rule.comma", "Koma di karakter ke-18", "decimals take a point"),
    ("${usia_bulan} > 6 ${timbang} = 'ya'", "rule.unexpected", "di karakter ke-19", "at character 19"),
    ("true() \u200b", "rule.unexpected", "“<U+200B>”", "“<U+200B>”"),
    ("* > 6", "rule.unexpected", "“* > 6” di karakter ke-1", "“* > 6” at character 1"),
    ("+6 < ${usia_bulan}", "rule.unexpected", "di karakter ke-1", "at character 1"),
    ("${usia_bulan} >= 6 and", "rule.unfinished", "sesudah “>= 6 and”", "after “>= 6 and”"),
    ("${usia_bulan} > 1e5", "rule.bad_number", "Angka “1e5” di karakter ke-17", "The number “1e5” at character 17"),
    ("${usia_bulan} > " + "9" * 400, "rule.bad_number", "di bawah satu triliun", "below 1,000,000,000,000"),
    ("${status_gizi}", "rule.not_a_condition", "Tulis ${status_gizi} = 'ya'", "Write ${status_gizi} = 'ya'"),
    ("not(${usia_bulan})", "rule.not_a_condition", "Tulis ${usia_bulan} > 0", "Write ${usia_bulan} > 0"),
    ("true() and ${tanggal}", "rule.not_a_condition", "Tulis ${tanggal} != ''", "“${tanggal}” is a date"),
    ("${status_gizi} + 1 > 2", "rule.not_a_number", "Tulis number(${status_gizi})", "Write number(${status_gizi})"),
    ("number(${timbang} = 'ya') > 0", "rule.not_a_number", "Tulis if(${timbang} = 'ya', 1, 0)", "is a condition"),
    ("-${tanggal} > 2", "rule.not_a_number", "adalah tanggal", "is a date"),
    ("selected(${usia_bulan}, 'x')", "rule.not_a_text", "misalnya ${usia_bulan} = 1", "for example ${usia_bulan} = 1"),
    ("${status_gizi} < 'x'", "rule.text_order", "number(${status_gizi}) < 1", "number(${status_gizi}) < 1"),
    ("${status_gizi} > 3", "rule.text_with_number", "number(${status_gizi}) > 3", "Write number(${status_gizi}) > 3"),
    ("${usia_bulan} = 'dua'", "rule.no_number_in_quotes", "teks 'dua'", "for example ${usia_bulan} = 1"),
    ("${tanggal} > '31-01-2026'", "rule.date_with_other", "${tanggal} > '2026-01-31'", "'year-month-day'"),
    ("${tanggal} > 2026", "rule.date_with_other", "yang bukan tanggal", "with what is none"),
    ("true() = 'ya'", "rule.condition_compared", "balik dengan not()", "turn it round with not()"),
    (
        "coalesce(${usia_bulan}, 'x') = 1",
        "rule.different_kinds",
        "adalah angka dan “'x'” adalah teks",
        "is a number and",
    ),
]


@pytest.mark.parametrize(("text", "code", "indonesian", "english"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_remedy(text: str, code: str, indonesian: str, english: str) -> None:
    error = findings(text)
    assert error.code == code
    assert error.status == 400
    assert {finding.where for finding in error.findings} == {"indikator!H2"}
    assert indonesian in error.text("id")
    assert english in error.text("en")


def test_every_problem_of_rules_is_shown_by_a_mistake() -> None:
    known = {kind.code for kind in vars(expression_problems).values() if isinstance(kind, Problem)}
    assert {code for _, code, _, _ in MISTAKES} == known


def test_a_minimum_that_is_a_condition_is_a_mistake() -> None:
    error = findings("${usia_bulan} >= 6", result="number")
    assert error.code == "rule.not_a_number"
    assert "if(${usia_bulan} >= 6, 1, 0)" in error.text("id")


def test_all_wrong_names_are_told_at_once() -> None:
    error = findings("${usia_buln} > 6 and ${timbng} = 'ya' and ${status_gizi}")
    assert [finding.problem.code for finding in error.findings] == [
        "rule.unknown_name",
        "rule.unknown_name",
        "rule.not_a_condition",
    ]


def test_positions_are_those_of_the_own_text_behind_fields_and_texts() -> None:
    error = findings("${timbang} = '${x}' and ${ usia_bulan } > 6 6")
    assert "“6” di karakter ke-45" in error.text("id")


@pytest.mark.parametrize(
    "text",
    [
        "(" * MAX_LENGTH,
        "-" * (MAX_LENGTH - 1) + "1",
        "not(" * (MAX_LENGTH // 4),
        "1" + "+1" * (MAX_LENGTH // 2 - 1),
        "'" * (MAX_LENGTH - 1),
        "a " * (MAX_LENGTH // 2),
        "true" + " " * (MAX_LENGTH - 4),
        "true ( : " * (MAX_LENGTH // 9),
        "${" * (MAX_LENGTH // 2),
        "${a}" * (MAX_LENGTH // 4),
        "=" * MAX_LENGTH,
        "1.1." * (MAX_LENGTH // 4),
        "x" * 10_000_000,
    ],
)
def test_hostile_text_is_refused_quickly(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(ProblemError):
        parse(text, NAMES)
    assert time.process_time() - begun < 1.0


WORDS = [
    *OPERATORS,
    *FUNCTIONS,
    "(",
    ")",
    ",",
    "'",
    '"',
    "'ya'",
    "6",
    "2.5",
    "${usia_bulan}",
    "${x}",
    "$",
    "{",
    "/",
    " ",
]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)))
def test_any_text_is_read_or_refused_and_never_fails_otherwise(text: str) -> None:
    try:
        rule = read(text)
    except ProblemError as error:
        assert error.text("id")
        assert error.text("en")
    else:
        assert read(show(rule)) == rule


NAMED = st.sampled_from(["usia_bulan", "air-minum", "a.b", "and"]).map(Name)
NUMBERS = st.integers(0, 10**11).map(float).map(Number) | st.sampled_from([0.5, 2.25, 0.0001]).map(Number)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(Text)


def binary(*operators: str) -> st.SearchStrategy[type[Binary]]:
    return st.sampled_from(operators)  # type: ignore[arg-type]


numbers: st.SearchStrategy[Expression] = st.recursive(
    NUMBERS | NAMED,
    lambda inner: st.builds(Binary, binary("+", "-", "*", "div", "mod"), inner, inner) | st.builds(Negative, inner),
    max_leaves=6,
)
texts: st.SearchStrategy[Expression] = TEXTS | NAMED
comparisons = st.builds(Binary, binary("<", "<=", ">", ">=", "=", "!="), numbers, numbers) | st.builds(
    Binary, binary("=", "!="), texts, texts
)
conditions: st.SearchStrategy[Expression] = st.recursive(
    comparisons | st.builds(Call, st.just("selected"), st.tuples(texts, texts)),
    lambda inner: st.one_of(
        st.builds(Binary, binary("and", "or", "=", "!="), inner, inner),
        st.builds(Call, st.just("not"), st.tuples(inner)),
        st.builds(Call, st.just("if"), st.tuples(inner, inner, inner)),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(conditions)
def test_a_rule_that_is_shown_reads_back_the_same(rule: Expression) -> None:
    assert parse(show(rule)) == rule

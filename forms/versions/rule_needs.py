"""What the rules of an indicator workbook need of forms, each with the cell that names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forms.domain import HOUSEHOLDS
from forms.indicators.names import COMPUTED, HOUSEHOLD_PREFIX
from forms.indicators.rules import Expression, Indicator, choices_named, names_in, target_list
from forms.indicators.workbook import SHEET, read_indicators
from forms.problems import Finding, Problem
from forms.schema import Field, FormSchema
from forms.versions.needs import Need, NeedKind
from forms.xlsform.workbook import read_workbook

NAME_GONE = Problem(
    "indicator.name_gone",
    400,
    "${{{name}}}, yang dipakai indikator {code}, hanya ada di versi formulir yang lama; yang berlaku sekarang tidak "
    "memuatnya. Tulis nama yang sekarang, atau terbitkan versi formulir yang memuat {name}.",
    "${{{name}}}, which the indicator {code} uses, is only in older versions of the forms; those that are live now do "
    "not have it. Write the name of today, or publish a version of the form that has {name}.",
)
CHOICE_GONE = Problem(
    "indicator.choice_gone",
    400,
    "Pilihan '{choice}' dari ${{{name}}}, yang dipakai indikator {code}, tidak ada di formulir yang berlaku. "
    "Pilihannya: {known}. Tulis salah satunya, atau terbitkan versi formulir yang memuat '{choice}'.",
    "The choice '{choice}' of ${{{name}}}, which the indicator {code} uses, is in none of the forms that are live. Its "
    "choices are: {known}. Write one of them, or publish a version of the form that has '{choice}'.",
)


@dataclass(frozen=True)
class _Used:
    """A name in a cell of a rule, with the choices that it is compared with there."""

    indicator: Indicator
    where: str
    name: str
    choices: frozenset[str]


def rule_needs(workbook: bytes, forms: Iterable[FormSchema], live: Iterable[FormSchema]) -> Iterator[Need]:
    """What the rules need of any form. `forms`: all versions, by which the workbook is read; `live`: those in force."""
    now = list(live)
    found = list(_used(workbook, tuple(forms), now))
    cells: dict[tuple[str, str], list[str]] = {}
    for used in found:
        cells.setdefault((used.indicator.code, used.name), []).append(used.where)
    for used in found:
        code, where = used.indicator.code, ", ".join(cells[used.indicator.code, used.name])
        words = f"indikator {code} ({where})", f"the indicator {code} ({where})"
        for kind, of, name, about in _read(used, now):
            yield Need(kind, name, *words, of, used.choices, about=about)


def check_rules(workbook: bytes, forms: Iterable[FormSchema], live: Iterable[FormSchema]) -> Iterator[Finding]:
    """Names and choices that no live form has: what is asked by them is never answered again."""
    now = list(live)
    for used in _used(workbook, tuple(forms), now):
        given = list(_given(used, now))
        details = {"code": used.indicator.code, "name": used.name}
        if not given:
            yield Finding(NAME_GONE, used.where, details)
        elif all(field.choices is not None for field in given):
            known = sorted({choice for field in given for choice in field.choices or ()})
            for choice in sorted(used.choices.difference(known)):
                yield Finding(CHOICE_GONE, used.where, {**details, "choice": choice, "known": ", ".join(known)})


def _used(workbook: bytes, forms: tuple[FormSchema, ...], live: list[FormSchema]) -> Iterator[_Used]:
    """The names of the rules that count; those of indicators that wait for a form are not checked yet."""
    published = {schema.form_id for schema in live}
    rows = {row.text("kode"): row for row in read_workbook(workbook).sheet(SHEET).rows}
    for indicator in read_indicators(workbook, forms):
        if not published.issuperset(indicator.forms):
            continue
        for column, rule in _rules(indicator).items():
            choices = choices_named(rule)
            for name in dict.fromkeys(names_in(rule)):
                if name not in COMPUTED[indicator.target]:
                    where = rows[indicator.code].cell(column).where
                    yield _Used(indicator, where, name, frozenset(choices.get(name, ())))


def _rules(indicator: Indicator) -> dict[str, Expression]:
    """The rules of an indicator by their column."""
    found = {
        "berlaku_jika": indicator.due,
        "diterima_jika": indicator.received,
        "minimal": indicator.minimum,
        "hitung_juga": indicator.also,
    }
    return {column: rule for column, rule in found.items() if rule is not None and not isinstance(rule, str)}


def _read(used: _Used, live: list[FormSchema]) -> Iterator[tuple[NeedKind, str, str, str]]:
    """The question and the properties that the name means: (kind, of, name, about)."""
    target = target_list(used.indicator.target)
    if used.name.startswith(HOUSEHOLD_PREFIX):
        yield "property", HOUSEHOLDS, used.name.removeprefix(HOUSEHOLD_PREFIX), ""
        return
    yield "question", "", used.name, target
    for property_ in sorted(_saved(used.name, target, live)):  # it stands in where there is no answer
        yield "property", target, property_, ""


def _saved(name: str, target: str, live: list[FormSchema]) -> set[str]:
    """The properties that a question of that name is saved in."""
    fields = (schema.main.by_name.get(name) for schema in live if target in schema.main.by_name)
    return {field.save_to[1] for field in fields if field and field.save_to and field.save_to[0] == target}


def _given(used: _Used, live: list[FormSchema]) -> Iterator[Field]:
    """The fields of live forms that give the name its value."""
    for kind, of, name, about in _read(used, live):
        for schema in live:
            if kind == "property":
                yield from (field for list_, saved, field in schema.saved_properties() if (list_, saved) == (of, name))
            elif about in schema.main.by_name and name in schema.main.by_name:
                yield schema.main.by_name[name]

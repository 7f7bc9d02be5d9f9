"""What a changed form means for those who count on it: indicators and pages that read its names, and old answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from forms.problems import Finding, Problem
from forms.review.comparison import Change, Comparison, compare
from forms.schema import Field, FormSchema, Table
from forms.versions.cells import Cells
from forms.versions.needs import Need
from forms.xlsform.sheets import XlsForm, read_xlsform
from forms.xlsform.workbook import read_workbook
from server.database.answer_tables import FormTables, form_tables
from server.publications import form_versions
from server.publications.plans import sheets_of

ANSWERED_CHOICE_GONE = Problem(
    "form.answered_choice_gone",
    400,
    "Pilihan “{choice}” dari “{name}” tidak ada lagi di sini, padahal dipakai {count} isian lama. Kembalikan isi kolom "
    "name-nya bila maksudnya tetap sama; isian lama tetap tersimpan dengan nama lama.",
    "The choice “{choice}” of “{name}” is no longer here, and {count} old submissions use it. Give it its name back in "
    "the column name if it means the same; old submissions keep the old name.",
    "{choice}",
)
ANSWERED_CHOICE_REMOVED = Problem(
    "form.answered_choice_removed",
    400,
    "Pilihan “{choice}” dari “{name}”, baris {row} lembar {sheet} di versi yang berlaku, tidak ada lagi di sini, "
    "padahal dipakai {count} isian lama. Kembalikan barisnya bila masih dapat dijawab; isian lama tetap tersimpan.",
    "The choice “{choice}” of “{name}”, in row {row} of the sheet {sheet} in the version that is live, is no longer "
    "here, and {count} old submissions use it. Put its row back if it can still be answered; old submissions are kept.",
)
ANSWERED_TYPE_CHANGED = Problem(
    "form.answered_type_changed",
    400,
    "Jenis jawaban “{name}” berubah dari {before} menjadi {now}, padahal ada {count} isian lama. Kembalikan jenisnya "
    "bila maksudnya sama; jawaban lama dan baru disimpan di kolom yang berbeda.",
    "Answers to “{name}” change from {before} to {now}, and there are {count} old submissions. Give it its type back "
    "if it means the same; old and new answers are kept in columns of their own.",
)


@dataclass(frozen=True)
class Effect:
    """A change with what it means. `readers`: what reads the question by its name, and `through` what reads others that
    are computed from it, in words (Indonesian, English). `answers`: how many old ones there are; None where they are
    not counted."""

    change: Change
    readers: tuple[tuple[str, str], ...]
    through: tuple[tuple[str, str], ...]
    answers: int | None


@dataclass(frozen=True)
class Effects:
    """`live`: the version that is compared with; None where the form is new. `indicators`: whether one of them reads
    what changed in more than its words."""

    live: str | None
    comparison: Comparison
    effects: tuple[Effect, ...]
    indicators: bool


def effects_of(connection: Connection, form_id: str, workbook: bytes, needs: Sequence[Need]) -> Effects:
    """What the workbook changes in the live version of the form. `needs`: what is read by name (plans.readers)."""
    schemas = form_versions.published_schemas(connection, form_id)
    if not schemas:
        return Effects(None, Comparison(), (), indicators=False)
    before = schemas[-1]
    comparison = compare(sheets_of(connection, before), read_xlsform(read_workbook(workbook)))
    asked = {change.key: _field(before, change.key) for change in comparison.changes}
    counts = _answers(connection, form_tables(schemas), filter(None, asked.values()))
    effects = []
    for change in comparison.changes:
        found = asked[change.key]
        read = _users(needs, before, change.key, found[1] if found else None)
        others = [user for name in sorted(change.through) for user in _users(needs, before, ("", name), None)]
        through = tuple(dict.fromkeys(user for user in others if user not in read))
        effects.append(Effect(change, read, through, counts.get((found[0].name, found[1].name)) if found else None))
    touched = any(
        words[1].startswith("the indicator ")
        for one in effects
        if one.change.changes_answers or one.change.what == "removed"
        for words in (*one.readers, *one.through)
    )
    return Effects(before.version, comparison, tuple(effects), touched)


def answered_remarks(
    connection: Connection, schema: FormSchema, sheets: XlsForm, known: Iterable[Finding]
) -> list[Finding]:
    """What old answers say that could not be said any more: choices that have gone, types that have changed. `known`:
    what is told already."""
    schemas = form_versions.published_schemas(connection, schema.form_id)
    if not schemas:
        return []
    tables, before = form_tables(schemas), schemas[-1]
    cells = Cells(sheets, sheets_of(connection, before))
    places = {finding.where for finding in known}
    found = [
        finding
        for table in schema.tables
        for old_table in before.tables
        if old_table.name == table.name
        for now in table.fields
        for old in old_table.fields
        if old.name == now.name and old.path == now.path
        for finding in _lost_answers(connection, tables, (old_table, old), (table, now), cells)
    ]
    return [finding for finding in found if finding.where not in places]


def _lost_answers(
    connection: Connection, tables: FormTables, before: tuple[Table, Field], after: tuple[Table, Field], cells: Cells
) -> Iterator[Finding]:
    (old_table, old), (table, now) = before, after
    if old.type != now.type:
        count = _answers(connection, tables, [before]).get((old_table.name, old.name))
        if count:
            where = cells.type((*table.path, *now.path))
            details = {"name": now.name, "before": old.type, "now": now.type, "count": str(count)}
            yield Finding(ANSWERED_TYPE_CHANGED, where, details)
    elif old.choices is not None and now.choices is not None:
        fresh = now.choices - old.choices
        for choice in sorted(old.choices - now.choices):
            if count := _chosen(connection, tables, before, choice):
                details = {"name": now.name, "choice": choice, "count": str(count)}
                where, was = cells.choice(table, now, fresh, choice)
                kind = ANSWERED_CHOICE_REMOVED if was else ANSWERED_CHOICE_GONE
                yield Finding(kind, where, {**details, **was})


def _column(tables: FormTables, asked: tuple[Table, Field]) -> ColumnElement[str] | None:
    """The column of the question; None where its answers stand in JSON."""
    table, field = asked
    return tables.tables[table.name].c.get(tables.column(table, field))


def _answers(
    connection: Connection, tables: FormTables, asked: Iterable[tuple[Table, Field]]
) -> dict[tuple[str, str], int]:
    """How many submissions answer each of the questions, by repeat and name; without those that stand in JSON."""
    found: dict[tuple[str, str], int] = {}
    by_table: dict[str, dict[str, ColumnElement[str]]] = {}
    for one in asked:
        column = _column(tables, one)
        if column is not None:
            by_table.setdefault(one[0].name, {})[one[1].name] = column
    for table, columns in by_table.items():
        counts = connection.execute(select(*(func.count(column) for column in columns.values()))).one()
        found |= {(table, name): count for name, count in zip(columns, counts, strict=True)}
    return found


def _chosen(connection: Connection, tables: FormTables, asked: tuple[Table, Field], choice: str) -> int:
    column = _column(tables, asked)
    if column is None:
        return 0
    is_it = column == choice
    if asked[1].type == "select_multiple":
        is_it = (" " + column + " ").contains(f" {choice} ", autoescape=True)
    found: int = connection.execute(select(func.count()).where(is_it)).scalar_one()
    return found


def _field(schema: FormSchema, key: tuple[str, str]) -> tuple[Table, Field] | None:
    """The field of a question of the comparison; None where it holds no answer."""
    repeat, name = key
    path = name.split("/")
    for table in schema.tables:
        if table.name == repeat:
            alike = [one for one in table.fields if one.path[-1] == path[-1]]
            if len(alike) == 1:
                return table, alike[0]
    return None


def _users(
    needs: Sequence[Need], schema: FormSchema, key: tuple[str, str], asked: Field | None
) -> tuple[tuple[str, str], ...]:
    """What reads the question by its name, or what it is saved as, in words."""
    repeat, name = key
    saved = asked.save_to if asked else None
    found = {
        (need.id, need.en): None
        for need in needs
        if need.concerns(schema)
        and (
            (need.kind == "question" and (need.of, need.name) == (repeat, name))
            or (need.kind == "property" and (need.of, need.name) == saved)
        )
    }
    return tuple(found)

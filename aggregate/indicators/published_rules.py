"""The rules in force, read once for every publishing and kept for each open database."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Select, func, select

from aggregate.indicators.rules import NO_RULES, Rules, read_rules
from aggregate.indicators.tables import make_tables
from forms.problems import problem
from server.database.engine import reading, writing
from server.database.tables import form_versions, indicator_versions


class _Shelf:
    """Rules by the number of their workbook, as the forms make them that are published now."""

    def __init__(self, forms: int) -> None:
        self.forms = forms
        self.rules: dict[int, Rules] = {}
        self.tables_are_for: Rules | None = None


_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()


def rules_in_force(engine: Engine) -> Rules:
    """The newest rules; the tables that they fill are there, made now if need be.

    Raises ProblemError NO_RULES where none are published, or what is wrong with the workbook now that other forms are.
    """
    with reading(engine) as connection:
        rules = published_rules(connection)
    shelf = _shelves[engine]
    if shelf.tables_are_for is not rules:
        with writing(engine) as connection:
            connection.execute(_row_of(rules))
            make_tables(connection, rules)
        shelf.tables_are_for = rules
    return rules


def published_rules(connection: Connection, number: int | None = None) -> Rules:
    """The newest rules, or those of the workbook with that number. Raises ProblemError as rules_in_force does."""
    newest, forms = connection.execute(_PUBLISHED).one()
    if newest is None:
        raise problem(NO_RULES)
    shelf = _shelves.get(connection.engine)
    if shelf is None or shelf.forms != forms:
        shelf = _shelves[connection.engine] = _Shelf(forms)
    wanted = number or newest
    if wanted not in shelf.rules:
        shelf.rules[wanted] = read_rules(connection, wanted)
    return shelf.rules[wanted]


def _row_of(rules: Rules) -> Select[Any]:
    # Several processes start at once: who holds this row makes the tables, the others then find them made.
    return select(indicator_versions.c.number).where(indicator_versions.c.number == rules.number).with_for_update()


# Neither table ever loses or changes a row, so that these two figures tell whether anything was published since.
_PUBLISHED = select(
    select(func.max(indicator_versions.c.number)).scalar_subquery(),
    select(func.count()).select_from(form_versions).scalar_subquery(),
)

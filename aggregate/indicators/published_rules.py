"""The published rules, read once for every publishing and kept for each open database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Select, func, select

from aggregate.indicators.rules import NO_RULES, Rules, read_rules
from aggregate.indicators.tables import make_tables
from forms.problems import problem
from server.database.engine import reading, writing
from server.database.publication_tables import form_versions, indicator_versions
from server.database.publication_tables import rule_cards as rule_cards_table
from server.publications import rule_cards


class _Shelf:
    """Rules by the number of their workbook, as the forms make them that are published now."""

    def __init__(self, forms: int) -> None:
        self.forms = forms
        self.rules: dict[int, Rules] = {}
        self.tables_are_for: Rules | None = None
        # How many cards are kept beside those in force and when one was last; by that, their names.
        self.cards: list[object] = []
        self.card_names: tuple[str, ...] = ()

    def numbered(self, connection: Connection, number: int) -> Rules:
        if number not in self.rules:
            self.rules[number] = read_rules(connection, number)
        return self.rules[number]


@dataclass(frozen=True)
class Published:
    """The rules that a transaction finds published: `newest` count now, the others those of older cards."""

    newest: Rules
    _shelf: _Shelf

    @classmethod
    def of(cls, rules: Rules) -> Published:
        """These rules, as if they were all that is published."""
        shelf = _Shelf(0)
        shelf.rules[rules.number] = rules
        return cls(rules, shelf)

    @property
    def has_tables(self) -> bool:
        """Whether the tables that the newest rules fill are known to be there. If not, `published_rules_with_tables`
        makes them."""
        return self._shelf.tables_are_for is self.newest

    @property
    def card_names(self) -> tuple[str, ...]:
        """The names of the cards that are kept beside those in force."""
        return self._shelf.card_names

    def numbered(self, connection: Connection, number: int) -> Rules:
        """The rules of the workbook with that number. Raises ProblemError where they do not fit the published forms."""
        return self._shelf.numbered(connection, number)


_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()


def published_rules_with_tables(engine: Engine) -> Rules:
    """The newest rules; the tables that they fill are there, made now if need be.

    Raises ProblemError NO_RULES where none are published, or what is wrong with the workbook now that other forms are.
    """
    with reading(engine) as connection:
        found = published(connection)
    if not found.has_tables:
        with writing(engine) as connection:
            connection.execute(_row_of(found.newest))
            make_tables(connection, found.newest)
        _shelves[engine].tables_are_for = found.newest
    return found.newest


@contextmanager
def reading_published(engine: Engine) -> Iterator[tuple[Connection, Published]]:
    """A transaction that reads, and what it finds published; the tables that the newest rules fill are there.

    Raises ProblemError as `published_rules_with_tables` does."""
    with reading(engine) as connection:
        found = published(connection)
        if found.has_tables:
            yield connection, found
            return
    published_rules_with_tables(engine)
    with reading(engine) as connection:
        yield connection, published(connection)


def published(connection: Connection) -> Published:
    """What is published now; asks the database once. Raises ProblemError NO_RULES where no indicators are published,
    and those of `read_rules`."""
    newest, forms, *cards = connection.execute(_PUBLISHED).one()
    if newest is None:
        raise problem(NO_RULES)
    shelf = _shelves.get(connection.engine)
    if shelf is None or shelf.forms != forms:
        shelf = _shelves[connection.engine] = _Shelf(forms)
    if shelf.cards != cards:
        shelf.cards, shelf.card_names = cards, tuple(rule_cards.names(connection))
    return Published(shelf.numbered(connection, newest), shelf)


def published_rules(connection: Connection) -> Rules:
    """The newest rules. Raises ProblemError as `published` does."""
    return published(connection).newest


def _row_of(rules: Rules) -> Select[tuple[int]]:
    # Several processes start at once: who holds this row makes the tables, the others then find them made.
    return select(indicator_versions.c.number).where(indicator_versions.c.number == rules.number).with_for_update()


# No table of these ever loses a row, and only that of the cards changes one, with its moment: so these figures tell
# whether anything was published since.
_PUBLISHED = select(
    select(func.max(indicator_versions.c.number)).scalar_subquery(),
    select(func.count()).select_from(form_versions).scalar_subquery(),
    select(func.count()).select_from(rule_cards_table).scalar_subquery(),
    select(func.max(rule_cards_table.c.published_at)).scalar_subquery(),
)

"""What is in force: the indicators of the published workbook, and the forms whose answers they count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    Table,
    Text,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.types import TypeEngine

from aggregate.constructs import DateText
from aggregate.expressions import Kind, Value
from forms.indicators import DAY, read_indicators
from forms.problems import Problem, problem
from forms.rules import Call, Expression, Indicator, Name
from forms.rules import Text as TextLiteral
from forms.schema import FormSchema
from server.store.answers import form_tables
from server.store.forms import form_ids, published_schemas
from server.store.model import indicator_versions

TargetList = Literal["ibu_hamil", "anak"]

# The form whose rows are home visits, and the one whose colour of the Tikar counts.
VISIT_FORM = "kunjungan_rumah"
MEASURE_FORM = "ukur_tinggi"
TIKAR = "tikar"

NO_RULES = Problem(
    "no-indicators",
    503,
    "Belum ada indikator yang terbit. Jalankan `kpm init`, atau terbitkan indikator.xlsx.",
    "No indicators are published yet. Run `kpm init`, or publish indikator.xlsx.",
)
UNKNOWN_NAME = Problem(
    "unknown-name-in-rule",
    400,
    "${{{name}}} tidak ada di formulir pemantauan {list} yang terbit. Terbitkan formulir yang menanyakannya, atau ubah "
    "aturannya.",
    "${{{name}}} is in no published form that monitors {list}. Publish the form that asks it, or change the rule.",
)


@dataclass(frozen=True)
class Group:
    """A target list that table 1 counts, and which of its targets need the most care."""

    list: TargetList
    at_risk: Expression


MOTHERS = Group("ibu_hamil", Call("selected", (TextLiteral("kek risti kek_risti"), Name("status_kehamilan"))))
CHILDREN = Group("anak", Call("selected", (TextLiteral("kurang buruk stunting"), Name("status_gizi"))))
GROUPS = (MOTHERS, CHILDREN)


@dataclass(frozen=True)
class Source:
    """A published form whose main answer table gives monthly rows. `columns`: the columns of a field, oldest first."""

    form_id: str
    table: Table
    columns: dict[str, tuple[Column[Any], ...]]
    saves: dict[tuple[str, str], str]  # (list, field) -> property

    @classmethod
    def of(cls, schemas: list[FormSchema]) -> Source:
        """The source that all versions of one form make together."""
        tables = form_tables(schemas)
        main = tables.tables[schemas[-1].main.name]
        columns: dict[str, dict[str, Column[Any]]] = {}
        saves = {}
        for schema in schemas:
            for field in schema.main.fields:
                name = tables.column(schema.main.name, field)
                columns.setdefault(field.name, {})[name] = main.c[name]
                if field.save_to:
                    saves[field.save_to[0], field.name] = field.save_to[1]
        return cls(schemas[-1].form_id, main, {name: tuple(found.values()) for name, found in columns.items()}, saves)

    def monitors(self, target_list: str) -> bool:
        """Whether its rows are about targets of the list: it holds their id, and the day."""
        return target_list in self.columns and self.kind(DAY) == "date"

    def target(self, target_list: str) -> Column[Any]:
        """The column with the id of the target."""
        return self.columns[target_list][0]

    @property
    def day(self) -> Column[Any]:
        """The column with the day that the row speaks of."""
        return self.columns[DAY][0]

    def kind(self, name: str) -> Kind | None:
        """What the field holds; None where the form has no such field."""
        return _common({_kind(column) for column in self.columns.get(name, ())})

    def answer(self, name: str, kind: Kind) -> ColumnElement[Any]:
        """The field of a row as `kind`, NULL where blank or where the form has no such field."""
        wanted: TypeEngine[Any] = Double() if kind == "number" else Text()
        found = [
            cast(column, Double) if kind == "number" else _text(column)
            for column in reversed(self.columns.get(name, ()))
        ]
        if not found:
            return cast(null(), wanted)
        return found[0] if len(found) == 1 else func.coalesce(*found)


def _kind(column: Column[Any]) -> Kind:
    if isinstance(column.type, BigInteger | Double):
        return "number"
    return "date" if isinstance(column.type, Date) else "text"


def _common(kinds: set[Kind]) -> Kind | None:
    """The one kind, or text where a field changed its type between versions or differs between forms."""
    return kinds.pop() if len(kinds) == 1 else "text" if kinds else None


def _text(column: Column[Any]) -> ColumnElement[Any]:
    match _kind(column):
        case "date":
            return DateText(column)
        case "number":
            return Value("number", column).text_or_null()
        case _:
            return func.nullif(column, "")


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of the score as one whole. `number` is the version of the workbook; `indicators` are in its order."""

    number: int
    indicators: tuple[Indicator, ...]
    sources: tuple[Source, ...]
    forms: frozenset[str]  # ids of all published forms

    @cached_property
    def counted(self) -> tuple[Indicator, ...]:
        """The indicators that can be counted: of a list that is monitored, with every form they wait for published."""
        lists = {group.list for group in GROUPS}
        return tuple(
            indicator
            for indicator in self.indicators
            if indicator.target in lists and self.forms.issuperset(indicator.forms)
        )

    def counted_of(self, target_list: TargetList) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.counted if indicator.target == target_list)

    def sources_of(self, target_list: TargetList) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.monitors(target_list))

    def kind(self, target_list: TargetList, name: str) -> Kind:
        """What the field holds. Raises ProblemError UNKNOWN_NAME where no form that monitors the list has it."""
        kinds = {kind for source in self.sources_of(target_list) if (kind := source.kind(name))}
        if (kind := _common(kinds)) is None:
            raise problem(UNKNOWN_NAME, name=name, list=target_list)
        return kind

    def saved_property(self, target_list: TargetList, name: str) -> str | None:
        """The property of the register that the field is saved in, which stands in where there is no answer."""
        saved = (source.saves.get((target_list, name)) for source in self.sources_of(target_list))
        return next((found for found in saved if found), None)


def read_rules(connection: Connection, number: int) -> Rules:
    """The published workbook of that number, with the forms that are published now."""
    forms = {form_id: published_schemas(connection, form_id) for form_id in form_ids(connection)}
    wanted = select(indicator_versions.c.workbook).where(indicator_versions.c.number == number)
    workbook = bytes(connection.execute(wanted).scalar_one())
    indicators = read_indicators(workbook, [schema for versions in forms.values() for schema in versions])
    sources = (Source.of(versions) for versions in forms.values())
    monitoring = tuple(source for source in sources if any(source.monitors(group.list) for group in GROUPS))
    return Rules(number, indicators, monitoring, frozenset(forms))

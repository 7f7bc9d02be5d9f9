"""What is in force: the indicators of the published workbook, and the forms whose answers they count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlalchemy import Connection, select

from aggregate.sources import Source
from forms.indicators import read_indicators
from forms.problems import Problem
from forms.rules import Call, Expression, Indicator, Name
from forms.rules import Text as TextLiteral
from forms.schema import FormSchema
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


@dataclass(frozen=True)
class Group:
    """A target list that table 1 counts, and which of its targets need the most care."""

    list: TargetList
    at_risk: Expression


MOTHERS = Group("ibu_hamil", Call("selected", (TextLiteral("kek risti kek_risti"), Name("status_kehamilan"))))
CHILDREN = Group("anak", Call("selected", (TextLiteral("kurang buruk stunting"), Name("status_gizi"))))
GROUPS = (MOTHERS, CHILDREN)


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of the score as one whole. `number` is the version of the workbook; `indicators` are in its order."""

    number: int
    indicators: tuple[Indicator, ...]
    sources: tuple[Source, ...]
    schemas: tuple[FormSchema, ...]

    @cached_property
    def stored(self) -> tuple[Indicator, ...]:
        """The indicators that have columns: those of the lists that are monitored."""
        lists = {group.list for group in GROUPS}
        return tuple(indicator for indicator in self.indicators if indicator.target in lists)

    @cached_property
    def counted(self) -> tuple[Indicator, ...]:
        """The stored indicators whose forms are all published. The others wait, and their columns stay blank."""
        published = {schema.form_id for schema in self.schemas}
        return tuple(indicator for indicator in self.stored if published.issuperset(indicator.forms))

    def counted_of(self, target_list: TargetList) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.counted if indicator.target == target_list)

    def sources_of(self, target_list: TargetList) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.monitors(target_list))

    def saved_property(self, target_list: TargetList, name: str) -> str | None:
        """The property of the register that the field is saved in, which stands in where there is no answer."""
        saved = (source.saves.get((target_list, name)) for source in self.sources_of(target_list))
        return next((found for found in saved if found), None)


def read_rules(connection: Connection, number: int) -> Rules:
    """The published workbook of that number, with the forms that are published now.

    Raises ProblemError where the workbook does not fit these forms.
    """
    forms = [published_schemas(connection, form_id) for form_id in form_ids(connection)]
    schemas = tuple(schema for versions in forms for schema in versions)
    wanted = select(indicator_versions.c.workbook).where(indicator_versions.c.number == number)
    workbook = bytes(connection.execute(wanted).scalar_one())
    return Rules(number, read_indicators(workbook, schemas), tuple(map(Source.of, forms)), schemas)

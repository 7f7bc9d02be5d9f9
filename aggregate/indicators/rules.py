"""The rules of a published workbook, and the forms whose answers they count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Literal

from sqlalchemy import Connection, select

from aggregate.sql.answer_sources import Source
from forms.indicators.rules import Call, Expression, Indicator, Name, Target
from forms.indicators.rules import Text as TextLiteral
from forms.indicators.workbook import read_indicators
from forms.problems import Problem
from forms.schema import FormSchema
from server.database.publication_tables import indicator_versions
from server.publications.form_versions import form_ids, published_schemas

TargetList = Literal["ibu_hamil", "anak"]

# The forms of home visits, of Formulir 2C, and of height checks.
VISIT_FORM = "kunjungan_rumah"
PAUD_FORM = "pantau_paud"
MEASURE_FORM = "ukur_tinggi"
TIKAR = "tikar"
ON_TRIAL = 0  # in place of the number of a published workbook

NO_RULES = Problem(
    "no-indicators",
    503,
    "Belum ada indikator yang terbit. Jalankan `kpm init`, atau terbitkan indikator.xlsx.",
    "No indicators are published yet. Run `kpm init`, or publish indikator.xlsx.",
)


@dataclass(frozen=True)
class Group:
    """The targets that one part of table 3 is about.

    `list` is where they stand in the register, `monitored_by` the form without whose rows they are not monitored,
    `at_risk` tells which of them need the most care, and `measured_by` is the form whose colour of the Tikar counts;
    None where none does.
    """

    target: Target
    list: TargetList
    monitored_by: str
    at_risk: Expression
    measured_by: str | None = None


MOTHERS = Group(
    "ibu_hamil",
    "ibu_hamil",
    VISIT_FORM,
    Call("selected", (TextLiteral("kek risti kek_risti"), Name("status_kehamilan"))),
)
CHILDREN = Group(
    "anak",
    "anak",
    VISIT_FORM,
    Call("selected", (TextLiteral("kurang buruk stunting"), Name("status_gizi"))),
    MEASURE_FORM,
)
# Children of 2-6 years stay in the same list; table 3 alone counts them.
PAUD = Group("paud", "anak", PAUD_FORM, Call("false", ()))
GROUPS = (MOTHERS, CHILDREN, PAUD)


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of the score as one whole. `number` is the version of the workbook; `indicators` are in its order.
    `published_at`: None on trial. `reason`: why they were published; None where nobody said."""

    number: int
    indicators: tuple[Indicator, ...]
    sources: tuple[Source, ...]
    schemas: tuple[FormSchema, ...]
    published_at: datetime | None = None
    reason: str | None = None

    @property
    def card(self) -> str:
        """The name of the card that these rules count."""
        return self.indicators[0].card

    @cached_property
    def counted(self) -> tuple[Indicator, ...]:
        """The indicators whose forms are all published. The others wait, and their columns stay blank."""
        published = {schema.form_id for schema in self.schemas}
        return tuple(indicator for indicator in self.indicators if published.issuperset(indicator.forms))

    def counted_of(self, group: Group) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.counted if indicator.target == group.target)

    def versions_of(self, form_id: str) -> list[FormSchema]:
        """All published versions of a form, oldest first; empty where there is none."""
        return [schema for schema in self.schemas if schema.form_id == form_id]

    def sources_of(self, target_list: TargetList) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.monitors(target_list))

    def saved_property(self, target_list: TargetList, name: str) -> str | None:
        """The property of the register that the field is saved in, which stands in where there is no answer; None where
        no form saves it."""
        saved = (source.saves.get((target_list, name)) for source in self.sources_of(target_list))
        return next((found for found in saved if found), None)


def read_rules(connection: Connection, number: int) -> Rules:
    """The published workbook of that number, with the forms that are published now.

    Raises ProblemError where the workbook does not fit these forms.
    """
    of = indicator_versions.c
    row = connection.execute(select(of.workbook, of.published_at, of.reason).where(of.number == number)).one()
    return _rules(number, bytes(row.workbook), _published_forms(connection), row.published_at, row.reason)


def rules_on_trial(connection: Connection, workbook: bytes) -> Rules:
    """The rules of a workbook that is not published, with the forms that are. Raises ProblemError as `read_rules`."""
    return _rules(ON_TRIAL, workbook, _published_forms(connection))


def _published_forms(connection: Connection) -> tuple[tuple[FormSchema, ...], ...]:
    return tuple(tuple(published_schemas(connection, form_id)) for form_id in form_ids(connection))


@lru_cache(maxsize=8)  # the same rules are the same object, for which statements are made once
def _rules(
    number: int,
    workbook: bytes,
    forms: tuple[tuple[FormSchema, ...], ...],
    published_at: datetime | None = None,
    reason: str | None = None,
) -> Rules:
    schemas = tuple(schema for versions in forms for schema in versions)
    sources = tuple(Source.of([*versions]) for versions in forms)
    return Rules(number, read_indicators(workbook, schemas), sources, schemas, published_at, reason)

"""What the rules of one group of targets ask: which questions of every row, which on day D, and of which names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregate.indicators.rules import Group, Rules
from aggregate.sql.answer_sources import Source
from aggregate.sql.expressions import Kind
from aggregate.sql.parameters import WINDOWS
from forms.indicators.names import COMPUTED, HOUSEHOLD_PREFIX, answer_names, known_names
from forms.indicators.rules import EVERY_MONTH, Expression, Indicator, Number, Window, names_in
from forms.problems import Problem, problem

NOT_ASKED = Problem(
    "field-not-asked",
    503,
    "Belum ada formulir pemantauan {target} yang menanyakan {name}. Terbitkan {form}.",
    "No published form that monitors {target} asks {name} yet. Publish {form}.",
)


@dataclass(frozen=True)
class Question:
    """A condition of an indicator, and the recap's column that the answer goes to or helps to fill."""

    column: str
    condition: Expression
    indicator: Indicator

    @property
    def is_beside(self) -> bool:
        """Whether it is counted beside the score (hitung_juga): then one month is enough."""
        return self.column != self.indicator.code

    @property
    def is_every_month(self) -> bool:
        """Whether it is asked of every active month of the quarter."""
        return self.indicator.minimum == EVERY_MONTH and not self.is_beside

    @property
    def is_once(self) -> bool:
        """Whether one month is enough."""
        return self.is_beside or self.indicator.minimum == Number(1)

    @property
    def is_of_quarter(self) -> bool:
        """Whether only the rows of the quarter are asked."""
        return self.window == "triwulan"

    @property
    def is_weighed(self) -> bool:
        """Whether the months of the quarter are counted, which needs no looking at the others."""
        return self.is_of_quarter and not self.is_once

    @property
    def window(self) -> Window:
        return "triwulan" if self.is_every_month else self.indicator.window


class Questions:
    """The questions of one group of targets, sorted by when they are asked."""

    def __init__(self, rules: Rules, group: Group) -> None:
        self.rules = rules
        self.group = group
        self.indicators = rules.counted_of(group)
        self._row_kinds = answer_names(rules.schemas, group.target)
        self._day_kinds = known_names(rules.schemas, group.target)
        questions = [question for indicator in self.indicators for question in questions_of(indicator)]
        self.of_rows = [question for question in questions if question.indicator.window != "terakhir"]
        self.of_latest = [question for question in questions if question.indicator.window == "terakhir"]
        self.row_names = _distinct(question.condition for question in self.of_rows)
        self.day_names = _distinct(self._on_day())
        # Every name of day D means one of three things.
        self.computed_names = [name for name in self.day_names if name in COMPUTED[group.target]]
        self.household_names = [name for name in self.day_names if name.startswith(HOUSEHOLD_PREFIX)]
        self.latest_names = sorted({*self.day_names} - {*self.computed_names, *self.household_names})

    @property
    def sources(self) -> tuple[Source, ...]:
        """The forms with something to say here; the others' rows would be read for nothing."""
        names = {*self.row_names, *self.latest_names}
        return tuple(
            source
            for source in self.rules.sources_of(self.group.list)
            if source.form_id in (self.group.monitored_by, self.group.measured_by) or names & source.columns.keys()
        )

    @property
    def widest_window(self) -> Window:
        """Of the questions whose months are counted."""
        counted = (question.window for question in self.of_rows if not question.is_once)
        return max(counted, key=WINDOWS.index, default="triwulan")

    def _on_day(self) -> Iterator[Expression]:
        yield self.group.at_risk
        yield from (question.condition for question in self.of_latest)
        for indicator in self.indicators:
            yield indicator.due
            if indicator.window != "terakhir" and not isinstance(indicator.minimum, str):
                yield indicator.minimum

    def row_kind(self, name: str) -> Kind:
        """What an answer of that name holds. Raises ProblemError NOT_ASKED where no published form asks it."""
        if name not in self._row_kinds:
            raise problem(NOT_ASKED, name=name, target=self.group.target, form=self.group.monitored_by)
        return self._row_kinds[name]

    def day_kind(self, name: str) -> Kind:
        """What the name holds on day D."""
        return self._day_kinds[name] if name in self._day_kinds else self.row_kind(name)


def questions_of(indicator: Indicator) -> list[Question]:
    found = [Question(indicator.code, indicator.received, indicator)]
    if indicator.also is not None:
        found.append(Question(f"{indicator.code}_also", indicator.also, indicator))
    return found


def _distinct(expressions: Iterable[Expression]) -> list[str]:
    return sorted({name for expression in expressions for name in names_in(expression)})

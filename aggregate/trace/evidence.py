"""What explains a number of the card: its own rule, or one that stands for it, with how targets stand to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from aggregate.indicators.rules import GROUPS, TIKAR, Group, Rules
from aggregate.trace.stands import read_stands
from aggregate.trace.visits import read_visits
from aggregate.trace.words import read_words
from forms.domain import DAY
from forms.indicators.names import COMPUTED
from forms.indicators.rules import Binary, Call, Expression, Indicator, Name, Number, Text, Window, names_in
from scorecards.trace.figures import Figure
from scorecards.trace.sources import Evidence, FieldWords


def group_of(figure: Figure, target: str | None) -> Group:
    """The group that the number is about: where it is about two, that of the target (`ibu_hamil`, `anak`)."""
    names = figure.targets if target is None else tuple(name for name in figure.targets if name == target)
    return next(group for group in GROUPS if group.target in names)


def rule_behind(figure: Figure, group: Group) -> Indicator | None:
    """The rule by which forms decide the number; None where it adds up several."""
    match figure.kind, figure.indicator:
        case "indicator", Indicator() as own:
            return own
        case "also", Indicator(also=also) as own if also is not None:
            return replace(own, received=also, minimum=Number(1), also=None)
        case "risk", _:
            return _stand_in(group, group.at_risk, "terakhir")
        case "tikar", _:
            return _stand_in(group, _is_answered(TIKAR), "terakhir")
        case "monitored" | "month", _:
            return _stand_in(group, _is_answered(DAY), "triwulan")
        case _:
            return None


def read_evidence(
    connection: Connection,
    rules: Rules,
    group: Group,
    rule: Indicator,
    values: Mapping[str, Any],
    target: str | None = None,
) -> Evidence:
    """Of all targets of the group or, with its visits of any time, of one."""
    return Evidence(
        rule,
        read_stands(connection, rules, group, rule, values),
        read_visits(connection, rules, group, rule, values, target),
    )


def words_of(
    connection: Connection, rules: Rules, explained: Iterable[tuple[Group, Indicator]]
) -> dict[str, FieldWords]:
    """The words for the names that these rules of groups use and a form asks, all read at once."""
    names = {
        name
        for group, rule in explained
        for name in {*names_in(rule.due), *names_in(rule.received)} - COMPUTED[group.target].keys()
    }
    return read_words(connection, rules, sorted(names)) if names else {}


def _is_answered(name: str) -> Expression:
    return Binary("!=", Name(name), Text(""))


def _stand_in(group: Group, received: Expression, window: Window) -> Indicator:
    return Indicator(
        code="x",
        number=0,
        target=group.target,
        sector="kesehatan",
        label_id="",
        label_en="",
        due=Call("true", ()),
        received=received,
        window=window,
        minimum=Number(1),
        also=None,
        source="",
    )

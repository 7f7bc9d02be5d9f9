"""What pages ask of the numbers of a card, answered from the database: one call a page, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Engine

from aggregate.formulir1.report import read_posyandu
from aggregate.indicators.published_rules import published_rules
from aggregate.indicators.rules import Group, Rules
from aggregate.service.cards import StoredCards
from aggregate.service.villages import Village
from aggregate.sql.parameters import parameters
from aggregate.trace.activities import read_allocated, read_funds
from aggregate.trace.evidence import group_of, read_evidence, rule_behind, words_of
from aggregate.trace.months import read_contacts
from aggregate.trace.targets import read_targets
from forms.indicators.rules import Indicator
from forms.periods import Quarter
from forms.problems import ProblemError, problem
from scorecards.people.timeline import Contact
from scorecards.sources import Traced
from scorecards.trace.figures import FIXED, Figure, figure_called
from scorecards.trace.sources import Behind, FieldWords
from server.database.engine import reading
from server.decisions.making import NO_SUCH_PERSON


class StoredTraces:
    """What is behind the numbers of the cards that `cards` shows."""

    def __init__(self, cards: StoredCards) -> None:
        self._cards = cards

    def figure(
        self, code: str, period: str, name: str, *, names: bool, card: str | None = None
    ) -> tuple[Figure, Behind]:
        """All targets of the quarter; with `names` who they are, and why each counts as it does: by the rules of the
        quarter's card, or of the `card` that is kept beside.

        Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD, FUTURE_PERIOD, NO_RULES, UNKNOWN_CARD and NO_SUCH_NUMBER.
        """

        def read(village: Village, quarter: Quarter, rules: Rules) -> tuple[Figure, Behind]:
            figure = figure_called(name, rules.indicators)
            return figure, _behind(village, quarter, rules, figure, None, names=names)

        return self._cards.read_counted(code, period, card, read)

    def dusun(self, code: str, period: str, card: str | None = None) -> tuple[Behind, dict[str, tuple[str, ...]]]:
        """All targets of the quarter without their names, and the Posyandu by dusun; `card` as in `figure`. Raises
        ProblemError UNKNOWN_VILLAGE, BAD_PERIOD, FUTURE_PERIOD, NO_RULES and UNKNOWN_CARD."""

        return self._cards.read_counted(code, period, card, dusun_of)

    def target(self, code: str, period: str, name: str, target: str, card: str | None = None) -> tuple[Figure, Behind]:
        """The same of one target, with its forms. Raises ProblemError as `figure`, and NO_SUCH_PERSON."""

        def read(village: Village, quarter: Quarter, rules: Rules) -> tuple[Figure, Behind]:
            figure = figure_called(name, rules.indicators)
            return figure, _behind(village, quarter, rules, figure, target, names=True)

        return self._cards.read_counted(code, period, card, read)


def dusun_of(village: Village, quarter: Quarter, rules: Rules) -> tuple[Behind, dict[str, tuple[str, ...]]]:
    """As `StoredTraces.dusun`."""
    behind = _behind(village, quarter, rules, FIXED["tingkat-desa"], None, names=False)
    return behind, read_posyandu(village.connection, rules, village.place.code, quarter, village.today)


def contacts_of(
    engine: Engine, code: str, target_list: str, target: str, since: date
) -> tuple[list[Contact], Sequence[Indicator]] | None:
    """What forms about somebody say since a day, and the indicators by which they are read; None while no rules are
    published."""
    with reading(engine) as connection:
        try:
            rules = published_rules(connection)
        except ProblemError:
            return None
        return read_contacts(connection, rules, code, target_list, target, since), rules.counted


def every_figure(village: Village, quarter: Quarter, rules: Rules, *, names: bool) -> list[tuple[Figure, Behind]]:
    """All numbers of the card that count people, those of the running month only while the quarter runs, in their
    order, each with what is behind it; the targets are read once."""
    targets = read_targets(village.connection, rules, village.place.code, quarter, names=names)
    runs = quarter.as_of(village.today) < quarter.last_day
    fixed = [figure for figure in FIXED.values() if figure.kind != "funds" and (runs or figure.kind != "month")]
    asked = [*fixed, *(figure_called(one.code, rules.indicators) for one in rules.counted)]
    explained = [found for one in asked if (found := _explained(rules, one, targets, None))] if names else ()
    words = words_of(village.connection, rules, explained)
    return [(one, _about(village, quarter, rules, one, targets, None, names=names, words=words)) for one in asked]


def _behind(
    village: Village, quarter: Quarter, rules: Rules, figure: Figure, target: str | None, *, names: bool
) -> Behind:
    code = village.place.code
    targets = [
        one
        for one in read_targets(village.connection, rules, code, quarter, names=names)
        if target is None or (one.id == target and one.target in figure.targets)
    ]
    if target is not None and not targets:
        raise problem(NO_SUCH_PERSON, id=target, village=code)
    return _about(village, quarter, rules, figure, targets, target, names=names)


def _explained(
    rules: Rules, figure: Figure, targets: Sequence[Traced], target: str | None
) -> tuple[Group, Indicator] | None:
    """The rule by which a number is explained, and of whom; None where it needs none.

    Of all targets together only rules that are about one group are explained; Tikar colours speak for themselves.
    """
    if target is None and figure.kind not in ("indicator", "also", "risk"):
        return None
    group = group_of(figure, targets[0].target if target is not None else None)
    waits = figure.indicator is not None and figure.indicator not in rules.counted
    rule = None if waits else rule_behind(figure, group)
    return None if rule is None else (group, rule)


def _about(
    village: Village,
    quarter: Quarter,
    rules: Rules,
    figure: Figure,
    targets: Sequence[Traced],
    target: str | None,
    *,
    names: bool,
    words: Mapping[str, FieldWords] | None = None,
) -> Behind:
    """What is behind a number whose targets are read already; `words`: where these are as well."""
    connection, code = village.connection, village.place.code
    values = parameters(quarter, village.today, [code], rules.number)
    explained = _explained(rules, figure, targets, target) if names else None
    evidence = read_evidence(connection, rules, *explained, values, target) if explained else None
    if words is None:
        words = words_of(connection, rules, [explained] if explained else ())
    return Behind(
        place=village.place,
        quarter=quarter,
        as_of=quarter.as_of(village.today),
        indicators=rules.counted,
        targets=targets,
        evidence=evidence,
        allocated=read_allocated(connection, rules, values) if figure.kind == "funds" else (),
        funds=read_funds(connection, rules, values) if figure.kind == "funds" else (),
        words=words,
    )

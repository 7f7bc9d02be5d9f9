"""A number of the card opened: who stands behind it, in parts that add up to it, and by dusun."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from forms.indicators.rules import SECTORS, Indicator, named_by_service
from forms.periods import Quarter
from forms.region_names import dusun_key, usual_spelling
from scorecards.shares import USUAL, Share, Thresholds, share
from scorecards.small_counts import Told
from scorecards.sources import Place, Traced
from scorecards.trace.figures import FIXED, Figure
from scorecards.trace.reasons import Reason, reason_of
from scorecards.trace.sources import Allocated, Behind, FieldWords, Fund, TracedVisit
from scorecards.trace.told import told_counts, told_level

_COLOURS = {"merah": "merah", "kuning": "kuning", "hijau": "hijau"}


@dataclass(frozen=True)
class Line:
    """Somebody, or a household, behind the number. `received` of `due`: services, where these are what is counted;
    `missing`: by member what is due and was not received; `reason` is None where the number has no rule of its own."""

    id: str
    name: str
    target: str
    dusun: str
    received: int = 0
    due: int = 0
    missing: tuple[tuple[Traced, tuple[Indicator, ...]], ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True)
class Part:
    """Lines of one state. `count` is how many they are, as the visitor is told."""

    key: str
    lines: tuple[Line, ...]
    count: Told


@dataclass(frozen=True)
class DusunCounts:
    """How many of a dusun are in each part, in the parts' order, and in all of them. `name` is blank where none is
    known."""

    name: str
    counts: tuple[Told, ...]
    every: Told


@dataclass(frozen=True)
class FigureView:
    """A number opened. `parts`: what pulls the number down comes first; `share`: what it says, None where it is a plain
    count; `names`: whether people are named; `short`: by indicator the service that names it in a list, blank where its
    own label has to."""

    place: Place
    quarter: Quarter
    as_of: date
    figure: Figure
    share: Share | None
    parts: tuple[Part, ...]
    dusun: tuple[DusunCounts, ...]
    allocated: tuple[Allocated, ...]
    funds: tuple[Fund, ...]
    words: Mapping[str, FieldWords]
    names: bool
    thresholds: Thresholds
    short: Mapping[str, str]


def figure_view(
    behind: Behind, figure: Figure, *, names: bool, hides: bool = False, thresholds: Thresholds = USUAL
) -> FigureView:
    """`names`: with names and reasons; `hides`: small counts are not told."""
    lines = _lines(behind, figure, names)
    keys = _KEYS[figure.kind]
    by_part: defaultdict[str, list[Line]] = defaultdict(list)
    for key, line in lines:
        by_part[key].append(line)
    counts = {key: len(by_part[key]) for key in keys}
    shown: Mapping[str, Told] = counts
    level = _share(figure, by_part, thresholds)
    if hides:
        sectors = Counter(key for key, _ in _lines(behind, FIXED["rumah-sektor"], names=False))
        shown = told_counts(behind, figure, counts, sectors)
        level = told_level(behind, figure, counts, shown, thresholds)
    parts = [Part(key, tuple(by_part[key]) if names else (), shown[key]) for key in keys if key in shown]
    return FigureView(
        behind.place.bare(),
        behind.quarter,
        behind.as_of,
        figure,
        level,
        tuple(parts),
        () if hides else _by_dusun(lines, keys),  # a dusun is too small to be counted in public
        tuple(behind.allocated),
        tuple(behind.funds if names else [replace(one, sha256="") for one in behind.funds]),
        behind.words,
        names,
        thresholds,
        named_by_service(behind.indicators),
    )


# The parts of each kind of number: those who lack something come first.
_KEYS: dict[str, tuple[str, ...]] = {
    "indicator": ("T", "Y", "TS"),
    "also": ("T", "Y", "TS"),
    "services": ("T", "Y", "TS"),
    "complete": ("T", "Y"),
    "sectors": tuple(str(count) for count in range(len(SECTORS) + 1)),
    "homes": ("semua",),
    "tikar": ("merah", "kuning", "belum", "hijau"),
    "monitored": ("T", "Y"),
    "month": ("T", "Y", "TS"),
    "risk": ("ya", "tidak"),
    "all": ("semua",),
    "funds": (),
}


def _lines(behind: Behind, figure: Figure, names: bool) -> list[tuple[str, Line]]:
    """Each line with the part that it belongs to."""
    targets = [one for one in behind.targets if one.target in figure.targets]
    if figure.kind in ("complete", "sectors", "homes"):
        return list(_homes(behind, targets, figure))
    if figure.kind == "funds":
        return []
    if figure.kind in ("indicator", "also"):
        return _of_indicator(behind, figure, targets, names)
    return [(state_of(figure, one, behind.indicators), _line(behind, figure, one, names)) for one in targets]


def _of_indicator(behind: Behind, figure: Figure, targets: Sequence[Traced], names: bool) -> list[tuple[str, Line]]:
    visits: defaultdict[str, list[TracedVisit]] = defaultdict(list)
    for visit in behind.evidence.visits if behind.evidence else ():
        visits[visit.target].append(visit)
    found = []
    for one in targets:
        result = result_of(figure, one)
        reason = why(behind, figure, one, visits[one.id]) if names else None
        found.append((STATES[result], Line(one.id, one.name, one.target, one.dusun, reason=reason)))
    return found


STATES: dict[int | None, str] = {1: "Y", 0: "T", None: "TS"}


def result_of(figure: Figure, one: Traced) -> int | None:
    """The result of the number's own rule, as the recap has it; None where it is not due."""
    if figure.indicator is None:
        return int(one.at_risk)
    # What is counted beside the score is said of those to whom it is due.
    return one.results.get(f"{figure.indicator.code}_also" if figure.kind == "also" else figure.indicator.code)


def why(behind: Behind, figure: Figure, one: Traced, visits: Sequence[TracedVisit]) -> Reason | None:
    """Why somebody has that result; None where there is no evidence of them. `visits` are theirs."""
    if behind.evidence is None or one.id not in behind.evidence.stands:
        return None
    # Whether somebody is at risk does not turn on their being visited in the quarter.
    target = replace(one, monitored=True) if figure.kind == "risk" else one
    stand = behind.evidence.stands[one.id]
    return reason_of(behind.evidence.indicator, behind.quarter, target, result_of(figure, one), stand, visits)


def state_of(figure: Figure, one: Traced, indicators: Sequence[Indicator]) -> str:
    match figure.kind:
        case "services":
            due, received = services(one, figure, indicators)
            return "TS" if not due else "Y" if received == due else "T"
        case "tikar":
            return _COLOURS.get(one.tikar, "belum")
        case "monitored":
            return "Y" if one.monitored else "T"
        case "month":
            return STATES[one.monitored_now]
        case "risk":
            return "ya" if one.at_risk else "tidak"
        case _:
            return "semua"


def services(one: Traced, figure: Figure, indicators: Sequence[Indicator]) -> tuple[int, int]:
    """How many services are due to somebody, and how many of these were received; of the figure's sector."""
    results = [one.results.get(indicator.code) for indicator in _asked(one, figure, indicators)]
    return sum(result is not None for result in results), sum(result == 1 for result in results)


def _asked(one: Traced, figure: Figure, indicators: Sequence[Indicator]) -> list[Indicator]:
    return [
        indicator
        for indicator in indicators
        if indicator.target == one.target and figure.sector in (None, indicator.sector)
    ]


def _missing(one: Traced, figure: Figure, indicators: Sequence[Indicator]) -> tuple[Indicator, ...]:
    return tuple(indicator for indicator in _asked(one, figure, indicators) if one.results.get(indicator.code) == 0)


def _line(behind: Behind, figure: Figure, one: Traced, names: bool) -> Line:
    reason = why(behind, figure, one, ()) if names and figure.kind == "risk" else None
    if figure.kind != "services":
        return Line(one.id, one.name, one.target, one.dusun, reason=reason)
    due, received = services(one, figure, behind.indicators)
    missing = _missing(one, figure, behind.indicators)
    return Line(one.id, one.name, one.target, one.dusun, received, due, ((one, missing),) if missing else ())


def _homes(behind: Behind, targets: Iterable[Traced], figure: Figure) -> Iterable[tuple[str, Line]]:
    members: defaultdict[str, list[Traced]] = defaultdict(list)
    for one in targets:
        if one.household:
            members[one.household].append(one)
    for household, those in members.items():
        lacking = [(one, _missing(one, figure, behind.indicators)) for one in those]
        sectors = {indicator.sector for _, missing in lacking for indicator in missing}
        found = tuple((one, missing) for one, missing in lacking if missing)
        line = Line(household, those[0].household_name, "keluarga", those[0].dusun, missing=found)
        match figure.kind:
            case "sectors":
                yield str(len(SECTORS) - len(sectors)), line
            case "complete":
                yield ("T" if sectors else "Y"), line
            case _:
                yield "semua", line


def _share(figure: Figure, parts: Mapping[str, Sequence[Line]], thresholds: Thresholds) -> Share | None:
    if figure.kind == "services":  # counts no people
        every = [line for lines in parts.values() for line in lines]
        return share(sum(line.received for line in every), sum(line.due for line in every), thresholds)
    if figure.kind not in ("indicator", "complete"):
        return None
    received, missing = len(parts["Y"]), len(parts["T"])
    return share(received, received + missing, thresholds)


def _by_dusun(lines: Sequence[tuple[str, Line]], keys: Sequence[str]) -> tuple[DusunCounts, ...]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    spelt = usual_spelling(line.dusun for _, line in lines)
    for key, line in lines:
        counted[spelt[dusun_key(line.dusun)]][key] += 1
    return tuple(
        DusunCounts(name, tuple(counts[key] for key in keys), counts.total())
        for name, counts in sorted(counted.items(), key=lambda one: one[0].casefold())
    )

"""Formulir 4 as the official paper: frozen values for its template, from a card as it is now or as it was signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Literal, NamedTuple

from forms.indicators.rules import Target
from forms.periods import Quarter
from forms.problems import Language
from scorecards.paper.differences import Difference, differences
from scorecards.paper.snapshot import Signers, Snapshot
from scorecards.running_month import RunningMonth, running_month, visited_this_month
from scorecards.shares import Share, share
from scorecards.small_counts import Told, as_told, stand_in
from scorecards.sources import Card, CountedCard, IndicatorLabel, Place
from templates.qr_codes import as_svg
from templates.rendering import Frame, render


class Edition(NamedTuple):
    """A signed report, with the check code and the sha256 of what was signed."""

    snapshot: Snapshot
    check_code: str
    sha256: str

    @property
    def counted(self) -> CountedCard:
        return CountedCard(self.snapshot.card, self.snapshot.indicators)


class Report(NamedTuple):
    """A village's Formulir 4: `counted` is the card as it is now, by the rules with the number `rules`; `editions` are
    what was signed, the newest first. `over`: the quarter has ended; `has_data`: the village had anybody by then."""

    place: Place
    counted: CountedCard
    rules: int
    over: bool
    has_data: bool
    editions: Sequence[Edition]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What changed since it was signed last; empty where it was not."""
        return self.changes(hides=False)

    def changes(self, *, hides: bool) -> tuple[Difference, ...]:
        """The same; `hides`: of the figures as the public sees them."""
        return differences(self.editions[0].counted, self.counted, hides=hides) if self.editions else ()


@dataclass(frozen=True)
class Row:
    """A row of table 3, numbered within its group; `fathers` is None where the card does not count them."""

    number: int
    indicator: IndicatorLabel
    share: Share
    fathers: Told | None


@dataclass(frozen=True)
class Money:
    """A row of table 5, in rupiah; `field` is blank for all together."""

    field: str
    total: int
    stunting: Share
    spent: int


State = Literal["running", "unsigned", "signed"]


@dataclass(frozen=True)
class Paper:
    """All that the paper shows. `number`, `check_code`, `signed_at` (where the village is), `signers` and `replaces`
    (the former edition) are None on what nobody signed; `changes` came after it was signed. `qr` is an SVG element,
    blank where there is none to show. `hides`: small counts of people are not told. `month`: the one whose visits are
    still to come, None where there is none."""

    place: Place
    quarter: Quarter
    as_of: date
    state: State
    card: Card
    groups: Mapping[Target, Sequence[Row]]
    levels: Mapping[str, Share]
    money: Sequence[Money]
    number: str | None
    check_code: str | None
    signed_at: datetime | None
    signers: Signers | None
    replaces: str | None
    changes: Sequence[Difference]
    qr: str
    hides: bool = False
    month: RunningMonth | None = None

    @property
    def sheets(self) -> int:
        return 3 if self.changes else 2


def qr_of(report: Report, address: str) -> str:
    """The code, as SVG, that opens the page which confirms the newest edition; blank where nothing is signed. `address`
    is that of the server."""
    return as_svg(f"{address}/periksa/{report.editions[0].check_code}") if report.editions else ""


def paper_of(report: Report, zone: tzinfo, qr: str = "", *, hides: bool = False) -> Paper:
    """The newest edition as it was signed; the card as it is now where there is none. `hides`: small counts of people
    are not told."""
    newest = report.editions[0] if report.editions else None
    signed = newest.snapshot if newest else None
    card, indicators = newest.counted if newest else report.counted
    card = stand_in(card, indicators) if hides else card
    quarter, as_of = Quarter.parse(card["period"]), date.fromisoformat(card["as_of"])
    month = None if signed or report.over else running_month(quarter, as_of, visited_this_month(card), hides=hides)
    card = as_told(card) if hides else card
    return Paper(
        place=(signed.place if signed else report.place).bare(),
        quarter=quarter,
        as_of=as_of,
        state="signed" if signed else "unsigned" if report.over else "running",
        card=card,
        groups=_groups(card, indicators),
        levels={name: share(row["received"], row["due"]) for name, row in card["table4"].items()},
        money=[_money(field, row) for field, row in (*card["table5_fields"].items(), ("", card["table5"]))],
        number=signed.number if signed else None,
        check_code=newest.check_code if newest else None,
        signed_at=signed.signed_at.astimezone(zone) if signed else None,
        signers=signed.signers if signed else None,
        replaces=signed.replaces if signed else None,
        changes=report.changes(hides=hides),
        qr=qr,
        hides=hides,
        month=month,
    )


def render_paper(paper: Paper, links: Frame, language: Language, *, back: str = "", pdf: str = "") -> str:
    """The paper as a page: to print from a browser, and to make a PDF of. `back` and `pdf` are addresses that only a
    screen shows."""
    return render("formulir4.html", language, paper=paper, links=links, back=back, pdf=pdf)


def _groups(card: Card, indicators: Sequence[IndicatorLabel]) -> dict[Target, list[Row]]:
    by_code = {one.code: one for one in indicators}
    groups: dict[Target, list[Row]] = {"ibu_hamil": [], "anak": [], "paud": []}
    for row in card["table3"]:
        indicator = by_code[row["code"]]
        rows = groups[indicator.target]
        rows.append(Row(len(rows) + 1, indicator, _share(row), row.get("fathers")))
    return groups


def _share(row: Mapping[str, Any]) -> Share:
    """Of a row of table 3, as its counts are told."""
    if isinstance(row["received"], int) and isinstance(row["due"], int):
        return share(row["received"], row["due"])
    return Share(row["received"], row["due"], None, None)


def _money(field: str, row: Mapping[str, Any]) -> Money:
    return Money(field, row["allocated_total"], share(row["allocated_stunting"], row["allocated_total"]), row["spent"])

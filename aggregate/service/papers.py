"""Formulir 4 as a paper to sign, answered from the database: what is counted, what was signed, and signing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine

from aggregate.formulir1.report import make_formulir1
from aggregate.indicators.rules import GROUPS
from aggregate.papers.months import month_rows
from aggregate.papers.people import people_of
from aggregate.service.villages import Village, counted_card, read_village, village_in
from forms.periods import Quarter, asked_quarter
from forms.problems import Problem, problem
from scorecards.paper.formulir4 import Edition, Report
from scorecards.paper.named_sheets import Months
from scorecards.paper.snapshot import Signers, Snapshot, canonical, check_code, frozen, opened
from scorecards.paper.sources import QuarterSheets
from scorecards.sources import Card
from server.accounts import audit_log
from server.accounts.users import User
from server.database.engine import in_turn, reading
from server.villages import signed_reports
from server.villages.signed_reports import SignedReport

NOT_OVER = Problem(
    "report-not-over",
    409,
    "Triwulan {period} belum berakhir, jadi laporannya masih sementara. Tanda tangani mulai {day}.",
    "The quarter {period} is not over, so its report is provisional. Sign it from {day} on.",
)
NOTHING_TO_SIGN = Problem(
    "report-empty",
    409,
    "Desa ini belum punya sasaran pada triwulan {period}, jadi belum ada yang dapat ditandatangani.",
    "This village had no targets in the quarter {period}, so there is nothing to sign.",
)
SIGNED_ALREADY = Problem(
    "report-signed-already",
    409,
    "Laporan ini sudah ditandatangani, dan angkanya tidak berubah sejak itu. Tidak perlu ditandatangani lagi.",
    "This report is signed already, and none of its figures has changed since. It need not be signed again.",
)
OTHER_FIGURES = Problem(
    "report-other-figures",
    409,
    "Angkanya berubah sesudah halaman ini dibuka, jadi belum ditandatangani. Periksa angka yang baru di bawah, lalu "
    "tanda tangani.",
    "The figures have changed since this page was opened, so nothing was signed. Check the new ones below, then sign.",
)

Formulir1 = Mapping[str, Any]
"""Formulir 1 as the JSON that is published."""


class StoredPapers:
    """Reports of villages, and what was signed of them."""

    def __init__(self, engine: Engine, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today

    def report(self, code: str, period: str | None) -> Report:
        """The report of a quarter (None: the running one), up to date. Raises ProblemError UNKNOWN_VILLAGE, BAD_PERIOD
        or FUTURE_PERIOD, and NO_RULES."""
        return read_village(self._engine, self._today(), code, period, _report)

    def sheets(self, code: str, period: str | None) -> QuarterSheets:
        """Formulir 3A and 3B of a quarter, with names. Raises ProblemError as `report` does."""
        return read_village(self._engine, self._today(), code, period, _sheets)

    def counts(self, code: str, period: str | None) -> tuple[Report, Formulir1]:
        """The report, with the JSON of Formulir 1, which is of the running quarter. Raises ProblemError as `report`."""
        return read_village(
            self._engine,
            self._today(),
            code,
            period,
            lambda village, quarter: (_report(village, quarter), _formulir1(village)),
        )

    def all_forms(self, code: str, period: str | None) -> tuple[Report, QuarterSheets, Months, Formulir1]:
        """The report, Formulir 3A and 3B, the monthly rows of 2A, 2B and 2C, and Formulir 1. Raises ProblemError as
        `report`."""

        def read(village: Village, quarter: Quarter) -> tuple[Report, QuarterSheets, Months, Formulir1]:
            sheets, of = _sheets(village, quarter), (village.connection, village.rules_of(quarter))
            rows = {
                group.target: month_rows(*of, group, code, quarter, sheets.people[group.target]) for group in GROUPS
            }
            return _report(village, quarter), sheets, rows, _formulir1(village)

        return read_village(self._engine, self._today(), code, period, read)

    def find(self, check_code: str) -> SignedReport | None:
        """The edition with this check code; None where there is none."""
        with reading(self._engine) as connection:
            return signed_reports.find(connection, check_code)

    def sign(self, code: str, period: str, seen: str, signers: Signers, by: User, now: datetime) -> SignedReport:
        """Freezes the report as a new edition. `seen` is the `fingerprint` of the card that was looked at, `by` the
        account that signs.

        Raises ProblemError NOT_OVER, NOTHING_TO_SIGN, SIGNED_ALREADY where nothing changed since, or OTHER_FIGURES
        where the card is another one than was seen.
        """
        today = self._today()
        self.report(code, period)  # counts what is out of date, before anybody is kept waiting

        def make(connection: Connection) -> SignedReport:
            signed_reports.lock(connection, code)
            quarter = asked_quarter(period, today)
            report = _report(village_in(connection, code, today), quarter)
            _require_signable(report, quarter, seen)
            made = _edition(report, quarter, signers, by.email, now)
            signed_reports.keep(connection, made)
            audit_log.note(connection, by, "report-signed", code, f"{quarter} {made.check_code}", now)
            return made

        return in_turn(self._engine, make)


def fingerprint(card: Card) -> str:
    """What tells a card from one with other figures."""
    return sha256(canonical(card)).hexdigest()


def require_over(report: Report, quarter: Quarter) -> None:
    """Raises ProblemError NOT_OVER or NOTHING_TO_SIGN where nobody can sign, whatever the figures are."""
    if not report.over:
        raise problem(NOT_OVER, period=quarter, day=quarter.plus(1).first_day)
    if not report.has_data:
        raise problem(NOTHING_TO_SIGN, period=quarter)


def _require_signable(report: Report, quarter: Quarter, seen: str) -> None:
    require_over(report, quarter)
    if report.editions and not report.differences:
        raise problem(SIGNED_ALREADY)
    if fingerprint(report.counted.card) != seen:
        raise problem(OTHER_FIGURES)


def _report(village: Village, quarter: Quarter) -> Report:
    (card,) = village.cards(quarter)
    first = village.known.first
    kept = signed_reports.editions(village.connection, village.place.code, str(quarter))
    return Report(
        village.place,
        counted_card(card),
        village.rules_of(quarter).number,
        over=quarter < Quarter.of(village.today),
        has_data=first is not None and first <= quarter,
        editions=[Edition(opened(one.content), one.check_code, one.sha256) for one in kept],
    )


def _formulir1(village: Village) -> Formulir1:
    rules, place = village.rules.newest, village.place
    return make_formulir1(village.connection, rules, place.code, place.village, village.today).json()


def _sheets(village: Village, quarter: Quarter) -> QuarterSheets:
    rules, connection = village.rules_of(quarter), village.connection
    counted = counted_card(*village.cards(quarter))
    return QuarterSheets(
        village.place,
        quarter,
        counted.card,
        running=quarter >= Quarter.of(village.today),
        people={group.target: people_of(connection, rules, group, village.place.code, quarter) for group in GROUPS},
        indicators={
            group.target: [label for label in counted.indicators if label.target == group.target] for group in GROUPS
        },
    )


def _edition(report: Report, quarter: Quarter, signers: Signers, by: str, now: datetime) -> SignedReport:
    former = report.editions[0] if report.editions else None
    snapshot = Snapshot(
        place=report.place,
        edition=former.snapshot.edition + 1 if former else 1,
        replaces=former.check_code if former else None,
        signed_at=now,
        signers=signers,
        rules=report.rules,
        card=report.counted.card,
        indicators=report.counted.indicators,
    )
    content = frozen(snapshot)
    digest = sha256(content).hexdigest()
    kept = (check_code(content), digest, content, now, by)
    return SignedReport(report.place.code, str(quarter), snapshot.edition, *kept)

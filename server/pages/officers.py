"""The KPM's own page: her record as an official, and her performance quarter by quarter.

The village head enters and approves, the kecamatan enters the contract with the camat, an admin may do both; the KPM
herself and the district see it. The page names the KPM and whoever approved, but no mother and no child.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms.periods import Quarter
from forms.problems import ProblemError
from server.accounts.users import ROLES
from server.database.engine import reading, writing
from server.http.access import allow, user
from server.http.context import backend
from server.http.responses import asked_language, frame, link, show
from server.pages.officer_form import Entered
from server.pages.officer_view import result
from server.villages import officers, regions

HEAD = ("village_head", "admin")
CAMAT = ("subdistrict", "admin")
QUARTERS_SHOWN = 4

# What a change does inside a transaction; made from what was typed in, before there is one.
MakeChange = Callable[..., object]


class Performances(Protocol):
    """Whoever counts answers; nothing here knows how."""

    def quarter(self, period: str | None) -> Quarter:
        """The quarter asked for, the running one without `period`. Raises ProblemError where there is none."""

    def latest(
        self, code: str, last: Quarter, most: int
    ) -> tuple[Quarter | None, Sequence[Mapping[str, Any]] | ProblemError]:
        """The first quarter with data of the village (None: no data yet), and the performance, as `kpm performance
        --json` prints it, in the last quarter and in those before it that have data, at most so many and the latest
        first; or why nothing can be counted."""


class Cards(Protocol):
    """The village's cards."""

    def card(self, code: str, period: str | None) -> Mapping[str, Any]:
        """A card's JSON. Raises ProblemError where nothing can be counted."""


@dataclass(frozen=True)
class Attempt:
    """A form that was refused: its name (`honor-<term>`), the sentence that says why, what was typed into it by field,
    and the HTTP status of the answer."""

    form: str
    sentence: str
    fields: Mapping[str, str]
    status: int


def kpm_pages(performances: Performances, cards: Cards) -> Blueprint:
    """The routes below `/desa/<code>/kpm`."""
    pages = Blueprint("kpm", __name__)

    @pages.get("/desa/<code>/kpm")
    @pages.get("/desa/<code>/kpm/<period>")
    @allow(*ROLES)
    def record(code: str, period: str | None = None) -> Response:
        return _show(performances, cards, code, period)

    for name, (roles, rule, made) in _CHANGES.items():
        view = allow(*roles)(_changing(performances, cards, name, made))
        pages.add_url_rule(f"/desa/<code>/kpm/{rule}", name, view, methods=["POST"])
    return pages


def _changing(
    performances: Performances, cards: Cards, name: str, made: Callable[[str, str, Entered], MakeChange]
) -> Any:
    def change(code: str, term: str = "", event: str = "") -> AnyResponse:
        with reading(backend().engine) as connection:
            regions.listed_name(connection, code)
        try:
            make_change = made(code, term, Entered({**request.form, "event": event}))
            with writing(backend().engine) as connection:
                make_change(connection)
        except ProblemError as error:
            if error.status == officers.UNKNOWN_ENTRY.status:
                raise
            attempt = Attempt(f"{name}-{term}", error.text(asked_language()), request.form, error.status)
            return _show(performances, cards, code, None, attempt)
        return redirect(f"{link('kpm.record', code=code)}#masa-tugas", 303)

    return change


def _elect(code: str, term: str, typed: Entered) -> MakeChange:
    name, day, today = typed.text("nama"), typed.day("tanggal"), backend().today
    return lambda connection: officers.elect(connection, code, name, day, today)


def _correct(code: str, term: str, typed: Entered) -> MakeChange:
    name, day, today = typed.text("nama"), typed.day("tanggal"), backend().today
    return lambda connection: officers.correct(connection, code, term, name, day, today)


def _approve(code: str, term: str, typed: Entered) -> MakeChange:
    day, today, by = typed.day_or_none("tanggal"), backend().today, user().name
    return lambda connection: officers.approve(connection, code, term, by, day, today)


def _contract(code: str, term: str, typed: Entered) -> MakeChange:
    number, day, today = typed.text("nomor"), typed.day_or_none("tanggal"), backend().today
    return lambda connection: officers.contract(connection, code, term, number, day, today)


def _end(code: str, term: str, typed: Entered) -> MakeChange:
    day, today = typed.day_or_none("tanggal"), backend().today
    return lambda connection: officers.end(connection, code, term, day, today)


def _train(code: str, term: str, typed: Entered) -> MakeChange:
    day, note, today = typed.day("tanggal"), typed.text("pelatihan"), backend().today
    return lambda connection: officers.train(connection, code, term, day, note, today)


def _pay(code: str, term: str, typed: Entered) -> MakeChange:
    month, amount, today = typed.month("bulan"), typed.rupiah("jumlah"), backend().today
    return lambda connection: officers.pay(connection, code, term, month, amount, today)


def _remove_event(code: str, term: str, typed: Entered) -> MakeChange:
    typed.require_tick("yakin")
    event = typed.text("event")
    return lambda connection: officers.remove_event(connection, code, term, event)


def _remove(code: str, term: str, typed: Entered) -> MakeChange:
    typed.require_tick("yakin")
    return lambda connection: officers.remove(connection, code, term)


# By the name of the form: who may send it, its address, and what it does.
_CHANGES: dict[str, tuple[tuple[str, ...], str, Callable[[str, str, Entered], MakeChange]]] = {
    "elect": (HEAD, "baru", _elect),
    "correct": (HEAD, "<term>/data", _correct),
    "approve": (HEAD, "<term>/persetujuan", _approve),
    "contract": (CAMAT, "<term>/kontrak", _contract),
    "end": (HEAD, "<term>/akhir", _end),
    "train": (HEAD, "<term>/pelatihan", _train),
    "pay": (HEAD, "<term>/honor", _pay),
    "remove_event": (HEAD, "<term>/<event>/hapus", _remove_event),
    "remove": (HEAD, "<term>/hapus", _remove),
}


def _show(
    performances: Performances, cards: Cards, code: str, period: str | None, attempt: Attempt | None = None
) -> Response:
    with reading(backend().engine) as connection:
        names = regions.village_names(connection, code)
        quarter = performances.quarter(period)
        terms = officers.terms(connection, code)
    first, found = performances.latest(code, quarter, QUARTERS_SHOWN)
    on_card = None if isinstance(found, ProblemError) else _on_card(cards.card(code, str(quarter)))
    may = {name for name, (roles, _, _) in _CHANGES.items() if user().role in roles}
    links = frame()
    if attempt:  # this address takes forms only: the other language begins at the page itself
        links = replace(links, other=url_for("kpm.record", code=code, lang="en" if asked_language() == "id" else "id"))
    return show(
        "kpm.html",
        attempt.status if attempt else 200,
        links=links,
        code=code,
        village=names[0],
        subdistrict=names[1],
        quarter=quarter,
        results=[] if isinstance(found, ProblemError) else [result(one, backend().today) for one in found],
        problem=found.text(asked_language()) if isinstance(found, ProblemError) else None,
        on_card=on_card,
        terms=terms,
        may=may,
        role=user().role,
        attempt=attempt,
        today=backend().today,
        address=lambda name, **places: link(f"kpm.{name}", code=code, **places),
        card=link("scorecards.village", code=code, period=str(quarter)),
        work_list=link("tugas.work_list", code=code) if user().role in ("kpm", *HEAD) else None,
        pager=_pager(code, quarter, first or quarter, performances.quarter(None)),
    )


def _on_card(card: Mapping[str, Any]) -> dict[str, int]:
    """What a reader holds against the numbers of this page."""
    targets = card["table1"]
    return {
        "pregnant": targets["pregnant"]["total"],
        "children": targets["children"]["total"],
        "red": card["table2"]["red"],
    }


def _pager(code: str, quarter: Quarter, first: Quarter, last: Quarter) -> dict[str, str | None]:
    """Where the arrows beside the quarter lead."""

    def to(steps: int) -> str:
        return link("kpm.record", code=code, period=str(quarter.plus(steps)))

    return {"previous": to(-1) if quarter > first else None, "next": to(1) if quarter < last else None}

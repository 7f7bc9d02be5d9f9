"""The KPM's own record in the store: terms of office, each with its trainings and honors.

Every change is made on the whole term first and judged by kpm_terms.require_possible; only then is it written. So an
entry that cannot be, and a later correction that would make another one impossible, are refused by the same sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from forms.problems import Problem, problem
from server.database.account_tables import kpm, kpm_events
from server.villages.lock import lock_region
from server.villages.officer_terms import Event, Term, require_possible

UNKNOWN_ENTRY = Problem(
    "unknown-kpm-entry",
    404,
    "Catatan ini tidak ada lagi: mungkin sudah dihapus. Buka lagi halaman KPM desa ini.",
    "This entry is not there any more: it may have been removed. Open the village's KPM page again.",
)

REMOVE_WITH_CONTRACT = Problem(
    "kpm-remove-with-contract",
    409,
    "KPM ini punya kontrak dengan camat, jadi catatannya tidak dihapus. Bila kontraknya salah catat, kecamatan "
    "mengosongkannya dulu; bila masa tugasnya selesai, isi tanggal akhirnya.",
    "This KPM has a contract with the camat, so the record is not removed. If the contract is a mistake, the kecamatan "
    "clears it first; if the office is over, fill in its last day.",
)

_COLUMNS = ("name", "elected_on", "approved_on", "approved_by", "contract_on", "contract_number", "ended_on")


def terms(connection: Connection, village_id: str) -> list[Term]:
    """The village's terms of office, the latest first."""
    of_term: dict[str, list[Event]] = {}
    by_day = select(kpm_events).where(kpm_events.c.village_id == village_id)
    for row in connection.execute(by_day.order_by(kpm_events.c.day, kpm_events.c.id)):
        of_term.setdefault(row.kpm_id, []).append(Event(row.id, row.kind, row.day, row.note, row.amount))
    query = select(kpm).where(kpm.c.village_id == village_id).order_by(kpm.c.elected_on.desc(), kpm.c.id)
    return [
        Term(village_id, row["id"], **{name: row[name] for name in _COLUMNS}, events=tuple(of_term.get(row["id"], ())))
        for row in connection.execute(query).mappings()
    ]


def elect(connection: Connection, village_id: str, name: str, elected_on: date, today: date) -> Term:
    """Begins a term of office. Raises ProblemError where it cannot be, such as while another KPM is in office."""
    lock_region(connection, village_id)
    term = Term(village_id, str(uuid4()), name.strip(), elected_on)
    require_possible(term, terms(connection, village_id), today)
    connection.execute(insert(kpm), {"village_id": village_id, "id": term.id, **_values(term)})
    return term


def correct(connection: Connection, village_id: str, id_: str, name: str, elected_on: date, today: date) -> None:
    """Corrects the name or the day of the election."""
    _change(connection, village_id, id_, lambda term: replace(term, name=name.strip(), elected_on=elected_on), today)


def approve(
    connection: Connection, village_id: str, id_: str, approved_by: str, approved_on: date | None, today: date
) -> None:
    """The village head approves; without a day the approval is taken back."""
    by = approved_by if approved_on else None
    _change(connection, village_id, id_, lambda term: replace(term, approved_on=approved_on, approved_by=by), today)


def contract(
    connection: Connection, village_id: str, id_: str, number: str, contract_on: date | None, today: date
) -> None:
    """The contract with the camat; without number and day it is taken back."""
    text = number.strip() or None
    _change(
        connection, village_id, id_, lambda term: replace(term, contract_on=contract_on, contract_number=text), today
    )


def end(connection: Connection, village_id: str, id_: str, ended_on: date | None, today: date) -> None:
    """The end of office; without a day the KPM is in office again."""
    _change(connection, village_id, id_, lambda term: replace(term, ended_on=ended_on), today)


def train(connection: Connection, village_id: str, id_: str, day: date, note: str, today: date) -> None:
    """A training that the KPM took part in."""
    _add(connection, village_id, id_, Event(str(uuid4()), "training", day, note=note.strip()), today)


def pay(connection: Connection, village_id: str, id_: str, month: date, amount: int, today: date) -> None:
    """The honor of a month, any day of which tells it; `amount` in Rp."""
    first = month.replace(day=1)
    _add(connection, village_id, id_, Event(str(uuid4()), "honor", first, amount=amount), today)


def remove_event(connection: Connection, village_id: str, id_: str, event_id: str) -> None:
    """Takes a training or an honor away. Raises ProblemError UNKNOWN_ENTRY."""
    mine = (kpm_events.c.village_id == village_id) & (kpm_events.c.kpm_id == id_) & (kpm_events.c.id == event_id)
    if connection.execute(delete(kpm_events).where(mine).returning(kpm_events.c.id)).first() is None:
        raise problem(UNKNOWN_ENTRY)


def remove(connection: Connection, village_id: str, id_: str) -> None:
    """Takes a term away with its trainings. Raises ProblemError UNKNOWN_ENTRY, or REMOVE_WITH_CONTRACT."""
    if _found(connection, village_id, id_)[0].contract_on:
        raise problem(REMOVE_WITH_CONTRACT)
    connection.execute(delete(kpm_events).where(kpm_events.c.village_id == village_id, kpm_events.c.kpm_id == id_))
    connection.execute(delete(kpm).where(kpm.c.village_id == village_id, kpm.c.id == id_))


def _change(connection: Connection, village_id: str, id_: str, made: Callable[[Term], Term], today: date) -> None:
    after = _judged(connection, village_id, id_, made, today)
    mine = (kpm.c.village_id == village_id) & (kpm.c.id == id_)
    connection.execute(update(kpm).where(mine).values(_values(after)))


def _add(connection: Connection, village_id: str, id_: str, event: Event, today: date) -> None:
    _judged(connection, village_id, id_, lambda term: replace(term, events=(*term.events, event)), today)
    connection.execute(insert(kpm_events), {"village_id": village_id, "kpm_id": id_, **vars(event)})


def _judged(connection: Connection, village_id: str, id_: str, made: Callable[[Term], Term], today: date) -> Term:
    """The term after the change. Raises ProblemError where there is no such term, or where it cannot be."""
    term, others = _found(connection, village_id, id_)
    after = made(term)
    require_possible(after, others, today)
    return after


def _found(connection: Connection, village_id: str, id_: str) -> tuple[Term, list[Term]]:
    """The term and the village's other ones; nobody else changes them meanwhile."""
    lock_region(connection, village_id)
    known = terms(connection, village_id)
    for term in known:
        if term.id == id_:
            return term, [other for other in known if other is not term]
    raise problem(UNKNOWN_ENTRY)


def _values(term: Term) -> dict[str, object]:
    return {name: getattr(term, name) for name in _COLUMNS}

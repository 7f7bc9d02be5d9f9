"""A KPM's term of office, and what is possible in it. Pure: whoever calls brings the day and the other terms.

The order of things is that of the village law: the village meeting elects, the village head approves, the camat signs
the contract, and only then the village pays the monthly honor from Dana Desa. A village has one KPM at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from forms.domain import FIRST_DAY
from forms.periods import month_end
from forms.problems import Finding, Problem, ProblemError

NO_NAME = Problem("kpm-no-name", 400, "Tulis nama KPM-nya.", "Write the name of the KPM.")
TEXT_TOO_LONG = Problem(
    "kpm-text-too-long",
    400,
    "“{text}…” lebih dari {most} huruf. Tulis lebih pendek.",
    "“{text}…” has more than {most} letters. Write it shorter.",
)
IN_FUTURE = Problem(
    "kpm-day-in-future",
    400,
    "Tanggal {day} belum tiba. Tulis tanggal hari ini atau yang sudah lewat.",
    "The day {day} is still to come. Write today's date or an earlier one.",
)
TOO_EARLY = Problem(
    "kpm-day-too-early",
    400,
    "Tanggal {day} terlalu lama: KPM ada sejak {first}. Periksa tahunnya.",
    "The day {day} is too long ago: there are KPMs since {first}. Check the year.",
)
APPROVED_BEFORE_ELECTED = Problem(
    "kpm-approved-before-elected",
    400,
    "Persetujuan kepala desa ({approved}) lebih awal dari pemilihan ({elected}). Betulkan salah satu tanggalnya.",
    "The village head's approval ({approved}) is earlier than the election ({elected}). Correct one of the dates.",
)
CONTRACT_BEFORE_APPROVED = Problem(
    "kpm-contract-before-approved",
    400,
    "Kontrak dengan camat ({contract}) lebih awal dari persetujuan kepala desa ({approved}). Betulkan salah satunya.",
    "The contract with the camat ({contract}) is earlier than the village head's approval ({approved}). Correct one.",
)
CONTRACT_NOT_APPROVED = Problem(
    "kpm-contract-not-approved",
    409,
    "KPM ini belum disetujui kepala desa. Kepala desa menyetujui dulu, baru kontrak dicatat.",
    "The village head has not approved this KPM yet. First the approval, then the contract.",
)
CONTRACT_INCOMPLETE = Problem(
    "kpm-contract-incomplete",
    400,
    "Kontrak perlu nomor dan tanggal. Isi keduanya, atau kosongkan keduanya untuk mencabutnya.",
    "A contract needs its number and its date. Fill in both, or clear both to take it back.",
)
ENDED_TOO_EARLY = Problem(
    "kpm-ended-too-early",
    400,
    "Akhir masa tugas ({ended}) lebih awal dari yang sudah tercatat pada {last}. Betulkan salah satunya.",
    "The end of office ({ended}) is earlier than what is recorded on {last}. Correct one of them.",
)
TRAINING_OUTSIDE = Problem(
    "kpm-training-before-elected",
    400,
    "Pelatihan {day} lebih awal dari pemilihan ({elected}). Betulkan salah satu tanggalnya.",
    "The training on {day} is earlier than the election ({elected}). Correct one of the dates.",
)
TRAINING_WITHOUT_NAME = Problem(
    "kpm-training-without-name", 400, "Tulis nama pelatihannya.", "Write which training it was."
)
TRAINING_TWICE = Problem(
    "kpm-training-twice",
    409,
    "Pelatihan “{note}” tanggal {day} sudah tercatat.",
    "The training “{note}” on {day} is recorded already.",
)
HONOR_WITHOUT_CONTRACT = Problem(
    "kpm-honor-without-contract",
    409,
    "KPM ini belum punya kontrak dengan camat, jadi honornya belum dapat dicatat. Kecamatan mencatat kontraknya dulu.",
    "This KPM has no contract with the camat yet, so no honor can be recorded. The kecamatan enters it first.",
)
HONOR_BEFORE_CONTRACT = Problem(
    "kpm-honor-before-contract",
    400,
    "Honor bulan {month} lebih awal dari kontrak ({contract}). Periksa bulannya.",
    "The honor for {month} is for a month before the contract ({contract}). Check the month.",
)
HONOR_TWICE = Problem(
    "kpm-honor-twice",
    409,
    "Honor bulan {month} sudah tercatat. Hapus dulu yang lama bila jumlahnya salah.",
    "The honor for {month} is recorded already. Remove it first if its amount is wrong.",
)
HONOR_AMOUNT = Problem(
    "kpm-honor-amount",
    400,
    "Jumlah honor ditulis dalam rupiah tanpa titik, dari 1 sampai {most}.",
    "The amount of an honor is written in rupiah without points, from 1 to {most}.",
)
TERMS_OVERLAP = Problem(
    "kpm-terms-overlap",
    409,
    "{name} menjabat sejak {from_} {until}; satu desa punya satu KPM. Catat dulu akhir masa tugasnya, atau betulkan "
    "tanggal pemilihan.",
    "{name} is in office since {from_} {until}; a village has one KPM. First enter the end of that office, or correct "
    "the day of the election.",
)

Kind = Literal["training", "honor"]
LONGEST_TEXT = 120
MOST_HONOR = 50_000_000


@dataclass(frozen=True)
class Event:
    """A training (`day` it began, `note` which one) or an honor (`day` begins its month, `amount` in Rp). `note` is
    None for an honor, `amount` for a training."""

    id: str
    kind: Kind
    day: date
    note: str | None = None
    amount: int | None = None


@dataclass(frozen=True)
class Term:
    """One term of office. What has not happened yet is None; `events` go from old to new."""

    village_id: str
    id: str
    name: str
    elected_on: date
    approved_on: date | None = None
    approved_by: str | None = None
    contract_on: date | None = None
    contract_number: str | None = None
    ended_on: date | None = None
    events: tuple[Event, ...] = ()

    @property
    def trainings(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.kind == "training")

    @property
    def honors(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.kind == "honor")


def require_possible(term: Term, others: Iterable[Term], today: date) -> None:
    """Raises ProblemError with everything that cannot be in this term, next to the village's other terms."""
    findings = [*_texts(term), *_days(term, today), *_order(term), *_trainings(term), *_honors(term)]
    findings += [finding for other in others for finding in _overlap(term, other)]
    if findings:
        raise ProblemError(findings)


def _finding(kind: Problem, **details: object) -> Finding:
    return Finding(kind, "", {name: str(value) for name, value in details.items()})


def _texts(term: Term) -> list[Finding]:
    texts = [term.name, term.contract_number or "", *(event.note or "" for event in term.events)]
    found = [_finding(TEXT_TOO_LONG, text=text[:30], most=LONGEST_TEXT) for text in texts if len(text) > LONGEST_TEXT]
    return found if term.name else [*found, _finding(NO_NAME)]


def _days(term: Term, today: date) -> list[Finding]:
    days = [day for day in (term.elected_on, term.approved_on, term.contract_on, term.ended_on) if day]
    days += [event.day for event in term.events]
    future = [_finding(IN_FUTURE, day=day) for day in days if day > today]
    return [*future, *(_finding(TOO_EARLY, day=day, first=FIRST_DAY) for day in days if day < FIRST_DAY)]


def _order(term: Term) -> list[Finding]:
    found = []
    if term.approved_on and term.approved_on < term.elected_on:
        found.append(_finding(APPROVED_BEFORE_ELECTED, approved=term.approved_on, elected=term.elected_on))
    if bool(term.contract_on) != bool(term.contract_number):
        found.append(_finding(CONTRACT_INCOMPLETE))
    elif term.contract_on and not term.approved_on:
        found.append(_finding(CONTRACT_NOT_APPROVED))
    elif term.contract_on and term.approved_on and term.contract_on < term.approved_on:
        found.append(_finding(CONTRACT_BEFORE_APPROVED, contract=term.contract_on, approved=term.approved_on))
    last = max(day for day in (term.elected_on, term.approved_on, term.contract_on, *_event_days(term)) if day)
    if term.ended_on and term.ended_on < last:
        found.append(_finding(ENDED_TOO_EARLY, ended=term.ended_on, last=last))
    return found


def _event_days(term: Term) -> Sequence[date]:
    return [event.day for event in term.events]


def _trainings(term: Term) -> list[Finding]:
    found = []
    known: set[tuple[date, str]] = set()
    for training in term.trainings:
        note = training.note or ""
        if not note:
            found.append(_finding(TRAINING_WITHOUT_NAME))
        if training.day < term.elected_on:
            found.append(_finding(TRAINING_OUTSIDE, day=training.day, elected=term.elected_on))
        if (training.day, note.casefold()) in known:
            found.append(_finding(TRAINING_TWICE, note=note, day=training.day))
        known.add((training.day, note.casefold()))
    return found


def _honors(term: Term) -> list[Finding]:
    found = []
    known: set[date] = set()
    if term.honors and not term.contract_on:
        found.append(_finding(HONOR_WITHOUT_CONTRACT))
    for honor in term.honors:
        month = honor.day.isoformat()[:7]
        if term.contract_on and month_end(honor.day) < term.contract_on:
            found.append(_finding(HONOR_BEFORE_CONTRACT, month=month, contract=term.contract_on))
        if not 1 <= (honor.amount or 0) <= MOST_HONOR:
            found.append(_finding(HONOR_AMOUNT, most=MOST_HONOR))
        if honor.day in known:
            found.append(_finding(HONOR_TWICE, month=month))
        known.add(honor.day)
    return found


def _overlap(term: Term, other: Term) -> list[Finding]:
    """The other one, where both are in office on one day; one may begin on the day on which the other ends."""
    ends = term.ended_on or date.max
    others_end = other.ended_on or date.max
    if min(ends, others_end) - max(term.elected_on, other.elected_on) <= timedelta(0):
        return []
    until = f"– {other.ended_on}" if other.ended_on else ""
    return [_finding(TERMS_OVERLAP, name=other.name, from_=other.elected_on, until=until)]

"""What the meetings decided, with what was last said of it: the rows of the ledger before anybody looks at visits.

`rembuk_stunting` agrees activities; `rapat_triwulan` tells of them, and decides new ones (its rows with `baru`). The
first row of an activity makes it, whatever comes later under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, literal, select, union_all

from aggregate.indicators.meetings import (
    ACTIVITY_ID,
    AGREEMENT_FORM,
    REVIEW_FORM,
    latest,
    meeting_sources,
    of_meeting,
    rank,
    told,
)
from aggregate.indicators.rules import Rules
from aggregate.sql.answer_sources import Source, blank
from aggregate.sql.expressions import Value
from aggregate.sql.functions import DateText
from aggregate.sql.parameters import AS_OF

NOT_BEGUN = "belum"
REMBUK, RAPAT = "rembuk", "rapat"
_TEXTS = ("sektor", "sumber_dana", "penanggung_jawab", "tenggat", "indikator", "dusun_kegiatan", "rumah_tangga")
_NUMBERS = ("anggaran_total", "anggaran_stunting", "jumlah_sasaran")


@dataclass(frozen=True)
class Made:
    """A decision. `services` are codes of indicators, `households` ids of the register, both as the form holds them;
    `wanted` and the money (rupiah) as answered, None where blank. `due` is None in forms of before there were promises.
    """

    village_id: str
    id: str
    meeting: str
    agreed_on: date
    year: str
    name: str
    sector: str
    fund: str
    total: float
    stunting: float
    owner: str
    due: date | None
    services: tuple[str, ...]
    dusun: str
    households: tuple[str, ...]
    wanted: int | None
    state: str
    spent: float
    told_on: date | None


def made(connection: Connection, rules: Rules, values: Mapping[str, Any]) -> list[Made]:
    """All decisions of the villages in question, as of the day in question: `values` are those of
    aggregate.sql.parameters. Empty where no meeting's form is published."""
    query = _query(rules)
    if query is None:
        return []
    first: dict[tuple[str, str], RowMapping] = {}
    for row in connection.execute(query, values).mappings():
        first.setdefault((row["village_id"], row["id"]), row)
    return [_made(row) for row in first.values()]


@lru_cache(maxsize=8)  # a statement is made once for the same rules
def _query(rules: Rules) -> Select[Any] | None:
    agreement, review = (meeting_sources(rules, form) for form in (AGREEMENT_FORM, REVIEW_FORM))
    parts = []
    if agreement is not None:
        parts.append(_decisions(REMBUK, *agreement, agreement[0].answer("tahun", "text")))
    if review is not None and "baru" in review[1].columns:
        year = func.substr(review[0].answer("triwulan", "text"), 1, 4)
        parts.append(_decisions(RAPAT, *review, year).where(review[1].answer("baru", "text") == "ya"))
    if not parts:
        return None
    every = (parts[0] if len(parts) == 1 else union_all(*parts)).subquery("decision")
    order = (every.c.village_id, every.c.rank, every.c.ordinal)
    if review is None:
        return select(every, *[blank("text").label(name) for name in ("state", "spent", "told_on")]).order_by(*order)
    said = told(*review)
    of_it = and_(said.c.village_id == every.c.village_id, said.c.activity == every.c.id)
    return (
        select(
            every,
            latest(said.c.state).label("state"),
            latest(said.c.spent).label("spent"),
            func.substr(said.c.state, 1, len("2026-03-31")).label("told_on"),
        )
        .outerjoin_from(every, said, of_it)
        .order_by(*order)
    )


def _decisions(kind: str, meeting: Source, activities: Source, year: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            activities.table.c.village_id,
            activities.answer(ACTIVITY_ID, "text").label("id"),
            literal(kind).label("meeting"),
            DateText(meeting.day).label("agreed_on"),
            rank(meeting).label("rank"),
            activities.table.c.ordinal,
            year.label("year"),
            activities.answer("nama_kegiatan", "text").label("name"),
            *[activities.answer(name, "text").label(name) for name in _TEXTS],
            *[Value("number", activities.answer(name, "number")).number().label(name) for name in _NUMBERS],
        )
        .join_from(activities.table, meeting.table, of_meeting(meeting, activities))
        .where(meeting.day <= AS_OF, activities.answer(ACTIVITY_ID, "text") != "")
    )


def _made(row: RowMapping) -> Made:
    wanted = row["jumlah_sasaran"]
    return Made(
        village_id=row["village_id"],
        id=row["id"],
        meeting=row["meeting"],
        agreed_on=date.fromisoformat(row["agreed_on"]),
        year=row["year"] or "",
        name=row["name"] or "",
        sector=row["sektor"] or "",
        fund=row["sumber_dana"] or "",
        total=row["anggaran_total"] or 0.0,
        stunting=row["anggaran_stunting"] or 0.0,
        owner=row["penanggung_jawab"] or "",
        due=_day(row["tenggat"]),
        services=codes_of(row["indikator"] or ""),
        dusun=row["dusun_kegiatan"] or "",
        households=tuple(dict.fromkeys((row["rumah_tangga"] or "").split())),
        wanted=None if wanted is None else min(round(wanted), 2**31 - 1),
        state=row["state"] or NOT_BEGUN,
        spent=float(row["spent"] or 0),
        told_on=_day(row["told_on"]),
    )


def codes_of(answer: str) -> tuple[str, ...]:
    """The codes of the rows of Formulir 4 in an answer such as `ih7_a7 a8`: a choice may stand for rows of mothers and
    of children together."""
    return tuple(dict.fromkeys(code for choice in answer.split() for code in choice.split("_")))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:  # kept as text by a form whose question is no date
        return None


def households_in(decisions: Sequence[Made]) -> list[str]:
    """The ids of all households that they name."""
    return sorted({home for one in decisions for home in one.households})

"""A tale of villages, settled: what counts of it after corrections, merges and moves, and where. In plain Python.

It shares nothing with the program. tests/recounts/settled_facts.py makes of it what the recounts read: the facts of
each village and who is known there. Above each rule stands the sentence that it follows.

Where the sentences are silent, this recount decides:
- What was undone is as though it had never been: it is left out, and all is settled without it.
- A decision says of people what the register said of them when it was made, whatever comes to be known later.
- Somebody's village is read from the decisions alone: it does not depend on which of two versions of a form counts.
- Entries that were merged were registered on the first of their days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from tests.recounts.worklist_recount import says_gone
from tests.scenarios.tales import (
    Change,
    Choice,
    Event,
    Form,
    HomeVisit,
    Merge,
    Move,
    PaudVisit,
    SocialMap,
    Survey,
    Undo,
)
from tests.scenarios.tales import HeightCheck as Check

Key = tuple[date, datetime]
About = Merge | Move | Change
Kind = Literal["keluarga", "ibu_hamil", "anak", "fasilitas"]

# Of two entries merged, the one that is right says who somebody is.
IDENTITY = (
    *("nama", "nik", "no_kia", "tanggal_lahir", "jenis_kelamin", "hpl", "keluarga", "dusun"),
    *("no_kk", "rt", "lokasi", "jenis", "cakupan"),
)
LIVES_IN = ("keluarga", "dusun")
LABEL = "the name on the list"
# What a form's answers say of the register under another name.
SAVED_AS = {
    "jaminan_kesehatan_anak": "jaminan_kesehatan",
    **{f"{name}_{part}": name for name in ("dusun", "status", "tanggal_status") for part in ("ibu", "anak")},
}
SAVED = {
    *("status_kehamilan", "jaminan_kesehatan", "tanggal_melahirkan", "status_gizi", "akta_lahir", "tikar", *SAVED_AS),
}


@dataclass(frozen=True)
class Statement:
    """What a form or a decision says of an entry. `of`: the village whose phone sent it, "" of a decision."""

    key: Key
    id: str
    kind: Kind
    says: Mapping[str, str]
    creates: bool = False
    name: str = ""
    of: str = ""


@dataclass(frozen=True)
class Entry:
    """A person or place of the register, as all that was said makes it; `since`: the day that each property, and the
    name on the list (LABEL), speaks of, and when the form was finished or the decision made."""

    id: str
    kind: Kind
    village: str
    registered_on: date
    name: str
    says: Mapping[str, str]
    since: Mapping[str, Key]


def settled(events: Sequence[Event]) -> Tale:
    """What the events come to, in the order in which they came."""
    said: dict[datetime, list[Statement]] = {}
    known: dict[datetime, frozenset[str]] = {}
    for number, event in enumerate(events):
        if isinstance(event, Merge | Move | Change):
            before = Tale(events[:number], said, known)
            said[event.at] = list(_decided(event, before))
            known[event.at] = frozenset(before.registered)
    return Tale(events, said, known)


class Tale:
    """Events and all that they come to. Of each decision, by its moment: `said`, what it said when it was made, and
    `known`, the ids of all who were registered then."""

    def __init__(
        self,
        events: Sequence[Event],
        said: Mapping[datetime, Sequence[Statement]],
        known: Mapping[datetime, frozenset[str]],
    ) -> None:
        self._said, self._known = said, known
        undone = {event.what.at for event in events if isinstance(event, Undo)}
        self._events = {event.id: event for event in events if isinstance(event, Form)}
        self._decisions = [one for one in events if isinstance(one, Merge | Move | Change) and one.at not in undone]
        self._winners = {one.loser: one.winner for one in self._decisions if isinstance(one, Merge)}
        self.forms = self._counting([event for event in events if isinstance(event, Choice)])
        self._statements: defaultdict[str, list[Statement]] = defaultdict(list)
        self.registered: dict[str, Form | About] = {}
        for form in self.forms:
            for statement in _told(form):
                self._note(replace(statement, of=form.village), form)
        for decision in self._decisions:
            for statement in said[decision.at]:
                self._note(statement, decision)
        self.entries = {one.id: one for one in map(self._entry, sorted(self._statements)) if one is not None}

    def _counting(self, choices: Iterable[Choice]) -> list[Form]:
        """Of a form and its corrections the form counts until somebody decides otherwise; what comes after waits."""
        used = {choice.first: choice.use for choice in choices}
        firsts = {form.id: self.first(form).id for form in self._events.values()}
        return [form for form in self._events.values() if form.id == used.get(firsts[form.id], firsts[form.id])]

    def first(self, form: Form) -> Form:
        """The form that it corrects, in the end; itself where it corrects none."""
        while form.corrects:
            form = self._events[form.corrects]
        return form

    def _note(self, statement: Statement, by: Form | About) -> None:
        if statement.creates:
            self.registered[statement.id] = by
        self._statements[self.now(statement.id)].append(statement)

    def standing(self) -> list[About]:
        """What was decided of people and not undone, in the order in which it was."""
        return self._decisions

    # -- who and where -------------------------------------------------------------------------------------------------

    def now(self, id_: str) -> str:
        """After a merge the loser's visits, and all else that is said of it, are the winner's."""
        while id_ in self._winners:
            id_ = self._winners[id_]
        return id_

    def village(self, id_: str) -> str:
        """After a move the target is at home where it moved to, and its history goes along."""
        id_ = self.now(id_)
        moves = self._moves(id_)
        return moves[-1].to if moves else self._first_village(id_)

    def _first_village(self, id_: str) -> str:
        by = self.registered[id_]
        family = _family(by, id_)
        if family in self.registered:
            return self._first_village(family)
        return by.to if isinstance(by, Move) else by.village

    def _moves(self, id_: str) -> list[Move]:
        """Those that named them, or took them along."""
        along = {one.at for one, _ in self._taken_along(id_)}
        moves = [one for one in self._decisions if isinstance(one, Move)]
        return [one for one in moves if id_ in one.ids or one.at in along]

    def _taken_along(self, id_: str) -> Iterator[tuple[Move | Merge, str]]:
        """Who is new is at home with the form's own target, or with the household: a late form may tell of a birth in a
        family that has moved. Whom people knew of when they moved the family without them, they let stay.

        The decisions, each with the id that the family's member had before it.
        """
        family = _family(self.registered[id_], id_)
        for one in self._decisions if family in self.registered else ():
            new = id_ not in self._known[one.at]
            if isinstance(one, Merge) and one.loser == family:
                if new:
                    yield one, family
                family = one.winner
            elif isinstance(one, Move) and (id_ in one.ids or one in self._moves(family)):
                named, together = id_ in one.ids, one in self._moves(family)
                if named != together and not new:
                    return  # from here on they go their own way
                if not named:
                    yield one, family

    # -- the register --------------------------------------------------------------------------------------------------

    def _entry(self, id_: str) -> Entry | None:
        """Each property takes the value of the latest answer: that of the later `tanggal`, then the later finished."""
        statements = sorted(self._statements[id_], key=lambda statement: statement.key)
        created = [statement.key[0] for statement in statements if statement.creates]
        if not created:
            return None
        village, says, since, name = self.village(id_), dict[str, str](), dict[str, Key](), ""
        for one in statements:
            told = _without_status(one.says) if one.of and says_gone(one.says, one.of, village) else one.says
            told = told | (self._lives_with_family(id_) if one.creates else {})
            says |= told
            since |= dict.fromkeys([*told, *([LABEL] if one.name else [])], one.key)
            if household := told.get("keluarga"):
                says["keluarga"] = self.now(household)
            name = one.name or name
        return Entry(id_, statements[0].kind, village, min(created), name, says, since)

    def _lives_with_family(self, id_: str) -> dict[str, str]:
        """A newborn whose mother lives elsewhere by a decision lives with her, in the household and the dusun that
        this says; what a phone says that learned of her only there is right. Empty where the form is right."""
        by = self.registered[id_]
        found, been = dict[str, str](), [self._first_village(id_)]
        for one, name in self._taken_along(id_):
            said = {each.id: each.says for each in self._said[one.at]}
            if isinstance(one, Merge):
                said = said if said[one.winner].get("keluarga") else {}
                found |= {part: value for part, value in said.get(one.winner, {}).items() if part in LIVES_IN}
                continue
            found |= {part: value for part, value in said.get(name, {}).items() if part in LIVES_IN}
            found |= {"dusun": one.dusun}
            if one.to == by.village and by.village not in been:
                found = {}
            been.append(one.to)
        return found

    def members(self, household: str) -> list[Entry]:
        return [one for one in self.entries.values() if one.says.get("keluarga") == household]


# -- what is said ------------------------------------------------------------------------------------------------------


def _without_status(says: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in says.items() if name not in ("status", "tanggal_status")}


def says_of(answers: Mapping[str, object]) -> dict[str, str]:
    """What answers about a target say of the register."""
    return {SAVED_AS.get(name, name): str(answer) for name, answer in answers.items() if name in SAVED}


def _family(by: Form | About, id_: str) -> str:
    """With whom a form tells of somebody; "" where with nobody."""
    if isinstance(by, HomeVisit):
        return by.target
    return by.household if isinstance(by, SocialMap) and id_ != by.household else ""


def _told(form: Form) -> Iterator[Statement]:
    said = form.tanggal, form.finished
    match form:
        case SocialMap():
            if form.is_new or form.says:
                name = f"Keluarga {form.household}" if form.is_new else ""
                yield Statement(said, form.household, "keluarga", form.says, form.is_new, name)
            for person in form.people:
                yield Statement(said, person.id, person.kind, person.says, True, person.name)
        case HomeVisit():
            yield Statement(said, form.target, form.kind, says_of(form.answers))
            if form.baby:
                says = {**form.baby.says, "keluarga": form.household}
                yield Statement(said, form.baby.id, "anak", says, True, form.baby.name)
        case Check():
            yield Statement(said, form.target, "anak", says_of(form.answers))
        case PaudVisit():
            yield Statement(said, form.target, "anak", {})
        case Survey():
            yield Statement(said, form.facility.id, "fasilitas", {}, form.is_new, form.facility.nama)


def _decided(decision: About, tale: Tale) -> Iterator[Statement]:
    """What a decision says of people; `tale` is what was known when it was made. Where something is known of a later
    day than the one decided about, or by the clock of a phone that is ahead, whoever decided knew it: what was decided
    counts right after it. Of two entries that are merged both were known."""
    for statement in _deciding(decision, tale):
        ids = [
            statement.id,
            *([decision.loser] if isinstance(decision, Merge) and decision.winner == statement.id else []),
        ]
        names = [*statement.says, *([LABEL] if statement.name else [])]
        entries = [tale.entries[id_] for id_ in ids if id_ in tale.entries]
        known = [one.since[name] for one in entries for name in names if name in one.since]
        latest = max((day for day, _ in known), default=decision.day)
        yield replace(statement, key=max([(max(decision.day, latest), decision.at), *known]))


def _deciding(decision: About, tale: Tale) -> Iterator[Statement]:
    said = decision.day, decision.at
    match decision:
        case Merge():
            winner = tale.entries[decision.winner]
            who = {name: winner.says[name] for name in IDENTITY if winner.says.get(name)}
            yield Statement(said, winner.id, winner.kind, who, name=winner.name)
            for member in tale.members(decision.loser) if winner.kind == "keluarga" else ():
                yield Statement(said, member.id, member.kind, {"keluarga": winner.id})
        case Change():
            yield Statement(said, decision.id, tale.entries[decision.id].kind, decision.says)
        case Move():
            yield from _moving(decision, tale)


def _moving(move: Move, tale: Tale) -> Iterator[Statement]:
    """Somebody who moves with the household itself stays in it; who leaves it alone is in the household given, or in a
    new one. Somebody whom a form said to have left the village goes on in the other one."""
    said = move.day, move.at
    household = move.household or move.new_household
    alone = False
    for person in (tale.entries[id_] for id_ in move.ids):
        says = {"dusun": move.dusun}
        if person.says.get("status") == "pindah":
            says |= {"status": "aktif", "tanggal_status": str(move.day)}
        if person.kind != "keluarga" and person.says.get("keluarga") not in move.ids:
            says["keluarga"] = household
            alone = True
        yield Statement(said, person.id, person.kind, says)
    if alone and not move.household:
        yield Statement(said, household, "keluarga", {"dusun": move.dusun}, True)

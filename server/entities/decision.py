"""A decision about entities, as people made it on a page or with a command: one dataclass for each kind.

A decision is kept for good; what follows from it is derived, so that taking it back leaves no trace in the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from server.entities.change import Action

# Properties by their names.
Properties = Mapping[str, str]


@dataclass(frozen=True)
class Statement:
    """What a decision says of one entity, read from the register as it stood when the decision was made: a change like
    those that phones send. `day`: since when it is so. `after`: the latest order key among what was known of it that
    day, "" where nothing was."""

    id: str
    list: str
    action: Action
    label: str
    properties: Properties
    day: date
    after: str = ""


@dataclass(frozen=True)
class OfflineRow:
    """A change of a phone's offline row that does not count: what follows it has not to wait for it."""

    entity_id: str
    branch_id: str
    base_version: int


@dataclass(frozen=True)
class Review:
    """Of the submissions `among` (sha256) with that root, `use` counts; none of them, where it is blank.

    `carries`: the id of the decision that it carries on, where a late link has joined two roots; else None.
    """

    kind: ClassVar[str] = "content"
    root_instance_id: str
    use: str
    among: tuple[str, ...]
    superseded: tuple[OfflineRow, ...]
    carries: str | None = None


@dataclass(frozen=True)
class Merge:
    """Two entries of the village are one since `day`; the loser's visits become the winner's.

    `known`: the ids of those who were registered as born to the loser, or mapped with it, when this was decided.
    """

    kind: ClassVar[str] = "merge"
    loser: str
    winner: str
    day: date
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """They live in the village `to`, in its `dusun`, since `day`.

    `made`: the id of a household that is made for them there -> that of the one that they left. `left`: by id, where
    each of them lived before. `known`: the ids of those who were registered with them when this was decided.
    """

    kind: ClassVar[str] = "move"
    ids: tuple[str, ...]
    to: str
    day: date
    dusun: str = ""
    made: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, Properties] = field(default_factory=dict)
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """Properties set by hand, as of `day`."""

    kind: ClassVar[str] = "change"
    id: str
    day: date
    properties: Properties


@dataclass(frozen=True)
class Distinct:
    """Two entries are alike and yet not one person. It changes nothing, and nobody is asked again."""

    kind: ClassVar[str] = "different"
    ids: tuple[str, ...]


About = Review | Merge | Transfer | Edit | Distinct


@dataclass(frozen=True)
class Decision:
    """A row of `decisions`.

    `seq`: its place in its village's order; `undone_seq` that of taking it back. `touched`: the ids of the entities
    that it changes. `cause_id`: the decision that the server followed with this one of its own; None where people made
    it. `undone_at`, `undone_by` and `undone_seq` are None while it stands.
    """

    village_id: str
    id: str
    about: About
    seq: int
    touched: frozenset[str]
    statements: tuple[Statement, ...]
    made_at: datetime
    made_by: str
    cause_id: str | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    undone_seq: int | None = None

    @property
    def kind(self) -> str:
        return self.about.kind

    @property
    def stands(self) -> bool:
        return self.undone_at is None

    @property
    def known(self) -> frozenset[str]:
        """The ids of those whom it knew of, whom it leaves where they are unless it names them."""
        known = self.about.known if isinstance(self.about, Merge | Transfer) else ()
        return frozenset({*known, *self.touched})

    @property
    def villages(self) -> set[str]:
        """The village that it was made in, and that to which it takes people."""
        return {self.village_id, self.about.to} if isinstance(self.about, Transfer) else {self.village_id}

    @property
    def goes(self) -> frozenset[str]:
        """The ids of those that it takes elsewhere: to another village, or into another entry."""
        match self.about:
            case Merge(loser=loser):
                return frozenset([loser])
            case Transfer(ids=ids):
                return frozenset(ids)
            case _:
                return frozenset()

    @property
    def taken(self) -> frozenset[str]:
        """The ids of all whose homes it decides: who goes, into whom, and the households that are made."""
        match self.about:
            case Merge(loser=loser, winner=winner):
                return frozenset([loser, winner])
            case Transfer(ids=ids, made=made):
                return frozenset({*ids, *made})
            case _:
                return frozenset()

    @property
    def concerned(self) -> frozenset[str]:
        """The same with the households that they left: who is in one that was made goes back there with the move."""
        left = self.about.made.values() if isinstance(self.about, Transfer) else ()
        return self.taken | frozenset(filter(None, left))

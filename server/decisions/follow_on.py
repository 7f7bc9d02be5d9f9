"""Who is registered late lives where the family lives: the server follows a decision with one of its own.

A form may tell of a birth in a family that has moved since, or was found to be somebody else's; whoever decided that
did not know of the newborn. What the server decides then is kept like any other decision, with the other one as its
cause. It has the same id whenever it is made, so that a rebuild repeats nothing, and it is undone with its cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from forms.domain import DUSUN, HOUSEHOLD
from server.decisions.making import change_of
from server.decisions.relocation import settle_homes
from server.entities import change_log, decision_log
from server.entities.change import DONE, LIVES_IN, Change, family_of
from server.entities.decision import Decision, Edit, Merge, Properties, Statement, Transfer
from server.entities.entity import Entity
from server.entities.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class _Step:
    """A decision about the family, and the id that the family's member went by then."""

    made: Decision
    name: str


def known_with(work: UnitOfWork, people: Iterable[Entity]) -> tuple[str, ...]:
    """Who is in the register as born to one of these people, or mapped with one of these households: a decision that is
    made now is made knowing of them, and leaves them where they are unless it names them."""
    places = {place for one in people for place in work.homes.places(one.place)}
    names = {id_ for _, id_ in places}
    created = change_log.created_by(work.connection, {village for village, _ in places})
    return tuple(sorted({change.entity_id for change in created if family_of(change) in names}))


def follow_family(work: UnitOfWork, creation: Change) -> bool:
    """Where somebody is registered whose family was taken elsewhere by who did not know of them, the server decides
    that they go there as well. Whether there is such a decision; `say` adds what it says, once they are in the
    register."""
    family = family_of(creation)
    if family is None or work.homes.of(family) is None:
        return False  # nobody ever decided about them: the usual case, no query
    way = _way(work, creation, family)
    came = _move_here(creation.village_id, way)
    open_to = _unknown(way, creation.entity_id)
    # Where the newcomer is as far as the server decided it: what people decided knowing of them comes after that.
    own = [one for one in way if creation.entity_id in one.made.goes and one.made.cause_id is not None]
    here = _village_after(own, creation.village_id)
    village = _village_after(open_to, here)
    later = [one for one in open_to if way.index(one) > came and one.made.stands and _given(one)]
    undone = [one for one in open_to if not one.made.stands and isinstance(one.made.about, Transfer)]
    if later:
        cause = later[-1]
        made = _caused(work, creation, cause.made, cause.made.made_at, here, village, _given(cause))
    elif village != here and undone:
        cause = max(undone, key=_end)
        made = _caused(work, creation, cause.made, _end(cause), here, village, _left(cause))
    else:
        return False
    lived_in = {village for village, _ in work.homes.places(work.home(*creation.place))}
    if not decision_log.of_ids(work.connection, lived_in, [made.id]):
        decision_log.keep(work.connection, made)
        work.refold(*settle_homes(work, [made]))
    return True


def _caused(
    work: UnitOfWork, creation: Change, cause: Decision, moment: datetime, here: str, village: str, lives: Properties
) -> Decision:
    """The newcomer, who is registered `here`, lives like this in the village since that moment."""
    id_, day = creation.entity_id, creation.day
    about: Edit | Transfer = Edit(id_, day, lives)
    if village != here:
        about = Transfer((id_,), village, day, lives.get(DUSUN, ""))
    return Decision(
        village_id=here,
        id=str(uuid5(UUID(cause.id), id_)),
        about=about,
        seq=work.seq,
        touched=frozenset([id_]),
        statements=(Statement(id_, creation.list, "update", "", lives, day),),
        made_at=moment,
        made_by=cause.made_by,
        cause_id=cause.id,
    )


def say(work: UnitOfWork, creation: Change) -> None:
    """Adds what the server decided about the newcomer, right after what the registration said: what is known of a later
    day counts. Nobody who knows the newcomer can have missed it, so that it is in conflict with nothing."""
    for made in _standing(work, creation):
        change_log.forget(work.connection, made.village_id, made.id)
        change_log.add(work.connection, [_right_after(creation, made, one) for one in made.statements])
    work.refold(work.home(*creation.place))


def take_back(work: UnitOfWork, creation: Change) -> None:
    """Takes away what was decided about somebody whose registration counts no more; the entry is made anew after it."""
    for made in _standing(work, creation):
        change_log.forget(work.connection, made.village_id, made.id)


def _standing(work: UnitOfWork, creation: Change) -> list[Decision]:
    """What the server decided about the newcomer and what stands of it; the villages of it are locked."""
    villages = {village for village, _ in work.homes.places(work.home(*creation.place))}
    found = decision_log.follow_ons(work.connection, villages, creation.entity_id)
    for village_id in sorted({made.village_id for made in found}):
        work.lock(village_id)
    return found


def say_again(work: UnitOfWork, made: Decision) -> None:
    """The same in a rebuild, of a village that may not be the newcomer's own."""
    (id_,) = made.touched
    changes = change_log.of_places(work.connection, work.homes.places(work.home(made.village_id, id_)))
    for creation in (one for one in changes if one.creates and one.entity_id == id_ and one.state in DONE):
        say(work, creation)


def _right_after(creation: Change, made: Decision, said: Statement) -> Change:
    after = f"{creation.order_key}~{made.made_at.astimezone(UTC).isoformat()}"
    return replace(change_of(made, said), day=creation.day, order_key=after, version=0)


def take_family_along(work: UnitOfWork, newcomer: Change) -> None:
    """Who was told of before the newcomer, as of the newcomer's family, goes along as well."""
    for one in change_log.created_by(work.connection, [newcomer.village_id]):
        if family_of(one) == newcomer.entity_id:
            follow_and_say(work, one)


def follow_and_say(work: UnitOfWork, creation: Change) -> None:
    """The same of somebody who is in the register."""
    if follow_family(work, creation):
        say(work, creation)
        take_family_along(work, creation)


def _way(work: UnitOfWork, creation: Change, family: str) -> list[_Step]:
    """The transfers and merges, in the order in which they were made, that were about the entry which was then that of
    the family's member, or about the newcomer.

    Their villages are locked first: somebody may be undoing one of them.
    """
    home = work.home(creation.village_id, family)
    places = work.homes.places(home)
    villages = sorted({village for village, _ in places})
    for village_id in villages:
        work.lock(village_id)
    ids = {family, creation.entity_id, *(id_ for _, id_ in places)}
    found = decision_log.taking_elsewhere(work.connection, villages, ids)
    steps = [_Step(made, _name_at(made.made_at, family, found)) for made in found]
    return [one for one in steps if {one.name, creation.entity_id} & one.made.goes]


def _name_at(moment: datetime, family: str, found: Sequence[Decision]) -> str:
    """Under which id the register had the family's member at that moment: merged entries have the winner's."""
    for made in found:
        stood = made.made_at < moment and (made.undone_at is None or made.undone_at > moment)
        if isinstance(made.about, Merge) and stood and made.about.loser == family:
            family = made.about.winner
    return family


def _move_here(sending_village: str, way: Sequence[_Step]) -> int:
    """The place, in the way, of the move that brought the family to where the form was filled: until then the phone
    knew nothing of them, and what it says of where they live is right. -1 where they came from there."""
    left = set[str]()
    for number, one in enumerate(way):
        left.add(one.made.village_id)
        to = one.made.about.to if isinstance(one.made.about, Transfer) else None
        if to == sending_village and to not in left:
            return number
    return -1


def _unknown(way: Iterable[_Step], newcomer: str) -> list[_Step]:
    """Those made without knowing of the newcomer, until people who knew of both took one of them elsewhere without the
    other: from there on they went their own way."""
    found = []
    for one in way:
        if one.made.stands and _parts(one, newcomer):
            break
        if newcomer not in one.made.known:
            found.append(one)
    return found


def _parts(one: _Step, newcomer: str) -> bool:
    if not isinstance(one.made.about, Transfer) or one.made.cause_id is not None:
        return False
    named = newcomer in one.made.touched
    return named if one.name not in one.made.goes else newcomer in one.made.known and not named


def _village_after(way: Iterable[_Step], here: str) -> str:
    """Where the family lives after these decisions."""
    moves = [(one.made, one.made.about.to) for one in way if isinstance(one.made.about, Transfer)]
    standing = [to for made, to in moves if made.stands]
    return standing[-1] if standing else (moves[0][0].village_id if moves else here)


def _end(one: _Step) -> datetime:
    return one.made.undone_at or one.made.made_at


def _left(one: _Step) -> Properties:
    """Where the family's member had lived before the transfer."""
    return one.made.about.left.get(one.name, {}) if isinstance(one.made.about, Transfer) else {}


def _given(one: _Step) -> Properties:
    """Where the family's member lives by the decision; nothing by a merge that says of no household."""
    about = one.made.about
    name = about.winner if isinstance(about, Merge) else one.name
    said: Properties = next((each.properties for each in one.made.statements if each.id == name), {})
    if isinstance(about, Merge) and not said.get(HOUSEHOLD):
        return {}
    dusun = {DUSUN: about.dusun} if isinstance(about, Transfer) else {}
    return dusun | {one: said[one] for one in LIVES_IN if said.get(one)}

"""Two entries that may be one: noticed by the server or found by people, shown side by side, merged or kept apart."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.domain import NAME
from forms.problems import problem
from server.database.engine import in_turn, reading
from server.decisions import making, merges
from server.entities import store
from server.entities.entity import Entity
from server.http.access import allow, also_seen, user
from server.http.context import backend
from server.http.responses import link, show
from server.pages.people import ORDER, in_words, may_see
from server.queries import duplicates, masking, people
from server.villages import regions
from server.villages.regions import covers

pages = Blueprint("duplicates", __name__)


@pages.get("/desa/<code>/ganda")
@allow("kpm", "village_head", "admin", names="ganda")
def all_duplicates(code: str) -> Response:
    today = backend().today
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        entities = store.load_all(connection, code)
        pairs, beyond = duplicates.everywhere(connection, code, entities, today, may_see)
        villages = {there.village_id: regions.names_above(connection, there.village_id)[0] for _, there in beyond}
    for _, there in beyond:
        also_seen(there.village_id, there.id)
    return show(
        "ganda.html", village=village, code=code, pairs=pairs, beyond=beyond, villages=villages, **in_words(code, {})
    )


@pages.post("/desa/<code>/ganda/bukan")
@allow("village_head", "admin")
def different(code: str) -> AnyResponse:
    """Notes that two are not the same person. Raises ProblemError NOT_ALIKE where they are not two, or not at home
    where the user may decide."""
    pair = {request.form.get("a", ""), request.form.get("b", "")}

    def decide(connection: Connection) -> None:
        homes = [people.villages_of(connection, id_) for id_ in pair]
        # Of an id that is at home elsewhere it is not even told whether there is one.
        theirs = all(any(covers(user().region, village) for village in home) for home in homes)
        if len(pair) != 2 or not theirs or not any(code in home for home in homes):
            raise problem(merges.NOT_ALIKE)
        merges.differ(connection, code, pair, user().email, backend().clock())

    in_turn(backend().engine, decide)
    return redirect(link("duplicates.all_duplicates", code=code, sudah="bukan"), 303)


@pages.get("/desa/<code>/sasaran/<entity_id>/gabung")
@allow("village_head", "admin", names="sasaran")
def choose_other(code: str, entity_id: str) -> Response:
    """Who the other one is; then both side by side."""
    also_seen(code)  # everybody of the list can be chosen
    other_id = request.args.get("dengan", "")
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        mine = _entity(store.load(connection, code, entity_id), entity_id, code)
        everybody = people.people(connection, code, backend().today)
        others = [one for one in everybody if one.list == mine.list and one.id != entity_id]
        other = store.load(connection, code, other_id) if other_id in {one.id for one in others} else None
    pair = sorted((mine, other), key=lambda one: (one.registered_on, one.created_seq or 0)) if other else [mine]
    houses = {one.id: one.name for one in everybody if one.is_household}
    lines = [
        (name, [masking.shown(name, one.data.get(name, "")) for one in pair])
        for name in ORDER
        if name != NAME and any(one.data.get(name) for one in pair)
    ]
    return show(
        "gabung.html",
        village=village,
        code=code,
        mine=next(one for one in everybody if one.id == entity_id),
        others=others,
        pair=[next(one for one in everybody if one.id == two.id) for two in pair],
        lines=lines,
        same={name: len({one.data.get(name, "") for one in pair}) == 1 for name, _ in lines},
        **in_words(code, houses),
    )


@pages.post("/desa/<code>/gabung")
@allow("village_head", "admin")
def merge(code: str) -> AnyResponse:
    """Makes one person of two. Raises ProblemError NOT_ALIKE where the one that stays is none of the two, and those of
    `merges.merge`."""
    pair = [request.form.get("a", ""), request.form.get("b", "")]
    winner = request.form.get("tetap", "")
    if winner not in pair:
        raise problem(merges.NOT_ALIKE)
    loser = pair[1 - pair.index(winner)]
    who = (loser, winner, backend().today, user().email, backend().clock())
    in_turn(backend().engine, lambda connection: merges.merge(connection, code, *who))
    if request.form.get("lanjut") == "ganda":
        return redirect(link("duplicates.all_duplicates", code=code, sudah="gabung"), 303)
    return redirect(link("people.one_person", code=code, entity_id=winner, sudah="gabung"), 303)


def _entity(found: Entity | None, entity_id: str, code: str) -> Entity:
    if found is None or found.list not in people.PEOPLE:
        raise problem(making.NO_SUCH_PERSON, id=entity_id, village=code)
    return found

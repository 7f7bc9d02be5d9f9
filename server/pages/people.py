"""The village's mothers, children and households: who they are, their history, and what can be decided of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

from flask import Blueprint, Response, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.domain import ACTIVE, BIRTH_PLAN, CHILDREN, COMPUTED, FIRST_DAY, MOTHERS, MOVED, NAME
from forms.periods import completed_months, completed_weeks
from forms.problems import Problem, ProblemError, problem
from server.database.engine import in_turn, reading
from server.decisions.days import Doubts
from server.decisions.undo import undo_decision
from server.entities import decision_log, store
from server.entities.decision import Decision, Transfer
from server.entities.entity import Entity
from server.http.access import FOREIGN_REGION, WRONG_ROLE, allow, user
from server.http.context import backend
from server.http.responses import AGAIN, asked_language, link, show
from server.pages.person_care import Care, care_of
from server.queries import duplicates, masking, people
from server.queries.people import About, Person
from server.queries.submissions.comparison import dated
from server.submissions import version_log
from server.villages import regions
from server.villages.regions import covers

BAD_DAY = Problem(
    "bad-day",
    400,
    "Tanggal {text!r} tidak dapat dipakai. Pilih tanggal dari {first} sampai hari ini.",
    "The date {text!r} cannot be used. Choose one from {first} up to today.",
)
# What somebody can be by hand, of each list; a household is no person.
STATUSES: dict[str, tuple[str, ...]] = {
    MOTHERS: (ACTIVE, MOVED, "meninggal", "selesai"),
    CHILDREN: (ACTIVE, MOVED, "meninggal"),
}
ANY_STATE = "semua"  # those too who have left the list
PAGE = 100  # people on one page of the list: a phone on 2G loads it
# What the page shows of the register, in this order; the rest follows by name.
ORDER = (
    *("nama", "nik", "no_kk", "no_kia", "jenis_kelamin", "tanggal_lahir", "hpl", "tanggal_melahirkan", "keluarga"),
    *("dusun", "rt", "status", "tanggal_status", "status_kehamilan", "status_gizi", "tikar", "panjang_terakhir"),
    *("tanggal_ukur_terakhir", "akta_lahir", "jaminan_kesehatan", "air_minum", "jamban", "rentan", "ikut_paud"),
)

pages = Blueprint("people", __name__)


@pages.get("/desa/<code>/sasaran")
@allow("kpm", "village_head", "admin", names="sasaran")
def all_people(code: str) -> Response:
    asked = {name: request.args.get(name, "").strip() for name in ("cari", "dusun", "keadaan", "daftar")}
    asked["keadaan"] = asked["keadaan"] or ACTIVE
    today = backend().today
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        entities = store.load_all(connection, code)
        roots = version_log.waiting_roots(connection, code)
        waiting = people.waiting(connection, code, roots)
        pairs, beyond = duplicates.everywhere(connection, code, entities, today, may_see)
    everybody = people.people_of(entities, today)
    of_any_state = people.matching(everybody, words=asked["cari"], dusun=asked["dusun"], list_=asked["daftar"])
    found = of_any_state if asked["keadaan"] == ANY_STATE else people.matching(of_any_state, state=asked["keadaan"])
    return show(
        "sasaran.html",
        village=village,
        code=code,
        asked=asked,
        **_asked_page(code, asked, found),
        others=len(of_any_state) - len(found),
        any_state=ANY_STATE,
        with_others=_page_link(code, {**asked, "keadaan": ANY_STATE}, 0),
        everybody=len(everybody),
        dusun=sorted({one.dusun for one in everybody if one.dusun}),
        states=people.STATES,
        waiting=waiting,
        corrections=len(roots),
        duplicates=len(pairs),
        beyond=len(beyond),
        unregistered=len(people.matching(everybody, state="belum")),
        with_unregistered=_page_link(code, {"keadaan": "belum"}, 0),
        **in_words(code, {}),
    )


@pages.get("/desa/<code>/sasaran/<entity_id>")
@allow("kpm", "village_head", "admin", names="sasaran")
def one_person(code: str, entity_id: str) -> Response:
    return page_of(code, entity_id)


def page_of(code: str, entity_id: str, error: ProblemError | None = None, doubts: Doubts | None = None) -> Response:
    """`error` and `doubts`: why what was typed into the form of the page was not taken, or has to be confirmed."""
    with reading(backend().engine) as connection:
        village = regions.village_name(connection, code)
        found = people.about(connection, code, entity_id, backend().today)
        home = found.home[0] if found.home else ""
        spoken_of = {one.about.to for one in found.decisions if isinstance(one.about, Transfer)} | {home} - {""}
        above = {one: regions.names_above(connection, one) for one in sorted(spoken_of - {code})}
    villages = {code: village} | {one: names[0] for one, names in above.items() if names}
    return show(
        "orang.html",
        AGAIN if error or doubts else 200,
        sentence=error.text(asked_language()) if error else None,
        doubts=doubts,
        typed=request.form if error or doubts else {},
        village=village,
        villages=villages,
        code=code,
        entity_id=entity_id,
        about=found,
        care=_care(found),
        called=_called(found, entity_id),
        data=list(_data(found.entity)) if found.entity else [],
        home_village=villages.get(home, ""),
        sees_home=bool(home) and covers(user().region, home),
        statuses=STATUSES.get(found.person.list, ()) if found.person else (),
        dusun=found.dusun,
        may_undo=_may_undo,
        **in_words(code, found.names),
    )


def _care(found: About) -> Care | None:
    """None of a household, and of whom the village does not know."""
    if found.person is None or found.entity is None or found.person.is_household:
        return None
    return care_of(found.entity, found.person, backend().today)


@pages.post("/desa/<code>/keputusan/<decision_id>/batal")
@allow("village_head", "admin")
def undo(code: str, decision_id: str) -> AnyResponse:
    """Undoes a decision. Raises ProblemError WRONG_ROLE (only an admin undoes a transfer), FOREIGN_REGION, and those of
    `undo_decision`."""

    def decide(connection: Connection) -> None:
        made = decision_log.find(connection, code, decision_id)
        if isinstance(made.about, Transfer) and user().role != "admin":
            raise problem(WRONG_ROLE)
        if not _may_undo(made):
            raise problem(FOREIGN_REGION, code=max(made.villages - {code}, default=code), region=user().region)
        undo_decision(connection, code, decision_id, user().email, backend().clock())

    in_turn(backend().engine, decide)
    back = request.form.get("orang", "")
    if back:
        return redirect(link("people.one_person", code=code, entity_id=back, sudah="batal"), 303)
    return redirect(link("people.all_people", code=code, sudah="batal"), 303)


def asked_day() -> date:
    """The day in the form's field `tanggal`; today where it is blank. Raises ProblemError BAD_DAY."""
    text = request.form.get("tanggal", "").strip()
    try:
        day = date.fromisoformat(text) if text else backend().today
    except ValueError as error:
        raise problem(BAD_DAY, text=text[:40], first=FIRST_DAY) from error
    if not FIRST_DAY <= day <= backend().today:
        raise problem(BAD_DAY, text=text[:40], first=FIRST_DAY)
    return day


def in_words(code: str, names: dict[str, str]) -> dict[str, Any]:
    """What the templates need to say who somebody is, and may do: see templates/orang_parts.html."""
    zone = backend().settings.timezone
    return {
        "today": backend().today,
        "person_names": names,
        "dated": dated,
        "local": lambda moment: moment.astimezone(zone),
        "shown": masking.shown,
        "months": _months,
        "weeks": _weeks,
        "link": link,
        "card": link("scorecards.village", code=code),
        "decides": user().role in ("village_head", "admin"),
        "moves": user().role == "admin",
        "done": request.args.get("sudah", ""),
    }


def may_see(code: str) -> bool:
    """Whether who is logged in sees the people of other villages, and of this one."""
    return user().role == "admin" and covers(user().region, code)


def _asked_page(code: str, asked: dict[str, str], found: list[Person]) -> dict[str, Any]:
    """Those found who are on the page `?halaman=`, by list with how many are found of each, and its neighbours.

    The nearest page where there are fewer, the first one for what is no number.
    """
    text = request.args.get("halaman", "")
    number = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 1
    first = max(0, min(number - 1, (len(found) - 1) // PAGE)) * PAGE
    by_list = {name: [one for one in found if one.list == name] for name in people.PEOPLE}
    page = list(chain(*by_list.values()))[first : first + PAGE]
    return {
        "lists": [(name, [one for one in page if one.list == name], len(those)) for name, those in by_list.items()],
        "first": first + 1,
        "last": first + len(page),
        "found": len(found),
        "before": _page_link(code, asked, first - PAGE) if first else "",
        "after": _page_link(code, asked, first + PAGE) if first + PAGE < len(found) else "",
    }


def _page_link(code: str, asked: dict[str, str], first: int) -> str:
    """The list, asked the same, from that person on."""
    query = {**asked, "halaman": str(first // PAGE + 1) if first else ""}
    return link("people.all_people", code=code, **{name: text for name, text in query.items() if text})


def _may_undo(made: Decision) -> bool:
    """Whether who is logged in may take the decision back; a move only where both villages are theirs."""
    if isinstance(made.about, Transfer):
        return all(map(may_see, made.villages))
    return user().role in ("village_head", "admin") and covers(user().region, made.village_id)


def _called(found: About, entity_id: str) -> str:
    if found.person:
        return found.person.name
    labels = [one.change.label or one.change.properties.get(NAME, "") for one in (*found.history,)]
    labels += [one.name for one in found.waiting]
    return next(filter(None, [*labels, found.names.get(entity_id, "")]), "")


def _data(entity: Entity) -> Iterator[tuple[str, str]]:
    """The register's properties as they may be seen, in the page's order; without blanks, and without the birth plan,
    which has a place of its own."""
    named = {**entity.data, NAME: entity.data.get(NAME) or entity.label}
    for name in (*ORDER, *sorted(named.keys() - {*ORDER, *COMPUTED, *BIRTH_PLAN})):
        if named.get(name):
            yield name, masking.shown(name, named[name])


def _months(person: Person) -> int | None:
    """The age of a child in completed months; None of others, and where its birth is not known."""
    return (
        completed_months(person.birth_date, backend().today) if person.list == CHILDREN and person.birth_date else None
    )


def _weeks(person: Person) -> int | None:
    """The completed weeks of a pregnancy that goes on; None of others."""
    pregnant = person.list == MOTHERS and person.due_date and not person.delivered_on
    return completed_weeks(person.due_date, backend().today) if pregnant and person.due_date else None

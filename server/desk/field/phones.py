"""KPMs and their phones: which of them do not sync, why and since when, and what to tell the KPM."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import problem
from server.database.engine import reading
from server.http.access import FOREIGN_REGION, allow, user
from server.http.context import backend
from server.http.paging import asked_paging
from server.http.responses import link, show
from server.phones import phones as accounts
from server.queries.oversight import phone_health
from server.queries.oversight.phone_health import STATES, Wanted
from server.villages import officers, region_search, regions

# What can be asked for beside the states: one that stands for all of a colour, and lists of their own.
GROUPS = {"merah": ("silent", "refused", "clock"), "kuning": ("late", "forms", "no-forms", "new"), "hijau": ("well",)}
CLOSED, WITHOUT, PRACTICE = "ditutup", "tanpa-hp", "latihan"
LONGEST_SEARCH = 80
# How far back files are looked for that are still to come.
FILES_SINCE = timedelta(days=90)

pages = Blueprint("desk_phones", __name__)


@pages.get("/admin/hp")
@allow("admin")
def all_phones() -> Response:
    """Raises ProblemError FOREIGN_REGION."""
    region, state = asked_region(user().region), request.args.get("keadaan", "")
    text = request.args.get("cari", "").strip()[:LONGEST_SEARCH]
    paging = asked_paging(["desa"] if state == WITHOUT else phone_health.SORTS)
    now = backend().clock()
    wanted = Wanted(region, _states(state), text, practice=state == PRACTICE)
    with reading(backend().engine) as connection:
        if state == WITHOUT:
            found: Any = phone_health.without_phone(connection, region, text, paging)
            codes = [one.code for one in found.rows]
        else:
            found = phone_health.find(connection, wanted, now, paging)
            codes = [one.village_id for one in found.rows]
        values = {
            "counts": phone_health.count_states(connection, Wanted(region), now),
            "without": phone_health.count_without_phone(connection, region),
            "held": phone_health.held_of(connection, codes),
            "places": region_search.names_of(connection, codes),
            **regions_to_choose(connection, region),
        }
    district = region[: len("11.01")] if region != regions.NATION else ""
    may_practise = regions.is_district(district) and regions.covers(user().region, district)
    return show(
        "hp.html",
        page=found,
        wanted=wanted,
        state=state,
        states=STATES,
        practice=regions.practice_village(district) if may_practise else None,
        **values,
        **in_words(),
    )


@pages.get("/admin/hp/cari")
@allow("admin")
def to_village() -> AnyResponse:
    """Leads to the village that is meant. Raises ProblemError NO_SUCH_PLACE, SEVERAL_PLACES, UNKNOWN_VILLAGE."""
    text = request.args.get("desa", "").strip()[:LONGEST_SEARCH]
    with reading(backend().engine) as connection:
        found = region_search.codes_of(connection, user().region, [text])[text]
        villages = [code for code in found if regions.is_village_code(code)]
        code = region_search.the_one(text, villages or found)
        regions.listed_name(connection, code)
    return redirect(link("desk_phones.of_village", code=code), 303)


@pages.get("/admin/hp/<code>")
@allow("admin")
def of_village(code: str) -> Response:
    """Raises ProblemError UNKNOWN_VILLAGE."""
    now = backend().clock()
    with reading(backend().engine) as connection:
        names = regions.village_names(connection, code)
        found = phone_health.of_village(connection, code, now)
        terms, held = officers.terms(connection, code), phone_health.held_of(connection, [code])
    return show(
        "hp_desa.html",
        code=code,
        names=names,
        phones=found,
        held=held,
        terms=terms,
        is_practice=regions.is_practice(code),
        done=request.args.get("sudah", ""),
        longest=accounts.LONGEST_NAME,
        **in_words(),
    )


@pages.get("/admin/hp/<code>/<number>")
@allow("admin")
def one_phone(code: str, number: str) -> Response:
    """Raises ProblemError UNKNOWN_VILLAGE or UNKNOWN_PHONE."""
    now = backend().clock()
    with reading(backend().engine) as connection:
        names = regions.village_names(connection, code)
        asked = accounts.numbered(connection, number, code)
        (phone,) = (
            one for one in phone_health.of_village(connection, code, now) if one.token_sha256 == asked.token_sha256
        )
        forms = phone_health.forms_on(connection, code, phone.token_sha256)
        held = phone_health.held_of(connection, [code]).get(phone.token_sha256, phone_health.Held())
        missing = phone_health.missing_files(connection, code, phone.token_sha256, now - FILES_SINCE)
        terms = officers.terms(connection, code)
    return show(
        "hp_satu.html",
        code=code,
        names=names,
        phone=phone,
        forms=forms,
        held=held,
        missing=missing,
        may_send=asked.may_send(now),
        term=next((one for one in terms if one.ended_on is None), None),
        is_practice=regions.is_practice(code),
        days=accounts.SENDS_ON.days,
        done=request.args.get("sudah", ""),
        today=backend().today,
        **in_words(),
    )


def asked_region(own: str) -> str:
    """The region that the query asks for, the own one without. Raises ProblemError FOREIGN_REGION."""
    asked = request.args.get("wilayah", "").strip()[:20] or own
    if not regions.covers(own, asked):
        raise problem(FOREIGN_REGION, code=asked, region=own)
    return asked


def regions_to_choose(connection: Any, region: str) -> dict[str, Any]:
    """For the list in which a region is chosen: `region`, those that it lies in as far as the user may see, from the
    largest down (`above`), and those right below it (`below`), each with its name."""
    parts = region.split(".") if region != regions.NATION else []
    codes = [regions.NATION, *(".".join(parts[: length + 1]) for length in range(len(parts)))]
    above = [code for code in codes if regions.covers(user().region, code)]
    names = region_search.names_of(connection, above)
    below = regions.inside(connection, region) if len(parts) < regions.VILLAGE_DOTS else []
    return {"region": region, "above": [(code, names[code]) for code in above], "below": below}


def in_words() -> dict[str, Any]:
    """What templates about phones need beside their own values."""
    return {"link": link, "zone": backend().settings.timezone, "now": backend().clock()}


def _states(asked: str) -> tuple[str, ...]:
    if asked == CLOSED:
        return ("closed",)
    if asked == PRACTICE:
        return (*STATES, "closed")
    return GROUPS.get(asked) or ((asked,) if asked in STATES else STATES)

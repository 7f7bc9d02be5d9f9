"""Who may see what: every route carries a mark, and a guard stands before all of them.

    @pages.get("/desa/<code>/tugas")
    @allow("kpm", "village_head", "admin", names="tugas")
    def work_list(code: str) -> Response: ...

A route without a mark stops the start of the app: nothing is open by oversight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeVar

from flask import Flask, Response, current_app, g, redirect, request
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, ProblemError, problem
from server.accounts.users import ROLES, User
from server.http.plain_requests import check_fields
from server.http.responses import AGAIN, link
from server.http.sessions import visitor
from server.villages.regions import covers, is_village_code

NOT_LOGGED_IN = Problem(
    "not-logged-in",
    401,
    "Halaman ini hanya untuk yang sudah masuk. Masuklah dengan email dan kata sandi Anda, lalu ulangi.",
    "This page is only for those who are logged in. Log in with your email and password, then try again.",
)
WRONG_ROLE = Problem(
    "wrong-role",
    403,
    "Halaman ini tidak terbuka untuk peran akun Anda. Bila Anda memerlukannya, hubungi admin.",
    "This page is not open to the role of your account. Ask the admin if you need it.",
)
FOREIGN_REGION = Problem(
    "foreign-region",
    403,
    "Wilayah {code} di luar wilayah akun Anda ({region}). Bila Anda bertugas di sana, hubungi admin.",
    "The region {code} is outside the region of your account ({region}). Ask the admin if you work there.",
)
NOT_EVERYWHERE = Problem(
    "not-everywhere",
    403,
    "Formulir dan aturan berlaku untuk semua desa di server ini, sedangkan akun Anda hanya untuk wilayah {region}. "
    "Mintalah kepada admin yang wilayahnya mencakup semua desa.",
    "Forms and rules hold for all villages of this server, and your account is for the region {region} alone. Ask an "
    "admin whose region covers all villages.",
)

# Who may see the names of the mothers and children of their region.
SEE_NAMES = ("kpm", "village_head", "admin")
# Bytes of a form that anybody may send, and of one of somebody who is logged in: it is read into memory.
LARGEST_PUBLIC_FORM = 16 * 1024
LARGEST_FORM = 256 * 1024
# Bytes that anybody may send with a file to be checked: twice the largest that this server makes, as it can be pasted.
LARGEST_PUBLIC_FILE = 640 * 1024
# Bytes of a form with a workbook or other files, which lie on the disk while they are read.
LARGEST_UPLOAD = 20 * 1024 * 1024
# The pages of a village, in the order in which the head of each of them leads to the others.
ROOMS = (
    *("scorecards.village", "scorecards.formulir1", "tugas.work_list", "people.all_people"),
    *("web_entry.all_forms", "desk_submissions.of_village", "corrections.all_roots", "duplicates.all_duplicates"),
    *("kpm.record", "access_log.all_views"),
)

# The pages of the admin's desk (server/desk), in the order in which each of them leads to the others.
DESK = (
    *("desk_start.start", "desk_submissions.all_submissions", "desk_phones.all_phones", "desk_digest.digest"),
    *("desk_users.all_users", "desk_forms.all_forms", "desk_rules.rules", "desk_checks.checks"),
    *("desk_register.exchange", "desk_regions.all_regions", "desk_audit.all_actions"),
)

_View = TypeVar("_View", bound=Callable[..., Any])


class Marker(Protocol):
    """What marks a view: `public`, `for_members` and the like."""

    def __call__(self, view: _View, /) -> _View: ...


@dataclass(frozen=True)
class Mark:
    """Who may call a route.

    `public`: everybody. `phones`: whoever has a phone's token; the route's own blueprint looks at it. `members`:
    whoever is logged in and whose region covers the route's `<code>` or lies in it. `roles`: whoever has one of `roles`
    and a region that covers `<code>`. `names`: the name under which a view of a page with people's names is recorded;
    None where the page shows no names. A route that is `public` or for `members` and has `names` names people only to
    those with one of `roles` (`sees_names`), and only their views are recorded. `everywhere`: the region has to cover
    every village that has a phone, as what is done there holds for all of them. `upload`: its form may bring files.
    """

    kind: Literal["public", "phones", "members", "roles"]
    roles: frozenset[str] = frozenset()
    names: str | None = None
    everywhere: bool = False
    upload: bool = False


def public(view: _View) -> _View:
    """Open to everybody."""
    return _marked(view, Mark("public"))


def public_upload(view: _View) -> _View:
    """Open to everybody, with a form that brings a small file."""
    return _marked(view, Mark("public", upload=True))


def for_phones(view: _View) -> _View:
    """Open to whoever has a phone's token."""
    return _marked(view, Mark("phones"))


def for_members(view: _View) -> _View:
    """Open to everybody who is logged in, for regions that theirs covers or lies in."""
    return _marked(view, Mark("members"))


def allow(
    *roles: str, names: str | None = None, everywhere: bool = False, upload: bool = False
) -> Callable[[_View], _View]:
    """Open to people with one of these roles, for their own region and what lies in it; the rest as `Mark` has it.

    With `names` the page names people: each view is recorded under this name, which people read
    (server/accounts/access_log.py). The route's `<code>` is then the village's, and its `<entity_id>`, if any, the
    person's; of whomever else the page names, its view tells with `also_seen`.
    """
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"roles are {', '.join(ROLES)}; not {roles}")
    return lambda view: _marked(view, Mark("roles", frozenset(roles), names, everywhere, upload))


def naming(*roles: str, names: str) -> Callable[[_View], _View]:
    """On top of `public` or `for_members`: people with one of these roles see names there as well, where `sees_names`
    says so; that is recorded under `names`."""
    if not set(roles) <= set(ROLES):
        raise ValueError(f"roles are {', '.join(ROLES)}; not {roles}")

    def also(view: _View) -> _View:
        mark: Mark = view.mark  # type: ignore[attr-defined]
        return _marked(view, replace(mark, roles=frozenset(roles), names=names))

    return also


def sees_names(code: str) -> bool:
    """Whether who asks for this page, if anybody is logged in, may see the names of the village's people on it."""
    return request.endpoint is not None and _names(mark_of(current_app, request.endpoint), code)


def _names(mark: Mark, code: str) -> bool:
    found = visitor()
    return found is not None and bool(mark.names) and found.role in mark.roles and covers(found.region, code)


def user() -> User:
    """Who is logged in, on a page that only such people see. Raises LookupError elsewhere."""
    found = visitor()
    if found is None:
        raise LookupError("nobody is logged in: ask visitor() on pages that everybody may see")
    return found


def also_seen(village: str, entity_id: str | None = None) -> None:
    """Has the view recorded there too: this page names people whom its address does not tell.

    `entity_id` is the person; None where the page names many. Raises LookupError on a page whose views nobody records.
    """
    if request.endpoint is None or not mark_of(current_app, request.endpoint).names:
        raise LookupError(f"the route {request.url_rule} names people, and is marked without names")
    g.setdefault("also_seen", []).append((village, entity_id))


def mark_of(app: Flask, endpoint: str) -> Mark:
    """The mark of a route. Raises LookupError where it has none."""
    found = getattr(app.view_functions[endpoint], "mark", None)
    if not isinstance(found, Mark):
        raise LookupError(f"the route {endpoint} is not marked: who may see it? See server/http/access.py")
    return found


def guard(app: Flask, record: Callable[[User, str, str, str | None], None], holds_all: Callable[[str], bool]) -> None:
    """Lets nobody past whom the route's mark does not name, nor a form that is not ours, save from phones.

    To be called once, when all routes are there. `record(user, village, page, entity_id)` keeps who looked at
    people's names, before the page goes out: where it fails, the page is not shown. `holds_all(region)`: whether the
    region covers every village that has a phone.

    Raises LookupError where a route has no mark.
    """
    for rule in app.url_map.iter_rules():
        if mark_of(app, rule.endpoint).names and "code" not in rule.arguments:
            raise LookupError(f"the route {rule} names people of which village? It has no <code>")
    # The guard itself has forms checked, after it looked at who sends them. Our forms are good as long as the session;
    # their token is proof enough without a Referer, which old browsers and proxies leave out.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf = CSRFProtect(app)
    app.extensions["rooms"] = _rooms
    app.extensions["desk"] = _desk

    @app.before_request
    def let_in() -> AnyResponse | None:
        mark = mark_of(current_app, request.endpoint) if request.endpoint else None
        if mark is None or mark.kind == "phones":
            return None  # there is no such page, or the phones' blueprint looks at the token
        request.max_content_length = _largest(mark)
        if mark.kind != "public":
            if (found := visitor()) is None:
                return _ask_to_log_in()
            _check(mark, found, (request.view_args or {}).get("code"))
            _check_everywhere(mark, found, holds_all)
        check_fields()
        csrf.protect()
        return None

    @app.after_request
    def record_view(response: Response) -> Response:
        mark = mark_of(current_app, request.endpoint) if request.endpoint else None
        values = request.view_args or {}
        if mark and mark.names and response.status_code in (200, AGAIN) and _names(mark, values["code"]):
            seen = [(values["code"], values.get("entity_id")), *g.get("also_seen", ())]
            for village, entity_id in dict.fromkeys(seen):
                record(user(), village, mark.names, entity_id)
        return response


def catch_up_first(app: Flask, catch_up: Callable[[str], object]) -> None:
    """Before a page about a village: has all processed (`catch_up(village)`) that its phones have sent.

    To be called after `guard`: whoever is not let in causes no work.
    """

    @app.before_request
    def read_what_was_sent() -> None:
        code = (request.view_args or {}).get("code", "")
        if is_village_code(code):
            catch_up(code)


def _ask_to_log_in() -> AnyResponse:
    """The way to the door and back, for pages; a form or a program is told instead."""
    if request.method not in ("GET", "HEAD") or request.path.endswith(".json"):
        raise problem(NOT_LOGGED_IN)
    wanted = request.full_path if request.query_string else request.path
    return redirect(link("login.enter", lanjut=wanted))


def _rooms(found: User) -> Iterator[tuple[str, str]]:
    """Those of ROOMS that the user may see, with the village: the one that the page is about, else the user's own."""
    code = (request.view_args or {}).get("code") or found.region
    if is_village_code(code):
        for endpoint in ROOMS:
            if endpoint in current_app.view_functions and _may(mark_of(current_app, endpoint), found, code):
                yield endpoint, code


def _desk(found: User) -> Iterator[str]:
    """Those of DESK that the user may see; what asks for all villages is left to the page itself to say."""
    for endpoint in DESK:
        if endpoint in current_app.view_functions and _may(mark_of(current_app, endpoint), found, None):
            yield endpoint


def _largest(mark: Mark) -> int:
    if mark.kind == "public":
        return LARGEST_PUBLIC_FILE if mark.upload else LARGEST_PUBLIC_FORM
    return LARGEST_UPLOAD if mark.upload else LARGEST_FORM


def _may(mark: Mark, found: User, code: str | None) -> bool:
    try:
        _check(mark, found, code)
    except ProblemError:
        return mark.kind == "public"
    return True


def _check(mark: Mark, found: User, code: str | None) -> None:
    if mark.kind == "roles" and found.role not in mark.roles:
        raise problem(WRONG_ROLE)
    if code is None or covers(found.region, code):
        return
    if mark.kind != "members" or not covers(code, found.region):
        raise problem(FOREIGN_REGION, code=code, region=found.region)


def _check_everywhere(mark: Mark, found: User, holds_all: Callable[[str], bool]) -> None:
    if mark.everywhere and not holds_all(found.region):
        raise problem(NOT_EVERYWHERE, region=found.region)


def _marked(view: _View, mark: Mark) -> _View:
    view.mark = mark  # type: ignore[attr-defined]  # a function may carry what it likes
    return view

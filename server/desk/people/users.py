"""Accounts of people, for admins, of their own region: the list, inviting somebody, and changing an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, ProblemError, problem
from server.accounts import invitations, managing
from server.accounts.users import ROLES, User, fits, plain_email
from server.database.engine import reading, writing
from server.http.access import allow, user
from server.http.context import backend, own_address
from server.http.paging import asked_paging
from server.http.responses import UNREADABLE_FORM, asked_language, link, show
from server.queries import account_list
from server.queries.account_list import SORTS, STATES, Wanted
from server.villages import region_search
from templates import qr_codes

NO_ROLE = Problem("no-role", 400, "Pilih perannya.", "Choose the role.")

# Of what is typed, in characters: more is no name.
LONGEST = 120
# So many places are offered while a region is typed: more would make the page heavy.
MOST_OFFERED = 600

pages = Blueprint("desk_users", __name__)


@dataclass(frozen=True)
class Link:
    """A link that is shown this once: `address` sets the password of `whose` account. `new`: the account was opened
    with it."""

    whose: User
    place: str
    address: str
    new: bool

    @property
    def picture(self) -> str:
        """The QR code of the address, as SVG."""
        return qr_codes.as_svg(self.address)


@pages.get("/admin/akun")
@allow("admin")
def all_users() -> Response:
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("cari", "peran", "keadaan")}
    role, state = asked["peran"] in ROLES and asked["peran"], asked["keadaan"] in STATES and asked["keadaan"]
    wanted = Wanted(asked["cari"], role or "", state or "")
    with reading(backend().engine) as connection:
        found = account_list.find(connection, user().region, wanted, asked_paging(SORTS), backend().clock())
    zone = backend().settings.timezone
    return show("akun.html", link=link, page=found, wanted=wanted, roles=ROLES, states=STATES, zone=zone)


@pages.get("/admin/akun/baru")
@allow("admin")
def new_user() -> Response:
    return _form("akun_baru.html", {})


@pages.post("/admin/akun/baru")
@allow("admin")
def invite() -> Response:
    try:
        with writing(backend().engine) as connection:
            asked = _typed(connection, plain_email(request.form.get("email", "")))
            made, token = managing.invite(connection, user(), asked, backend().clock())
            shown = link_of(connection, made, token, new=True)
    except ProblemError as error:
        return _form("akun_baru.html", request.form, error)
    return _show_link(shown)


@pages.get("/admin/akun/<path:email>")
@allow("admin")
def one_user(email: str) -> Response:
    return _one(email)


@pages.post("/admin/akun/<path:email>")
@allow("admin")
def change_user(email: str) -> AnyResponse:
    """Does what the button `lakukan` says; what cannot be is said on the account's page, also where the form says
    nothing of what to do (UNREADABLE_FORM)."""
    what = request.form.get("lakukan", "")
    try:
        with writing(backend().engine) as connection:
            if what == "tautan":
                whose, token = managing.reset(connection, user(), email, backend().clock())
                return _show_link(link_of(connection, whose, token, new=False))
            if what not in _CHANGES:
                raise problem(UNREADABLE_FORM)
            _CHANGES[what](connection, email)
    except ProblemError as error:
        return _one(email, error)
    return redirect(link("desk_users.one_user", email=email, sudah=what), 303)


def link_of(connection: Connection, whose: User, token: str, *, new: bool) -> Link:
    """The link with this token, as it is shown."""
    place = region_search.names_of(connection, [whose.region])[whose.region]
    return Link(whose, place, own_address() + url_for("login.invitation", token=token), new)


def _change(connection: Connection, email: str) -> None:
    managing.change(connection, user(), _typed(connection, email), backend().clock())


def _close(connection: Connection, email: str) -> None:
    managing.close(connection, user(), email, backend().clock())


def _reopen(connection: Connection, email: str) -> None:
    managing.reopen(connection, user(), email, backend().clock())


_CHANGES: Mapping[str, Callable[[Connection, str], None]] = {"ubah": _change, "tutup": _close, "buka": _reopen}


def _typed(connection: Connection, email: str) -> User:
    """The account as the form has it. Raises ProblemError NO_ROLE, and those of a place that is not found."""
    typed = {name: request.form.get(name, "").strip()[:LONGEST] for name in ("nama", "peran", "wilayah")}
    if typed["peran"] not in ROLES:
        raise problem(NO_ROLE)
    codes = region_search.codes_of(connection, user().region, [typed["wilayah"]])[typed["wilayah"]]
    fitting = [code for code in codes if fits(typed["peran"], code)]
    return User(email, typed["nama"], typed["peran"], region_search.the_one(typed["wilayah"], fitting or codes))


def _one(email: str, error: ProblemError | None = None) -> Response:
    """An account's page. Raises ProblemError NO_ACCOUNT where the region has none of that email."""
    with reading(backend().engine) as connection:
        line = account_list.one(connection, user().region, plain_email(email), backend().clock())
    if line is None:
        raise problem(managing.NO_ACCOUNT, email=email)
    known = {"nama": line.user.name, "peran": line.user.role, "wilayah": f"{line.place} ({line.user.region})"}
    typed = request.form if error and request.form.get("lakukan") == "ubah" else known
    own, done = line.user.email == user().email, request.args.get("sudah", "")
    return _form("akun_satu.html", typed, error, line=line, own=own, done=done, zone=backend().settings.timezone)


def _form(template: str, typed: Mapping[str, str], error: ProblemError | None = None, **values: object) -> Response:
    with reading(backend().engine) as connection:
        few = region_search.how_many(connection, user().region) <= MOST_OFFERED
        offered = region_search.all_written(connection, user().region) if few else []
    sentence = error.text(asked_language()) if error else None
    status = error.status if error else 200
    fields = {"typed": typed, "roles": ROLES, "offered": offered, "longest": LONGEST}
    return show(template, status, link=link, sentence=sentence, **fields, **values)


def _show_link(shown: Link) -> Response:
    expires = (backend().clock() + invitations.LASTS).astimezone(backend().settings.timezone)
    return show("akun_tautan.html", link=link, shown=shown, expires=expires)

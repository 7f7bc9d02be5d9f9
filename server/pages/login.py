"""The door: logging in and out, and a new password."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, ProblemError, problem
from server.accounts import invitations, login_tries, users
from server.accounts.users import User
from server.database.engine import in_turn, reading, writing
from server.http import sessions
from server.http.access import for_members, public, user
from server.http.context import backend
from server.http.known_browsers import known_browser, remember_browser
from server.http.responses import asked_language, link, show
from server.http.sessions import visitor
from server.villages import regions

NOT_THE_SAME = Problem(
    "not-the-same",
    400,
    "Kedua kata sandi baru tidak sama. Ketik kata sandi baru yang sama dua kali.",
    "The two new passwords differ. Type the same new password twice.",
)

pages = Blueprint("login", __name__)


@pages.get("/masuk")
@public
def enter() -> AnyResponse:
    found = visitor()
    return redirect(_landing(found)) if found else _door()


@pages.post("/masuk")
@public
def entered() -> AnyResponse:
    email = request.form.get("email", "")
    try:
        key = _session_key(email, request.form.get("password", ""))
    except ProblemError as error:
        return _door(error, email)
    return _let_in(key)


@pages.get("/keluar")
@for_members
def leave() -> Response:
    return show("keluar.html")


@pages.post("/keluar")
@for_members
def left() -> AnyResponse:
    sessions.end()
    response = redirect(link("scorecards.home"), 303)
    response.headers["Clear-Site-Data"] = '"storage"'  # forms that could not be sent (templates/isi.js)
    return response


@pages.get("/sandi")
@for_members
def account() -> Response:
    return _account()


@pages.post("/sandi")
@for_members
def new_password() -> Response:
    """Changes the password. What is wrong (NOT_THE_SAME, a wrong old one, a weak new one) is said on the page."""
    try:
        new = _typed_twice()
        _session_key(user().email, request.form.get("old", ""))
        with writing(backend().engine) as connection:
            key = users.set_password(connection, user().email, new)
    except ProblemError as error:
        return _account(error)
    sessions.begin(key)
    return _account(changed=True)


@pages.get("/undangan/<token>")
@public
def invitation(token: str) -> Response:
    return _invitation(token)


@pages.post("/undangan/<token>")
@public
def accept_invitation(token: str) -> AnyResponse:
    """Sets the password of whoever was invited, and lets them in. A password that will not do is said on the page."""
    try:
        new = _typed_twice()
        with writing(backend().engine) as connection:
            key = invitations.accept(connection, token, new, backend().clock())
    except ProblemError as error:
        return _invitation(token, error)
    return _let_in(key)


def _let_in(key: str) -> AnyResponse:
    sessions.begin(key)
    response = redirect(_landing(user()), 303)
    remember_browser(response, user().email)
    return response


def _typed_twice() -> str:
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        raise problem(NOT_THE_SAME)
    return new


def _invitation(token: str, error: ProblemError | None = None) -> Response:
    with reading(backend().engine) as connection:
        invited = invitations.find(connection, token, backend().clock())
    return _show_account("undangan.html", invited, error)


def _session_key(email: str, password: str) -> str:
    """The key of the user's sessions. Raises ProblemError TOO_MANY_TRIES or WRONG_LOGIN."""
    engine, now = backend().engine, backend().clock()
    browser, network = known_browser(users.plain_email(email)), _network()
    own = login_tries.mark(browser or network, users.plain_email(email))
    shared = None if browser else login_tries.mark(network)
    in_turn(engine, lambda connection: login_tries.count(connection, own, shared, now))
    key = users.log_in(engine, email, password, now, known=browser is not None)
    in_turn(engine, lambda connection: login_tries.was_right(connection, own, shared))
    return key


def _door(error: ProblemError | None = None, email: str = "") -> Response:
    return show("masuk.html", error.status if error else 200, email=email, sentence=_sentence(error))


def _account(error: ProblemError | None = None, *, changed: bool = False) -> Response:
    return _show_account("sandi.html", user(), error, changed=changed)


def _show_account(template: str, whose: User, error: ProblemError | None, **values: object) -> Response:
    with reading(backend().engine) as connection:
        place = regions.names_above(connection, whose.region)
    return show(
        template,
        error.status if error else 200,
        user=whose,
        place=place[0] if place else "Indonesia",
        sentence=_sentence(error),
        shortest=users.SHORTEST,
        **values,
    )


def _sentence(error: ProblemError | None) -> str | None:
    return error.text(asked_language()) if error else None


def _landing(found: User) -> str:
    """Where somebody who came in wants to be: at the page that sent them here, else at their own village or at all."""
    wanted = request.args.get("lanjut", "")
    if _is_own_path(wanted):
        return wanted
    if found.role in ("kpm", "village_head"):
        return link("scorecards.village", code=found.region)
    return link("scorecards.home")


def _is_own_path(wanted: str) -> bool:
    """Whether this leads to a page of this server. Browsers read a backslash as a slash, and pass over controls."""
    plain = wanted.isprintable() and "\\" not in wanted and " " not in wanted
    return plain and wanted.startswith("/") and not wanted.startswith("//")


def _network() -> str:
    """The address that a request comes from, as one that may be shared: of IPv6, what a household or office gets.

    Behind a web server on the same machine it is the last one that this server has written down.
    """
    seen = request.remote_addr or ""
    if not seen or ip_address(seen).is_loopback:
        seen = request.headers.get("X-Forwarded-For", seen).rpartition(",")[2].strip()
    try:
        address = ip_address(seen)
    except ValueError:
        return seen
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else seen

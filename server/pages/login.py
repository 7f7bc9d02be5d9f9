"""The door: logging in and out, and a new password."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Blueprint, Response, current_app, redirect, request
from flask.blueprints import BlueprintSetupState
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, ProblemError, problem
from server.accounts import users
from server.accounts.users import User
from server.database.engine import reading
from server.http import sessions
from server.http.access import for_members, public, user
from server.http.context import backend
from server.http.responses import asked_language, link, show
from server.http.sessions import visitor
from server.villages import regions

TOO_MANY_TRIES = Problem(
    "too-many-tries",
    429,
    "Terlalu banyak sandi salah dari jaringan ini. Coba lagi 10 menit lagi.",
    "Too many wrong passwords from this network. Try again in 10 minutes.",
)
NOT_THE_SAME = Problem(
    "not-the-same",
    400,
    "Kedua sandi baru tidak sama. Ketik sandi baru yang sama dua kali.",
    "The two new passwords differ. Type the same new password twice.",
)

# Of one address and in one worker process. A village office, or all of a mobile network, may share an address: only
# wrong tries count, and many enough are allowed. It is here to slow down whoever tries one password on many accounts;
# an account's own lock (server/accounts/users.py) is shared by all processes.
WRONG_TRIES = RateLimitItemPerMinute(30, 10)

pages = Blueprint("login", __name__)


class Tries:
    """Wrong passwords by address, in this process's memory."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def check(self) -> None:
        """Raises ProblemError TOO_MANY_TRIES where this address had its tries."""
        if not self._limiter.test(WRONG_TRIES, _network()):
            raise problem(TOO_MANY_TRIES)

    def note(self) -> None:
        """Counts a wrong one."""
        self._limiter.hit(WRONG_TRIES, _network())


@pages.record
def _remember_tries(state: BlueprintSetupState) -> None:
    state.app.extensions["tries"] = Tries()


@pages.get("/masuk")
@public
def enter() -> AnyResponse:
    found = visitor()
    return redirect(_landing(found)) if found else _door()


@pages.post("/masuk")
@public
def entered() -> AnyResponse:
    tries: Tries = current_app.extensions["tries"]
    email = request.form.get("email", "")
    try:
        tries.check()
        key = users.log_in(backend().engine, email, request.form.get("password", ""), backend().clock())
    except ProblemError as error:
        if error.status == users.WRONG_LOGIN.status:
            tries.note()
        return _door(error, email)
    sessions.begin(key)
    return redirect(_landing(user()), 303)


@pages.get("/keluar")
@for_members
def leave() -> Response:
    return show("keluar.html")


@pages.post("/keluar")
@for_members
def left() -> AnyResponse:
    sessions.end()
    return redirect(link("scorecards.home"), 303)


@pages.get("/sandi")
@for_members
def account() -> Response:
    return _account()


@pages.post("/sandi")
@for_members
def new_password() -> Response:
    """Changes the password. What is wrong with it (NOT_THE_SAME, and those of `change_password`) is said on the
    page."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        if new != request.form.get("again", ""):
            raise problem(NOT_THE_SAME)
        key = users.change_password(backend().engine, user().email, old, new, backend().clock())
    except ProblemError as error:
        return _account(error)
    sessions.begin(key)
    return _account(changed=True)


def _door(error: ProblemError | None = None, email: str = "") -> Response:
    return show("masuk.html", error.status if error else 200, email=email, sentence=_sentence(error))


def _account(error: ProblemError | None = None, *, changed: bool = False) -> Response:
    with reading(backend().engine) as connection:
        place = regions.names_above(connection, user().region)
    return show(
        "sandi.html",
        error.status if error else 200,
        user=user(),
        place=place[0] if place else "Indonesia",
        sentence=_sentence(error),
        changed=changed,
        shortest=users.SHORTEST,
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

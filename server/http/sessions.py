"""Sessions: a signed cookie that holds the key of its user's sessions (server/accounts/users.py), and when it began.

Only who logs in, or opens a form, gets a cookie. A session ends 12 hours after the last page, 7 days after its
beginning, and when its user logs out, for every copy of the cookie (server/accounts/ended_sessions.py); all of a user's
end with a new password. Flask's own signed cookie is all that this takes: Flask-Login would add a cookie to remember
and a check of addresses, which phones change all day, and has had no release since 2023.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Request, current_app, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from server.accounts.users import User

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)


class _CookieSessions(SecureCookieSessionInterface):
    """Flask's own, without getting ready to read a cookie where there is none: phones send none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request's cookie, an empty one where there is no cookie; None, which Flask answers with an
        error, where the server has no secret key."""
        if self.get_cookie_name(app) in request.cookies:
            return super().open_session(app, request)
        return self.session_class()


@dataclass(frozen=True)
class _Sessions:
    find: Callable[[str, str], User | None]
    clock: Callable[[], datetime]
    note_end: Callable[[str, datetime], None]


def keep_sessions(
    app: Flask,
    secret_key: str,
    find: Callable[[str, str], User | None],
    clock: Callable[[], datetime],
    note_end: Callable[[str, datetime], None],
    *,
    https: bool,
) -> None:
    """Lets people stay logged in; `https` where cookies never go unencrypted.

    `find(key, id)` tells whose session this is, `note_end(id, forget_at)` ends it, whoever has its cookie.
    """
    app.secret_key = secret_key
    app.session_interface = _CookieSessions()
    app.permanent_session_lifetime = IDLE
    app.config.update(SESSION_COOKIE_SECURE=https, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    app.extensions["sessions"] = _Sessions(find, clock, note_end)


def begin(session_key: str) -> None:
    """Logs somebody in, in this browser."""
    end()
    session.permanent = True
    session["id"] = secrets.token_urlsafe(16)
    session["key"], session["since"] = session_key, _sessions().clock().timestamp()


def end() -> None:
    """Logs whoever it is out of this browser, and of any that has a copy of its cookie; no form opened before is taken
    any more."""
    if "key" in session:
        _sessions().note_end(_id(), _began() + LONGEST)
    session.clear()
    g.pop("visitor", None)


def visitor() -> User | None:
    """Who is logged in; None where nobody is. Asks the database once a request, and not where there is no cookie."""
    if "visitor" not in g:
        g.visitor = _visitor()
    found: User | None = g.visitor
    return found


def _visitor() -> User | None:
    if "key" not in session:
        return None
    if _sessions().clock() - _began() > LONGEST:
        return None
    return _sessions().find(session["key"], _id())


def _id() -> str:
    """What a session is called where it ends: before they had names, by its beginning."""
    return str(session.get("id", session["since"]))


def _began() -> datetime:
    return datetime.fromtimestamp(session["since"], _sessions().clock().tzinfo)


def _sessions() -> _Sessions:
    found: _Sessions = current_app.extensions["sessions"]
    return found

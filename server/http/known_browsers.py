"""Browsers in which an account was logged in before: a signed cookie says so, for a year.

Whoever tries somebody's password elsewhere can slow down other strangers, but never the account's owner at her own
phone. The cookie opens no door: it only gives its browser tries of its own. Source: OWASP, Slow Down Online Guessing
Attacks with Device Cookies.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

COOKIE = "dikenal"
LASTS = timedelta(days=365)
# Of how many people a browser is known, such as the office's: the latest ones.
MOST_ACCOUNTS = 10


def known_browser(email: str) -> str | None:
    """The id of the request's browser, where that account was logged in with it before; None where it was not."""
    known = _known()
    return str(known["id"]) if _mark(email) in known["accounts"] else None


def remember_browser(response: Response, email: str) -> None:
    """Lets the browser be known from now on."""
    known = _known()
    accounts = [mark for mark in known["accounts"] if mark != _mark(email)]
    kept = {"id": known["id"] or secrets.token_urlsafe(12), "accounts": [*accounts, _mark(email)][-MOST_ACCOUNTS:]}
    response.set_cookie(
        COOKIE,
        str(_signer().dumps(kept)),
        max_age=LASTS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _known() -> dict[str, Any]:
    """What the cookie says: `id`, blank where there is none, and `accounts`."""
    try:
        found: dict[str, Any] = _signer().loads(request.cookies.get(COOKIE, ""), max_age=int(LASTS.total_seconds()))
    except BadData:
        return {"id": "", "accounts": []}
    return found


def _signer() -> URLSafeTimedSerializer:
    if not current_app.secret_key:
        raise RuntimeError("the server has no secret key")
    return URLSafeTimedSerializer(current_app.secret_key, salt="known-browser")


def _mark(email: str) -> str:
    """Who it is, without saying the email: the cookie is signed, not encrypted."""
    return hashlib.sha256(email.encode()).hexdigest()[:16]

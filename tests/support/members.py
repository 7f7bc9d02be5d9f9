"""People who log in, for tests: accounts of every role, their browsers, and forms sent as a browser sends them."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from server.accounts import users
from server.accounts.users import User
from server.database.engine import reading, writing
from tests.support.station import VILLAGE, Station

PASSWORD = "kuda hijau berlari pelan"  # noqa: S105 # of made-up people
# As weak as argon2 can be: tests open many accounts.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def open_account(station: Station, role: str = "kpm", region: str = VILLAGE, email: str = "") -> User:
    """An account with PASSWORD; without `email` the role and region make one."""
    asked = User(email or f"{role}-{region.lower()}@desa.id", f"Nama {role}", role, region)
    with writing(station.engine) as connection:
        return users.add(connection, asked, PASSWORD, station.clock(), QUICK)


def browser_of(station: Station, user: User) -> FlaskClient:
    """A browser in which this user is logged in already."""
    client = station.app.test_client()
    with client.session_transaction() as session:
        session.permanent = True
        session["key"] = session_key(station, user.email)
        session["since"] = station.clock().timestamp()
        session["id"] = secrets.token_urlsafe()
    return client


def member(station: Station, role: str = "kpm", region: str = VILLAGE) -> FlaskClient:
    """A browser in which somebody with this role and region is logged in."""
    return browser_of(station, open_account(station, role, region))


def session_key(station: Station, email: str) -> str:
    """What the cookies of this user's sessions hold."""
    with reading(station.engine) as connection:
        found = connection.execute(users.users.select().where(users.users.c.email == email)).one()
    return str(found.session_key)


def send_form(client: FlaskClient, path: str, page: str = "", **fields: str) -> TestResponse:
    """Opens the page with the form (`page`, or `path` itself), and sends it filled in."""
    return client.post(path, data={"csrf_token": token_of(client.get(page or path)), **fields})


def press(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Opens the page and presses the button of the form on it that holds these fields."""
    forms = [dict(form.fields) for form in html.document_fromstring(client.get(path).text).forms]
    (one,) = (form for form in forms if fields.items() <= form.items())
    return client.post(path, data=one)


def token_of(page: TestResponse) -> str:
    """The hidden field that shows that a form was ours."""
    assert page.status_code == 200, page.status
    return str(html.document_fromstring(page.text).xpath("string(//form//input[@name='csrf_token']/@value)"))


def log_in(client: FlaskClient, email: str, password: str = PASSWORD, query: str = "") -> TestResponse:
    """Through the door, as a person does."""
    return send_form(client, f"/masuk{query}", email=email, password=password)

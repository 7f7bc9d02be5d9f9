"""Many accounts and phones at once: the list to fill in, its mistakes, and the cards to print of what was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from forms.problems import ProblemError
from server.accounts import account_sheet, account_template, invitations
from server.accounts.account_sheet import Made
from server.accounts.users import User
from server.database.engine import reading, writing
from server.desk.workbooks.files import download, told
from server.http.access import allow, user
from server.http.context import backend, own_address
from server.http.responses import asked_language, link, show
from server.phones import collect_settings
from server.villages.region_search import names_of
from templates import qr_codes

pages = Blueprint("desk_bulk", __name__)


@dataclass(frozen=True)
class Card:
    """What somebody gets on paper: the QR code of a phone's settings, or of the link to an account's password, whose
    address is `link`; it is None on a phone's. `place`: their village with its kecamatan."""

    user: User
    place: str
    picture: str
    link: str | None


@pages.get("/admin/akun/daftar")
@allow("admin")
def bulk() -> Response:
    return _page()


@pages.get("/admin/akun/daftar.xlsx")
@allow("admin")
def template() -> Response:
    with reading(backend().engine) as connection:
        content = account_template.template(connection, user().region, asked_language())
    return download(content, "akun-dan-hp.xlsx")


@pages.post("/admin/akun/daftar")
@allow("admin", upload=True)
def upload() -> Response:
    """Checks the list, and makes all of it where nothing is wrong and that was asked for: the cards are the answer,
    as their codes are kept nowhere."""
    file, only_check = request.files.get("berkas"), request.form.get("lakukan") != "buat"
    content = file.read() if file else b""
    try:
        with writing(backend().engine) as connection, connection.begin_nested() as trial:
            made = account_sheet.make(connection, user(), content, backend().clock())
            places = names_of(connection, [one.user.region for one in made])
            if only_check:
                trial.rollback()
    except ProblemError as error:
        return _page(content, error)
    if only_check:
        return _page(checked=made)
    # Drawn when nobody waits for the database any more: a thousand codes take some seconds.
    cards = [_card(one, places[one.user.region]) for one in made]
    expires = (backend().clock() + invitations.LASTS).astimezone(backend().settings.timezone)
    return show("akun_kartu.html", link=link, cards=cards, expires=expires)


def _page(content: bytes = b"", error: ProblemError | None = None, *, checked: Iterable[Made] = ()) -> Response:
    found = list(checked)
    phones = sum(one.is_phone for one in found)
    counts = {"accounts": len(found) - phones, "phones": phones}
    limits = {"most": account_sheet.MOST_ROWS, "days": invitations.LASTS.days}
    status = error.status if error else 200
    return show("akun_daftar.html", status, link=link, mistakes=told(content, error), **limits, **counts)


def _card(made: Made, place: str) -> Card:
    if made.is_phone:
        address = collect_settings.server_url(own_address(), made.token)
        settings = collect_settings.collect_settings(address, made.user.name, place.partition(",")[0])
        return Card(made.user, place, qr_codes.as_svg(collect_settings.encoded(settings)), None)
    address = own_address() + url_for("login.invitation", token=made.token)
    return Card(made.user, place, qr_codes.as_svg(address), address)

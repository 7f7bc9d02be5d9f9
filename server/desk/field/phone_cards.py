"""What is done with phones: a new one and its card to print, replaced, lost, KPM has left; and practice villages.

A token is shown once, on the card that answers the form: it is kept nowhere.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from forms.problems import Problem, problem
from server.accounts import audit_log
from server.database.engine import writing
from server.desk.field.phones import in_words
from server.http.access import allow, user
from server.http.context import backend, own_address
from server.http.responses import link, show
from server.phones import collect_settings, phones
from server.phones.phones import Phone
from server.villages import officers, practice, regions
from templates import qr_codes

NO_PHONE_NAME = Problem(
    "no-phone-name",
    400,
    "Tulis nama KPM atau pemegang HP ini, paling panjang {longest} huruf.",
    "Write the name of the KPM or of whoever has this phone, of at most {longest} characters.",
)
NO_CHOICE = Problem(
    "no-phone-choice",
    400,
    "Pilih apa yang terjadi dengan HP ini.",
    "Choose what happened to this phone.",
)
CLOSED_ALREADY = Problem(
    "phone-closed-already",
    409,
    "HP ini sudah ditutup. Muat ulang halamannya untuk melihat sejak kapan.",
    "This phone is closed already. Load its page again to see since when.",
)
NOT_SURE = Problem(
    "not-sure",
    400,
    "Beri tanda pada “saya yakin”, lalu kirim lagi. Tidak ada yang dihapus.",
    "Tick “I am sure”, then send it again. Nothing was deleted.",
)
BAD_LAST_DAY = Problem(
    "bad-last-day",
    400,
    "{day!r} bukan tanggal. Pilih hari terakhir KPM bertugas.",
    "{day!r} is no date. Choose the last day on which the KPM worked.",
)
NO_DISTRICT = Problem(
    "no-district",
    404,
    "{code} bukan kabupaten di daftar wilayah. Desa latihan dibuat untuk satu kabupaten, misalnya 11.01.",
    "{code} is no kabupaten in the list of regions. A practice village is made for a kabupaten, such as 11.01.",
)

pages = Blueprint("desk_phone_cards", __name__)


@pages.post("/admin/hp/<code>/tambah")
@allow("admin")
def add(code: str) -> Response:
    """Registers a phone; its card. Raises ProblemError NO_PHONE_NAME, UNKNOWN_VILLAGE."""
    name = " ".join(request.form.get("nama", "").split())
    if not 0 < len(name) <= phones.LONGEST_NAME:
        raise problem(NO_PHONE_NAME, longest=phones.LONGEST_NAME)
    with writing(backend().engine) as connection:
        card = _made(connection, phones.add(connection, code, name, backend().clock()), "phone-added")
    return _card(card)


@pages.post("/admin/hp/<code>/<number>/tutup")
@allow("admin")
def close(code: str, number: str) -> AnyResponse:
    """Closes a phone as it was chosen; the card of the new one where it is replaced. Raises ProblemError NO_CHOICE,
    UNKNOWN_PHONE, CLOSED_ALREADY, and those of `officers.end`."""
    why = next((one for one in phones.REASONS if one == request.form.get("apa")), None)
    if why is None:
        raise problem(NO_CHOICE)
    now, card = backend().clock(), None
    with writing(backend().engine) as connection:
        phone = phones.numbered(connection, number, code)
        if phone.revoked_at is not None:
            raise problem(CLOSED_ALREADY)
        if why == "replaced":
            card = _made(connection, phones.replace(connection, phone, now), "phone-replaced")
        else:
            phones.close(connection, phone, why, now)
            _note(connection, "phone-revoked", phone)
        if why == "left" and (term := request.form.get("masa")):
            officers.end(connection, code, term, _last_day(), backend().today)
    if card:
        return _card(card, phone)
    return redirect(link("desk_phones.one_phone", code=code, number=number, sudah="tutup"), 303)


@pages.post("/admin/hp/<code>/<number>/kirim")
@allow("admin")
def let_send(code: str, number: str) -> AnyResponse:
    """Lets a closed phone send what is left on it. Raises ProblemError UNKNOWN_PHONE."""
    with writing(backend().engine) as connection:
        phone = phones.numbered(connection, number, code)
        if phone.revoked_at is not None:
            phones.let_send(connection, phone, backend().clock())
            _note(connection, "phone-lets-send", phone)
    return redirect(link("desk_phones.one_phone", code=code, number=number, sudah="kirim"), 303)


@pages.post("/admin/hp/<code>/latihan")
@allow("admin")
def practise(code: str) -> AnyResponse:
    """Makes the practice village of a kabupaten. Raises ProblemError NO_DISTRICT."""
    with writing(backend().engine) as connection:
        if not regions.is_district(code) or not regions.names_above(connection, code):
            raise problem(NO_DISTRICT, code=code)
        village = regions.add_practice_village(connection, code)
        audit_log.note(connection, user(), "regions-imported", code, village, backend().clock())
    return redirect(link("desk_phones.of_village", code=village), 303)


@pages.post("/admin/hp/<code>/kosongkan")
@allow("admin")
def empty(code: str) -> AnyResponse:
    """Deletes all that was sent in a practice village. Raises ProblemError NOT_SURE, NO_PRACTICE."""
    if not request.form.get("yakin"):
        raise problem(NOT_SURE)
    with writing(backend().engine) as connection:
        count = practice.empty(connection, code)
        audit_log.note(connection, user(), "phones-emptied", code, str(count), backend().clock())
    return redirect(link("desk_phones.of_village", code=code, sudah="kosong"), 303)


@dataclass(frozen=True)
class _Made:
    """A phone that was registered just now, the names of its village and what that lies in, and its token."""

    phone: Phone
    names: Sequence[str]
    token: str


def _made(connection: Connection, token: str, action: str) -> _Made:
    phone = phones.known(connection, token)
    if phone is None:
        raise LookupError("the phone was not added in this transaction")
    _note(connection, action, phone)
    return _Made(phone, regions.village_names(connection, phone.village_id), token)


def _card(made: _Made, before: Phone | None = None) -> Response:
    """The card to print; `before`: the phone that it replaces, None where it replaces none."""
    phone, names = made.phone, made.names
    address = collect_settings.server_url(own_address(), made.token)
    settings = collect_settings.encoded(collect_settings.collect_settings(address, phone.name, names[0]))
    return show(
        "hp_kartu.html",
        code=phone.village_id,
        names=names,
        phone=phone,
        before=before,
        picture=qr_codes.as_svg(settings),
        png=base64.b64encode(qr_codes.as_png(settings)).decode(),
        is_practice=regions.is_practice(phone.village_id),
        days=phones.SENDS_ON.days,
        **in_words(),
    )


def _last_day() -> date:
    """The day that the form says, today without one. Raises ProblemError BAD_LAST_DAY."""
    text = request.form.get("tanggal") or str(backend().today)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise problem(BAD_LAST_DAY, day=text[:20]) from error


def _note(connection: Connection, action: str, phone: Phone) -> None:
    about = f"{phone.name} · {phone.number}"
    audit_log.note(connection, user(), action, phone.village_id, about, backend().clock())

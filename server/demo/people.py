"""The demo district's people: accounts with passwords that nobody could know before, and what they decide on the pages.

They log in and fill in the pages' forms over HTTP, as everybody does, so that who decided and who looked is on record.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine

from forms.periods import Quarter, add_months
from forms.problems import Problem, ProblemError, problem
from forms.simulation.days import months
from forms.simulation.district import first_day
from forms.simulation.places import Village
from server.accounts import users
from server.accounts.users import KNOWN_EMAIL, User
from server.database.engine import reading
from server.entities import decision_log
from server.queries import duplicates, people
from server.villages import officers
from server.villages.officer_terms import Term

NOT_DONE = Problem(
    "demo-page-refused",
    502,
    "Halaman demo {page} menjawab {status}, jadi demo belum lengkap. Ulangi: make demo",
    "The demo's page {page} answered {status}, so the demo is not complete. Run again: make demo",
)
PATIENCE = 60  # seconds
KPM = "Kader Contoh"
HONOR = 500_000  # Rp
TRAININGS = ((20, "Contoh: pelatihan dasar KPM"), (110, "Contoh: pelatihan ukur panjang dan Tikar Pertumbuhan"))


@dataclass(frozen=True)
class Account:
    """Somebody who can log in to the demo."""

    user: User
    password: str


def open_accounts(connection: Connection, villages: Sequence[Village], now: datetime) -> list[Account]:
    """An account for each role, around the first village. A later demo gives the same ones new passwords."""
    village = villages[0].code
    kecamatan = village.rpartition(".")[0]
    kabupaten = kecamatan.rpartition(".")[0]
    wanted = (
        User("kpm@contoh.desa.id", KPM, "kpm", village),
        User("kepala@contoh.desa.id", "Kepala Desa Contoh", "village_head", village),
        User("kecamatan@contoh.desa.id", "Petugas Kecamatan Contoh", "subdistrict", kecamatan),
        User("kabupaten@contoh.desa.id", "Petugas Kabupaten Contoh", "district", kabupaten),
        User("admin@contoh.desa.id", "Admin Contoh", "admin", kabupaten),
    )
    return [_opened(connection, user, now) for user in wanted]


def _opened(connection: Connection, user: User, now: datetime) -> Account:
    account = Account(user, secrets.token_hex(6))
    try:
        users.add(connection, user, account.password, now)
    except ProblemError as error:
        if error.code != KNOWN_EMAIL.code:
            raise
        users.set_password(connection, user.email, account.password)
    return account


class Visitor:
    """Somebody in front of a browser, logged in."""

    def __init__(self, port: int, account: Account) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self._token = ""
        self.open("/masuk")
        self.send("/masuk", {"email": account.user.email, "password": account.password})
        self.open("/sandi")  # a new session takes new forms

    def open(self, page: str) -> str:
        """Looks at a page; its HTML."""
        return self._ask("GET", page, 200)

    def send(self, page: str, fields: Mapping[str, str]) -> None:
        """Sends a form, field name -> text. Raises ProblemError NOT_DONE where it is refused."""
        self._ask("POST", page, 303, urlencode({**fields, "csrf_token": self._token}))

    def _ask(self, method: str, page: str, wanted: int, body: str | None = None) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        # Each time anew: people pause, and the server does not wait for them.
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)) as connection:
            connection.request(method, page, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        if response.status != wanted:
            raise problem(NOT_DONE, page=page, status=response.status)
        # Sent back as it is, also where it is meant for https alone: this stays on this machine.
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if found := re.search(r'name="csrf_token" value="([^"]+)"', text):
            self._token = found[1]
        return text


def work_on_pages(
    engine: Engine, villages: Sequence[Village], accounts: Iterable[Account], port: int, today: date
) -> None:
    """Lets them do what is not done yet: the KPM's record, a look at names, a merge and a move, and the signature
    below the last quarter's report."""
    visitors = {account.user.role: Visitor(port, account) for account in accounts}
    here = f"/desa/{villages[0].code}"
    for role in ("kpm", "village_head"):
        visitors[role].open(f"{here}/tugas")
    _record(engine, villages[0], visitors, here, today)
    _decide(engine, villages, visitors, here, today)
    _sign(visitors["village_head"], f"{here}/{Quarter.of(today).plus(-1)}/tanda-tangan")


def _sign(head: Visitor, page: str) -> None:
    """The report is signed once, with the figures that the page shows."""
    text = head.open(page)
    seen = re.search(r'name="angka" value="(\w+)"', text)
    if seen and "/periksa/" not in text:
        names = {"kepala": "Kepala Desa Contoh", "kpm": KPM}
        head.send(page, {**names, "angka": seen[1], "sudah_diperiksa": "ya"})


def _record(engine: Engine, village: Village, visitors: Mapping[str, Visitor], here: str, today: date) -> None:
    """A term of office: elected before the year that the demo shows, paid for every month of it."""
    head, begins = visitors["village_head"], first_day(today)
    elected = begins - timedelta(days=30)
    term = _term(engine, village)
    if term is None:
        head.send(f"{here}/kpm/baru", {"nama": KPM, "tanggal": str(elected)})
        term = _term(engine, village)
    if term is None:
        raise problem(NOT_DONE, page=f"{here}/kpm", status=200)
    page = f"{here}/kpm/{term.id}"
    if not term.approved_on:
        head.send(f"{page}/persetujuan", {"tanggal": str(elected + timedelta(days=7))})
    if not term.contract_on:
        contract = {"nomor": f"Contoh/01/{begins.year}", "tanggal": str(elected + timedelta(days=14))}
        visitors["subdistrict"].send(f"{page}/kontrak", contract)
    for days, training in TRAININGS[len(term.trainings) :]:
        head.send(f"{page}/pelatihan", {"pelatihan": training, "tanggal": str(elected + timedelta(days=days))})
    paid = {honor.day for honor in term.honors}
    for month in months(begins, add_months(today.replace(day=1), -1)):
        if month not in paid:
            head.send(f"{page}/honor", {"bulan": f"{month:%Y-%m}", "jumlah": str(HONOR)})


def _term(engine: Engine, village: Village) -> Term | None:
    with reading(engine) as connection:
        return next(iter(officers.terms(connection, village.code)), None)


def _decide(
    engine: Engine, villages: Sequence[Village], visitors: Mapping[str, Visitor], here: str, today: date
) -> None:
    """One pair is merged, another one stays to be decided; a family moves to the next village."""
    code, to = villages[0].code, villages[1].code
    with reading(engine) as connection:
        done = {one.kind for one in decision_log.read(connection, code)}
        pairs = duplicates.duplicate_pairs(connection, code, today)
        everybody = people.people(connection, code, today)
    if pairs and "merge" not in done:
        kept, other = pairs[0].kept.id, pairs[0].other.id
        visitors["village_head"].send(f"{here}/gabung", {"a": kept, "b": other, "tetap": kept})
    alike = {id_ for pair in pairs for id_ in (pair.kept.id, pair.other.id)}
    # Whatever went wrong befell those who were visited today: who moves is none of them.
    calm = [one for one in everybody if one.list == "anak" and one.visited_on and one.visited_on < today]
    child = next((one for one in calm if one.state == "aktif" and one.id not in alike), None)
    if child and "move" not in done:
        move = {"ke": to, "dusun": villages[1].dusun[0], "tanggal": str(today), "siapa": "serumah"}
        visitors["admin"].send(f"{here}/sasaran/{child.id}/pindah", move)

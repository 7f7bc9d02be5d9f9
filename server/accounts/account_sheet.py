"""Many accounts and phones at once, from a list in Excel (account_template.py): what a filled one asks for.

Every row is tried in one transaction, by the same rules as on the pages. Where anything is wrong, all of it is told,
each with its cell, and nothing is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from forms.problems import Finding, Problem, ProblemError
from forms.xlsform.workbook import Cell, Row, read_workbook
from server.accounts import audit_log, managing, users
from server.accounts.account_template import COLUMNS, SHEET, YES
from server.accounts.managing import ROLE_WORDS
from server.accounts.users import User
from server.database.tables import phones as phones_table
from server.phones import phones
from server.villages.region_search import codes_of, the_one
from server.villages.regions import is_village_code

TOO_MANY_ROWS = Problem(
    "too-many-accounts",
    400,
    "Daftar ini punya {count} baris. Bagi menjadi beberapa daftar, masing-masing paling banyak {most} baris.",
    "This list has {count} rows. Part it into several lists of at most {most} rows each.",
)
NO_ROWS = Problem(
    "no-accounts",
    400,
    "Daftar ini belum berisi. Tulis satu orang di setiap baris, mulai baris 2.",
    "This list holds nobody yet. Write one person in each row, from row 2 on.",
)
NO_EMAIL = Problem(
    "account-without-email",
    400,
    "Isi email untuk akun ini; atau kosongkan perannya, bila orang ini hanya perlu HP.",
    "Fill in the email for this account; or clear the role, where this person only needs a phone.",
)
UNKNOWN_ROLE = Problem(
    "unknown-role",
    400,
    "Pilih salah satu dari daftarnya: {known}. Kosongkan bila tidak perlu akun.",
    "Choose one of its list: {known}. Leave it blank where no account is needed.",
)
NOT_YES = Problem("phone-not-yes", 400, "Tulis ya, atau kosongkan.", "Write ya, or leave it blank.")
NOTHING_WANTED = Problem(
    "nothing-wanted",
    400,
    "Baris ini tidak meminta apa pun. Pilih peran untuk akun, atau tulis ya di kolom hp.",
    "This row asks for nothing. Choose a role for an account, or write ya in the column hp.",
)
NO_VILLAGE = Problem(
    "phone-without-village",
    400,
    "HP mengirim untuk satu desa: pilih desanya, bukan kecamatan atau kabupaten.",
    "A phone sends for one village: choose the village, not a kecamatan or kabupaten.",
)
SAME_EMAIL = Problem(
    "same-email",
    400,
    "Email ini sudah ada di {other}. Setiap akun perlu email sendiri.",
    "This email stands in {other} already. Each account needs an email of its own.",
)
HAS_PHONE = Problem(
    "has-phone",
    409,
    "Sudah ada HP bernama {name} di desa ini. Kosongkan kolom hp, atau beri nama yang membedakan, misalnya {name} 2.",
    "There is a phone called {name} in this village already. Clear the column hp, or tell them apart by the name, such "
    "as {name} 2.",
)

MOST_ROWS = 500


# The column that a problem of the rules for accounts speaks of.
_COLUMN_OF = {
    **dict.fromkeys(("bad-email", "known-email", "has-account", "account-elsewhere", "same-email"), "email"),
    **dict.fromkeys(("wrong-level", "unknown-region", "outside-own-region"), "wilayah"),
    "no-name": "nama",
}


@dataclass(frozen=True)
class Made:
    """What was made of a row: an account with its link's token, or a phone with its own. `user` is who it is for; a
    phone's has no email."""

    user: User
    token: str
    is_phone: bool


def make(connection: Connection, by: User, content: bytes, now: datetime) -> list[Made]:
    """Opens the accounts and registers the phones that a filled in workbook asks for, in its order.

    Raises ProblemError with all that is wrong, each with its cell and what it holds (`text` of its details); then the
    transaction has to be undone. It may be TOO_MANY_ROWS, NO_ROWS, UNKNOWN_ROLE, NO_EMAIL, NOT_YES, NOTHING_WANTED,
    NO_VILLAGE, SAME_EMAIL, HAS_PHONE, those of `managing.invite`, of a place that is not found, and of a workbook that
    cannot be read.
    """
    rows = _rows(content)
    places = codes_of(connection, by.region, (row.text("wilayah") for row in rows))
    villages = {code for codes in places.values() for code in codes}
    trial = _Trial(connection, by, now, places, _phones_of(connection, villages))
    made = [one for row in rows for one in trial.made_of(row)]
    if trial.findings:
        raise ProblemError(trial.findings)
    return made


def _rows(content: bytes) -> Sequence[Row]:
    sheet = read_workbook(content).sheet(SHEET)
    names = [one.name for one in COLUMNS]
    if findings := [*sheet.missing_columns(names), *sheet.unknown_columns(names)]:
        raise ProblemError(findings)
    if not sheet.rows:
        raise ProblemError(Finding(NO_ROWS, f"{SHEET}!A2"))
    if len(sheet.rows) > MOST_ROWS:
        details = {"count": str(len(sheet.rows)), "most": str(MOST_ROWS)}
        raise ProblemError(Finding(TOO_MANY_ROWS, f"{SHEET}!A{MOST_ROWS + 2}", details))
    return sheet.rows


def _phones_of(connection: Connection, villages: Iterable[str]) -> set[tuple[str, str]]:
    """Village and name of each phone there that may send."""
    here = (phones_table.c.village_id.in_(sorted(villages))) & phones_table.c.revoked_at.is_(None)
    rows = connection.execute(select(phones_table.c.village_id, phones_table.c.name).where(here))
    return {(row.village_id, row.name) for row in rows}


@dataclass
class _Trial:
    """One go through the list: what is wrong so far, and what stands in it already."""

    connection: Connection
    by: User
    now: datetime
    places: dict[str, list[str]]
    phones: set[tuple[str, str]]
    emails: dict[str, Cell] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def made_of(self, row: Row) -> Iterator[Made]:
        """What the row asks for, as far as nothing is wrong with it."""
        wrong = len(self.findings)
        role, phone = self._role(row), self._phone(row)
        code = self._code(row, role)
        if not row.text("nama"):
            self._refuse(managing.NO_NAME, row.cell("nama"))
        if role and not row.text("email"):
            self._refuse(NO_EMAIL, row.cell("email"))
        if not row.cell("peran") and not row.cell("hp"):
            self._refuse(NOTHING_WANTED, row.cell("peran"))
        if phone and code and not is_village_code(code):
            self._refuse(NO_VILLAGE, row.cell("wilayah"))
        user = User(row.text("email"), row.text("nama"), role, code)
        if len(self.findings) > wrong:
            self._look_on(row, user, phone)
            return
        if role:
            yield from self._account(row, user)
        if phone:
            yield from self._registered(row, user)

    def _look_on(self, row: Row, user: User, phone: bool) -> None:
        """Tells what else is wrong with a row that is refused already."""
        if row.cell("peran") and user.email and self._is_first(row):
            self._tell_account(row, user)
        if phone and user.name and user.region:
            self._is_new(row, user)

    def _role(self, row: Row) -> str:
        """The role's code; blank where none is asked for, or it is none."""
        cell = row.cell("peran")
        known = {word.lower(): role for word, role in ROLE_WORDS.items()}
        role = known.get(cell.value.lower(), "")
        if cell and not role:
            self._refuse(UNKNOWN_ROLE, cell, known=", ".join(ROLE_WORDS))
        return role

    def _phone(self, row: Row) -> bool:
        cell = row.cell("hp")
        wanted = cell.value.lower() == YES
        if cell and not wanted:
            self._refuse(NOT_YES, cell)
        return wanted

    def _code(self, row: Row, role: str) -> str:
        """The place's code; blank where it is not known which is meant. Of namesakes the one that fits the row."""
        cell = row.cell("wilayah")
        codes = self.places[cell.value]
        fitting = [code for code in codes if (users.fits(role, code) if role else is_village_code(code))]
        try:
            return the_one(cell.value, fitting or codes)
        except ProblemError as error:
            self._collect(error, cell)
            return ""

    def _account(self, row: Row, user: User) -> Iterator[Made]:
        if not self._is_first(row):
            return
        try:
            kept, token = managing.invite(self.connection, self.by, user, self.now)
        except ProblemError as error:
            if not self._tell_account(row, user):
                self._collect(error, row.cell(_COLUMN_OF.get(error.code, "nama")))
            return
        yield Made(kept, token, is_phone=False)

    def _is_first(self, row: Row) -> bool:
        """Whether the row's email stands in none above."""
        cell = row.cell("email")
        first = self.emails.setdefault(users.plain_email(cell.value), cell)
        if first != cell:
            self._refuse(SAME_EMAIL, cell, other=first.where)
        return first == cell

    def _tell_account(self, row: Row, user: User) -> bool:
        """Tells all that is in the way of the account: its email, and its place; whether anything was told."""
        before = len(self.findings)
        try:
            managing.require_free(self.connection, self.by, user.email)
        except ProblemError as error:
            self._collect(error, row.cell("email"))
        try:
            if user.role and user.region:
                users.check_region(self.connection, user)
        except ProblemError as error:
            self._collect(error, row.cell("wilayah"))
        return len(self.findings) > before

    def _is_new(self, row: Row, user: User) -> bool:
        """Whether no phone of that name sends for the village."""
        known = (user.region, user.name) in self.phones
        if known:
            self._refuse(HAS_PHONE, row.cell("hp"), name=user.name)
        return not known

    def _registered(self, row: Row, user: User) -> Iterator[Made]:
        if not self._is_new(row, user):
            return
        self.phones.add((user.region, user.name))
        token = phones.add(self.connection, user.region, user.name, self.now)
        audit_log.note(self.connection, self.by, "phone-added", user.region, user.name, self.now)
        yield Made(replace(user, email=""), token, is_phone=True)

    def _refuse(self, kind: Problem, cell: Cell, **details: str) -> None:
        self.findings.append(Finding(kind, cell.where, {**details, "text": cell.value[:80]}))

    def _collect(self, error: ProblemError, cell: Cell) -> None:
        for finding in error.findings:
            self._refuse(finding.problem, cell, **finding.details)

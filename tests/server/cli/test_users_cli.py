"""`kpm users` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2.exceptions import VerificationError
from click.testing import CliRunner, Result

from forms.problems import ProblemError
from server.accounts import users
from server.cli.main import main
from server.database.engine import open_engine, reading
from tests.support.members import PASSWORD
from tests.support.station import START, VILLAGE, prepared, table_rows

EMAIL = "ani@desa.id"


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/uji.db"
    prepared(url)
    return url


def kpm(database: str, *words: str, typed: str = f"{PASSWORD}\n", language: str = "id") -> Result:
    return CliRunner().invoke(main, ["--database", database, *words], input=typed, env={"LOCALE": language})


def add(database: str, *words: str, language: str = "id") -> Result:
    return kpm(database, "users", "add", *words, "--password-stdin", language=language)


def gets_in(database: str, password: str) -> bool:
    engine = open_engine(database)
    (row,) = table_rows(engine, "users", email=EMAIL)
    engine.dispose()
    try:
        return users.HASHER.verify(row["password_hash"], password)
    except VerificationError:
        return False


@pytest.mark.parametrize(
    ("role", "region"),
    [
        ("kpm", VILLAGE),
        ("village_head", VILLAGE),
        ("subdistrict", "11.01.01"),
        ("district", "11.01"),
        ("admin", "ID"),
        ("admin", "11"),
        ("admin", VILLAGE),
    ],
)
def test_add__every_role_at_its_level(database: str, role: str, region: str) -> None:
    added = add(database, EMAIL, "--role", role, "--region", region, "--name", "Bu Ani")
    assert added.exit_code == 0, added.output
    assert f"{EMAIL}  {role}  {region}: akun dibuka / account opened" in added.output
    assert f"{region}  {role}  {EMAIL}  Bu Ani" in kpm(database, "users", "list").output
    assert gets_in(database, PASSWORD)


@pytest.mark.parametrize(
    ("email", "role", "region", "indonesian", "english"),
    [
        (EMAIL, "kpm", "11.01", "Peran KPM memerlukan kode desa", "needs the code of a village"),
        (EMAIL, "village_head", "ID", "memerlukan kode desa", "needs the code of a village"),
        (EMAIL, "subdistrict", VILLAGE, "memerlukan kode kecamatan", "needs the code of a kecamatan"),
        (
            EMAIL,
            "district",
            "11.01.01",
            "memerlukan kode kabupaten",
            "needs the code of a kabupaten or a province, or ID",
        ),
        (EMAIL, "admin", f"{VILLAGE}.01", "memerlukan kode wilayah sampai desa", "a region down to a village, or ID"),
        (EMAIL, "kpm", "11.01.01.2009", "Tidak ada wilayah berkode 11.01.01.2009", "no region with the code"),
        ("ani", "kpm", VILLAGE, "'ani' bukan alamat email", "'ani' is no email address"),
        ("a ni@desa.id", "kpm", VILLAGE, "bukan alamat email", "is no email address"),
        ("@desa.id", "kpm", VILLAGE, "bukan alamat email", "is no email address"),
    ],
)
def test_add__refused_with_a_sentence(
    database: str, email: str, role: str, region: str, indonesian: str, english: str
) -> None:
    for language, sentence in (("id", indonesian), ("en", english)):
        refused = add(database, email, "--role", role, "--region", region, language=language)
        assert refused.exit_code == 1
        assert sentence in refused.output
    assert "@" not in kpm(database, "users", "list").output


def test_add__the_same_email_twice_is_refused(database: str) -> None:
    add(database, EMAIL, "--role", "kpm", "--region", VILLAGE)
    refused = add(database, "ANI@desa.id", "--role", "admin", "--region", "ID", language="en")
    assert refused.exit_code == 1
    assert "kpm users close ani@desa.id" in refused.output


def test_add__an_unknown_role_is_wrong_usage(database: str) -> None:
    assert add(database, EMAIL, "--role", "camat", "--region", "11.01.01").exit_code == 2


def test_add__asks_twice_for_the_password_and_does_not_show_it(database: str) -> None:
    typed = f"{PASSWORD}\nlain lain lain\n{PASSWORD}\n{PASSWORD}\n"
    added = kpm(database, "users", "add", EMAIL, "--role", "kpm", "--region", VILLAGE, typed=typed)
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    assert gets_in(database, PASSWORD)


def test_add__a_weak_password_is_refused(database: str) -> None:
    words = ("users", "add", EMAIL, "--role", "kpm", "--region", VILLAGE, "--password-stdin")
    refused = kpm(database, *words, typed="pendek\n")
    assert refused.exit_code == 1
    assert "10 sampai 200 huruf" in refused.output


def test_password__gives_a_new_one(database: str) -> None:
    add(database, EMAIL, "--role", "kpm", "--region", VILLAGE)
    changed = kpm(database, "users", "password", EMAIL, "--password-stdin", typed="gajah biru menari\n")
    assert changed.exit_code == 0, changed.output
    assert gets_in(database, "gajah biru menari")
    unknown = kpm(database, "users", "password", "tak@ada.id", "--password-stdin")
    assert (unknown.exit_code, "kpm users list" in unknown.output) == (1, True)


def test_close__is_said_in_the_list(database: str) -> None:
    add(database, EMAIL, "--role", "kpm", "--region", VILLAGE)
    closed = kpm(database, "users", "close", EMAIL)
    assert closed.exit_code == 0, closed.output
    assert "ditutup / closed" in kpm(database, "users", "list").output
    assert kpm(database, "users", "close", EMAIL).exit_code == 1


def test_list__says_until_when_an_account_is_locked(database: str) -> None:
    add(database, EMAIL, "--role", "kpm", "--region", VILLAGE)
    assert "terkunci" not in kpm(database, "users", "list").output
    engine = open_engine(database)
    with reading(engine) as connection:
        assert users.all_accounts(connection)[0].locked_until is None
    for _ in range(users.LOCK_AFTER):
        with pytest.raises(ProblemError):
            users.log_in(engine, EMAIL, "salah salah salah", START.replace(year=2999))
    engine.dispose()
    assert "terkunci sampai / locked until 09:45" in kpm(database, "users", "list").output

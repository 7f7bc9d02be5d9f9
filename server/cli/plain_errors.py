"""How commands fail: with a sentence, and never with a traceback."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from forms.problems import Language, Problem, ProblemError, problem
from server.accounts.users import KNOWN_EMAIL, UNKNOWN_REGION, UNKNOWN_USER
from server.phones.phones import UNKNOWN_PHONE
from server.submissions.inbox import VILLAGE_IN_REPAIR
from server.villages.regions import UNKNOWN_VILLAGE

DATABASE_PROBLEM = Problem(
    "database-trouble",
    503,
    "Basis data tidak dapat dipakai ({reason}). Periksa DATABASE_URL.",
    "The database cannot be used ({reason}). Check DATABASE_URL.",
)
FILE_PROBLEM = Problem(
    "file-trouble",
    500,
    "{path} tidak dapat dibaca atau ditulis ({reason}). Periksa nama, folder dan izinnya.",
    "{path} cannot be read or written ({reason}). Check its name, folder and permissions.",
)
NO_TEXT = Problem(
    "no-text",
    400,
    "Yang ditulis memuat huruf yang tidak dapat dibaca. Pakai huruf UTF-8, seperti yang diketik biasa.",
    "What was written holds characters that cannot be read. Use UTF-8, as what is typed is.",
)
UNFORESEEN = Problem(
    "unforeseen",
    500,
    "Perintah ini gagal karena galat di program ini ({reason}). Rinciannya ada di {path}: kirimkan kepada pembuatnya.",
    "This command failed by a fault of this program ({reason}). The details are in {path}: send them to its makers.",
)
# What whoever has a shell does about problems that tell people of pages.
COMMANDS = {
    KNOWN_EMAIL: "kpm users close {email}",
    UNKNOWN_USER: "kpm users list",
    UNKNOWN_REGION: "kpm regions import FILE.csv",
    UNKNOWN_VILLAGE: "kpm regions import FILE.csv",
    UNKNOWN_PHONE: "kpm phones list",
    VILLAGE_IN_REPAIR: "kpm status",
}


class PlainErrors(click.Group):
    """Says what is wrong in a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        with _plain():
            return super().invoke(ctx)


@contextmanager
def _plain() -> Iterator[None]:
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        raise click.ClickException(_told(_problem(error))) from error


def _told(error: ProblemError) -> str:
    """The sentence, with the command that mends it where there is one."""
    found = (COMMANDS[one.problem].format(**one.details) for one in error.findings if one.problem in COMMANDS)
    return "\n".join([error.text(language()), *dict.fromkeys(found)])


def _problem(error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case SQLAlchemyError():
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            return problem(DATABASE_PROBLEM, reason=reason)
        case UnicodeError():
            return problem(NO_TEXT)
        case OSError():
            return problem(FILE_PROBLEM, path=error.filename or "?", reason=error.strerror or type(error).__name__)
    return problem(UNFORESEEN, reason=type(error).__name__, path=_kept(error))


def _kept(error: Exception) -> Path:
    """Where the details are now."""
    with tempfile.NamedTemporaryFile("w", prefix="kpm-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return Path(file.name)


def language() -> Language:
    """What commands speak: the setting LOCALE."""
    return "en" if os.environ.get("LOCALE") == "en" else "id"

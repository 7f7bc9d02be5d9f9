"""Whose fault a failure is, and what a log may say of it.

A database tells the whole row that it did not take, and rows name people.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as SATimeoutError


def failure_name(error: BaseException) -> str:
    """What failed, in a few words that name nobody."""
    return database_error(error) or type(error).__name__


def database_error(error: BaseException) -> str | None:
    """The class and code of the database's error behind this one; None where there is none."""
    for one in _behind(error):
        if isinstance(one, DBAPIError):
            code = getattr(one.orig, "sqlstate", None) or getattr(one.orig, "sqlite_errorname", None) or ""
            return f"{type(one.orig).__name__} {code}".strip()
    return None


# Classes of PostgreSQL's codes that speak of the server and not of what it was given: connections, a transaction that
# waits for another one, resources, a lock that others hold, an operator's hand, the disk.
_SERVER_CODES = ("08", "25", "40", "53", "55P03", "57", "58")
# Those of them that speak of the rows of one village: others held them, or somebody ended what took too long there.
_VILLAGE_CODES = ("40", "55P03", "57014")
_FILE_CODES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


def is_of_the_server(error: BaseException) -> bool:
    """Whether the failure has nothing to do with what was being written: trying again later can do."""
    if isinstance(error, OSError | MemoryError | SATimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    name = getattr(error.orig, "sqlite_errorname", None) or ""
    if name:
        return name.startswith(_FILE_CODES)
    if code is None:  # the driver's own: it has lost the server, or cannot send such a value
        return error.connection_invalidated or isinstance(error, OperationalError)
    return error.connection_invalidated or code.startswith(_SERVER_CODES)


def concerns_one_village(error: BaseException) -> bool:
    """Whether what is the server's fault has to do with the rows in question, so that others can be worked on. On
    SQLite, which has one lock for all, nothing has."""
    code = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return (code or "").startswith(_VILLAGE_CODES)


def is_locked_out(error: BaseException | None) -> bool:
    """Whether it is only that somebody else held a lock for too long."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or ""
    return code.startswith(("55P03", "SQLITE_BUSY", "SQLITE_LOCKED"))


def without_rows(record: logging.LogRecord) -> bool:
    """A logger's filter: of a failure with a database's error behind it, its class, its code and where it was."""
    error = record.exc_info[1] if record.exc_info else None
    said = database_error(error) if error else None
    if error and said:
        places = "".join(traceback.format_tb(error.__traceback__))
        record.exc_info, record.exc_text = None, f"{places}{type(error).__name__}: {said}"
    return True


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it."""
    found: list[BaseException] = []
    ahead: list[BaseException | None] = [error]
    while ahead:
        one = ahead.pop()
        if one is not None and one not in found:
            found.append(one)
            ahead += [one.__cause__, one.__context__]
            yield one

"""Statements, routes and forms are compiled, and the schemas of forms read, once a process, for all databases of a kind
and all servers of the tests; and a password is weighed once for each account that a test opens with it.

SQLAlchemy keeps what it has compiled with the engine, and finds it again for that engine's dialect alone; Werkzeug
reads each route and makes functions of it that build its address, for each application anew. That is right for a
server, which has one of each; here compiling would take longer than running the tests. A workbook that is published in
one database after another is the same form each time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import zxcvbn
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from forms.schema import FormSchema
from forms.xlsform import compiler
from forms.xlsform.compiler import Attempt
from server.publications import plans

_compiled: LRUCache[Any, Any] = LRUCache(4000)
# What Werkzeug makes of a route's address, by the names under which the route has it; `_build` and `_build_unknown` are
# given the route, whose converters they ask.
_routes: dict[object, dict[str, Any]] = {}
_READ, _BUILDERS = ("_parts", "_trace", "_converters", "arguments"), ("_build", "_build_unknown")


class _OneForAll:
    """A dialect that is the same as every other one of its class."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_compiled)


class Sqlite(_OneForAll, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class Postgresql(_OneForAll, PGDialect_psycopg):
    supports_statement_cache = True


class SharedRule(Rule):
    """A route that is read as the same route of other applications was."""

    def compile(self) -> None:
        if self.defaults:  # they are written into the functions
            super().compile()
            return
        key = self.rule, self.subdomain, self.merge_slashes
        if key not in _routes:
            super().compile()
            made = {name: getattr(self, name) for name in _READ}
            _routes[key] = made | {name: getattr(self, name).__func__ for name in _BUILDERS}
        for name, value in _routes[key].items():
            setattr(self, name, value.__get__(self) if name in _BUILDERS else value)


_weigh = zxcvbn.zxcvbn


@cache
def _weighed(password: str, known: tuple[str, ...]) -> dict[str, Any]:
    return _weigh(password, user_inputs=known)


def _weigh_once(password: str, user_inputs: Iterable[str]) -> dict[str, Any]:
    return _weighed(password, tuple(user_inputs))


_attempt = compiler.attempt


@lru_cache(maxsize=100)
def _attempted(content: bytes, validate: bool, _java: str | None) -> Attempt:
    return _attempt(content, validate=validate)


def _attempt_once(content: bytes, *, validate: bool = False) -> Attempt:
    return _attempted(content, validate, shutil.which("java"))


_read_schema = FormSchema.from_json


@lru_cache(maxsize=1000)
def _schema_of(written: str) -> FormSchema:
    return _read_schema(json.loads(written))


def _read_schema_once(data: dict[str, Any]) -> FormSchema:
    """What is read is never changed: many servers may have the same."""
    return _schema_of(json.dumps(data))


def share_compiled() -> None:
    """From now on all engines and applications of this process share what they compile."""
    Flask.url_rule_class = SharedRule
    zxcvbn.zxcvbn = _weigh_once
    for asks in (compiler, plans):
        asks.attempt = _attempt_once
    FormSchema.from_json = _read_schema_once  # type: ignore[method-assign, assignment]
    registry.register("sqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.psycopg", __name__, Postgresql.__name__)

"""A page on which the browser fills in a form: all that the form engine needs of it is in the page itself."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response
from markupsafe import Markup
from sqlalchemy import Connection

from forms.problems import problem
from forms.schema import FormSchema, media_file
from server.entry import assets
from server.entry.for_browser import for_browser
from server.http.context import backend
from server.http.responses import csrf_token, show
from server.publications import entity_list_columns, form_versions
from server.submissions.interpret import UNKNOWN_VERSION

# What the engine takes for a table or a map: it goes by the type.
_TYPES = {".csv": "text/csv", ".xml": "text/xml", ".geojson": "application/geo+json"}

# The content of an entity list, made of its name and properties.
ListMaker = Callable[[str, tuple[str, ...]], bytes]


@dataclass(frozen=True)
class Correction:
    """What is opened again: the answers as they were received, the addresses of their files by name, and the texts that
    stand in them, among which are the ids that were chosen from lists."""

    xml: bytes
    files: Mapping[str, str]
    texts: frozenset[str]


@dataclass(frozen=True)
class Filling:
    """What the engine is given: the XForm with its title, and its files and lists by name.

    `send` and `done` are the addresses that take the answers, and that the browser goes to then; both are None where
    nothing is sent. `device` and `username` are what the form may ask of the phone. `correction` is None for a new one.
    """

    title: str
    xml: bytes
    files: Mapping[str, bytes]
    send: str | None = None
    done: str | None = None
    device: str = ""
    username: str = ""
    correction: Correction | None = None


def fill_page(template: str, filling: Filling, **values: Any) -> Response:
    """The page, with a policy of its own that lets the engine run. Raises ProblemError NO_ENGINE."""
    scripts = {"map": Markup(assets.import_map()), "script": assets.address(assets.OWN_SCRIPT)}  # noqa: S704 # ours
    response = show(template, given=_given(filling), token=csrf_token(), scripts=scripts, form=filling, **values)
    response.headers["Content-Security-Policy"] = assets.policy()
    return response


def _given(filling: Filling) -> dict[str, Any]:
    """The same as isi.js reads it."""
    opened = filling.correction
    chosen = opened.texts & _listed(filling.files) if opened else ()
    return {
        "xml": for_browser(filling.xml, chosen),
        "files": {name: _file(name, content) for name, content in filling.files.items()},
        "send": filling.send,
        "done": filling.done,
        "device": filling.device,
        "username": filling.username,
        "correction": opened and {"xml": opened.xml.decode("utf-8", "replace"), "files": dict(opened.files)},
    }


def _listed(files: Mapping[str, bytes]) -> set[str]:
    """The ids on the lists: what stands first in each line."""
    lines = (line for name, content in files.items() if name.endswith(".csv") for line in content.splitlines())
    return {line.partition(b",")[0].decode("utf-8", "replace") for line in lines}


def _file(name: str, content: bytes) -> dict[str, str]:
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix in _TYPES:
        return {"type": _TYPES[suffix], "text": content.decode("utf-8", "replace")}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {"type": kind, "base64": base64.b64encode(content).decode()}


def published(connection: Connection, form_id: str, version: str, make: ListMaker) -> Filling:
    """A version that was published, filled in for nobody yet. Raises ProblemError UNKNOWN_VERSION."""
    known, xml = (
        backend().cache.find(connection, form_id, version),
        form_versions.form_xml(connection, form_id, version),
    )
    if known is None or xml is None:
        raise problem(UNKNOWN_VERSION, form_id=form_id, version=version)
    files = files_of(connection, known.schema, form_versions.all_media(connection, form_id, version), make)
    return Filling(known.schema.title, xml, files)


def files_of(
    connection: Connection, schema: FormSchema, media: Mapping[str, bytes], make: ListMaker
) -> dict[str, bytes]:
    """What a form reads: its own files, and the lists that published forms or it itself write."""
    written = entity_list_columns.lists_written([*backend().cache.schemas(connection), schema])
    found = {}
    for name in schema.reads:
        file = media_file(name)
        if file in media:  # its own file stays, though another form may write a list of that name since
            found[file] = media[file]
        elif name in written:
            found[file] = make(name, written[name])
    return found

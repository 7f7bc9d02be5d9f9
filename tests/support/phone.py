"""A health worker's phone for the tests: ODK Collect's manners on the line, and JavaRosa to fill the forms."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from tests.support.form_engine import Answers, Engine, Entry, Filled
from tests.support.phone_http import Http, ServerError, Traffic, message_of, multipart
from tests.support.phone_lists import EntityList, form_entities

DEFAULT_CONTENT_LENGTH = 10_000_000  # bytes in one POST where the server does not say, as in Collect
MOST_FILES = 100  # in one POST
_EDITABLE = etree.XPath("//*[local-name()='submission']/@*[local-name()='client-editable'] = 'true'")


class NotEditableError(Exception):
    """The phone shows no pencil on the finished form."""


@dataclass(frozen=True)
class Form:
    """A form on the phone. `media`: md5 of each file in its media folder, by name."""

    form_id: str
    name: str
    version: str
    hash: str
    xml: bytes
    folder: Path
    media: dict[str, str]


@dataclass(frozen=True)
class _Media:
    name: str
    hash: str
    url: str
    is_list: bool
    integrity_url: str


@dataclass
class Phone:
    """One phone, set up by the QR code's `server_url` and set to "exactly match server".

    `outbox` holds finalized forms until they are sent; `sent` those that the server has acknowledged.
    """

    server_url: str
    folder: Path
    engine: Engine
    device_id: str = "collect:jh27xyA9mdkQ3s0b"
    username: str = ""
    forms: dict[str, Form] = field(default_factory=dict)
    lists: dict[str, EntityList] = field(default_factory=dict)
    outbox: list[Filled] = field(default_factory=list)
    sent: list[Filled] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = Http(self.device_id)

    @property
    def traffic(self) -> Traffic:
        """What went over the line so far; `copy()` it before and ask for the difference with `since()`."""
        return self.http.traffic

    def sync(self) -> None:
        """Fetches new and changed forms, media and lists; removes forms that the server no longer lists."""
        listed = set()
        for item in self._form_list():
            form_id, manifest_url = _text(item, "formID"), _text(item, "manifestUrl")
            listed.add(form_id)
            media = self._manifest(manifest_url) if manifest_url else []
            form = self.forms.get(form_id)
            hashes = set(form.media.values()) if form else set()
            if not form or form.hash != _text(item, "hash") or any(one.hash not in hashes for one in media):
                self._download(item, media)
        for gone in self.forms.keys() - listed:
            shutil.rmtree(self.forms.pop(gone).folder)

    def open(self, form_id: str, *, today: date | None = None, saved: Filled | None = None) -> Entry:
        """Begins to fill a form, offline, or to edit one that was `saved`; `today` stands for the phone's clock."""
        form = self.forms[form_id]
        if saved and not _EDITABLE(etree.fromstring(form.xml)):
            raise NotEditableError(f"no pencil: the form {form_id} is not client-editable")
        for name, entities in self.lists.items():
            (form.folder / "media" / f"{name}.csv").write_text(entities.as_csv())
        device = {"deviceid": self.device_id, "username": self.username}
        path, media = form.folder / "form.xml", form.folder / "media"
        return self.engine.open(path, media, today=today, device=device, saved=saved)

    def finish(self, form_id: str, entry: Entry) -> Filled:
        """Finalizes: the entities change on the phone at once, and the form waits in the outbox."""
        return self._keep(form_id, entry.finalize())

    def fill(self, form_id: str, answers: Answers, *, today: date | None = None, skip_unasked: bool = False) -> Filled:
        """Opens, answers in order and finalizes, as `open`, `Entry.fill` and `finish` say."""
        return self._keep(form_id, self.open(form_id, today=today).fill(answers, skip_unasked=skip_unasked))

    def edit(self, form_id: str, filled: Filled, answers: Answers, *, today: date | None = None) -> Filled:
        """The pencil on a finished form, sent or not: opens it again, changes these answers and finalizes it anew."""
        return self._keep(form_id, self.open(form_id, today=today, saved=filled).fill(answers))

    def send(self) -> list[str]:
        """Sends the outbox, oldest first; returns what the screen shows for each.

        Raises the first ServerError after all have been tried; what failed stays in the outbox.
        """
        shown, failures = [], []
        for filled in list(self.outbox):
            try:
                shown.append(self.send_one(filled))
            except ServerError as error:
                failures.append(error)
            else:
                self.outbox.remove(filled)
                self.sent.append(filled)
        if failures:
            raise failures[0]
        return shown

    def send_one(self, filled: Filled) -> str:
        """HEAD, then as many POSTs as the server's limit asks for; returns the message of the last."""
        url = f"{self.server_url}/submission"
        head = self.http.head(url)
        if head.status != 204:
            raise ServerError(url, head.status, "HEAD needs 204")
        limit = int(head.headers.get("X-OpenRosa-Accept-Content-Length", DEFAULT_CONTENT_LENGTH))
        message = ""
        for body, content_type in posts(filled, limit):
            message = self.post(body, content_type)
        return message

    def post(self, body: bytes, content_type: str) -> str:
        """One POST. Collect takes 201 and 202 as success, and nothing else."""
        url = f"{self.server_url}/submission"
        answer = self.http.post(url, body, content_type)
        if answer.status not in (201, 202):
            raise ServerError(url, answer.status, message_of(answer.body))
        return message_of(answer.body)

    def _keep(self, form_id: str, filled: Filled) -> Filled:
        # An edit leaves Collect's own lists as they are (getodk/collect#6688): they follow with the next sync.
        changes = [] if filled.deprecated_id else form_entities(filled.xml, self.forms[form_id].xml)
        for change in changes:
            if change.list in self.lists:
                self.lists[change.list].apply(change)
        self.outbox.append(filled)
        return filled

    def _form_list(self) -> list[Any]:
        url = f"{self.server_url}/formList"
        items = self.http.get_xml(url).xpath("*[local-name()='xform']")
        for item in items:
            for needed in ("formID", "name", "downloadUrl", "hash"):
                if not _text(item, needed):
                    raise ServerError(url, 200, f"an xform without {needed}: Collect refuses the whole list")
        return list(items)

    def _manifest(self, url: str) -> list[_Media]:
        return [
            _Media(
                name=_text(item, "filename"),
                hash=_text(item, "hash").removeprefix("md5:"),
                url=_text(item, "downloadUrl"),
                is_list=item.get("type") == "entityList",
                integrity_url=_text(item, "integrityUrl"),
            )
            for item in self.http.get_xml(url).xpath("*[local-name()='mediaFile']")
        ]

    def _download(self, item: Any, media: list[_Media]) -> None:
        form_id, hash_ = _text(item, "formID"), _text(item, "hash")
        before = self.forms.get(form_id)
        xml = self.http.get(_text(item, "downloadUrl")).body
        if f"md5:{_md5(xml)}" != hash_:
            raise ServerError(_text(item, "downloadUrl"), 200, "the form is not what the list's hash says")
        folder = self.folder / form_id / hash_.removeprefix("md5:")
        (folder / "media").mkdir(parents=True, exist_ok=True)
        (folder / "form.xml").write_bytes(xml)
        kept = dict(before.media) if before and before.hash == hash_ else {}
        form = Form(form_id, _text(item, "name"), _text(item, "version"), hash_, xml, folder, kept)
        for one in media:
            content = self._list(one) if one.is_list else self._file(one, before)
            if content is not None:
                (folder / "media" / one.name).write_bytes(content)
                form.media[one.name] = _md5(content)
        self.forms[form_id] = form

    def _file(self, one: _Media, before: Form | None) -> bytes:
        if before and before.media.get(one.name) == one.hash:
            return (before.folder / "media" / one.name).read_bytes()
        return self.http.get(one.url).body

    def _list(self, one: _Media) -> bytes | None:
        """Brings an entity list up to date; returns its CSV where it had to be fetched."""
        name = one.name.removesuffix(".csv")
        content = None
        if name not in self.lists or self.lists[name].hash != one.hash:
            answer = self.http.get(one.url)
            if "Content-Length" not in answer.headers:
                raise ServerError(
                    one.url, 200, "no Content-Length: of a list cut short, Collect deletes what is missing"
                )
            content = answer.body
            self.lists.setdefault(name, EntityList("")).take(content, one.hash)
        only_here = self.lists[name].only_here()
        if one.integrity_url and only_here:
            known = self.http.get_xml(one.integrity_url, {"id": ",".join(only_here)})
            deleted = known.xpath("//*[local-name()='entity'][*[local-name()='deleted']='true']/@id")
            self.lists[name].forget([str(gone) for gone in deleted])
        return content


def posts(filled: Filled, limit: int) -> Iterator[tuple[bytes, str]]:
    """The POSTs (body, content type) of one submission: each repeats the XML, all but the last say so."""
    xml = filled.xml.encode()
    parts: list[list[tuple[str, bytes]]] = [[]]
    size = len(xml)
    for name, content in filled.files.items():
        if parts[-1] and (size + len(content) > limit or len(parts[-1]) == MOST_FILES):
            parts.append([])
            size = len(xml)
        parts[-1].append((name, content))
        size += len(content)
    for part in parts:
        yield multipart(xml, part, incomplete=part is not parts[-1])


def _text(element: Any, name: str) -> str:
    return str(element.xpath(f"normalize-space(*[local-name()='{name}'])"))


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()

"""A small OpenRosa server for the tests of the phone itself: two forms, one entity list, and a memory of what came."""

from __future__ import annotations

import email
import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from pyxform.xls2xform import convert

REGISTER = """
| survey |
| | type | name | label | save_to |
| | text | nama | Nama | nama |
| | image | foto | Foto | |
| entities |
| | list_name | label |
| | anak | ${nama} |
| settings |
| | form_title | form_id | version | client_editable |
| | Daftar | daftar | 1 | yes |
"""

MEASURE = """
| survey |
| | type | name | label | save_to |
| | select_one_from_file anak.csv | anak | Anak | |
| | text | tikar | Tikar | tikar |
| entities |
| | list_name | label | entity_id |
| | anak | | ${anak} |
| settings |
| | form_title | form_id | version |
| | Ukur | ukur | 1 |
"""

ALI = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a01"
CUT = "3b0c7f4e-58a1-4c54-9d4b-8a2f0f3c1a02"
HEADER = "name,label,__version,nama,tikar\n"


@dataclass
class SmallServer:
    """Serves the forms `daftar` and `ukur` and the list `anak`, and remembers what came."""

    url: str = ""
    forms: dict[str, bytes] = field(default_factory=dict)
    anak: str = HEADER + f"{ALI},Ali,1,Ali,\n"
    deleted: set[str] = field(default_factory=set)
    limit: int = 10_000_000
    says_lengths: bool = True
    refusal: str = ""
    asked: list[str] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)
    parts: list[dict[str, bytes]] = field(default_factory=list)

    def document(self, path: str, query: dict[str, list[str]]) -> bytes:
        match path.removeprefix("/v1/").split("/"):
            case ["formList"]:
                return self.form_list()
            case ["forms", form_id]:
                return self.forms[form_id]
            case ["forms", _, "manifest"]:
                return self.manifest()
            case ["anak.csv"]:
                return self.anak.encode()
            case _:
                known = [f'<entity id="{one}"><deleted>true</deleted></entity>' for one in query["id"][0].split(",")]
                kept = [entity for entity in known if any(one in entity for one in self.deleted)]
                return f"<data><entities>{''.join(kept)}</entities></data>".encode()

    def form_list(self) -> bytes:
        items = "".join(
            f"<xform><formID>{form_id}</formID><name>{form_id}</name><version>1</version>"
            f"<hash>md5:{md5(xml)}</hash><downloadUrl>{self.url}/forms/{form_id}</downloadUrl>"
            f"<manifestUrl>{self.url}/forms/{form_id}/manifest</manifestUrl></xform>"
            for form_id, xml in self.forms.items()
        )
        return f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{items}</xforms>'.encode()

    def manifest(self) -> bytes:
        return (
            '<manifest xmlns="http://openrosa.org/xforms/xformsManifest"><mediaFile type="entityList">'
            f"<filename>anak.csv</filename><hash>md5:{md5(self.anak.encode())}</hash>"
            f"<downloadUrl>{self.url}/anak.csv</downloadUrl><integrityUrl>{self.url}/integrity</integrityUrl>"
            "</mediaFile></manifest>"
        ).encode()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@contextmanager
def small_server() -> Iterator[SmallServer]:
    """A SmallServer that listens on a free port of the loopback."""
    small = SmallServer()
    for form_id, markdown in (("daftar", REGISTER), ("ukur", MEASURE)):
        small.forms[form_id] = convert(xlsform=markdown, file_type=".md", validate=False).xform.encode()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"small": small})) as listening:
        small.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield small
        listening.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    small: SmallServer

    def do_GET(self) -> None:
        address = self.remember()
        content = self.small.document(address.path, parse_qs(address.query))
        etag = f'"{md5(content)}"'
        if self.headers.get("If-None-Match") == etag:
            self.answer(304, b"")
        else:
            self.answer(200, gzip.compress(content), etag)

    def do_HEAD(self) -> None:
        self.remember()
        self.answer(204, b"")

    def do_POST(self) -> None:
        self.remember()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form: Any = email.message_from_bytes(f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode() + body)
        self.small.parts.append(
            {
                str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
                for part in form.get_payload()
            }
        )
        text = self.small.refusal or "Diterima"
        response = f'<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>{text}</message>'
        self.answer(500 if self.small.refusal else 201, f"{response}</OpenRosaResponse>".encode())

    def remember(self) -> SplitResult:
        address = urlsplit(self.path)
        self.small.asked.append(f"{self.command} {address.path.removeprefix('/v1/')}")
        self.small.headers.append(self.headers)
        assert parse_qs(address.query)["deviceID"] == ["collect:uji0000000000001"]
        return address

    def answer(self, status: int, content: bytes, etag: str = "") -> None:
        self.send_response(status)
        if status != 304:  # what the phone has in its cache keeps its own headers
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("X-OpenRosa-Version", "1.0")
        self.send_header("X-OpenRosa-Accept-Content-Length", str(self.small.limit))
        if self.small.says_lengths:
            self.send_header("Content-Length", str(len(content)))
        if etag:
            self.send_header("ETag", etag)
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet: the tests ask `asked`."""

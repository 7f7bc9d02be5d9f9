"""Files that this server signs, so that whoever gets one in a chat can have it checked.

The signature (Ed25519, RFC 8032) is of all bytes before its own line, which is the last one of the file. Line ends are
one byte each there: what is pasted into a page comes with two.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from server.http.secret_key import kept

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME = "signing_key"
_LINE = re.compile(rb"\n<!-- tanda-tangan ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==) -->\s*\Z")


@dataclass(frozen=True)
class Checked:
    """What a file's signature says. `key`: the id of the key that it names, blank where it has no signature;
    `content`: the bytes that this server signed, None where they are not as it signed them."""

    key: str
    content: bytes | None


class Signer:
    """The key of this server, kept in a folder: made there the first time."""

    def __init__(self, folder: Path) -> None:
        self._seed = kept(folder, NAME, lambda: secrets.token_hex())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # 7 MB, for the few who sign or check

        return ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._seed))

    @cached_property
    def key_id(self) -> str:
        """Which key it is, for those who compare."""
        return hashlib.sha256(self._key.public_key().public_bytes_raw()).hexdigest()[:16]

    def sign(self, content: bytes) -> bytes:
        """The file with its signature as the last line."""
        content = _plain(content)
        signature = b64encode(self._key.sign(content)).decode()
        return content + f"\n<!-- tanda-tangan {self.key_id} {signature} -->\n".encode()

    def check(self, file: bytes) -> Checked:
        from cryptography.exceptions import InvalidSignature  # as above

        content = _plain(file)
        found = _LINE.search(content)
        if found is None:
            return Checked("", None)
        key = found[1].decode()
        try:
            self._key.public_key().verify(b64decode(found[2]), content[: found.start()])
        except InvalidSignature:
            return Checked(key, None)
        return Checked(key, content[: found.start()])


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")

"""The demo district's phones: what they remember of an earlier run, and their sending, over HTTP as Collect sends."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import unescape
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

from sqlalchemy import Connection

from forms.problems import Problem, problem
from forms.simulation.engine.phone import Sent
from forms.simulation.places import Village
from server.phones import phones

NOT_TAKEN = Problem(
    "demo-not-taken",
    502,
    "Server tidak menerima isian demo {instance} dari {village}: {status} {reason}",
    "The server did not take the demo submission {instance} of {village}: {status} {reason}",
)
BOUNDARY = "batas-isian-demo"
PATIENCE = 60  # seconds, as Collect waits


@dataclass(frozen=True)
class Memory:
    """What the demo remembers between runs: the day it was first run on, each village's token by its code, that of the
    first village's second phone, and whether all was sent."""

    today: date
    tokens: dict[str, str]
    second: str
    complete: bool = False

    def save(self, path: Path) -> None:
        """Readable by its owner alone: whoever has a token can send for that village."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps({**vars(self), "today": self.today.isoformat()}))

    def done(self) -> Memory:
        return replace(self, complete=True)


def remembered(connection: Connection, path: Path, villages: Sequence[Village]) -> Memory | None:
    """The memory of an earlier run; None where there is none, or where it is of another database."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text())
    memory = Memory(date.fromisoformat(kept["today"]), kept["tokens"], kept.get("second", ""), kept["complete"])
    wanted = [(village.code, memory.tokens.get(village.code, "")) for village in villages]
    for code, token in (*wanted, (villages[0].code, memory.second)):
        phone = phones.find(connection, token)
        if phone is None or phone.village_id != code:
            return None
    return memory


def new_memory(connection: Connection, villages: Sequence[Village], now: datetime, today: date) -> Memory:
    """Adds a phone for each village, and a second one for the first."""
    tokens = {one.code: phones.add(connection, one.code, f"KPM {one.name}", now) for one in villages}
    second = phones.add(connection, villages[0].code, f"Kader Posyandu {villages[0].name}", now)
    return Memory(today, tokens, second)


@dataclass(frozen=True)
class Sender:
    """One village's phone: sends one submission after another over one connection, as order matters within a village.

    `second` is the token of another phone of the village, blank where there is none. `advance` is called with the
    village's number of days that each submission brings it forward.
    """

    port: int
    village: Village
    token: str
    second: str
    advance: Callable[[int], object]
    stop: threading.Event

    def send(self, first: date, submissions: Iterator[Sent]) -> int:
        """How many were sent. Raises ProblemError NOT_TAKEN where the server refuses one."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        count, day = 0, first
        for sent in submissions:
            if self.stop.is_set():
                break
            self._post(connection, sent)
            self.advance((sent.day - day).days)
            count, day = count + 1, sent.day
        connection.close()
        return count

    def _post(self, connection: HTTPConnection, sent: Sent) -> None:
        try:
            response, answer = self._once(connection, sent)
        except (HTTPException, ConnectionError):
            # The server may have closed the connection between two requests; sending again is safe.
            connection.close()
            response, answer = self._once(connection, sent)
        if response.status != 201:
            raise problem(
                NOT_TAKEN,
                instance=f"{sent.form_id} {sent.day}",
                village=self.village.name,
                status=response.status,
                reason=_said(answer),
            )

    def _once(self, connection: HTTPConnection, sent: Sent) -> tuple[HTTPResponse, bytes]:
        head = (
            f"--{BOUNDARY}\r\n"
            'Content-Disposition: form-data; name="xml_submission_file"; filename="isian.xml"\r\n'
            "Content-Type: text/xml; charset=utf-8\r\n\r\n"
        )
        content = head.encode() + sent.body + f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "X-OpenRosa-Version": "1.0",
            "User-Agent": "konvergensi-desa demo",
        }
        token, device = (self.second, "kedua") if sent.second else (self.token, self.village.code)
        address = f"/v1/key/{token}/projects/1/submission?deviceID=demo:{device}"
        connection.request("POST", address, content, headers)
        response = connection.getresponse()
        return response, response.read()


def send_all(senders: list[tuple[Sender, Iterator[Sent]]], first: date) -> int:
    """All villages at the same time; how many submissions. When one fails or the run is stopped, the others end too."""
    with ThreadPoolExecutor(len(senders)) as pool:
        running = [pool.submit(sender.send, first, submissions) for sender, submissions in senders]
        try:
            return sum(one.result() for one in running)
        except BaseException:
            for sender, _ in senders:
                sender.stop.set()
            raise


def _said(answer: bytes) -> str:
    """The message in an OpenRosa answer; all of it where it is none."""
    text = answer.decode(errors="replace")
    message = re.search(r"<message[^>]*>(.*?)</message>", text, re.DOTALL)
    return unescape(message[1] if message else text).strip()

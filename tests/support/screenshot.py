"""Pictures of pages with Debian's Chromium: `python -m tests.support.screenshot URL OUT.png --width 360`.

OUT.pdf prints A4.

Chromium's own --screenshot knows no window below 500 pixels and no page's full height, so this speaks its DevTools
protocol, over a pipe (JSON messages, each ended by a NUL byte): that needs no library and opens no port.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
SECONDS = 60


class Browser:
    """One page of a running Chromium."""

    def __init__(self, write: int, read: int) -> None:
        self._write = write
        self._read = read
        self._rest = b""
        self._last_id = 0
        self._session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def open(self, url: str, width: int, height: int, scale: float = 1) -> None:
        """Loads the page in a window of this size (CSS pixels). Raises RuntimeError where it cannot be reached."""
        self.resize(width, height, scale)
        answer = self.ask("Page.navigate", url=url)
        if "errorText" in answer:
            raise RuntimeError(f"{url}: {answer['errorText']}")
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def show(self, page: str, width: int, height: int) -> None:
        """The page of this HTML in such a window, in the place of the one that is there: what ran in that goes on, and
        a new one, with what it has to load, would take twice the time."""
        self.resize(width, height)
        frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.ask("Page.setDocumentContent", frameId=frame, html=page)

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Gives the window this size (CSS pixels)."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )

    def log_in(self, door: str, email: str, password: str) -> None:
        """Goes through the door `/masuk`; pages opened afterwards are those that this person sees."""
        self.open(door, 400, 800)
        form = "document.querySelector('main form')"
        typed = [f"{form}.email.value = {json.dumps(email)}", f"{form}.password.value = {json.dumps(password)}"]
        self.ask("Runtime.evaluate", expression="; ".join([*typed, f"{form}.submit()"]))
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def size(self) -> tuple[int, int]:
        """Width and height of all there is, also beyond the window, in CSS pixels."""
        content = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        return content["width"], content["height"]

    def png(self, height: int | None = None, top: int = 0) -> bytes:
        """The page from `top` on, all of it or so high."""
        width, full = self.size()
        clip = {"x": 0, "y": top, "width": width, "height": height or full - top, "scale": 1}
        answer = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        """The page as it prints, on the paper that its style sheet asks for."""
        return base64.b64decode(self.ask("Page.printToPDF", preferCSSPageSize=True)["data"])

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer; events in between are passed over."""
        self._last_id += 1
        request = {"id": self._last_id, "method": method, "params": parameters}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._write, json.dumps(request).encode() + b"\0")
        while (answer := self._message()).get("id") != self._last_id:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            answering, _, _ = select.select([self._read], [], [], SECONDS)
            received = os.read(self._read, 1 << 20) if answering else b""
            if not received:
                raise RuntimeError("Chromium does not answer" if not answering else "Chromium ended before it answered")
            self._rest += received
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


def chromium() -> str:
    """The browser's program, preferably the one without windows. Raises RuntimeError where there is none."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("Chromium is not installed: run tests/need.sh")


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium of its own, with an empty profile that goes away afterwards."""
    to_read, we_write = os.pipe()
    we_read, to_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium reads commands from file 3 and answers on file 4; plain sh knows no file numbers above 9.
        start = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        command = ["bash", "-c", start, "bash", chromium(), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            command, pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_read)
        os.close(to_write)
        try:
            yield Browser(we_write, we_read)
        finally:
            os.close(we_write)  # the end of the pipe ends Chromium
            os.close(we_read)
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("out", type=Path, help="a name that ends in .png or .pdf")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in CSS pixels")
    parser.add_argument("--height", type=int, help="cut the picture here; without it the whole page")
    parser.add_argument("--top", type=int, default=0, help="begin the picture so far down")
    parser.add_argument("--scale", type=float, default=1, help="pixels of the picture per CSS pixel")
    parser.add_argument("--log-in", nargs=2, metavar=("EMAIL", "PASSWORD"), help="as whom to look")
    asked = parser.parse_args()
    with browser() as page:
        if asked.log_in:
            page.log_in(urljoin(asked.url, "/masuk"), *asked.log_in)
        page.open(asked.url, asked.width, asked.height or 800, asked.scale)
        asked.out.write_bytes(page.pdf() if asked.out.suffix == ".pdf" else page.png(asked.height, asked.top))


if __name__ == "__main__":
    main()

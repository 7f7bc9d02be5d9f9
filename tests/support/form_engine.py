"""JavaRosa, the form engine inside ODK Collect, as one Java process that fills forms for the tests.

The Java side is in `tests/support/javarosa`; it is compiled once against the jar that pyxform carries, into `build/`.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyxform
from lxml import etree

SOURCES = Path(__file__).parent / "javarosa"
BUILD = SOURCES.parent.parent / "build"
JAR = Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
# A phone in western Indonesia, set to Indonesian.
JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-Xmx512m",
    "-Duser.timezone=Asia/Jakarta",
    "-Duser.language=id",
    "-Duser.country=ID",
)


@dataclass(frozen=True)
class File:
    """A picture or another file as the answer to a question."""

    name: str
    content: bytes


Answer = str | int | float | date | File | Iterable[str]
Answers = Mapping[str, Answer] | Iterable[tuple[str, Answer]]


@dataclass(frozen=True)
class Screen:
    """What a person reads at one place of the form; `kind` is question, group or repeat."""

    path: str
    kind: str
    label: str
    hint: str
    answer: str


@dataclass(frozen=True)
class Refusal:
    """Why the phone does not go on: `kind` is "violated" or "required", `message` what it shows."""

    kind: str
    path: str
    message: str


class RefusedError(Exception):
    """The phone does not let the person go on, or does not finalize the form."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.path}: {refusal.kind}: {refusal.message}")
        self.refusal = refusal


class NotAskedError(Exception):
    """An answer to a question that the form does not ask as things stand, or that only shows something."""


@dataclass(frozen=True)
class Filled:
    """A finalized form: what will be sent, and what was read on the way out, by language ("" where there is one)."""

    xml: str
    files: dict[str, bytes]
    not_asked: tuple[str, ...]
    screens: dict[str, tuple[Screen, ...]]

    @property
    def instance_id(self) -> str:
        return self._meta("instanceID")

    @property
    def deprecated_id(self) -> str:
        """The form that this is an edit of; "" where it is none."""
        return self._meta("deprecatedID")

    def _meta(self, name: str) -> str:
        return str(etree.fromstring(self.xml.encode()).xpath(f"string(//*[local-name()='{name}'])"))

    def value(self, path: str) -> str:
        """The answer sent at a path below the root, such as "ibu[2]/nama"; empty where it was not relevant."""
        steps = "/".join(re.sub(r"^(\w+)", r"*[local-name()='\1']", step) for step in path.split("/"))
        return str(etree.fromstring(self.xml.encode()).xpath(f"string({steps})"))

    def seen(self, question: str, language: str = "") -> str:
        """The label of a question at the end, in the language with this code ("id", "en"); "" if it was not shown."""
        name = next(name for name in self.screens if not language or f"({language})" in name)
        labels = [screen.label for screen in self.screens[name] if screen.path.endswith(f"/{question}")]
        return labels[0] if labels else ""


class Engine:
    """The running Java process. Fills one form at a time: a new `open` ends the entry before it."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process runs
        command = ["java", *JAVA_OPTIONS, "-cp", f"{JAR}{os.pathsep}{compiled()}", "Engine"]
        self._java = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log)

    def open(
        self,
        form: Path,
        media: Path,
        *,
        today: date | None = None,
        device: Mapping[str, str] | None = None,
        saved: Filled | None = None,
    ) -> Entry:
        """Begins to fill a form, or to edit one that was `saved`. `media` holds its files and lists; `today` stands for
        today() and now() in the form, and for the day of its time stamps; `device` are the phone's properties
        (deviceid, username)."""
        for name, value in (device or {}).items():
            self.say("device", name, value)
        media.mkdir(exist_ok=True)
        day, xml, files = today.isoformat() if today else "", saved.xml if saved else "", saved.files if saved else {}
        languages, _ = self.say("open", str(form), str(media), day, xml)
        return Entry(self, _questions(form.read_bytes()), tuple(languages), dict(files))

    def say(self, command: str, *fields: str) -> tuple[list[str], list[list[str]]]:
        """One command; answers with the fields of the last line and the rows before it."""
        assert self._java.stdin is not None and self._java.stdout is not None
        line = "\t".join([command, *map(_escaped, fields)]) + "\n"
        self._java.stdin.write(line.encode())
        self._java.stdin.flush()
        rows = []
        while True:
            raw = self._java.stdout.readline()
            if not raw:
                self._log.seek(0)
                raise RuntimeError(f"the form engine ended:\n{self._log.read().decode(errors='replace')[-2000:]}")
            kind, *answer = [_unescaped(part) for part in raw.decode().rstrip("\n").split("\t")]
            if kind == "row":
                rows.append(answer)
            elif kind == "ok":
                return answer, rows
            else:
                raise RuntimeError(f"{command} {' '.join(fields)}: {answer[0]}")

    def locate(self, position: str) -> None:
        """Where the phone is: "latitude longitude altitude accuracy", or "" while it does not know."""
        self.say("position", position)

    def close(self) -> None:
        assert self._java.stdin is not None and self._java.stdout is not None
        self._java.stdin.close()
        self._java.wait(20)
        self._java.stdout.close()
        self._log.close()


@dataclass
class Entry:
    """A form being filled. Questions go by name, or by as much of their path as it takes: "nama", "ibu[2]/nama"."""

    engine: Engine
    questions: tuple[str, ...]
    languages: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)

    def language(self, code: str) -> None:
        """Shows the form in the language with this code, "id" or "en"."""
        self.engine.say("language", next(name for name in self.languages if f"({code})" in name))

    def answer(self, question: str, answer: Answer) -> None:
        """Goes to the question and answers it; "" takes an answer back. Raises NotAskedError, RefusedError."""
        path = self._path(question)
        replaced = self.value(path) if self.files else ""
        (outcome, *message), _ = self.engine.say("answer", path, _text(answer))
        if outcome in ("not asked", "read only"):
            raise NotAskedError(f"{path}: {outcome}")
        if outcome != "ok":
            raise RefusedError(Refusal(outcome, path, message[0]))
        self.files.pop(replaced, None)
        if isinstance(answer, File):
            self.files[answer.name] = answer.content

    def asks(self, question: str) -> bool:
        return self.engine.say("asks", self._path(question))[0] == ["true"]

    def choices(self, question: str) -> dict[str, str]:
        """Label by value of the choices on the screen, in their order. Raises NotAskedError."""
        outcome, rows = self.engine.say("choices", self._path(question))
        if outcome:
            raise NotAskedError(f"{question}: not asked")
        return {row[0]: row[1] for row in rows}

    def remove(self, repeat: str) -> bool:
        """Takes away one instance of a repeat, such as "ibu[1]"; the later ones move up."""
        return self.engine.say("remove", self._path(repeat))[0] == ["true"]

    def value(self, expression: str) -> str:
        """The value of an XPath expression in the form as it stands."""
        return self.engine.say("value", expression)[0][0]

    def screens(self) -> tuple[Screen, ...]:
        """What a person reads from the first question to the last, in the language that is shown."""
        return tuple(Screen(*row) for row in self.engine.say("screens")[1])

    def finalize(self) -> Filled:
        """Raises RefusedError for the first question that keeps the phone from finalizing."""
        obstacle, _ = self.engine.say("obstacle")
        if obstacle:
            raise RefusedError(Refusal(*obstacle))
        screens = {}
        for language in self.languages or ("",):
            if language:
                self.engine.say("language", language)
            screens[language] = self.screens()
        return Filled(self.engine.say("submission")[0][0], self.files, (), screens)

    def fill(self, answers: Answers, *, skip_unasked: bool = False) -> Filled:
        """Answers in the given order, and finalizes. With `skip_unasked`, answers that are not asked for are left out
        and named in the result, else they raise NotAskedError."""
        not_asked = []
        for question, answer in answers.items() if isinstance(answers, Mapping) else answers:
            try:
                self.answer(question, answer)
            except NotAskedError:
                if not skip_unasked:
                    raise
                not_asked.append(question)
        filled = self.finalize()
        return Filled(filled.xml, filled.files, tuple(not_asked), filled.screens)

    def _path(self, question: str) -> str:
        wanted = [re.fullmatch(r"([^\[]+)((?:\[\d+\])?)", step) for step in question.strip("/").split("/")]
        names = [(step[1], step[2]) for step in wanted if step]
        found = {path for path in (_placed(path, names) for path in self.questions) if path}
        if len(found) != 1:
            raise LookupError(f"{question} names {sorted(found) or 'nothing'} in the form")
        return found.pop()


def compiled(build: Path = BUILD) -> Path:
    """The folder of the compiled Java classes, made when there is none for these sources and this jar."""
    sources = sorted(SOURCES.glob("*.java"))
    jar = JAR.stat()
    digest = hashlib.sha256(f"{jar.st_size} {jar.st_mtime_ns}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    classes = build / f"javarosa-{digest.hexdigest()[:16]}"
    build.mkdir(exist_ok=True)
    with (build / "javarosa.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a test run start at once; one compiles
        if not classes.exists():
            making = classes.with_suffix(".making")
            options = ["--release", "11", "-nowarn", "-encoding", "UTF-8", "-cp", str(JAR), "-d", str(making)]
            made = subprocess.run(["javac", *options, *map(str, sources)], capture_output=True, text=True)
            if made.returncode:
                raise RuntimeError(f"javac failed:\n{made.stderr}")
            making.rename(classes)
    return classes


@functools.cache
def _questions(xform: bytes) -> tuple[str, ...]:
    """The paths of everything on the screens: questions, groups, repeats."""
    root: Any = etree.fromstring(xform)
    paths = root.xpath("/*/*[local-name()='body']//@ref | /*/*[local-name()='body']//@nodeset")
    return tuple(dict.fromkeys(str(path) for path in paths if path.startswith("/")))


def _placed(path: str, names: list[tuple[str, str]]) -> str | None:
    """The path with the places of `names` put in, if its steps hold those names in order and end with the last."""
    steps, rest = [], list(names)
    for name in path.strip("/").split("/"):
        place = rest.pop(0)[1] if rest and rest[0][0] == name else ""
        steps.append(name + place)
    return "/" + "/".join(steps) if not rest and path.endswith(f"/{names[-1][0]}") else None


def _text(answer: Answer) -> str:
    match answer:
        case File(name, _):
            return name
        case date():
            return answer.isoformat()
        case str() | int() | float():
            return str(answer)
        case _:
            return " ".join(answer)


_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_PLAIN = {"t": "\t", "n": "\n", "r": "\r"}


def _escaped(text: str) -> str:
    return re.sub(r"[\\\t\n\r]", lambda match: _ESCAPES[match[0]], text)


def _unescaped(text: str) -> str:
    plain: Callable[[re.Match[str]], str] = lambda match: _PLAIN.get(match[1], match[1])  # noqa: E731
    return re.sub(r"\\(.)", plain, text)

"""Whatever is typed after `kpm`, and whatever a file holds: a sentence, and never a traceback."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from server.cli.main import main
from tests.support.commands import commands
from tests.support.databases import Databases, SqliteFiles, opened_ready
from tests.support.fuzzing import how_many, seed_of
from tests.support.station import VILLAGE, prepared

# `serve` runs until it is told to stop, and answers wrong addresses.
LEFT_OUT = {"serve"}
TIMES = 8  # each command
WORDS = [
    *("", " ", "-", "--", "-1", "0", "9" * 40, "1e400", "nan", "x" * 5000, "💥", "\udcff", "a\nb", "\x1b[31m"),
    *(VILLAGE, "11.01", "ID", "2026-Q1", "2026-Q9", "0000-Q1", "2026-02-30", "9999-12-31", "../..", "/", "NUL"),
    *("ani@desa.id", "@", "' OR 1=1 --", "%00", "{0}", "%s", "kpm"),
]
CONTENTS = {
    "empty": b"",
    "bytes": bytes(range(256)) * 40,
    "zip": b"PK\x03\x04" + bytes(200),
    "long line": b"11," + b"x" * 300_000,
    "open quote": b'11,"Aceh\n' * 3,
    "no text": b"\xff\xfe\x00",
    "nul": b"11,A\x00ceh",
}


@pytest.fixture
def database(tmp_path: Path, run_folder: Path) -> Iterator[str]:
    databases: Databases = SqliteFiles(tmp_path, run_folder)
    with opened_ready(databases, prepared) as engine:
        yield engine.url.render_as_string(hide_password=False)


COMMANDS = {path: command for path, command in commands(main) if path[-1] not in LEFT_OUT}


def arguments(rng: random.Random, command: click.Command, files: list[str]) -> list[str]:
    """Something for each parameter that takes a value, and now and then nothing for it."""
    found: list[str] = []
    for one in command.params:
        takes_file = isinstance(one.type, click.Path | click.File)
        word = rng.choice(files) if takes_file and rng.random() < 0.7 else rng.choice(WORDS)
        choice = isinstance(one.type, click.Choice) and rng.random() < 0.7
        word = str(rng.choice([*one.type.choices])) if choice and isinstance(one.type, click.Choice) else word
        if isinstance(one, click.Option) and rng.random() < 0.8:
            found += [one.opts[0]] if one.is_flag else [one.opts[0], word]
        elif isinstance(one, click.Argument):
            found.append(word)
    return found


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_nonsense__gets_a_sentence(
    path: tuple[str, ...], database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some commands write a file of the name that they are given
    files = [str(tmp_path)]
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
        files.append(str(tmp_path / name))
    rng = random.Random(seed_of(" ".join(path)))
    for _ in range(how_many(TIMES)):
        words = arguments(rng, COMMANDS[path], files)
        result = CliRunner().invoke(main, ["--database", database, *path, *words], input=b"\xff\n" * 2)
        assert isinstance(result.exception, SystemExit | None), (words, result.exc_info)
        assert result.exit_code in (0, 1, 2), words
        assert "galat di program" not in result.output, (words, result.output)
        assert result.exit_code == 0 or result.output.strip(), words


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:///",
        "sqlite:////proc/nothing/x.db",
        "postgresql://127.0.0.1:1/x",
        "mysql://x",
        "💥",
    ],
)
def test_wrong_database__gets_a_sentence(url: str) -> None:
    for path in (("init",), ("phones", "list"), ("status",)):
        result = CliRunner().invoke(main, ["--database", url, *path], env={"DATABASE_URL": "sqlite:////proc/x/y.db"})
        assert isinstance(result.exception, SystemExit), (path, result.exc_info)
        assert result.exit_code in (1, 2)
        assert result.output.strip()


def test_fault_of_the_program__is_a_sentence_that_says_where_the_details_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("made to fail")

    monkeypatch.setattr("server.cli.main.read_settings", fails)
    result = CliRunner().invoke(main, ["status"])
    assert isinstance(result.exception, SystemExit)
    (path,) = re.findall(r"\S+kpm-\S+\.txt", result.output)
    assert "ZeroDivisionError: made to fail" in Path(path).read_text()
    Path(path).unlink()

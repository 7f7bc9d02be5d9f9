"""The docs cannot fall behind: every command, option, setting and page is in them, and what they show exists.

What is there in two languages says the same in both, and what it quotes of screens is what the screens say.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import openpyxl
import pytest
from flask import Flask

from server.cli.main import main
from server.http.access import mark_of
from tests.support.commands import commands
from tests.support.station import opened, prepared

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCS = {path.relative_to(ROOT): path.read_text() for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))}
# How the docs write the places of an address.
PLACES = {
    "code": "CODE",
    "period": "PERIOD",
    "year": "YEAR",
    "entity_id": "ID",
    "root": "THREAD",
    "number": "NUMBER",
    "email": "EMAIL",
    "token": "TOKEN",
    "sha256": "SUBMISSION",
    "form_id": "FORM",
    "version": "VERSION",
    "draft_id": "DRAFT",
    "figure": "FIGURE",
    "name": "NAME",
    "file": "FILE",
    "check": "CHECK",
    **{"code": "CODE", "period": "PERIOD", "entity_id": "ID", "root": "THREAD"},
    **{"form_id": "FORM", "version": "VERSION", "draft_id": "DRAFT"},
}
# Pages that are there in both languages: (Indonesian, English).
IN_TWO_LANGUAGES = [
    (Path(f"docs/{name}.md"), Path(f"docs/{name}.en.md")) for name in ("kpm", "admin", "wilayah", "pendamping")
]
# What ODK Collect calls its own lists, in Indonesian and where it is not translated; no file here says so.
OF_COLLECT = {
    *("Ubah Formulir Tersimpan", "Kirim Formulir Terfinalisasi", "Lihat Formulir Terkirim"),
    *("Drafts", "Ready to send", "Sent"),
}
# Where a name or a figure is put in: in templates, in workbooks and in sentences of the server.
PLACEHOLDER = r"(?:\{\{[^{}]*\}\}|%\(\w+\)s|\$\{\w+\}|\{\w+\})"


COMMANDS = {" ".join(("kpm", *path)): command for path, command in commands(main)}
# The environment is read at these places alone.
SETTINGS = sorted(
    {
        name
        for file in ("server/settings.py", "server/cli/main.py", "server/demo/run.py")
        for name in re.findall(r'environ(?:ment)?(?:\.get\(|, |\[)"([A-Z_]+)"', (ROOT / file).read_text())
    }
)


def test_commands_and_settings_are_found() -> None:
    assert {"kpm init", "kpm serve", "kpm quarantine replay"} <= COMMANDS.keys()
    assert {"DATABASE_URL", "MAX_UPLOAD_MB", "PORT", "GREEN_FROM"} <= set(SETTINGS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_in_the_readme_with_its_options(command: str) -> None:
    lines = [line for line in README.splitlines() if f"`{command}" in line]
    assert lines, f"{command} is not in README.md"
    for parameter in COMMANDS[command].params:
        if isinstance(parameter, click.Option):
            assert any(option in "\n".join(lines) for option in parameter.opts), f"{command}: {parameter.opts}"


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_in_the_readme(setting: str) -> None:
    assert f"`{setting}`" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(command: str) -> None:
    assert COMMANDS[command].help


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:^    |`)make (\w+)", README, re.MULTILINE))))
def test_what_the_readme_makes_is_in_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


LINKS = sorted({(page, link) for page, text in DOCS.items() for link in re.findall(r"\]\(([^)#:]+)\)", text)})


@pytest.mark.parametrize(("page", "link"), LINKS, ids=[f"{page}-{link}" for page, link in LINKS])
def test_what_the_docs_link_to_is_there(page: Path, link: str) -> None:
    assert (ROOT / page.parent / link).exists()


@pytest.mark.parametrize("page", DOCS, ids=str)
def test_what_the_docs_run_is_a_command(page: Path) -> None:
    named = re.findall(r"(?:^    |`)(kpm(?: [a-z][a-z-]*)+)", DOCS[page], re.MULTILINE)
    assert [words for words in named if not any(f"{words} ".startswith(f"{known} ") for known in COMMANDS)] == []


def test_what_the_readme_runs_for_real_works_as_written(tmp_path: Path) -> None:
    block = README.partition("## Run it for real")[2].partition("\n\nPages that")[0]
    lines = [line.strip() for line in block.splitlines() if line.startswith("    ")]
    assert lines[0].startswith("python3 -m venv") and lines[1].startswith("export BASE_URL=")
    assert lines[-1].startswith("kpm serve")
    (tmp_path / "kpm").symlink_to(Path(sys.executable).with_name("kpm"))
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "DATABASE_URL": f"sqlite:///{tmp_path}/data/kpm.db",
        "PYTHONPATH": str(ROOT),
    }
    script = "set -e\n" + "\n".join(lines[2:-1])
    typed = "kuda hijau berlari pelan\n" * 2  # the password, and the same once more
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, input=typed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 wilayah / regions" in done.stdout


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("halaman")
    url = f"sqlite:///{folder}/uji.db"
    station = opened(url, folder, prepared(url))
    yield station.app
    station.engine.dispose()


def addresses(app: Flask) -> set[str]:
    """Every page that people can open, as the docs write its address."""
    return {
        re.sub(r"<(?:\w+:)?(\w+)>", lambda place: PLACES[place[1]], rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and mark_of(app, rule.endpoint).kind != "phones"
    }


def test_a_page_is_in_the_docs__and_none_that_is_not_there(app: Flask) -> None:
    named = {found for text in DOCS.values() for found in re.findall(r"`(/[^` ]*)`", text)}
    assert addresses(app) - named == set()
    assert {one for one in named if one.startswith(("/desa/CODE", "/masuk", "/keluar", "/sandi"))} <= addresses(app)


def beginning(page: Path, language: str, other: Path) -> bool:
    return DOCS[page].startswith(f"{language}: [{other.name}]({other.name})\n\n# ")


@pytest.mark.parametrize(("indonesian", "english"), IN_TWO_LANGUAGES, ids=str)
def test_a_page_begins_with_the_way_to_its_other_language(indonesian: Path, english: Path) -> None:
    assert beginning(indonesian, "English", english)
    assert beginning(english, "Bahasa Indonesia", indonesian)


def quoted(text: str) -> list[str]:
    """What a page says in italics: the words of screens. Bold is emphasis, code is code."""
    plain = re.sub(r"^    .*|`[^`]*`|\*\*", "", text, flags=re.MULTILINE)
    return [" ".join(phrase.split()) for phrase in re.findall(r"\*([^*]+)\*", plain)]


def in_any_language(page: Path) -> dict[str, object]:
    """What a page says that is not a matter of its language."""
    text = DOCS[page].partition("\n")[2]  # without the way to the other language
    lines = text.splitlines()
    return {
        "headings": re.findall(r"^#+", text, re.MULTILINE),
        "cells of each row": [line.count("|") for line in lines if line.startswith("|")],
        "points": [line[:2] for line in lines if re.match(r"- |\d\.", line)],
        "code blocks": [line for line in lines if line.startswith("    ")],
        "code": Counter(re.findall(r"`[^`]*`", text)),
        "links and images": Counter(re.sub(r"\.en\.md$", ".md", link) for link in re.findall(r"\]\(([^)]+)\)", text)),
        "words of screens": Counter(quoted(text)),
        "signs": Counter(re.findall("[■▲◆●✓○]", text)),
        "numbers": Counter(re.findall(r"\d+", text)),
    }


@pytest.mark.parametrize(("indonesian", "english"), IN_TWO_LANGUAGES, ids=str)
def test_a_page_says_the_same_in_both_languages(indonesian: Path, english: Path) -> None:
    assert in_any_language(indonesian) == in_any_language(english)


def sentences_in_code(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text())
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.value


def texts_in_workbook(file: Path) -> Iterator[str]:
    """The names of its sheets, and what is not English on those that make a form."""
    book = openpyxl.load_workbook(file)
    yield from book.sheetnames
    for name in {"survey", "choices", "settings"} & set(book.sheetnames):
        for header, *cells in book[name].iter_cols(values_only=True):
            if "English" not in str(header):
                yield from (cell for cell in cells if isinstance(cell, str))


@cache
def screens() -> list[str]:
    """Everything that pages, phones and workbooks say, with single spaces; templates are in Indonesian."""
    found = [re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL) for file in ROOT.glob("templates/*.html")]
    for folder in ("server", "scorecards", "forms"):
        found += [sentence for file in (ROOT / folder).rglob("*.py") for sentence in sentences_in_code(file)]
    for file in ROOT.glob("forms/workbooks/*.xlsx"):
        found += texts_in_workbook(file)
    return [" ".join(text.split()) for text in found]


def is_on_a_screen(phrase: str) -> bool:
    """Whether some screen says it, in these whole words; `...` stands for what is put in."""
    words = PLACEHOLDER.join(re.escape(part) for part in phrase.split("..."))
    return any(re.search(rf"(?<!\w){words}(?!\w)", text) for text in screens())


# That for facilitators speaks of the work and quotes no screen.
QUOTING = [page for both in IN_TWO_LANGUAGES for page in both if not page.name.startswith("pendamping")]


@pytest.mark.parametrize("page", QUOTING, ids=str)
def test_what_a_page_quotes_is_on_a_screen(page: Path) -> None:
    phrases = set(quoted(DOCS[page])) - OF_COLLECT
    assert len(phrases) > 10
    assert sorted(phrase for phrase in phrases if not is_on_a_screen(phrase)) == []


def test_a_phrase_that_drifted_is_on_no_screen() -> None:
    assert is_on_a_screen("Dua HP mengubah ... tanpa saling mengetahui")
    assert is_on_a_screen("Apakah ... masih menjadi sasaran di desa ini?")
    drifted = ("Dua HP mengubah ... tanpa saling tahu", "Panjang di atas +3", "Tugas bulan in", "Work of this month")
    assert [phrase for phrase in drifted if is_on_a_screen(phrase)] == []

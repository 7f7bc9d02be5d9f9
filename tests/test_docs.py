"""The docs cannot fall behind: every command, option, setting and page is in them, and what they show exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from server.cli import main
from server.web.access import mark_of
from tests.server.station import opened, prepared

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCS = {path.relative_to(ROOT): path.read_text() for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))}
# How the docs write the places of an address.
PLACES = {"code": "CODE", "period": "PERIOD", "entity_id": "ID", "thread": "THREAD"}


def commands(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


COMMANDS = dict(commands(main, "kpm"))
# The environment is read at these places alone.
SETTINGS = sorted(
    {
        name
        for file in ("server/settings.py", "server/cli.py", "server/demo.py")
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

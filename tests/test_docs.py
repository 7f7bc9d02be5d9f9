"""The README cannot fall behind: every command, option and setting is in it, and what it shows exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from server.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


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


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_what_the_readme_links_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()

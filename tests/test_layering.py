"""Imports point one way, and each third-party library enters at one place."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("forms", "templates", "server", "aggregate", "scorecards")
LONGEST_MODULE = 300

# Which rooms a room may see. The store lies in server; whoever puts rooms together is named below.
SEES = {
    "forms": {"forms"},
    "templates": {"forms", "templates"},
    "server": {"forms", "templates", "server"},
    "aggregate": {"forms", "server", "aggregate"},
    "scorecards": {"forms", "templates", "server.web", "aggregate", "scorecards"},
}
COMPOSITION_ROOTS = {"server.app", "server.cli", "server.cards", "server.demo", "server.performances"}

# Where a library may be imported: a module, or a package and all below it.
ENTRANCES = {
    "alembic": {"server.store"},
    "argon2": {"server.store.users"},
    "babel": {"templates.rendering"},
    "click": {"server.cli", "server.cli_people", "server.cli_performance", "server.cli_phones", "server.cli_users"},
    "elementpath": {"forms.expressions", "forms.simulation.xpath"},
    "flask": {"server.app", "server.serve", "server.openrosa", "server.web", "scorecards.web"},
    "flask_wtf": {"server.web.access", "server.web.answer"},
    "fsspec": {"server.store.attachments"},
    "gunicorn": {"server.serve"},
    "jinja2": {"templates.rendering"},
    "limits": {"server.web.login"},
    "lxml": {"forms", "server.openrosa.documents"},
    "openpyxl": {"forms.workbook"},
    "psycopg": set(),
    "pyxform": {"forms.compiler"},
    "segno": {"server.openrosa.settings_qr"},
    "sqlalchemy": {"server.store", "aggregate"},
    "tqdm": {"server.cli", "server.demo", "server.simulate"},
}
# Libraries that are imported by another name than the one they are installed by.
CALLED = {"argon2": "argon2-cffi", "flask_wtf": "flask-wtf"}
# The rooms' wiring hands engines and connections on without a query of its own.
HANDS_ON = {
    "sqlalchemy": {
        *("server.app", "server.cards", "server.cli", "server.publishing", "server.openrosa"),
        *("server.demo", "server.demo_people", "server.demo_phones", "server.performances", "server.session"),
        *("server.simulate", "server.web", "server.cli_people"),
    }
}


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield node.module or ""


def within(module: str, places: set[str]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


MODULES = list(modules())


def test_there_is_something_to_walk() -> None:
    assert {name.split(".")[0] for name, _ in MODULES} == set(ROOMS)
    assert len(MODULES) > 40


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_a_room_sees_only_the_rooms_below_it(module: str, path: Path) -> None:
    room = module.split(".")[0]
    seen = {name for name in imported(path) if name.split(".")[0] in ROOMS}
    if module not in COMPOSITION_ROOTS:
        assert {name for name in seen if not within(name, SEES[room])} == set()
    assert not within(module, {"server.store"}) or not {
        name for name in imported(path) if within(name, {"server"}) and not within(name, {"server.store"})
    }, "the store knows nothing of the web"


def test_each_library_enters_at_one_place() -> None:
    strays = defaultdict(list)
    for module, path in MODULES:
        for library in {name.split(".")[0] for name in imported(path)} & ENTRANCES.keys():
            allowed = ENTRANCES[library] | HANDS_ON.get(library, set())
            if not within(module, allowed):
                strays[library].append(module)
    assert strays == {}


def test_every_dependency_has_its_entrance_here() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {name.split("[")[0].lower() for name in declared}
    assert names - {"tzdata"} == {CALLED.get(library, library) for library in ENTRANCES}


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_modules_stay_short(module: str, path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE

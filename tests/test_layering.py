"""Imports point one way, and each third-party library enters at one place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("forms", "templates", "server", "aggregate", "scorecards")
LONGEST_MODULE = 300

# The floors of the house, from the ground up. An import points to the same room or down, to a floor below; rooms of one
# floor do not see each other. There are no exceptions.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("forms.problems", "forms.domain", "forms.percent", "forms.region_names", "forms.characters"),
    ("forms.periods", "forms.schema", "forms.xlsx_limits", "forms.sheets_out"),
    ("forms.entity_xml", "forms.labels", "forms.growth", "forms.xlsform", "forms.answer_values"),
    ("forms.submission", "forms.indicators", "forms.quality", "forms.growth_tables", "templates"),
    ("forms.simulation", "forms.versions", "scorecards", "server.settings", "server.clock"),
    ("forms.review",),
    ("server.database",),
    ("server.publications", "server.villages"),
    ("server.phones", "server.entities"),
    ("server.accounts",),
    ("server.decisions",),
    ("server.submissions", "aggregate.sql"),
    ("server.queries", "aggregate.indicators"),
    ("server.exchange", "aggregate.promises"),
    ("aggregate.scorecard",),
    (
        "aggregate.formulir1",
        "aggregate.performance",
        "aggregate.areas",
        "aggregate.trace",
        "aggregate.papers",
    ),
    ("aggregate.service", "server.http"),
    ("server.openrosa", "server.pages", "server.cards", "server.desk", "server.entry"),
    ("server.app", "server.processor", "server.web_worker"),
    ("server.serve", "server.demo"),
    ("server.cli",),
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
MOST_MODULES = 12  # of a package

# Where a library may be imported: a module, or a package and all below it.
ENTRANCES = {
    "alembic": {"server.database"},
    "argon2": {"server.accounts.users"},
    "babel": {"templates.rendering"},
    "click": {"server.cli"},
    "cryptography": {"server.http.signatures"},
    "elementpath": {"forms.indicators.expressions", "forms.simulation.engine.xpath"},
    "flask": {
        "server.app",
        "server.openrosa",
        "server.http",
        "server.pages",
        "server.cards",
        "server.desk",
        "server.entry",
    },
    "flask_wtf": {"server.http"},
    "fsspec": {"server.submissions.attachments"},
    "gunicorn": {"server.serve", "server.web_worker"},
    "highspy": {"aggregate.promises.solver"},
    "itsdangerous": {"server.http.known_browsers"},
    "jinja2": {"templates.rendering"},
    "lxml": {"forms", "server.entry.for_browser", "server.openrosa.documents"},
    "multipart": {"server.openrosa.parts"},
    "openpyxl": {"forms.sheets_out.excel", "forms.xlsform.workbook", "forms.review.marked"},
    "PIL": {"scorecards.pictures.drawing"},
    "psycopg": set(),
    "pyxform": {"forms.xlsform.compiler", "forms.xlsform.vocabulary"},
    "segno": {"templates.qr_codes"},
    "sqlalchemy": {
        *("server.database", "server.publications", "server.villages", "server.phones", "server.accounts"),
        *(
            "server.entities",
            "server.decisions",
            "server.submissions",
            "server.queries",
            "server.exchange",
            "aggregate",
        ),
    },
    "tqdm": {"server.cli", "server.demo"},
    "weasyprint": {"scorecards.paper.pdf"},
    "zxcvbn": {"server.accounts.users"},
}
# Libraries that are imported by another name than the one they are installed by.
CALLED = {"argon2": "argon2-cffi", "flask_wtf": "flask-wtf", "PIL": "pillow"}
# These hand engines and connections on without a query of their own.
HANDS_ON = {
    "sqlalchemy": {
        "server.app",
        "server.processor",
        "server.cli",
        "server.demo",
        "server.http",
        "server.desk",
        "server.entry",
        "server.openrosa",
        "server.pages",
        "server.cards",
    }
}


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


NAMES = {name for name, _ in modules()}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            module = node.module or ""
            found = {name for alias in node.names if (name := f"{module}.{alias.name}") in NAMES}
            yield from found or {module}


def within(module: str, places: set[str]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


MODULES = list(modules())
DOORS = {name for name, path in MODULES if path.name == "__init__.py"}


def test_there_is_something_to_walk() -> None:
    assert {name.split(".")[0] for name, _ in MODULES} == set(ROOMS)
    assert len(MODULES) > 40


def room_of(module: str) -> str:
    """The room that a module lies in, as FLOORS names it."""
    parts = module.split(".")
    names = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next(name for name in names if name in LEVEL)


def seen_by(module: str, path: Path) -> set[str]:
    """The modules of the project that a module imports. A package's door (`__init__.py`) holds nothing to see."""
    return {name for name in imported(path) if name.split(".")[0] in ROOMS} - DOORS - {module}


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_point_down_or_stay_in_their_room(module: str, path: Path) -> None:
    if path.name == "__init__.py":
        assert not seen_by(module, path), "a package's door imports nothing"
        return
    room = room_of(module)
    up = {name for name in seen_by(module, path) if room_of(name) != room and LEVEL[room_of(name)] >= LEVEL[room]}
    assert up == set()


def test_every_floor_holds_rooms_that_are_there() -> None:
    names = {name for name, _ in MODULES}
    assert {room for room in LEVEL if not any(within(name, {room}) for name in names)} == set()


def test_no_package_holds_too_many_modules() -> None:
    held = Counter(name.rpartition(".")[0] for name, path in MODULES if path.name != "__init__.py")
    held.pop("server.database.migrations.versions")  # a history, which only grows
    assert {package: count for package, count in held.items() if count > MOST_MODULES} == {}


def test_each_problem_has_a_code_of_its_own() -> None:
    codes = Counter(
        node.args[0].value
        for _, path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Problem"
        and isinstance(node.args[0], ast.Constant)
    )
    assert len(codes) > 100
    assert {code for code, count in codes.items() if count > 1} == set()


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
    names = {re.split(r"[\[<>=]", name)[0].lower() for name in declared}
    assert names - {"tzdata"} == {CALLED.get(library, library) for library in ENTRANCES}


RARELY_NEEDED = {"alembic", "cryptography", "highspy", "numpy", "openpyxl", "PIL", "pyxform", "weasyprint", "zxcvbn"}


def test_commands_do_without_the_libraries_that_few_of_them_need() -> None:
    """They would lie in the memory of every server."""
    everything = "from server.cli.main import main; main(['--help'], standalone_mode=False); import server.serve"
    found = f"import sys; {everything}; print('imported:', *{RARELY_NEEDED} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", found], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported:"


def test_a_command_does_without_the_web_application_and_what_other_commands_need() -> None:
    """All of it takes a second of processor time, which somebody waits for."""
    elsewhere = {"flask", "jinja2", "gunicorn", "server.app", "server.cli.export", "server.cli.people"}
    found = f"import sys, server.cli.main; print(*{elsewhere} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", found], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_modules_stay_short(module: str, path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE

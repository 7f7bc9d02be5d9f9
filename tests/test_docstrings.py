"""What a docstring owes its reader: which problem is raised, and when there is nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("forms", "templates", "server", "aggregate", "scorecards")
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]

MODULES = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if ".venv" not in path.parts}
NAMED = re.compile(r"(?<![\w/.<-])(?:\w+/)*\w+\.py\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Public functions and methods; what is inside of a function is its own affair."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def raised(function: Function) -> set[str]:
    """The names of the problems that it raises itself."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            called = ast.unparse(node.exc.func)
            if called == "problem" and node.exc.args:
                found.add(ast.unparse(node.exc.args[0]).rpartition(".")[2])
    return {name for name in found if name.isupper()}


def may_be_nothing(annotation: ast.expr | None) -> bool:
    """Whether a type says `... | None`."""
    if not isinstance(annotation, ast.BinOp):
        return False
    return may_be_nothing(annotation.left) or any(
        isinstance(side, ast.Constant) and side.value is None for side in (annotation.left, annotation.right)
    )


def owed(tree: ast.AST) -> Iterator[str]:
    for function in functions(tree):
        said = ast.get_docstring(function) or ""
        for name in sorted(raised(function)):
            if name not in said:
                yield f"{function.name} (line {function.lineno}): raises {name}"
        if may_be_nothing(function.returns) and "None" not in said:
            yield f"{function.name} (line {function.lineno}): when does it return None?"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            nothing = [
                ast.unparse(one.target)
                for one in node.body
                if isinstance(one, ast.AnnAssign) and may_be_nothing(one.annotation)
            ]
            if nothing and "None" not in (ast.get_docstring(node) or ""):
                yield f"{node.name} (line {node.lineno}): when is {', '.join(nothing)} None?"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_docstrings_say_which_problem_is_raised_and_when_there_is_nothing(path: Path) -> None:
    assert list(owed(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("room", [*ROOMS, "docs", "tests"])
def test_a_module_that_is_named_is_there(room: str) -> None:
    places = [path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".md")]
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in places
        for name in NAMED.findall(path.read_text())
        if not any(module == name or module.endswith(f"/{name}") for module in MODULES)
    }
    assert wrong == set()

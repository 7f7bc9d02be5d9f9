"""Forms as other people write them: a Markdown file each, with what is answered and what is found of it.

Beside the sheets of the workbook (tests/support/tables.py) a file has sections that are no sheets: `# file NAME`, a CSV
table or plain text beside the form; `# device`, the phone's properties; `# answers`, where `@foto.jpg` is a file;
`# columns`, of the form itself, and `# rows`, of its repeats, say what must stand in the answer tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.form_engine import Answer, File
from tests.support.tables import workbook_bytes

FOLDER = Path(__file__).parent.parent / "on_phone/elsewhere"
_OWN = ("answers", "columns", "rows", "device")


@dataclass(frozen=True)
class ElsewhereForm:
    """A form and what happens with it. `sheets`: the Markdown of the workbook."""

    form_id: str
    sheets: str
    answers: list[tuple[str, Answer]]
    columns: dict[str, str]
    rows: list[dict[str, str]]
    device: dict[str, str]
    files: dict[str, bytes]

    @property
    def workbook(self) -> bytes:
        return workbook_bytes(self.sheets)

    def write(self, folder: Path) -> Path:
        """The workbook with its files beside it; its path."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        path = folder / f"{self.form_id}.xlsx"
        path.write_bytes(self.workbook)
        return path

    def cells(self, sheet: str) -> list[list[str]]:
        """The rows of a sheet, its header first; none where it has no such sheet."""
        return _table(_sections(self.sheets).get(sheet, ""))


def read_forms() -> list[ElsewhereForm]:
    """All of them, by the names of their files; settings are added where a form has none."""
    return [_read(path) for path in sorted(FOLDER.glob("*.md"))]


def _read(path: Path) -> ElsewhereForm:
    sections = _sections(path.read_text())
    sheets = {name: text for name, text in sections.items() if name not in _OWN and not name.startswith("file ")}
    sheets.setdefault("settings", f"| form_title | form_id | version |\n| {path.stem} | {path.stem} | 1 |\n")
    header, *rows = _table(sections.get("rows", "")) or [[]]
    return ElsewhereForm(
        form_id=path.stem if "long" not in path.stem else _table(sheets["settings"])[1][1],
        sheets="".join(f"# {name}\n{text}" for name, text in sheets.items()),
        answers=[(question, _answer(answer)) for question, answer in _table(sections.get("answers", ""))],
        columns=dict(_table(sections.get("columns", ""))),
        rows=[dict(zip(header, row, strict=True)) for row in rows],
        device=dict(_table(sections.get("device", ""))),
        files={name.removeprefix("file "): _content(text) for name, text in sections.items() if name[:5] == "file "},
    )


def _sections(markdown: str) -> dict[str, str]:
    found = re.split(r"^# (.+)\n", markdown, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def _table(text: str) -> list[list[str]]:
    lines = (line.strip() for line in text.splitlines())
    return [[cell.strip() for cell in line[1:].removesuffix("|").split("|")] for line in lines if line.startswith("|")]


def _content(text: str) -> bytes:
    table = _table(text)
    return ("".join(",".join(row) + "\n" for row in table) if table else text).encode()


def _answer(text: str) -> Answer:
    return File(text[1:], text.encode()) if text.startswith("@") else text

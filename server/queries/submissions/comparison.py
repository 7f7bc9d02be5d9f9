"""What a form answers, in words: one version as the form lays it out, or all of them side by side, each question once,
with where they differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.problems import Language
from forms.schema import Field, Table
from forms.submission import read_envelope
from server.queries.compare import Version
from server.queries.masking import shown

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_Key = tuple[str, int, str]
_Path = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A version's answer, None where it gives none. `differs` from the version that counts."""

    text: str | None
    differs: bool


@dataclass(frozen=True)
class Line:
    """A question with the answers in the versions' order; `name`: of its field in the form. `part` and `number` tell
    which instance of a repeat it is of; blank and 0 are the form itself. `asked`: a person answered it, the phone did
    not compute it. `numeric`: its answers are numbers, as the phone wrote them."""

    part: str
    number: int
    name: str
    question: str
    asked: bool
    numeric: bool
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        return any(cell.differs for cell in self.cells)


@dataclass(frozen=True)
class Answer:
    """A question and its answer as people read them. `question` is blank where nobody was asked: the phone computed
    what is called `name`. `kind` is its field's type; "text" where that is not known. `entity_id`: who it is that is
    answered; blank where it is nobody."""

    name: str
    question: str
    text: str
    kind: str
    entity_id: str = ""


@dataclass(frozen=True)
class Section:
    """The answers that stand together in a group or in one round of a repeat, in the form's order. `title` is blank
    where the form gives none; `number` is that of the round, 0 in a group. `depth`: in how many others it lies."""

    title: str
    number: int
    depth: int
    answers: tuple[Answer, ...]


def laid_out(version: Version, names: Mapping[str, str], language: Language) -> list[Section]:
    """The answers of a version as its form lays them out, also where it cannot be understood: then by their bare names.
    `names`: of the ids that are answers, by id."""
    tables = version.submission.schema.tables if version.submission else ()
    types = {(*table.path, *field.path): field.type for table in tables for field in table.fields}
    rounds = {table.path for table in tables[1:]}
    told = Counter[_Path]()
    found: list[Section] = []

    def walk(element: Any, path: _Path, title: str, number: int) -> None:
        here: list[Answer] = []
        for child in element:
            name = child.tag.rpartition("}")[2]
            below = (*path, name)
            if name == "meta":
                continue
            if len(child) == 0 and below not in rounds:
                if text := (child.text or "").strip():
                    here.append(_answer(version, below, text, types.get(below, "text"), names, language))
                continue
            found.append(Section(title, number, len(path), tuple(here)))
            here, title = [], ""
            told[below] += below in rounds
            walk(child, below, version.labels.question(below, language), told[below])
        found.append(Section(title, number, len(path), tuple(here)))

    walk(read_envelope(version.member.body).root, (), "", 0)
    return [one for one in found if one.answers]


def dated(text: str) -> date | datetime | str:
    """A text that is a day or, as phones write it with their time zone, a moment, as one; any other as it is."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else text
    except ValueError:
        return text


def _answer(
    version: Version, path: _Path, text: str, kind: str, names: Mapping[str, str], language: Language
) -> Answer:
    seen = names.get(text) or version.labels.answer(path, shown(path[-1], text), language)
    entity_id = text if text in names else ""
    return Answer(path[-1], version.labels.question(path, language), seen, kind, entity_id)


def ids_in(versions: Iterable[Version]) -> set[str]:
    """The ids of entities that the answers speak of."""
    return {text for version in versions for text in _answers(version).values() if _ID.fullmatch(text)}


def compared(versions: Sequence[Version], names: Mapping[str, str], language: Language) -> list[Line]:
    """Every question that some version answers, in the order of the forms. `names`: of the ids that are answers, by
    id."""
    answers = [_answers(version) for version in versions]
    counting = next((place for place, version in enumerate(versions) if version.counts), 0)
    return [
        _line(key, field, path, versions, answers, counting, names, language)
        for key, (field, path) in _fields(versions).items()
        if any(key in one for one in answers)
    ]


def _line(
    key: _Key,
    field: Field,
    path: tuple[str, ...],
    versions: Sequence[Version],
    answers: Sequence[Mapping[_Key, str]],
    counting: int,
    names: Mapping[str, str],
    language: Language,
) -> Line:
    questions = [version.labels.question(path, language) for version in versions]
    question = next(filter(None, questions), "")
    cells = []
    for version, mine in zip(versions, answers, strict=True):
        text = mine.get(key)
        if text is not None:
            text = names.get(text) or version.labels.answer(path, shown(field.name, text), language)
        differs = version.submission is not None and mine.get(key) != answers[counting].get(key)
        cells.append(Cell(text, differs))
    numeric = field.type in ("integer", "decimal")
    told = question or field.name.replace("_", " ")
    return Line(key[0], key[1], field.name, told, bool(question), numeric, tuple(cells))


def _fields(versions: Sequence[Version]) -> dict[_Key, tuple[Field, tuple[str, ...]]]:
    """The questions of all versions, a repeat's once for each of its instances, with their paths below the root."""
    found: dict[_Key, tuple[Field, tuple[str, ...]]] = {}
    for table, ordinals in _tables(versions):
        for ordinal in ordinals:
            for field in table.fields:
                found.setdefault((table.name, ordinal, field.name), (field, (*table.path, *field.path)))
    return found


def _tables(versions: Sequence[Version]) -> Iterator[tuple[Table, list[int]]]:
    rows = [row for version in versions if version.submission for row in version.submission.rows]
    for version in versions:
        for table in version.submission.schema.tables if version.submission else ():
            yield table, sorted({row.ordinal for row in rows if row.table.name == table.name})


def _answers(version: Version) -> dict[_Key, str]:
    rows = version.submission.rows if version.submission else ()
    return {
        (row.table.name, row.ordinal, name): text for row in rows for name, text in row.present.items() if text != ""
    }

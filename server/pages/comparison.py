"""The versions of a form side by side: each question once, what each version answers, and where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.problems import Language
from forms.schema import Field, Table
from server.queries.compare import Version
from server.queries.masking import shown

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_Key = tuple[str, int, str]


@dataclass(frozen=True)
class Cell:
    """A version's answer, None where it gives none. `differs` from the version that counts."""

    text: str | None
    differs: bool


@dataclass(frozen=True)
class Line:
    """A question with the answers in the versions' order. `part` and `number` tell which instance of a repeat it is
    of; blank and 0 are the form itself. `asked`: a person answered it, the phone did not compute it. `numeric`: its
    answers are numbers, as the phone wrote them."""

    part: str
    number: int
    question: str
    asked: bool
    numeric: bool
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        return any(cell.differs for cell in self.cells)


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
    return Line(key[0], key[1], question or field.name.replace("_", " "), bool(question), numeric, tuple(cells))


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

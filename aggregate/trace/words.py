"""The words for the names that rules use: those of the questions and choices of the published forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy import Connection, select

from aggregate.indicators.rules import Rules
from forms.domain import HOUSEHOLDS
from forms.indicators.names import HOUSEHOLD_PREFIX
from forms.labels import Labels, read_labels
from forms.problems import Language
from forms.schema import FormSchema
from scorecards.trace.sources import FieldWords
from server.database.publication_tables import form_versions

_LANGUAGES: tuple[Language, ...] = ("id", "en")
_Path = tuple[str, ...]


def read_words(connection: Connection, rules: Rules, names: Iterable[str]) -> dict[str, FieldWords]:
    """By name, from the newest version that asks it; a name that no form asks is left out."""
    wanted: dict[tuple[str, str], dict[str, _Path]] = {}
    for name in dict.fromkeys(names):
        for schema in reversed(rules.schemas):
            if (path := _path(schema, name)) is not None:
                wanted.setdefault((schema.form_id, schema.version), {})[name] = path
                break
    columns = form_versions.c.form_id, form_versions.c.version, form_versions.c.xml
    query = select(*columns).where(form_versions.c.form_id.in_(sorted({form_id for form_id, _ in wanted})))
    labels = {
        (row.form_id, row.version): _labels(bytes(row.xml))
        for row in (connection.execute(query) if wanted else ())
        if (row.form_id, row.version) in wanted
    }
    return {name: _words(labels[form], path) for form, paths in wanted.items() for name, path in paths.items()}


_labels = lru_cache(maxsize=16)(read_labels)


def _path(schema: FormSchema, name: str) -> _Path | None:
    """Where the form asks it: a question of its own, or one that is kept as a property of the household."""
    if name.startswith(HOUSEHOLD_PREFIX):
        for table in schema.tables:
            for saved, field in table.saved.get(HOUSEHOLDS, ()):
                if saved == name.removeprefix(HOUSEHOLD_PREFIX):
                    return (*table.path, *field.path)
        return None
    asked = schema.main.by_name.get(name)
    return asked.path if asked else None


def _words(labels: Labels, path: _Path) -> FieldWords:
    values = labels.choices.get(path, {})
    return FieldWords(
        _both({language: labels.question(path, language) for language in _LANGUAGES}),
        {value: _both({language: labels.answer(path, value, language) for language in _LANGUAGES}) for value in values},
    )


def _both(words: Mapping[Language, str]) -> dict[str, str]:
    return {language: text for language, text in words.items() if text}

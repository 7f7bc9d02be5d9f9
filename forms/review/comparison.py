"""What a workbook changes in a form, question by question, as its author sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from forms.xlsform.sheets import REFERENCE, XlsForm, kind
from forms.xlsform.vocabulary import closes, opens
from forms.xlsform.workbook import Row, is_free

# A question: the repeat that it lies in, "" for none, and its name; with its groups where that name stands twice there.
Key = tuple[str, str]
# Columns that are compared, by what they are for people. All others of a question are told together.
ASPECTS = {
    "label": "label",
    "hint": "label",
    "type": "type",
    "required": "required",
    "relevant": "asked",
    "constraint": "allowed",
    "calculation": "computed",
    "default": "computed",
    "choice_filter": "choices",
    "save_to": "saved",
}


@dataclass(frozen=True)
class Aspect:
    """One column of a question that changed. `about`: what that is for people, one of ASPECTS' values or "other"; for
    choices the `column` is the choice's name, and `before` and `after` are its labels, blank where it is not there."""

    about: str
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A question that was added, removed or changed. `where`: its cell in the new workbook, in the old one where it was
    removed. `through`: the questions that are computed or asked by it, directly or through others."""

    what: Literal["added", "changed", "removed"]
    key: Key
    type: str
    label: str
    where: str
    aspects: tuple[Aspect, ...] = ()
    through: frozenset[str] = frozenset()

    @property
    def changes_answers(self) -> bool:
        """Whether more than words changed: what is asked of whom, what is taken, or what is computed."""
        return any(aspect.about not in ("label", "other") for aspect in self.aspects)


@dataclass(frozen=True)
class Comparison:
    """`changes`: added ones first, then changed, then removed ones. `same`: how many questions stay as they are.
    `settings`: other cells that changed, on the sheets settings and entities."""

    changes: tuple[Change, ...] = ()
    same: int = 0
    settings: tuple[Aspect, ...] = field(default=())

    def count(self, what: str) -> int:
        return sum(one.what == what for one in self.changes)


def compare(before: XlsForm, after: XlsForm) -> Comparison:
    """What changes from one to the other."""
    old, new = _questions(before), _questions(after)
    added = [_change("added", key, new[key], after) for key in new if key not in old]
    removed = [_change("removed", key, old[key], before) for key in old if key not in new]
    both = {key: tuple(_aspects(old[key], new[key], before, after)) for key in new if key in old}
    changed = [_change("changed", key, new[key], after, aspects) for key, aspects in both.items() if aspects]
    return Comparison((*added, *changed, *removed), len(both) - len(changed), tuple(_settings(before, after)))


def _questions(form: XlsForm) -> dict[Key, Row]:
    rows: dict[tuple[str, ...], Row] = {}
    repeats: list[tuple[str, bool]] = []
    inside: dict[tuple[str, ...], str] = {}
    for row in form.survey.rows:
        words = kind(row)
        if closes(words):
            del repeats[-1:]
            continue
        path = (*(name for name, _ in repeats), row.text("name"))
        if words and row.text("name"):
            rows[path] = row
            inside[path] = next((name for name, is_repeat in reversed(repeats) if is_repeat), "")
        if opens(words):
            repeats.append((row.text("name"), "repeat" in words))
    times = Counter((inside[path], path[-1]) for path in rows)
    return {
        (inside[path], path[-1] if times[inside[path], path[-1]] == 1 else "/".join(path)): row
        for path, row in rows.items()
    }


def _change(
    what: Literal["added", "changed", "removed"], key: Key, row: Row, form: XlsForm, aspects: tuple[Aspect, ...] = ()
) -> Change:
    through = frozenset(_readers(row.text("name"), form)) if what != "added" else frozenset()
    return Change(what, key, kind(row), _label(row), row.cell("name").where, aspects, through)


def _label(row: Row) -> str:
    """The first label; blank where nobody is asked."""
    labels = (cell.value for name, cell in row.cells.items() if name.partition("::")[0] == "label")
    return next(labels, "")


def _aspects(old: Row, new: Row, before: XlsForm, after: XlsForm) -> Iterator[Aspect]:
    columns = dict.fromkeys([*old.cells, *new.cells])
    for column in columns:
        if column != "name" and not is_free(column) and _plain(old.text(column)) != _plain(new.text(column)):
            yield Aspect(ASPECTS.get(column.partition("::")[0], "other"), column, old.text(column), new.text(column))
    offered, offers = _choices(old, before), _choices(new, after)
    for name in dict.fromkeys([*offered, *offers]):
        if offered.get(name) != offers.get(name):
            about = "label" if name in offered and name in offers else "choices"
            yield Aspect(about, name, offered.get(name, ""), offers.get(name, ""))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _choices(row: Row, form: XlsForm) -> dict[str, str]:
    """The labels of the choices by their names; none where they are not on the sheet `choices`."""
    names = form.choices_of(row)
    if names is None:
        return {}
    lists = kind(row).split()
    listed = {
        one.text("name"): _label(one) or one.text("name") for one in form.choices.rows if one.text("list_name") in lists
    }
    return {name: listed.get(name, name) for name in names}


def _readers(name: str, form: XlsForm) -> set[str]:
    """The names of the questions whose calculation, condition or choices hang on this one."""
    reads: dict[str, set[str]] = {}
    for row in form.questions():
        for column in ("calculation", "relevant", "choice_filter"):
            for read in REFERENCE.findall(row.text(column)):
                reads.setdefault(read, set()).add(row.text("name"))
    found: set[str] = set()
    fresh = {name}
    while fresh:
        fresh = {reader for one in fresh for reader in reads.get(one, ())} - found - {name}
        found |= fresh
    return found


def _settings(before: XlsForm, after: XlsForm) -> Iterator[Aspect]:
    for column in dict.fromkeys([*before.settings.columns, *after.settings.columns]):
        old, new = before.setting(column).value, after.setting(column).value
        if old != new and column != "version" and not is_free(column):
            yield Aspect("settings", column, old, new)
    lists = [{row.text("list_name"): row for row in form.entities.rows} for form in (before, after)]
    for name in dict.fromkeys([*lists[0], *lists[1]]):
        old_row, new_row = (one.get(name) for one in lists)
        for column in dict.fromkeys([*(old_row.cells if old_row else ()), *(new_row.cells if new_row else ())]):
            texts = [row.text(column) if row else "" for row in (old_row, new_row)]
            if texts[0] != texts[1]:
                yield Aspect("entities", f"{name}: {column}", *texts)

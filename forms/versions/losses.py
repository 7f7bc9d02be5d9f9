"""What a new version of a form would take away from those that read it by name: refused before phones have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from forms.indicators.kinds import kind_of
from forms.problems import Finding, Problem
from forms.schema import Field, FormSchema, Table
from forms.versions.cells import Cells, Path, likely
from forms.versions.needs import Need

QUESTION_GONE = Problem(
    "form.question_gone",
    409,
    "Pertanyaan “{name}”{of_id} ada di versi {live} yang berlaku dan tidak ada lagi di sini, padahal diperlukan oleh "
    "{users_id}. Kembalikan namanya, atau tambahkan calculate bernama {name}.",
    "The question “{name}”{of_en} is in version {live}, which is live, and no longer here, but it is needed by "
    "{users_en}. Give it its name back, or add a calculate named {name}.",
    "{name}",
)
QUESTION_REPLACED = Problem(
    "form.question_replaced",
    409,
    "Nama “{name}”{of_id} kini milik pertanyaan lain: yang diperlukan oleh {users_id} kini bernama “{now}”, karena ada "
    "dua yang bernama sama. Beri pertanyaan yang baru nama lain.",
    "The name “{name}”{of_en} is that of another question now: the one that is needed by {users_en} is called “{now}”, "
    "as two have the same name. Give the new question another name.",
)
TYPE_CHANGED = Problem(
    "form.needed_type_changed",
    409,
    "Pertanyaan “{name}”{of_id} berjenis {before} di versi {live} yang berlaku, dan {now} di sini; {users_id} "
    "memerlukan jenis yang lama. Kembalikan jenisnya, atau beri pertanyaan yang baru nama lain.",
    "The question “{name}”{of_en} is of type {before} in version {live}, which is live, and {now} here; the old "
    "type is needed by {users_en}. Give it its type back, or give the new question another name.",
)
REPEAT_GONE = Problem(
    "form.repeat_gone",
    409,
    "Pengulangan “{name}” ada di versi {live} yang berlaku dan tidak ada lagi di sini, padahal diperlukan oleh "
    "{users_id}. Kembalikan namanya.",
    "The repeat “{name}” is in version {live}, which is live, and no longer here, but it is needed by {users_en}. Give "
    "it its name back.",
    "{name}",
)
CHOICE_GONE = Problem(
    "form.choice_gone",
    409,
    "Pilihan “{choice}” dari “{name}” ada di versi {live} yang berlaku dan tidak ada lagi di sini, padahal diperlukan "
    "oleh {users_id}. Kembalikan isi kolom name-nya; kalimatnya (label) boleh diubah.",
    "The choice “{choice}” of “{name}” is in version {live}, which is live, and no longer here, but it is needed by "
    "{users_en}. Give it its name back in the column name; its wording (label) may change.",
    "{choice}",
)
PROPERTY_GONE = Problem(
    "form.property_gone",
    409,
    "Versi {live} yang berlaku menyimpan “{name}” ke daftar “{of}”; di sini tidak lagi, padahal diperlukan oleh "
    "{users_id}. Tulis {name} lagi di kolom save_to pertanyaannya.",
    "Version {live}, which is live, saves “{name}” to the list “{of}”; this one does not, but it is needed by "
    "{users_en}. Write {name} again in the column save_to of its question.",
    "{name}",
)
LIST_GONE = Problem(
    "form.list_gone",
    409,
    "Versi {live} yang berlaku mengisi daftar “{name}”; di sini tidak lagi, padahal diperlukan oleh {users_id}. "
    "Kembalikan namanya di lembar entities.",
    "Version {live}, which is live, writes the list “{name}”; this one does not, but it is needed by {users_en}. Give "
    "it its name back on the sheet entities.",
    "{name}",
)


@dataclass
class _Loss:
    """One thing that goes missing, with all that need it."""

    problem: Problem
    where: str
    details: dict[str, str]
    users: dict[str, str] = field(default_factory=dict)

    def finding(self, live: str) -> Finding:
        users = {"users_id": ", ".join(self.users), "users_en": ", ".join(self.users.values())}
        return Finding(self.problem, self.where, {**self.details, **users, "live": live})


def losses(needs: Iterable[Need], before: FormSchema, after: FormSchema, cells: Cells) -> list[Finding]:
    """What is needed, was in the version that is live, and is not in the one that comes after it."""
    found: dict[tuple[str, ...], _Loss] = {}
    for need in needs:
        if need.concerns(before):
            for loss in _lost(need, before, after, cells):
                key = (loss.problem.code, *(f"{name}={value}" for name, value in sorted(loss.details.items())))
                found.setdefault(key, loss).users[need.id] = need.en
    return [loss.finding(before.version) for loss in found.values()]


def _lost(need: Need, before: FormSchema, after: FormSchema, cells: Cells) -> Iterator[_Loss]:
    if need.kind == "list":
        if need.name in before.lists and need.name not in after.lists:
            yield _Loss(LIST_GONE, cells.list({*after.lists} - {*before.lists}), {"name": need.name})
    elif need.kind == "property":
        yield from _lost_property(need, before, after, cells)
    else:
        yield from _lost_question(need, before, after, cells)


def _lost_property(need: Need, before: FormSchema, after: FormSchema, cells: Cells) -> Iterator[_Loss]:
    saved, saves = _saving(before, need), _saving(after, need)
    if not saved or need.of not in after.lists:
        return
    if not saves:
        table, asked = saved[0]
        path = (*table.path, *asked.path)
        path = path if path in _paths(after) else likely(asked.name, _paths(after) - _paths(before))
        yield _Loss(PROPERTY_GONE, cells.saved(path), {"name": need.name, "of": need.of})
        return
    table, asked = saves[0]
    for choice in sorted(need.choices & _choices(saved) - _choices(saves)):
        if all(one.choices is not None for _, one in saves):
            fresh = _choices(saves) - _choices(saved)
            yield _Loss(CHOICE_GONE, cells.choice(table, asked, fresh, choice), {"name": need.name, "choice": choice})


def _paths(schema: FormSchema) -> set[Path]:
    """Of all its questions."""
    return {(*table.path, *one.path) for table in schema.tables for one in table.fields}


def _saving(schema: FormSchema, need: Need) -> list[tuple[Table, Field]]:
    return [(table, one) for table in schema.tables for one in table.fields if one.save_to == (need.of, need.name)]


def _choices(fields: Iterable[tuple[Table, Field]]) -> frozenset[str]:
    return frozenset(choice for _, one in fields for choice in one.choices or ())


def _lost_question(need: Need, before: FormSchema, after: FormSchema, cells: Cells) -> Iterator[_Loss]:
    old, new = _table(before, need.of), _table(after, need.of)
    if old is None or need.name not in old.by_name:
        return
    details = {"name": need.name, "of_id": "", "of_en": ""}
    if need.of:
        details |= {"of_id": f" di pengulangan “{need.of}”", "of_en": f" of the repeat “{need.of}”"}
    asked = old.by_name[need.name]
    if new is None:
        fresh = {table.path for table in after.tables} - {table.path for table in before.tables}
        yield _Loss(REPEAT_GONE, cells.question(likely(need.of, fresh)), {"name": need.of})
        return
    now = new.by_name.get(need.name)
    same = next((one for one in new.fields if one.path == asked.path), None)
    if same is not None and same.name != need.name:
        path = (*new.path, *now.path) if now else (*new.path, *same.path)
        yield _Loss(QUESTION_REPLACED, cells.question(path), {**details, "now": same.name})
    elif now is None:
        fresh = {path for path in _paths(after) - _paths(before) if path[: len(new.path)] == new.path}
        yield _Loss(QUESTION_GONE, cells.question(likely(need.name, fresh)), details)
    elif kind_of(now.type) != kind_of(asked.type):
        types = {"before": asked.type, "now": now.type}
        yield _Loss(TYPE_CHANGED, cells.question((*new.path, *now.path)), {**details, **types})
    elif asked.choices is not None and now.choices is not None:
        for choice in sorted(need.choices & asked.choices - now.choices):
            where = cells.choice(new, now, now.choices - asked.choices, choice)
            yield _Loss(CHOICE_GONE, where, {"name": need.name, "choice": choice})


def _table(schema: FormSchema, name: str) -> Table | None:
    return next((table for table in schema.tables if table.name == name), None)

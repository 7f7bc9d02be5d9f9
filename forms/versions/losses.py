"""What a new version of a form would take away from those that read it by name: refused before phones have it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from forms.indicators.kinds import kind_of
from forms.problems import Finding, Problem
from forms.schema import Field, FormSchema, Table
from forms.versions.cells import Cells, Path
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
QUESTION_REMOVED = Problem(
    "form.question_removed",
    409,
    "Pertanyaan “{name}”{of_id} ada di versi {live} yang berlaku, baris {row} lembar {sheet}, dan tidak ada lagi di "
    "sini, padahal diperlukan oleh {users_id}. Kembalikan barisnya, atau tambahkan calculate bernama {name}.",
    "The question “{name}”{of_en} is in version {live}, which is live, in row {row} of the sheet {sheet}, and no "
    "longer here, but it is needed by {users_en}. Put its row back, or add a calculate named {name}.",
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
CHOICE_REMOVED = Problem(
    "form.choice_removed",
    409,
    "Pilihan “{choice}” dari “{name}” ada di versi {live} yang berlaku, baris {row} lembar {sheet}, dan tidak ada lagi "
    "di sini, padahal diperlukan oleh {users_id}. Kembalikan barisnya di lembar {sheet}; kalimatnya (label) boleh "
    "diubah.",
    "The choice “{choice}” of “{name}” is in version {live}, which is live, in row {row} of the sheet {sheet}, and no "
    "longer here, but it is needed by {users_en}. Put its row back on the sheet {sheet}; its wording (label) may "
    "change.",
)
PROPERTY_GONE = Problem(
    "form.property_gone",
    409,
    "Versi {live} yang berlaku menyimpan “{name}” ke daftar “{of}”; di sini tidak lagi, padahal diperlukan oleh "
    "{users_id}. Tulis {save_to} lagi di kolom save_to pertanyaannya.",
    "Version {live}, which is live, saves “{name}” to the list “{of}”; this one does not, but it is needed by "
    "{users_en}. Write {save_to} again in the column save_to of its question.",
    "{save_to}",
)
PROPERTY_REMOVED = Problem(
    "form.property_removed",
    409,
    "Versi {live} yang berlaku menyimpan “{name}” ke daftar “{of}” dari pertanyaan “{question}”, baris {row} lembar "
    "{sheet}; pertanyaan itu tidak ada lagi di sini, padahal diperlukan oleh {users_id}. Kembalikan barisnya, dengan "
    "{save_to} di kolom save_to.",
    "Version {live}, which is live, saves “{name}” to the list “{of}” from the question “{question}” in row {row} of "
    "the sheet {sheet}; that question is no longer here, but it is needed by {users_en}. Put its row back, with "
    "{save_to} in the column save_to.",
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

LOST_BEFORE = Problem(
    "form.lost_before",
    409,
    "“{name}” ada di versi {version} formulir ini dan tidak ada lagi seperti itu sejak sesudahnya, padahal diperlukan "
    "oleh {users_id}: jawaban yang baru tidak terbaca di sana. Tambahkan lagi dengan nama itu, kecuali bila kini "
    "ditanyakan di formulir lain.",
    "“{name}” is in version {version} of this form and has been missing as it was since then, but it is needed by "
    "{users_en}: new answers are not read there. Add it again under that name, unless another form asks for it now.",
)
NEVER_HAD = Problem(
    "form.never_had",
    409,
    "“{name}” tidak ada di formulir ini, di versi mana pun, padahal diperlukan oleh {users_id}. Tambahkan pertanyaan "
    "atau calculate bernama {name}, bila itu hendak dihitung.",
    "“{name}” is in no version of this form, but it is needed by {users_en}. Add a question or a calculate named "
    "{name} if that is to be counted.",
)
# That a name is gone altogether, whatever has become of it.
OF_QUESTIONS = (QUESTION_GONE, QUESTION_REMOVED)
OF_CHOICES = (CHOICE_GONE, CHOICE_REMOVED)


@dataclass
class _Loss:
    """One thing that goes missing, with all that need it."""

    problem: Problem
    where: str
    details: dict[str, str]
    users: dict[str, str] = field(default_factory=dict)

    @property
    def users_in_words(self) -> dict[str, str]:
        return {"users_id": ", ".join(self.users), "users_en": ", ".join(self.users.values())}

    def finding(self, live: str) -> Finding:
        return Finding(self.problem, self.where, {**self.details, **self.users_in_words, "live": live})


def losses(needs: Iterable[Need], before: FormSchema, after: FormSchema, cells: Cells) -> list[Finding]:
    """What is needed for more than to be shown, was in the version that is live, and is not in the one that comes after
    it."""
    counted = [need for need in needs if not need.shown_only]
    return [loss.finding(before.version) for loss in _losses(counted, before, after, cells).values()]


def _losses(needs: Iterable[Need], before: FormSchema, after: FormSchema, cells: Cells) -> dict[tuple[str, ...], _Loss]:
    """The same, each with all that need it, by what it says."""
    found: dict[tuple[str, ...], _Loss] = {}
    for need in needs:
        if need.concerns(before):
            for loss in _lost(need, before, after, cells):
                key = (loss.problem.code, *(f"{name}={value}" for name, value in sorted(loss.details.items())))
                found.setdefault(key, loss).users[need.id] = need.en
    return found


def missing_already(
    needs: Sequence[Need], older: Sequence[FormSchema], after: FormSchema, cells: Cells
) -> list[Finding]:
    """What is needed of the form and is not in it, though nothing that is counted is taken away now: an older version
    had it, or none ever did. `older`: the versions that were published, the oldest first."""
    lost: dict[tuple[str, ...], Finding] = {}
    for before in older:
        for key, loss in _losses(needs, before, after, cells).items():
            name = loss.details.get("choice", loss.details["name"])
            details = {"name": name, "version": before.version, **loss.users_in_words}
            lost[key] = Finding(LOST_BEFORE, loss.where, details)
    never: dict[str, _Loss] = {}
    for need in needs:
        if need.form == after.form_id and not any(_has(need, schema) for schema in (*older, after)):
            asked = never.setdefault(need.name, _Loss(NEVER_HAD, cells.question(()), {"name": need.name}))
            asked.users[need.id] = need.en
    return [*lost.values(), *(loss.finding("") for loss in never.values())]


def _has(need: Need, schema: FormSchema) -> bool:
    """Whether the form has the question; of a repeat that it does not have at all, nothing is said."""
    table = _table(schema, need.of)
    return need.kind != "question" or table is None or need.name in table.by_name


def _lost(need: Need, before: FormSchema, after: FormSchema, cells: Cells) -> Iterator[_Loss]:
    if need.kind == "list":
        if need.name in before.lists and need.name not in after.lists:
            fresh = {*after.lists} - {*before.lists}
            yield _Loss(LIST_GONE, cells.list(need.name, fresh), {"name": need.name})
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
        gone = (*table.path, *asked.path)
        now = gone if gone in _paths(after) else cells.heir(gone, _fresh(before, after))
        details = {"name": need.name, "of": need.of, "save_to": cells.save_to(need.of, need.name)}
        if now:
            yield _Loss(PROPERTY_GONE, cells.saved(now), details)
        else:
            yield _Loss(PROPERTY_REMOVED, cells.saved(()), {**details, "question": gone[-1], **cells.was(gone)})
        return
    table, asked = saves[0]
    for choice in sorted(need.choices & _choices(saved) - _choices(saves)):
        if all(one.choices is not None for _, one in saves):
            yield _lost_choice(need, table, asked, _choices(saves) - _choices(saved), choice, cells)


def _lost_choice(need: Need, table: Table, asked: Field, fresh: Collection[str], choice: str, cells: Cells) -> _Loss:
    where, was = cells.choice(table, asked, fresh, choice)
    return _Loss(CHOICE_REMOVED if was else CHOICE_GONE, where, {"name": need.name, "choice": choice, **was})


def _paths(schema: FormSchema) -> set[Path]:
    """Of all its questions."""
    return {(*table.path, *one.path) for table in schema.tables for one in table.fields}


def _fresh(before: FormSchema, after: FormSchema) -> set[Path]:
    """Of the questions that are new, not only in another group."""
    known = {path[-1] for path in _paths(before)}
    return {path for path in _paths(after) if path[-1] not in known}


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
        yield _Loss(REPEAT_GONE, cells.question(cells.heir(old.path, fresh)), {"name": need.of})
        return
    now = new.by_name.get(need.name)
    same = next((one for one in new.fields if one.path == asked.path), None)
    if same is not None and same.name != need.name:
        path = (*new.path, *now.path) if now else (*new.path, *same.path)
        yield _Loss(QUESTION_REPLACED, cells.question(path), {**details, "now": same.name})
    elif now is None:
        gone = (*old.path, *asked.path)
        heir = cells.heir(gone, {path for path in _fresh(before, after) if path[: len(new.path)] == new.path})
        was = {} if heir else cells.was(gone)
        yield _Loss(QUESTION_GONE if heir else QUESTION_REMOVED, cells.question(heir), {**details, **was})
    elif kind_of(now.type) != kind_of(asked.type):
        types = {"before": asked.type, "now": now.type}
        yield _Loss(TYPE_CHANGED, cells.type((*new.path, *now.path)), {**details, **types})
    elif asked.choices is not None and now.choices is not None:
        for choice in sorted(need.choices & asked.choices - now.choices):
            yield _lost_choice(need, new, now, now.choices - asked.choices, choice, cells)


def _table(schema: FormSchema, name: str) -> Table | None:
    return next((table for table in schema.tables if table.name == name), None)

"""The register on sheets: what the live `peta_sosial` asks of a household, a mother and a child, a column a question.

The same sheets are downloaded empty, taken out with the village's people, and read back in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection

from forms.domain import CHILDREN, HOUSEHOLD, HOUSEHOLDS, MOTHERS
from forms.labels import Labels, read_labels
from forms.problems import Language, problem
from forms.schema import Field, FormSchema
from forms.sheets_out.tables import Choices, Column, Sheet
from forms.simulation.engine.form import FillableForm, Question
from server.publications.form_versions import FormCache, form_xml
from server.submissions.interpret import UNKNOWN_FORM

FORM = "peta_sosial"
LANGUAGES: tuple[Language, ...] = ("id", "en")
# The sheets by the lists that they hold, and the column that says which household somebody belongs to: any text, the
# same on all sheets.
SHEETS = {HOUSEHOLDS: "Keluarga", MOTHERS: "Ibu", CHILDREN: "Anak"}
KEY = HOUSEHOLD
# Who is taken out of a register has their state here; what begins so is for people to read.
STATE = "_status"

# Questions whose answer is the same for all who come from a workbook; the others of them are never asked then.
SAME_FOR_ALL: Mapping[str, str] = {"jenis_pendataan": "baru"}
NOT_ASKED = frozenset({"jenis_pendataan", "keluarga_lama", "perbarui_rumah", "kk_sama", "ibu_sama", "anak_sama"})
# What a cell can hold: no files, and no moments.
_KINDS = ("text", "integer", "decimal", "date", "select_one", "select_multiple", "geo")
_WIDTHS = {"text": 20, "select_one": 16, "select_multiple": 24}


@dataclass(frozen=True)
class Asked:
    """A question as a column. `required`: it has to be answered where it is asked. `choices`: their words, by value and
    language; empty where it has none."""

    field: Field
    path: tuple[str, ...]
    required: bool
    choices: Mapping[str, Mapping[str, str]]

    @property
    def name(self) -> str:
        return self.field.name


@dataclass(frozen=True)
class RegisterSheet:
    """The sheet of a list. `repeat`: the form's repeat in which it is registered; blank for households."""

    kind: str
    repeat: str
    questions: tuple[Asked, ...]

    @property
    def name(self) -> str:
        return SHEETS[self.kind]

    @property
    def columns(self) -> list[str]:
        return [KEY, *(one.name for one in self.questions)]


@dataclass(frozen=True)
class RegisterForm:
    """The form as phones have it, ready to be filled in, with its sheets."""

    schema: FormSchema
    fillable: FillableForm
    labels: Labels
    xml: bytes
    sheets: tuple[RegisterSheet, ...]


def register_form(connection: Connection, cache: FormCache) -> RegisterForm:
    """The live version. Raises ProblemError UNKNOWN_FORM where none is published."""
    live = next((one for one in cache.current(connection) if one.form_id == FORM), None)
    xml = form_xml(connection, FORM, live.version) if live else None
    if live is None or xml is None:
        raise problem(UNKNOWN_FORM, form_id=FORM)
    return _read(xml, live.schema)


@lru_cache(maxsize=2)
def _read(xml: bytes, schema: FormSchema) -> RegisterForm:
    fillable, labels = FillableForm(xml), read_labels(xml)
    containers = {entity.list: entity.path for entity in schema.entities}
    sheets = []
    for list_ in SHEETS:
        repeat = next((table.name for table in schema.tables[1:] if table.path == containers.get(list_)), "")
        if list_ == HOUSEHOLDS or repeat:
            sheets.append(RegisterSheet(list_, repeat, tuple(_asked(schema, fillable, labels, repeat))))
    return RegisterForm(schema, fillable, labels, xml, tuple(sheets))


def _asked(schema: FormSchema, fillable: FillableForm, labels: Labels, repeat: str) -> Iterator[Asked]:
    table = next(one for one in schema.tables if one.name == repeat)
    fields = {(*table.path, *field.path): field for field in table.fields}
    gates = {gate_of(one.name) for one in schema.tables[1:]}
    for question in _questions(fillable, table.path):
        path = tuple(question.path.split("/")[2:])
        field = fields.get(path)
        if field is None or field.type not in _KINDS or field.name in NOT_ASKED | gates:
            continue
        chosen = labels.choices.get(path, {}) if field.choices else {}
        yield Asked(field, path, fillable.nodes[question.path].required, chosen)


def _questions(fillable: FillableForm, path: tuple[str, ...]) -> tuple[Question, ...]:
    """The form's own questions, or those of the repeat at the path."""
    if not path:
        return tuple(one for one in fillable.questions if one.questions is None)
    wanted = "/".join(path)
    found = (one.questions for one in fillable.questions if one.path.split("/", 2)[2] == wanted)
    return next(found, None) or ()


def gate_of(repeat: str) -> str:
    """The question that asks whether there is anybody to put into the repeat."""
    return f"ada_{repeat}"


def columns_of(sheet: RegisterSheet) -> list[Column]:
    """The sheet's columns, with lists to choose from."""
    asked = [Column(one.name, _WIDTHS.get(one.field.type, 14), _choices(one)) for one in sheet.questions]
    return [Column(KEY, 12), *asked]


def _choices(asked: Asked) -> Choices | None:
    if asked.field.type != "select_one" or not asked.choices:
        return None
    return Choices(_list_name(asked), len(asked.choices))


def _list_name(asked: Asked) -> str:
    return f"pilihan {asked.name}"


def choices_of(form: RegisterForm) -> list[Sheet]:
    """The sheets with what can be chosen: values, and their words in both languages."""
    asked = {one.name: one for sheet in form.sheets for one in sheet.questions if one.choices}
    columns = [Column("nilai", 22), Column("Indonesia", 50), Column("English", 50)]

    def rows(one: Asked) -> Iterator[list[str]]:
        for value in one.choices:
            yield [value, *(form.labels.answer(one.path, value, language) for language in LANGUAGES)]

    return [Sheet(_list_name(one), columns, rows(one)) for one in asked.values()]


def template(form: RegisterForm, language: Language) -> bytes:
    """The workbook to fill in: the sheets, one that explains each column, and those of the choices."""
    from forms.sheets_out.excel import write_workbook  # as in files.py

    empty = [Sheet(sheet.name, columns_of(sheet), []) for sheet in form.sheets]
    return write_workbook([*empty, _explained(form, language), *choices_of(form)])


_HOW = {
    "id": ("petunjuk", ("lembar", "kolom", "cara mengisi", "wajib"), "ya, bila ditanyakan"),
    "en": ("how to", ("sheet", "column", "how to fill it in", "needed"), "yes, where it is asked"),
}
_KEY_SAID = {
    "id": "Nomor keluarga di berkas ini, misalnya 1, 2, 3. Ibu dan anak memakai nomor keluarganya.",
    "en": "The household's number in this file, such as 1, 2, 3. Mothers and children have that of their household.",
}
_DATE_SAID = {"id": " Tulis seperti 2025-06-01 atau 1/6/2025.", "en": " Write it as 2025-06-01 or 1/6/2025 (1 June)."}
_SEVERAL_SAID = {
    "id": " Boleh beberapa, dipisah spasi; pilihannya di lembar “{sheet}”.",
    "en": " Several may be written, with blanks between; the choices are on the sheet “{sheet}”.",
}
_PLACE_SAID = {
    "id": " Tulis lintang lalu bujur, misalnya -6.9 107.6.",
    "en": " Write latitude, then longitude: -6.9 107.6.",
}


def _explained(form: RegisterForm, language: Language) -> Sheet:
    title, heads, needed = _HOW[language]
    rows = []
    for sheet in form.sheets:
        rows.append([sheet.name, KEY, _KEY_SAID[language], needed.partition(",")[0]])
        for one in sheet.questions:
            said = form.labels.question(one.path, language) + _hint(one, language)
            rows.append([sheet.name, one.name, said, needed if one.required else ""])
    widths = (12, 22, 80, 20)
    return Sheet(title, [Column(head, width, wraps=True) for head, width in zip(heads, widths, strict=True)], rows)


def _hint(asked: Asked, language: Language) -> str:
    match asked.field.type:
        case "date":
            return _DATE_SAID[language]
        case "geo":
            return _PLACE_SAID[language]
        case "select_multiple":
            return _SEVERAL_SAID[language].format(sheet=_list_name(asked))
    return ""

"""What a phone sent: from the bytes of a submission to its answers and entity changes, by its form version's schema.

Parsing is safe on hostile input: no entities, no DTD, no network, bounded depth. Nothing here touches a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from forms.periods import read_day
from forms.problems import Problem, problem
from forms.schema import EntityDeclaration, Field, FormSchema, Table

UNREADABLE = Problem(
    "unreadable-xml",
    400,
    "Isian ini tidak terbaca: XML rusak atau terpotong ({reason}). Coba kirim ulang; bila tetap gagal, hubungi admin.",
    "This submission cannot be read: its XML is broken or cut short ({reason}). Send it again; if that fails, "
    "tell the admin.",
)
FORBIDDEN_DTD = Problem(
    "xml-with-dtd",
    400,
    "Isian ini memuat DOCTYPE, yang tidak pernah dikirim ODK Collect, sehingga ditolak. Kirim isian lewat ODK Collect.",
    "This submission holds a DOCTYPE, which ODK Collect never sends, so it is refused. Send submissions with "
    "ODK Collect.",
)
NO_INSTANCE_ID = Problem(
    "no-instance-id",
    400,
    "Isian ini tidak memuat meta/instanceID. Periksa formulirnya, lalu proses ulang dari karantina.",
    "This submission has no meta/instanceID. Check the form, then replay it from quarantine.",
)
NO_FORM_ID = Problem(
    "no-form-id",
    400,
    "Isian ini tidak menyebut formulirnya (atribut id pada elemen pertama).",
    "This submission does not name its form (the attribute id on its first element).",
)
TOO_LONG = Problem(
    "too-long",
    400,
    "Isi ini panjangnya {length} huruf, paling banyak {most}. Periksa pilihannya di formulir, lalu proses ulang.",
    "This value has {length} characters, at most {most} are possible. Check the form's choices, then replay.",
)
CORRECTION = Problem(
    "correction",
    409,
    "Isian ini memperbaiki isian {deprecated_id}. Disimpan, tetapi belum dihitung: server ini belum dapat menggantikan "
    "isian lama. Isian lama tetap dihitung.",
    "This submission corrects {deprecated_id}. It is kept but not counted: this server cannot replace the earlier one "
    "yet, which goes on counting.",
)
ENCRYPTED = Problem(
    "encrypted",
    400,
    "Isian ini terenkripsi; disimpan apa adanya dan tidak dapat dihitung di sini.",
    "This submission is encrypted; it is kept as it came and cannot be counted here.",
)
BAD_VALUE = Problem(
    "bad-value",
    400,
    "Isi {value!r} bukan {kind}. Perbaiki jenis pertanyaan di formulir, lalu proses ulang dari karantina.",
    "The value {value!r} is not {kind}. Mend the question's type in the form, then replay it from quarantine.",
)

OPENROSA_ENCRYPTED = "http://www.opendatakit.org/xforms/encrypted"
_LARGEST_INTEGER = 2**63 - 1
# Longer ones are no ids and no choices; they would not fit the databases' indexes.
LONGEST_ID = 255
_KINDS = {"integer": "bilangan bulat / a whole number", "decimal": "bilangan / a number", "date": "tanggal / a date"}


@dataclass(frozen=True)
class Envelope:
    """What every submission says of itself. Any of the texts may be empty; `root` is the parsed tree."""

    root: Any
    form_id: str
    form_version: str
    instance_id: str
    deprecated_id: str
    encrypted: bool


@dataclass(frozen=True)
class Row:
    """One row for the answer table `table`. `ordinal` is 0 for the form itself, 1, 2, 3 ... for a repeat's instances.

    `values` has a value for each field that the phone sent non-blank; `present` has the text of every field that the
    phone sent at all, blanks as "": a field that was not relevant is in neither.
    """

    table: Table
    ordinal: int
    values: dict[Field, Any]
    present: dict[Field, str]


@dataclass(frozen=True)
class EntityChange:
    """One `meta/entity` that means something: it creates, updates, or does whichever applies."""

    list: str
    id: str
    create: bool
    update: bool
    label: str
    properties: dict[str, str]
    base_version: int | None


@dataclass(frozen=True)
class Submission:
    """A submission that was understood. `files`: the names of the files that its answers speak of."""

    envelope: Envelope
    schema: FormSchema
    rows: tuple[Row, ...]
    changes: tuple[EntityChange, ...]
    files: tuple[str, ...]

    def answer(self, name: str) -> Any:
        """The value of the form's own field `name` (not of a repeat), or None."""
        return next((value for field, value in self.rows[0].values.items() if field.name == name), None)

    @property
    def day(self) -> date | None:
        """The form's `tanggal`: the day that the answers speak of."""
        answer = self.answer("tanggal")
        return answer if isinstance(answer, date) else None


def read_envelope(body: bytes) -> Envelope:
    """Parses the XML. Raises ProblemError UNREADABLE or FORBIDDEN_DTD: the two reasons to refuse a submission."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,  # what stands around them is one text
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise problem(UNREADABLE, reason=getattr(error, "msg", None) or str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise problem(FORBIDDEN_DTD)
    return Envelope(
        root=root,
        form_id=(root.get("id") or "").strip(),
        form_version=(root.get("version") or "").strip(),
        instance_id=_meta(root, "instanceID"),
        deprecated_id=_meta(root, "deprecatedID"),
        encrypted=etree.QName(root).namespace == OPENROSA_ENCRYPTED,
    )


def read_submission(envelope: Envelope, schema: FormSchema) -> Submission:
    """The answers and entity changes of a submission. Raises ProblemError BAD_VALUE at the field that holds it."""
    rows = tuple(_rows(envelope.root, schema))
    files = [text for row in rows for field, text in row.present.items() if field.type == "binary" and text]
    return Submission(
        envelope=envelope,
        schema=schema,
        rows=rows,
        changes=tuple(_changes(envelope.root, schema, rows)),
        files=tuple(dict.fromkeys(files)),
    )


def encrypted_files(envelope: Envelope) -> tuple[str, ...]:
    """The files that an encrypted submission's manifest names."""
    named = envelope.root.iter("{*}file", "{*}encryptedXmlFile")
    return tuple(text for element in named if (text := (element.text or "").strip()))


def _children(element: Any, name: str) -> Iterator[Any]:
    # In any namespace: meta and its children come with or without that of OpenRosa.
    children: Iterator[Any] = element.iterchildren(f"{{*}}{name}")
    return children


def _follow(element: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield element
        return
    for child in _children(element, path[0]):
        yield from _follow(child, path[1:])


def _meta(root: Any, name: str) -> str:
    for element in _follow(root, ("meta", name)):
        return (element.text or "").strip()
    return ""


def _rows(root: Any, schema: FormSchema) -> Iterator[Row]:
    for table in schema.tables:
        for ordinal, element in enumerate(_follow(root, table.path), start=1):
            texts: dict[tuple[str, ...], str] = {}
            _gather(element, (), texts)
            present = {field: texts[field.path] for field in table.fields if field.path in texts}
            values = {field: value for field, text in present.items() if (value := _value(field, text)) is not None}
            yield Row(table, ordinal if table.name else 0, values, present)


def _gather(element: Any, path: tuple[str, ...], texts: dict[tuple[str, ...], str]) -> None:
    """Puts the text of every leaf below the element into `texts`, by its path."""
    for child in element:
        below = (*path, child.tag.rpartition("}")[2])
        if len(child):
            _gather(child, below, texts)
        else:
            texts[below] = (child.text or "").strip()


def _value(field: Field, text: str) -> Any:
    """The typed value, None where blank. Engines write an empty sum as NaN and an integer now and then as 3.0."""
    if not text or (text == "NaN" and field.type in ("integer", "decimal")):
        return None
    try:
        match field.type:
            case "integer":
                return _integer(text)
            case "decimal":
                return _decimal(text)
            case "date":
                return read_day(text)
            case "select_one" if len(text) > LONGEST_ID:
                raise problem(TOO_LONG, field.name, length=len(text), most=LONGEST_ID)
            case _:
                return text
    except ValueError as error:
        raise problem(BAD_VALUE, field.name, value=text[:80], kind=_KINDS[field.type]) from error


def _integer(text: str) -> int:
    match = re.fullmatch(r"([+-]?\d{1,19})(\.0+)?", text, re.ASCII)
    if match is None or abs(int(match[1])) > _LARGEST_INTEGER:
        raise ValueError(text)
    return int(match[1])


def _decimal(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        raise ValueError(text)
    number = float(text)
    if abs(number) == float("inf"):
        raise ValueError(text)
    return number


def _changes(root: Any, schema: FormSchema, rows: tuple[Row, ...]) -> Iterator[EntityChange]:
    for declaration in schema.entities:
        table = _table_of(schema, declaration)
        below = declaration.path[len(table.path) :]
        mine = [row for row in rows if row.table is table]
        for row, element in zip(mine, _follow(root, table.path), strict=True):
            for entity in _follow(element, (*below, "meta", "entity")):
                if entity.get("dataset") == declaration.list:
                    change = _change(entity, declaration.list, row)
                    if change.create or change.update:
                        yield change


def _table_of(schema: FormSchema, declaration: EntityDeclaration) -> Table:
    """The innermost table whose element holds the entity's container."""
    holding = [t for t in schema.tables if declaration.path[: len(t.path)] == t.path]
    return max(holding, key=lambda table: len(table.path))


def _change(entity: Any, list_name: str, row: Row) -> EntityChange:
    version = (entity.get("baseVersion") or "").strip()
    return EntityChange(
        list=list_name,
        id=(entity.get("id") or "").strip(),
        create=entity.get("create") in ("1", "true", "true()"),
        update=entity.get("update") in ("1", "true", "true()"),
        label=next(((label.text or "").strip() for label in _children(entity, "label")), ""),
        properties={
            field.save_to[1]: _property(field, text)
            for field, text in row.present.items()
            if field.save_to and field.save_to[0] == list_name
        },
        base_version=int(version) if version.isascii() and version.isdigit() else None,
    )


def _property(field: Field, text: str) -> str:
    # A date copied by a calculation arrives as 2026-02-01T00:00:00.000Z; the register keeps the day.
    return text[:10] if field.type == "date" else text

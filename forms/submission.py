"""What a phone sent: from the bytes of a submission to its answers and entity changes, by its form version's schema.

Parsing is safe on hostile input: no entities, no DTD, no network, bounded depth. Nothing here touches a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import count
from typing import Any

from lxml import etree

from forms.answer_values import LONGEST_TEXT, TOO_LONG, value_of
from forms.characters import possible_xml
from forms.domain import DAY, TARGET_LISTS
from forms.entity_xml import EntityChange, Row, children, follow, read_changes
from forms.problems import Problem, problem
from forms.schema import FieldTree, FormSchema, Table

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
CORRECTION = Problem(
    "correction",
    409,
    "Isian ini memperbaiki isian {deprecated_id}. Keduanya disimpan, dan isian lama tetap dihitung sampai admin atau "
    "kepala desa memilih di halaman Perbaikan.",
    "This submission corrects {deprecated_id}. Both are kept, and the earlier one counts until an admin or the village "
    "head chooses on the page Corrections.",
)
ENCRYPTED = Problem(
    "encrypted",
    400,
    "Isian ini terenkripsi; disimpan apa adanya dan tidak dapat dihitung di sini.",
    "This submission is encrypted; it is kept as it came and cannot be counted here.",
)
OPENROSA_ENCRYPTED = "http://www.opendatakit.org/xforms/encrypted"
_OF_THE_FORM = "jr://"  # how an answer names a file that came with the form


_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,  # what stands around them is one text
    remove_pis=True,
)


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
class Submission:
    """A submission that was understood. `files`: the names of the files that its answers speak of."""

    envelope: Envelope
    schema: FormSchema
    rows: tuple[Row, ...]
    changes: tuple[EntityChange, ...]
    files: tuple[str, ...]

    def answer(self, name: str) -> Any:
        """The value of the form's own field `name` (not of a repeat); None where it has none."""
        return self.rows[0].values.get(name)

    @cached_property
    def targets(self) -> dict[str, str]:
        """The ids of the people whom the form itself is about, by their list: its answers are at home with them."""
        asked = {name: self.answer(name) for name in TARGET_LISTS if self.schema.is_about(name)}
        return {name: str(id_) for name, id_ in asked.items() if id_}

    def number(self, name: str) -> float | None:
        """The same of a question that asks a number; None where it asks something else."""
        answer = self.answer(name)
        return answer if isinstance(answer, int | float) else None

    @property
    def day(self) -> date | None:
        """The form's `tanggal`: the day that the answers speak of. None where it is not answered."""
        answer = self.answer(DAY)
        return answer if isinstance(answer, date) else None

    @property
    def ended(self) -> datetime | None:
        """When the form was finished, by the phone's clock in UTC (its field `berakhir`); None where it says none."""
        try:
            ended = datetime.fromisoformat(str(self.answer("berakhir")))
            return ended.astimezone(UTC) if ended.tzinfo else None
        except (ValueError, OverflowError):  # 0001-01-01T00:00+07:00 lies before all time in UTC
            return None


def read_envelope(body: bytes) -> Envelope:
    """Parses the XML. Raises ProblemError UNREADABLE or FORBIDDEN_DTD: the two reasons to refuse a submission."""
    try:
        root = _parsed(body)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise problem(UNREADABLE, reason=getattr(error, "msg", None) or str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise problem(FORBIDDEN_DTD)
    meta = _meta(root)
    return Envelope(
        root=root,
        form_id=(root.get("id") or "").strip(),
        form_version=(root.get("version") or "").strip(),
        instance_id=meta.get("instanceID", ""),
        deprecated_id=meta.get("deprecatedID", ""),
        encrypted=etree.QName(root).namespace == OPENROSA_ENCRYPTED,
    )


def _parsed(body: bytes) -> Any:
    """The tree, with U+FFFD for each character that XML cannot hold: that is no reason to refuse all the rest."""
    try:
        return etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        mended = possible_xml(body)
        if mended == body:
            raise
        return etree.fromstring(mended, _PARSER)


def read_submission(envelope: Envelope, schema: FormSchema) -> Submission:
    """The answers and entity changes of a submission. Raises ProblemError at the field whose value no phone can send
    with this form version (answer_values.py): TOO_LONG, also of what an entity is called, and others."""
    rows = tuple(_row(*found) for found in _present(envelope.root, schema, schema.tables))
    changes = tuple(read_changes(envelope.root, schema, rows))
    for change in changes:
        if len(change.label) > LONGEST_TEXT:
            raise problem(TOO_LONG, "meta/entity/label", length=len(change.label), most=LONGEST_TEXT)
    return Submission(
        envelope=envelope,
        schema=schema,
        rows=rows,
        changes=changes,
        files=_files((row.table, row.present) for row in rows),
    )


def named_files(envelope: Envelope, schema: FormSchema) -> tuple[str, ...]:
    """The files that the answers speak of, whether or not the rest of them can be read."""
    asking = [table for table in schema.tables if table.files]
    return _files((table, present) for table, *_, present in _present(envelope.root, schema, asking))


def _files(found: Iterable[tuple[Table, dict[str, str]]]) -> tuple[str, ...]:
    """Each once, in the form's order, without blanks and without defaults that nobody touched: no phone sends those."""
    named = (present.get(name, "") for table, present in found for name in table.files)
    return tuple(dict.fromkeys(name for name in named if name and not name.startswith(_OF_THE_FORM)))


def encrypted_files(envelope: Envelope) -> tuple[str, ...]:
    """The files that an encrypted submission's manifest names."""
    named = envelope.root.iter("{*}file", "{*}encryptedXmlFile")
    return tuple(text for element in named if (text := (element.text or "").strip()))


def _meta(root: Any) -> dict[str, str]:
    """The texts in the form's own `meta`, by their names; of several of one name the first."""
    found: dict[str, str] = {}
    for meta in children(root, "meta"):
        for element in meta:
            found.setdefault(element.tag.rpartition("}")[2], (element.text or "").strip())
    return found


def _present(
    root: Any, schema: FormSchema, tables: Iterable[Table]
) -> Iterator[tuple[Table, Any, int, int | None, dict[str, str]]]:
    """The rows of the tables: (table, element, ordinal, that of the row around it, the text of each field that is
    there)."""
    for table in tables:
        outer = schema.outer.get(table.name)
        around: Iterable[tuple[int | None, Any]] = [(None, root)]
        if outer:
            around = enumerate(follow(root, outer.path), start=1)
        ordinals = count(1 if table.name else 0)
        for parent_ordinal, holder in around:
            for element in follow(holder, table.path[len(outer.path) if outer else 0 :]):
                present: dict[str, str] = {}
                _gather(element, table.tree, present)
                yield table, element, next(ordinals), parent_ordinal, present


def _gather(element: Any, tree: FieldTree, present: dict[str, str]) -> None:
    """Puts the text of every field below the element into `present`."""
    fields, groups = tree.fields, tree.groups
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name in fields and not len(child):
            text = child.text
            present[fields[name]] = text.strip() if text else ""
        elif name in groups:
            _gather(child, groups[name], present)


def _row(table: Table, element: Any, ordinal: int, parent_ordinal: int | None, present: dict[str, str]) -> Row:
    fields = table.by_name
    values = {
        name: value for name, text in present.items() if text and (value := value_of(fields[name], text)) is not None
    }
    return Row(table, element, ordinal, values, present, parent_ordinal)

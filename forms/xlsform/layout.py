"""From a compiled XForm to the shape of its answers, and whether tables can be made of that shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from forms.problems import Finding, Problem, problem
from forms.schema import EntityDeclaration, Field, FieldType, FormSchema, Table
from forms.xlsform.limits import Limits, read_limits
from forms.xlsform.sheets import XlsForm
from forms.xlsform.workbook import Cell

NESTED_REPEAT = Problem(
    "form.repeat_nested",
    400,
    "Pengulangan “{name}” berada di dalam pengulangan “{outer}”; itu belum didukung. Pindahkan ke luar, atau ganti "
    "dengan grup.",
    "The repeat “{name}” lies inside the repeat “{outer}”, which is not supported. Move it out, or make it a group.",
)
NAMES_COLLIDE = Problem(
    "form.names_collide",
    400,
    "Nama “{name}” bertabrakan dengan {other}: keduanya menjadi kolom atau tabel yang sama (huruf besar dan kecil "
    "dianggap sama). Ganti salah satunya.",
    "The name “{name}” collides with {other}: both would become the same column or table (upper and lower case count "
    "as one). Rename one of them.",
)
NAME_TOO_LONG = Problem(
    "form.name_too_long",
    400,
    "“{name}” terlalu panjang {excess} huruf untuk nama di basis data. Pendekkan namanya.",
    "“{name}” is {excess} characters too long for a name in the database. Shorten it.",
)

SAVED_ELSEWHERE = Problem(
    "form.save_to_elsewhere",
    400,
    "Telepon akan menyimpan isian ini ke daftar “{inner}”, bukan “{name}”, karena grupnya milik “{inner}”. Salin "
    "nilainya dengan calculate di luar grup itu, lalu simpan dari sana.",
    "Phones would save this to the list “{inner}”, not “{name}”, as it lies in a group that belongs to “{inner}”. Copy "
    "its value with a calculate outside that group, and save it from there.",
)

NO_XML = Problem(
    "form.not_xml",
    400,
    "Dari buku kerja ini jadinya bukan XML yang sah ({reason}). Periksa nama kolom tambahan (choices, bind::, body::, "
    "instance::) dan nama pengaturan: huruf, angka dan garis bawah saja.",
    "What comes out of this workbook is no valid XML ({reason}). Check the names of further columns (choices, bind::, "
    "body::, instance::) and of settings: letters, digits and underscores only.",
)

BIND_TYPES: dict[str, FieldType] = {
    "string": "text",
    "int": "integer",
    "integer": "integer",
    "long": "integer",
    "decimal": "decimal",
    "double": "decimal",
    "float": "decimal",
    "date": "date",
    "dateTime": "datetime",
    "time": "time",
    "geopoint": "geo",
    "geotrace": "geo",
    "geoshape": "geo",
    "binary": "binary",
    "boolean": "text",
    "barcode": "text",
    "intent": "text",
    "rank": "select_multiple",
}
_CONTROLS: dict[str, FieldType] = {"select1": "select_one", "select": "select_multiple"}
_XFORMS = "{http://www.w3.org/2002/xforms}"
_SAVE_TO = "{http://www.opendatakit.org/xforms/entities}saveto"
_PRELOAD = "{http://openrosa.org/javarosa}preload"
_ODK = "{http://www.opendatakit.org/xforms}"
# What fills a question in by itself: a dynamic default, a trigger, where the phone is, a recording.
_ACTIONS = (f"{_XFORMS}setvalue", f"{_ODK}setgeopoint", f"{_ODK}recordaudio")
_MEDIA = re.compile(r"jr://(?:file|file-csv|images|audio|video)/(.+)")
# PostgreSQL's limit for a name, in bytes, and the longest name made of those of a form and a repeat.
_LONGEST_NAME = 63
_INDEX = "answers_{form}__{repeat}_by_seq"

Path = tuple[str, ...]


def read_schema(xml: bytes, title: str) -> FormSchema:
    """The shape of the answers that a phone sends with this XForm.

    A field is what can hold a value: a note cannot. Of the form's `meta` only the audit log is a field. Raises
    ProblemError NO_XML where the XForm is no XML: pyxform writes some of an author's names as they are.
    """
    try:
        document: Any = etree.fromstring(xml)
    except etree.XMLSyntaxError as error:
        raise problem(NO_XML, reason=error.msg) from error
    root = next(document.iter(f"{_XFORMS}instance"))[0]
    entities = tuple(dict.fromkeys(_entities(root, ())))
    fields = _fields(document, root, entities)
    repeats = sorted((_path(repeat.get("nodeset")) for repeat in document.iter(f"{_XFORMS}repeat")), key=len)
    inside: dict[Path, dict[Path, Field]] = {path: {} for path in ((), *repeats)}
    for path, field in fields.items():
        table = max((table for table in inside if path[: len(table)] == table), key=len)
        inside[table][path[len(table) :]] = field
    return FormSchema(
        form_id=root.get("id"),
        version=root.get("version"),
        title=title,
        tables=tuple(Table(path[-1] if path else "", path, _named(below)) for path, below in inside.items()),
        entities=entities,
        reads=tuple(sorted(set(_reads(document)))),
    )


def check_schema(schema: FormSchema, form: XlsForm) -> Iterator[Finding]:
    """What keeps tables from being made: nested repeats, and names that are too long or mean the same column."""
    rows = form.paths()

    def where(path: Path) -> str:
        # What pyxform adds by itself (a repeat's count) has no row of its own.
        return rows[path].cell("name").where if path in rows else form.survey.name

    tables: dict[str, str] = {}
    for table in schema.tables:
        outer = [other for other in schema.tables[1:] if other != table and table.path[: len(other.path)] == other.path]
        if outer:
            yield Finding(NESTED_REPEAT, where(table.path), {"name": table.name, "outer": outer[-1].name})
        if table.name:
            index = _INDEX.format(form=schema.form_id, repeat=table.name)
            yield from _check_name(table.name, index, where(table.path), tables)
        columns: dict[str, str] = {}
        for field in table.fields:
            path = (*table.path, *field.path)
            yield from _check_name(field.name, field.name, where(path), columns)
            if path in rows:
                yield from _check_save_to(field, rows[path].cell("save_to"))


def _check_save_to(field: Field, cell: Cell) -> Iterator[Finding]:
    # The specification of entities: a saveto belongs to the nearest container around it that declares an entity.
    # pyxform makes sure that there is one, but not that it is the one that `save_to` names.
    wanted, several, _ = cell.value.partition("#")
    if several and field.save_to and field.save_to[0] != wanted:
        yield Finding(SAVED_ELSEWHERE, cell.where, {"name": wanted, "inner": field.save_to[0]})


def _check_name(name: str, in_database: str, where: str, taken: dict[str, str]) -> Iterator[Finding]:
    # SQLite takes no notice of case in names.
    other = taken.setdefault(in_database.casefold(), where)
    if other != where:
        yield Finding(NAMES_COLLIDE, where, {"name": name, "other": other})
    excess = len(in_database.encode()) - _LONGEST_NAME
    if excess > 0:
        yield Finding(NAME_TOO_LONG, where, {"name": name, "excess": str(excess)})


def _path(nodeset: Any) -> Path:
    """The element names below the root: ("g", "nama") of "/data/g/nama"."""
    return tuple(str(nodeset).strip().split("/")[2:])


def _local_name(element: Any) -> str:
    return etree.QName(element).localname


def _fields(document: Any, root: Any, entities: tuple[EntityDeclaration, ...]) -> dict[Path, Field]:
    binds = {_path(bind.get("nodeset")): bind for bind in document.iter(f"{_XFORMS}bind")}
    controls = {
        _path(element.get("ref")): _CONTROLS[_local_name(element)]
        for element in document.iter(*(f"{_XFORMS}{control}" for control in _CONTROLS))
    }
    acted_on = {_path(element.get("ref")) for element in document.iter(*_ACTIONS)}
    limits = read_limits(document)
    fields = {}
    for path, element in dict(_leaves(root, ())).items():
        bind = binds.get(path)
        if bind is None or not bind.get("type") or ("meta" in path[:-1] and path != ("meta", "audit")):
            continue
        gives_value = {"calculate", _PRELOAD, _SAVE_TO} & set(bind.keys()) or element.text or path in acted_on
        if bind.get("readonly") == "true()" and not gives_value:
            continue
        kind = BIND_TYPES.get(bind.get("type").rpartition(":")[2], "text")
        if kind == "text":
            kind = controls.get(path, kind)
        save_to = _save_to(path, bind.get(_SAVE_TO), entities)
        fields[path] = Field(path[-1], path, kind, save_to, **vars(limits.get(path, Limits())))
    return fields


def _leaves(element: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    # A repeat stands twice in the model, as its template and as its first instance: the paths are the same.
    for child in element.iterchildren(etree.Element):
        below = (*path, _local_name(child))
        if len(child):
            yield from _leaves(child, below)
        else:
            yield below, child


def _entities(element: Any, path: Path) -> Iterator[EntityDeclaration]:
    for child in element.iterchildren(etree.Element):
        if _local_name(child) == "meta":
            for entity in child.iterchildren(etree.Element):
                if _local_name(entity) == "entity":
                    yield EntityDeclaration(entity.get("dataset"), path)
        else:
            yield from _entities(child, (*path, _local_name(child)))


def _save_to(path: Path, saved: str | None, entities: tuple[EntityDeclaration, ...]) -> tuple[str, str] | None:
    """The list and property: the list is that of the innermost container around the field that declares one."""
    around = [entity for entity in entities if path[: len(entity.path)] == entity.path]
    if not saved or not around:
        return None
    return max(around, key=lambda entity: len(entity.path)).list, saved


def _named(fields: dict[Path, Field]) -> tuple[Field, ...]:
    """The fields of one table with their columns: the bare name, led by its groups where that stands twice."""
    times = Counter(path[-1].casefold() for path in fields)
    return tuple(
        replace(field, path=path, name="_".join(path) if times[path[-1].casefold()] > 1 else path[-1])
        for path, field in fields.items()
    )


def _reads(document: Any) -> Iterator[str]:
    """Names of the files that the form needs on the phone: look-up tables and lists (without .csv), media."""
    for element in document.iter(etree.Element):
        for text in (element.get("src"), element.text):
            if text and (match := _MEDIA.fullmatch(text.strip())):
                yield match[1].removesuffix(".csv")

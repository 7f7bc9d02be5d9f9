"""From a compiled XForm to the shape of its answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from forms.problems import Finding, Problem, problem
from forms.schema import LONGEST_NAME, EntityDeclaration, Field, FieldType, FormSchema, Table, marked
from forms.xlsform.limits import Limits, read_limits
from forms.xlsform.lookups import ITEMSETS
from forms.xlsform.sheets import XlsForm
from forms.xlsform.workbook import Cell

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
# Look-ups that pyxform does not declare: pulldata() in a default or a filter, search() in an appearance.
_LOOKED_UP = re.compile(r"\b(?:pulldata|search)\(\s*['\"]([^'\"]+)['\"]")

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
    taken: set[str] = set()
    return FormSchema(
        form_id=root.get("id"),
        version=root.get("version"),
        title=title,
        tables=tuple(
            Table(_free_name(path[-1], path, taken) if path else "", path, _named(below))
            for path, below in inside.items()
        ),
        entities=entities,
        reads=tuple(sorted(set(_reads(document)))),
    )


def check_schema(schema: FormSchema, form: XlsForm) -> Iterator[Finding]:
    """Where phones would save an answer to another list than the workbook says."""
    rows = form.paths()
    for table in schema.tables:
        for field in table.fields:
            path = (*table.path, *field.path)
            if path in rows:
                yield from _check_save_to(field, rows[path].cell("save_to"))


def _check_save_to(field: Field, cell: Cell) -> Iterator[Finding]:
    # The specification of entities: a saveto belongs to the nearest container around it that declares an entity.
    # pyxform makes sure that there is one, but not that it is the one that `save_to` names.
    wanted, several, _ = cell.value.partition("#")
    if several and field.save_to and field.save_to[0] != wanted:
        yield Finding(SAVED_ELSEWHERE, cell.where, {"name": wanted, "inner": field.save_to[0]})


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
    asked = {_path(element.get("ref")) for element in document.iterfind(".//{*}body//*[@ref]")}
    acted_on = {_path(element.get("ref")) for element in document.iter(*_ACTIONS)}
    limits = read_limits(document)
    fields = {}
    for path, element in dict(_leaves(root, ())).items():
        bind = binds.get(path, {})
        written = bind.get("type", "")
        if not (written or path in asked) or ("meta" in path[:-1] and path != ("meta", "audit")):
            continue
        gives_value = {"calculate", _PRELOAD, _SAVE_TO} & set(bind.keys()) or element.text or path in acted_on
        if bind.get("readonly") == "true()" and not gives_value:
            continue
        kind = BIND_TYPES.get(written.rpartition(":")[2], "text")
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
    times = Counter(_plain(path[-1]).casefold() for path in fields)
    taken: set[str] = set()
    named = []
    for path, field in fields.items():
        wanted = "_".join(path) if times[_plain(path[-1]).casefold()] > 1 else path[-1]
        named.append(replace(field, path=path, name=_free_name(wanted, path, taken)))
    return tuple(named)


def _plain(name: str) -> str:
    """The name without what separates things in SQL."""
    return name.replace(".", "_")


def _free_name(wanted: str, path: Path, taken: set[str]) -> str:
    """A name in the database: as wanted, or with a mark of its path where that is too long or taken."""
    name = _plain(wanted)
    # SQLite takes no notice of case in names.
    if name.casefold() in taken or len(name.encode()) > LONGEST_NAME:
        name = marked(name, "/".join(path), LONGEST_NAME)
    taken.add(name.casefold())
    return name


def _reads(document: Any) -> Iterator[str]:
    """Names of the files that the form needs on the phone: look-up tables and lists (without .csv), media."""
    for element in document.iter(etree.Element):
        for text in (element.get("src"), element.text):
            if text and (match := _MEDIA.fullmatch(text.strip())):
                yield match[1].removesuffix(".csv")
        for text in element.attrib.values():
            yield from (name.removesuffix(".csv") for name in _LOOKED_UP.findall(text))
        if element.get("query"):
            yield ITEMSETS.removesuffix(".csv")

"""The shipped forms as a phone sends them, for tests of what people do with whole villages.

`mapped` registers a household with its mothers and children, `visited` is a home visit. Every form is finished on the
phone at noon of its day, unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from lxml import etree
from sqlalchemy import Engine

from forms.schema import EntityDeclaration, FormSchema
from forms.xlsform.compiler import CompiledForm, compile_form
from server.database.engine import open_engine, writing
from server.publications import form_versions, publish, shipped
from tests.support.small_forms import new_id
from tests.support.station import START, Station, prepared

Answers = Mapping[str, object]
# (list, id, what it does: create or update, label)
Entity = tuple[str, str, str, str]


@cache
def compiled(form_id: str) -> CompiledForm:
    (workbook,) = (path for path in shipped.FORMS if path.stem == form_id)
    return compile_form(workbook.read_bytes())


def publish_shipped(station: Station) -> None:
    """The forms about mothers and children, and the rules of the score."""
    _publish(station.engine)


def prepared_with_forms(database_url: str) -> dict[str, str]:
    """A database made ready, with these forms and rules; a phone's token for each village."""
    tokens = prepared(database_url)
    engine = open_engine(database_url)
    _publish(engine)
    engine.dispose()
    return tokens


def _publish(engine: Engine) -> None:
    with writing(engine) as connection:
        for form_id in ("peta_sosial", "kunjungan_rumah", "ukur_tinggi", "pantau_paud"):
            form = compiled(form_id)
            form_versions.publish(connection, form.schema, form.xml, b"", START)
        publish.publish_indicators(connection, shipped.INDICATORS.read_bytes(), START)


def mapped(
    household: str,
    *,
    day: str = "2026-01-05",
    head: str = "Budi",
    no_kk: str = "1101010101010001",
    dusun: str = "Mawar",
    place: str = "",
    mothers: Iterable[tuple[str, Answers]] = (),
    children: Iterable[tuple[str, Answers]] = (),
) -> str:
    """A new household and its people by their ids; what is not said of them is as in most households. `place`: where
    it stands, as a phone writes it."""
    home = {"no_kk": no_kk, "dusun": dusun, "rt": "001", "air_minum": "ya", "jamban": "ya", "rentan": "tidak"}
    home |= {"lokasi": place} if place else {}
    born_there = {"dusun": dusun, "keluarga": household, "status": "aktif", "tanggal_status": day}
    mother = {"nama": "Siti", "hpl": "2026-06-15", "status_kehamilan": "normal", "jaminan_kesehatan": "ya"}
    child = {"nama": "Ali", "jenis_kelamin": "L", "tanggal_lahir": "2025-06-01", "status_gizi": "baik"}
    repeats = [
        ("ibu", [(id_, "ibu_hamil", {**mother, **born_there, **more}) for id_, more in mothers]),
        ("balita", [(id_, "anak", {**child, **born_there, **more}) for id_, more in children]),
    ]
    return filled(
        "peta_sosial",
        {"tanggal": day, **home, **_finished(day)},
        [("keluarga", household, "create", head)],
        [
            (repeat, answers, (list_, id_, "create", str(answers["nama"])))
            for repeat, people in repeats
            for id_, list_, answers in people
        ],
    )


def filled(
    form_id: str,
    answers: Answers,
    entities: Iterable[Entity] = (),
    rounds: Iterable[tuple[str, Answers, Entity]] = (),
    *,
    instance: str = "",
    corrects: str = "",
) -> str:
    """Any of the shipped forms; `rounds`: the repeat, the answers, and the entity of each round of a repeat."""
    schema = compiled(form_id).schema
    root = _begun(form_id, answers)
    for entity in entities:
        _speak(root, schema, entity)
    for repeat, answered, entity in rounds:
        (table,) = (one for one in schema.tables if one.name == repeat)
        element = etree.SubElement(_below(root, (*table.path[:-1], "")), table.path[-1])
        for field in table.fields:
            if field.name in answered:
                _below(element, field.path).text = str(answered[field.name])
        _entity(element, entity)
    return _ended(root, instance, corrects)


def visited(
    target: str,
    *,
    day: str,
    of: str = "anak",
    instance: str = "",
    ended: str = "",
    corrects: str = "",
    **answers: object,
) -> str:
    """A home visit; `corrects` is the instanceID of the one that this is a correction of."""
    known = {"tanggal": day, "jenis_sasaran": of, of: target, **_finished(day, ended), "masih_kurang": "", **answers}
    root = _begun("kunjungan_rumah", known)
    _speak(root, compiled("kunjungan_rumah").schema, (of, target, "update", ""))
    return _ended(root, instance, corrects)


def born(mother: str, child: str, household: str, *, day: str, nama: str = "Bayi", **answers: object) -> str:
    """A visit of a mother at which the birth of her child is told."""
    mothers = {"tanggal": day, "jenis_sasaran": "ibu_hamil", "ibu_hamil": mother, "tanggal_melahirkan": day}
    childs = {"nama_bayi": nama, "jenis_kelamin_bayi": "P", "tanggal_lahir_bayi": day, "keluarga_bayi": household}
    root = _begun("kunjungan_rumah", {**mothers, **childs, "masih_kurang": "", **_finished(day), **answers})
    schema = compiled("kunjungan_rumah").schema
    _speak(root, schema, ("ibu_hamil", mother, "update", ""))
    _speak(root, schema, ("anak", child, "create", nama))
    return _ended(root)


def measured(child: str, *, day: str, instance: str = "", corrects: str = "", **answers: object) -> str:
    """A height check of a child; `corrects` as in `visited`."""
    return _told_of_child("ukur_tinggi", child, {"tanggal": day, **_finished(day), **answers}, instance, corrects)


def followed(child: str, *, day: str, **answers: object) -> str:
    """A child of PAUD age asked after."""
    return _told_of_child("pantau_paud", child, {"tanggal": day, **_finished(day), **answers})


def _told_of_child(form_id: str, child: str, answers: Answers, instance: str = "", corrects: str = "") -> str:
    root = _begun(form_id, {"anak": child, **answers})
    _speak(root, compiled(form_id).schema, ("anak", child, "update", ""))
    return _ended(root, instance, corrects)


def _finished(day: str, at: str = "") -> dict[str, str]:
    return {"berakhir": f"{day}T{at or '12:00:00.000'}Z"}


def _begun(form_id: str, answers: Answers) -> etree._Element:
    schema = compiled(form_id).schema
    root = etree.Element("data", id=form_id, version=schema.version)
    fields = {field.name: field for field in schema.main.fields}
    for name, answer in answers.items():
        _below(root, fields[name].path).text = str(answer)
    return root


def _speak(root: etree._Element, schema: FormSchema, entity: Entity) -> None:
    """Adds the entity element to the part of the form that speaks of that list."""
    declared: EntityDeclaration = next(one for one in schema.entities if one.list == entity[0])
    _entity(_below(root, declared.path), entity)


def _entity(container: etree._Element, entity: Entity) -> None:
    list_, id_, does, label = entity
    element = etree.SubElement(_below(container, ("meta",)), "entity", {"dataset": list_, "id": id_, does: "1"})
    etree.SubElement(element, "label").text = label


def _below(element: etree._Element, path: tuple[str, ...]) -> etree._Element:
    """The element at the path, made where it is not there."""
    for name in filter(None, path):
        found = element.find(name)
        element = etree.SubElement(element, name) if found is None else found
    return element


def _ended(root: etree._Element, instance: str = "", corrects: str = "") -> str:
    meta = _below(root, ("meta",))
    etree.SubElement(meta, "instanceID").text = instance or f"uuid:{new_id()}"
    if corrects:
        etree.SubElement(meta, "deprecatedID").text = corrects
    return etree.tostring(root, encoding="unicode")

"""Puts what is known of a village straight into the database, as receiving it would leave it; quick, for many villages.

`publish_shipped` comes first: it makes a database with the shipped forms and rules in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Engine, Table, insert

from forms.periods import Quarter
from forms.schema import FormSchema
from forms.xlsform.compiler import compile_form
from server.database.answer_tables import ORDER_KEY_WIDTH, form_tables
from server.database.engine import open_engine, writing
from server.database.tables import entities, regions, villages
from server.database.types import metadata
from server.entities.entity import Entity, facts
from server.publications import form_versions, indicator_versions, shipped
from tests.support.facts import Activity, Child, Facility, Household, Mother, Village, Visit

WORKBOOKS = Path(__file__).parents[2] / "forms" / "workbooks"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def shipped_schema(form_id: str) -> FormSchema:
    return compile_form((WORKBOOKS / f"{form_id}.xlsx").read_bytes()).schema


def publish(engine: Engine, *schemas: FormSchema, workbook: bytes | None = None) -> None:
    """Makes the fixed tables, and publishes forms and the shipped rules, or those of `workbook`."""
    metadata.create_all(engine)
    with writing(engine) as connection:
        for schema in schemas:
            form_versions.publish(connection, schema, b"<html/>", b"", NOW)
        indicator_versions.publish(connection, workbook or (WORKBOOKS / "indikator.xlsx").read_bytes(), NOW)


def publish_shipped(engine: Engine) -> None:
    publish(engine, *[shipped_schema(workbook.stem) for workbook in shipped.FORMS])


def shipped_store(url: str) -> dict[str, str]:
    """A recipe (see tests/support/databases.py): what `publish_shipped` makes."""
    engine = open_engine(url)
    publish_shipped(engine)
    engine.dispose()
    return {}


def load(connection: Connection, *known: Village) -> None:
    """The villages' registers and rows. Their cards are out of date afterwards."""
    _insert(connection, regions, [{"code": village.code, "name": village.name} for village in known])
    stale = [{"village_id": village.code, "seq": 10_000, "stale_since": "1990-Q1"} for village in known]
    _insert(connection, villages, stale)
    _insert(connection, entities, [row for village in known for row in _register(village)])
    load_rows(connection, *known)


def load_rows(connection: Connection, *known: Village) -> None:
    """Only what was sent of people that are there, and of meetings."""
    visits, measurements, follow_ups = (
        form_tables([shipped_schema(form_id)]).tables[""]
        for form_id in ("kunjungan_rumah", "ukur_tinggi", "pantau_paud")
    )
    _insert(connection, visits, [_visit(village, visit, visits) for village in known for visit in village.visits])
    measured = [
        {
            **sent(village.code, row.order),
            "tanggal": row.tanggal,
            "anak": row.child,
            "diukur_oleh": row.diukur_oleh,
            "tikar": row.tikar,
        }
        for village in known
        for row in village.measurements
    ]
    _insert(connection, measurements, measured)
    followed = [
        {
            **sent(village.code, row.order),
            "tanggal": row.tanggal,
            "anak": row.target,
            **{name: row.answers.get(name) for name in ("ikut_paud", "pengasuhan")},
        }
        for village in known
        for row in village.follow_ups
    ]
    _insert(connection, follow_ups, followed)
    for village in known:
        _load_meetings(connection, village)


def _load_meetings(connection: Connection, village: Village) -> None:
    agreements, reviews = (
        form_tables([shipped_schema(form_id)]).tables for form_id in ("rembuk_stunting", "rapat_triwulan")
    )
    for agreement in village.agreements:
        held = sent(village.code, agreement.order)
        totals = {f"dana_desa_{bidang}": agreement.totals.get(bidang) for bidang in ("pembangunan", "pemberdayaan")}
        meeting = {**held, "tanggal": agreement.tanggal, "tahun": agreement.tahun, **totals}
        _insert(connection, agreements[""], [meeting])
        agreed = [
            {
                **held,
                "ordinal": place,
                "id_kegiatan": one.id,
                **{name: getattr(one, name) for name in _MONEY},
                **{name: one.promise.get(name) for name in _PROMISE},
            }
            for place, one in enumerate(agreement.activities, start=1)
        ]
        _insert(connection, agreements["kegiatan"], agreed)
    for review in village.reviews:
        held = sent(village.code, review.order)
        quarter = str(Quarter.of(review.tanggal))
        _insert(connection, reviews[""], [{**held, "tanggal": review.tanggal, "triwulan": quarter}])
        told = [
            {
                **held,
                "ordinal": place,
                "id_kegiatan": one.activity,
                "keadaan": one.keadaan,
                "realisasi": one.realisasi,
                **{name: one.promise.get(name) for name in (*_PROMISE, *_MONEY[1:], "baru")},
            }
            for place, one in enumerate(review.progress, start=1)
        ]
        _insert(connection, reviews["kegiatan"], told)


_PROMISE = (
    *("nama_kegiatan", "sektor", "penanggung_jawab", "tenggat", "indikator", "dusun_kegiatan", "rumah_tangga"),
    "jumlah_sasaran",
)
_MONEY = ("bidang", "sumber_dana", "anggaran_total", "anggaran_stunting")


def sent(code: str, order: int) -> dict[str, Any]:
    """What every answer table asks for; `order` is that of the moments in which the forms were finished."""
    return {
        "village_id": code,
        "instance_id": f"uuid:{code}-{order}",
        "sending_village": code,
        "seq": order,
        "order_key": f"{order:0{ORDER_KEY_WIDTH}d}",
    }


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _visit(village: Village, visit: Visit, table: Table) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(column.name for column in table.columns)
    row |= {
        **sent(village.code, visit.order),
        "tanggal": visit.tanggal,
        "jenis_sasaran": visit.kind,
        visit.kind: visit.target,
    }
    for name, answer in visit.answers.items():
        column = table.columns[name]
        if isinstance(column.type, Date):
            row[name] = date.fromisoformat(str(answer)) if answer else None
        else:
            row[name] = None if answer == "" else answer
    return row


def _register(village: Village) -> Iterable[dict[str, Any]]:
    people: tuple[Mother | Child, ...] = (*village.mothers, *village.children)
    first = min((person.registered_on for person in people), default=NOW.date())
    for household in village.households:
        names = ("dusun", "air_minum", "jamban", "rentan")
        yield _entity(village, "keluarga", household, first, {name: getattr(household, name) for name in names})
    for facility in village.facilities:
        yield _entity(village, "fasilitas", facility, first, _facility(facility))
    for agreement in village.agreements:
        for activity in agreement.activities:
            yield _entity(village, "kegiatan", activity, agreement.tanggal, {})
    for mother in village.mothers:
        properties = {
            **_person(mother),
            "hpl": _text(mother.hpl),
            "tanggal_melahirkan": _text(mother.tanggal_melahirkan),
            "status_kehamilan": mother.status_kehamilan,
            "jaminan_kesehatan": mother.jaminan_kesehatan,
        }
        yield _entity(village, "ibu_hamil", mother, mother.registered_on, properties)
    for child in village.children:
        properties = {
            **_person(child),
            "tanggal_lahir": _text(child.tanggal_lahir),
            "jenis_kelamin": child.jenis_kelamin,
            "status_gizi": child.status_gizi,
            "akta_lahir": child.akta_lahir,
            "jaminan_kesehatan": child.jaminan_kesehatan,
        }
        yield _entity(village, "anak", child, child.registered_on, properties)


def _facility(facility: Facility) -> dict[str, str]:
    return {
        **{name: getattr(facility, name) for name in ("jenis", "nama", "dusun", "cakupan", "keadaan")},
        "layanan": " ".join(facility.gives),
        "frekuensi": " ".join(f"{service}={often}" for service, often in facility.gives.items() if often),
    }


def _person(person: Mother | Child) -> dict[str, str]:
    return {
        "keluarga": person.household,
        "dusun": person.dusun,
        "status": person.status,
        "tanggal_status": _text(person.tanggal_status),
    }


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _entity(
    village: Village,
    list_: str,
    place: Household | Mother | Child | Facility | Activity,
    registered_on: date,
    data: dict[str, str],
) -> dict[str, Any]:
    label = place.nama if isinstance(place, Facility) else place.id
    entity = Entity(village.code, place.id, list_, registered_on, label, 1, data, created_seq=1)
    return {name: getattr(entity, name) for name in Entity.__dataclass_fields__} | vars(facts(entity))

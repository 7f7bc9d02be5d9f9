"""Lists as tables: submissions without what they say, accounts without secrets, phones without tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, select

from forms.problems import Language
from forms.region_names import bare
from forms.sheets_out.tables import Column, Sheet, Value
from server.database.engine import reading
from server.database.tables import phones, regions, submissions
from server.exchange.scope import Scope, outside, village_by_village
from server.queries import account_list, audit
from server.queries.audit import Wanted
from server.queries.oversight import phone_health
from server.queries.submissions.table import Asked, conditions, in_language
from server.villages.regions import lies_in, listed_names

# Rows that are read together.
PORTION = 500
_HEAD = ("desa", "kode_desa", "diterima", "formulir", "versi", "id_isian", "pengirim", "keadaan", "tinjauan", "masalah")
_COLUMNS = ("received_at", "form_id", "form_version", "instance_id", "state", "review", "detail")


def submissions_sheet(engine: Engine, scope: Scope, language: Language) -> Sheet:
    """A row a submission that came in the days of the scope; problems in the language."""

    def of_village(connection: Connection, code: str, name: str) -> Iterator[Sequence[Value]]:
        query = _sent().where(submissions.c.village_id == code)
        query = query.order_by(submissions.c.arrival, submissions.c.sha256)
        if scope.begins:
            query = query.where(submissions.c.received_at >= scope.begins)
        if scope.ends:
            query = query.where(submissions.c.received_at < scope.ends)
        for row in connection.execute(query):
            yield _line(row, name, scope, language)

    return Sheet("kiriman", [Column(name) for name in _HEAD], village_by_village(engine, scope, of_village))


def found_sheet(engine: Engine, asked: Asked, zone: tzinfo, language: Language) -> Sheet:
    """The same of those that the list shows for what is asked, the latest first."""

    def rows() -> Iterator[Sequence[Value]]:
        scope = Scope(asked.region, zone)
        with reading(engine) as connection:
            query = _sent().where(*conditions(connection, asked)).order_by(submissions.c.received_at.desc())
            found = connection.execute(query, execution_options={"yield_per": PORTION})
            for portion in found.partitions():
                names = listed_names(connection, {row.village_id for row in portion})
                for row in portion:
                    yield _line(row, bare(names.get(row.village_id, [row.village_id])[0]), scope, language)

    return Sheet("kiriman", [Column(name) for name in _HEAD], rows())


def _sent() -> Select[Any]:
    sender = (phones.c.village_id == submissions.c.village_id) & (phones.c.token_sha256 == submissions.c.phone)
    columns = (submissions.c.village_id, *(submissions.c[column] for column in _COLUMNS))
    return select(*columns, phones.c.name.label("sender")).select_from(submissions.outerjoin(phones, sender))


def _line(row: Row[Any], village: str, scope: Scope, language: Language) -> Sequence[Value]:
    why = outside("masalah", in_language(row.detail or "", language))
    form = [row.form_id, row.form_version, row.instance_id]
    when = scope.moment(row.received_at)
    return [village, row.village_id, when, *form, row.sender, row.state, row.review, why]


def regions_sheet(engine: Engine, region: str) -> Sheet:
    """A row a place of the region, down to hamlets, as the page of regions takes such a list in."""

    def rows() -> Iterator[Sequence[Value]]:
        with reading(engine) as connection:
            query = select(regions).where(lies_in(region, regions.c.code)).order_by(regions.c.code)
            for row in connection.execute(query, execution_options={"yield_per": PORTION}):
                yield [row.code, row.name]

    return Sheet("wilayah", [Column("kode"), Column("nama")], rows())


_EVENT_HEAD = ("waktu", "nama", "email", "kelompok", "kegiatan", "tentang", "wilayah", "kode_wilayah")


def events_sheet(engine: Engine, region: str, wanted: Wanted, zone: tzinfo) -> Sheet:
    """A row a line of the log of activity, the latest first; whoever was visited is not named in it."""

    def rows() -> Iterator[Sequence[Value]]:
        scope = Scope(region, zone)
        with reading(engine) as connection:
            for one in audit.every(connection, region, wanted):
                when = scope.moment(one.at)
                yield [when, one.name, one.email, one.group, one.kind, one.about, one.place, one.code]

    return Sheet("catatan", [Column(name) for name in _EVENT_HEAD], rows())


_ACCOUNT_HEAD = ("nama", "email", "peran", "wilayah", "kode_wilayah", "keadaan", "masuk_terakhir")
_PHONE_HEAD = (
    "desa",
    "kode_desa",
    "kpm",
    "nomor",
    "keadaan",
    "terdaftar",
    "terhubung",
    "mengirim",
    "ditolak",
    "aplikasi",
)


def accounts_sheet(engine: Engine, scope: Scope, now: datetime) -> Sheet:
    """A row an account of the region, also where it is closed; nothing that anybody could log in with."""
    with reading(engine) as connection:
        found = account_list.all_in(connection, scope.region, now)
    rows = (
        [
            one.user.name,
            one.user.email,
            one.user.role,
            one.place,
            one.user.region,
            one.state,
            scope.moment(one.logged_in_at),
        ]
        for one in found
    )
    return Sheet("akun", [Column(name) for name in _ACCOUNT_HEAD], rows)


def phones_sheet(engine: Engine, scope: Scope, now: datetime) -> Sheet:
    """A row an open phone of the region, of no practice village. Its number tells nothing of its token."""
    with reading(engine) as connection:
        found = phone_health.all_in(connection, scope.region, now)
    rows = (
        [
            one.village,
            one.village_id,
            one.name,
            one.number,
            one.state,
            *map(scope.moment, (one.created_at, one.seen_at, one.sent_at, one.refused_at)),
            one.app,
        ]
        for one in found
    )
    return Sheet("hp", [Column(name) for name in _PHONE_HEAD], rows)

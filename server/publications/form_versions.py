"""Published forms and their media: what phones download, and the schema by which a submission is understood."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Column, Connection, Table, func, insert, select

from forms.schema import FormSchema
from forms.versions.content import same_content
from server.database.answer_tables import FormTables, form_tables
from server.database.dialect import Upsert, shut
from server.database.publication_tables import form_media, form_versions
from server.database.upgrade import ensure_table

_KEEP_MEDIA = Upsert(
    form_media,
    lambda new: new.on_conflict_do_update(
        index_elements=["form_id", "version", "name"],
        set_={"content": new.excluded.content, "md5": new.excluded.md5},
    ),
)


@dataclass(frozen=True)
class PublishedForm:
    """The live version of a form, as the form list shows it. `xml_md5` is of the exact bytes that are served."""

    form_id: str
    version: str
    title: str
    xml_md5: str
    schema: FormSchema


@dataclass(frozen=True)
class ListedVersion:
    """A version as people see it listed; `live`: phones get this one."""

    form_id: str
    version: str
    title: str
    published_at: datetime
    live: bool


@dataclass(frozen=True)
class KnownVersion:
    """A version that submissions may come in: its schema, and the answer tables as they stood with it."""

    schema: FormSchema
    tables: FormTables

    @cached_property
    def columns(self) -> dict[str, dict[str, str]]:
        """The column of each field: table name -> field name -> column."""
        return {
            table.name: {field.name: self.tables.column(table, field) for field in table.fields}
            for table in self.schema.tables
        }


class FormCache:
    """What is published, read from the database once for every publishing.

    `form_versions` only ever grows, so the number of its rows tells whether what is held is still the whole.
    """

    def __init__(self) -> None:
        self._rows = -1
        self._known: dict[tuple[str, str], KnownVersion] = {}
        self._current: tuple[PublishedForm, ...] = ()

    def find(self, connection: Connection, form_id: str, version: str) -> KnownVersion | None:
        """The version that a submission names; None where it was never published."""
        if (form_id, version) not in self._known:
            self._renew(connection)
        return self._known.get((form_id, version))

    def current(self, connection: Connection) -> tuple[PublishedForm, ...]:
        """The live version of every form, the one that was published last, by form id."""
        self._renew(connection)
        return self._current

    def schemas(self, connection: Connection) -> list[FormSchema]:
        """The schemas of all versions, in the order of publishing within each form."""
        self._renew(connection)
        return [known.schema for known in self._known.values()]

    def answer_tables(self, connection: Connection) -> list[Table]:
        """The tables of all forms' answers, with the columns of all versions."""
        return [
            table
            for form in self.current(connection)
            for table in self._known[form.form_id, form.version].tables.tables.values()
        ]

    def _renew(self, connection: Connection) -> None:
        rows = connection.execute(select(func.count()).select_from(form_versions)).scalar_one()
        if rows == self._rows:
            return
        versions = list(_versions(connection))
        known: dict[tuple[str, str], KnownVersion] = {}
        for form in versions:
            earlier = [found.schema for (form_id, _), found in known.items() if form_id == form.form_id]
            tables = form_tables([*earlier, form.schema])
            known[form.form_id, form.version] = KnownVersion(form.schema, tables)
        self._known = known
        self._current = tuple({form.form_id: form for form in versions}.values())
        self._rows = rows


def _versions(connection: Connection) -> Iterator[PublishedForm]:
    columns = [form_versions.c[name] for name in ("form_id", "version", "title", "xml_md5", "schema")]
    query = select(*columns).order_by(form_versions.c.form_id, form_versions.c.number)
    for row in connection.execute(query).mappings():
        yield PublishedForm(**{**row, "schema": FormSchema.from_json(row["schema"])})


def lock(connection: Connection) -> None:
    """Lets nobody else publish a form until the transaction ends."""
    shut(connection, form_versions)


def publish(connection: Connection, schema: FormSchema, xml: bytes, workbook: bytes, now: datetime) -> None:
    """Serves a compiled form to phones from now on, and makes or widens its answer tables.

    Its version must be one that was never published: a phone that has it would never fetch the new one, or lose drafts.
    """
    earlier = published_schemas(connection, schema.form_id)
    connection.execute(
        insert(form_versions),
        {
            "form_id": schema.form_id,
            "version": schema.version,
            "title": schema.title,
            "number": len(earlier) + 1,
            "xml": xml,
            "xml_md5": md5(xml),
            "workbook": workbook,
            "schema": schema.to_json(),
            "published_at": now,
        },
    )
    for table in form_tables([*earlier, schema]).tables.values():
        ensure_table(connection, table)


def all_versions(connection: Connection) -> list[ListedVersion]:
    """Every version ever published, by form id and in the order of publishing."""
    columns = [form_versions.c[name] for name in ("form_id", "version", "title", "published_at")]
    rows = connection.execute(select(*columns).order_by(form_versions.c.form_id, form_versions.c.number)).all()
    newest = {row.form_id: row.version for row in rows}
    return [ListedVersion(**row._mapping, live=newest[row.form_id] == row.version) for row in rows]


def published_versions(connection: Connection, form_id: str) -> list[str]:
    """All versions of a form, in the order of publishing: the last one is live; empty where it is unknown."""
    query = select(form_versions.c.version).where(form_versions.c.form_id == form_id).order_by(form_versions.c.number)
    return list(connection.execute(query).scalars())


def published_schemas(connection: Connection, form_id: str) -> list[FormSchema]:
    """The schemas of all versions of a form, in the order of publishing; empty where it is unknown."""
    query = select(form_versions.c.schema).where(form_versions.c.form_id == form_id).order_by(form_versions.c.number)
    return [FormSchema.from_json(schema) for schema in connection.execute(query).scalars()]


def form_ids(connection: Connection) -> list[str]:
    """The ids of all forms ever published, sorted."""
    query = select(form_versions.c.form_id).distinct().order_by(form_versions.c.form_id)
    return list(connection.execute(query).scalars())


def form_xml(connection: Connection, form_id: str, version: str) -> bytes | None:
    """The XForm bytes of a version, old ones included; None where it was never published."""
    return _bytes_of(connection, form_versions.c.xml, form_id, version)


def form_workbook(connection: Connection, form_id: str, version: str) -> bytes | None:
    """The workbook that a version was made of; None where it was never published."""
    return _bytes_of(connection, form_versions.c.workbook, form_id, version)


def is_made_of(connection: Connection, form_id: str, version: str, workbook: bytes, xml: bytes) -> bool:
    """Whether the version was made of this very workbook, or its XForm has the same content."""
    if form_workbook(connection, form_id, version) == workbook:
        return True
    known = form_xml(connection, form_id, version)
    return known is not None and same_content(known, xml)


def _bytes_of(connection: Connection, column: Column[bytes], form_id: str, version: str) -> bytes | None:
    query = select(column).where(form_versions.c.form_id == form_id, form_versions.c.version == version)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def keep_media(connection: Connection, form_id: str, version: str, name: str, content: bytes) -> None:
    """Keeps a look-up file of a form version, in the place of an older one of that name."""
    row = {"form_id": form_id, "version": version, "name": name, "content": content, "md5": md5(content)}
    connection.execute(_KEEP_MEDIA.on(connection), row)


def media_hashes(connection: Connection, form_id: str, version: str) -> dict[str, str]:
    """md5 of every look-up file of a form version by name."""
    here = (form_media.c.form_id == form_id) & (form_media.c.version == version)
    rows = connection.execute(select(form_media.c.name, form_media.c.md5).where(here))
    return {row.name: row.md5 for row in rows}


def media_content(connection: Connection, form_id: str, version: str, name: str) -> bytes | None:
    """The bytes of a look-up file of a form version; None where it has none of that name."""
    here = (form_media.c.form_id == form_id) & (form_media.c.version == version) & (form_media.c.name == name)
    found = connection.execute(select(form_media.c.content).where(here)).scalar_one_or_none()
    return None if found is None else bytes(found)


def all_media(connection: Connection, form_id: str, version: str) -> dict[str, bytes]:
    """The look-up files of a form version, by name."""
    here = (form_media.c.form_id == form_id) & (form_media.c.version == version)
    rows = connection.execute(select(form_media.c.name, form_media.c.content).where(here))
    return {row.name: bytes(row.content) for row in rows}


def md5(content: bytes) -> str:
    """As phones know files by."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()

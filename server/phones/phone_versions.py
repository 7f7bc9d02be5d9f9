"""Which version of each form phones have: the one that they fetched last, or a newer one in which they have sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, func, select

from server.database.account_tables import phone_forms
from server.database.dialect import Among
from server.database.publication_tables import form_versions
from server.database.tables import phones
from server.phones.phones import KEEP_VERSION
from server.villages.regions import counts, lies_in

_KNOWN = select(phone_forms.c.token_sha256, phone_forms.c.form_id, phone_forms.c.version).where(
    phone_forms.c.village_id == bindparam("of_village"),
    Among(phone_forms.c.token_sha256, "of_phones"),
)
_NUMBERS = select(form_versions.c.form_id, form_versions.c.version, form_versions.c.number).where(
    Among(form_versions.c.form_id, "of_forms")
)

# (phone, form id) -> the version in which it was sent last, and when that came.
Sent = Mapping[tuple[str, str], tuple[str, datetime]]
MOST_REMEMBERED = 100_000
_noted: WeakKeyDictionary[Engine, set[tuple[str, str, str, str]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class PhonesOfForms:
    """`phones`: how many may send. `versions`: form id -> version -> on how many of them it is."""

    phones: int
    versions: Mapping[str, Mapping[str, int]]

    def on(self, form_id: str, version: str) -> int:
        """On how many phones the version is."""
        return self.versions.get(form_id, {}).get(version, 0)

    def known(self, form_id: str) -> int:
        """Of how many phones it is known which version of the form they have."""
        return sum(self.versions.get(form_id, {}).values())


def phones_of_forms(connection: Connection, region: str) -> PhonesOfForms:
    """Of the phones of the region that may send; those in practice villages and browsers are none of them."""
    mine = phones.c.revoked_at.is_(None) & phones.c.account.is_(None)
    mine &= lies_in(region, phones.c.village_id) & counts(phones.c.village_id)
    count: int = connection.execute(select(func.count()).select_from(phones).where(mine)).scalar_one()
    on_phone = (phones.c.village_id == phone_forms.c.village_id) & (phones.c.token_sha256 == phone_forms.c.token_sha256)
    query = (
        select(phone_forms.c.form_id, phone_forms.c.version, func.count().label("phones"))
        .join_from(phone_forms, phones, on_phone)
        .where(mine)
        .group_by(phone_forms.c.form_id, phone_forms.c.version)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.form_id, {})[row.version] = row.phones
    return PhonesOfForms(count, found)


def not_noted(engine: Engine, village_id: str, sent: Sent) -> Sent:
    """Those that this process has not noted yet: what phones send day by day costs no statement."""
    noted = _noted.get(engine, set())
    return {key: said for key, said in sent.items() if (village_id, *key, said[0]) not in noted}


def remember(engine: Engine, village_id: str, sent: Sent) -> None:
    """Tells `not_noted` that they are, once that is committed."""
    noted = _noted.setdefault(engine, set())
    if len(noted) > MOST_REMEMBERED:
        noted.clear()
    noted.update((village_id, *key, version) for key, (version, _) in sent.items())


def note_sent(connection: Connection, village_id: str, sent: Sent) -> None:
    """Notes which version of a form phones of the village have, where they have sent a newer one than they were seen to
    fetch. One that was never published is not noted."""
    phones_here = sorted({phone for phone, _ in sent})
    known: dict[tuple[str, str], str] = {}
    for row in connection.execute(_KNOWN, {"of_village": village_id, "of_phones": phones_here}):
        known[row.token_sha256, row.form_id] = row.version
    other = {key: said for key, said in sent.items() if known.get(key) != said[0]}
    if not other:
        return
    found = connection.execute(_NUMBERS, {"of_forms": sorted({form_id for _, form_id in other})})
    numbers = {(row.form_id, row.version): row.number for row in found}
    rows = [
        {"village_id": village_id, "token_sha256": phone, "form_id": form_id, "version": version, "fetched_at": at}
        for (phone, form_id), (version, at) in sorted(other.items())
        if numbers.get((form_id, version), 0) > numbers.get((form_id, known.get((phone, form_id), "")), 0)
    ]
    if rows:
        connection.execute(KEEP_VERSION.on(connection), rows)

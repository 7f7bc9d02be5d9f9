"""Which version of each form phones have: the one that they fetched last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.database.account_tables import phone_forms
from server.database.tables import phones
from server.villages.regions import counts, lies_in


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
    query = (
        select(phone_forms.c.form_id, phone_forms.c.version, func.count().label("phones"))
        .join_from(phone_forms, phones, phones.c.token_sha256 == phone_forms.c.token_sha256)
        .where(mine)
        .group_by(phone_forms.c.form_id, phone_forms.c.version)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.form_id, {})[row.version] = row.phones
    return PhonesOfForms(count, found)

"""Which version of each form phones have: that of what they sent last. What a phone has and never used is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.database.tables import phones, submissions
from server.villages.regions import lies_in


@dataclass(frozen=True)
class PhonesOfForms:
    """`phones`: how many may send. `versions`: form id -> version -> on how many phones it was seen last."""

    phones: int
    versions: Mapping[str, Mapping[str, int]]

    def on(self, form_id: str, version: str) -> int:
        """On how many phones the version is."""
        return self.versions.get(form_id, {}).get(version, 0)

    def known(self, form_id: str) -> int:
        """Of how many phones it is known which version of the form they have."""
        return sum(self.versions.get(form_id, {}).values())


def phones_of_forms(connection: Connection, region: str) -> PhonesOfForms:
    """Of the phones of the region that may send."""
    mine = phones.c.revoked_at.is_(None) & lies_in(region, phones.c.village_id)
    count: int = connection.execute(select(func.count()).select_from(phones).where(mine)).scalar_one()
    columns = submissions.c.form_id, submissions.c.phone, submissions.c.form_version
    last = func.max(submissions.c.arrival)
    place = func.row_number().over(partition_by=columns[:2], order_by=last.desc())
    sent = select(*columns, place.label("place")).where(columns[0].is_not(None)).group_by(*columns).subquery()
    query = (
        select(sent.c.form_id, sent.c.form_version, func.count().label("phones"))
        .join_from(sent, phones, phones.c.token_sha256 == sent.c.phone)
        .where(mine, sent.c.place == 1)
        .group_by(sent.c.form_id, sent.c.form_version)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.form_id, {})[row.form_version] = row.phones
    return PhonesOfForms(count, found)

"""What lags in which village, in a month: visits that were not made, phones that are silent, forms, and what waits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from forms.domain import CHILDREN, DAY, MISSING, MOTHERS, TARGET_LISTS
from forms.periods import add_months
from server.database.answer_tables import form_tables
from server.database.tables import entities, entity_changes, regions, submissions
from server.publications.form_versions import form_ids, published_schemas
from server.queries.oversight import phone_health
from server.queries.oversight.phone_health import PhoneHealth
from server.villages.regions import VILLAGE_LENGTH, counts, lies_in, parent_of

_NOT_WELL = ("silent", "refused", "clock", "late", "new")


@dataclass(frozen=True)
class VillageMonth:
    """A village in a month. `targets`: mothers and children on its list in that month, and how many of them were
    `visited` in it. As of today: its phones, when something of them was last taken (None: never), and how much of what
    they sent waits: changes that are `held`, submissions in quarantine, corrections that nobody has decided about."""

    code: str
    name: str
    targets: int
    visited: int
    phones: Sequence[PhoneHealth]
    held: int
    quarantined: int
    undecided: int

    @property
    def waits(self) -> int:
        return self.held + self.quarantined + self.undecided

    @property
    def not_well(self) -> list[PhoneHealth]:
        """The phones that are not heard of, that are refused, or whose clock is wrong."""
        return [one for one in self.phones if one.state in _NOT_WELL]

    @property
    def behind(self) -> int:
        """How many phones have older forms."""
        return sum(one.forms_behind > 0 for one in self.phones)

    @property
    def sent_at(self) -> datetime | None:
        """When something of its phones was last taken; None where nothing ever was."""
        return max((one.sent_at for one in self.phones if one.sent_at), default=None)

    @property
    def light(self) -> str:
        """Red where nobody was visited, or no phone is heard of; yellow where something lags; else green."""
        if (self.targets and not self.visited) or all(one.state == "silent" for one in self.phones):
            return "red"
        return "yellow" if self.waits or self.behind or self.not_well or self.visited < self.targets else "green"

    @property
    def lag(self) -> tuple[int, float, int, str]:
        """Sorts the villages that lag most first."""
        lights = {"red": 0, "yellow": 1, "green": 2}
        share = self.visited / self.targets if self.targets else 1.0
        return lights[self.light], share, -self.waits, self.code


@dataclass(frozen=True)
class Subdistrict:
    """The villages of a kecamatan in a month, those that lag most first."""

    code: str
    villages: Sequence[VillageMonth]

    @property
    def without_visits(self) -> int:
        return sum(one.targets > 0 and not one.visited for one in self.villages)

    @property
    def without_phone(self) -> int:
        return sum(not one.phones for one in self.villages)

    @property
    def silent(self) -> int:
        """How many phones are not well."""
        return sum(len(one.not_well) for one in self.villages)

    @property
    def behind(self) -> int:
        return sum(one.behind for one in self.villages)

    @property
    def waits(self) -> int:
        return sum(one.waits for one in self.villages)

    @property
    def targets(self) -> int:
        return sum(one.targets for one in self.villages)

    @property
    def visited(self) -> int:
        return sum(one.visited for one in self.villages)


def digest(connection: Connection, region: str, month: date, now: datetime) -> list[Subdistrict]:
    """The kecamatan of a region, by code: a kabupaten at most. `month` is its first day. No practice village is in
    it."""
    wanted = (func.length(regions.c.code) == VILLAGE_LENGTH) & counts(regions.c.code)
    places = select(regions).where(wanted, lies_in(region, regions.c.code)).order_by(regions.c.code)
    listed = [(row.code, row.name) for row in connection.execute(places)]
    of_village = defaultdict[str, list[PhoneHealth]](list)
    for phone in phone_health.all_in(connection, region, now):
        of_village[phone.village_id].append(phone)
    targets, visited = _targets(connection, region, month), _visited(connection, region, month)
    held, quarantined, undecided = _waiting(connection, region)
    found = [
        VillageMonth(
            code,
            name,
            targets[code],
            len(visited[code]),
            of_village[code],
            held[code],
            quarantined[code],
            undecided[code],
        )
        for code, name in listed
    ]
    return [
        Subdistrict(code, sorted(villages, key=lambda one: one.lag))
        for code, villages in groupby(found, key=lambda one: parent_of(one.code))
    ]


def _targets(connection: Connection, region: str, month: date) -> Counter[str]:
    """By village, how many were on the list at some time of the month."""
    query = (
        select(entities.c.village_id, func.count().label("many"))
        .where(lies_in(region, entities.c.village_id), entities.c.list.in_(TARGET_LISTS))
        .where(entities.c.created_seq.is_not(None), entities.c.registered_on < add_months(month, 1))
        .where(or_(entities.c.leaves_on.is_(None), entities.c.leaves_on > month))
        .group_by(entities.c.village_id)
    )
    return _by_village(connection, query)


def _visited(connection: Connection, region: str, month: date) -> defaultdict[str, set[str]]:
    """By village, the ids of those of its list who were visited in the month."""
    found = defaultdict[str, set[str]](set)
    for form_id in form_ids(connection):
        known = form_tables(published_schemas(connection, form_id))
        table = known.tables[""]
        asks = [name for name in (MOTHERS, CHILDREN) if name in table.c]
        if not known.columns_called("", MISSING) or DAY not in table.c or not asks:
            continue  # it is no visit
        for name in asks:
            of_target = (entities.c.village_id == table.c.village_id) & (entities.c.id == table.c[name])
            query = (
                select(table.c.village_id, table.c[name])
                .join_from(table, entities, of_target)
                .where(lies_in(region, table.c.village_id), lies_in(region, entities.c.village_id))
                .where(table.c[DAY] >= month, table.c[DAY] < add_months(month, 1), entities.c.created_seq.is_not(None))
            )
            for village_id, target in connection.execute(query.distinct()):
                found[village_id].add(target)
    return found


def _waiting(connection: Connection, region: str) -> list[Counter[str]]:
    """By village: changes that are held, submissions in quarantine, and roots that wait for a decision."""
    troubled = lies_in(region, submissions.c.village_id) & submissions.c.problem.is_not(None)
    queries: tuple[Select[Any], ...] = (
        select(entity_changes.c.village_id, func.count().label("many"))
        .where(lies_in(region, entity_changes.c.village_id), entity_changes.c.state == "held")
        .group_by(entity_changes.c.village_id),
        select(submissions.c.village_id, func.count().label("many"))
        .where(troubled, submissions.c.state == "quarantined")
        .group_by(submissions.c.village_id),
        select(submissions.c.village_id, func.count(submissions.c.root_instance_id.distinct()).label("many"))
        .where(troubled, submissions.c.state == "waiting")
        .group_by(submissions.c.village_id),
    )
    return [_by_village(connection, query) for query in queries]


def _by_village(connection: Connection, query: Select[Any]) -> Counter[str]:
    """What a query of `village_id` and `many` has found."""
    return Counter({row.village_id: row.many for row in connection.execute(query)})

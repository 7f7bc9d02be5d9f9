"""Writing the ledger of some villages anew, in the transaction that counted their cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from aggregate.indicators.rules import Rules
from aggregate.promises.effects import (
    NOT_COUNTED,
    Effect,
    baseline,
    compared,
    effect_on_hamlet,
    effect_on_homes,
    is_done,
)
from aggregate.promises.made import Made, households_in, made
from aggregate.promises.seen import Lacking, homes_seen, lacking_in
from aggregate.sql.parameters import VILLAGES, of_villages, parameters
from forms.periods import Quarter
from server.database.card_tables import promises
from server.database.tables import entity_homes


def keep_promises(connection: Connection, rules: Rules, villages: Sequence[str], today: date) -> None:
    """The ledger of these villages as of today. Their recaps must be up to date, and the villages be locked."""
    decisions = made(connection, rules, parameters(Quarter.of(today), today, villages, rules.number))
    connection.execute(_GONE, {VILLAGES.key: list(villages)})
    if decisions:
        effects = _effects(connection, rules, decisions, today)
        rows = [_row(one, effect) for one, effect in zip(decisions, effects, strict=True)]
        connection.execute(insert(promises), rows)


_GONE = delete(promises).where(of_villages(promises.c.village_id))


def _effects(connection: Connection, rules: Rules, decisions: Sequence[Made], today: date) -> list[Effect]:
    known = {indicator.code for indicator in rules.counted}
    counted = [one for one in decisions if known.intersection(one.services)]
    named, general = [one for one in counted if one.households], [one for one in counted if not one.households]
    found: dict[tuple[str, str], Effect] = {}
    if named:
        found |= _on_homes(connection, rules, named)
    if general:
        found |= _on_hamlets(connection, rules, general, today)
    return [found.get((one.village_id, one.id), NOT_COUNTED) for one in decisions]


def _on_homes(connection: Connection, rules: Rules, named: Sequence[Made]) -> dict[tuple[str, str], Effect]:
    goes_by = _merged(connection, households_in(named))
    since = str(min(baseline(one.agreed_on) for one in named))
    villages, now = _villages(named), {goes_by.get(home, home) for home in households_in(named)}
    seen = homes_seen(connection, rules, villages, now, since)

    def effect(one: Made) -> Effect:
        return effect_on_homes(
            one, {home: seen.get((one.village_id, goes_by.get(home, home)), []) for home in one.households}
        )

    return {(one.village_id, one.id): effect(one) for one in named}


def _merged(connection: Connection, households: Sequence[str]) -> dict[str, str]:
    """By what other id those go now that are part of another household."""
    query = select(entity_homes.c.entity_id, entity_homes.c.survivor).where(entity_homes.c.entity_id.in_(households))
    return {row.entity_id: row.survivor for row in connection.execute(query)}


def _on_hamlets(
    connection: Connection, rules: Rules, general: Sequence[Made], today: date
) -> dict[tuple[str, str], Effect]:
    codes = {code for one in general for code in one.services}
    lacks = defaultdict[str, list[Lacking]](list)
    for lack in lacking_in(
        connection, rules, _villages(general), codes, compared((one.agreed_on for one in general), today)
    ):
        lacks[lack.village_id].append(lack)
    return {(one.village_id, one.id): effect_on_hamlet(one, lacks[one.village_id]) for one in general}


def _villages(decisions: Sequence[Made]) -> list[str]:
    return sorted({one.village_id for one in decisions})


def _row(one: Made, effect: Effect) -> Mapping[str, Any]:
    own = {name: value for name, value in vars(one).items() if name != "households"}
    return {
        **own,
        "services": list(one.services),
        "homes": dict(effect.homes) or dict.fromkeys(one.households, "not_due"),
        "lacking": effect.lacking,
        "closed": effect.closed,
        "done": int(is_done(one.state, effect)),
    }

"""Cards of a made-up kabupaten, put straight into the database as counting would leave them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, insert

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.indicators.tables import FUNDS, stored_cards
from forms.periods import Quarter
from server.database.engine import writing
from server.database.tables import phones, villages
from server.villages.regions import Region, keep

DISTRICT = "12.01"
HEARD_AT = datetime(2026, 1, 2, tzinfo=UTC)

Row = dict[str, Any]


def village_code(number: int, subdistricts: int) -> str:
    return f"{DISTRICT}.{number % subdistricts + 1:02}.{2001 + number // subdistricts}"


def fill_district(
    engine: Engine,
    quarters: Sequence[Quarter],
    today: date,
    *,
    count: int,
    subdistricts: int = 8,
    silent: int = 3,
    district: str = DISTRICT,
    seed: int = 1,
) -> list[Row]:
    """The rows of the cards. The first `silent` villages were visited by nobody in the last quarter; each village has a
    phone but the first one. Its kecamatan are numbered from 1 on."""
    rules, chance = published_rules_with_tables(engine), random.Random(seed)
    codes = [village_code(number, subdistricts).replace(DISTRICT, district) for number in range(count)]
    rows: list[Row] = []
    for number, code in enumerate(codes):
        for quarter in quarters:
            is_silent = number < silent and quarter == quarters[-1]
            rows.append(_card(rules, code, quarter, today, chance, is_silent=is_silent))
    areas = [(district[:2], "Contoh Raya"), (district, "Kabupaten Contoh")]
    areas += [(f"{district}.{one + 1:02}", f"Kecamatan Contoh {one + 1}") for one in range(subdistricts)]
    with writing(engine) as connection:
        keep(connection, [Region(code, name) for code, name in [*areas, *((one, f"Desa Uji {one}") for one in codes)]])
        connection.execute(insert(villages), [{"village_id": code, "seq": 10, "to_rebuild": False} for code in codes])
        connection.execute(insert(phones), [_phone(code) for code in codes[1:]])
        connection.execute(insert(stored_cards(rules)), rows)
    return rows


def _phone(code: str) -> Row:
    return {
        "token_sha256": f"sha-{code}",
        "village_id": code,
        "name": "HP",
        "created_at": HEARD_AT,
        "seen_at": HEARD_AT,
        "refused_count": 0,
    }


def _card(rules: Any, code: str, quarter: Quarter, today: date, chance: random.Random, *, is_silent: bool) -> Row:
    row: Row = {"village_id": code, "quarter": str(quarter), "as_of": quarter.as_of(today), "rules": rules.number}
    row |= dict.fromkeys(FUNDS, 0.0) | {"allocated_total": 900e6, "allocated_stunting": 90e6, "changed_on": None}
    level = chance.uniform(0.3, 1)
    for name, most in (("pregnant", 40), ("children", 130)):
        row[name] = chance.randint(5, most)
        row[f"{name}_at_risk"] = row[name] // 5
        row[f"{name}_not_monitored"] = row[name] if is_silent else row[name] // 12
        row[f"{name}_now"] = row[name] - row[name] // 10
        row[f"{name}_now_monitored"] = 0 if is_silent else chance.randint(0, row[f"{name}_now"])
        row[f"{name}_received"] = row[f"{name}_due"] = 0
    for one in rules.indicators:
        due = chance.randint(0, row["pregnant" if one.target == "ibu_hamil" else "children"])
        received = 0 if is_silent else min(due, round(due * level * chance.uniform(0.8, 1.2)))
        row |= {f"{one.code}_received": received, f"{one.code}_due": due}
        if one.also:
            row[f"{one.code}_also"] = received // 3
        if one.target != "paud":
            name = "pregnant" if one.target == "ibu_hamil" else "children"
            row[f"{name}_received"] += received
            row[f"{name}_due"] += due
    households = [0, 1, 2, 3, 4, row["pregnant"]] if not is_silent else [row["pregnant"] + 10, 0, 0, 0, 0, 0]
    row |= {f"sectors_{reached}": homes for reached, homes in enumerate(households)}
    row |= {"households": sum(households), "complete": households[5]}
    parts = [row["children"] // 2, row["children"] // 4, row["children"] // 8]
    row |= dict(zip(("tikar_green", "tikar_yellow", "tikar_red"), parts, strict=True))
    row["tikar_none"] = row["children"] - sum(parts)
    return row

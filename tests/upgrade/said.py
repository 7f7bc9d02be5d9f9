"""What a database says of its villages, as plain JSON: the one place here that knows how this version is asked."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from aggregate.formulir1.report import read_formulir1
from aggregate.scorecard.card import read_card
from forms.growth.signs import RED_TIKAR, SIGNS
from forms.periods import Quarter
from forms.problems import ProblemError
from server.accounts import users
from server.database.account_tables import looks
from server.database.engine import reading
from server.database.tables import attachments, submissions
from server.entities import change_log, decision_log, store
from server.phones import phones
from server.publications.entity_list_columns import lists_written
from server.publications.form_versions import FormCache
from server.queries import worklist
from server.queries.entity_lists import NOTHING_TO_DO, list_csv
from server.submissions import quarantine
from server.villages import officers
from tests.support.members import PASSWORD, QUICK
from tests.support.shown import performances

# The moment as which the database was frozen: nothing here depends on the day on which a test runs.
NOW = datetime(2026, 10, 20, 10, tzinfo=UTC)
TODAY = date(2026, 10, 20)
ZONE = ZoneInfo("Asia/Jakarta")
QUARTERS = tuple(Quarter(2026, number) for number in range(1, 5))
TOKENS = tuple(f"contoh-{number:04}" for number in range(1, 10))
VILLAGES = ("99.01.01.2001", "99.01.01.2002", "99.01.02.2001")


def _told_before(card: dict[str, Any]) -> dict[str, Any]:
    """What 0.1.1 told of a card, too."""
    return {name: part for name, part in card.items() if name not in ("table5_fields", "card", "this_month")}


def cards(connection: Connection) -> Any:
    """The card of each village and quarter, as it was counted last."""
    return {
        code: {str(quarter): _told_before(read_card(connection, code, quarter, TODAY).json()) for quarter in QUARTERS}
        for code in VILLAGES
    }


def formulir1(connection: Connection) -> Any:
    told = {code: read_formulir1(connection, code, TODAY).json() for code in VILLAGES}
    return {code: {name: part for name, part in one.items() if name != "recap"} for code, one in told.items()}


def _asked_before(todo: str) -> str:
    """What 0.1.1 asked for, too: there a visit ended what is to be done about a red Tikar."""
    return "; ".join(part for part in todo.split("; ") if part != SIGNS[RED_TIKAR].todo_id)


def work(connection: Connection) -> Any:
    """The work list in its order: who, the priority, and what is to be done."""
    found = {}
    for code in VILLAGES:
        tasks = [(task, _asked_before(task.priority.todo)) for task in worklist.tasks(connection, code, TODAY)]
        tasks.sort(key=lambda one: (not one[1], one[0].priority.rank, one[0].name.casefold(), one[0].id))
        found[code] = [[task.id, task.priority.rank, todo] for task, todo in tasks]
    return found


def lists(connection: Connection) -> Any:
    """The rows of the phones' lists by id, without their versions and what is blank."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for code, name, row in _rows(connection):
        if row.get("perlu") and not (before := _asked_before(row["perlu"])):
            row = {**row, "perlu": before, "label": NOTHING_TO_DO + row["label"][1:]}
        elif row.get("perlu"):
            row = {**row, "perlu": before}
        said = {key: value for key, value in row.items() if value and key not in ("name", "__version")}
        found.setdefault(code, {}).setdefault(name, {})[row["name"]] = said
    return found


def versions(connection: Connection) -> dict[str, int]:
    """How new each row of a phone's list is, by its village, list and id."""
    return {f"{code} {name} {row['name']}": int(row["__version"]) for code, name, row in _rows(connection)}


def _rows(connection: Connection) -> Iterator[tuple[str, str, dict[str, str]]]:
    for name, columns in lists_written(FormCache().schemas(connection)).items():
        for code in VILLAGES:
            content = list_csv(connection, code, name, columns, TODAY, ZONE)
            for row in csv.DictReader(content.decode().splitlines()):
                yield code, name, row


def people(connection: Connection) -> Any:
    """Who is in the register: id, list and home village."""
    return sorted([one.id, one.list, code] for code in VILLAGES for one in store.load_all(connection, code))


def sent(connection: Connection) -> Any:
    """The state of everything that was sent, and what is wrong with it, by village and sha256."""
    found: dict[str, dict[str, list[str | None]]] = {code: {} for code in VILLAGES}
    wanted = select(*(submissions.c[name] for name in ("village_id", "sha256", "state", "problem")))
    for row in connection.execute(wanted):
        found[row.village_id][row.sha256] = [row.state, row.problem]
    return found


def waiting(connection: Connection) -> Any:
    """The last lines of `kpm quarantine list`."""
    return {"problems": len(quarantine.quarantined(connection)), "held": change_log.count_held(connection)}


def decisions(connection: Connection) -> Any:
    """What people decided, in its order, and whether it stands."""
    return {
        code: [
            [one.kind, "stands" if one.stands else "undone"]
            for one in decision_log.read(connection, code)
            if one.cause_id is None
        ]
        for code in VILLAGES
    }


def performance(connection: Connection) -> Any:
    """How the KPM of each village did in the last quarter that is over."""
    return performances(connection, [*VILLAGES], QUARTERS[2], TODAY)


def office(connection: Connection) -> Any:
    """Accounts, phones, the KPMs' terms of office, who looked at names how often, and files that were sent."""
    seen = Counter(f"{row.village_id} {row.email} {row.page}" for row in connection.execute(select(looks)))
    files = connection.execute(select(attachments)).mappings()
    return {
        "accounts": [
            [*vars(one.user).values(), one.closed_at, one.locked_until] for one in users.all_accounts(connection)
        ],
        "phones": [
            [one.number, one.village_id, one.name, one.seen_at, one.revoked_at] for one in phones.all_phones(connection)
        ],
        "terms": [asdict(term) for code in VILLAGES for term in officers.terms(connection, code)],
        "looks": dict(sorted(seen.items())),
        "files": sorted([row["submission_sha256"], row["name"], row["sha256"], row["size"]] for row in files),
    }


# By their name in expected.json.
PARTS: dict[str, Callable[[Connection], Any]] = {
    one.__name__: one for one in (cards, formulir1, work, lists, people, sent, waiting, decisions, performance, office)
}


def say(engine: Engine, part: str) -> Any:
    """What the database says, as it would be read from a file."""
    with reading(engine) as connection:
        return json.loads(json.dumps(PARTS[part](connection), default=str))


def doors(engine: Engine) -> Any:
    """Who gets in with the password of all, and which village the token of each phone opens."""
    with reading(engine) as connection:
        accounts = users.all_accounts(connection)
        opened = {token: phones.find(connection, token) for token in TOKENS}
    return {
        "users": [one.user.email for one in accounts if _gets_in(engine, one.user.email)],
        "phones": {token: phone.village_id if phone else None for token, phone in opened.items()},
    }


def _gets_in(engine: Engine, email: str) -> bool:
    try:
        return bool(users.log_in(engine, email, PASSWORD, NOW, QUICK))
    except ProblemError:
        return False


def phone_versions(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return versions(connection)

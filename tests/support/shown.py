"""What the server shows of a village, in the shape of the recounts."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from aggregate.formulir1.report import read_formulir1
from aggregate.performance.measures import Span
from aggregate.performance.report import performance
from forms.periods import Quarter
from server.publications.entity_list_columns import lists_written
from server.publications.form_versions import FormCache
from server.queries import worklist
from server.queries.entity_lists import list_csv
from tests.recounts.recount_formulir1 import same_dusun
from tests.recounts.worklist_recount import Line

JAKARTA = ZoneInfo("Asia/Jakarta")


def formulir1(connection: Connection, code: str, today: date) -> dict[str, Any]:
    """What the program says of supply and demand."""
    found = read_formulir1(connection, code, today).json()
    assert found["supply"] == sorted(found["supply"], key=lambda row: -row["waiting"])

    def by_dusun(part: str) -> dict[tuple[str, str], int]:
        rows = [(same_dusun(one["name"]), one[part]) for one in found["dusun"]]
        assert found[part] == {name: sum(counts[name] for _, counts in rows) for name in found[part]}
        return {(dusun, name): number for dusun, counts in rows for name, number in counts.items() if number}

    return {
        "households": by_dusun("households"),
        "targets": by_dusun("targets"),
        "supply": {
            (same_dusun(row["dusun"]), row["service"]): {
                name: row[name] for name in ("due", "received", "supplied", "waiting")
            }
            for row in found["supply"]
        },
    }


def performances(connection: Connection, codes: list[str], quarter: Quarter, today: date) -> dict[str, dict[str, Any]]:
    """The performance of the villages' KPM, by village."""
    found = performance(connection, codes, Span(quarter, today, JAKARTA))
    return {code: one.json() for code, one in found.items()}


def page(connection: Connection, village: str, today: date) -> list[Line]:
    """What the page of the work list shows."""
    return [
        Line(
            task.id,
            "anak" if task.list == "anak" else "ibu_hamil",
            task.name,
            task.dusun,
            task.priority.rank,
            task.priority.todo,
            tuple(task.priority.signs),
            task.missing is not None and task.priority.rank != "7",
        )
        for task in worklist.tasks(connection, village, today)
    ]


def phone(connection: Connection, cache: FormCache, village: str, today: date) -> dict[str, tuple[str, str, str]]:
    """The label, `prioritas` and `perlu` of everybody on the phones' lists."""
    columns = lists_written(cache.schemas(connection))
    found = [list_csv(connection, village, name, columns[name], today, JAKARTA) for name in ("ibu_hamil", "anak")]
    rows = [row for content in found for row in csv.DictReader(content.decode().splitlines())]
    return {row["name"]: (row["label"], row["prioritas"], row["perlu"]) for row in rows}

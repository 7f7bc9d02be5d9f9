"""Counts a village that a test has made up, and shows what came out: Y, T or TS by target, and the card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import Engine, Table, select

from aggregate.indicators.published_rules import published_rules
from aggregate.indicators.rules import GROUPS, PAUD
from aggregate.indicators.tables import recap_table
from aggregate.scorecard.card import card_json
from aggregate.scorecard.refresh import refresh_village
from forms.periods import Quarter
from server.database.engine import reading, writing
from tests.support.builders import WORKBOOKS, load
from tests.support.facts import (
    Agreement,
    Answer,
    Child,
    Facility,
    Household,
    Measurement,
    Mother,
    Review,
    Village,
    Visit,
)

_CODES = (f"11.01.{kecamatan:02}.{number}" for kecamatan in range(1, 99) for number in range(2001, 2999))
HOUSE = Household("rumah", "Dusun Satu")
LATER = date(2027, 1, 1)
FIXED = recap_table(PAUD, ()).columns.keys()  # of a recap without indicators


@dataclass(frozen=True)
class Counted:
    """`results[target][code]` is Y (received), T (due, not received) or TS (not due); `card` is the documented JSON."""

    engine: Engine
    village: str
    results: dict[str, dict[str, str]]
    card: dict[str, Any]

    def row(self, code: str) -> dict[str, Any]:
        found: dict[str, Any] = next(row for row in self.card["table3"] if row["code"] == code)
        return found

    def look(self, quarter: str, today: date = LATER) -> Counted:
        """The same village at another time."""
        return look(self.engine, self.village, quarter, today)


def village(*parts: Household | Mother | Child | Facility | Visit | Measurement | Agreement | Review) -> Village:
    """A new village of these people, places and rows; the forms were finished in the order in which they stand here."""
    ordered: list[Any] = [part for part in parts if not isinstance(part, Household | Mother | Child | Facility)]
    numbered = [replace(row, order=place) for place, row in enumerate(ordered, start=1)]
    return Village(
        code=next(_CODES),
        name="Sukamaju",
        households=tuple(part for part in parts if isinstance(part, Household)) or (HOUSE,),
        mothers=tuple(part for part in parts if isinstance(part, Mother)),
        children=tuple(part for part in parts if isinstance(part, Child)),
        visits=tuple(row for row in numbered if isinstance(row, Visit) and row.kind != "paud"),
        measurements=tuple(row for row in numbered if isinstance(row, Measurement)),
        follow_ups=tuple(row for row in numbered if isinstance(row, Visit) and row.kind == "paud"),
        facilities=tuple(part for part in parts if isinstance(part, Facility)),
        agreements=tuple(row for row in numbered if isinstance(row, Agreement)),
        reviews=tuple(row for row in numbered if isinstance(row, Review)),
    )


def mother(id_: str = "ibu", registered: str = "2025-10-01", **known: Any) -> Mother:
    """An expectant mother whose pregnancy is at its beginning in the first quarter of 2026, unless told otherwise."""
    facts = {"household": HOUSE.id, "dusun": HOUSE.dusun, "hpl": date(2026, 10, 1), **known}
    return Mother(id_, registered_on=date.fromisoformat(registered), **facts)


def child(id_: str = "anak", registered: str = "2025-10-01", born: str = "2025-01-15", **known: Any) -> Child:
    """A child of 14 months at the end of the first quarter of 2026, unless told otherwise."""
    facts = {"household": HOUSE.id, "dusun": HOUSE.dusun, **known}
    return Child(id_, registered_on=date.fromisoformat(registered), tanggal_lahir=date.fromisoformat(born), **facts)


def of_mother(day: str, target: str = "ibu", **answers: Answer) -> Visit:
    return Visit(0, date.fromisoformat(day), "ibu_hamil", target, answers)


def of_child(day: str, target: str = "anak", **answers: Answer) -> Visit:
    return Visit(0, date.fromisoformat(day), "anak", target, answers)


def of_paud(day: str, ikut_paud: str, target: str = "anak") -> Visit:
    return Visit(0, date.fromisoformat(day), "paud", target, {"ikut_paud": ikut_paud} if ikut_paud else {})


def count(engine: Engine, known: Village, quarter: str = "2026-Q1", today: date = LATER) -> Counted:
    """Loads the village, and counts it as a visitor of its page would find it."""
    with writing(engine) as connection:
        load(connection, known)
    return look(engine, known.code, quarter, today)


def look(engine: Engine, code: str, quarter: str = "2026-Q1", today: date = LATER) -> Counted:
    refresh_village(engine, code, today)
    with reading(engine) as connection:
        rules = published_rules(connection)
        recaps = [recap_table(group, rules.counted_of(group)) for group in GROUPS]
        results: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for recap in (recap for recap in recaps if recap.columns.keys() != FIXED):
            wanted = select(recap).where(recap.c.village_id == code, recap.c.quarter == quarter)
            for row in connection.execute(wanted).mappings():
                results[row["target"]] |= _named(recap, row)
        return Counted(engine, code, dict(results), card_json(connection, code, Quarter.parse(quarter), today))


def workbook(only: Container[str] | None = None, **changes: dict[str, str]) -> bytes:
    """The shipped indicator workbook with other cells: `ih2={"minimal": "2"}` changes one of the row of ih2.

    `only`: the codes of the rows that are kept; else all.
    """
    book = load_workbook(WORKBOOKS / "indikator.xlsx")
    sheet = book["indikator"]
    header, *rows = sheet.iter_rows()
    place = {str(cell.value): number for number, cell in enumerate(header)}
    for row in reversed(rows):
        code = str(row[place["kode"]].value)
        if only is not None and code not in only:
            sheet.delete_rows(row[0].row)
        for column, text in changes.get(code, {}).items():
            row[place[column]].value = text
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _named(recap: Table, row: Any) -> dict[str, str]:
    names = {1: "Y", 0: "T", None: "TS"}
    return {column.name: names[row[column.name]] for column in recap.columns if column.name not in FIXED}

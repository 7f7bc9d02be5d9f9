"""The register of whole regions as tables: households, mothers and children, on the sheets of `register_form`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, select

from forms.domain import ACTIVE, DAY, HOUSEHOLD, HOUSEHOLDS, MOTHERS, STATUS, STATUS_DAY
from forms.sheets_out.tables import Column, Sheet, Value
from server.database.answer_tables import REST
from server.entities import store
from server.entities.entity import Entity, name_of
from server.exchange.answers import answers_of
from server.exchange.register_form import FORM, STATE, RegisterForm, RegisterSheet, columns_of
from server.exchange.scope import Scope, outside, village_by_village

# What stands behind the questions' columns; the register cannot be read back in by them.
_BEHIND = (STATE, "_sejak", "_terdaftar", "_desa", "_kode_desa", "_id")
# Where a household's registration says its id; what an entity is called is no property.
_ID, _CALLED = "id_keluarga", {HOUSEHOLDS: "nama_kepala"}
# Properties that the form computes of several questions, and that the phones' lists show.
_COMPUTED = ("air_minum", "jamban", "rentan")


def register_sheets(engine: Engine, form: RegisterForm, scope: Scope) -> list[Sheet]:
    """All who were registered in the days of the scope, also those who have left the list since (their state says it).

    What the register does not keep of a household's registration comes from the latest answers of it.
    """
    return [_sheet(engine, sheet, scope) for sheet in form.sheets]


def _sheet(engine: Engine, sheet: RegisterSheet, scope: Scope) -> Sheet:
    is_house = sheet.kind == HOUSEHOLDS
    behind = (*_BEHIND, *(f"_{name}" for name in _COMPUTED)) if is_house else _BEHIND
    columns = [*columns_of(sheet), *(Column(name, 14) for name in behind)]

    def of_village(connection: Connection, code: str, name: str) -> Iterable[Sequence[Value]]:
        found = [one for one in store.load_all(connection, code, sheet.kind) if one.created_seq is not None]
        said = _latest_answers(connection, code) if is_house and found else {}
        for one in found:
            if _within(scope, one):
                yield _row(sheet, one, said.get(one.id, {}), code, name)

    return Sheet(sheet.name, columns, village_by_village(engine, scope, of_village))


def _within(scope: Scope, one: Entity) -> bool:
    day = one.registered_on
    return (scope.since is None or day >= scope.since) and (scope.until is None or day <= scope.until)


def _row(sheet: RegisterSheet, one: Entity, said: dict[str, Any], code: str, village: str) -> list[Value]:
    is_house = sheet.kind == HOUSEHOLDS
    known = {**said, **_derived(one), DAY: one.registered_on, _CALLED.get(sheet.kind, ""): name_of(one)}
    kept = one.data
    row: list[Value] = [one.id if is_house else kept.get(HOUSEHOLD, "")]
    for asked in sheet.questions:
        saved = asked.field.save_to
        value = kept.get(saved[1]) if saved and saved[0] == sheet.kind else known.get(asked.name)
        row.append(outside(asked.name, value))
    row += [kept.get(STATUS, ACTIVE), kept.get(STATUS_DAY), one.registered_on, village, code, one.id]
    return row + [kept.get(name) for name in _COMPUTED] if is_house else row


def _derived(one: Entity) -> dict[str, Any]:
    """Answers that follow from the properties: whether a mother has given birth."""
    return {"sudah_lahir": "ya" if one.data.get("tanggal_melahirkan") else "tidak"} if one.list == MOTHERS else {}


def _latest_answers(connection: Connection, village: str) -> dict[str, dict[str, Any]]:
    """By household, what was last answered to each question of its registrations."""
    tables = answers_of(connection, FORM)
    main = tables.tables[""]
    row_id = next(iter(tables.columns_called("", _ID)), "")
    if not row_id:
        return {}
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    day = [main.c[column] for column in tables.columns_called("", DAY) if column in main.c]
    query = select(main).where(main.c.village_id == village).order_by(*day, main.c.order_key)
    for row in connection.execute(query).mappings():
        answers = {**row, **(row.get(REST) or {})}
        found[answers[row_id] or ""].update({name: value for name, value in answers.items() if value is not None})
    return found

"""Made-up people and places for trying out a form: what a village's lists could hold, and nobody's names."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from forms.domain import ACTIVE, BORN_ON, CHILDREN, DUE_ON, DUSUN, HOUSEHOLD, MOTHERS, NAME, SEX, STATUS
from server.queries.priorities import TO_VISIT

HOW_MANY = 3
# In days from today, of the first of them; the others are as much later each.
_DUE = 60
# How old each of the children is, in days: fed at the breast alone, measured every month, old enough for PAUD.
_AGES = (120, 500, 1500)
_MOTHERS_AGE = 26 * 365


def sample_list(name: str, columns: tuple[str, ...], today: date) -> bytes:
    """A list as phones get it (queries/entity_lists.py), of people who do not exist; what is not known of them is
    blank."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "label", "__version", *columns])
    for number in range(1, HOW_MANY + 1):
        known = _known(name, number, today)
        writer.writerow([_id(name, number), f"{known[NAME]} · {known[DUSUN]}", 1, *map(known.get, columns)])
    return out.getvalue().encode()


def _known(name: str, number: int, today: date) -> dict[str, str]:
    known = {
        NAME: f"Contoh {number}",
        DUSUN: "Dusun Contoh",
        STATUS: ACTIVE,
        HOUSEHOLD: _id(HOUSEHOLD, number),
        SEX: "LP"[number % 2],
        "prioritas": str(number),
        "perlu": TO_VISIT,
    }
    if name == MOTHERS:
        known[DUE_ON] = str(today + timedelta(days=_DUE * number))
        known[BORN_ON] = str(today - timedelta(days=_MOTHERS_AGE))
    if name == CHILDREN:
        known[BORN_ON] = str(today - timedelta(days=_AGES[number - 1]))
    return known


def _id(name: str, number: int) -> str:
    return f"contoh-{name}-{number}"

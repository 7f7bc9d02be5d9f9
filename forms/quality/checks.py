"""Quality checks: what is unlikely of a submission, or of all that one phone sent in a month, as data.

A check does not say that something is wrong: it says where somebody should look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from forms.domain import CHILDREN, DAY
from forms.schema import FieldType

Kind = Literal["terlalu_cepat", "tinggi_turun", "berat_sama", "angka_bulat", "satu_tempat"]

# When a form was begun and finished, by the phone's clock.
BEGUN, ENDED = "mulai", "berakhir"
_NUMBERS: tuple[FieldType, ...] = ("decimal", "integer")


@dataclass(frozen=True)
class Wants:
    """What a kind of check asks for.

    `types`: of the field that it judges; none where it judges no field. `needs`: further fields of the form.
    `threshold`: the least and the most that is possible. `rows`: the same of how many rows there must be.
    """

    types: tuple[FieldType, ...]
    needs: tuple[str, ...]
    threshold: tuple[float, float]
    rows: tuple[int, int]


KINDS: Mapping[Kind, Wants] = {
    "terlalu_cepat": Wants((), (DAY, BEGUN, ENDED), (1, 3600), (1, 1)),  # seconds
    "tinggi_turun": Wants(_NUMBERS, (DAY, CHILDREN), (0, 20), (2, 99)),  # cm
    "berat_sama": Wants(_NUMBERS, (DAY, CHILDREN), (0, 1000), (2, 12)),  # grams
    "angka_bulat": Wants(_NUMBERS, (DAY,), (20, 99), (2, 9999)),  # percent; a fifth ends in .0 or .5 by itself
    "satu_tempat": Wants(("geo",), (DAY,), (1, 1000), (2, 9999)),  # metres
}


@dataclass(frozen=True)
class Check:
    """One row of the workbook. `field`: blank where the kind judges none. `least`: how many rows there must be before
    it judges: of a child, or of a phone's month; for `berat_sama`, in how many months one after the other. `todo_id`
    and `todo_en`: what to do about it."""

    code: str
    kind: Kind
    form_id: str
    field: str
    threshold: float
    least: int
    active: bool
    label_id: str
    label_en: str
    todo_id: str
    todo_en: str

"""What a rule of the indicator workbook means, as plain data: expressions and indicators.

The workbook reader makes these; `aggregate` turns them into SQL. Nothing here knows Excel or SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["and", "or", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]
Function = Literal["not", "if", "selected", "coalesce", "number", "count-selected", "true", "false"]
Window = Literal["triwulan", "semester", "tahun", "terakhir", "semua"]
Target = Literal["ibu_hamil", "anak", "paud"]
Sector = Literal["kesehatan", "gizi", "air", "sosial", "paud"]
WINDOWS: tuple[Window, ...] = ("triwulan", "semester", "tahun", "terakhir", "semua")
TARGETS: tuple[Target, ...] = ("ibu_hamil", "anak", "paud")
SECTORS: tuple[Sector, ...] = ("kesehatan", "gizi", "air", "sosial", "paud")
# The services of facilities, as the form `fasilitas` has them.
SERVICES = (
    *("periksa_kehamilan", "pil_fe", "periksa_nifas", "konseling_gizi", "kunjungan_terpadu", "imunisasi", "timbang"),
    *("ukur", "kelas_pengasuhan", "paud", "air_minum", "jamban", "akta_lahir", "jaminan_kesehatan"),
)
EVERY_MONTH: Literal["setiap_bulan"] = "setiap_bulan"
# The card of a workbook that names none.
FIRST_CARD = "Formulir 4 (2018)"


def target_list(target: Target) -> str:
    """The list of the register in which the targets stand: children of 2-6 years stay in that of the younger ones."""
    return "anak" if target == "paud" else target


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    """`${name}`: an answer's field, a property of the register, or a fact computed for the day."""

    name: str


@dataclass(frozen=True)
class Binary:
    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Negative:
    operand: Expression


@dataclass(frozen=True)
class Call:
    function: Function
    arguments: tuple[Expression, ...]


Expression = Text | Number | Name | Binary | Negative | Call


def names_in(expression: Expression) -> Iterator[str]:
    """Every `${name}` in the expression, in order, repeats included."""
    match expression:
        case Name(name):
            yield name
        case Binary(_, left, right):
            yield from names_in(left)
            yield from names_in(right)
        case Negative(operand):
            yield from names_in(operand)
        case Call(_, arguments):
            for argument in arguments:
                yield from names_in(argument)
        case _:
            return


def choices_named(expression: Expression) -> dict[str, set[str]]:
    """The texts that the value of each `${name}` is compared with, or looked for in: its choices, where it has some."""
    found: dict[str, set[str]] = {}
    for part in _parts(expression):
        match part:
            case Binary("=" | "!=", Text(text), value) | Binary("=" | "!=", value, Text(text)):
                texts = [text] if text else []
            case Call("selected", (Text(text), value)) | Call("selected", (value, Text(text))):
                texts = text.split()
            case _:
                continue
        for name in _values_of(value):
            found.setdefault(name, set()).update(texts)
    return found


def _parts(expression: Expression) -> Iterator[Expression]:
    """The expression, and all that it is made of."""
    yield expression
    match expression:
        case Binary(_, left, right):
            yield from (*_parts(left), *_parts(right))
        case Negative(operand):
            yield from _parts(operand)
        case Call(_, arguments):
            for argument in arguments:
                yield from _parts(argument)


def _values_of(expression: Expression) -> Iterator[str]:
    """The names whose values it may take."""
    match expression:
        case Name(name):
            yield name
        case Call("coalesce", arguments) | Call("if", (_, *arguments)):
            for argument in arguments:
                yield from _values_of(argument)


@dataclass(frozen=True)
class Indicator:
    """A row of the workbook.

    `due` (berlaku_jika) is asked once per target on day D. `received` (diterima_jika) is asked of every answer row and
    counted by month inside `window`, and needs `minimum` months (`setiap_bulan`: every active month of the quarter;
    else an expression asked on day D); in the window `terakhir` it is asked once, of the latest answers on day D.
    `also` (hitung_juga) counts the due targets with at least one such row in the window, beside the score; None where
    the cell is blank. `forms` (formulir): ids of forms that it waits for; while one of them is not published it is
    shown but not counted, and its names are not checked. Empty: it waits for nothing. `service` (layanan): the one of
    SERVICES by which a facility supplies it; blank where none does. `note_id` and `note_en` (catatan): in what the
    counting differs from what the label says; blank where in nothing. `card` (kartu): the name of the card that the row
    stands on, the same in all rows of a workbook. `scores` (skor): whether it is part of its target's level of
    convergence (table 4), and with it of the sectors and of what makes a household complete; else it stands in table 3
    alone.
    """

    code: str
    number: int
    target: Target
    sector: Sector
    label_id: str
    label_en: str
    due: Expression
    received: Expression
    window: Window
    minimum: Expression | Literal["setiap_bulan"]
    also: Expression | None
    source: str
    forms: tuple[str, ...] = ()
    service: str = ""
    note_id: str = ""
    note_en: str = ""
    card: str = FIRST_CARD
    scores: bool = True


def named_by_service(indicators: Iterable[Indicator]) -> dict[str, str]:
    """The service of each indicator (by code) that its service's short name tells apart from the others of its target;
    blank where it does not."""
    every = tuple(indicators)
    counted = Counter((one.target, one.service) for one in every)
    return {one.code: one.service if counted[one.target, one.service] == 1 else "" for one in every}

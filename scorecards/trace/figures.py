"""The numbers of a card that can be opened, by the names that they have in addresses.

An indicator has its code, what it counts beside the score its code and `-juga`; all others have a hyphen in their name,
which no code has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from forms.indicators.rules import SECTORS, Indicator, Sector, Target
from forms.problems import Problem, problem

NO_SUCH_NUMBER = Problem(
    "no-such-number",
    404,
    "Kartu ini tidak punya angka “{name}”. Buka kartunya, lalu pilih angka di sana.",
    "This card has no number “{name}”. Open the card and choose a number there.",
)

Kind = Literal[
    "indicator",
    "also",
    "services",
    "complete",
    "sectors",
    "homes",
    "tikar",
    "monitored",
    "month",
    "risk",
    "all",
    "funds",
]
ALSO = "-juga"


@dataclass(frozen=True)
class Figure:
    """A number, or some that belong together. `indicator` is that of the kinds `indicator` and `also`; `sector` narrows
    services to one, None to none; `targets` are those whom it counts."""

    name: str
    kind: Kind
    indicator: Indicator | None = None
    sector: Sector | None = None
    targets: tuple[Target, ...] = ("ibu_hamil", "anak")


_MOTHERS: tuple[Target, ...] = ("ibu_hamil",)
_CHILDREN: tuple[Target, ...] = ("anak",)
FIXED: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("tingkat-desa", "services"),
        Figure("tingkat-ibu", "services", targets=_MOTHERS),
        Figure("tingkat-anak", "services", targets=_CHILDREN),
        *(Figure(f"sektor-{sector}", "services", sector=sector) for sector in SECTORS),
        Figure("rumah-tangga", "homes"),
        Figure("rumah-lengkap", "complete"),
        Figure("rumah-sektor", "sectors"),
        Figure("tikar-anak", "tikar", targets=_CHILDREN),
        Figure("tidak-dipantau", "monitored"),
        Figure("bulan-ini", "month"),
        Figure("ibu-semua", "all", targets=_MOTHERS),
        Figure("ibu-risiko", "risk", targets=_MOTHERS),
        Figure("anak-semua", "all", targets=_CHILDREN),
        Figure("anak-gizi", "risk", targets=_CHILDREN),
        Figure("dana-desa", "funds"),
    )
}


def figure_called(name: str, indicators: Sequence[Indicator]) -> Figure:
    """The number of that name on a card counted by these indicators. Raises ProblemError NO_SUCH_NUMBER."""
    if name in FIXED:
        return FIXED[name]
    by_code = {one.code: one for one in indicators}
    indicator = by_code.get(name.removesuffix(ALSO))
    if indicator is None or (name.endswith(ALSO) and indicator.also is None):
        raise problem(NO_SUCH_NUMBER, name=name[:40])
    return Figure(name, "also" if name.endswith(ALSO) else "indicator", indicator, targets=(indicator.target,))

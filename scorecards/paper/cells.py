"""What the sheets of the workbook have in common: their heads in words, and the formula of a percent."""

from __future__ import annotations

from datetime import date

from forms.indicators.rules import Target
from forms.periods import Quarter
from forms.sheets_out.tables import Formula
from scorecards.sources import Place

NAMES: dict[Target, str] = {"ibu_hamil": "Ibu hamil dan nifas", "anak": "Anak 0-23 bulan", "paud": "Anak 2-6 tahun"}
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
NOTHING_DUE = "–"  # in place of a percent, as on the pages


def lines_above(title: str, place: Place, period: str) -> list[str]:
    """What stands above the tables of a form."""
    where = place.bare()
    return [
        title,
        f"Desa {where.village} ({where.code}), Kecamatan {where.subdistrict}, {where.district}",
        period,
    ]


def in_words(quarter: Quarter, *, running: bool = False) -> str:
    """Such as: Triwulan 1 tahun 2026. What is still `running` is provisional."""
    return f"Triwulan {quarter.number} tahun {quarter.year}{' (SEMENTARA)' if running else ''}"


def day_in_words(day: str) -> str:
    """Such as: 31 Maret 2026, of 2026-03-31."""
    one = date.fromisoformat(day)
    return f"{one.day} {MONTHS[one.month - 1]} {one.year}"


def percent_of(received: str, due: str) -> Formula:
    """Half up to one decimal, as the card has it: a thousandfold of whole numbers is exact, a percent is not."""
    return Formula(f'IF({due}=0,"{NOTHING_DUE}",ROUND(1000*{received}/{due},0)/10)')

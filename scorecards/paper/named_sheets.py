"""The sheets with names: the monthly rows (Formulir 2A, 2B, 2C), and Y, T and TS of each person (3A, 3B)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from forms.indicators.rules import Target
from forms.periods import month_end
from forms.sheets_out.tables import Block, Form, Formula, Value
from scorecards.paper.cells import MONTHS, NAMES, in_words, lines_above, percent_of
from scorecards.paper.sources import MARKS, MonthRow, QuarterSheets

# The monthly sheets: heads and the names of the answers below them.
_MOTHERS_MONTH = (
    ("Pemeriksaan kehamilan", "periksa_kehamilan"),
    ("Dapat & konsumsi pil Fe", "pil_fe"),
    ("Pemeriksaan nifas (kali)", "periksa_nifas"),
    ("Konseling gizi (kelas IH)", "konseling_gizi_ibu"),
    ("Kunjungan rumah", "kunjungan_bidan"),
    ("Akses air bersih", "air_minum"),
    ("Jamban", "jamban"),
    ("Jaminan kesehatan", "jaminan_kesehatan"),
)
_CHILDREN_MONTH = (
    ("Imunisasi dasar", "imunisasi_dasar"),
    ("Penimbangan", "timbang"),
    ("Berat (kg)", "berat_badan"),
    ("Pengukuran panjang/tinggi", "ukur"),
    ("Konseling gizi: ayah", "konseling_ayah"),
    ("Konseling gizi: ibu", "konseling_ibu"),
    ("Kunjungan rumah", "kunjungan_terpadu"),
    ("Akses air bersih", "air_minum_anak"),
    ("Jamban", "jamban_anak"),
    ("Akta kelahiran", "akta_lahir"),
    ("Jaminan kesehatan", "jaminan_kesehatan_anak"),
    ("Kelas pengasuhan", "pengasuhan"),
)
_NUMBERS = ("berat_badan", "periksa_nifas")

Months = Mapping[Target, Sequence[MonthRow]]


def named_sheets(sheets: QuarterSheets, months: Months) -> list[Form]:
    """Formulir 2A, 2B, 2C, 3A and 3B of a quarter."""
    return [
        _monthly("Formulir 2A", "Pemantauan bulanan ibu hamil", sheets, months["ibu_hamil"], _MOTHERS_MONTH),
        _monthly("Formulir 2B", "Pemantauan bulanan anak 0-23 bulan", sheets, months["anak"], _CHILDREN_MONTH),
        _paud(sheets, months["paud"]),
        _quarterly("Formulir 3A", sheets, "ibu_hamil"),
        _quarterly("Formulir 3B", sheets, "anak"),
    ]


def _monthly(name: str, title: str, sheets: QuarterSheets, rows: Sequence[MonthRow], asked: Sequence[Any]) -> Form:
    mothers = name == "Formulir 2A"
    state = (
        ("Status kehamilan", "Hari perkiraan lahir", "Tanggal melahirkan")
        if mothers
        else ("Jenis kelamin", "Tanggal lahir", "Status gizi")
    )
    heads = ("No", "No register (KIA)", "Nama", *state, *(head for head, _ in asked))
    blocks = []
    for month in sheets.quarter.month_starts:
        of_month = [row for row in rows if row.month == month]
        lines: list[Sequence[Value]] = [
            [number, row.person.no_kia, row.person.name, *_state(row, mothers=mothers), *_answers(row, asked)]
            for number, row in enumerate(of_month, start=1)
        ]
        blocks.append(Block(f"m{month.month}", f"Bulan {MONTHS[month.month - 1]} {month.year}", heads, lines))
    widths = (5, 16, 26, 14, 14, 14, *[12] * len(asked))
    above = lines_above(f"{name}. {title}", sheets.place, in_words(sheets.quarter, running=sheets.running))
    return Form(name, widths, above, blocks, across=True)


def _state(row: MonthRow, *, mothers: bool) -> list[Value]:
    """As it was in the month of the row: the register knows of births that came later."""
    one = row.person
    if mothers:
        born = one.delivered_on if one.delivered_on and one.delivered_on <= month_end(row.month) else None
        return [row.answers.get("status_kehamilan", ""), one.due_date, born]
    return [one.sex, one.birth_date, row.answers.get("status_gizi", "")]


def _answers(row: MonthRow, asked: Sequence[Any]) -> list[Value]:
    return [_cell(name, row.answers.get(name, "")) for _, name in asked]


def _cell(name: str, answer: str) -> Value:
    """The answer; a number where it is one."""
    return Decimal(answer) if name in _NUMBERS and re.fullmatch(r"\d+(\.\d+)?", answer) else answer


def _paud(sheets: QuarterSheets, rows: Sequence[MonthRow]) -> Form:
    said = {(row.month, row.person.id): row.answers.get("ikut_paud", "") for row in rows}
    months = sheets.quarter.month_starts
    heads = ("No", "Nama anak", "Jenis kelamin", "Usia (bulan)", *(MONTHS[month.month - 1] for month in months))
    lines: list[Sequence[Value]] = [
        [number, one.name, one.sex, one.months, *(said.get((month, one.id), "") for month in months)]
        for number, one in enumerate(sheets.people["paud"], start=1)
    ]
    title = "Formulir 2C. Pemantauan layanan PAUD anak lebih dari 2 sampai 6 tahun"
    return Form(
        "Formulir 2C",
        (5, 28, 12, 12, 14, 14, 14),
        lines_above(title, sheets.place, in_words(sheets.quarter, running=sheets.running)),
        [Block("anak", "Anak", heads, lines)],
    )


def _quarterly(name: str, sheets: QuarterSheets, target: Target) -> Form:
    """Y, T and TS of each person and row, with what they come to for each person and each row."""
    labels, people = sheets.indicators[target], sheets.people[target]
    mothers = target == "ibu_hamil"
    facts = ("Usia kehamilan (minggu)", "KEK/risti") if mothers else ("Usia (bulan)", "Gizi kurang/buruk/stunting")
    heads = ("No", "No register (KIA)", "Nama", *facts, *(f"{one.code}. {one.label_id}" for one in labels))
    ends = ("Jumlah diterima lengkap", "Jumlah seharusnya", "Tingkat konvergensi (%)")
    first, last = "F", _letter(4 + len(labels))
    received, due = _letter(5 + len(labels)), _letter(6 + len(labels))
    lines: list[Sequence[Value]] = [
        [
            *(number, one.no_kia, one.name),
            *((one.weeks if one.weeks is not None else "nifas") if mothers else one.months, _yes(one.at_risk)),
            *(MARKS[one.results[label.code]] for label in labels),
            Formula(f'COUNTIF({first}{{row}}:{last}{{row}},"Y")'),
            Formula(f'COUNTIF({first}{{row}}:{last}{{row}},"Y")+COUNTIF({first}{{row}}:{last}{{row}},"T")'),
            percent_of(f"{received}{{row}}", f"{due}{{row}}"),
        ]
        for number, one in enumerate(people, start=1)
    ]
    letters = [_letter(5 + position) for position in range(len(labels))]
    span = "{orang_first}", "{orang_last}"
    counts = [f'COUNTIF({letter}{span[0]}:{letter}{span[1]},"{{}}")' for letter in letters]
    sums = [f"SUM({letter}{span[0]}:{letter}{span[1]})" for letter in (received, due)]
    blank: list[Value] = ["", ""]
    totals: list[Sequence[Value]] = [
        [*blank, "Jumlah diterima (Y)", *blank, *(_count(one, "Y") for one in counts), Formula(sums[0]), "", ""],
        [
            *(*blank, "Jumlah seharusnya (Y dan T)", *blank),
            *(Formula(f"{_count(one, 'Y').text}+{_count(one, 'T').text}") for one in counts),
            *("", Formula(sums[1]), ""),
        ],
        [
            *(*blank, "Persen", *blank),
            *(percent_of(f"{letter}{{jumlah_first}}", f"{letter}{{above}}") for letter in letters),
            *("", "", percent_of(f"{received}{{jumlah_first}}", f"{due}{{above}}")),
        ],
    ]
    title = f"{name}. Rekapitulasi pemantauan 3 bulanan: {NAMES[target].lower()}"
    return Form(
        name,
        (5, 16, 26, 12, 12, *[13] * len(labels), 12, 12, 14),
        lines_above(title, sheets.place, in_words(sheets.quarter, running=sheets.running)),
        [
            Block("orang", "Y: diterima. T: seharusnya, belum diterima. TS: tidak seharusnya.", [*heads, *ends], lines),
            Block("jumlah", "", (), totals, strong=True),
        ],
        across=True,
    )


def _count(pattern: str, result: str) -> Formula:
    return Formula(pattern.replace("{}", result))


def _letter(position: int) -> str:
    """The column's letter, from 0 for A; no form has more than 26."""
    return chr(ord("A") + position)


def _yes(value: bool) -> str:
    return "ya" if value else "tidak"

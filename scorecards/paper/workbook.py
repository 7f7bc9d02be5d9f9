"""The official forms as one workbook: Formulir 1 and 4 for everybody; 2A, 2B, 2C, 3A and 3B too for who may see names.

Sums and percents are formulas, as in the official sheets, so that who corrects a row sees what becomes of them. The
workbook is in Indonesian, as the forms are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from forms.indicators.rules import Target
from forms.periods import Quarter
from forms.sheets_out.tables import Block, Form, Formula, Value
from scorecards.paper.cells import NAMES, NOTHING_DUE, day_in_words, in_words, lines_above, percent_of
from scorecards.paper.formulir1 import formulir1_sheet
from scorecards.paper.formulir4 import Report
from scorecards.paper.named_sheets import Months, named_sheets
from scorecards.paper.sign_lines import UNSIGNED, SignLines
from scorecards.paper.sources import QuarterSheets
from scorecards.small_counts import public_card, public_formulir1
from scorecards.sources import CountedCard, IndicatorLabel, Place

_COUNTED: tuple[Target, Target] = ("ibu_hamil", "anak")
_FIELDS = {"pembangunan": "Bidang Pembangunan Desa", "pemberdayaan": "Bidang Pemberdayaan Masyarakat Desa"}


def public_workbook(
    report: Report, formulir1: Mapping[str, Any], *, signed: SignLines = UNSIGNED, hides: bool = False
) -> bytes:
    """The sheets of counts: Formulir 1 and Formulir 4. `hides`: without small counts of people; sums
    and percents are figures then, as no formula adds up what is not told."""
    from forms.sheets_out.excel import write_workbook  # only who asks for a workbook pays for openpyxl

    counted, place, running = report.counted, report.place, not report.over
    if hides:
        counted, formulir1 = CountedCard(public_card(*counted), counted.indicators), public_formulir1(formulir1)
    return write_workbook(
        [formulir1_sheet(place, formulir1), _formulir4(counted, place, signed, running=running, hides=hides)]
    )


def named_workbook(
    sheets: QuarterSheets, months: Months, formulir1: Mapping[str, Any], *, signed: SignLines = UNSIGNED
) -> bytes:
    """All sheets, with the names of mothers and children."""
    from forms.sheets_out.excel import write_workbook  # as above

    place = sheets.place
    labels = [label for labels in sheets.indicators.values() for label in labels]
    return write_workbook(
        [
            formulir1_sheet(place, formulir1),
            *named_sheets(sheets, months),
            _formulir4(CountedCard(sheets.card, labels), place, signed, running=sheets.running),
        ]
    )


def _formulir4(counted: CountedCard, place: Place, signed: SignLines, *, running: bool, hides: bool = False) -> Form:
    """`running`: the quarter is not over. `hides`: the card has texts in place of small counts, and sums of people and
    services are its own."""
    card = counted.card
    absent, quarter = card["not_monitored"], Quarter.parse(card["period"])
    head3 = ("No", "Indikator", "Diterima", "Seharusnya", "%", "Ayah datang")
    period = f"{in_words(quarter, running=running)}, data sampai {day_in_words(card['as_of'])}"
    return Form(
        "Formulir 4",
        (5, 84, 18, 18, 18, 18),
        [
            *lines_above(
                "Formulir 4. Laporan konvergensi pencegahan stunting tingkat desa terhadap sasaran rumah tangga 1.000 "
                "HPK",
                place,
                period,
            ),
            *signed.above,
        ],
        [
            _table1(card["table1"]),
            _table2(card["table2"], hides=hides),
            *_table3(counted, head3, hides=hides),
            *(_told_table4(card) if hides else _table4()),
            *_table5(card),
            Block(
                "absent",
                "Belum dipantau pada triwulan ini",
                ("", "Sasaran", "Jumlah"),
                [["", "Ibu hamil dan nifas", absent["pregnant"]], ["", "Anak 0-23 bulan", absent["children"]]],
            ),
            _signatures(place, signed),
        ],
    )


def _table1(row: Mapping[str, Any]) -> Block:
    pregnant, children = row["pregnant"], row["children"]
    head = (
        *("", "Jumlah total rumah tangga 1.000 HPK", "Ibu hamil: total", "Ibu hamil: KEK/risti"),
        *("Anak 0-23 bulan: total", "Anak 0-23 bulan: gizi kurang/gizi buruk/stunting"),
    )
    counts = (row["households"], pregnant["total"], pregnant["kek_risti"], children["total"], children["malnourished"])
    return Block("t1", "Tabel 1. Jumlah sasaran 1.000 HPK (ibu hamil dan anak 0-23 bulan)", head, [["", *counts]])


def _table2(row: Mapping[str, Any], *, hides: bool) -> Block:
    head = (
        *("", "Jumlah total anak usia 0-23 bulan", "Hijau (normal)", "Kuning (risiko stunting)"),
        *("Merah (terindikasi stunting)", "Belum diukur"),
    )
    all_children = row["children"] if hides else Formula("SUM(C{row}:F{row})")
    colours = [row[name] for name in ("green", "yellow", "red", "not_measured")]
    heading = "Tabel 2. Hasil pengukuran Tikar Pertumbuhan (deteksi dini stunting)"
    return Block("t2", heading, head, [["", all_children, *colours]])


def _signatures(place: Place, signed: SignLines) -> Block:
    """Who signs the paper, as it has them; filled in by hand where nobody has signed."""
    names = signed.signers
    who = (
        ("Disusun oleh: Kader Pembangunan Manusia", names and names.kpm),
        ("Diperiksa oleh: Ketua Rumah Desa Sehat (bila ada)", names and names.rds),
        (f"Mengetahui: Kepala Desa {place.bare().village}", names and names.head),
    )
    head = ("", f"{place.bare().village}, {signed.day}", "Nama", "NIP", "Tanda tangan")
    lines = [["", role, one.name if one else "", one.nip if one else "", ""] for role, one in who]
    return Block("signs", "Tanda tangan", head, lines)


def _table3(counted: CountedCard, head: Sequence[str], *, hides: bool) -> list[Block]:
    labels: Mapping[str, IndicatorLabel] = {label.code: label for label in counted.indicators}
    blocks = []
    for target, name in NAMES.items():
        rows = [row for row in counted.card["table3"] if labels[row["code"]].target == target]
        lines: list[Sequence[Value]] = [
            [
                *(number, labels[row["code"]].label_id, row["received"], row["due"]),
                *(_percent(row) if hides else percent_of("C{row}", "D{row}"), row.get("fathers", "")),
            ]
            for number, row in enumerate(rows, start=1)
        ]
        heading = f"Tabel 3. Kelengkapan konvergensi paket layanan pencegahan stunting: {name.lower()}"
        blocks.append(Block(target, heading, head, lines))
    return blocks


def _table4() -> list[Block]:
    """The sums of table 3; the children of 2-6 years are in none of them."""
    lines: list[Sequence[Value]] = [
        [
            *(number, NAMES[target]),
            *(Formula(f"SUM({letter}{{{target}_first}}:{letter}{{{target}_last}})") for letter in "CD"),
            percent_of("C{row}", "D{row}"),
        ]
        for number, target in enumerate(_COUNTED, start=1)
    ]
    total: list[Sequence[Value]] = [
        [
            *("", "Total tingkat konvergensi desa"),
            *(Formula(f"SUM({letter}{{t4_first}}:{letter}{{t4_last}})") for letter in "CD"),
            percent_of("C{row}", "D{row}"),
        ]
    ]
    return _blocks4(lines, total)


def _told_table4(card: Mapping[str, Any]) -> list[Block]:
    """The same as figures."""
    levels = card["table4"]
    rows: dict[str, Sequence[Value]] = {
        name: [row["received"], row["due"], _percent(row)] for name, row in levels.items()
    }
    lines = [
        [number, NAMES[target], *rows[name]]
        for number, (target, name) in enumerate(zip(_COUNTED, ("pregnant", "children"), strict=True), start=1)
    ]
    return _blocks4(lines, [["", "Total tingkat konvergensi desa", *rows["total"]]])


def _blocks4(lines: Sequence[Sequence[Value]], total: Sequence[Sequence[Value]]) -> list[Block]:
    head = ("No", "Sasaran", "Jumlah indikator yang diterima", "Seharusnya diterima", "Tingkat konvergensi (%)")
    return [
        Block("t4", "Tabel 4. Tingkat konvergensi desa", head, lines),
        Block("t4sum", "", (), total, strong=True),
    ]


def _percent(row: Mapping[str, Any]) -> Value:
    return NOTHING_DUE if row["percent"] is None else Decimal(row["percent"])


def _table5(card: Mapping[str, Any]) -> list[Block]:
    lines: list[Sequence[Value]] = [
        [
            *(number, _FIELDS[field], row["allocated_total"], row["allocated_stunting"]),
            *(percent_of("D{row}", "C{row}"), row["spent"]),
        ]
        for number, (field, row) in enumerate(card["table5_fields"].items(), start=1)
    ]
    sums = {letter: Formula(f"SUM({letter}{{t5_first}}:{letter}{{t5_last}})") for letter in "CDF"}
    total: list[Sequence[Value]] = [
        ["", "Jumlah", sums["C"], sums["D"], percent_of("D{row}", "C{row}"), sums["F"]],
    ]
    head = ("No", "Bidang kegiatan", "Total alokasi dana (Rp)", "Khusus pencegahan stunting (Rp)", "%", "Belanja (Rp)")
    return [
        Block("t5", "Tabel 5. Penggunaan Dana Desa dalam pencegahan stunting", head, lines),
        Block("t5sum", "", (), total, strong=True),
    ]

"""The table of all public figures of a village and quarter: it names the columns and says what each of them means.

Whatever is taken out as rows (Excel, CSV, JSON) has these columns in this order, and the dictionary is this table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from forms.problems import Language
from scorecards.card_row import card_row
from scorecards.sources import Card, IndicatorLabel, Place


class Words(NamedTuple):
    """The same in both languages."""

    id: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.id if language == "id" else self.en


@dataclass(frozen=True)
class DataColumn:
    """A column by the name that it has everywhere; what it means, in which unit, and from where it is."""

    name: str
    unit: Words
    meaning: Words
    source: Words


# Columns of the dictionary itself, in both languages.
HEAD = ("kolom", "satuan", "satuan_en", "arti", "arti_en", "sumber", "sumber_en")

_CODE, _NAME = Words("kode", "code"), Words("nama", "name")
_PEOPLE, _HOMES = Words("orang", "people"), Words("rumah tangga", "households")
_SERVICES, _PERCENT = Words("layanan", "services"), Words("persen", "percent")
_RUPIAH, _DAY, _QUARTER = Words("rupiah", "rupiah"), Words("tanggal", "date"), Words("triwulan", "quarter")
_REGIONS = Words("daftar wilayah, kode Kemendagri", "list of regions, codes of Kemendagri")
_SYSTEM = Words("penghitungan kartu desa", "counting of the village card")
_BEYOND = Words("kartu desa, di luar Formulir 4", "village card, beyond Formulir 4")
_PAID = {
    "": Words("Dana Desa", "village funds (Dana Desa)"),
    "pembangunan": Words("bidang Pembangunan Desa", "the field of village development"),
    "pemberdayaan": Words("bidang Pemberdayaan Masyarakat Desa", "the field of community empowerment"),
}
_LEVELS = (
    ("pregnant", Words("ibu hamil dan nifas", "pregnant women and women after birth")),
    ("children", Words("anak 0-23 bulan", "children 0-23 months")),
    ("total", Words("ibu dan anak 0-23 bulan bersama", "mothers and children 0-23 months together")),
)


def _table(number: int) -> Words:
    return Words(f"Formulir 4 tabel {number}", f"Formulir 4 table {number}")


_PLACES = (
    DataColumn("village.code", _CODE, Words("kode desa", "code of the village"), _REGIONS),
    DataColumn("village.name", _NAME, Words("nama desa", "name of the village"), _REGIONS),
    DataColumn("subdistrict", _NAME, Words("nama kecamatan", "name of the kecamatan"), _REGIONS),
    DataColumn("district", _NAME, Words("nama kabupaten atau kota", "name of the kabupaten or kota"), _REGIONS),
    DataColumn("province", _NAME, Words("nama provinsi", "name of the province"), _REGIONS),
    DataColumn("period", _QUARTER, Words("triwulan yang dihitung", "the quarter that is counted"), _SYSTEM),
    DataColumn("card", _NAME, Words("aturan yang dipakai menghitung", "the rules that it was counted by"), _SYSTEM),
    DataColumn(
        "as_of",
        _DAY,
        Words("keadaan sampai hari ini; kosong: belum ada kartu", "state up to this day; blank: no card yet"),
        _SYSTEM,
    ),
)
_BEFORE_SERVICES = (
    DataColumn(
        "table1.households",
        _HOMES,
        Words("rumah tangga dengan ibu hamil, ibu nifas, atau anak 0-23 bulan", "households of the first 1,000 days"),
        _table(1),
    ),
    DataColumn("table1.pregnant.total", _PEOPLE, _LEVELS[0][1], _table(1)),
    DataColumn(
        "table1.pregnant.kek_risti",
        _PEOPLE,
        Words("di antaranya KEK atau berisiko tinggi", "of these, undernourished (KEK) or at high risk"),
        _table(1),
    ),
    DataColumn("table1.children.total", _PEOPLE, _LEVELS[1][1], _table(1)),
    DataColumn(
        "table1.children.malnourished",
        _PEOPLE,
        Words(
            "di antaranya tercatat gizi kurang, gizi buruk, atau stunting",
            "of these, recorded as malnourished or stunted",
        ),
        _table(1),
    ),
    DataColumn("table2.children", _PEOPLE, _LEVELS[1][1], _table(2)),
    *(
        DataColumn(
            f"table2.{name}",
            _PEOPLE,
            Words(
                f"anak dengan hasil Tikar terakhir {colour}; deteksi dini, bukan diagnosis",
                f"children with the latest growth mat (Tikar) result {english}; early detection, no diagnosis",
            ),
            _table(2),
        )
        for name, colour, english in (
            ("green", "hijau", "green"),
            ("yellow", "kuning", "yellow"),
            ("red", "merah", "red"),
        )
    ),
    DataColumn("table2.not_measured", _PEOPLE, Words("anak yang belum diukur", "children not measured yet"), _table(2)),
)
_AFTER_MONEY = (
    DataColumn("complete.households", _HOMES, Words("rumah tangga 1.000 HPK", "households of 1,000 days"), _BEYOND),
    DataColumn(
        "complete.complete",
        _HOMES,
        Words("yang menerima semua layanan yang seharusnya", "that receive every service due to them"),
        _BEYOND,
    ),
    DataColumn(
        "complete.percent",
        _PERCENT,
        Words("bagian yang lengkap; kosong: tidak ada rumah tangga", "share of complete ones; blank: no household"),
        _BEYOND,
    ),
    *(
        DataColumn(
            f"sectors.{count}",
            _HOMES,
            Words(
                f"rumah tangga dengan {count} dari 5 sektor lengkap",
                f"households with {count} of the 5 sectors complete",
            ),
            _BEYOND,
        )
        for count in range(6)
    ),
    *(
        DataColumn(
            f"not_monitored.{name}",
            _PEOPLE,
            Words(
                f"{words.id} yang tidak dikunjungi dalam triwulan", f"{words.en} without a home visit in the quarter"
            ),
            _BEYOND,
        )
        for name, words in _LEVELS[:2]
    ),
)


def columns_of(indicators: Iterable[IndicatorLabel], fathers: Collection[str]) -> tuple[DataColumn, ...]:
    """The columns, of which those of table 3 follow the rules in force; `fathers` are the codes of the indicators that
    count fathers besides."""
    services = [column for one in indicators for column in _service(one, counts_fathers=one.code in fathers)]
    return (*_PLACES, *_BEFORE_SERVICES, *services, *_levels(), *_money(), *_AFTER_MONEY)


def row_of(columns: Sequence[DataColumn], card: Card, place: Place) -> list[Any]:
    """The village's values by column; percents as text with one decimal, None where there is nothing to tell."""
    above = {"subdistrict": place.subdistrict, "district": place.district, "province": place.province}
    figures: Mapping[str, Any] = {**card_row(card), "village.name": place.village, **above}
    return [figures.get(column.name) for column in columns]


def dictionary_rows(columns: Iterable[DataColumn]) -> Iterator[list[str]]:
    """The dictionary, a row a column, by HEAD."""
    for one in columns:
        yield [one.name, *one.unit, *one.meaning, *one.source]


def _service(one: IndicatorLabel, *, counts_fathers: bool) -> Iterator[DataColumn]:
    source, label = _table(3), Words(one.label_id, one.label_en)
    told = (
        ("received", _PEOPLE, Words("menerima", "received")),
        ("due", _PEOPLE, Words("seharusnya menerima", "due")),
        ("percent", _PERCENT, Words("menerima dari yang seharusnya", "received of those due")),
    )
    for name, unit, words in told:
        meaning = Words(f"{words.id}: {label.id}", f"{words.en}: {label.en}")
        yield DataColumn(f"table3.{one.code}.{name}", unit, meaning, source)
    if counts_fathers:
        meaning = Words(f"ayahnya datang: {label.id}", f"the father came: {label.en}")
        yield DataColumn(f"table3.{one.code}.fathers", _PEOPLE, meaning, source)


def _levels() -> Iterator[DataColumn]:
    source = _table(4)
    for name, who in _LEVELS:
        for part, unit, words in (
            ("received", _SERVICES, Words("layanan diterima", "services received")),
            ("due", _SERVICES, Words("layanan seharusnya", "services due")),
            ("percent", _PERCENT, Words("tingkat konvergensi", "level of convergence")),
        ):
            meaning = Words(f"{words.id}, {who.id}", f"{words.en}, {who.en}")
            yield DataColumn(f"table4.{name}.{part}", unit, meaning, source)


def _money() -> Iterator[DataColumn]:
    source = _table(5)
    for field, words in _PAID.items():
        table = f"table5_fields.{field}" if field else "table5"
        for part, unit, told in (
            ("allocated_total", _RUPIAH, Words("rencana belanja", "planned")),
            (
                "allocated_stunting",
                _RUPIAH,
                Words("rencana untuk pencegahan stunting", "planned for stunting prevention"),
            ),
            ("percent", _PERCENT, Words("bagian untuk pencegahan stunting", "share for stunting prevention")),
            ("spent", _RUPIAH, Words("sudah dibelanjakan dari bagian itu", "spent so far of that share")),
        ):
            meaning = Words(f"{told.id}, {words.id}", f"{told.en}, {words.en}")
            yield DataColumn(f"{table}.{part}", unit, meaning, source)

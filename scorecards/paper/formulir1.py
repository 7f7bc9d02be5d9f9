"""The sheet of Formulir 1: the recapitulation of the targets, each dusun, and which service each facility gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forms.indicators.rules import SERVICES
from forms.sheets_out.tables import Block, Form, Formula, Value
from scorecards.paper.cells import NAMES, day_in_words, lines_above
from scorecards.sources import Place
from templates.rendering import environment

# Formulir 1's recapitulation, in the official order; names are those of its JSON.
_RECAP = (
    ("households", "Total rumah tangga sasaran"),
    ("vulnerable", "Rumah tangga kategori rentan"),
    ("pregnant", "Ibu hamil dan nifas"),
    ("kek", "Ibu hamil KEK"),
    ("risti", "Ibu hamil risti"),
    ("children", "Anak 0-23 bulan"),
    ("underweight", "Anak kondisi gizi kurang"),
    ("severe", "Anak kondisi gizi buruk"),
    ("stunting", "Anak terindikasi stunting"),
    ("no_water", "Rumah tangga tidak memiliki sumber air bersih layak minum"),
    ("no_latrine", "Rumah tangga tidak mempunyai jamban"),
    ("mothers_uninsured", "Ibu hamil tidak mempunyai jaminan kesehatan"),
    ("children_uninsured", "Anak 0-23 bulan tidak mempunyai jaminan kesehatan"),
    ("unregistered", "Anak 0-23 bulan tidak mempunyai akta kelahiran"),
)


def formulir1_sheet(place: Place, found: Mapping[str, Any]) -> Form:
    """`found`: the JSON of Formulir 1, as who reads the sheet may see it."""
    recap: list[Sequence[Value]] = [[name, found["recap"][key]] for key, name in _RECAP]
    return Form(
        "Formulir 1",
        (58, 34, 20, 34, 18),
        lines_above(
            "Formulir 1. Pendataan kondisi layanan dan rekapitulasi status sasaran",
            place,
            f"Pendataan terbaru: keadaan pada {day_in_words(found['as_of'])}",
        ),
        [
            Block("recap", "Rekapitulasi sasaran", ("Sasaran", "Jumlah"), recap),
            *_dusun(found["dusun"]),
            *_facilities(found["facilities"]),
        ],
    )


def _dusun(homes: Sequence[Mapping[str, Any]]) -> list[Block]:
    """None where nothing is told by dusun."""
    if not homes:
        return []
    targets = ("pregnant", "children", "paud")
    rows: list[Sequence[Value]] = [
        [one["name"] or "(tanpa dusun)", one["households"]["registered"], *(one["targets"][name] for name in targets)]
        for one in homes
    ]
    sums: list[Sequence[Value]] = [
        ["Jumlah", *(Formula(f"SUM({letter}{{dusun_first}}:{letter}{{dusun_last}})") for letter in "BCDE")]
    ]
    heads = ("Dusun", "Rumah tangga tercatat", *NAMES.values())
    return [Block("dusun", "Tiap dusun", heads, rows), Block("sum", "", (), sums, strong=True)]


def _facilities(facilities: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Every place that is open, with a line for each service and how often it gives that, in the words of the page;
    none where no place is known."""
    if not facilities:
        return []
    # Its macros give the words for codes; the types of a template's module are not known.
    words: Any = environment("id").get_template("formulir1_parts.html").module
    rows: list[Sequence[Value]] = []
    for one in facilities:
        where = "seluruh desa" if one["serves_village"] else one["dusun"] or "(tanpa dusun)"
        place = (one["name"], str(words.kind(one["kind"])).strip(), where)
        often = {given["service"]: given["often"] for given in one["services"]}
        for service in [service for service in SERVICES if service in often]:
            rows.append(
                [*place, *(str(said).strip() for said in (words.service(service), words.often(often[service])))]
            )
        if not often:
            rows.append([*place, "(belum dicatat)", ""])
    heads = ("Tempat layanan", "Jenis", "Melayani", "Layanan", "Seberapa sering")
    return [Block("facilities", "Tempat layanan dan apa yang diberikannya", heads, rows)]

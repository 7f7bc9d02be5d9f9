"""The households of Sukamaju as the social map form asks for them: what the village worker types in."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.form_engine import Answer

Answers = dict[str, Answer]


@dataclass(frozen=True)
class Mapped:
    """One household: the answers about the home, then those about each woman and each child in it."""

    home: Answers
    mothers: tuple[Answers, ...] = ()
    children: tuple[Answers, ...] = ()


def _mother(nama: str, born: str, state: str, insured: str, **more: Answer) -> Answers:
    """`more` says when the birth is expected, or when it was."""
    after_birth = "ya" if "tanggal_melahirkan" in more else "tidak"
    first = {"nama": nama, "tanggal_lahir": born, "sudah_lahir": after_birth}
    return {**first, **more, "status_kehamilan": state, "jaminan_kesehatan": insured}


def _child(nama: str, sex: str, born: str, nutrition: str, certificate: str, insured: str) -> Answers:
    return {
        "nama": nama,
        "jenis_kelamin": sex,
        "tanggal_lahir": born,
        "status_gizi": nutrition,
        "akta_lahir": certificate,
        "jaminan_kesehatan": insured,
    }


WATER_AND_LATRINE: Answers = {
    "sumber_air": "ledeng",
    "tempat_bab": "sendiri",
    "kloset": "leher_angsa",
    "pembuangan_tinja": "tangki_septik",
    "jenis_rentan": "tidak_ada",
}

# Two mothers and two children under one roof.
BUDI = Mapped(
    {"no_kk": "1101010101010001", "nama_kepala": "Budi", "dusun": "Mawar", "rt": "001/002", **WATER_AND_LATRINE},
    mothers=(
        _mother("Siti", "1990-01-01", "normal", "ya", nik="1101014101900001", hpl="2026-02-20"),
        _mother("Wati", "1998-07-07", "kek", "tidak", hpl="2026-06-15", lila=22.5),
    ),
    children=(
        _child("Ali", "L", "2024-02-10", "baik", "ya", "ya"),
        _child("Dewi", "P", "2025-05-10", "baik", "ya", "ya"),
    ),
)
# The same household in April: the pipe is broken, they drink from the river; the newborn had a twin.
BUDI_AGAIN = Mapped(
    {"dusun": "Mawar", **WATER_AND_LATRINE, "sumber_air": "air_permukaan"},
    children=({"nik": "11010141019000012", **_child("Adik Bayi Siti", "L", "2026-02-18", "baik", "tidak", "tidak")},),
)
# Water from a well too near a pit, and no latrine.
HASAN = Mapped(
    {
        "nama_kepala": "Hasan",
        "dusun": "Melati",
        "sumber_air": "sumur_bor",
        "jarak_tinja": "dekat",
        "tempat_bab": "tidak_ada",
        "jenis_rentan": ["miskin", "terpencil"],
    },
    children=(
        _child("Cut", "P", "2024-09-05", "kurang", "tidak", "tidak"),
        _child("Agus", "L", "2025-08-20", "buruk", "ya", "ya"),
    ),
)
# Bottled water, which counts by the water that they cook with; a latrine shared with the neighbours.
USMAN = Mapped(
    {
        "nama_kepala": "Usman",
        "dusun": "Melati",
        "sumber_air": "kemasan",
        "sumber_air_mandi": "ledeng",
        "tempat_bab": "bersama",
        "kloset": "leher_angsa",
        "pembuangan_tinja": "lubang_tanah",
        "jenis_rentan": "tidak_ada",
    },
    mothers=(_mother("Rahma", "2008-03-03", "risti", "ya", hpl="2026-04-30"),),
)
# Found when the baby was nine days old.
JONI = Mapped(
    {"nama_kepala": "Joni", "dusun": "Melati", **WATER_AND_LATRINE},
    mothers=(_mother("Lina", "2001-11-30", "normal", "ya", tanggal_melahirkan="2026-01-25"),),
    children=(_child("Putri", "P", "2026-01-25", "", "tidak", "tidak"),),
)

"""Formulir 1 of the made-up village: five hamlets, the last two of them far from everything."""

from __future__ import annotations

from typing import Any

from tests.support.made_up import PLACE

_DUSUN = {
    "Mawar": ((96, 41, 90, 84, 12), (10, 36, 52)),
    "Melati": ((81, 36, 70, 61, 15), (9, 31, 47)),
    "Kenanga": ((64, 30, 44, 39, 20), (7, 25, 31)),
    "Ujung Bukit": ((38, 19, 9, 12, 27), (5, 17, 19)),
    "Tanjung Sari Hulu": ((29, 15, 11, 6, 21), (3, 12, 14)),
}
_HOMES = ("registered", "with_targets", "water", "latrine", "vulnerable")
_RECAP = (
    *("households", "vulnerable", "pregnant", "children", "kek", "risti", "mothers_uninsured", "underweight", "severe"),
    *("stunting", "no_water", "no_latrine", "children_uninsured", "unregistered"),
)
_TARGETS = ("pregnant", "children", "paud")
_HEALTH = "periksa_kehamilan pil_fe periksa_nifas konseling_gizi imunisasi"
_FACILITIES = (
    ("posyandu", "Posyandu Mawar", "Mawar", False, "imunisasi=bulanan timbang=bulanan ukur=triwulanan"),
    ("posyandu", "Posyandu Melati dan Kenanga", "Melati", False, "timbang=bulanan ukur= konseling_gizi=bulanan"),
    ("polindes", "Polindes Sukamaju Hilir", "Mawar", True, " ".join(f"{one}=setiap_hari" for one in _HEALTH.split())),
    ("paud", "PAUD Tunas Bangsa", "Mawar", False, "paud=setiap_hari kelas_pengasuhan=bulanan"),
    ("paud", "Kelompok Bermain Melati", "Melati", False, "paud=mingguan"),
    ("sarana_air", "PAMSIMAS Kenanga", "Kenanga", False, "air_minum=setiap_hari"),
    ("kantor_desa", "Kantor Desa", "Mawar", True, "akta_lahir=sewaktu_waktu jaminan_kesehatan=sewaktu_waktu"),
)
# By dusun: service, due, received.
_SERVICES = {
    "Mawar": "timbang 36 30, imunisasi 24 22, ukur 33 33, paud 52 40, air_minum 46 45, pil_fe 8 8",
    "Melati": "timbang 31 24, imunisasi 21 17, kelas_pengasuhan 20 6, paud 47 20, air_minum 40 36",
    "Kenanga": "timbang 25 12, kelas_pengasuhan 17 4, ukur 22 9, paud 31 3, jamban 32 21",
    "Ujung Bukit": "timbang 17 4, kelas_pengasuhan 11 0, ukur 15 2, paud 19 0, air_minum 22 5, jamban 22 8, pil_fe 5 3",
    "Tanjung Sari Hulu": "timbang 12 3, kelas_pengasuhan 8 0, paud 14 0, air_minum 15 15, jamban 15 3, imunisasi 8 8",
}


def make_formulir1(**parts: Any) -> dict[str, Any]:
    """The JSON as published; `parts` replaces some of it."""
    dusun = [
        {
            "name": name,
            "households": dict(zip(_HOMES, homes, strict=True)),
            "targets": dict(zip(_TARGETS, people, strict=True)),
        }
        for name, (homes, people) in _DUSUN.items()
    ]
    facilities = [_facility(*one) for one in _FACILITIES]
    return {
        "village": {"code": PLACE.code, "name": PLACE.village},
        "period": "2026-Q1",
        "as_of": "2026-03-20",
        "households": {name: sum(homes[place] for homes, _ in _DUSUN.values()) for place, name in enumerate(_HOMES)},
        "targets": {name: sum(people[place] for _, people in _DUSUN.values()) for place, name in enumerate(_TARGETS)},
        "recap": dict.fromkeys(_RECAP, 7),
        "dusun": dusun,
        "facilities": facilities,
        "supply": _supply(facilities),
    } | parts


def _facility(kind: str, name: str, dusun: str, serves_village: bool, services: str) -> dict[str, Any]:
    pairs = [pair.split("=") for pair in services.split()]
    return {
        "kind": kind,
        "name": name,
        "dusun": dusun,
        "serves_village": serves_village,
        "services": [{"service": service, "often": often} for service, often in pairs],
    }


def _supply(facilities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for dusun, services in _SERVICES.items():
        for service, due, received in (line.split() for line in services.split(",")):
            supplied = any(
                service == given["service"] and (one["serves_village"] or one["dusun"] == dusun)
                for one in facilities
                for given in one["services"]
            )
            missing = int(due) - int(received)
            row = {"dusun": dusun, "service": service, "due": int(due), "received": int(received)}
            rows.append({**row, "supplied": supplied, "waiting": 0 if supplied else missing})
    return sorted(rows, key=lambda row: (-row["waiting"], row["received"] - row["due"]))


NOTHING_YET = make_formulir1(
    households=dict.fromkeys(_HOMES, 0), targets=dict.fromkeys(_TARGETS, 0), dusun=[], facilities=[], supply=[]
)

"""The simulated places: plainly made up, with codes that no Indonesian region has (99 for the demo, 98 for load)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DEMO_REGIONS = {
    "99": "Provinsi Contoh",
    "99.01": "Kabupaten Contoh",
    "99.01.01": "Kecamatan Contoh Utara",
    "99.01.02": "Kecamatan Contoh Selatan",
}
LOAD_REGIONS = {"98": "Provinsi Uji Beban"}
DUSUN_NAMES = ("Contoh Satu", "Contoh Dua", "Contoh Tiga")


@dataclass(frozen=True)
class Village:
    """A simulated village. `level` moves the chance of every service, on the logit scale: 0 is middling.

    `gain` is what is added to it each month; `visits` the share of its targets that the KPM reaches in a month;
    `targets` about how many mothers and children under two it has at a time.
    """

    code: str
    name: str
    level: float
    gain: float
    visits: float
    targets: int = 190
    dusun: tuple[str, ...] = DUSUN_NAMES


DEMO_VILLAGES = (
    Village("99.01.01.2001", "Contoh Makmur", 1.6, 0.05, 0.97),
    Village("99.01.01.2002", "Contoh Rejeki", 0.5, 0.04, 0.93),
    Village("99.01.02.2001", "Contoh Damai", 0.2, 0.03, 0.9),
    Village("99.01.02.2002", "Contoh Harapan", -0.8, 0.02, 0.72),
)


def load_villages(count: int) -> list[Village]:
    """Villages for load tests: like those of the demo in turn, 100 to a kecamatan."""
    found = []
    for number in range(count):
        kecamatan, place = divmod(number, 100)
        kabupaten, kecamatan = divmod(kecamatan, 99)
        code = f"98.{kabupaten + 1:02}.{kecamatan + 1:02}.{2001 + place}"
        like = DEMO_VILLAGES[number % len(DEMO_VILLAGES)]
        found.append(Village(code, f"Uji {number + 1}", like.level, like.gain, like.visits))
    return found


def regions_of(villages: Iterable[Village]) -> dict[str, str]:
    """Name by code of the villages and of all that they lie in."""
    found = {}
    for village in villages:
        parts = village.code.split(".")
        for count in (1, 2, 3):
            code = ".".join(parts[:count])
            found[code] = {**DEMO_REGIONS, **LOAD_REGIONS}.get(code, f"Wilayah Uji {code}")
        found[village.code] = village.name
    return found

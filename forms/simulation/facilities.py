"""The facilities of a simulated village: what each gives and how often. A village that does worse has fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from forms.simulation.places import Village

POSYANDU = {"timbang": "bulanan", "ukur": "triwulanan", "imunisasi": "bulanan", "konseling_gizi": "bulanan"}
MIDWIFE = {
    "periksa_kehamilan": "setiap_hari",
    "pil_fe": "setiap_hari",
    "periksa_nifas": "sewaktu_waktu",
    "kunjungan_terpadu": "bulanan",
    "imunisasi": "mingguan",
}
# Each but the Posyandu and the village office is there only where the village is at this level (places.py) or above.
FAR_EDUCATION, WATER, NEAR_EDUCATION, PARENTING = -0.5, 0.0, 0.3, 1.0


@dataclass
class Facility:
    """`dusun` counts from 0; `serves` is dusun or desa; `services` how often each is given, by its code.

    `id` is the entity's once it is on the list.
    """

    kind: str
    name: str
    dusun: int
    serves: str
    services: Mapping[str, str]
    id: str = ""


def facilities(village: Village) -> list[Facility]:
    """What the village has when the simulation begins: a Posyandu in each dusun, and the rest where it can."""
    found = [
        Facility("posyandu", f"Posyandu {name}", number, "dusun", POSYANDU) for number, name in enumerate(village.dusun)
    ]
    found += [
        Facility("poskesdes", f"Poskesdes {village.name}", 0, "desa", MIDWIFE),
        Facility(
            "kantor_desa",
            f"Kantor Desa {village.name}",
            0,
            "desa",
            {"akta_lahir": "sewaktu_waktu", "jaminan_kesehatan": "mingguan"},
        ),
    ]
    if village.level >= FAR_EDUCATION:
        near = village.level >= NEAR_EDUCATION
        found.append(Facility("paud", "PAUD Contoh", 0, "desa" if near else "dusun", {"paud": "setiap_hari"}))
    if village.level >= WATER:
        found.append(Facility("sarana_air", "PAMSIMAS Contoh", 0, "desa", {"air_minum": "setiap_hari"}))
    if village.level >= PARENTING:
        found.append(Facility("bkb", "BKB Contoh", 0, "desa", {"kelas_pengasuhan": "bulanan"}))
    return found


def more_services(facility: Facility, random: Random) -> dict[str, str]:
    """What a facility gives after half a year, service -> how often: a parenting class more, here and there."""
    more = facility.kind == "posyandu" and random.random() < 0.5
    return {**facility.services, **({"kelas_pengasuhan": "bulanan"} if more else {})}

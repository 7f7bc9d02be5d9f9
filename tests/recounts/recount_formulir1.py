"""Formulir 1 counted a second time, in plain Python, from the results that tests/recounts/recount.py finds by itself.

Where the sentences are silent, this recount decides:
- A service is due to a target where any indicator of it is, and received where all of these are.
- Households that the register does not have are in no count. Whose dusun is blank is in a dusun without a name, which
  no facility serves but those that serve the whole village.
- Spellings of a dusun are one that differ in capitals, in blanks, or in a leading "Dusun".
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from tests.recounts.looks import Look, Period
from tests.recounts.recount import looks, paud_looks, results
from tests.support.facts import Facility, Village

# The service by which a facility supplies an indicator.
SERVICES = {
    "periksa_kehamilan": {"ih1"},
    "pil_fe": {"ih2"},
    "periksa_nifas": {"ih3"},
    "konseling_gizi": {"ih4", "a4"},
    "kunjungan_terpadu": {"ih5", "a5"},
    "imunisasi": {"a1"},
    "timbang": {"a2"},
    "ukur": {"a3"},
    "kelas_pengasuhan": {"a10"},
    "paud": {"p1"},
    "air_minum": {"ih6", "a6"},
    "jamban": {"ih7", "a7"},
    "akta_lahir": {"a8"},
    "jaminan_kesehatan": {"ih8", "a9"},
}


def same_dusun(name: str) -> str:
    return " ".join(name.lower().split()).removeprefix("dusun ")


def recount_formulir1(village: Village, today: date) -> dict[str, Any]:
    """What Formulir 1 says on `today`: counts by dusun (as `same_dusun` calls it) and supply against demand."""
    period = Period(today.year, (today.month + 2) // 3, today)
    groups = {
        "pregnant": looks(village, village.mothers, period),
        "children": looks(village, village.children, period),
        "paud": paud_looks(village, period),
    }
    homes = {
        look.target.household for group in ("pregnant", "children") for look in groups[group] if look.target.household
    }
    households: Counter[tuple[str, str]] = Counter()
    for house in village.households:
        of_house = {
            "registered": True,
            "with_targets": house.id in homes,
            "water": house.air_minum == "ya",
            "latrine": house.jamban == "ya",
            "vulnerable": house.rentan == "ya",
        }
        households.update({(same_dusun(house.dusun), name): int(is_so) for name, is_so in of_house.items()})
    targets = Counter((same_dusun(look.target.dusun), name) for name, group in groups.items() for look in group)
    return {
        "households": {key: number for key, number in households.items() if number},
        "targets": dict(targets),
        "supply": _supply(village, [look for group in groups.values() for look in group]),
    }


def _supply(village: Village, active: list[Look]) -> dict[tuple[str, str], dict[str, Any]]:
    due: Counter[tuple[str, str]] = Counter()
    received: Counter[tuple[str, str]] = Counter()
    for look in active:
        found = results(look)
        for service, codes in SERVICES.items():
            asked = [found[code] for code in codes & found.keys() if found[code] != "TS"]
            place = same_dusun(look.target.dusun), service
            due[place] += bool(asked)
            received[place] += bool(asked) and "T" not in asked
    return {
        place: {
            "due": number,
            "received": received[place],
            "supplied": supplied,
            # How many people wait (due and not received) where no facility gives it.
            "waiting": 0 if supplied else number - received[place],
        }
        for place, number in due.items()
        if number
        for supplied in [any(_serves(facility, *place) for facility in village.facilities)]
    }


def _serves(facility: Facility, dusun: str, service: str) -> bool:
    """An open facility in that dusun, or one that serves the whole village, which gives the service."""
    there = facility.cakupan == "desa" or (dusun != "" and same_dusun(facility.dusun) == dusun)
    return facility.keadaan == "buka" and service in facility.gives and there

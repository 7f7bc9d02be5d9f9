"""Who gets which service when: chances that differ by village, dusun and household, and slowly improve.

Chances add up on the logit scale. A household's own luck makes the same people miss out again and again, as they do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from random import Random

from forms.simulation.people import Household
from forms.simulation.places import Village

# Share of targets that have it in a middling village, by the name of the form's question.
USUAL = {
    "periksa_kehamilan": 0.88,
    "pil_fe": 0.85,
    "konseling_gizi_ibu": 0.72,
    "kunjungan_bidan": 0.68,
    "nifas": 0.86,
    "timbang": 0.93,
    "ukur": 0.9,
    "kunjungan_terpadu": 0.65,
    "konseling_ibu": 0.86,
    "konseling_ayah": 0.25,
    "pengasuhan": 0.76,
    # Lasting ones: a household that has it keeps it.
    "imunisasi_dasar": 0.84,
    "air_minum": 0.82,
    "jamban": 0.74,
    "akta_lahir": 0.76,
    "jaminan_kesehatan": 0.82,
    "ikut_paud": 0.6,
}
LASTING = ("imunisasi_dasar", "air_minum", "jamban", "akta_lahir", "jaminan_kesehatan", "ikut_paud")
LUCK_SPREAD = 1.3
DUSUN_STEP = 0.35  # each dusun is that much farther from the midwife than the one before
MONTH_TO_MONTH = 0.6  # how much of a household's luck stands behind a service of the month


@dataclass(frozen=True)
class Coverage:
    """The chances in one village; `since` is when the simulation begins, from which on things improve."""

    village: Village
    since: date
    random: Random

    def gets(self, service: str, household: Household, day: date) -> bool:
        """Whether the household gets a service in the month of `day`."""
        return self.random.random() < self.chance(service, household, day, MONTH_TO_MONTH)

    def has(self, service: str, household: Household, draw: float, day: date) -> bool:
        """Whether what lasts is there on `day`; with the same `draw` (0 to 1) it is never lost again."""
        return draw < self.chance(service, household, day, 0.5)

    def reached(self, household: Household) -> bool:
        """Whether the KPM gets to see one of the household's targets this month."""
        return self.random.random() < _chance(_logit(self.village.visits) + 0.3 * household.luck)

    def chance(self, service: str, household: Household, day: date, luck: float) -> float:
        """How likely a household has the service on `day`, 0 to 1. `luck`: how much of its own luck stands behind that,
        0 to 1."""
        months = (day.year - self.since.year) * 12 + day.month - self.since.month
        nearness = DUSUN_STEP * ((len(self.village.dusun) - 1) / 2 - household.dusun)
        return _chance(
            _logit(USUAL[service])
            + self.village.level
            + self.village.gain * months
            + nearness
            + luck * LUCK_SPREAD * household.luck
        )


def words(yes: bool) -> str:
    """The forms' answer to a question of yes or no."""
    return "ya" if yes else "tidak"


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))

"""Whom random tales tell of, and what forms say of them: drawn by one generator, so that a seed gives one tale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar

from tests.recounts.worklist_recount import Kind, Person

DAY = timedelta(days=1)
DUSUN = ("Mawar", "Melati")
YES = ("ya", "ya", "ya", "tidak")
NUTRITION = ("baik", "baik", "baik", "kurang", "stunting", "buruk")
PREGNANCY = ("normal", "normal", "kek", "risti")
MOTHERS_ASKED = ("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan", "air_minum", "jamban")
CHILDS_ASKED = (
    *("timbang", "ukur", "konseling_ayah", "konseling_ibu", "kunjungan_terpadu", "pengasuhan", "imunisasi_dasar"),
    *("air_minum_anak", "jamban_anak", "akta_lahir"),
)
_Choice = TypeVar("_Choice")


class Dice:
    """Random people, moments and answers of a tale of some villages."""

    def __init__(self, seed: int, villages: tuple[str, str]) -> None:
        self.rng = Random(f"tale {seed}")
        self.villages = villages
        self.numbers = count(1)
        self.moments = count(1)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def one_of(self, choices: Sequence[_Choice]) -> _Choice:
        return self.rng.choice(choices)

    def identifier(self, of: str = "0001") -> str:
        return f"{int(self.villages[0][-4:]):08x}-{of}-4000-8000-{next(self.numbers):012d}"

    def moment(self, day: date, hour: int) -> datetime:
        """On that day; never twice the same."""
        return datetime.combine(day, time(hour), UTC) + timedelta(seconds=next(self.moments))

    def sent(self, village: str, day: date, *, late: bool = True) -> dict[str, Any]:
        """What all forms have: mostly in on the day itself, at times weeks after. Some phones' clocks are ahead."""
        delay = self.rng.randint(1, 40) if late and self.chance(0.3) else 0
        id_ = self.identifier("0009")
        return {
            "id": id_,
            "village": village,
            "tanggal": day,
            "finished": self.moment(day, 20 if id_.endswith("7") else 2),
            "at": self.moment(day + delay * DAY, 12),
            "corrects": "",
        }

    def home(self, dusun: str) -> dict[str, str]:
        return {"dusun": dusun, **{name: self.one_of(YES) for name in ("air_minum", "jamban", "rentan")}}

    def person(self, kind: Kind, house: str, dusun: str, day: date) -> Person:
        says = {"keluarga": house, "dusun": dusun, "status": "aktif", "tanggal_status": str(day)}
        says["jaminan_kesehatan"] = self.one_of(YES)
        if kind == "ibu_hamil":
            due = day + self.rng.randint(-20, 200) * DAY
            says |= {"hpl": str(due), "status_kehamilan": self.one_of(PREGNANCY)}
        else:
            months = self.one_of((2, 8, 14, 19, 22, 24, 40, 70))
            born = day - (months * 30 + self.rng.randrange(30)) * DAY
            says |= {"tanggal_lahir": str(born), "jenis_kelamin": self.one_of("LP"), "akta_lahir": self.one_of(YES)}
            says["status_gizi"] = self.one_of(NUTRITION)
        number = next(self.numbers)
        return Person(self.identifier(), kind, f"{self.one_of(('Ani', 'Budi', 'Cici'))} {number}", says)

    def answers(self, kind: Kind) -> dict[str, Any]:
        asked = MOTHERS_ASKED if kind == "ibu_hamil" else CHILDS_ASKED
        found: dict[str, Any] = {name: self.one_of(YES) for name in asked if self.chance(0.9)}
        if kind == "ibu_hamil":
            return found | {"status_kehamilan": self.one_of(PREGNANCY), "jaminan_kesehatan": self.one_of(YES)}
        if found.get("timbang") == "ya":
            found["berat_badan"] = round(self.rng.uniform(5, 11), 1)
        if self.chance(0.1):
            found["dusun_anak"] = self.one_of(DUSUN)
        return found | {"status_gizi": self.one_of(NUTRITION), "jaminan_kesehatan_anak": self.one_of(YES)}

"""The meetings of a simulated village: once a year it agrees what to do against stunting, every quarter it looks back.

The activities and their money are plainly made up; what they cost is what such things cost in a village.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random

from forms.indicators.rules import SECTORS, Sector
from forms.periods import Quarter, month_end
from forms.simulation.days import working_days
from forms.simulation.engine.filling import Answer, Known
from forms.simulation.engine.phone import Sent
from forms.simulation.places import Village

AGREED_FROM_MONTH = 11  # of the year before
CANCELLED_SHARE = 0.06
ALWAYS_THERE = ("pemdes", "bpd", "kader")
OFTEN_THERE = ("nakes", "paud", "pkk", "pendamping", "tokoh", "sasaran")
MILLION = 1_000_000
# Fills a form on a day: what is sent, and the ids of the entities that it creates, by list.
Send = Callable[[str, date, Known], tuple[Sent, dict[str, list[str]]]]


@dataclass(frozen=True)
class Idea:
    """Something that a village may agree on: what it is for, what it costs (Rp million, from and to), the part of that
    which is for the prevention of stunting, and the services (as the form's choices) that it is to provide.
    `property`: of the phone's list of households, where it says who lacks that; blank where it does not."""

    sector: Sector
    name: str
    target: str
    field: str
    cost: tuple[float, float]
    share: float = 1
    source: str = "dana_desa"
    services: str = "tidak_dihitung"
    property: str = ""


IDEAS = (
    Idea("kesehatan", "Kelas ibu hamil", "ibu hamil di semua dusun", "pemberdayaan", (6, 12), services="ih1"),
    Idea("kesehatan", "Alat ukur Posyandu", "3 Posyandu", "pembangunan", (8, 20), services="a3"),
    Idea("kesehatan", "Perbaikan gedung Posyandu", "1 Posyandu", "pembangunan", (25, 60), 0.5, services="a2"),
    Idea("kesehatan", "Ambulans desa", "ibu hamil yang dirujuk", "pemberdayaan", (10, 18), 0.6),
    Idea("gizi", "Makanan tambahan ibu hamil KEK", "ibu hamil KEK", "pemberdayaan", (12, 25)),
    Idea("gizi", "Makanan tambahan balita", "anak gizi kurang", "pemberdayaan", (15, 30)),
    Idea("gizi", "Kebun gizi keluarga", "30 keluarga", "pemberdayaan", (8, 16), 0.7, "lainnya", services="ih4_a4"),
    Idea("air", "Jamban sehat", "12 rumah tanpa jamban", "pembangunan", (40, 90), services="ih7_a7", property="jamban"),
    Idea(
        "air",
        "Sambungan air bersih",
        "40 rumah",
        "pembangunan",
        (60, 150),
        0.4,
        "apbd",
        services="ih6_a6",
        property="air_minum",
    ),
    Idea("air", "Sumur bor dusun", "1 dusun", "pembangunan", (35, 70), 0.5, services="ih6_a6", property="air_minum"),
    Idea("sosial", "Akta lahir keliling", "anak tanpa akta lahir", "pemberdayaan", (3, 6), services="a8"),
    Idea("sosial", "Pendataan jaminan kesehatan", "keluarga tanpa JKN", "pemberdayaan", (2, 5), services="ih8_a9"),
    Idea("paud", "Kelas pengasuhan", "orang tua anak 0-23 bulan", "pemberdayaan", (5, 12), services="a10"),
    Idea("paud", "Alat bermain PAUD", "2 PAUD", "pembangunan", (8, 20), 0.8, services="p1"),
    Idea("paud", "Insentif guru PAUD", "4 guru", "pemberdayaan", (12, 24), 0.5, services="p1"),
)
# What the second quarter's meeting decides on its own.
CATCHING_UP = Idea("kesehatan", "Jemput ibu yang belum periksa", "", "", (0, 0), services="ih1", source="")
OWNERS: dict[Sector, str] = {
    "kesehatan": "Bidan desa",
    "gizi": "Kader Posyandu",
    "air": "Kaur Perencanaan",
    "sosial": "Kasi Pelayanan",
    "paud": "Kepala PAUD",
}
MOST_HOMES = 6  # that an activity names


@dataclass(frozen=True)
class Activity:
    """An agreed activity and its fate: the quarters (1-4) in which it begins, by which it is due, and by which it is
    finished; after the year where that is more than 4. A cancelled one never begins. `total` and `stunting`: the cost,
    and the part of it for the prevention of stunting, in rupiah."""

    idea: Idea
    total: int
    stunting: int
    begins: int
    due: int
    finished: int
    cancelled: bool

    def standing(self, quarter: int) -> dict[str, Answer]:
        """State and spending (rupiah) at the end of a quarter, field -> answer; the spending never falls."""
        if self.cancelled and quarter >= self.begins:
            return {"keadaan": "batal", "realisasi": 0, "keterangan": "Contoh: lahan belum tersedia"}
        if quarter < self.begins:
            return {"keadaan": "belum"}
        done = min(1.0, (quarter - self.begins + 1) / (self.finished - self.begins + 1))
        spent = _rounded(self.stunting * done)
        return {"keadaan": "selesai" if quarter >= self.finished else "berjalan", "realisasi": spent}


@dataclass
class Meetings:
    """What one village agrees and how far it gets; a well-run one plans more, meets more often and finishes more.

    `lacking`: the households without a property, as the phone's list has it; `give`: from now on these have it. Who is
    named draws from chances of its own, so that nothing else in the village hangs on it.
    """

    village: Village
    first: date
    send: Send
    random: Random
    lacking: Callable[[str], list[str]]
    give: Callable[[str, list[str]], None]
    _agreed: dict[int, list[Activity]] = field(default_factory=dict)
    _named: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    _looked_back: set[Quarter] = field(default_factory=set)
    # What the last meeting said of an activity, by year and place: `berjalan`, say.
    _told: dict[tuple[int, int], Answer] = field(default_factory=dict)

    def planned(self, month: date) -> Iterator[tuple[date, Callable[[date], Sent]]]:
        """The meetings of a month, each with its day."""
        for year in (month.year, month.year + 1):
            if year not in self._agreed and (year == month.year or month.month >= AGREED_FROM_MONTH):
                self._agreed[year] = self._plan()
                yield self._day(month, 6, 16), partial(self._agree, year)
        quarter = Quarter.of(month)
        if month == quarter.first_day:
            self._finish(quarter)
        if month == quarter.month_starts[2] and self.random.random() < self.village.visits:
            yield self._day(month, 16, 24), partial(self._look_back, quarter, "ini")
        last = quarter.plus(-1)
        if month == quarter.first_day and self._missed(last) and self.random.random() < self.village.visits:
            yield self._day(month, 17, 24), partial(self._look_back, last, "lalu")

    def _finish(self, quarter: Quarter) -> None:
        """What is finished in the quarter reaches all but one of the households that it named."""
        for year, number in _years_of(quarter):
            for place, activity in enumerate(self._agreed.get(year, ())):
                if activity.finished == number and not activity.cancelled:
                    self.give(activity.idea.property, self._named.get((year, place), [])[1:])

    def _missed(self, quarter: Quarter) -> bool:
        return quarter >= Quarter.of(self.first) and quarter not in self._looked_back

    def _day(self, month: date, first: int, last: int) -> date:
        days = working_days(month + timedelta(days=first - 1), min(month + timedelta(days=last - 1), month_end(month)))
        return self.random.choice(days)

    def _plan(self) -> list[Activity]:
        """Four to eight activities: the sectors in turn, so that none is forgotten before another has two."""
        count = self.random.randint(6, 8) if self.village.level > 0 else self.random.randint(4, 6)
        ideas = {sector: [idea for idea in IDEAS if idea.sector == sector] for sector in SECTORS}
        for of_sector in ideas.values():
            self.random.shuffle(of_sector)
        turns = [of_sector[turn] for turn in range(2) for of_sector in ideas.values()]
        return [self._decided(idea) for idea in turns[:count]]

    def _decided(self, idea: Idea) -> Activity:
        low, high = idea.cost
        total = _rounded(self.random.uniform(low, high) * MILLION)
        begins = self.random.choice((1, 1, 2, 2, 3))
        late = self.random.random() > self.village.visits
        due = begins + self.random.randint(0, 2)
        finished = due + (2 if late else 0)
        cancelled = self.random.random() < CANCELLED_SHARE
        return Activity(idea, total, _rounded(total * idea.share), begins, due, finished, cancelled)

    def _agree(self, year: int, day: date) -> Sent:
        known: Known = {
            "tanggal": day,
            "jenis_rembuk": "tahunan",
            "tahun": year,
            **self._who_came(22, 40),
            "kegiatan": [
                _agreed(activity) | self._promised(year, place, day)
                for place, activity in enumerate(self._agreed[year])
            ],
            **{f"dana_desa_{field}": _all_of(field, self._agreed[year]) for field in ("pembangunan", "pemberdayaan")},
        }
        return self.send("rembuk_stunting", day, known)[0]

    def _promised(self, year: int, place: int, day: date) -> dict[str, Answer]:
        """Who answers for an activity, by when, and for whom it is; those who are named are remembered."""
        activity, chances = self._agreed[year][place], Random(f"{self.village.code} {year} {place}")  # noqa: S311
        lacking = self.lacking(activity.idea.property) if activity.idea.property else []
        named = self._named[year, place] = chances.sample(lacking, min(MOST_HOMES, len(lacking)))
        return {
            "penanggung_jawab": OWNERS[activity.idea.sector],
            "tenggat": max(Quarter(year, 1).plus(activity.due - 1), Quarter.of(day)).last_day,
            "indikator": activity.idea.services,
            "rumah_tangga": " ".join(named),
            "jumlah_sasaran": chances.randint(4, 12),
        }

    def _decide(self, quarter: Quarter, day: date) -> list[dict[str, Answer]]:
        """What the second quarter's meeting decides besides: to be done in the next one."""
        if quarter.number != 2:
            return []
        activities = self._agreed[quarter.year]
        done_by = 3 if self.village.visits > 0.9 else 5  # a poor village does not get to it this year
        activities.append(Activity(CATCHING_UP, 0, 0, 3, 3, done_by, False))
        promised = self._promised(quarter.year, len(activities) - 1, day)
        name = f"Contoh: {CATCHING_UP.name}"
        return [{"nama_baru": name, "sektor": CATCHING_UP.sector, "anggaran_baru": 0, **promised}]

    def _look_back(self, quarter: Quarter, spoken_of: str, day: date) -> Sent:
        self._looked_back.add(quarter)
        standing = self._standing(quarter)
        decided = self._decide(quarter, day)
        known: Known = {
            "tanggal": day,
            "triwulan_rapat": spoken_of,
            **self._who_came(12, 24),
            "jumlah_baru": len(decided),
            "kegiatan": [*standing, *decided],
            "keputusan": "Contoh: kegiatan yang terlambat dikerjakan lebih dulu",
        }
        return self.send("rapat_triwulan", day, known)[0]

    def _standing(self, quarter: Quarter) -> list[dict[str, Answer]]:
        """As the form goes through them: those of the year as they were agreed, then what is left of the last one."""
        found = []
        for year, number in _years_of(quarter):
            for place, activity in enumerate(self._agreed.get(year, ())):
                if year == quarter.year or self._told.get((year, place)) not in ("selesai", "batal"):
                    found.append(activity.standing(number))
                    self._told[year, place] = found[-1]["keadaan"]
        return found

    def _who_came(self, fewest: int, most: int) -> dict[str, Answer]:
        people = self.random.randint(fewest, most)
        women = round(people * self.random.uniform(0.35, 0.65))
        there = [*ALWAYS_THERE, *(group for group in OFTEN_THERE if self.random.random() < self.village.visits)]
        return {"peserta_laki": people - women, "peserta_perempuan": women, "unsur": " ".join(there)}


def _years_of(quarter: Quarter) -> tuple[tuple[int, int], tuple[int, int]]:
    """The years that a quarter's meeting speaks of, each with the number that the quarter has for its activities."""
    return (quarter.year, quarter.number), (quarter.year - 1, quarter.number + 4)


def _agreed(activity: Activity) -> dict[str, Answer]:
    """What the yearly meeting's form is told of an activity."""
    idea = activity.idea
    return {
        "bidang": idea.field,
        "nama_kegiatan": f"Contoh: {idea.name}",
        "sektor": idea.sector,
        "sasaran_kegiatan": idea.target,
        "sumber_dana": idea.source,
        "anggaran_total": activity.total,
        "anggaran_stunting": activity.stunting,
    }


def _all_of(field: str, activities: Iterable[Activity]) -> int:
    """All that the village pays from Dana Desa in a field, with what has nothing to do with stunting."""
    of_field = (one for one in activities if one.idea.field == field and one.idea.source == "dana_desa")
    return 150 * MILLION + 2 * sum(one.total for one in of_field)


def _rounded(rupiah: float) -> int:
    """To a hundred thousand, as budgets are written."""
    return round(rupiah / 100_000) * 100_000

"""A ledger of promises that a test has made up, and pages of it without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from forms.periods import Quarter
from scorecards.promises.plans import Helped, Plan, Proposal, Wish
from scorecards.promises.sources import Lacked, Late, LateVillages, Ledger, Promise
from scorecards.sources import IndicatorLabel, Place
from tests.support.made_up import PLACE

TODAY = date(2026, 7, 10)
OTHER_CODE = "11.01.01.2002"
LATRINES = Promise(
    id="jamban",
    meeting="rembuk",
    agreed_on=date(2026, 1, 8),
    year="2026",
    name="Jamban sehat",
    sector="air",
    fund="dana_desa",
    total=60_000_000,
    stunting=50_000_000,
    owner="Kepala Dusun Mawar",
    due=date(2026, 6, 30),
    services=("ih7", "a7"),
    dusun="",
    state="berjalan",
    spent=9_000_000,
    told_on=date(2026, 6, 27),
    homes={"mawar-1": "closed", "mawar-2": "closed", "melati-1": "open", "hilang": "not_due"},
    lacking=3,
    closed=2,
    done=False,
    overdue=True,
)
CLASSES = replace(
    LATRINES,
    id="kelas",
    meeting="rapat",
    name="Kelas <b>pengasuhan</b>",
    sector="paud",
    fund="apbd",
    total=5_000_000,
    stunting=5_000_000,
    spent=5_000_000,
    services=("a10",),
    homes={},
    lacking=12,
    closed=12,
    done=True,
    overdue=False,
)
ROAD = replace(
    LATRINES, id="jalan", name="Jalan dusun", state="batal", services=(), homes={}, lacking=None, closed=None,
    overdue=False,
)  # fmt: skip
LABELS = {
    "ih7": IndicatorLabel("ih7", "Jamban layak ibu", "Mothers' latrine", "air", "ibu_hamil"),
    "a7": IndicatorLabel("a7", "Jamban layak anak", "Children's latrine", "air", "anak"),
    "a10": IndicatorLabel("a10", "Kelas pengasuhan", "Parenting class", "paud", "anak"),
}
NAMES = {
    "mawar-1": "Budi Contoh",
    "mawar-2": "Wati Contoh",
    "melati-1": "Tono Contoh",
    "ali": "Ali Contoh",
    "siti": "Siti Contoh",
}


@dataclass(frozen=True)
class FakePromises:
    """As `Promises`."""

    promises: Sequence[Promise] = (LATRINES, CLASSES, ROAD)

    def ledger(self, code: str, *, names: bool = False) -> Ledger:
        people = {CLASSES.id: [Lacked("ali", "a10", True), Lacked("siti", "a10", False)]} if names else {}
        return Ledger(PLACE._replace(code=code), TODAY, self.promises, LABELS, NAMES if names else {}, people)

    def helped(self, code: str, wish: Wish, *, names: bool = False) -> Helped:
        given = Proposal("ih7_a7", "Mawar", ("mawar-1", "melati-1"), 2, 7_000_000)
        plan = Plan(wish.budget, (given,), ("mawar-1", "melati-1"), True)
        lacking = {"ih7_a7": 3, "a10": 1}
        called = NAMES if names else {}
        return Helped(PLACE._replace(code=code), wish, plan, 4, lacking, called, Quarter(2026, 3), [*LABELS.values()])

    def late(self, region: str) -> tuple[str, date, LateVillages]:
        other = Place(OTHER_CODE, "Mekarsari", *PLACE[2:])
        found = [
            Late(other, 3, date(2026, 2, 1), "", "", 11),
            Late(PLACE, 1, date(2026, 6, 30), LATRINES.name, LATRINES.owner, 1),
        ]
        if region != "11.01.01":
            return "", TODAY, LateVillages([], 0, 0)
        return "Kecamatan Uji", TODAY, LateVillages(found, 2, 4)

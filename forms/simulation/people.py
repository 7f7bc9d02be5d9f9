"""The people of a simulated village: plainly made-up names, artificial numbers, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from forms.growth.zscores import Sex
from forms.periods import AFTER_BIRTH_DAYS, child_leaves

Closed = tuple[Literal["pindah", "meninggal", "selesai"], date]


@dataclass(frozen=True)
class House:
    """What decides whether water and latrine are proper; asked once, when the household is put on the social map."""

    rt: str
    location: str
    vulnerable: str
    proper_source: str
    poor_source: str


@dataclass
class Household:
    """A family. `luck` moves its chance of every service; `draws` are its own fixed chances, by what they decide.

    `dusun` counts from 0, `mapped_on` is the day on which the KPM first comes by, `id` the entity's once registered.
    `gone_on`: when it moves away; None where it stays.
    """

    number: int
    dusun: int
    no_kk: str
    house: House
    luck: float
    draws: dict[str, float]
    mapped_on: date
    gone_on: date | None = None
    id: str = ""
    mothers: list[Mother] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)


@dataclass
class Mother:
    """A woman with one pregnancy. `delivers_on` is fate, `birth_known` whether the register has it.

    `found_on`: when the KPM hears of the pregnancy. `arm_cm`: around the upper arm. `baby` is None where the child is
    not born alive, `lost_on` where the pregnancy is not lost, `died_on` where she lives.
    """

    household: Household
    name: str
    nik: str
    born_on: date
    due: date
    delivers_on: date
    found_on: date
    arm_cm: float
    other_risk: bool
    baby: Child | None
    lost_on: date | None = None
    died_on: date | None = None
    id: str = ""
    birth_known: bool = False
    closed: bool = False

    @property
    def last_day(self) -> date:
        """The last day on which she is a target."""
        return self.delivers_on + timedelta(days=AFTER_BIRTH_DAYS - 1)

    def kept_from(self, day: date) -> Closed | None:
        """Why and since when she is no longer a target on `day`; None while she is one."""
        if self.died_on and self.died_on <= day:
            return "meninggal", self.died_on
        if self.lost_on and self.lost_on <= day:
            return "selesai", self.lost_on
        return _moved(self.household, day)

    @property
    def status(self) -> str:
        """KEK is an upper arm below 23.5 cm, here as everywhere."""
        if self.arm_cm < 23.5:
            return "kek_risti" if self.other_risk else "kek"
        return "risti" if self.other_risk else "normal"


@dataclass
class Child:
    """A child. Its length follows `z_birth` at birth, and `z_later` from 18 months on, with a slow change between.

    `draws`: its fixed chances, by what they decide. `died_on` is None where it lives, `measured_on` (the last time)
    where it was never measured.
    """

    household: Household
    name: str
    nik: str
    sex: Sex
    born_on: date
    z_birth: float
    z_later: float
    z_weight: float
    draws: dict[str, float]
    died_on: date | None = None
    id: str = ""
    closed: bool = False
    nutrition: str = "baik"
    measured_on: date | None = None

    @property
    def last_day(self) -> date:
        """The last day on which it is a child of 0-23 months."""
        leaves = child_leaves(self.born_on, None) or date.max
        return leaves - timedelta(days=1)

    def kept_from(self, day: date) -> Closed | None:
        """Why and since when it is no longer a target on `day`; None while it is one."""
        if self.died_on and self.died_on <= day:
            return "meninggal", self.died_on
        return _moved(self.household, day)


def _moved(household: Household, day: date) -> Closed | None:
    return ("pindah", household.gone_on) if household.gone_on and household.gone_on <= day else None

"""Who lives in a simulated village: families, pregnancies and births over the years around the simulated months.

As in a village of its size: about 5.8 births a month make 190 mothers and children under two; most families have one
such target, some have an older child, a few a baby and a pregnancy at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from forms.growth.zscores import Sex
from forms.periods import PREGNANCY_DAYS, add_months
from forms.simulation.coverage import LASTING
from forms.simulation.days import random_day, working_day_from, working_days
from forms.simulation.people import Child, House, Household, Mother
from forms.simulation.places import Village

TARGETS_PER_MONTHLY_BIRTH = 30.0  # 24 months a child, and about 8 months a known pregnancy
SAME_FAMILY = 0.22  # share of pregnancies in a family that already has a child
OLDER_CHILD = 0.3  # share of new families with a child of 2-5 years
NEWCOMERS = 0.1
MOVING_A_MONTH = 0.003
SOMEWHERE = (-5.6, 108.9)  # in the Java Sea, where nobody lives
PROPER_SOURCES = ("ledeng", "sumur_bor", "sumur_terlindung", "mata_air_terlindung", "kemasan")
POOR_SOURCES = ("sumur_tak_terlindung", "air_permukaan", "sumur_terlindung")


@dataclass
class Population:
    """Makes the households of a village, with all that fate holds for them from two years before `first` to `last`."""

    village: Village
    first: date
    last: date
    random: Random
    numbers: int = 0

    def households(self) -> list[Household]:
        families: list[Household] = []
        begin, end = add_months(self.first, -24), add_months(self.last, 8)
        a_day = self.village.targets / TARGETS_PER_MONTHLY_BIRTH * 12 / 365.25
        wait = 0.0
        while (birth := begin + timedelta(days=int(wait))) < end:
            self._pregnancy(self._family(families, birth), birth)
            wait += self.random.uniform(0.2, 1.8) / a_day
        return families

    def _family(self, families: list[Household], birth: date) -> Household:
        """A family for a birth: one whose last child is old enough for the next, or a new one."""
        ready = [
            family
            for family in families
            if not family.gone_on
            and len(family.mothers) < 3
            and 500 < (birth - family.mothers[-1].delivers_on).days < 1100
        ]
        if ready and self.random.random() < SAME_FAMILY:
            return self.random.choice(ready)
        family = self._household()
        families.append(family)
        if self.random.random() < OLDER_CHILD:
            self._child(family, random_day(birth - timedelta(days=1600), birth - timedelta(days=700), self.random))
        return family

    def _household(self) -> Household:
        random = self.random
        self.numbers += 1
        dusun = random.choices(range(len(self.village.dusun)), weights=range(len(self.village.dusun) + 1, 1, -1))[0]
        mapping = working_days(self.first, self.first + timedelta(days=25))
        share = len(mapping) / len(self.village.dusun)
        mapped_on = mapping[int(share * (dusun + random.random()))]
        newcomer = random.random() < NEWCOMERS
        stays = timedelta(days=random.expovariate(MOVING_A_MONTH) * 30.4)
        gone_on = mapped_on + timedelta(days=5) + stays
        return Household(
            number=self.numbers,
            dusun=dusun,
            no_kk=self._id_number(5),
            house=self._house(),
            luck=random.gauss(0, 1),
            draws={service: random.random() for service in LASTING},
            mapped_on=working_day_from(random_day(self.first, self.last, random)) if newcomer else mapped_on,
            gone_on=gone_on if gone_on <= self.last else None,
        )

    def _house(self) -> House:
        random = self.random
        place = (SOMEWHERE[0] + random.uniform(-0.02, 0.02), SOMEWHERE[1] + random.uniform(-0.02, 0.02))
        return House(
            rt=f"{random.randint(1, 6):03}",
            location=f"{place[0]:.6f} {place[1]:.6f} 0.0 {random.choice((3.9, 4.5, 8.0))}",
            vulnerable=random.choices(("tidak_ada", "miskin"), (0.7, 0.3))[0],
            proper_source=random.choices(PROPER_SOURCES, (3, 3, 3, 1, 2))[0],
            poor_source=random.choices(POOR_SOURCES, (3, 1, 2))[0],
        )

    def _pregnancy(self, family: Household, birth: date) -> None:
        random = self.random
        due = birth + timedelta(days=max(-20, min(60, round(random.gauss(2, 9)))))
        begun = due - timedelta(days=PREGNANCY_DAYS)
        lost = random.random() < 0.01
        stillborn = random.random() < 0.008
        heard_after = round(random.gauss(80, 25)) if random.random() > 0.05 else random.randint(200, 330)
        baby = None if lost or stillborn else self._child(family, birth)
        age = family.mothers[-1].born_on if family.mothers else birth - timedelta(days=random.randint(6600, 14000))
        mother = Mother(
            household=family,
            name=f"Ibu Contoh {family.number}",
            nik=family.mothers[-1].nik if family.mothers else self._id_number(1),
            born_on=age,
            due=due,
            delivers_on=birth,
            found_on=begun + timedelta(days=max(35, heard_after)),
            arm_cm=round(max(19.0, random.gauss(26.2, 2.4)), 1),
            other_risk=random.random() < 0.12,
            baby=baby,
            lost_on=begun + timedelta(days=random.randint(60, 130)) if lost else None,
            died_on=birth + timedelta(days=random.randint(0, 20)) if random.random() < 0.003 else None,
        )
        family.mothers.append(mother)

    def _child(self, family: Household, birth: date) -> Child:
        random = self.random
        self.numbers += 1
        sex: Sex = random.choice(("L", "P"))
        child = Child(
            household=family,
            name=f"Anak Contoh {self.numbers}",
            nik=self._id_number(3),
            sex=sex,
            born_on=birth,
            z_birth=random.gauss(-0.4, 0.9),
            z_later=random.gauss(-1.15, 1.0) + 0.2 * family.luck,
            z_weight=random.gauss(-0.2, 0.9),
            draws={service: random.random() for service in LASTING},
            died_on=birth + timedelta(days=round(random.expovariate(1 / 60))) if random.random() < 0.01 else None,
        )
        family.children.append(child)
        return child

    def _id_number(self, kind: int) -> str:
        """16 digits that no real person or family has: real ones begin with a province's code, never with 99."""
        self.numbers += 1
        return f"99{self.village.code.replace('.', '')[2:]}{kind}{self.numbers:05}"


def born_by(household: Household, day: date) -> Iterator[Child]:
    """The household's children that are born and alive on `day`."""
    for child in household.children:
        if child.born_on <= day and not (child.died_on and child.died_on <= day):
            yield child

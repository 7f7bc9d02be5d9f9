"""What a budget could pay for: costs that people can change, and the activities that make most households complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from forms.periods import Quarter
from scorecards.sources import IndicatorLabel, Place

MOST_RUPIAH = 999_999_999_999
USUAL_BUDGET = 50_000_000


@dataclass(frozen=True)
class Cost:
    """Rupiah of a service: for each household that is to receive it, and once for each hamlet in which it is given
    (a class, a session of the Posyandu, a visit of the registry office)."""

    household: int
    hamlet: int


class Service(NamedTuple):
    """What an activity can give: a choice of the forms of the meetings, which stands for rows of Formulir 4, those of
    mothers and of children in one; with what it usually costs."""

    code: str
    label_id: str
    label_en: str
    usual: Cost


# The costs are assumptions, to be replaced by the village's own prices: nobody has published such prices for all
# villages. p1 is missing, as it does not make a household complete.
SERVICES = (
    Service("ih1", "Pemeriksaan kehamilan", "Pregnancy check-ups", Cost(50_000, 500_000)),
    Service("ih2", "Tablet tambah darah (Fe)", "Iron and folate tablets", Cost(20_000, 250_000)),
    Service("ih3", "Pemeriksaan sesudah melahirkan", "Check-ups after birth", Cost(50_000, 250_000)),
    Service("a1", "Imunisasi dasar", "Basic immunisation", Cost(25_000, 500_000)),
    Service("a2", "Penimbangan tiap bulan", "Weighing every month", Cost(0, 600_000)),
    Service("a3", "Pengukuran panjang atau tinggi badan", "Measuring of length or height", Cost(0, 600_000)),
    Service("ih4_a4", "Konseling gizi", "Nutrition counselling", Cost(0, 750_000)),
    Service("ih5_a5", "Kunjungan rumah terpadu", "Integrated home visits", Cost(100_000, 0)),
    Service("ih6_a6", "Air minum yang aman", "Safe drinking water", Cost(2_500_000, 0)),
    Service("ih7_a7", "Jamban yang layak", "Proper latrine", Cost(3_500_000, 0)),
    Service("a8", "Akta kelahiran", "Birth certificate", Cost(50_000, 500_000)),
    Service("ih8_a9", "Jaminan kesehatan", "Health insurance", Cost(500_000, 0)),
    Service("a10", "Kelas pengasuhan", "Parenting class", Cost(0, 1_000_000)),
)
USUAL_COSTS: Mapping[str, Cost] = {service.code: service.usual for service in SERVICES}


def services_of(codes: Collection[str]) -> frozenset[str]:
    """The services that these rows of Formulir 4 stand for; a row of which none is known stands for itself."""
    known = {code: service for service in USUAL_COSTS for code in service.split("_")}
    return frozenset(known.get(code, code) for code in codes)


@dataclass(frozen=True)
class Gap:
    """A household with the services of USUAL_COSTS that somebody in it lacks; it is complete once all are given."""

    household: str
    dusun: str
    services: frozenset[str]


@dataclass(frozen=True)
class Proposal:
    """A service given in a hamlet to some households; `completes` of them are complete with the whole plan."""

    service: str
    dusun: str
    households: tuple[str, ...]
    completes: int
    cost: int

    @property
    def worth(self) -> float:
        """Households made complete per rupiah."""
        return self.completes / max(1, self.cost)


@dataclass(frozen=True)
class Plan:
    """The proposals within a budget (rupiah), those with most households made complete per rupiah first. `complete` are
    the households that it makes complete. `proven`: nothing better is possible; else it is the best one that was found
    in time."""

    budget: int
    proposals: tuple[Proposal, ...]
    complete: tuple[str, ...]
    proven: bool

    @property
    def cost(self) -> int:
        return sum(one.cost for one in self.proposals)

    @property
    def services(self) -> int:
        """Households by services that they are given."""
        return sum(len(one.households) for one in self.proposals)


@dataclass(frozen=True)
class Wish:
    """What somebody asks the budget helper: rupiah, and what services cost."""

    budget: int = USUAL_BUDGET
    costs: Mapping[str, Cost] = field(default_factory=lambda: USUAL_COSTS)


@dataclass(frozen=True)
class Helped:
    """The answer: the plan, and of `incomplete` households what is lacking. `called` as in a Ledger; `indicators` are
    those by which the card of the `quarter` that runs is counted."""

    place: Place
    wish: Wish
    plan: Plan
    incomplete: int
    lacking: Mapping[str, int]
    called: Mapping[str, str]
    quarter: Quarter
    indicators: Sequence[IndicatorLabel]

    def behind(self, service: str) -> list[IndicatorLabel]:
        """The rows of the card that a service stands for."""
        return [one for one in self.indicators if service in services_of([one.code])]


def proposals(gaps: Sequence[Gap], given: Mapping[str, frozenset[str]], costs: Mapping[str, Cost]) -> list[Proposal]:
    """The activities that give these households (`given`: household -> services) what they are to receive, the best
    worth first."""
    whole = {gap.household for gap in gaps if gap.services <= given.get(gap.household, frozenset())}
    found: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        for service in given.get(gap.household, frozenset()):
            found.setdefault((service, gap.dusun), []).append(gap.household)
    made = [
        Proposal(
            service,
            dusun,
            tuple(sorted(homes)),
            len(whole.intersection(homes)),
            costs[service].hamlet + costs[service].household * len(homes),
        )
        for (service, dusun), homes in found.items()
    ]
    return sorted(made, key=lambda one: (-one.worth, -len(one.households), one.service, one.dusun))

"""What the page of a mother or child begins with: signs and what to do, growth, and services by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from aggregate.service.traces import contacts_of
from forms.domain import ACTIVE, BIRTH_PLAN, CHILDREN, MOTHERS, SEX, UNSETTLED
from forms.growth.early import SEXES, Evidence, evidence
from forms.growth.signs import RED_TIKAR, SIGNS, Sign
from forms.periods import PREGNANCY_DAYS
from scorecards.people.growth_chart import Chart, Measure, chart
from scorecards.people.timeline import Timeline, counts_since, last_months, months_between, timeline
from server.entities.entity import Entity, Tikar, facts, tikar_of
from server.http.context import backend
from server.queries.people import Person
from server.queries.priorities import AT_RISK, PRESSING, priority_of

_MEASURES: tuple[Measure, ...] = ("length", "weight")


@dataclass(frozen=True)
class Care:
    """`tikar` is what the Tikar shows beside `signs`, of a child that is a target or of PAUD age, else None; `risk`:
    why a mother who is pregnant is at risk, as the work list calls it, blank where she is not known to be; `visited`:
    whether that was this month; `signs` by code, each with its evidence where it was measured; `charts` only of what
    was measured; `timeline` is None while no rules are published, `since` the day on which the pregnancy began that it
    shows, else None; `birth_plan`: of a mother before the birth, each part of it as the register has it, blank where
    it is not agreed on yet."""

    tikar: Tikar | None
    risk: str
    visited: bool
    signs: tuple[tuple[str, Sign, Evidence | None], ...]
    charts: tuple[Chart, ...]
    is_girl: bool
    timeline: Timeline | None
    since: date | None
    birth_plan: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        """How many signs there are."""
        return len(self.signs) + bool(self.tikar) + bool(self.risk)


@dataclass(frozen=True)
class _Target:
    """The entity with its facts, as `priority_of` reads a row of the register."""

    entity: Entity

    def __getattr__(self, name: str) -> object:
        known = vars(facts(self.entity))
        return known[name] if name in known else getattr(self.entity, name)


def care_of(entity: Entity, person: Person, today: date) -> Care:
    """Of a mother or child of the register."""
    sex, birth = entity.data.get(SEX, ""), person.birth_date
    known = {one.code: one for one in evidence(entity.measurements, sex, birth)}
    standing = priority_of(_Target(entity), today).signs  # type: ignore[arg-type] # has all that a row has
    found = next((one for one in SEXES if one == sex), None)
    charts = (
        [chart(measure, entity.measurements, found, birth) for measure in _MEASURES]
        if entity.list == CHILDREN and found and birth
        else []
    )
    begun = _begun(entity)
    codes = {code for code, _ in standing}
    return Care(
        _tikar(entity, person) if RED_TIKAR not in codes else None,
        _risk(entity, person),
        entity.visited_on is not None and entity.visited_on >= today.replace(day=1),
        tuple((code, SIGNS[code], known.get(code)) for code, _ in standing),
        tuple(one for one in charts if one.points),
        sex == "P",
        _timeline(entity, begun, today),
        begun,
        _birth_plan(entity) if entity.list == MOTHERS and person.delivered_on is None else (),
    )


def _birth_plan(mother: Entity) -> tuple[tuple[str, str], ...]:
    said = ((name, mother.data.get(name, "")) for name in BIRTH_PLAN)
    return tuple((name, "" if text == UNSETTLED else text) for name, text in said)


def _tikar(entity: Entity, person: Person) -> Tikar | None:
    """Red stays until another colour is noted, as on the card, whatever was done since; yellow asks for something while
    the child is a target."""
    found = tikar_of(entity)
    asks = {"merah": ("aktif", "paud"), "kuning": ("aktif",)}
    return found if found is not None and person.state in asks.get(found.colour, ()) else None


def _risk(entity: Entity, person: Person) -> str:
    status = entity.data.get("status_kehamilan", "")
    pregnant = person.list == MOTHERS and person.state == ACTIVE and person.delivered_on is None
    return f"status_kehamilan_{status}" if pregnant and status in PRESSING[AT_RISK]["status_kehamilan"] else ""


def _begun(entity: Entity) -> date | None:
    """The day on which a pregnancy began; None where that is not known, and of a child."""
    known = facts(entity)
    born = known.due_date or known.delivered_on
    return born - timedelta(days=PREGNANCY_DAYS) if entity.list == MOTHERS and born else None


def _timeline(entity: Entity, begun: date | None, today: date) -> Timeline | None:
    """Of the last months; of a mother from the beginning of the pregnancy until she is no target any more."""
    months = last_months(today)
    if begun is not None:
        over = min(today, facts(entity).leaves_on or today)
        months = months_between(min(begun, over), over)
    found = contacts_of(backend().engine, entity.village_id, entity.list, entity.id, counts_since(months))
    return timeline(*found, months) if found else None

"""All figures and the work list against a second count, where forms were corrected, and people merged and moved.

Tables 1-5, Formulir 1, the performance and the work list are what plain Python makes of the forms and decisions alone
(tests/recounts/settled.py), also where the decisions were taken back and where old phones knew nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from aggregate.indicators.published_rules import published_rules_with_tables
from aggregate.scorecard.card import card_json
from aggregate.scorecard.refresh import refresh_village
from forms.periods import Quarter
from server.database.engine import reading, writing
from server.database.upgrade import upgrade
from server.publications import form_versions, publish, shipped
from server.publications.form_versions import FormCache
from server.villages import regions
from server.villages.region_file import read_regions
from tests.recounts import performance_recount
from tests.recounts.looks import Period
from tests.recounts.recount import recount
from tests.recounts.recount_formulir1 import recount_formulir1
from tests.recounts.settled import Tale, settled
from tests.recounts.settled_facts import known_people, year_of
from tests.recounts.worklist_recount import Person, listed
from tests.scenarios.random_tales import random_tale
from tests.scenarios.tales import Choice, Event, Form, HeightCheck, HomeVisit, Merge, Move, PaudVisit, SocialMap, Undo
from tests.support import shown
from tests.support.station import START
from tests.support.telling import Telling
from tests.support.village_forms import compiled

# The tales that are told on each database.
SEEDS = {"sqlite": (3, 20, 39, 51), "postgresql": (3,)}
GONE = ("merged", "moved")  # why somebody is not to be found any more where a phone calls them so


def server_on(engine: Engine, villages: Iterable[str]) -> None:
    with writing(engine) as connection:
        upgrade(connection)
        lines = ["11,Aceh", "11.01,Aceh Selatan", "11.01.01,Bakongan", *(f"{code},Desa {code}" for code in villages)]
        regions.keep(connection, read_regions("\n".join(lines).encode()))
        for workbook in shipped.FORMS:
            form = compiled(workbook.stem)
            form_versions.publish(connection, form.schema, form.xml, b"", START)
        publish.publish_indicators(connection, shipped.INDICATORS.read_bytes(), START)
    published_rules_with_tables(engine)  # makes the tables for counting


def villages_of(seed: int) -> tuple[str, str]:
    return f"11.01.01.{2001 + 2 * seed}", f"11.01.01.{2002 + 2 * seed}"


def looks(tale: list[Event]) -> list[date]:
    """Two thirds through the tale, and after its end."""
    days = [event.at.date() for event in tale]
    return [days[0] + (days[-1] - days[0]) * 2 // 3, days[-1] + timedelta(days=1)]


def quarters(today: date) -> list[Quarter]:
    return [Quarter.of(today), Quarter.of(today).plus(-1)]


def shown_of(connection: Connection, codes: Sequence[str], today: date) -> dict[str, Any]:
    """What the server shows."""
    cache = FormCache()
    found: dict[str, Any] = {}
    for quarter in quarters(today):
        for code, performance in shown.performances(connection, [*codes], quarter, today).items():
            found[f"{code} performance {quarter}"] = performance
            found[f"{code} card {quarter}"] = card_json(connection, code, quarter, today)
    for code in codes:
        found[f"{code} formulir 1"] = shown.formulir1(connection, code, today)
        found[f"{code} page"] = shown.page(connection, code, today)
        phone = shown.phone(connection, cache, code, today)
        # Who has left stays on a phone's list, done.
        found[f"{code} phone"] = {id_: row for id_, row in phone.items() if row[1:] != ("6", "")}
    return found


def expected(tale: Tale, codes: Sequence[str], today: date) -> dict[str, Any]:
    """What the recount finds."""
    years = [year_of(tale, code, f"Desa {code}") for code in codes]
    people = known_people(tale)
    found: dict[str, Any] = {}
    for year in years:
        for quarter in quarters(today):
            when = quarter.year, quarter.number, today
            found[f"{year.code} performance {quarter}"] = performance_recount.recount(years, year.code, Period(*when))
            found[f"{year.code} card {quarter}"] = recount(year.village, *when)
        found[f"{year.code} formulir 1"] = recount_formulir1(year.village, today)
        lines = listed(people, year.code, today)
        found[f"{year.code} page"] = lines
        rows = {line.id: (line.label, line.prioritas, line.perlu) for line in lines}
        found[f"{year.code} phone"] = {id_: row for id_, row in rows.items() if row[1:] != ("6", "")}
    return found


def test_all_that_is_shown_is_what_the_recount_finds(engine: Engine) -> None:
    seeds = SEEDS[engine.dialect.name]
    server_on(engine, [code for seed in seeds for code in villages_of(seed)])
    for seed in seeds:
        villages = villages_of(seed)
        events = random_tale(seed, villages)
        telling, before = Telling(), 0
        for today in looks(events):
            until = datetime.combine(today, time(16), UTC)
            so_far = [event for event in events if event.at <= until]
            with writing(engine) as connection:
                telling.tell(connection, so_far[before:])
            before = len(so_far)
            for code in villages:
                refresh_village(engine, code, today)
            with reading(engine) as connection:
                found = shown_of(connection, villages, today)
            for name, figures in expected(settled(so_far), villages, today).items():
                assert found[name] == figures, f"tale {seed} on {today}: {name}"


# -- what the tales tell of --------------------------------------------------------------------------------------------


def chosen(form: Form | None) -> str:
    if form is None:
        return "none chosen"
    return "correction chosen" if form.corrects else "original chosen"


def cases(events: list[Event]) -> Iterator[str]:
    """What happens in a tale, by name."""
    forms_by_id = {event.id: event for event in events if isinstance(event, Form)}
    gone: dict[tuple[str, str], str] = {}  # who is not to be found there under this id any more, and why
    for number, event in enumerate(events):
        before = settled(events[:number]) if isinstance(event, Merge | Move) else None
        match event:
            case Undo():
                yield f"{type(event.what).__name__} undone"
            case Choice():
                yield chosen(forms_by_id.get(event.use))
            case Merge() if before:
                yield f"merge of two {before.entries[event.loser].kind}"
                gone[event.village, event.loser] = "merged"
            case Move() if before:
                yield "into a household there" if event.household else "into none of theirs"
                yield from (f"move of {before.entries[id_].kind}" for id_ in event.ids)
                yield from ("back again" for id_ in event.ids if (event.to, id_) in gone)
                yield from (
                    "who was said to have left"
                    for id_ in event.ids
                    if before.entries[id_].says.get("status") == "pindah"
                )
                gone |= {(event.village, id_): "moved" for id_ in event.ids}
            case HomeVisit(baby=Person(), corrects=first) if first and not getattr(forms_by_id[first], "baby", None):
                yield "birth that only a correction tells of"
            case HomeVisit() | HeightCheck() | PaudVisit() if (event.village, event.target) in gone:
                yield from late(event, gone[event.village, event.target])
            case SocialMap() if (event.village, event.household) in gone:
                of = f"of a household {gone[event.village, event.household]}"
                yield f"late child {of}" if event.people else f"late update {of}"


def late(form: HomeVisit | HeightCheck | PaudVisit, why: str) -> Iterator[str]:
    yield f"late {type(form).__name__} of somebody {why}"
    if any(said == "pindah" for said in getattr(form, "answers", {}).values()):
        yield f"said to have left when they were {why}"
    if isinstance(form, HomeVisit) and form.baby:
        yield f"late birth with a mother {why}"


def test_tales__every_case_occurs() -> None:
    tales = (random_tale(seed, villages_of(seed)) for seed in SEEDS["sqlite"])
    lists = ("keluarga", "ibu_hamil", "anak")
    assert {case for tale in tales for case in cases(tale)} == {
        *("correction chosen", "original chosen", "none chosen"),
        *("Merge undone", "Move undone", "Change undone"),
        "birth that only a correction tells of",
        *(f"merge of two {name}" for name in lists),
        *(f"move of {name}" for name in lists),
        *("into a household there", "into none of theirs", "back again", "who was said to have left"),
        *(f"late {form} of somebody {why}" for form in ("HomeVisit", "HeightCheck", "PaudVisit") for why in GONE),
        *(f"said to have left when they were {why}" for why in GONE),
        *(f"late birth with a mother {why}" for why in GONE),
        *(f"late child of a household {why}" for why in GONE),
        *(f"late update of a household {why}" for why in GONE),
    }

"""The ledger's effects against a recount, in random villages full of edge cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, timedelta
from random import Random

from sqlalchemy import Engine

from aggregate.promises.ledger import village_promises
from aggregate.scorecard.refresh import refresh_village
from aggregate.service.cards import StoredCards
from aggregate.service.promises import StoredPromises
from server.database.engine import reading, writing
from tests.recounts.promises_recount import recount_homes, recount_people
from tests.scenarios.random_villages import random_village, suggested_period
from tests.support.builders import load
from tests.support.facts import Activity, Agreement

CHOICES = ("ih7_a7", "ih6_a6 ih8_a9", "a1", "a8", "ih4_a4", "a3", "p1")


def test_what_became_of_households_agrees_with_the_recount(store: Engine) -> None:
    states: Counter[str] = Counter()
    for seed in range(60):
        rng, (_, _, today) = Random(seed), suggested_period(seed)
        base = random_village(seed)
        named = [home.id for home in base.households if rng.random() < 0.7]
        agreed_on = today - timedelta(days=rng.choice((0, 3, 40, 100, 200, 300)))
        services = rng.choice(CHOICES)
        promise = {"indikator": services, "rumah_tangga": " ".join(named), "tenggat": date(2027, 1, 1)}
        activity = Activity("janji", "apbd", 1, 1, promise=promise)
        village = replace(
            base, code=f"77.01.01.{2001 + seed}", agreements=(Agreement(900, agreed_on, 2026, (activity,)),)
        )
        with writing(store) as connection:
            load(connection, village)
        refresh_village(store, village.code, today)
        with reading(store) as connection:
            (found,) = village_promises(connection, village.code, today)
        expected = recount_homes(village, named, set(services.replace("_", " ").split()), agreed_on, today)
        assert found.homes == expected, f"village {seed}"
        states.update(expected.values())
    assert set(states) == {"closed", "open", "had", "not_due"}, states


def test_what_became_of_people_agrees_with_the_recount(store: Engine) -> None:
    found_some: Counter[str] = Counter()
    for seed in range(60):
        rng, (_, _, today) = Random(seed), suggested_period(seed)
        base = random_village(seed)
        agreed_on = today - timedelta(days=rng.choice((0, 3, 40, 100, 200, 300)))
        services, wanted = rng.choice(CHOICES), rng.choice((None, 1, 2, 100))
        dusun = rng.choice(["", *{one.dusun for one in base.children if one.dusun}])
        promise = {"indikator": services, "dusun_kegiatan": dusun, "jumlah_sasaran": wanted}
        activity = Activity("janji", "apbd", 1, 1, promise=promise)
        village = replace(
            base, code=f"77.01.02.{2001 + seed}", agreements=(Agreement(900, agreed_on, 2026, (activity,)),)
        )
        with writing(store) as connection:
            load(connection, village)
        cards = StoredCards(store, lambda today=today: today, UTC)  # type: ignore[misc]
        ledger = StoredPromises(cards, store, lambda today=today: today).ledger(village.code, names=True)  # type: ignore[misc]
        (found,) = ledger.promises
        codes = set(services.replace("_", " ").split())
        expected = recount_people(village, codes, dusun, wanted, agreed_on, today)
        assert (found.lacking, found.closed) == expected, f"village {seed}"
        people, most = ledger.people["janji"], 1000 if wanted is None else wanted
        assert min(most, len(people)) == expected[0], "whom the number opens to"
        assert min(most, sum(one.closed for one in people)) == expected[1]
        assert {one.id for one in people} <= ledger.called.keys()
        found_some.update(lacked=expected[0] > 0, closed=expected[1] > 0, some=0 < expected[1] < expected[0])
    assert min(found_some.values()) > 0 and len(found_some) == 3, found_some

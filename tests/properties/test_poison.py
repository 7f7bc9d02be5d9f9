"""Whatever a village's phone sends: it is kept, every page opens, and the other village's figures stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from aggregate.scorecard.refresh import refresh
from server.database.engine import reading
from server.publications.form_versions import FormCache
from server.submissions import version_log
from server.submissions.rebuild import force_overdue, rebuild
from tests.scenarios.poison import FORMS, LISTS, poison
from tests.support.fuzzing import bounded
from tests.support.members import member
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, measured, visited

MINE = tuple(f"00000000-0000-4000-8000-00000000000{place}" for place in range(10))
HOUSE, MOTHER, CHILD = (f"10000000-0000-4000-8000-00000000000{place}" for place in range(3))
IDS = (*MINE, MOTHER, CHILD)  # also those of the other village
QUARTERS = ("2025-Q4", "2026-Q1")
# How many batches are tried on each database; each takes a second or two.
BATCHES = {"sqlite": 3, "postgresql": 3}


@pytest.fixture
def station(as_shipped: Station) -> Station:
    mothers, children = [(MOTHER, {"nama": "Siti"})], [(CHILD, {"nama": "Ali"})]
    as_shipped.send(mapped(HOUSE, day="2025-11-05", mothers=mothers, children=children), village=OTHER_VILLAGE)
    as_shipped.send(visited(MOTHER, day="2026-02-03", of="ibu_hamil", periksa_kehamilan="ya"), village=OTHER_VILLAGE)
    as_shipped.send(visited(CHILD, day="2026-02-03", timbang="ya", berat_badan="8.1"), village=OTHER_VILLAGE)
    as_shipped.send(measured(CHILD, day="2026-02-04", panjang_ukur="70", panjang="70"), village=OTHER_VILLAGE)
    return as_shipped


def neighbour(station: Station) -> dict[str, Any]:
    """Everything that is said of the other village."""
    home = f"/desa/{OTHER_VILLAGE}"
    cards = {quarter: station.client.get(f"{home}/{quarter}.json").json for quarter in QUARTERS}
    lists = {name: station.get(f"lists/{name}.csv", village=OTHER_VILLAGE).text for name in LISTS}
    return {**cards, **lists, "formulir": station.client.get(f"{home}/formulir-1.json").json}


def addresses(station: Station) -> Iterator[str]:
    """Every page of the village, and of all whom its register knows."""
    home = f"/desa/{VILLAGE}"
    yield from ("/", home, f"{home}/formulir-1", f"{home}/formulir-1.json", f"{home}/tugas", f"{home}/tugas/cetak")
    yield from (f"{home}/{page}" for page in ("sasaran?keadaan=semua", "ganda", "perbaikan", "kpm", "dilihat"))
    yield from (f"{home}/{quarter}{kind}" for quarter in QUARTERS for kind in ("", ".json"))
    yield from (station.path(f"lists/{name}.csv") for name in LISTS)
    yield from (station.path(f"lists/anak/integrity?id={id_}") for id_ in MINE)
    for row in station.rows("entities", village_id=VILLAGE):
        yield from (f"{home}/sasaran/{row['id']}{page}" for page in ("", "/gabung", "/pindah") if row["id"] in IDS)
    with reading(station.engine) as connection:
        roots = version_log.waiting_roots(connection, VILLAGE)
    yield from (f"{home}/perbaikan/{root}" for root in roots)


def failing_pages(station: Station, browser: FlaskClient) -> list[tuple[str, int]]:
    answers = [(address, browser.get(address).status_code) for address in addresses(station)]
    return [(address, status) for address, status in answers if status >= 500]


def states(station: Station) -> dict[str, str]:
    return {row["sha256"]: row["state"] for row in station.rows("submissions")}


def count_again(station: Station) -> list[str]:
    """The villages whose cards cannot be counted."""
    failed: list[str] = []
    refresh(station.engine, station.clock().date(), failed=lambda village_id, _reason: failed.append(village_id))
    return failed


batches = st.lists(st.tuples(st.sampled_from(FORMS), st.integers(1, 10**9)), min_size=15, max_size=25)


def test_whatever_is_sent_is_kept_and_stops_nobody(station: Station) -> None:
    browser, zone = member(station, "admin", "11"), station.backend.settings.timezone
    before, sent, counted = neighbour(station), set(states(station)), set()

    @bounded(BATCHES[station.engine.dialect.name])
    @given(batches)
    def each(batch: list[tuple[str, int]]) -> None:
        bodies = [poison(form_id, IDS, seed) for form_id, seed in batch]
        for body in bodies:
            assert station.keep(body).status_code == 201
        sent.update(hashlib.sha256(body.encode()).hexdigest() for body in bodies)
        station.process()
        force_overdue(station.engine, station.clock() + timedelta(days=6))

        assert count_again(station) == []
        assert failing_pages(station, browser) == []
        assert neighbour(station) == before

        first = states(station)
        rebuild(station.engine, FormCache(), zone, station.clock(), iter)
        assert states(station) == first
        assert count_again(station) == []
        assert neighbour(station) == before
        counted.update(first.values())

    each()
    assert states(station).keys() == sent
    assert counted >= {"accepted", "quarantined"}
    assert "not-derived" not in {row["problem"] for row in station.rows("submissions")}

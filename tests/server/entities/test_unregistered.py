"""Of whom only updates have come, applied after five days, is nobody's target until the registration comes."""

from __future__ import annotations

from typing import Any

import pytest

from server.submissions.rebuild import force_overdue
from tests.support.members import member
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, visited

LOST_MOTHER, LOST_CHILD, SITI = new_id(), new_id(), new_id()
KNOWN = {"nama": "Wati", "hpl": "2026-06-15"}


@pytest.fixture
def village(published: Station) -> Station:
    """Siti is registered; of two others only visits have come, long enough ago."""
    published.send(mapped(new_id(), day="2026-01-05", mothers=[(SITI, {"nama": "Siti"})]))
    published.send(visited(LOST_MOTHER, day="2026-03-03", of="ibu_hamil", status_kehamilan="kek"))
    published.send(visited(LOST_CHILD, day="2026-03-03", status_gizi="buruk"))
    published.clock.forward(days=6)
    force_overdue(published.engine, published.clock())
    assert {row["id"] for row in published.rows("entities", created_seq=None)} == {LOST_MOTHER, LOST_CHILD}
    return published


def table1(station: Station) -> Any:
    card = station.client.get(f"/desa/{VILLAGE}/2026-Q1.json").json
    return card["table1"]["pregnant"]["total"], card["table1"]["children"]["total"]


def test_it_is_not_counted_until_it_is_registered(village: Station) -> None:
    assert table1(village) == (1, 0)
    village.send(mapped(new_id(), day="2026-01-06", mothers=[(LOST_MOTHER, KNOWN)], head="Wayan"))
    assert table1(village) == (2, 0)


def test_it_is_on_no_list(village: Station) -> None:
    lists = "".join(village.get(f"lists/{name}.csv").text for name in ("ibu_hamil", "anak"))
    assert SITI in lists
    assert not {one for one in (LOST_MOTHER, LOST_CHILD) if one in lists}
    # That it is not on the list is no reason for a phone to throw its own row away: it may be the one that registers.
    told = village.get(f"lists/anak/integrity?id={LOST_CHILD}").text
    assert "<deleted>false</deleted>" in told
    tasks = member(village).get(f"/desa/{VILLAGE}/tugas").text
    assert "Siti" in tasks
    assert not {one for one in (LOST_MOTHER, LOST_CHILD) if one in tasks}


def test_it_is_shown_for_attention_and_not_called_by_its_id(village: Station) -> None:
    browser = member(village)
    assert "2 belum didaftarkan" in browser.get(f"/desa/{VILLAGE}/sasaran").text
    page = browser.get(f"/desa/{VILLAGE}/sasaran?keadaan=belum").text
    assert page.count("namanya belum diketahui") == 2
    assert f">{LOST_CHILD}" not in page
    one = browser.get(f"/desa/{VILLAGE}/sasaran/{LOST_CHILD}").text
    assert "Yang sampai baru perubahannya, jadi belum dihitung" in one
    assert f">{LOST_CHILD}" not in one
    assert "Only changes have come" in browser.get(f"/desa/{VILLAGE}/sasaran/{LOST_CHILD}?lang=en").text


def test_a_registration_that_says_nothing_new_is_counted_too(published: Station) -> None:
    """Cards are out of date though no property changes."""
    registers = mapped(new_id(), day="2026-03-01", mothers=[(LOST_MOTHER, KNOWN)])
    updates = registers.replace('create="1"', 'update="1"').replace("uuid:", "uuid:lagi-")
    published.send(updates)
    published.clock.forward(days=6)
    force_overdue(published.engine, published.clock())
    before = table1(published), published.one("entities", id=LOST_MOTHER)["data"]
    published.send(registers)
    assert published.one("entities", id=LOST_MOTHER)["data"] == before[1]
    assert (before[0], table1(published)) == ((0, 0), (1, 0))

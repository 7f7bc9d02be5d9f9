"""Phones hear of what a replay or a rebuild changes: a list that differs never has the name of what they have."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import date

import pytest

from forms.submission import read_envelope
from server.database.engine import writing
from server.publications import form_versions
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission
from server.submissions.quarantine import replay
from server.submissions.rebuild import rebuild_village
from tests.support.deciding import JAKARTA, change, move, undo
from tests.support.inbox import take_in
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import compiled, mapped, visited

ALI = new_id()
LATER_VERSION = "2030010100"


@pytest.fixture
def village(published: Station) -> Station:
    published.send(mapped(new_id(), children=[(ALI, {"nama": "Ali"})]))
    return published


def test_a_list_that_a_replay_changed_is_fetched_again(village: Station) -> None:
    """The visit comes to count, and a decision's place in the order goes: the sum of both may be the same."""
    form = compiled("kunjungan_rumah")
    known = form.schema.version
    unknown = visited(ALI, day="2026-03-02", status_gizi="buruk")
    village.send(unknown.replace(f'version="{known}"', f'version="{LATER_VERSION}"'))
    undo(village, change(village, ALI, dusun="Kenanga"))
    with writing(village.engine) as connection:
        later = replace(form.schema, version=LATER_VERSION)
        xml = form.xml.replace(known.encode(), LATER_VERSION.encode())
        form_versions.publish(connection, later, xml, b"", village.clock())
    before = village.get("lists/anak.csv")

    replay(village.engine, FormCache(), JAKARTA, village.clock())

    after = village.get("lists/anak.csv", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, "buruk" in before.text, "buruk" in after.text) == (200, False, True)


def test_a_rebuild_beside_a_village_that_sends_keeps_its_list_new(village: Station) -> None:
    """Somebody has moved there. On SQLite one of the two waits from the beginning."""
    move(village, VILLAGE, OTHER_VILLAGE, ALI, day=date(2026, 3, 5))
    village.send(mapped(new_id(), children=[(new_id(), {"nama": "Nia"})]), village=OTHER_VILLAGE)
    before = village.get("lists/anak.csv", OTHER_VILLAGE)
    body = mapped(new_id(), no_kk="1101010101010077", children=[(new_id(), {"nama": "Baru"})]).encode()
    arrival = IncomingSubmission(OTHER_VILLAGE, "hp", None, body, read_envelope(body), village.clock(), JAKARTA)
    asked = (village.engine, FormCache(), VILLAGE, JAKARTA, village.clock())
    rebuilding = threading.Thread(target=rebuild_village, args=asked)
    with writing(village.engine) as connection:
        take_in(connection, FormCache(), arrival)
        rebuilding.start()
        time.sleep(1.5)  # long enough for it to have read what it does not lock
    rebuilding.join(60)
    after = village.get("lists/anak.csv", OTHER_VILLAGE, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, "Baru" in after.text, "Ali" in after.text) == (200, True, True)

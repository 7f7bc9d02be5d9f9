"""A form that was sent back to the KPM, on her phone: its list says so until she has corrected it with the pencil.

The real form engine fills and edits the real forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from server.database.engine import reading
from server.queries.submissions import returned
from server.submissions.review import HAS_ISSUES, NOT_REVIEWED
from tests.support.deciding import assert_rebuilding_changes_nothing, choose
from tests.support.form_engine import Filled
from tests.support.kpm import Kpm
from tests.support.listening import listening
from tests.support.people import BUDI
from tests.support.phone import Phone
from tests.support.reviewing import judge
from tests.support.station import VILLAGE, Station

SEEN_TO = "timbang ukur imunisasi_dasar konseling_ibu konseling_ayah pengasuhan"
WHY = "beratnya 8,4 di KMS"


@pytest.fixture
def kpm(as_shipped: Station, new_phone: Callable[[str], Phone]) -> Iterator[Kpm]:
    """Since 2 February the server knows Budi's household."""
    as_shipped.clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    with listening(as_shipped.app) as base:
        kpm = Kpm(new_phone(base + as_shipped.path("").rstrip("/")), as_shipped.clock)
        kpm.begin("2026-02-02")
        kpm.phone.sync()
        kpm.map_household(BUDI)
        kpm.send_and_sync()
        kpm.begin("2026-02-05")
        yield kpm


def visit_dewi(kpm: Kpm) -> Filled:
    filled = kpm.visit("Dewi", yes=SEEN_TO, status_gizi="kurang", kunjungan_terpadu="ya", berat_badan=7.4)
    kpm.send_and_sync()
    assert (kpm.listed("Dewi").perlu, "Dewi" in kpm.offered("anak")) == ("", False)
    return filled


def instance(filled: Filled) -> str:
    return f"<instanceID>{filled.instance_id}<"


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_form_sent_back__is_on_the_phones_list_until_it_was_corrected(as_shipped: Station, kpm: Kpm) -> None:
    first = visit_dewi(kpm)
    judge(as_shipped, instance(first), HAS_ISSUES, WHY)
    kpm.phone.sync()
    prioritas, label, perlu = kpm.listed("Dewi")
    assert (prioritas, perlu.endswith(f": {WHY}")) == ("2", True)
    assert perlu.startswith("perbaiki isian Kunjungan: Dewi") and not label.startswith("✓")
    assert "Dewi" in kpm.offered("anak")  # the form itself shows her among those who need something

    edit = kpm.phone.edit("kunjungan_rumah", first, {"berat_badan": 8.4}, today=kpm.today)
    kpm.send_and_sync()
    assert WHY in kpm.listed("Dewi").perlu  # until somebody has looked at the correction
    choose(as_shipped, first.instance_id, instance(edit))
    kpm.phone.sync()
    assert (kpm.listed("Dewi").perlu, "Dewi" in kpm.offered("anak")) == ("", False)
    with reading(as_shipped.engine) as connection:
        assert returned.open_forms(connection, VILLAGE) == []
    assert_rebuilding_changes_nothing(as_shipped)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_form_sent_back__is_gone_from_the_phone_when_that_is_withdrawn(as_shipped: Station, kpm: Kpm) -> None:
    first = visit_dewi(kpm)
    judge(as_shipped, instance(first), HAS_ISSUES, WHY)
    kpm.phone.sync()
    assert WHY in kpm.listed("Dewi").perlu
    judge(as_shipped, instance(first), NOT_REVIEWED)
    kpm.phone.sync()
    assert kpm.listed("Dewi").perlu == ""

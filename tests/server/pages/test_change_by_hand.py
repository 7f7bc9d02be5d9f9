"""What is set by hand on somebody's page, where the day may be a slip: asked once more, with what was typed."""

from __future__ import annotations

import pytest
from lxml import html

from server.http.responses import AGAIN
from tests.server.cards.test_signing import CHILD, QUARTER, sign, with_village
from tests.server.pages.test_people_pages import HOME, goes_to, words
from tests.support.members import member, send_form
from tests.support.station import Station

PAGE = f"{HOME}/sasaran/{CHILD}"
TYPED = {"dusun": "Kenanga", "status": "pindah", "tanggal": "2026-01-20"}


@pytest.fixture
def village(station: Station) -> Station:
    return with_village(station)


def test_a_day_before_later_visits_is_asked_about__and_what_was_typed_is_kept(village: Station) -> None:
    head = member(village, "village_head")
    asked = send_form(head, f"{PAGE}/ubah", PAGE, **TYPED)
    assert (asked.status_code, village.rows("decisions")) == (AGAIN, [])
    assert "Sesudah 20 Jan 2026 masih ada kunjungan atau pengukuran, yang terakhir 5 Mar 2026." in words(asked)

    (form,) = [form for form in html.document_fromstring(asked.text).forms if "yakin" in form.fields]
    fields = dict(form.fields)
    assert {name: fields[name] for name in TYPED} == TYPED
    unsure = head.post(form.action, data={name: text for name, text in fields.items() if text is not None})
    assert (unsure.status_code, village.rows("decisions")) == (AGAIN, [])

    (box,) = form.xpath(".//input[@name='yakin']")
    other_day = head.post(form.action, data={**fields, "yakin": box.get("value"), "tanggal": "2026-01-10"})
    assert (other_day.status_code, village.rows("decisions")) == (AGAIN, [])  # what was confirmed is another day
    assert goes_to(head.post(form.action, data={**fields, "yakin": box.get("value")})) == f"{PAGE}?sudah=ubah"
    assert village.one("entities", id=CHILD)["data"]["tanggal_status"] == "2026-01-20"


def test_a_day_in_a_signed_quarter_is_asked_about__and_the_report_stays_as_signed_meanwhile(village: Station) -> None:
    head = member(village, "village_head")
    assert sign(head).status_code == 303
    asked = send_form(head, f"{PAGE}/ubah", PAGE, dusun="Mawar", status="meninggal", tanggal="2026-03-31")
    assert "Sudah ditandatangani: Triwulan 1 2026. Angkanya dapat berbeda" in words(asked)
    english = send_form(head, f"{PAGE}/ubah?lang=en", PAGE, dusun="Mawar", status="meninggal", tanggal="2026-03-31")
    assert "Its figures may differ from what was signed." in words(english)
    assert "angka berubah" not in words(head.get(f"{QUARTER}/formulir-4"))
    running = send_form(head, f"{PAGE}/ubah", PAGE, dusun="Mawar", status="meninggal", tanggal="2026-04-02")
    assert running.status_code == 303  # the quarter that runs is not signed


def test_a_day_that_cannot_be__the_page_again_says_why(village: Station) -> None:
    head = member(village, "village_head")
    refused = send_form(head, f"{PAGE}/ubah", PAGE, **{**TYPED, "tanggal": "2025-05-31"})
    assert (refused.status_code, village.rows("decisions")) == (AGAIN, [])
    assert "sebelum hari lahirnya, 2025-06-01" in words(refused)
    form = next(form for form in html.document_fromstring(refused.text).forms if "tanggal" in form.fields)
    assert (form.fields["status"], form.fields["tanggal"]) == ("pindah", "2025-05-31")

"""The page of corrections where something stands alone: nothing to choose between, and yet something to decide."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html

from tests.support.members import member, press, send_form
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

ALI, NIA = new_id(), new_id()
LOST, EDIT, SAME = "uuid:hilang", "uuid:perbaikan", "uuid:sama"
PAGE = f"/desa/{VILLAGE}/perbaikan/{LOST}"
THERE = f"/desa/{OTHER_VILLAGE}/perbaikan/{SAME}"


@pytest.fixture
def village(published: Station) -> Station:
    """A correction whose original never came; and one id in two villages, of two children."""
    published.send(mapped(new_id(), children=[(ALI, {"nama": "Ali"})]))
    published.send(mapped(new_id(), children=[(NIA, {"nama": "Nia"})]), village=OTHER_VILLAGE)
    published.send(visited(ALI, day="2026-02-10", instance=EDIT, corrects=LOST, status_gizi="buruk"))
    published.send(visited(ALI, day="2026-02-11", instance=SAME, status_gizi="kurang"))
    published.send(visited(NIA, day="2026-02-11", instance=SAME, status_gizi="baik"), village=OTHER_VILLAGE)
    return published


def read(browser: FlaskClient, path: str) -> str:
    page = browser.get(path)
    assert page.status_code == 200, page.status
    (body,) = html.document_fromstring(page.text).iter("body")
    return " ".join(" ".join(body.itertext()).split())


def visits(station: Station, village: str = VILLAGE) -> list[str]:
    return [row["instance_id"] for row in station.rows("answers_kunjungan_rumah", village_id=village)]


def test_a_correction_whose_original_never_came_can_count(village: Station) -> None:
    head = member(village, "village_head")
    assert "Menunggu keputusan 1" in read(head, f"/desa/{VILLAGE}/perbaikan")
    page = read(head, PAGE)
    assert "Apakah isian ini dihitung? Belum ada yang dihitung." in page
    assert "Isian yang diperbaikinya belum sampai." in page
    assert "Gizi buruk" in page
    assert "None counts yet." in read(head, f"{PAGE}?lang=en")

    (edit,) = village.rows("submissions", instance_id=EDIT)
    assert press(head, PAGE, pakai=edit["sha256"]).status_code == 303

    assert EDIT in visits(village)
    assert "1. Perbaikan dihitung sekarang" in read(head, f"{PAGE}?lang=id")


def test_a_correction_whose_original_never_came_can_be_left(village: Station) -> None:
    head = member(village, "village_head")
    assert press(head, PAGE, pakai="tidak-satu-pun").status_code == 303
    assert EDIT not in visits(village)
    assert "Tidak dihitung, kata village_head-11.01.01.2001@desa.id" in read(head, PAGE)
    listed = read(head, f"/desa/{VILLAGE}/perbaikan")
    assert "Tidak ada perbaikan yang menunggu" in listed
    assert "tidak dihitung, kata village_head" in listed


@pytest.mark.parametrize("late", ["another correction", "the original"])
def test_what_comes_while_somebody_looks_at_the_page_waits_to_be_seen(village: Station, late: str) -> None:
    """Nobody decided about it: it is neither set aside, nor does it count beside what was chosen."""
    head = member(village, "village_head")
    (edit,) = village.rows("submissions", instance_id=EDIT)
    forms = [dict(form.fields) for form in html.document_fromstring(head.get(PAGE).text).forms]
    (shown,) = (form for form in forms if form.get("pakai") == edit["sha256"])
    if late == "the original":
        village.send(visited(ALI, day="2026-02-10", instance=LOST, status_gizi="baik"))
    else:
        village.send(visited(ALI, day="2026-02-10", instance="uuid:lagi", corrects=EDIT, status_gizi="baik"))
    assert head.post(PAGE, data=shown).status_code == 303
    states = {row["state"] for row in village.rows("submissions") if row["instance_id"] in (LOST, "uuid:lagi")}
    assert (states, EDIT in visits(village), LOST in visits(village)) == ({"waiting"}, True, False)
    assert "Menunggu keputusan 1" in read(head, f"/desa/{VILLAGE}/perbaikan")


def test_a_form_without_a_choice_decides_nothing(village: Station) -> None:
    assert send_form(member(village, "village_head"), PAGE).status_code == 404
    assert village.rows("decisions") == []


def test_what_was_sent_once_and_counts_has_no_page(village: Station) -> None:
    assert member(village, "village_head").get(f"/desa/{VILLAGE}/perbaikan/{SAME}").status_code == 404


def test_an_id_held_in_another_village__that_it_is_so_and_no_more(village: Station) -> None:
    page = read(member(village, "village_head", OTHER_VILLAGE), THERE)
    assert "lebih dahulu dikirim dari desa lain" in page
    assert "Gizi kurang" not in page
    assert "Sukamaju" not in page
    assert "Ali" not in page
    assert {row["village_id"] for row in village.rows("looks")} == {OTHER_VILLAGE}


def test_an_id_held_in_another_village__compared_by_who_may_see_both(village: Station) -> None:
    admin = member(village, "admin", "11.01.01")
    page = read(admin, THERE)
    assert "2. Desa Sukamaju dihitung di sana" in page
    assert "Status gizi menurut petugas kesehatan Baik berbeda Gizi kurang" in page
    assert "Pilih anak Nia berbeda Ali" in page
    assert {row["village_id"] for row in village.rows("looks")} == {VILLAGE, OTHER_VILLAGE}
    (theirs,) = village.rows("submissions", instance_id=SAME, village_id=VILLAGE)
    assert send_form(admin, THERE, pakai=theirs["sha256"]).status_code == 404  # it is not this village's
    (ours,) = village.rows("submissions", instance_id=SAME, village_id=OTHER_VILLAGE)

    press(admin, THERE, pakai=ours["sha256"])

    assert (visits(village, OTHER_VILLAGE), visits(village)) == ([SAME], [SAME])


def test_what_waits_is_told_on_the_card_and_in_the_navigation_to_who_may_decide(village: Station) -> None:
    head, worker = member(village, "village_head"), member(village)
    told = "1 perbaikan menunggu keputusan Anda"
    assert told in read(head, f"/desa/{VILLAGE}")
    assert "Perbaikan (1)" in read(head, f"/desa/{VILLAGE}/kpm")
    for browser in (worker, village.app.test_client()):
        assert told not in read(browser, f"/desa/{VILLAGE}")
    assert "Perbaikan (1)" not in read(worker, f"/desa/{VILLAGE}/tugas")

    assert press(head, PAGE, pakai="tidak-satu-pun").status_code == 303
    assert told not in read(head, f"/desa/{VILLAGE}")
    assert "Perbaikan (" not in read(head, f"/desa/{VILLAGE}/kpm")

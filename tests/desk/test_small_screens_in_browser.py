"""The desk and the drawn map on a screen of 360 pixels: little head, and signs that a finger can touch one by one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from server.queries.submissions.places import Household, Point, drawing_of, grouped
from tests.support.browsing import Browsing
from tests.support.members import open_account
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped

# The least that a finger touches, in CSS pixels (WCAG 2.5.8).
LEAST = 24


def test_the_desks_head__is_folded__and_opens_without_a_script(
    browsed: Station, browsing: Browsing, tmp_path: Path
) -> None:
    admin = browsing.person(open_account(browsed, "admin", "11.01").email, phone=True)
    page = admin.open("/admin")
    box = page.locator("header.top").bounding_box()
    assert box is not None and box["height"] < 240
    assert not page.get_by_role("link", name="Kiriman", exact=True).first.is_visible()
    assert page.locator(".fold summary").inner_text().startswith("Halaman admin: Ringkasan")
    admin.picture(tmp_path / "meja-360.png", phone=True)
    admin.to("Kiriman")
    assert page.get_by_role("heading", level=1).inner_text() == "Kiriman"

    wide = browsing.person(open_account(browsed, "admin", "11.01", "wati@desa.id").email).open("/admin")
    assert not wide.locator(".fold").is_visible()
    assert wide.get_by_label("Halaman admin").get_by_role("link", name="Kiriman", exact=True).is_visible()


def test_signs_of_the_map__can_be_touched_one_by_one(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    for number in range(12):
        place = f"{-7.12 - 0.0004 * (number % 4):.5f} {110.12 + 0.0004 * (number // 4):.5f} 0 5"
        browsed.send(mapped(f"7500{number:04}-0000-4000-8000-000000000000", head=f"Rumah {number}", place=place))
    browsed.send(mapped("75010000-0000-4000-8000-000000000000", head="Rumah Jauh", place="-7.1400 110.1400 0 5"))
    page = browsing.person(open_account(browsed, "kpm").email, phone=True).open(f"/desa/{VILLAGE}/peta")
    boxes = [box for one in page.locator("svg.village .touch").all() if (box := one.bounding_box())]
    assert len(boxes) == page.locator("svg.village a").count() > 1
    assert min(min(box["width"], box["height"]) for box in boxes) >= LEAST
    centres = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    assert all(abs(complex(*one) - complex(*other)) >= LEAST for one, other in combinations(centres, 2))

    group = page.locator("svg.village a[href^='#di-sini']").first
    count = int((group.locator("text").text_content() or "")[1:])
    group.click()
    listed = page.locator(".here:target li")
    assert listed.count() == count > 1
    assert listed.first.is_visible()


@pytest.mark.parametrize("apart", [1, 46, 1000])
def test_groups__hold_every_household_once__the_neediest_first(apart: float) -> None:
    places = [Point(-7.0 - (number * 37 % 50) / 5000, 110.0 + (number * 53 % 50) / 5000) for number in range(50)]
    homes = [Household(str(number), "", "", place, ()) for number, place in enumerate(places)]
    nowhere = Household("tanpa titik", "", "", None, ())
    found = grouped(drawing_of(places, 560, 440, 34), [*homes, nowhere], apart)
    assert sorted((home for group in found for home in group.homes), key=lambda one: int(one.id)) == homes
    assert all(
        [*map(int, (one.id for one in group.homes))] == sorted(int(one.id) for one in group.homes) for group in found
    )
    centres = [complex(group.right, group.down) for group in found]
    assert all(abs(one - other) >= apart for one, other in combinations(centres, 2))
    assert (len(found) == 1) == (apart == 1000)

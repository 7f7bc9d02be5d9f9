"""Where an admin begins: what waits in the own region, and the way to each page."""

from __future__ import annotations

from pathlib import Path

from lxml import html
from sqlalchemy import update

from server.database.engine import writing
from server.database.tables import villages
from tests.support.browsing import Browsing
from tests.support.members import member, open_account
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station


def lines(station: Station, region: str) -> list[str]:
    page = html.document_fromstring(member(station, "admin", region).get("/admin").text)
    return [" ".join(line.text_content().split()) for line in page.xpath("//ul[@class='states']/li")]


def test_start__counts_what_waits_in_the_own_region(sent: Station) -> None:
    own = lines(sent, VILLAGE)
    assert own[0] == f"{len(sent.rows('submissions', village_id=VILLAGE, state='waiting'))} " + (
        "menunggu keputusan: dua versi dari satu isian"
    )
    assert "1 HP perlu" in " ".join(own) or "1 HP terhubung" in " ".join(own)
    assert lines(sent, OTHER_VILLAGE)[0].startswith("0 menunggu")


def test_start__names_villages_that_fail__and_not_those_of_others(sent: Station) -> None:
    with writing(sent.engine) as connection:
        connection.execute(update(villages).where(villages.c.village_id == VILLAGE).values(refresh_problem="bigint"))
    found = member(sent, "admin", VILLAGE).get("/admin").text
    assert f"({VILLAGE})" in found
    assert "bigint" not in found
    assert f"({VILLAGE})" not in member(sent, "admin", OTHER_VILLAGE).get("/admin").text


def test_start__leads_to_every_page_of_the_desk(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    person = browsing.person(open_account(browsed, "admin", "ID").email)
    page = person.open("/admin")
    person.picture(tmp_path / "awal.png")
    person.picture(tmp_path / "awal-360.png", phone=True)
    names = page.locator("nav.rooms a").all_inner_texts()
    assert len(names) > 6
    for name in names:
        page.get_by_label("Halaman admin").get_by_role("link", name=name).click()
        assert page.locator("nav.rooms a[aria-current]").inner_text() == name

from __future__ import annotations

from pathlib import Path

from server.accounts import audit_log
from server.database.engine import writing
from tests.support.browsing import Browsing
from tests.support.members import open_account
from tests.support.station import Station


def test_desk__leads_to_who_changed_what(browsed: Station, browsing: Browsing, tmp_path: Path) -> None:
    admin = open_account(browsed, "admin", "11.01")
    with writing(browsed.engine) as connection:
        for number in range(60):
            audit_log.note(connection, admin, "form-published", "11.01", f"kunjungan {number:02}", browsed.clock())
    person = browsing.person(admin.email)
    person.page.get_by_role("link", name="Meja admin").click()
    person.to("Catatan kegiatan")
    rows = person.page.locator("tbody tr")
    assert rows.count() == 50
    assert "menerbitkan formulir" in rows.first.inner_text()
    person.picture(tmp_path / "catatan.png")
    person.picture(tmp_path / "catatan-360.png", phone=True)
    person.page.get_by_role("link", name="Berikutnya").click()
    assert rows.count() == 10

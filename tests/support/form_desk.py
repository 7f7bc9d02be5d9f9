"""The desk's pages of forms in a browser: workbooks down and up, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.browsing import Person
from tests.support.station import Station


@dataclass(frozen=True)
class Mistake:
    """A row of the table of mistakes: the place, and what it says to write there, "" where that is for its author."""

    sheet: str
    cell: str
    write: str


def download(person: Person, form_id: str) -> bytes:
    """The workbook of the version in force, from the page of all forms."""
    with person.page.expect_download() as downloading:
        person.page.locator("tr", has_text=form_id).get_by_role("link", name="Unduh .xlsx").click()
    return Path(downloading.value.path()).read_bytes()


def upload(person: Person, name: str, content: bytes) -> None:
    """Has a workbook checked, and waits for what is said of it."""
    chosen = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    person.page.locator("input[name=berkas]").set_input_files([chosen])  # type: ignore[list-item]
    person.page.get_by_role("button", name="Periksa buku kerja").click()
    person.page.get_by_text("Unggahan ").first.wait_for()


def mistakes(person: Person) -> list[Mistake]:
    """What the page says is wrong."""
    found = []
    for row in person.page.locator(".notice.red .wrong tbody tr").all():
        sheet, _, cell = row.locator("th .s").inner_text().partition(" · ")
        found.append(Mistake(sheet, cell, "".join(row.locator("code.write").all_inner_texts())))
    return found


def live_version(station: Station, form_id: str) -> str:
    """What the list of forms tells phones."""
    versions = [row for row in station.rows("form_versions") if row["form_id"] == form_id]
    newest = max(versions, key=lambda row: int(row["number"]))
    assert f"<version>{newest['version']}</version>" in station.get("formList").text
    return str(newest["version"])


def form_on_phones(station: Station, form_id: str) -> str:
    return station.get(f"forms/{form_id}/{live_version(station, form_id)}/form.xml").text

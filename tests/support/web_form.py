"""A form as it stands in the browser, filled in by the form engine of server/npm as a person fills it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.sync_api import Locator, Page


@dataclass
class WebForm:
    """The form on the page. Questions go by what their label begins with; of several with one label, the `nth`."""

    page: Page

    def wait(self) -> WebForm:
        """Until the engine shows the form."""
        self.page.locator(".odk-form").wait_for()
        return self

    def question(self, label: str, nth: int = 0) -> Locator:
        asked = self.page.locator(".control-text").filter(has_text=label)
        return self.page.locator(".question-container", has=asked).nth(nth)

    def write(self, label: str, text: str, nth: int = 0) -> None:
        box = self.question(label, nth).locator("input, textarea").first
        box.fill("")
        box.press_sequentially(text)  # the box of a number listens to keys
        box.press("Tab")

    def choose(self, label: str, *choices: str, nth: int = 0) -> None:
        for choice in choices:
            self.question(label, nth).get_by_text(choice, exact=True).click()

    def pick(self, label: str, choice: str, nth: int = 0) -> None:
        """One of a list that opens."""
        self.question(label, nth).locator("[role=combobox]").first.click()
        self.page.get_by_role("option", name=choice).click()

    def day(self, label: str, day: date, nth: int = 0) -> None:
        box = self.question(label, nth).locator("input").first
        box.fill(f"{day:%d/%m/%Y}")
        box.press("Tab")

    def photo(self, label: str, file: Path) -> None:
        """Until it can be taken back: the engine makes it smaller first, and a form sent before that goes without."""
        asked = self.question(label)
        asked.locator("input[type=file]").first.set_input_files(file)
        asked.locator(".clear-button").wait_for()

    def send(self) -> None:
        self.page.get_by_role("button", name="Send", exact=True).click()


def describe_house(form: WebForm) -> None:
    """Peta sosial, as far as the people: a house in which nothing is lacking."""
    form.write("Nama kepala keluarga", "Budi Contoh")
    form.write("Dusun", "Mawar")
    form.choose("Dari mana air minum", "Ledeng / PDAM / PAMSIMAS")
    form.choose("Di mana keluarga ini buang air besar", "Jamban sendiri")
    form.choose("Jenis kloset", "Leher angsa")
    form.choose("Ke mana tinja dibuang", "Tangki septik atau IPAL")
    form.choose("Apakah keluarga ini termasuk rentan", "Tidak ada")


def measure(form: WebForm, weight: str) -> None:
    """Ukur tinggi of the child that is called Ali Contoh; `weight` in kilograms, as it is typed."""
    form.pick("Pilih anak", "Ali Contoh")
    form.choose("Bagaimana anak diukur", "Berbaring (panjang)")
    form.write("Panjang atau tinggi, cm", "74,5")
    form.write("Berat badan", weight)
    form.choose("Apakah anak diukur di atas Tikar", "Tidak")
    form.choose("Siapa yang mengukur", "KPM atau kader")

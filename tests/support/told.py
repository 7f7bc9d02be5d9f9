"""What a page tells of a file that it did not take."""

from __future__ import annotations

from lxml import html


def told_on(page: str) -> list[tuple[str, str, str]]:
    """Of each row of the table of mistakes: the place (`daftar!B6`, `daftar!1`, or `B6` where the list has no
    sheets), what stands there, and what is wrong with it and how to mend it."""
    rows = html.document_fromstring(page).xpath("//table[contains(@class, 'wrong')]/tbody/tr")
    found = []
    for row in rows:
        _, content, write, wrong = (" ".join(cell.text_content().split()) for cell in row)
        where = " ".join(row.xpath("string(th/span)").replace("baris ", "").replace("row ", "").split())
        remedy = "" if row.xpath(".//code[@class='write']") else write
        found.append((where.replace(" · ", "!"), content, f"{'' if wrong == '–' else wrong} {remedy}".strip()))
    return found

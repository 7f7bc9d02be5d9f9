"""What a scanner reads besides letters and digits: the form engine writes it as XML does not allow, and it is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from forms.submission import read_envelope, read_submission
from forms.xlsform.compiler import compile_form
from tests.support.form_engine import Engine
from tests.support.tables import workbook_bytes

PACKET = """
# survey
| type    | name   | label         |
| date    | tanggal | Tanggal      |
| barcode | kode   | Kode kemasan  |
| text    | nama   | Nama          |
# settings
| form_title | form_id | version |
| Kemasan    | kemasan | 1       |
"""


@pytest.mark.parametrize("separator", ["\x1d", "\x0b", "\x01"])
def test_separator_of_a_barcode_does_not_stop_the_form(form_engine: Engine, tmp_path: Path, separator: str) -> None:
    form = compile_form(workbook_bytes(PACKET))
    (tmp_path / "form.xml").write_bytes(form.xml)
    entry = form_engine.open(tmp_path / "form.xml", tmp_path / "media", today=date(2026, 3, 10))

    sent = entry.fill({"tanggal": date(2026, 3, 10), "kode": f"0108991{separator}21A1", "nama": "Siti 😀"}).xml

    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(sent.encode())
    answers = read_submission(read_envelope(sent.encode()), form.schema)
    assert answers.rows[0].values == {"tanggal": date(2026, 3, 10), "kode": "0108991\ufffd21A1", "nama": "Siti 😀"}
    assert answers.envelope.instance_id.startswith("uuid:")

"""What the server takes for impossible the form engine of Collect does not send, whatever fills a question in."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.submission import read_envelope, read_submission
from forms.xlsform.compiler import CompiledForm, compile_form
from tests.support.form_engine import Engine, Entry, RefusedError
from tests.support.tables import workbook_bytes

FORM = """
# survey
| type               | name    | label | calculation                          | default | constraint | trigger  |
| text               | asal    | A     |                                      |         |            |          |
| select_one yt      | hitung  | H     | if(${asal} = 'asing', 'asing', 'ya') |         |            |          |
| select_one yt      | bawaan  | B     |                                      | asing   |            |          |
| select_one yt      | dipicu  | D     | ${asal}                              |         |            | ${asal}  |
| select_multiple yt | banyak  | B     | concat(${asal}, ' ya')               |         |            |          |
| integer            | umur    | U     | string-length(${asal})               |         | . < 6      |          |
# choices
| list_name | name  | label |
| yt        | ya    | Ya    |
| yt        | tidak | Tidak |
# settings
| form_title | form_id | version |
| Batas      | batas   | 1       |
"""


@pytest.fixture(scope="module")
def form() -> CompiledForm:
    return compile_form(workbook_bytes(FORM))


@pytest.fixture
def entry(form: CompiledForm, form_engine: Engine, tmp_path: Path) -> Entry:
    path = tmp_path / "form.xml"
    path.write_bytes(form.xml)
    return form_engine.open(path, tmp_path / "media")


def test_a_value_that_is_in_no_list_is_not_sent(form: CompiledForm, entry: Entry) -> None:
    entry.answer("asal", "asing")
    entry.screens()  # whoever goes through the form sees the questions
    sent = entry.finalize().xml
    assert "<asal>asing</asal>" in sent
    answers = read_submission(read_envelope(sent.encode()), form.schema).rows[0].values
    assert answers == {"asal": "asing", "banyak": "ya", "umur": 5}


def test_a_number_out_of_bounds_is_not_sent_though_it_is_calculated(entry: Entry) -> None:
    entry.answer("asal", "terlalu panjang")
    with pytest.raises(RefusedError, match="umur"):
        entry.finalize()


NO_NUMBER = """
# survey
| type      | name  | label | calculation   | bind::type |
| decimal   | kg    | K     |               |            |
| decimal   | meter | M     |               |            |
| calculate | bmi   |       | ${kg} div (${meter} * ${meter}) | decimal |
| calculate | turun |       | -${kg} div ${meter} | decimal |
| calculate | jiwa  |       | ${kg} div ${meter} | int |
# settings
| form_title | form_id | version |
| Bmi        | bmi     | 1       |
"""


def test_a_division_by_zero_gives_no_value_and_stops_nothing_else(form_engine: Engine, tmp_path: Path) -> None:
    form = compile_form(workbook_bytes(NO_NUMBER))
    path = tmp_path / "form.xml"
    path.write_bytes(form.xml)
    sent = form_engine.open(path, tmp_path / "media").fill([("kg", "7.5"), ("meter", "0")]).xml
    assert "<bmi>Infinity</bmi><turun>-Infinity</turun>" in sent
    answers = read_submission(read_envelope(sent.encode()), form.schema).rows[0].values
    assert answers == {"kg": 7.5, "meter": 0.0, "jiwa": 2**31 - 1}

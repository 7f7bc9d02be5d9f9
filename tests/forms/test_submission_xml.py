"""What is read out of a submission's XML: answers by type, repeats, files and entity changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest

from forms.entity_xml import EntityChange
from forms.problems import ProblemError
from forms.schema import FormSchema
from forms.submission import Envelope, Submission, encrypted_files, read_envelope, read_submission
from forms.xlsform.compiler import compile_form
from tests.support.tables import workbook_bytes

TYPES = """
# survey
| type                 | name    | label   | calculation | constraint         |
| text                 | nama    | Nama    |             |                    |
| integer              | jumlah  | Jumlah  |             |                    |
| decimal              | berat   | Berat   |             |                    |
| date                 | tanggal | Tanggal |             |                    |
| dateTime             | waktu   | Waktu   |             |                    |
| time                 | jam     | Jam     |             |                    |
| geopoint             | lokasi  | Lokasi  |             |                    |
| geotrace             | jalan   | Jalan   |             |                    |
| select_one yt        | setuju  | Setuju  |             |                    |
| select_multiple yt   | banyak  | Banyak  |             |                    |
| image                | foto    | Foto    |             |                    |
| calculate            | hasil   |         | 1 + 1       |                    |
| integer              | nifas   | Nifas   |             | . >= 0 and . <= 4  |
| decimal              | kg      | Kg      |             | . > 0              |
# choices
| list_name | name  | label |
| yt        | ya    | Ya    |
| yt        | tidak | Tidak |
# settings
| form_title | form_id | version |
| Tipe       | tipe    | 1       |
"""
FAMILY = """
# survey
| type         | name          | label   | save_to            |
| date         | tanggal       | Tanggal |                    |
| begin_group  | rumah         | Rumah   |                    |
| text         | dusun         | Dusun   | keluarga#dusun     |
| end_group    |               |         |                    |
| begin_repeat | balita        | Balita  |                    |
| text         | nama          | Nama    | anak#nama          |
| begin_group  | lahir         | Lahir   |                    |
| date         | tanggal_lahir | Lahir   | anak#tanggal_lahir |
| end_group    |               |         |                    |
| image        | foto          | Foto    |                    |
| end_repeat   |               |         |                    |
# entities
| list_name | label   | entity_id | create_if | update_if |
| keluarga  | ${dusun} |          |           |           |
| anak      | ${nama}  |          |           |           |
# settings
| form_title | form_id  | version |
| Keluarga   | keluarga | 7       |
"""


@cache
def schema(markdown: str) -> FormSchema:
    return compile_form(workbook_bytes(markdown)).schema


def read(xml: str, form: str = TYPES) -> Submission:
    return read_submission(read_envelope(xml.encode()), schema(form))


def value(name: str, text: str) -> Any:
    """What becomes of `text` as the answer to the question `name`."""
    return read(f'<data id="tipe" version="1"><{name}>{text}</{name}></data>').answer(name)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("nama", "Siti", "Siti"),
        ("nama", "  Siti\n", "Siti"),
        ("nama", "Nur &amp; Ali &lt;3", "Nur & Ali <3"),
        ("nama", "Zoë 👶 ꦱꦶ", "Zoë 👶 ꦱꦶ"),
        ("nama", "<![CDATA[<b>]]>", "<b>"),
        ("nama", "Siti<!-- dari HP --> Aminah", "Siti Aminah"),
        ("nama", "NaN", "NaN"),
        ("jumlah", "12", 12),
        ("jumlah", "-3", -3),
        ("jumlah", "+3", 3),
        ("jumlah", "007", 7),
        ("jumlah", "3.0", 3),
        ("jumlah", "9223372036854775807", 9223372036854775807),
        ("berat", "7.25", 7.25),
        ("berat", "7.", 7.0),
        ("berat", ".5", 0.5),
        ("berat", "-1.5e-3", -0.0015),
        ("berat", "5.551115123125783E-17", 5.551115123125783e-17),
        ("berat", "1e-200", 0.0),
        ("nifas", "0", 0),
        ("nifas", "4", 4),
        ("nifas", "NaN", None),
        ("kg", "700000", 700000.0),
        ("tanggal", "2026-02-28", date(2026, 2, 28)),
        ("tanggal", "2026-02-01T00:00:00.000Z", date(2026, 2, 1)),
        ("tanggal", "2026-02-01T23:59:59.999+07:00", date(2026, 2, 1)),
        ("waktu", "2026-02-01T08:15:00.000+07:00", "2026-02-01T08:15:00.000+07:00"),
        ("jam", "08:15:00.000+07:00", "08:15:00.000+07:00"),
        ("lokasi", "3.0412 97.3861 12.0 4.5", "3.0412 97.3861 12.0 4.5"),
        ("jalan", "3.0412 97.3861 0 0; " * 5000, ("3.0412 97.3861 0 0; " * 5000).strip()),
        ("nama", "a" * 10_000, "a" * 10_000),
        ("setuju", "ya", "ya"),
        ("banyak", "ya tidak", "ya tidak"),
        ("banyak", "tidak", "tidak"),
        ("foto", "1771030000000.jpg", "1771030000000.jpg"),
        ("hasil", "2", "2"),
    ],
)
def test_values_of_every_type(name: str, text: str, expected: object) -> None:
    assert value(name, text) == expected


@pytest.mark.parametrize("name", ["nama", "jumlah", "berat", "tanggal", "waktu", "jam", "lokasi", "setuju", "foto"])
@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_blank_is_no_value_but_present(name: str, text: str) -> None:
    row = read(f'<data id="tipe" version="1"><{name}>{text}</{name}></data>').rows[0]
    assert (row.values, [*row.present.items()]) == ({}, [(name, "")])


@pytest.mark.parametrize("name", ["jumlah", "berat"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_an_empty_sum_and_a_division_by_zero_are_no_value(name: str, text: str) -> None:
    assert value(name, text) is None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("jumlah", "dua", "jumlah: Isi 'dua' bukan bilangan bulat"),
        ("jumlah", "3.5", "bilangan bulat"),
        ("jumlah", "9223372036854775808", "bilangan bulat"),
        ("jumlah", "٣", "bilangan bulat"),
        ("jumlah", "1 000", "bilangan bulat"),
        ("berat", "tujuh", "berat: Isi 'tujuh' bukan bilangan"),
        ("berat", "7,5", "bilangan"),
        ("berat", "1e999", "bilangan"),
        ("berat", "0x10", "bilangan"),
        ("tanggal", "2026-02-30", "tanggal: Isi '2026-02-30' bukan tanggal"),
        ("tanggal", "28/02/2026", "tanggal"),
        ("tanggal", "2026-W05-1", "tanggal"),
        ("tanggal", "20260228", "tanggal"),
        ("tanggal", "0026-02-28", "tanggal"),
        ("tanggal", "9999-12-31", "tanggal"),
        ("tanggal", "0000-05-01", "tanggal"),
        ("tanggal", "2026-11-10' OR 1=1", 'tanggal: Isi "2026-11-10\' OR 1=1" bukan tanggal'),
        ("tanggal", "2026-11-10 lalu", "tanggal"),
        ("waktu", "kemarin", "waktu: Isi 'kemarin' bukan tanggal dan jam"),
        ("waktu", "2026-02-30T08:00:00.000+07:00", "tanggal dan jam"),
        ("jam", "pagi", "jam: Isi 'pagi' bukan jam"),
        ("berat", "1e308", "bilangan"),
        ("berat", "-1e60", "bilangan"),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused_by_name(name: str, text: str, said: str) -> None:
    with pytest.raises(ProblemError, match=name) as refused:
        value(name, text)
    assert refused.value.code == "bad-value"
    assert said in refused.value.text("id")
    assert "fill in the form again" in refused.value.text("en")


@pytest.mark.parametrize(
    ("name", "text", "code", "indonesian", "english"),
    [
        (
            "setuju",
            "mungkin",
            "not-a-choice",
            "setuju: Isi 'mungkin' tidak ada di daftar pilihan",
            "none of the choices",
        ),
        ("setuju", "ya tidak", "not-a-choice", "daftar pilihan", "none of the choices"),
        ("banyak", "ya entah", "not-a-choice", "banyak: Isi 'ya entah'", "none of the choices"),
        ("banyak", "ya ya ya", "not-a-choice", "daftar pilihan", "none of the choices"),
        ("nifas", "-1", "out-of-bounds", "nifas: Bilangan -1 di luar batas (0 … 4)", "out of bounds"),
        ("nifas", "5", "out-of-bounds", "Bilangan 5", "out of bounds"),
        ("kg", "-5", "out-of-bounds", "kg: Bilangan -5.0 di luar batas (0 …)", "out of bounds"),
        ("nama", "a" * 100_000, "too-long", "nama: Isi ini panjangnya 100000 huruf, paling banyak 10000", "10000"),
        ("hasil", "9" * 10_001, "too-long", "hasil", "10000"),
    ],
)
def test_what_no_phone_can_send_is_refused_by_name(
    name: str, text: str, code: str, indonesian: str, english: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        value(name, text)
    assert refused.value.code == code
    assert indonesian in refused.value.text("id")
    assert english in refused.value.text("en")


def test_an_entity_whose_name_is_endless_is_refused() -> None:
    entity = f'<entity dataset="anak" id="a1" create="1"><label>{"a" * 100_000}</label></entity>'
    with pytest.raises(ProblemError, match="meta/entity/label") as refused:
        read(f'<keluarga id="keluarga" version="7"><balita><meta>{entity}</meta></balita></keluarga>', FAMILY)
    assert refused.value.code == "too-long"


def test_a_very_long_bad_value_is_shown_in_part() -> None:
    with pytest.raises(ProblemError) as refused:
        value("jumlah", "x" * 100_000)
    assert len(refused.value.text("id")) < 300


def test_what_is_not_relevant_is_neither_value_nor_present() -> None:
    row = read('<data id="tipe" version="1"><nama>Siti</nama></data>').rows[0]
    assert [*row.present] == ["nama"]


def test_elements_that_the_form_does_not_know_mean_nothing() -> None:
    row = read('<data id="tipe" version="1"><nama>Siti</nama><asing>x</asing><meta><instanceID/></meta></data>').rows[0]
    assert [*row.present] == ["nama"]


@pytest.mark.parametrize(
    "xml",
    [
        '<data id="f" version="2"><meta><instanceID>uuid:1</instanceID></meta></data>',
        '<?xml version="1.0" encoding="UTF-8"?>\n<data id=" f " version="2">'
        "<meta><instanceID> uuid:1 </instanceID></meta></data>",
        '<data id="f" version="2"><orx:meta xmlns:orx="http://openrosa.org/xforms">'
        "<orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>",
        '<f:data xmlns:f="http://example.org/f" id="f" version="2">'
        "<f:meta><f:instanceID>uuid:1</f:instanceID></f:meta></f:data>",
        '<data xmlns="http://openrosa.org/xforms" id="f" version="2">'
        "<meta><instanceID>uuid:1</instanceID></meta></data>",
    ],
)
def test_the_envelope_is_read_in_any_namespace(xml: str) -> None:
    envelope = read_envelope(xml.encode())
    assert (envelope.form_id, envelope.form_version, envelope.instance_id, envelope.encrypted) == (
        "f",
        "2",
        "uuid:1",
        False,
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_envelope_is_read_in_any_encoding_that_the_xml_declares(encoding: str) -> None:
    xml = '<data id="f" version="2"><meta><instanceID>uuid:é</instanceID></meta></data>'
    assert read_envelope(xml.encode(encoding)).instance_id == "uuid:é"


def test_an_envelope_may_say_nothing_of_itself() -> None:
    envelope = read_envelope(b"<data/>")
    assert (envelope.form_id, envelope.form_version, envelope.instance_id) == ("", "", "")


def test_only_the_forms_own_meta_counts() -> None:
    xml = b'<data id="f"><g><meta><instanceID>uuid:inner</instanceID></meta></g></data>'
    assert read_envelope(xml).instance_id == ""


CHILDREN = """<keluarga id="keluarga" version="7">
  <tanggal>2026-02-03</tanggal>
  <rumah><dusun>Timur</dusun><meta><entity dataset="keluarga" id="k1" create="1"><label>Keluarga Timur</label></entity>
  </meta></rumah>
  <balita>
    <nama>Budi</nama><lahir><tanggal_lahir>2025-01-31T00:00:00.000+07:00</tanggal_lahir></lahir><foto>budi.jpg</foto>
    <meta><entity dataset="anak" id="a1" create="true"><label> Budi </label></entity></meta>
  </balita>
  <balita>
    <nama/><foto>budi.jpg</foto>
    <meta><entity dataset="anak" id="a2" create="" update="1" baseVersion="3001"><label/></entity></meta>
  </balita>
  <balita><meta><entity dataset="anak" id="a3" create="0" update="0"/></meta></balita>
  <balita><meta><entity dataset="lain" id="x" create="1"><label>x</label></entity></meta></balita>
  <meta><instanceID>uuid:1</instanceID></meta>
</keluarga>"""


def test_repeats_become_rows_in_their_order() -> None:
    rows = read(CHILDREN, FAMILY).rows
    texts = [(row.table.name, row.ordinal, {name: text for name, text in row.present.items() if text}) for row in rows]
    assert texts == [
        ("", 0, {"tanggal": "2026-02-03", "dusun": "Timur"}),
        ("balita", 1, {"nama": "Budi", "tanggal_lahir": "2025-01-31T00:00:00.000+07:00", "foto": "budi.jpg"}),
        ("balita", 2, {"foto": "budi.jpg"}),
        ("balita", 3, {}),
        ("balita", 4, {}),
    ]


def test_a_form_without_its_repeat_has_one_row() -> None:
    assert len(read('<keluarga id="keluarga" version="7"/>', FAMILY).rows) == 1


def test_the_files_that_answers_speak_of_are_named_once() -> None:
    assert read(CHILDREN, FAMILY).files == ("budi.jpg",)


def test_the_day_of_the_answers() -> None:
    assert read(CHILDREN, FAMILY).day == date(2026, 2, 3)
    assert read('<keluarga id="keluarga" version="7"/>', FAMILY).day is None


def test_entities_in_groups_and_repeats() -> None:
    assert read(CHILDREN, FAMILY).changes == (
        EntityChange("keluarga", "k1", True, False, "Keluarga Timur", {"dusun": "Timur"}, None),
        EntityChange("anak", "a1", True, False, "Budi", {"nama": "Budi", "tanggal_lahir": "2025-01-31"}, None),
        EntityChange("anak", "a2", False, True, "", {"nama": ""}, 3001),
    )


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "1.5"])
def test_a_base_version_that_is_no_number_is_none(version: str) -> None:
    xml = f"""<keluarga id="keluarga" version="7"><rumah><meta>
      <entity dataset="keluarga" id="k1" update="1" baseVersion="{version}"/></meta></rumah></keluarga>"""
    assert read(xml, FAMILY).changes[0].base_version is None


ENCRYPTED = b"""<data xmlns="http://www.opendatakit.org/xforms/encrypted" encrypted="yes" id="f" version="1">
  <base64EncryptedKey>x</base64EncryptedKey>
  <orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:1</orx:instanceID></orx:meta>
  <media><file>foto.jpg.enc</file></media><media><file/></media>
  <encryptedXmlFile>submission.xml.enc</encryptedXmlFile>
</data>"""


ENDED = """
# survey
| type     | name     | label   |
| text     | berakhir | Selesai |
# settings
| form_title | form_id | version |
| Selesai    | selesai | 1       |
"""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T09:30:00.000+07:00", datetime(2026, 3, 1, 2, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.000", None),
        ("0001-01-01T00:00:00.000+07:00", None),
        ("9999-12-31T23:59:59.000-11:00", None),
    ],
)
def test_when_the_form_was_finished__none_where_utc_has_no_such_moment(text: str, moment: datetime | None) -> None:
    assert read(f'<data id="selesai" version="1"><berakhir>{text}</berakhir></data>', ENDED).ended == moment


def test_an_encrypted_submission_names_its_files() -> None:
    envelope: Envelope = read_envelope(ENCRYPTED)
    assert envelope.encrypted
    assert envelope.instance_id == "uuid:1"
    assert encrypted_files(envelope) == ("foto.jpg.enc", "submission.xml.enc")

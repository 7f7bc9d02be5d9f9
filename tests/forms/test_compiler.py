"""From XLSForms to XForms and the shape of their answers. Mistakes in them: test_checks.py, test_messages.py."""

from pathlib import Path

import pytest
from lxml import etree
from pyxform.xls2xform import convert

from forms.schema import EntityDeclaration, Field, FormSchema
from forms.xlsform.compiler import CompiledForm, compile_form
from server.publications import shipped
from tests.support.tables import workbook_bytes

SETTINGS = """
    # settings
    | form_title  | form_id     | version |
    | Peta sosial | peta_sosial | 3       |
"""
SHIPPED = shipped.FORMS
HOUSEHOLD = """
    # survey
    | type                             | name        | label | calculation  | save_to            | bind::type |
    | start                            | mulai       |       |              |                    |            |
    | audit                            |             |       |              |                    |            |
    | csv-external                     | keluarga    |       |              |                    |            |
    | calculate                        | id_keluarga |       | once(uuid()) |                    |            |
    | text                             | no_kk       | KK    |              | keluarga#no_kk     |            |
    | begin_group                      | isi         | Isi   |              |                    |            |
    | begin_repeat                     | ibu         | Ibu   |              |                    |            |
    | text                             | nama        | Nama  |              | ibu_hamil#nama     |            |
    | begin_group                      | rinci       | Rinci |              |                    |            |
    | date                             | hpl         | HPL   |              | ibu_hamil#hpl      |            |
    | calculate                        | milik       |       | ${id_keluarga} | ibu_hamil#keluarga |          |
    | end_group                        |             |       |              |                    |            |
    | end_repeat                       |             |       |              |                    |            |
    | end_group                        |             |       |              |                    |            |
    | begin_group                      | bayi        | Bayi  |              |                    |            |
    | text                             | nama_bayi   | Nama  |              | anak#nama          |            |
    | end_group                        |             |       |              |                    |            |
    | calculate                        | jumlah      |       | count(${ibu})  |                  | int        |
    # entities
    | list_name | label        | entity_id      | create_if | update_if |
    | keluarga  | ${no_kk}     | ${id_keluarga} | true()    | false()   |
    | ibu_hamil | ${nama}      |                |           |           |
    | anak      | ${nama_bayi} |                |           |           |
"""


def compiled(markdown: str, *, validate: bool = False) -> CompiledForm:
    return compile_form(workbook_bytes(markdown + SETTINGS), validate=validate)


def types(schema: FormSchema, table: int = 0) -> dict[str, str]:
    return {field.name: field.type for field in schema.tables[table].fields}


def test_form__says_what_it_is_and_carries_the_xform() -> None:
    form = compiled("# survey\n| type | name | label |\n| text | nama | Nama <ibu> & anak |")

    assert (form.form_id, form.version, form.title) == ("peta_sosial", "3", "Peta sosial")
    instance = next(etree.fromstring(form.xml).iter("{http://www.w3.org/2002/xforms}instance"))[0]
    assert (instance.get("id"), instance.get("version")) == ("peta_sosial", "3")
    assert b"Nama &lt;ibu&gt; &amp; anak" in form.xml
    assert form.warnings == ()
    assert form.schema == FormSchema.from_json(form.schema.to_json())


def test_form__may_speak_of_any_of_its_names() -> None:
    form = compiled(
        """
        # survey
        | type         | name    | label                                  |
        | end          | selesai |                                        |
        | begin_repeat | anak    | Anak                                   |
        | text         | nama    | Nama                                   |
        | end_repeat   | anak    |                                        |
        | note         | catatan | ${selesai} ${last-saved#nama} ${anak} |
        """
    )

    assert types(form.schema) == {"selesai": "datetime"}


def test_form__is_what_pyxform_makes_of_the_same_file() -> None:
    content = workbook_bytes(HOUSEHOLD + SETTINGS)

    assert compile_form(content).xml == convert(content).xform.encode()


def test_form__passes_odk_validate() -> None:
    assert compiled(HOUSEHOLD, validate=True).warnings == ()


def test_schema__has_a_table_for_the_form_and_one_for_each_repeat() -> None:
    schema = compiled(HOUSEHOLD).schema

    assert [(table.name, table.path) for table in schema.tables] == [("", ()), ("ibu", ("isi", "ibu"))]
    assert types(schema) == {
        "mulai": "datetime",
        "id_keluarga": "text",
        "no_kk": "text",
        "nama_bayi": "text",
        "jumlah": "integer",
        "audit": "binary",
    }
    assert schema.tables[1].fields == (
        Field("nama", ("nama",), "text", ("ibu_hamil", "nama")),
        Field("hpl", ("rinci", "hpl"), "date", ("ibu_hamil", "hpl")),
        Field("milik", ("rinci", "milik"), "text", ("ibu_hamil", "keluarga")),
    )
    assert [field.path for field in schema.main.fields if field.name in ("nama_bayi", "audit")] == [
        ("bayi", "nama_bayi"),
        ("meta", "audit"),
    ]


def test_schema__knows_the_lists_of_the_form_its_repeats_and_its_groups() -> None:
    schema = compiled(HOUSEHOLD).schema

    assert set(schema.entities) == {
        EntityDeclaration("keluarga", ()),
        EntityDeclaration("ibu_hamil", ("isi", "ibu")),
        EntityDeclaration("anak", ("bayi",)),
    }
    assert [(name, prop, field.name) for name, prop, field in schema.saved_properties()] == [
        ("keluarga", "no_kk", "no_kk"),
        ("anak", "nama", "nama_bayi"),
        ("ibu_hamil", "nama", "nama"),
        ("ibu_hamil", "hpl", "hpl"),
        ("ibu_hamil", "keluarga", "milik"),
    ]


def test_schema__single_list_needs_no_prefix_in_save_to() -> None:
    schema = compiled(
        """
        # survey
        | type                            | name  | label | save_to |
        | select_one_from_file anak.csv   | anak  | Anak  |         |
        | begin_group                     | tikar | Tikar |         |
        | text                            | warna | Warna | tikar   |
        | end_group                       |       |       |         |
        # entities
        | list_name | entity_id |
        | anak      | ${anak}   |
        """
    ).schema

    assert {entity.list for entity in schema.entities} == {"anak"}
    assert schema.main.fields[1].save_to == ("anak", "tikar")


def test_schema__types_follow_what_is_asked_and_what_a_calculation_is_said_to_be() -> None:
    schema = compiled(
        """
        # survey
        | type                | name     | label | calculation | bind::type |
        | text                | teks     | A     |             |            |
        | integer             | bulat    | A     |             |            |
        | decimal             | pecahan  | A     |             |            |
        | range               | geser    | A     |             |            |
        | date                | hari     | A     |             |            |
        | dateTime            | saat     | A     |             |            |
        | time                | jam      | A     |             |            |
        | geopoint            | titik    | A     |             |            |
        | geoshape            | batas    | A     |             |            |
        | select_one air      | satu     | A     |             |            |
        | select_multiple air | banyak   | A     |             |            |
        | rank air            | urutan   | A     |             |            |
        | file                | berkas   | A     |             |            |
        | acknowledge         | setuju   | A     |             |            |
        | barcode             | kode     | A     |             |            |
        | hidden              | sandi    |       |             |            |
        | calculate           | z        |       | 1 div 3     | decimal    |
        | calculate           | umur     |       | 7           | xsd:int    |
        | calculate           | besok    |       | today() + 1 | date       |
        | calculate           | kata     |       | 'a'         |            |
        | today               | sekarang |       |             |            |
        | deviceid            | telepon  |       |             |            |
        | username            | pengguna |       |             |            |
        # choices
        | list_name | name | label |
        | air       | 1    | Satu  |
        | air       | 2    | Dua   |
        """
    ).schema

    assert types(schema) == {
        "teks": "text",
        "bulat": "integer",
        "pecahan": "decimal",
        "geser": "integer",
        "hari": "date",
        "saat": "datetime",
        "jam": "time",
        "titik": "geo",
        "batas": "geo",
        "satu": "select_one",
        "banyak": "select_multiple",
        "urutan": "select_multiple",
        "berkas": "binary",
        "setuju": "text",
        "kode": "text",
        "sandi": "text",
        "z": "decimal",
        "umur": "integer",
        "besok": "date",
        "kata": "text",
        "sekarang": "date",
        "telepon": "text",
        "pengguna": "text",
    }


def test_schema__what_can_never_hold_a_value_is_no_field() -> None:
    schema = compiled(
        """
        # survey
        | type        | name       | label | calculation | read_only | default |
        | note        | salam      | Hai   |             |           |         |
        | note        | hasil      | Hasil | 1 + 1       |           |         |
        | text        | terkunci   | A     |             | yes       |         |
        | text        | terisi     | A     |             | yes       | ya      |
        | date        | hari_ini   | A     |             | yes       | today() |
        | begin_group | kosong     | A     |             |           |         |
        | note        | isi        | A     |             |           |         |
        | end_group   |            |       |             |           |         |
        """
    ).schema

    assert list(types(schema)) == ["hasil", "terisi", "hari_ini"]


def test_schema__names_that_stand_twice_are_led_by_their_groups() -> None:
    schema = compiled(
        """
        # survey
        | type         | name   | label |
        | begin_group  | ayah   | A     |
        | text         | nama   | A     |
        | integer      | umur   | A     |
        | end_group    |        |       |
        | begin_group  | ibu    | A     |
        | text         | nama   | A     |
        | end_group    |        |       |
        | begin_repeat | anak   | A     |
        | text         | nama   | A     |
        | end_repeat   |        |       |
        """
    ).schema

    assert list(types(schema)) == ["ayah_nama", "umur", "ibu_nama"]
    assert list(types(schema, 1)) == ["nama"]


def test_schema__reads_are_the_files_that_the_phone_needs() -> None:
    schema = compiled(
        """
        # survey
        | type                             | name  | label         | calculation                         | image     |
        | csv-external                     | tabel |               |                                     |           |
        | select_one_from_file ibu.csv     | ibu   | Ibu           |                                     | tikar.png |
        | select_one_from_file dusun.geojson | dusun | Dusun       |                                     |           |
        | calculate                        | hpl   |               | pulldata('bidan', 'a', 'b', ${ibu}) |           |
        | text                             | lagi  | ${last-saved#lagi} |                                |           |
        """
    ).schema

    assert schema.reads == ("bidan", "dusun.geojson", "ibu", "tabel", "tikar.png")


def test_warnings__are_told_in_both_languages_with_their_cell() -> None:
    form = compiled(
        """
        # survey
        | type         | name | label::Bahasa Indonesia (id) | label::English (en) | hint::English (en) |
        | begin_repeat | anak |                              |                     |                    |
        | image        | foto | Foto                         | Photo               | Hold it still      |
        | end_repeat   |      |                              |                     |                    |
        """
    )

    language, repeat, photo = form.warnings
    assert language.text("id").startswith("Ada kolom yang belum diterjemahkan")
    assert "Language 'Bahasa Indonesia (id)' is missing the survey hint column" in language.text("en")
    assert repeat.text("id") == "survey!A2: Pengulangan ini belum punya label. Isi labelnya."
    assert repeat.text("en") == "survey!A2: This repeat has no label yet. Write one."
    assert photo.text("id").startswith("survey!A3: Foto dikirim sebesar kameranya")
    assert "Tulis max-pixels=1024" in photo.text("id")


def test_authors_own_columns__do_not_reach_the_phone() -> None:
    form = compiled(
        """
        # survey
        | type         | name | label | _catatan       |
        | select_one l | a    | A     | ${bukan}       |
        # choices
        | list_name | name | label | _catatan kami |
        | l         | 1    | Satu  | rahasia       |
        """
    )

    assert b"rahasia" not in form.xml
    assert b"bukan" not in form.xml


def test_choices__further_columns_serve_the_filter() -> None:
    form = compiled(
        """
        # survey
        | type            | name  | label | choice_filter     |
        | text            | dusun | A     |                   |
        | select_one posy | tempat | A    | nama_dusun = ${dusun} |
        # choices
        | list_name | name | label | nama_dusun |
        | posy      | 1    | Satu  | Mawar      |
        """
    )

    assert b"<nama_dusun>Mawar</nama_dusun>" in form.xml


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_forms__compile_to_what_pyxform_makes_of_them(path: Path) -> None:
    assert compile_form(path.read_bytes()).xml == convert(path.read_bytes()).xform.encode()


def test_schema__a_repeat_in_a_repeat_has_a_table_of_its_own() -> None:
    schema = compiled(
        """
        # survey
        | type         | name     | label |
        | begin repeat | keluarga | K     |
        | text         | no_kk    | N     |
        | begin group  | isi      | I     |
        | begin lgroup | anak     | A     |
        | text         | nama     | N     |
        | begin repeat | ukuran   | U     |
        | decimal      | berat    | B     |
        | end repeat   |          |       |
        | end lgroup   |          |       |
        | end group    |          |       |
        | end repeat   |          |       |
        """
    ).schema

    assert {table.name: [field.name for field in table.fields] for table in schema.tables} == {
        "": [],
        "keluarga": ["no_kk"],
        "anak": ["nama"],
        "ukuran": ["berat"],
    }
    assert {inner: outer.name for inner, outer in schema.outer.items()} == {"anak": "keluarga", "ukuran": "anak"}


def test_schema__names_that_a_database_cannot_tell_apart_get_a_mark_of_their_place() -> None:
    schema = compiled(
        f"""
        # survey
        | type         | name        | label |
        | begin_group  | a           | A     |
        | text         | NIK         | N     |
        | text         | {"x" * 80}  | N     |
        | end_group    |             |       |
        | text         | a_nik       | N     |
        | text         | nik         | N     |
        | text         | nama.ibu    | N     |
        | text         | nama_ibu    | N     |
        | begin_repeat | anak        | A     |
        | text         | a           | N     |
        | end_repeat   |             |       |
        | begin_group  | g           | G     |
        | begin_repeat | Anak        | A     |
        | text         | b           | N     |
        | end_repeat   |             |       |
        | end_group    |             |       |
        """
    ).schema

    names = [field.name for field in schema.main.fields]
    assert names[:2] == ["a_NIK", f"{'x' * 54}_{names[1][-8:]}"]
    assert names[2:4] == [f"a_nik_{names[2][-8:]}", "nik"]
    assert names[4:] == ["nama_ibu", f"nama_ibu_{names[5][-8:]}"]
    assert [table.name for table in schema.tables] == ["", "anak", f"Anak_{schema.tables[2].name[-8:]}"]
    assert len({name.casefold() for name in names}) == len(names)


def test_schema__a_mark_does_not_change_with_what_stands_beside_it() -> None:
    long = f"# survey\n| type | name | label |\n| text | {'x' * 80} | N |"

    (alone,) = compiled(long).schema.main.fields

    assert alone in compiled(long + "\n| text | lain | L |").schema.main.fields

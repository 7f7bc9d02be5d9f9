"""What a form reads of tables beside it is known by cell, and columns that a table lacks are told."""

import pytest

from forms.xlsform.compiler import CompiledForm, compile_form
from forms.xlsform.lookups import check_columns, check_table, header_of
from tests.support.mistakes import SETTINGS
from tests.support.tables import workbook_bytes

# Each: the row of the survey, and what it reads: (table, column, cell).
READ = {
    "choices in a file": (
        "| select_one_from_file desa.csv | d | D | | |",
        [("desa", "name", "survey!A2"), ("desa", "label", "survey!A2")],
    ),
    "choices in a file under other names": (
        "| select_multiple_from_file desa.csv | d | D | | value=kode, label=nama |",
        [("desa", "kode", "survey!A2"), ("desa", "nama", "survey!A2")],
    ),
    "filter": (
        "| select_one_from_file desa.csv | d | D | kecamatan = ${k} and selected('a b', jenis) or ./luas > 3.5 | |",
        [
            *(("desa", "name", "survey!A2"), ("desa", "label", "survey!A2")),
            *(("desa", column, "survey!D2") for column in ("kecamatan", "jenis", "luas")),
        ],
    ),
    "filter by another table": (
        "| select_one_from_file desa.csv | d | D | x = instance('kec')/root/item[kode = ${k}]/nama | |",
        [
            *(("desa", "name", "survey!A2"), ("desa", "label", "survey!A2")),
            *(("kec", "kode", "survey!D2"), ("kec", "nama", "survey!D2")),
        ],
    ),
}


def read(form: CompiledForm) -> list[tuple[str, str, str]]:
    return [(place.table, column, place.where) for place in form.look_ups for column in place.columns]


def compiled(survey: str, choices: str = "") -> CompiledForm:
    return compile_form(workbook_bytes(f"# survey\n{survey}\n{choices}{SETTINGS}"))


@pytest.mark.parametrize(("row", "columns"), READ.values(), ids=READ)
def test_columns__of_choices_are_known_by_cell(row: str, columns: list[tuple[str, str, str]]) -> None:
    further = "\n| text | k | K |\n| csv-external | kec | |"

    assert read(compiled(f"| type | name | label | choice_filter | parameters |\n{row}{further}")) == columns


@pytest.mark.parametrize("column", ["calculation", "default", "relevant", "constraint", "required", "bind:readonly"])
def test_columns__of_pulldata_and_instances_are_known_wherever_they_stand(column: str) -> None:
    expression = """concat(pulldata('harga', "beras", 'kode', ${k}), instance('kec')/root/item[kode = '1']/nama)"""
    form = compiled(
        f"| type | name | label | {column} |\n| text | k | K |\n| csv-external | kec |\n| text | a | A | {expression} |"
    )

    assert [(table, name) for table, name, _ in read(form)] == [
        *(("harga", "beras"), ("harga", "kode")),
        *(("kec", "kode"), ("kec", "nama")),
    ]
    assert {where for _, _, where in read(form)} == {"survey!D4"}
    assert {"harga", "kec"} <= set(form.schema.reads)


def test_columns__of_search_stand_in_the_appearance_and_among_the_choices() -> None:
    form = compiled(
        "| type | name | label | appearance |\n"
        "| select_one desa | d | D | minimal search('tabel', 'matches', 'kec', '1', 'jenis', 'desa') |",
        "# choices\n| list_name | name | label::A (id) |\n| desa | kode | nama, luas |\n| desa | 0 | Lain |",
    )

    assert read(form) == [
        *(("tabel", "kec", "survey!D2"), ("tabel", "jenis", "survey!D2")),
        *(("tabel", "kode", "choices!B2"), ("tabel", "nama", "choices!C2"), ("tabel", "luas", "choices!C2")),
    ]
    assert form.schema.reads == ("tabel",)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (b"name,label,luas\n1,Satu,2\n", []),
        (b'\xef\xbb\xbf"name";label\n1;Satu\n', []),
        (b"name,nama\n", ["survey!A2: Tabel yang dibaca di sini tidak punya kolom “label”."]),
        (b"nama,label\n", ["survey!A2: Tabel yang dibaca di sini tidak punya kolom “name”. Maksudnya “nama”?"]),
        (b"name, label \n", ["survey!A2: Di baris pertama desa.csv ada spasi di sekitar nama kolom “label”"]),
        (b"", ["“name”", "“label”"]),
    ],
    ids=["all", "semicolons", "missing", "misspelled", "padded", "empty file"],
)
def test_column_that_a_table_lacks__is_told_with_the_cell_that_reads_it(table: bytes, told: list[str]) -> None:
    form = compiled("| type | name | label |\n| select_one_from_file desa.csv | d | D |")

    findings = list(check_columns(form.look_ups, {"desa": header_of(table)}))

    assert len(findings) == len(told)
    assert [words for finding, words in zip(findings, told, strict=True) if words not in finding.text("id")] == []


def test_table_that_nobody_knows__is_left_alone() -> None:
    form = compiled("| type | name | label |\n| select_one_from_file desa.csv | d | D |")

    assert list(check_columns(form.look_ups, {"kecamatan": []})) == []


def test_external_choices__become_the_file_that_collect_reads() -> None:
    form = compiled(
        "| type | name | label | choice_filter |\n| text | k | K |\n| select_one_external desa | d | D | kec=${k} |",
        "# external_choices\n| list name | name | label | kec |\n| desa | 1 | | 3 |\n| desa | 2 | Dua, tiga | 4 |",
    )

    assert form.files == {
        "itemsets.csv": b'"list_name","name","label","kec"\r\n"desa","1","","3"\r\n"desa","2","Dua, tiga","4"\r\n'
    }
    assert form.schema.reads == ("itemsets",)


@pytest.mark.parametrize(
    ("table", "content", "told"),
    [
        ("desa.csv", b"name,label\n1,Satu\n", []),
        ("desa.csv", b"name,label,x,x\n1,Satu,2,3\n", ["dua kolom bernama “x”"]),
        ("desa.csv", b"name,label,,\n1,Satu,,\n", ["dua kolom bernama “”"]),
        ("desa.csv", b"name,label,\n1,Satu,\n", []),
        ("desa.csv", b"", ["desa.csv tidak dapat dibaca ODK Collect (0 byte)"]),
        ("desa.csv", b'name,label\n1,"Satu\n', ["desa.csv tidak dapat dibaca ODK Collect (unexpected end of data)"]),
        ("desa.xml", b"<root><item/></root>", []),
        ("desa.xml", b"<root><item></root>", ["desa.xml tidak dapat dibaca ODK Collect"]),
        ("desa.geojson", b'{"type": "FeatureCollection", "features": []}', []),
        ("desa.geojson", b'{"type": "FeatureCollection"}', ["desa.geojson tidak dapat dibaca ODK Collect"]),
        ("peta.png", b"", []),
    ],
)
def test_table_that_collect_cannot_read__is_told(table: str, content: bytes, told: list[str]) -> None:
    findings = [finding.text("id") for finding in check_table(table, content, "survey!A2")]

    assert len(findings) == len(told)
    assert all(text.startswith("survey!A2: ") for text in findings)
    assert [words for text, words in zip(findings, told, strict=True) if words not in text] == []

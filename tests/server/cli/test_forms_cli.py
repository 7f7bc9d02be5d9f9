"""`kpm forms check` asks what `publish` asks, and both tell what should be known."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli.main import main
from tests.support.station import prepared
from tests.support.tables import workbook_bytes

SETTINGS = "# settings\n| form_title | form_id | version |\n| Timbang | timbang | 1 |"


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/uji.db"
    prepared(url)
    return url


def kpm(database: str, command: str, folder: Path, survey: str, language: str = "id") -> Result:
    """The command upon a form with that survey, which lies in the folder."""
    path = folder / "timbang.xlsx"
    path.write_bytes(workbook_bytes(f"# survey\n{survey}\n{SETTINGS}"))
    return CliRunner().invoke(main, ["--database", database, "forms", command, str(path)], env={"LOCALE": language})


# Each: the survey, the file harga.csv beside it, and what is told of the cell.
REFUSED = {
    "pulldata without its file": (
        "| type | name | calculation |\n| calculate | a | pulldata('harga', 'rupiah', 'kode', '1') |",
        None,
        "survey!C2: formulir ini memerlukan harga.csv",
    ),
    "pulldata in a default without its file": (
        "| type | name | label | default |\n| text | a | A | pulldata('harga', 'rupiah', 'kode', '1') |",
        None,
        "survey!D2: formulir ini memerlukan harga.csv",
    ),
    "pulldata that names its file with the ending": (
        "| type | name | calculation |\n| calculate | a | pulldata('harga.csv', 'rupiah', 'kode', '1') |",
        None,
        "survey!C2: formulir ini memerlukan harga.csv",
    ),
    "xml-external without its file": (
        "| type | name | label |\n| text | a | A |\n| xml-external | harga | |",
        None,
        "survey!B3: formulir ini memerlukan harga.xml",
    ),
    "search without its file": (
        "| type | name | label | appearance |\n| select_one a | a | A | search('harga') |\n"
        "# choices\n| list_name | name | label |\n| a | kode | nama |",
        None,
        "survey!D2: formulir ini memerlukan harga.csv",
    ),
    "file without the column": (
        "| type | name | calculation |\n| calculate | a | pulldata('harga', 'rupiah', 'kode', '1') |",
        "kode,harga\n1,2\n",
        "survey!C2: Tabel yang dibaca di sini tidak punya kolom “rupiah”",
    ),
    "file with spaces around the column": (
        "| type | name | label |\n| select_one_from_file harga.csv | a | A |",
        "name, label\n1,2\n",
        "survey!A2: Di baris pertama harga.csv ada spasi di sekitar nama kolom “label”",
    ),
}


@pytest.mark.parametrize("command", ["check", "publish"])
@pytest.mark.parametrize(("survey", "table", "told"), REFUSED.values(), ids=REFUSED)
def test_what_publishing_refuses__check_refuses_with_the_cell(
    database: str, tmp_path: Path, command: str, survey: str, table: str | None, told: str
) -> None:
    if table is not None:
        (tmp_path / "harga.csv").write_text(table)

    done = kpm(database, command, tmp_path, survey)

    assert done.exit_code == 1
    assert done.output.count(told) == 1


def test_other_content_under_a_published_version__is_refused_by_check_too(database: str, tmp_path: Path) -> None:
    first, other = ("| type | name | label |\n| text | a | A |", "| type | name | label |\n| text | b | B |")
    assert kpm(database, "check", tmp_path, first).exit_code == 0
    assert kpm(database, "publish", tmp_path, first).exit_code == 0
    assert kpm(database, "check", tmp_path, first).exit_code == 0

    done = kpm(database, "check", tmp_path, other)

    assert done.exit_code == 1
    assert "settings!C2: Formulir timbang versi 1 sudah terbit dengan isi lain" in done.output


def test_check__publishes_nothing(database: str, tmp_path: Path) -> None:
    survey = "| type | name | label |\n| text | a | A |"

    assert kpm(database, "check", tmp_path, survey).exit_code == 0

    assert "timbang" not in CliRunner().invoke(main, ["--database", database, "forms", "list"]).output


@pytest.mark.parametrize("command", ["check", "publish"])
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("id", ["Tulis max-pixels=1024", "! survey!D1: Kolom “relevnt” tidak dikenal"]),
        ("en", ["Write max-pixels=1024", "! survey!D1: The column “relevnt” is unknown"]),
    ],
)
def test_remarks__are_shown_and_stop_nothing(
    database: str, tmp_path: Path, command: str, language: str, told: list[str]
) -> None:
    survey = "| type | name | label | relevnt |\n| image | a | A | 1 |\n| select_one x | b | B | |"
    choices = "\n# choices\n| list_name | name | label |\n| x | 1 | Satu |\n| x | 2 | |"

    done = kpm(database, command, tmp_path, survey + choices, language)

    assert done.exit_code == 0, done.output
    assert [words for words in told if words not in done.output] == []
    assert "Selection choice label text and image uri are both missing" in done.output, "as ODK Validate remarks"


def test_picture_that_is_not_there__is_told_and_stops_nothing(database: str, tmp_path: Path) -> None:
    survey = "| type | name | label | image |\n| text | a | A | tikar.png |"

    told = [kpm(database, command, tmp_path, survey).output for command in ("check", "publish")]
    (tmp_path / "tikar.png").write_bytes(b"PNG")
    mended = kpm(database, "publish", tmp_path, survey)

    assert ["! survey!D2: tikar.png tidak ada di samping formulir" in output for output in told] == [True, True]
    assert (mended.exit_code, "tikar.png" in mended.output.partition("!")[2]) == (0, False)

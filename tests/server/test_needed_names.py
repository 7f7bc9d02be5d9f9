"""Names that are needed: a version without them is refused where it is checked, and where it is published."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from forms.problems import ProblemError
from forms.xlsform.compiler import compile_form
from server.cli.main import main
from server.database.engine import reading, writing
from server.publications import form_versions, shipped
from server.publications.plans import in_folders, plan_form
from tests.support.counting import workbook
from tests.support.databases import Databases
from tests.support.small_forms import DAFTAR
from tests.support.station import Station
from tests.support.tables import workbook_bytes

# What is refused does not depend on the database.
pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def kpm(station: Station, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--database", station.url, *words])
    return done.exit_code, done.output


def refusal(station: Station, form: str) -> str:
    with pytest.raises(ProblemError) as refused:
        station.publish(form)
    return refused.value.text("en")


def renamed(folder: Path, form_id: str, **names: str) -> str:
    """The shipped form as a later version in which these names are others wherever they stand."""
    book = openpyxl.load_workbook(shipped.WORKBOOKS / f"{form_id}.xlsx")
    words = re.compile(rf"(?<![\w-])({'|'.join(names)})(?![\w-])")
    for name in ("survey", "choices", "entities", "settings"):
        for row in book[name].iter_rows(min_row=2):
            for cell in row:
                label = "label" in str(book[name].cell(1, cell.column).value)
                if isinstance(cell.value, str) and not label:
                    cell.value = words.sub(lambda match: names[match[0]], cell.value)
    (version_cell,) = (cell for cell in book["settings"][1] if cell.value == "version")
    book["settings"].cell(2, version_cell.column).value = "2027010101"
    file = folder / f"{form_id}.xlsx"
    book.save(file)
    return str(file)


def test_a_renamed_question_is_refused_by_check_and_publish_with_all_that_need_it(
    as_shipped: Station, tmp_path: Path
) -> None:
    file = renamed(tmp_path, "kunjungan_rumah", timbang="ditimbang")
    before = as_shipped.rows("form_versions")

    checked, published = (kpm(as_shipped, "forms", word, file) for word in ("check", "publish"))

    assert checked == published
    assert checked[0] == 1
    (said,) = checked[1].splitlines()
    assert re.match(r"Error: survey!B\d+: Pertanyaan “timbang” ada di versi \d+ yang berlaku dan tidak ada lagi", said)
    assert "tanda pertumbuhan di daftar tugas, indikator a2 (indikator!I11). Kembalikan namanya" in said
    assert as_shipped.rows("form_versions") == before


@pytest.mark.parametrize(
    ("form_id", "old", "said"),
    [
        ("ukur_tinggi", "tikar", "tabel 2 kartu desa"),
        ("ukur_tinggi", "nakes", "indikator a3"),
        ("peta_sosial", "tanggal_lahir", "register dan halaman orang"),
        ("peta_sosial", "kek_risti", "indikator ih5"),
        ("fasilitas", "imunisasi", "Formulir 1"),
        ("pantau_paud", "ikut_paud", "indikator p1"),
        ("rembuk_stunting", "dana_desa", "tabel 5 kartu desa"),
        ("rembuk_stunting", "anggaran_total", "tabel 5 kartu desa"),
        ("rapat_triwulan", "triwulan", "kinerja KPM"),
    ],
)
def test_whatever_is_needed_of_the_shipped_forms_is_refused(
    as_shipped: Station, tmp_path: Path, form_id: str, old: str, said: str
) -> None:
    file = Path(renamed(tmp_path, form_id, **{old: f"{old}_baru"}))
    with pytest.raises(ProblemError) as refused, reading(as_shipped.engine) as connection:
        plan_form(connection, file.read_bytes(), in_folders([shipped.MEDIA]), validate=False)
    assert f"“{old}”" in refused.value.text("id")
    assert said in refused.value.text("id")


def test_names_that_nothing_needs_may_change(as_shipped: Station, tmp_path: Path) -> None:
    file = renamed(tmp_path, "kunjungan_rumah", daftar_kurang="kekurangan", lewati_perlu="lewati")
    assert kpm(as_shipped, "forms", "check", file)[0] == 0


def test_the_rules_in_force_may_need_more_than_the_shipped_ones(as_shipped: Station, tmp_path: Path) -> None:
    rules = tmp_path / "aturan.xlsx"
    rules.write_bytes(workbook(a2={"diterima_jika": "${timbang} = 'ya' and ${dipantau} = 'ya'"}))
    assert kpm(as_shipped, "indicators", "publish", str(rules))[0] == 0

    code, said = kpm(as_shipped, "forms", "check", renamed(tmp_path, "kunjungan_rumah", dipantau="diikuti"))

    assert code == 1
    assert "Pertanyaan “dipantau”" in said
    assert "indikator a2 (indikator!I11)" in said


def test_rules_are_held_against_the_versions_that_are_live(as_shipped: Station, tmp_path: Path) -> None:
    """As a server of before may have let pass: its live version has the question under another name."""
    content = Path(renamed(tmp_path, "kunjungan_rumah", timbang="ditimbang")).read_bytes()
    form = compile_form(content)
    with writing(as_shipped.engine) as connection:
        form_versions.publish(connection, form.schema, form.xml, content, as_shipped.clock())

    code, said = kpm(as_shipped, "indicators", "check", str(shipped.INDICATORS))

    assert code == 1
    assert "indikator!I11: ${timbang}, yang dipakai indikator a2, hanya ada di versi formulir yang lama" in said


def test_a_list_that_another_form_reads_stays(station: Station) -> None:
    reader = "\n".join(
        (
            "# survey\n| type | name | label | choice_filter |",
            "| select_one_from_file anak.csv | anak | Anak | status_gizi = 'buruk' |",
            "# settings\n| form_title | form_id | version |\n| Pilih | pilih | 1 |",
        )
    )
    station.publish(DAFTAR)
    station.publish(reader)
    later = DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 ")

    assert "needed by the register and the page of a person, the form pilih" in refusal(
        station, later.replace("| anak      |", "| balita    |")
    )
    assert "survey!D7: Version 1, which is live, saves “status_gizi”" in refusal(
        station, later.replace("| status_gizi   |", "| gizi          |")
    )


def test_without_a_database_a_form_is_checked_by_itself__and_none_is_made(tmp_path: Path, databases: Databases) -> None:
    file = tmp_path / "daftar.xlsx"
    file.write_bytes(workbook_bytes(DAFTAR))
    done = CliRunner().invoke(main, ["--database", f"sqlite:///{tmp_path}/tidak/ada.db", "forms", "check", str(file)])
    assert done.exit_code == 0
    assert "No database: not held against the forms and rules that are published." in done.stderr
    assert done.stdout == "daftar 1: baik / good, 5 isian / fields\n"
    assert not (tmp_path / "tidak").exists()

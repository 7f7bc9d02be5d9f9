"""Names that are needed: a version without them is refused where it is checked, and where it is published."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from forms.problems import ProblemError
from forms.review.told import tell
from forms.xlsform.compiler import compile_form
from server.cli.main import main
from server.database.engine import reading, writing
from server.publications import form_versions, shipped
from server.publications.plans import check_form, plan_form
from server.publications.shipped import in_folders
from tests.support.counting import workbook
from tests.support.databases import Databases
from tests.support.edited import Edited
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


def renamed(folder: Path, form_id: str, version: str = "2027010101", **names: str) -> str:
    """The shipped form as a later version in which these names are others wherever they stand."""
    book = openpyxl.load_workbook(shipped.WORKBOOKS / f"{form_id}.xlsx")
    words = re.compile(rf"(?<![\w-])({'|'.join(names) or '$.'})(?![\w-])")
    for name in ("survey", "choices", "entities", "settings"):
        for row in book[name].iter_rows(min_row=2):
            for cell in row:
                label = "label" in str(book[name].cell(1, cell.column).value)
                if isinstance(cell.value, str) and not label:
                    cell.value = words.sub(lambda match: names[match[0]], cell.value)
    (version_cell,) = (cell for cell in book["settings"][1] if cell.value == "version")
    book["settings"].cell(2, version_cell.column).value = version
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


def test_references_to_a_needed_name_that_is_gone_are_no_mistakes_of_their_own(
    as_shipped: Station, tmp_path: Path
) -> None:
    book = Edited((shipped.WORKBOOKS / "kunjungan_rumah.xlsx").read_bytes())
    book.version("2027010101")
    place = book.write("konseling_ayah", "name", "ayah_ikut")
    file = tmp_path / "kunjungan.xlsx"
    file.write_bytes(book.content)

    said = kpm(as_shipped, "forms", "check", str(file))[1].splitlines()

    assert [line.split(": ")[1] for line in said] == [f"survey!{place}"]


def visits() -> Edited:
    """The shipped form of visits, to be edited to a later version."""
    book = Edited((shipped.WORKBOOKS / "kunjungan_rumah.xlsx").read_bytes())
    book.version("2027010101")
    return book


def told(station: Station, book: Edited) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The mistakes and the remarks that the page shows."""
    with reading(station.engine) as connection:
        checked = check_form(connection, book.content, in_folders([shipped.MEDIA]), validate=False)
    rows = tell(book.content, checked.findings, checked.remarks)
    return [one for one in rows if one["light"] == "red"], [one for one in rows if one["light"] == "yellow"]


def test_a_deleted_question__is_told_with_its_row__not_at_one_that_was_added_elsewhere(as_shipped: Station) -> None:
    book = visits()
    row = book.cell("konseling_ayah", "name").row
    book.remove("konseling_ayah")
    book.add("tanggal", type="text", name="lauk_hewani", label="Lauk hewani?")

    (mistake,), remarks = told(as_shipped, book)

    assert (mistake["sheet"], mistake["cell"], mistake["write"]) == ("survey", "", "")
    assert f"berlaku, baris {row} lembar survey, dan tidak ada lagi di sini" in mistake["wrong"]["id"]
    assert f"which is live, in row {row} of the sheet survey, and no longer here" in mistake["wrong"]["en"]
    assert re.search(r"oleh indikator a4 \(indikator!I13, indikator!L13\)\.", mistake["wrong"]["id"])
    assert not [one for one in remarks if "konseling_ayah" in one["wrong"]["id"]]


def test_a_deleted_question_that_was_saved__is_told_with_its_row_and_the_list(as_shipped: Station) -> None:
    book = visits()
    row = book.cell("no_kia_bayi", "name").row
    book.remove("no_kia_bayi")
    book.add("tanggal", type="text", name="catatan_baru", label="Catatan")

    (mistake,), _ = told(as_shipped, book)

    assert (mistake["sheet"], mistake["cell"], mistake["write"]) == ("survey", "", "")
    assert f"dari pertanyaan “no_kia_bayi”, baris {row} lembar survey" in mistake["wrong"]["id"]
    assert "dengan anak#no_kia di kolom save_to" in mistake["remedy"]["id"]
    assert "with anak#no_kia in the column save_to" in mistake["remedy"]["en"]


def test_a_property_that_is_saved_no_longer__is_told_with_its_list(as_shipped: Station) -> None:
    book = visits()
    place = book.write("no_kia_bayi", "save_to", "")

    (mistake,), _ = told(as_shipped, book)

    assert (mistake["cell"], mistake["write"]) == (place, "anak#no_kia")


def test_a_column_that_is_misspelled_and_was_read_before__is_a_mistake(as_shipped: Station) -> None:
    book = visits()
    (header,) = (cell for cell in book.sheet("survey")[1] if cell.value == "relevant")
    header.value = "relevan"

    (mistake,), remarks = told(as_shipped, book)

    assert (mistake["cell"], mistake["content"], mistake["write"]) == (header.coordinate, "relevan", "relevant")
    assert "“relevan” tidak dikenal, jadi isinya akan diabaikan" in mistake["wrong"]["id"]
    assert "“relevan” is unknown, so what it holds would be ignored" in mistake["wrong"]["en"]
    assert not [one for one in remarks if one["cell"] == header.coordinate]


def test_a_needed_name_that_is_wrong_now__is_told_once_with_the_name_to_write(as_shipped: Station) -> None:
    book = visits()
    places = [
        book.write("jamban", "name", "jamban layak"),
        book.write("buruk", "name", "", sheet="choices"),
    ]

    mistakes, _ = told(as_shipped, book)

    assert sorted((one["cell"], one["write"]) for one in mistakes if one["cell"] in places) == sorted(
        zip(places, ("jamban", "buruk"), strict=True)
    )


def test_a_column_of_ones_own__is_no_mistake(as_shipped: Station) -> None:
    book = visits()
    survey = book.sheet("survey")
    survey.cell(1, survey.max_column + 1).value = "relevansi"

    assert told(as_shipped, book)[0] == []


def test_a_renamed_choice__is_told_once_and_nothing_advises_the_contrary(as_shipped: Station) -> None:
    book = visits()
    place = book.write("buruk", "name", "buruk2", sheet="choices")

    (mistake,), remarks = told(as_shipped, book)

    assert (mistake["sheet"], mistake["cell"], mistake["write"]) == ("choices", place, "buruk")
    assert not [one for one in remarks if "buruk" in one["write"] + one["wrong"]["id"]]


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


def publish_unchecked(station: Station, file: str) -> None:
    """As a server did that did not look for names that are needed."""
    workbook = Path(file).read_bytes()
    with writing(station.engine) as connection:
        form = compile_form(workbook, validate=False)
        form_versions.publish(connection, form.schema, form.xml, workbook, station.clock())


def test_what_an_earlier_version_had_lost_already_is_told_with_all_that_need_it(
    as_shipped: Station, tmp_path: Path
) -> None:
    publish_unchecked(as_shipped, renamed(tmp_path, "kunjungan_rumah", timbang="ditimbang"))
    same = shipped.WORKBOOKS / "kunjungan_rumah.xlsx"
    (asked,) = {form.version for form in [compile_form(same.read_bytes(), validate=False)]}
    later = renamed(tmp_path, "kunjungan_rumah", timbang="ditimbang", version="2027020202")

    checked, published = (kpm(as_shipped, "forms", word, later) for word in ("check", "publish"))

    for code, said in (checked, published):
        assert code == 0, said
        assert f"“timbang” ada di versi {asked} formulir ini dan tidak ada lagi seperti itu sejak sesudahnya" in said
        assert (
            "tanda pertumbuhan di daftar tugas, indikator a2 (indikator!I11): jawaban yang baru tidak terbaca" in said
        )
    assert "tidak ada lagi" in kpm(as_shipped, "forms", "check", later)[1]  # of what is live, too
    mended = renamed(tmp_path, "kunjungan_rumah", version="2027030303")
    assert "tidak ada lagi" not in kpm(as_shipped, "forms", "check", mended)[1]
    code, said = kpm(as_shipped, "indicators", "check", str(shipped.INDICATORS))
    assert (code, "${timbang}, yang dipakai indikator a2, hanya ada di versi formulir yang lama" in said) == (1, True)


def test_a_name_that_no_version_ever_had_is_told_where_the_form_is_read_by_its_own_name(
    published: Station, tmp_path: Path
) -> None:
    file = renamed(tmp_path, "rapat_triwulan", triwulan="kuartal")
    code, said = kpm(published, "forms", "check", file)
    assert code == 0, said
    assert (
        "! survey: “triwulan” tidak ada di formulir ini, di versi mana pun, padahal diperlukan oleh kinerja KPM."
        in said
    )


def test_the_shipped_forms_lack_nothing(as_shipped: Station) -> None:
    for path in shipped.FORMS:
        code, said = kpm(as_shipped, "forms", "check", str(path))
        assert (code, "diperlukan oleh" in said) == (0, False), said


def test_a_name_that_only_a_page_shows_is_told_and_not_refused(as_shipped: Station, tmp_path: Path) -> None:
    code, said = kpm(as_shipped, "forms", "check", renamed(tmp_path, "kunjungan_rumah", mulai="dimulai"))
    assert (code, "Pertanyaan “mulai”" in said) == (0, False), said
    assert "diperlukan oleh halaman sebuah kiriman: jawaban yang baru tidak terbaca di sana" in said


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

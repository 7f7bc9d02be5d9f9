"""Publishing: what is published last is what phones get, in a version of its own, with files of its own."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from forms.problems import ProblemError
from forms.versions.numbers import highest, next_after, order_of
from server.cli.main import main
from tests.support.small_forms import DAFTAR, daftar, new_id
from tests.support.station import Station
from tests.support.tables import workbook_bytes

QUESTION = "| integer      | jumlah        | Berapa anak   |               |"
KODE = """
# survey
| type                           | name | label |
| select_one_from_file kode.csv  | kode | Kode  |
# settings
| form_title | form_id | version |
| Kode       | {form}  | 1       |
"""


def version(number: str, question: str = "Berapa anak") -> str:
    """The form `daftar` in that version, with its question in these words."""
    assert QUESTION in DAFTAR
    return DAFTAR.replace("| daftar  | 1 ", f"| daftar  | {number} ").replace("Berapa anak", question)


OLD, NEW = version("1"), version("2", "Ada berapa anak")


def documents(content: bytes) -> list[dict[str, str]]:
    """The items of a form list or manifest: texts by name."""
    root: Any = etree.fromstring(content)
    return [{etree.QName(part).localname: part.text for part in item} for item in root]


def live(station: Station, form_id: str = "daftar") -> dict[str, str]:
    (found,) = [form for form in documents(station.get("formList").data) if form["formID"] == form_id]
    return found


def question_on_phones(station: Station) -> str:
    form: Any = etree.fromstring(station.fetch(live(station)["downloadUrl"]).data)
    return str(form.xpath("string(//*[@ref='/data/jumlah']/*[local-name()='label'])"))


def refusal(station: Station, form: str, media: Path = Path("/nowhere")) -> str:
    before = station.get("formList").data, station.rows("form_versions"), station.rows("form_media")
    with pytest.raises(ProblemError) as refused:
        station.publish(form, media)
    assert (station.get("formList").data, station.rows("form_versions"), station.rows("form_media")) == before
    return refused.value.text("en")


# Versions


def test_the_older_workbook_published_again_is_what_phones_get__in_a_new_version(station: Station) -> None:
    station.publish(OLD)
    station.publish(NEW)
    assert (live(station)["version"], question_on_phones(station)) == ("2", "Ada berapa anak")

    planned = station.publish(OLD)

    assert (planned.new, planned.again, planned.form.version) == (True, "1", "3")
    assert (live(station)["version"], question_on_phones(station)) == ("3", "Berapa anak")
    hashes = [row["xml_md5"] for row in station.rows("form_versions")]
    assert len(set(hashes)) == 3
    assert live(station)["hash"] == f"md5:{hashes[2]}"


def test_every_version_is_answered_in_one_table(station: Station) -> None:
    for form in (OLD, NEW, OLD):
        station.publish(form)

    for number in ("1", "2", "3"):
        station.send(daftar(new_id(), instance=f"uuid:{number}", version=number))

    assert [(row["instance_id"], row["jumlah"]) for row in station.rows("answers_daftar")] == [
        ("uuid:1", 1),
        ("uuid:2", 1),
        ("uuid:3", 1),
    ]
    assert {row["state"] for row in station.rows("submissions")} == {"accepted"}


def test_what_is_live_already_is_not_published_again(station: Station) -> None:
    for form in (OLD, NEW, OLD):
        station.publish(form)

    again = station.publish(OLD)

    assert (again.new, again.again, again.form.version) == (False, None, "3")
    assert len(station.rows("form_versions")) == 3


def test_back_and_forth_makes_a_version_each_time(station: Station) -> None:
    for form in (OLD, NEW, OLD, NEW):
        station.publish(form)

    assert (live(station)["version"], question_on_phones(station)) == ("4", "Ada berapa anak")


def test_a_lower_version_is_refused_with_the_one_to_write(station: Station) -> None:
    station.publish(version("1.10"))

    assert refusal(station, version("1.9", "Ada berapa anak")) == (
        "settings!C2: Form daftar version 1.9 is not higher than version 1.10, which is published. Raise `version` on "
        "the sheet settings to 1.11 or more and publish again."
    )


def test_other_content_under_an_older_version_is_refused_with_the_one_to_write(station: Station) -> None:
    station.publish(OLD)
    station.publish(NEW)

    assert refusal(station, version("1", "Jumlah anak")) == (
        "settings!C2: Form daftar version 1 is already published with other content. Raise `version` on the sheet "
        "settings to 3 or more and publish again."
    )


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("9", "10"), ("1.9", "1.10"), ("2026112302", "2026112303"), ("1", "1.1"), ("v2", "v10"), ("1.0a", "1.0b")],
)
def test_figures_of_a_version_count_as_numbers(lower: str, higher: str) -> None:
    assert order_of(lower) < order_of(higher)
    assert highest([higher, lower]) == highest([lower, higher]) == higher


@pytest.mark.parametrize(
    ("before", "after"),
    [("1", "2"), ("2026112309", "2026112310"), ("1.9", "1.10"), ("v007", "v008"), ("1.0b", "1.1b"), ("awal", "awal2")],
)
def test_the_next_version_counts_the_last_figures_on(before: str, after: str) -> None:
    assert next_after(before) == after
    assert order_of(after) > order_of(before)


# Look-up files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def codes(folder: Path, *names: str) -> Path:
    """A folder with a file `kode.csv` that has these codes."""
    (folder / "kode.csv").write_text("name,label\n" + "".join(f"{name},{name.title()}\n" for name in names))
    return folder


def form(form_id: str, number: str = "1", title: str = "Kode") -> str:
    return KODE.format(form=form_id).replace("| 1       |", f"| {number} |").replace("| Kode  |", f"| {title} |")


def on_phones(station: Station, form_id: str, number: str = "1") -> list[str]:
    """The codes that phones have with this version, by the address that its manifest gives."""
    (file,) = documents(station.get(f"forms/{form_id}/{number}/manifest").data)
    assert file["filename"] == "kode.csv"
    return [row["name"] for row in csv.DictReader(io.StringIO(station.fetch(file["downloadUrl"]).text))]


def manifest_hash(station: Station, form_id: str) -> str:
    (file,) = documents(station.get(f"forms/{form_id}/1/manifest").data)
    return file["hash"]


def test_files_of_one_name_of_two_forms_stay_two(station: Station, folder: Path) -> None:
    station.publish(form("satu"), codes(folder, "a"))
    station.publish(form("dua"), codes(folder, "b"))

    assert (on_phones(station, "satu"), on_phones(station, "dua")) == (["a"], ["b"])


def test_a_form_does_not_take_the_file_of_another_one(station: Station, folder: Path) -> None:
    station.publish(form("satu"), codes(folder, "a"))

    assert "this form needs kode.csv" in refusal(station, form("dua"))


def test_an_old_version_keeps_its_file(station: Station, folder: Path) -> None:
    station.publish(form("satu"), codes(folder, "a"))
    planned = station.publish(form("satu", "2"), codes(folder, "b"))

    assert planned.changed_files == ("kode.csv",)
    assert (on_phones(station, "satu", "1"), on_phones(station, "satu", "2")) == (["a"], ["b"])


def test_a_new_version_without_the_file_beside_it_goes_on_with_that_of_the_live_one(
    station: Station, folder: Path
) -> None:
    station.publish(form("satu"), codes(folder, "a"))
    planned = station.publish(form("satu", "2"))

    assert planned.changed_files == ()
    assert on_phones(station, "satu", "2") == ["a"]


def test_an_older_workbook_published_again_comes_with_the_file_that_it_had(station: Station, folder: Path) -> None:
    station.publish(form("satu"), codes(folder, "a"))
    station.publish(form("satu", "2", "Kode baru"), codes(folder, "b"))
    planned = station.publish(form("satu"))

    assert (planned.form.version, planned.changed_files) == ("3", ("kode.csv",))
    assert on_phones(station, "satu", "3") == ["a"]


def test_a_file_changed_without_the_form_is_fetched_again__and_it_is_said(station: Station, folder: Path) -> None:
    station.publish(form("satu"), codes(folder, "a"))
    before = manifest_hash(station, "satu")
    planned = station.publish(form("satu"), codes(folder, "a", "b"))

    assert (planned.new, planned.changed_files) == (False, ("kode.csv",))
    assert on_phones(station, "satu") == ["a", "b"]
    assert manifest_hash(station, "satu") != before
    assert station.publish(form("satu"), codes(folder, "a", "b")).changed_files == ()


def test_a_list_that_another_form_writes_later_does_not_take_the_place_of_a_file(
    station: Station, folder: Path
) -> None:
    station.publish(form("satu"), codes(folder, "a"))
    station.publish(DAFTAR.replace("| anak      |", "| kode      |"))

    assert on_phones(station, "satu") == ["a"]


# Commands


def kpm(station: Station, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--database", station.url, *words])
    return done.exit_code, done.output


def saved(folder: Path, name: str, markdown: str) -> str:
    file = folder / f"{name}.xlsx"
    file.write_bytes(workbook_bytes(markdown))
    return str(file)


def test_the_commands_say_what_went_live_and_what_phones_fetch(station: Station, folder: Path) -> None:
    old = saved(folder, "lama", form("satu"))
    new = saved(folder, "baru", form("satu", "2", "Kode baru"))
    codes(folder, "a")
    assert kpm(station, "forms", "publish", old) == (0, "satu 1: terbit / published\n")
    assert kpm(station, "forms", "publish", old) == (0, "satu 1: sudah terbit / already published\n")
    assert kpm(station, "forms", "publish", new) == (0, "satu 2: terbit / published\n")
    codes(folder, "b")
    assert kpm(station, "forms", "publish", old) == (
        0,
        "satu 3: terbit / published, dengan isi versi 1 / with the content of version 1\n"
        "kode.csv: berubah, HP mengambilnya lagi / changed, phones fetch it again\n",
    )


def test_the_list_of_forms_shows_every_version_and_which_one_is_live(station: Station) -> None:
    station.publish(OLD)
    station.clock.forward(days=1)
    station.publish(NEW)
    station.publish(form("awal").replace("select_one_from_file kode.csv ", "text"))

    code, said = kpm(station, "forms", "list")

    assert code == 0
    listed = [line.split("  ") for line in said.splitlines()]
    assert [(line[0], line[1], line[3:]) for line in listed] == [
        ("awal", "1", ["berlaku / live"]),
        ("daftar", "1", []),
        ("daftar", "2", ["berlaku / live"]),
    ]
    assert listed[1][2] < listed[2][2]

"""The form engine of the tests does what the one in ODK Collect does: the same screens, refusals and submissions."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from pyxform.xls2xform import convert

from tests.support.form_engine import Answer, Engine, Entry, File, Filled, NotAskedError, RefusedError

VISIT = """
| survey |
| | type | name | label::Bahasa Indonesia (id) | label::English (en) | required | required_message::Bahasa Indonesia (id) | required_message::English (en) | constraint | constraint_message::Bahasa Indonesia (id) | constraint_message::English (en) | relevant | calculation | choice_filter | default |
| | start-geopoint | lokasi | | | | | | | | | | | | |
| | start | mulai | | | | | | | | | | | | |
| | end | berakhir | | | | | | | | | | | | |
| | username | kpm | | | | | | | | | | | | |
| | date | tanggal | Tanggal | Date | yes | Isi tanggalnya | Give the date | . <= today() | Tanggal belum tiba | The date is yet to come | | | | today() |
| | select_one kabupaten | kabupaten | Kabupaten | District | | | | | | | | | | |
| | select_one desa | desa | Desa | Village | | | | | | | | | kabupaten = ${kabupaten} | |
| | begin_repeat | anak | Anak | Child | | | | | | | | | | |
| | text | nama | Nama | Name | yes | | | | | | | | | |
| | decimal | panjang | Panjang | Length | | | | . >= 30 and . <= 130 | 30-130 cm | 30-130 cm | | | | |
| | calculate | batas | | | | | | | | | | pulldata('batas', 'cm', 'name', ${desa}) | | |
| | note | hasil | ${nama} di bawah ${batas} cm | ${nama} is below ${batas} cm | | | | | | | ${panjang} < ${batas} | | | |
| | end_repeat | | | | | | | | | | | | | |
| | image | foto | Foto | Photo | | | | | | | | | | |
| choices |
| | list_name | name | label::Bahasa Indonesia (id) | label::English (en) | kabupaten |
| | kabupaten | pidie | Pidie | Pidie | |
| | kabupaten | bireuen | Bireuen | Bireuen | |
| | desa | b2 | Cot Bada | Cot Bada | bireuen |
| | desa | p1 | Lam Kabeu | Lam Kabeu | pidie |
| | desa | b1 | Blang Rheue | Blang Rheue | bireuen |
| settings |
| | form_title | form_id | version | default_language |
| | Kunjungan | kunjungan | 1 | Bahasa Indonesia (id) |
"""  # noqa: E501 - a form is a wide table

UPDATE = """
| survey |
| | type | name | label | save_to | choice_filter |
| | select_one_from_file anak.csv | anak | Anak | | prioritas = '1' |
| | text | tikar | Tikar | tikar | |
| entities |
| | list_name | label | entity_id |
| | anak | ${tikar} | ${anak} |
| settings |
| | form_title | form_id | version |
| | Ukur | ukur | 1 |
"""

REGISTER = """
| survey |
| | type | name | label | relevant | calculation | save_to |
| | text | nama | Nama | | | nama |
| | calculate | id_bayi | | | once(uuid()) | |
| | select_one ya | ada | Ada adik | | | |
| | begin_group | adik | Adik | ${ada} = 'ya' | | |
| | text | nama_adik | Nama adik | | | |
| | calculate | id_adik | | | once(uuid()) | |
| | end_group | | | | | |
| choices |
| | list_name | name | label |
| | ya | ya | Ya |
| | ya | tidak | Tidak |
| entities |
| | list_name | label |
| | anak | ${nama} |
| settings |
| | form_title | form_id | version |
| | Daftar | daftar | 1 |
"""


def write_form(folder: Path, markdown: str, **files: str) -> tuple[Path, Path]:
    """Compiles a form and lays it down beside its media folder; `batas="..."` becomes batas.csv."""
    (folder / "media").mkdir(exist_ok=True)
    (folder / "form.xml").write_text(convert(xlsform=markdown, file_type=".md", validate=False).xform)
    for name, content in files.items():
        (folder / "media" / f"{name}.csv").write_text(content)
    return folder / "form.xml", folder / "media"


@pytest.fixture
def visit(form_engine: Engine, tmp_path: Path) -> Entry:
    form, media = write_form(tmp_path, VISIT, batas="name,cm\nb1,70\nb2,80\n")
    return form_engine.open(form, media, today=date(2026, 3, 5))


def test_submission_holds_what_was_answered(visit: Entry) -> None:
    filled = visit.fill({"kabupaten": "bireuen", "desa": "b1", "nama": "Siti\tNur\\ba\nd", "panjang": 64.5})
    assert filled.xml.startswith("<?xml")
    assert filled.instance_id.startswith("uuid:")
    assert filled.value("anak/nama") == "Siti\tNur\\ba\nd"
    assert filled.value("anak/panjang") == "64.5"
    assert filled.value("tanggal") == "2026-03-05"


def test_refused_answer_shows_the_message_in_the_language_of_the_screen(visit: Entry) -> None:
    with pytest.raises(RefusedError) as shown:
        visit.answer("tanggal", date(2026, 3, 6))
    assert shown.value.refusal.message == "Tanggal belum tiba"
    visit.language("en")
    with pytest.raises(RefusedError) as shown:
        visit.answer("tanggal", date(2026, 3, 6))
    assert (shown.value.refusal.kind, shown.value.refusal.message) == ("violated", "The date is yet to come")
    assert visit.value("/data/tanggal") == "2026-03-05"


def test_required_question_keeps_the_form_from_being_finalized(visit: Entry) -> None:
    visit.answer("nama", "Siti")
    with pytest.raises(RefusedError) as shown:
        visit.answer("tanggal", "")
    assert (shown.value.refusal.kind, shown.value.refusal.message) == ("required", "Isi tanggalnya")
    visit.answer("anak[2]/panjang", 60)
    with pytest.raises(RefusedError) as shown:
        visit.finalize()
    assert (shown.value.refusal.kind, shown.value.refusal.path) == ("required", "/data/anak[2]/nama")


def test_only_offered_choices_can_be_picked(visit: Entry) -> None:
    visit.answer("kabupaten", "bireuen")
    assert visit.choices("desa") == {"b2": "Cot Bada", "b1": "Blang Rheue"}
    with pytest.raises(RuntimeError, match="does not offer p1"):
        visit.answer("desa", "p1")
    visit.answer("desa", "b1")


def test_notes_are_read_in_both_languages(visit: Entry) -> None:
    answers = {"kabupaten": "bireuen", "desa": "b2", "nama": "Ali", "anak/panjang": 90, "anak[2]/nama": "Siti"}
    filled = visit.fill(answers | {"anak[2]/panjang": 71})
    assert filled.seen("anak/hasil") == ""
    assert filled.seen("anak[2]/hasil", "id") == "Siti di bawah 80 cm"
    assert filled.seen("anak[2]/hasil", "en") == "Siti is below 80 cm"


def test_note_cannot_be_answered_and_hidden_question_neither(visit: Entry) -> None:
    answers = [("kabupaten", "bireuen"), ("desa", "b1"), ("nama", "Ali"), ("panjang", 60)]
    for question, answer in answers:
        visit.answer(question, answer)
    assert visit.asks("hasil")
    with pytest.raises(NotAskedError, match="read only"):
        visit.answer("hasil", "x")
    visit.answer("panjang", 80)
    with pytest.raises(NotAskedError, match="not asked"):
        visit.answer("hasil", "x")
    with pytest.raises(NotAskedError, match="not asked"):
        visit.choices("hasil")
    assert visit.fill([("hasil", "x")], skip_unasked=True).not_asked == ("hasil",)


def test_unknown_question_is_the_tests_mistake(visit: Entry) -> None:
    with pytest.raises(LookupError, match="berat names nothing"):
        visit.answer("berat", 3)


def test_repeats_are_added_and_taken_away(visit: Entry) -> None:
    with pytest.raises(NotAskedError):
        visit.answer("anak[3]/nama", "Tiga")  # nobody has added a second one yet
    visit.answer("anak[2]/nama", "Dua")
    visit.answer("anak[3]/nama", "Tiga")
    assert visit.value("count(/data/anak)") == "3"
    assert visit.remove("anak[2]")
    filled = visit.fill({"anak[1]/nama": "Satu"})
    assert [filled.value("anak[1]/nama"), filled.value("anak[2]/nama")] == ["Satu", "Tiga"]


def test_photo_travels_beside_the_xml(visit: Entry) -> None:
    filled = visit.fill({"nama": "Siti", "foto": File("1741.jpg", b"\xff\xd8")})
    assert filled.value("foto") == "1741.jpg"
    assert filled.files == {"1741.jpg": b"\xff\xd8"}


def test_phone_says_who_and_where_it_is(form_engine: Engine, tmp_path: Path) -> None:
    form, media = write_form(tmp_path, VISIT, batas="name,cm\n")
    form_engine.locate("5.19 96.69 10 4.5")
    filled = form_engine.open(form, media, device={"username": "Nurhayati"}).fill({"nama": "Siti"})
    form_engine.locate("")
    assert (filled.value("kpm"), filled.value("lokasi")) == ("Nurhayati", "5.19 96.69 10.0 4.5")
    filled = form_engine.open(form, media).fill({"nama": "Siti"})
    assert filled.value("lokasi") == ""


def test_form_starts_and_ends_by_the_phones_clock(form_engine: Engine, tmp_path: Path) -> None:
    form, media = write_form(tmp_path, VISIT, batas="name,cm\n")
    stamps = []
    for today in [date(2026, 3, 5)] * 200 + [date(2026, 3, 4)]:
        filled = form_engine.open(form, media, today=today).fill({"nama": "Siti"})
        stamps += [datetime.fromisoformat(filled.value(stamp)) for stamp in ("mulai", "berakhir")]
    assert [stamp.date().isoformat() for stamp in stamps] == ["2026-03-05"] * 400 + ["2026-03-04"] * 2
    assert all(earlier < later for earlier, later in pairwise(stamps[:400]))
    assert stamps[0].astimezone(ZoneInfo("Asia/Jakarta")).time() >= time(9)


def test_form_starts_and_ends_by_the_computers_clock_where_the_phone_has_no_day(visit: Entry, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    filled = visit.engine.open(tmp_path / "form.xml", tmp_path / "media").fill({"nama": "Siti"})
    started, ended = (datetime.fromisoformat(filled.value(stamp)) for stamp in ("mulai", "berakhir"))
    assert before - timedelta(milliseconds=1) <= started <= ended <= datetime.now(UTC)


def test_entity_versions_come_from_the_phones_list(form_engine: Engine, tmp_path: Path) -> None:
    anak = (
        "name,label,__version,__trunkVersion,__branchId,prioritas\n"
        "a1,Ali,3,2,cabang-1,1\na2,Budi,1,1,cabang-2,2\na3,Cut,1,,cabang-3,1\n"
    )
    form, media = write_form(tmp_path, UPDATE, anak=anak)
    entry = form_engine.open(form, media)
    assert entry.choices("anak") == {"a1": "Ali", "a3": "Cut"}
    xml = entry.fill({"anak": "a1", "tikar": "hijau"}).xml
    for attribute in ('id="a1"', 'baseVersion="3"', 'trunkVersion="2"', 'branchId="cabang-1"', 'update="1"'):
        assert attribute in xml


def test_changed_list_is_read_again(form_engine: Engine, tmp_path: Path) -> None:
    header = "name,label,__version,prioritas\n"
    form, media = write_form(tmp_path, UPDATE, anak=header)
    assert form_engine.open(form, media).choices("anak") == {}
    (media / "anak.csv").write_text(f"{header}a1,Ali,1,1\n")
    assert form_engine.open(form, media).choices("anak") == {"a1": "Ali"}


def test_entries_do_not_share_answers(form_engine: Engine, tmp_path: Path) -> None:
    form, media = write_form(tmp_path, VISIT, batas="name,cm\n")
    first = form_engine.open(form, media).fill({"nama": "Satu", "anak[2]/nama": "Dua"})
    second = form_engine.open(form, media).fill({"nama": "Tiga"})
    assert second.value("anak[2]/nama") == ""
    assert second.instance_id != first.instance_id


def test_workers_that_start_at_once_compile_once(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from tests.support import form_engine; "
        "print(form_engine.compiled(pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {worker.communicate()[0].strip() for worker in workers}
    assert len(folders) == 1
    assert (Path(folders.pop()) / "Engine.class").exists()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".lock"]


# -- edits of what was finished ----------------------------------------------------------------------------------------

EVERYTHING: dict[str, Answer] = {
    "kabupaten": "bireuen",
    "desa": "b1",
    "anak[1]/nama": "Ali",
    "anak[1]/panjang": 64.5,
    "anak[2]/nama": "Siti",
    "anak[2]/panjang": 71,
    "foto": File("1741.jpg", b"\xff\xd8"),
}


@pytest.fixture
def edit(form_engine: Engine, tmp_path: Path) -> Callable[[Filled], Entry]:
    """Opens a finished visit again, two weeks later on the phone of somebody else."""
    form, media = write_form(tmp_path, VISIT, batas="name,cm\nb1,70\nb2,80\n")

    def opened(saved: Filled) -> Entry:
        return form_engine.open(form, media, today=date(2026, 3, 19), device={"username": "Joko"}, saved=saved)

    return opened


def without(filled: Filled, *names: str) -> list[tuple[str, str]]:
    """Names and texts of the answers, in order, but for these."""
    elements = etree.fromstring(filled.xml.encode()).iter("{*}*")
    return [(name, one.text or "") for one in elements if (name := etree.QName(one).localname) not in names]


def test_edit_holds_what_was_answered_and_takes_the_place_of_the_first(
    visit: Entry, edit: Callable[[Filled], Entry]
) -> None:
    first = visit.fill(EVERYTHING)
    edited = edit(first).fill({"anak[2]/panjang": 72})
    changed = ("berakhir", "panjang", "instanceID", "deprecatedID", "mulai")
    assert without(edited, *changed) == without(first, *changed)
    assert [edited.value(f"anak[{place}]/panjang") for place in (1, 2)] == ["64.5", "72.0"]
    assert (edited.deprecated_id, first.deprecated_id) == (first.instance_id, "")
    assert re.fullmatch(r"uuid:[0-9a-f-]{36}", edited.instance_id)
    assert edited.instance_id != first.instance_id


def test_edit_began_when_the_first_did_and_ends_when_it_is_finished(
    visit: Entry, edit: Callable[[Filled], Entry]
) -> None:
    first = visit.fill(EVERYTHING)
    edited = edit(first).finalize()
    began = [datetime.fromisoformat(one.value("mulai")) for one in (first, edited)]
    assert abs(began[0] - began[1]) <= timedelta(milliseconds=1)  # JavaRosa rounds what it reads
    assert [one.value("berakhir")[:10] for one in (first, edited)] == ["2026-03-05", "2026-03-19"]


def test_edit_of_an_edit_takes_the_place_of_the_edit(visit: Entry, edit: Callable[[Filled], Entry]) -> None:
    once = edit(visit.fill(EVERYTHING)).finalize()
    twice = edit(once).fill({"desa": "b2"})
    assert twice.deprecated_id == once.instance_id
    assert twice.xml.count("<deprecatedID>") == 1


def test_edit_shows_what_follows_from_its_answers(visit: Entry, edit: Callable[[Filled], Entry]) -> None:
    edited = edit(visit.fill(EVERYTHING)).fill({"desa": "b2"})
    assert edited.seen("anak[2]/hasil", "id") == "Siti di bawah 80 cm"


def test_repeats_of_an_edit_can_be_added_and_taken_away(visit: Entry, edit: Callable[[Filled], Entry]) -> None:
    entry = edit(visit.fill(EVERYTHING))
    entry.answer("anak[3]/nama", "Cut")
    assert entry.remove("anak[1]")
    edited = entry.finalize()
    assert [edited.value(f"anak[{place}]/nama") for place in (1, 2, 3)] == ["Siti", "Cut", ""]


def test_photo_stays_with_an_edit_until_another_takes_its_place(visit: Entry, edit: Callable[[Filled], Entry]) -> None:
    first = visit.fill(EVERYTHING)
    assert edit(first).finalize().files == {"1741.jpg": b"\xff\xd8"}
    assert edit(first).fill({"foto": File("1742.jpg", b"\xff\xd9")}).files == {"1742.jpg": b"\xff\xd9"}
    assert edit(first).fill({"foto": ""}).files == {}
    assert first.files == {"1741.jpg": b"\xff\xd8"}


def test_edit_is_refused_like_a_new_form(visit: Entry, edit: Callable[[Filled], Entry]) -> None:
    with pytest.raises(RefusedError, match="tanggal: required"):
        edit(visit.fill(EVERYTHING)).answer("tanggal", "")


def test_edit_names_the_entity_as_before_and_its_version_on_the_phone_by_now(
    form_engine: Engine, tmp_path: Path
) -> None:
    header = "name,label,__version,__trunkVersion,__branchId,prioritas\n"
    form, media = write_form(tmp_path, UPDATE, anak=f"{header}a1,Ali,3,3,cabang-1,1\n")
    first = form_engine.open(form, media).fill({"anak": "a1", "tikar": "hijau"})
    (media / "anak.csv").write_text(f"{header}a1,Ali,4,3,cabang-1,1\n")  # as the first one left it
    edited = form_engine.open(form, media, saved=first).fill({"tikar": "merah"})
    said = {'id="a1"', 'dataset="anak"', 'update="1"', 'trunkVersion="3"', 'branchId="cabang-1"'}
    for filled, base in ((first, 3), (edited, 4)):
        assert all(attribute in filled.xml for attribute in (*said, f'baseVersion="{base}"'))


def test_ids_that_were_made_once_stay_but_for_those_of_what_was_not_relevant(
    form_engine: Engine, tmp_path: Path
) -> None:
    form, media = write_form(tmp_path, REGISTER)
    entry = form_engine.open(form, media)
    entry.answer("ada", "ya")
    hidden = entry.value("/data/adik/id_adik")
    first = entry.fill({"nama": "Ali", "ada": "tidak"})
    edited = form_engine.open(form, media, saved=first).fill({"nama": "Ali Akbar", "ada": "ya"})
    before, after = (next(etree.fromstring(one.xml.encode()).iter("{*}entity")) for one in (first, edited))
    assert before.get("id") == after.get("id") != ""
    assert [entity.findtext("{*}label") for entity in (before, after)] == ["Ali", "Ali Akbar"]
    assert first.value("id_bayi") == edited.value("id_bayi")
    assert edited.value("adik/id_adik") not in ("", hidden)

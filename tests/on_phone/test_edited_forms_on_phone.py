"""A finished form opened again: what it has done on the phone does not keep it from being edited."""

from __future__ import annotations

import pytest

from tests.on_phone.test_corrections_on_phone import SEEN_TO
from tests.on_phone.test_meetings_on_phone import CAME, LATRINES, YEARLY, agreed
from tests.support.form_engine import Answer, Engine
from tests.support.offline import TODAY, OfflinePhone, Row, activity, answered, child, older_child, shown


@pytest.fixture(scope="module")
def offline(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


DONE = child("Dewi", perlu="")


@pytest.mark.parametrize(
    ("answers", "after", "changed"),
    [
        ({}, DONE, {"timbang": "tidak"}),
        ({"status_sasaran": "pindah_dusun", "dusun_baru": "Melati"}, {**DONE, "dusun": "Melati"}, {"timbang": "tidak"}),
        (
            {"status_sasaran": "pindah", "tanggal_status": TODAY},
            {**DONE, "status": "pindah"},
            {"status_sasaran": "meninggal"},
        ),
    ],
    ids=["nothing is missing", "moved to another hamlet", "closed"],
)
def test_visit_can_be_edited_when_the_child_is_not_among_those_to_visit_any_more(
    offline: OfflinePhone, answers: dict[str, Answer], after: Row, changed: dict[str, Answer]
) -> None:
    received = dict.fromkeys(SEEN_TO.split(), "ya") if answers.get("status_sasaran") != "pindah" else {}
    visit = offline.visit(child("Dewi"), **answers, **received).finalize()
    edit = offline.open("kunjungan_rumah", child("Ali"), after, saved=visit)
    assert list(edit.choices("anak")) == ["Ali", "Dewi"]
    edited = edit.fill(changed)
    assert [edited.value("anak"), edited.value("dusun_sasaran")] == ["Dewi", "Mawar"]


@pytest.mark.parametrize("form_id", ["ukur_tinggi", "pantau_paud"])
def test_child_that_was_closed_since_can_still_be_corrected(offline: OfflinePhone, form_id: str) -> None:
    followed = older_child("Husin")
    answers: dict[str, dict[str, Answer]] = {
        "ukur_tinggi": {"panjang_ukur": 88, "diukur_oleh": "kpm"},
        "pantau_paud": {"ikut_paud": "tidak"},
    }
    filled = answered(offline.open(form_id, followed), {"anak": "Husin", **answers[form_id]}).finalize()
    edit = offline.open(form_id, {**followed, "status": "pindah", "perlu": ""}, saved=filled)
    assert edit.finalize().value("anak") == "Husin"


def test_meeting_is_edited_with_the_activities_that_it_went_through(offline: OfflinePhone) -> None:
    latrines, classes = activity("jamban", keadaan="berjalan", realisasi="2000000"), activity("kelas")
    meeting = {"triwulan_rapat": "ini", **CAME, "keputusan": "Lanjut"}
    held = offline.open("rapat_triwulan", latrines, classes).fill(meeting)
    # Since then one is not on the list any more, one was done, and two were agreed.
    now = {**classes, "keadaan": "selesai"}, activity("air"), activity("gizi")
    edited = offline.open("rapat_triwulan", *now, saved=held).fill({"kegiatan[1]/realisasi": 3_000_000})
    found = [edited.value(f"kegiatan[{place}]/{name}") for place in (1, 2, 3) for name in ("nama_kegiatan", "keadaan")]
    assert found == ["jamban", "berjalan", "kelas", "belum", "", ""]


def test_activities_of_the_meeting_itself_are_not_called_doubles_in_its_edit(offline: OfflinePhone) -> None:
    answers = {**YEARLY, **agreed(LATRINES)}
    meeting = offline.open("rembuk_stunting").fill(answers)
    its_own = {**activity("Jamban sehat"), "name": meeting.value("kegiatan/id_kegiatan")}
    assert "nama_ganda" not in shown(offline.open("rembuk_stunting", its_own, saved=meeting), "id")
    assert "nama_ganda" in shown(answered(offline.open("rembuk_stunting", its_own), answers), "id")

"""The meetings of the simulated villages: believable plans and money that nobody takes for real."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from forms.indicators.rules import SECTORS
from forms.periods import Quarter, quarters_between
from forms.simulation.places import DEMO_VILLAGES
from forms.submission import Submission, read_envelope, read_submission
from tests.forms.test_simulation import FIRST, TODAY, compiled, run

Rows = list[dict[str, Any]]
VILLAGES = [village.code for village in DEMO_VILLAGES]


@cache
def sent(code: str) -> tuple[Submission, ...]:
    """What the phone of a demo village with few people sends of its meetings."""
    (village,) = [village for village in DEMO_VILLAGES if village.code == code]
    return tuple(
        read_submission(read_envelope(one.body), compiled()[one.form_id].schema)
        for one in run(replace(village, targets=5))
        if one.form_id in ("rembuk_stunting", "rapat_triwulan")
    )


def meetings(code: str, form_id: str) -> Iterator[tuple[dict[str, Any], Rows]]:
    """The meeting and its activities, one after the other."""
    for submission in sent(code):
        if submission.schema.form_id == form_id:
            first, *others = [row.values for row in submission.rows]
            yield first, others


@pytest.mark.parametrize("code", VILLAGES)
def test_every_year_has_its_agreement__the_next_ones_is_made_in_november(code: str) -> None:
    agreed = [(meeting["tahun"], meeting["tanggal"]) for meeting, _ in meetings(code, "rembuk_stunting")]
    assert [year for year, _ in agreed] == [2025, 2026]
    assert [(day.year, day.month) for _, day in agreed] == [(FIRST.year, FIRST.month), (2025, 11)]


@pytest.mark.parametrize("code", VILLAGES)
def test_four_to_eight_activities_are_agreed_over_the_sectors(code: str) -> None:
    for _, activities in meetings(code, "rembuk_stunting"):
        assert 4 <= len(activities) <= 8
        sectors = {activity["sektor"] for activity in activities}
        assert sectors <= set(SECTORS)
        assert len(sectors) >= min(len(activities), len(SECTORS))
        assert len({activity["nama_kegiatan"] for activity in activities}) == len(activities)
        assert any(activity["sumber_dana"] == "dana_desa" for activity in activities)
        for activity in activities:
            assert activity["nama_kegiatan"].startswith("Contoh: ")
            assert 1_000_000 <= activity["anggaran_total"] <= 200_000_000
            assert 0 < activity["anggaran_stunting"] <= activity["anggaran_total"]


@pytest.mark.parametrize("code", VILLAGES)
def test_a_quarterly_meeting_goes_through_its_years_activities_in_order_then_what_is_left_of_the_last(
    code: str,
) -> None:
    agreed = {
        meeting["tahun"]: [activity["id_kegiatan"] for activity in activities]
        for meeting, activities in meetings(code, "rembuk_stunting")
    }
    told: dict[str, str] = {}
    for meeting, activities in meetings(code, "rapat_triwulan"):
        year = int(meeting["triwulan"][:4])
        left = [one for one in agreed.get(year - 1, ()) if told.get(one) not in ("selesai", "batal")]
        gone_through = [activity["id_kegiatan"] for activity in activities if not activity.get("baru")]
        assert gone_through == agreed[year] + left
        told |= {activity["id_kegiatan"]: activity["keadaan"] for activity in activities}
        agreed[year] += [activity["id_kegiatan"] for activity in activities if activity.get("baru")]
        assert Quarter.parse(meeting["triwulan"]) in (
            Quarter.of(meeting["tanggal"]),
            Quarter.of(meeting["tanggal"]).plus(-1),
        )


@pytest.mark.parametrize("code", VILLAGES)
def test_spending_grows_up_to_what_was_agreed(code: str) -> None:
    spent: dict[str, list[int]] = defaultdict(list)
    for _, activities in meetings(code, "rapat_triwulan"):
        for activity in activities:
            assert "realisasi_benar" not in activity  # never so unlikely that the form would ask again
            spent[activity["id_kegiatan"]].append(activity.get("realisasi", 0))
            if activity["keadaan"] == "selesai":
                assert activity["realisasi"] == activity["anggaran_stunting"]
    assert any(amounts[-1] > 0 for amounts in spent.values())
    assert all(amounts == sorted(amounts) for amounts in spent.values())


def test_a_well_run_village_meets_every_quarter_and_a_poor_one_misses_some() -> None:
    quarters = [str(quarter) for quarter in quarters_between(Quarter.of(FIRST), Quarter.of(TODAY))][:-1]
    met = {code: [meeting["triwulan"] for meeting, _ in meetings(code, "rapat_triwulan")] for code in VILLAGES}
    assert met[VILLAGES[0]] == quarters
    assert set(met[VILLAGES[3]]) < set(quarters)
    assert all(len(set(found)) == len(found) for found in met.values())
    assert all(meeting["tanggal"] <= TODAY for code in VILLAGES for meeting, _ in meetings(code, "rapat_triwulan"))


def test_not_everything_is_finished_and_some_is_cancelled() -> None:
    last = {
        activity["id_kegiatan"]: activity["keadaan"]
        for code in VILLAGES
        for meeting, activities in meetings(code, "rapat_triwulan")
        if meeting["triwulan"] == "2025-Q4"
        for activity in activities
    }
    assert {"selesai", "berjalan", "batal"} <= set(last.values())


def test_every_decision_has_somebody_who_answers_for_it__a_day__and_whom_it_is_for() -> None:
    decided = [
        activity
        for code in VILLAGES
        for form_id in ("rembuk_stunting", "rapat_triwulan")
        for _, activities in meetings(code, form_id)
        for activity in activities
        if form_id == "rembuk_stunting" or activity.get("baru")
    ]
    assert all(activity["penanggung_jawab"] and activity["tenggat"] and activity["indikator"] for activity in decided)
    counted = [activity for activity in decided if activity["indikator"] != "tidak_dihitung"]
    assert all(bool(activity.get("rumah_tangga")) != bool(activity.get("jumlah_sasaran")) for activity in counted)
    assert any(activity.get("rumah_tangga") for activity in counted)
    assert {activity["nama_kegiatan"] for activity in decided if activity.get("baru")} == {
        "Contoh: Jemput ibu yang belum periksa"
    }

"""What people find of a submission: a rejected one counts no more, and again when that is taken back; what is sent back
to the KPM stands in the lists until a correction counts."""

from __future__ import annotations

import pytest

from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.queries.submissions import returned
from server.submissions import review
from server.submissions.review import APPROVED, HAS_ISSUES, NOT_REVIEWED
from server.submissions.version_log import REJECTED
from tests.support.deciding import (
    HEAD,
    assert_rebuilding_changes_nothing,
    card,
    choose,
    everything,
    listed,
    merge,
    move,
    rebuild_all,
    versions,
)
from tests.support.reviewing import judge, sha_of
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, measured, visited

ALI, NIA = new_id(), new_id()
FIRST, SECOND = "uuid:pertama", "uuid:kedua"
THE_FIRST, THE_SECOND = (f"<instanceID>{one}<" for one in (FIRST, SECOND))
WHY = "berat salah ketik"


@pytest.fixture
def village(published: Station) -> Station:
    published.send(mapped(new_id(), children=[(ALI, {"nama": "Ali"}), (NIA, {"nama": "Nia"})]))
    published.send(visited(ALI, day="2026-03-02", instance=FIRST, status_gizi="kurang", jaminan_kesehatan_anak="ya"))
    return published


def states(station: Station) -> dict[str, tuple[str, str | None]]:
    rows = station.rows("submissions", form_id="kunjungan_rumah")
    return {row["instance_id"]: (row["state"], row["review"]) for row in rows}


def visits(station: Station) -> list[str]:
    return [row["instance_id"] for row in station.rows("answers_kunjungan_rumah")]


def gizi(station: Station) -> str:
    return listed(station)[ALI]["status_gizi"]


def perlu(station: Station, id_: str = ALI, village: str = VILLAGE) -> str:
    return listed(station, village=village)[id_]["perlu"]


def version_of(station: Station) -> int:
    return versions(station)[ALI]


def hash_of(station: Station, name: str = "anak") -> str:
    return station.get(f"lists/{name}.csv").headers["ETag"]


def correct(station: Station, **answers: object) -> None:
    station.clock.forward(minutes=1)
    station.send(visited(ALI, day="2026-03-02", instance=SECOND, corrects=FIRST, ended="13:00:00.000", **answers))


# -- rejected ----------------------------------------------------------------------------------------------------------


def test_rejected__counts_nowhere__and_everywhere_again_when_it_is_taken_back(village: Station) -> None:
    before = everything(village)
    assert card(village)["a9_received"] == 1
    judge(village, THE_FIRST, REJECTED, "isian latihan")
    assert states(village) == {FIRST: ("replaced", REJECTED)}
    assert (visits(village), gizi(village), card(village)["a9_received"]) == ([], "baik", 0)
    assert_rebuilding_changes_nothing(village)
    judge(village, THE_FIRST, NOT_REVIEWED)
    assert states(village) == {FIRST: ("accepted", None)}
    assert (visits(village), gizi(village), card(village)["a9_received"]) == ([FIRST], "kurang", 1)
    assert {row["id"]: row["data"] for row in everything(village)["entities"]} == {
        row["id"]: row["data"] for row in before["entities"]
    }
    assert_rebuilding_changes_nothing(village)


def test_rejected__a_registration_takes_its_people_along(village: Station) -> None:
    home, child = new_id(), new_id()
    village.send(mapped(home, no_kk="", head="Cut", children=[(child, {"nama": "Umi"})]))
    village.send(visited(child, day="2026-03-03"))
    judge(village, "Umi", REJECTED, "keluarga ini tidak ada")
    assert child not in listed(village)
    assert_rebuilding_changes_nothing(village)
    judge(village, "Umi", APPROVED)
    assert child in listed(village)
    assert_rebuilding_changes_nothing(village)


def test_rejected__one_that_was_chosen_leaves_none_that_counts(village: Station) -> None:
    correct(village, status_gizi="buruk")
    choose(village, FIRST, SECOND)
    judge(village, THE_SECOND, REJECTED, "anak lain")
    assert states(village) == {FIRST: ("replaced", None), SECOND: ("replaced", REJECTED)}
    assert_rebuilding_changes_nothing(village)
    judge(village, THE_SECOND, APPROVED)
    assert states(village) == {FIRST: ("replaced", None), SECOND: ("accepted", APPROVED)}
    assert_rebuilding_changes_nothing(village)


def test_rejected__its_correction_may_be_chosen(village: Station) -> None:
    judge(village, THE_FIRST, REJECTED, WHY)
    correct(village, status_gizi="buruk")
    assert states(village)[SECOND] == ("waiting", None)
    assert_rebuilding_changes_nothing(village)
    choose(village, FIRST, SECOND)
    assert (visits(village), gizi(village)) == ([SECOND], "buruk")
    judge(village, THE_FIRST, NOT_REVIEWED)
    assert (visits(village), gizi(village)) == ([SECOND], "buruk")
    assert_rebuilding_changes_nothing(village)


def test_rejected__while_a_correction_waits_the_correction_waits_for_none_that_counts(village: Station) -> None:
    correct(village)
    judge(village, THE_FIRST, REJECTED, WHY)
    assert village.one("submissions", instance_id=SECOND)["problem"] == "none-counts-yet"
    assert_rebuilding_changes_nothing(village)
    judge(village, THE_FIRST, APPROVED)
    assert village.one("submissions", instance_id=SECOND)["problem"] == "correction"
    assert visits(village) == [FIRST]
    assert_rebuilding_changes_nothing(village)


def test_rejected__counts_again_when_it_is_chosen_on_the_page_of_corrections(village: Station) -> None:
    correct(village)
    judge(village, THE_FIRST, REJECTED, WHY)
    choose(village, FIRST, THE_FIRST)
    assert states(village) == {FIRST: ("accepted", None), SECOND: ("replaced", None)}
    assert_rebuilding_changes_nothing(village)


def test_rejected__what_comes_again_stays_out(village: Station) -> None:
    judge(village, THE_FIRST, REJECTED, WHY)
    village.send(visited(ALI, day="2026-03-02", instance=FIRST, status_gizi="kurang", jaminan_kesehatan_anak="ya"))
    assert states(village) == {FIRST: ("replaced", REJECTED)}
    assert visits(village) == []


def test_rejected__of_somebody_who_has_moved_away(village: Station) -> None:
    move(village, VILLAGE, OTHER_VILLAGE, ALI)
    judge(village, THE_FIRST, REJECTED, WHY)
    assert visits(village) == []
    assert listed(village, village=OTHER_VILLAGE)[ALI]["status_gizi"] == "baik"
    assert_rebuilding_changes_nothing(village)
    judge(village, THE_FIRST, NOT_REVIEWED)
    assert listed(village, village=OTHER_VILLAGE)[ALI]["status_gizi"] == "kurang"
    assert_rebuilding_changes_nothing(village)


def test_rejected__in_quarantine_stays_out_when_it_is_understood(published: Station) -> None:
    unknown = visited(ALI, day="2026-03-02", instance=FIRST).replace('version="', 'version="0')
    published.send(unknown)
    judge(published, THE_FIRST, REJECTED, "isian latihan")
    assert states(published) == {FIRST: ("quarantined", REJECTED)}
    rebuild_all(published)
    assert states(published) == {FIRST: ("quarantined", REJECTED)}


def test_a_rebuild__reads_what_people_found(village: Station) -> None:
    judge(village, THE_FIRST, REJECTED, WHY)
    with writing(village.engine) as connection:
        connection.exec_driver_sql("UPDATE submissions SET review = NULL")
    rebuild_all(village)
    assert states(village) == {FIRST: ("replaced", REJECTED)}


def test_history__is_kept_line_by_line(village: Station) -> None:
    judge(village, THE_FIRST, HAS_ISSUES, WHY)
    judge(village, THE_FIRST, REJECTED, "latihan")
    judge(village, THE_FIRST, APPROVED)
    rows = sorted(village.rows("submission_reviews"), key=lambda row: str(row["at"]))
    assert [(row["state"], row["text"], row["email"]) for row in rows] == [
        (HAS_ISSUES, WHY, HEAD),
        (REJECTED, "latihan", HEAD),
        (APPROVED, "", HEAD),
    ]


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [("baik", "x", "bad-review"), (HAS_ISSUES, " \n", "no-reason"), (REJECTED, "", "no-reason")],
)
def test_judging__asks_for_a_reason(village: Station, state: str, reason: str, code: str) -> None:
    with pytest.raises(ProblemError) as error:
        judge(village, THE_FIRST, state, reason)
    assert error.value.code == code
    assert states(village) == {FIRST: ("accepted", None)}


def test_judging__what_is_not_there(village: Station) -> None:
    with pytest.raises(ProblemError) as error, writing(village.engine) as connection:
        zone, now = village.backend.settings.timezone, village.clock()
        review.judge(
            connection, village.backend.cache, zone, OTHER_VILLAGE, sha_of(village, THE_FIRST), APPROVED, "", HEAD, now
        )
    assert error.value.code == "no-such-submission"


# -- sent back to the KPM ----------------------------------------------------------------------------------------------


def test_sent_back__stands_in_the_phones_list_until_a_correction_counts(village: Station) -> None:
    before, asked, first_version = hash_of(village), perlu(village), version_of(village)
    judge(village, THE_FIRST, HAS_ISSUES, WHY)
    assert perlu(village) == f"perbaiki isian Kunjungan Rumah Bulanan: {WHY}" + (f"; {asked}" if asked else "")
    assert visits(village) == [FIRST]  # it goes on counting
    sent_back, second_version = hash_of(village), version_of(village)
    assert sent_back != before
    assert second_version > first_version  # else phones would not look at the row
    assert_rebuilding_changes_nothing(village)
    correct(village, status_gizi="kurang", jaminan_kesehatan_anak="ya")
    assert WHY in perlu(village)
    choose(village, FIRST, SECOND)
    assert (perlu(village), len({before, sent_back, hash_of(village)})) == (asked, 3)
    assert version_of(village) > second_version
    assert_rebuilding_changes_nothing(village)
    choose(village, FIRST, THE_FIRST)
    assert WHY in perlu(village)


def test_sent_back__is_gone_when_it_is_withdrawn(village: Station) -> None:
    asked = perlu(village)
    judge(village, THE_FIRST, HAS_ISSUES, WHY)
    sent_back, version = hash_of(village), version_of(village)
    judge(village, THE_FIRST, NOT_REVIEWED)
    assert perlu(village) == asked
    assert hash_of(village) != sent_back
    assert version_of(village) > version
    assert_rebuilding_changes_nothing(village)


def test_sent_back__says_the_latest_reason_and_who_gave_it(village: Station) -> None:
    judge(village, THE_FIRST, HAS_ISSUES, "salah anak")
    judge(village, THE_FIRST, HAS_ISSUES, f" {WHY}\n" + "x" * 400)
    with reading(village.engine) as connection:
        (one,) = returned.open_forms(connection, VILLAGE)
    assert (one.by, one.name) == (HEAD, "Kunjungan Rumah Bulanan")
    assert one.reason.startswith(f"{WHY} xxx") and len(one.reason) == review.LONGEST_REMARK


def test_sent_back__of_who_has_nothing_else_to_be_done_the_sign_says_so(village: Station) -> None:
    village.send(visited(NIA, day="2026-03-04", instance=SECOND))
    assert listed(village)[NIA]["label"].startswith("✓")
    judge(village, THE_SECOND, HAS_ISSUES, WHY)
    assert (listed(village)[NIA]["label"][0], listed(village)[NIA]["prioritas"]) == ("●", "5")


def test_sent_back__a_registration_is_asked_of_all_in_it_and_after_a_merge_of_who_is_left(village: Station) -> None:
    judge(village, "Nia", HAS_ISSUES, "RT salah")
    assert ["RT salah" in perlu(village, id_) for id_ in (ALI, NIA)] == [True, True]
    merge(village, ALI, NIA)
    assert perlu(village, NIA).count("RT salah") == 2


def test_sent_back__of_who_has_moved_away_the_other_village_is_not_asked(village: Station) -> None:
    village.send(measured(ALI, day="2026-03-03"))
    judge(village, THE_FIRST, HAS_ISSUES, WHY)
    move(village, VILLAGE, OTHER_VILLAGE, ALI)
    assert WHY not in perlu(village, village=OTHER_VILLAGE)
    with reading(village.engine) as connection:
        assert [one.sha256 for one in returned.open_forms(connection, VILLAGE)] == [sha_of(village, THE_FIRST)]
        assert returned.of_targets(connection, VILLAGE) == {}

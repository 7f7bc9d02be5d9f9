"""What comes out of order: a visit before the registration, a correction, values that no index can hold."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregate.service.cards import StoredCards
from forms.problems import ProblemError
from scorecards.sources import AreaTotal
from server.cli.main import main
from server.database.engine import open_engine, writing
from server.publications.form_versions import FormCache
from server.publications.publish import publish_form
from server.publications.shipped import in_folders
from server.submissions.rebuild import rebuild
from tests.support.family_forms import KELUARGA, keluarga
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id, submission
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.tables import workbook_bytes


@pytest.fixture
def with_children(station: Station) -> Station:
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    return station


def test_a_visit_that_came_before_the_registration_takes_effect_with_it(with_children: Station) -> None:
    child = new_id()
    visit = kunjungan(child, "<status_gizi>kurang</status_gizi>", day="2026-02-20")
    with_children.send(visit)
    assert with_children.rows("entities") == []
    with_children.send(daftar(child, day="2026-02-10"))

    row = with_children.one("entities", id=child)
    assert row["data"]["status_gizi"] == "kurang"
    assert (str(row["registered_on"]), str(row["visited_on"])) == ("2026-02-10", "2026-02-20")
    assert with_children.one("villages")["held_since"] is None
    derived = ("entities", "entity_changes", "submissions", "answers_kunjungan", "list_revisions")
    before = [with_children.rows(table) for table in derived]
    rebuild(with_children.engine, FormCache(), UTC, with_children.clock.now, iter)
    assert [with_children.rows(table) for table in derived] == before


def test_a_correction_is_kept_and_said__and_counts_nothing_twice(with_children: Station) -> None:
    child = new_id()
    with_children.send(daftar(child))
    with_children.send(kunjungan(child, "<status_gizi>baik</status_gizi>"))
    first = with_children.one("submissions", form_id="kunjungan")["instance_id"]
    corrected = kunjungan(child, "<status_gizi>kurang</status_gizi>").replace(
        "</instanceID>", f"</instanceID><deprecatedID>{first}</deprecatedID>"
    )
    with_children.send(corrected)
    kept = with_children.one("submissions", problem="correction")
    assert (kept["state"], kept["root_instance_id"], kept["deprecated_id"]) == ("waiting", first, first)
    assert bytes(kept["body"]) == corrected.encode()
    assert first in kept["detail"]
    assert len(with_children.rows("answers_kunjungan")) == 1
    assert with_children.one("entities", id=child)["data"]["status_gizi"] == "baik"


def test_an_instance_id_longer_than_any_index_is_kept_once(with_children: Station) -> None:
    long = daftar(new_id()).replace("<instanceID>", "<instanceID>" + "x" * 12_000)
    with_children.send(long)
    with_children.send(long)
    assert with_children.one("submissions")["problem"] == "too-long"


def test_an_entity_id_longer_than_any_index_is_a_problem_of_that_entity_alone(with_children: Station) -> None:
    with_children.send(daftar("y" * 12_000, new_id()))
    assert with_children.one("submissions")["problem"] == "entity-without-id"
    assert len(with_children.rows("entities", list="anak")) == 1


def test_names_of_files_are_cut_to_what_an_index_holds(with_children: Station) -> None:
    with_children.send(daftar(new_id()), [("f" * 12_000 + ".jpg", b"gambar")])
    assert len(with_children.one("attachments")["name"]) == 255


def test_answers_larger_than_any_form_are_refused_with_a_sentence(with_children: Station) -> None:
    answer = with_children.post(submission("daftar", "<a/>" * 2_000_000))
    assert answer.status_code == 413
    assert "lebih besar dari 5 MB" in answer.text
    assert with_children.rows("submissions") == []


def test_home_lists_villages_with_a_phone__those_that_have_sent_with_the_day(station: Station) -> None:
    station.publish(KELUARGA)
    station.send(keluarga(new_id(), day="2026-03-01"))
    cards = StoredCards(station.engine, lambda: station.backend.today, station.backend.settings.timezone)
    assert [tuple(one)[1:] for one in cards.villages()] == [(0, 0, date(2026, 3, 10), True), (0, 0, None, True)]
    with writing(station.engine) as connection:
        connection.exec_driver_sql(CARDS_TABLE)
        connection.exec_driver_sql("INSERT INTO cards VALUES ('11.01.01.2001', '2026-Q1', 3, 4, 5, 6)")
    assert [(one.place.code, one.received, one.due) for one in cards.villages("11.01")] == [
        (VILLAGE, 7, 11),
        (OTHER_VILLAGE, 0, 0),
    ]
    assert [one.due for one in cards.villages("11.01", "2025-Q4")] == [0, 0]
    for search, found in (("SUKADA", [OTHER_VILLAGE]), ("11.01.01.2001", [VILLAGE]), ("%", []), ("Bakongan", [])):
        assert [one.place.code for one in cards.villages("ID", None, search)] == found
    assert cards.areas("ID") == [AreaTotal("11", "Aceh", 7, 11, 2, 1)]
    assert cards.areas("11.01") == [AreaTotal("11.01.01", "Bakongan", 7, 11, 2, 1)]
    assert cards.villages("12") == []


CARDS_TABLE = (
    "CREATE TABLE cards (village_id text, quarter text, pregnant_received int, children_received int, "
    "pregnant_due int, children_due int)"
)


@pytest.mark.parametrize("name", ["../rahasia.csv", "/etc/rahasia.csv", "folder/rahasia.csv"])
def test_a_form_takes_no_file_from_another_folder(station: Station, tmp_path: Path, name: str) -> None:
    (tmp_path / "rahasia.csv").write_text("name,label\n1,2\n")
    (tmp_path / "forms").mkdir()
    form = f"""
# survey
| type                       | name | label |
| select_one_from_file {name} | x    | X     |
# settings
| form_title | form_id | version |
| X          | x       | 1       |
"""
    with pytest.raises(ProblemError) as refused, writing(station.engine) as connection:
        publish_form(
            connection, workbook_bytes(form), in_folders([tmp_path / "forms"]), station.clock(), validate=False
        )
    assert "rahasia" in refused.value.text("id")
    assert station.rows("form_media") == []


def test_a_wrong_database_url_is_told_without_its_password() -> None:
    with pytest.raises(ProblemError) as told:
        open_engine("postgresql://user:s3cret@host:port/db")
    assert "s3cret" not in told.value.text("id") + told.value.text("en")


def kpm(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--database", database_url, "phones", *arguments])


def test_a_lost_phone_is_shut_out_by_its_number(station: Station) -> None:
    number = next(line for line in kpm(station.url, "list").stdout.splitlines() if VILLAGE in line).split()[0]
    assert kpm(station.url, "revoke", number).exit_code == 0
    assert station.get("formList").status_code == 403
    wrong = kpm(station.url, "revoke", "0")
    assert wrong.exit_code == 1
    assert "kpm phones list" in wrong.stderr
    assert "dicabut" in kpm(station.url, "list").stdout


def test_a_page_that_fails_says_so_in_both_languages_and_shows_nothing_inside(station: Station) -> None:
    with writing(station.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE regions RENAME TO hilang")
    page = station.client.get(f"/desa/{VILLAGE}")
    assert page.status_code == 500
    assert "Server sedang terganggu; datanya aman" in page.text
    assert "Halaman ini belum dapat dibuka" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "regions" not in page.text
    assert "its data is safe" in station.client.get(f"/desa/{VILLAGE}?lang=en").text

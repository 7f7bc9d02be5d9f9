"""What becomes of what phones send: nothing twice, nothing lost, and the register is right after it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import update

from server.database.engine import writing
from server.database.tables import villages
from server.entities.unit_of_work import MOST_AT_ONCE
from server.openrosa.documents import COMPLETE
from server.submissions.inbox import process_some
from tests.server.conftest import Filled
from tests.support.family_forms import KELUARGA, PERSALINAN, PINDAH, keluarga, persalinan, pindah
from tests.support.phone_http import message_of, multipart
from tests.support.served import serving
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id, submission
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station

RUMAH = """
# survey
| type  | name   | label    |
| text  | alamat | Alamat   |
| image | depan  | Depan    |
| image | dapur  | Dapur    |
| image | jamban | Jamban   |
# settings
| form_title | form_id | version |
| Rumah      | rumah   | 1       |
"""
AT_ONCE = 8


def rumah(instance: str, alamat: str = "Jalan Melati 3") -> str:
    photos = "<depan>depan.jpg</depan><dapur>dapur.jpg</dapur><jamban>jamban.jpg</jamban>"
    return submission("rumah", f"<alamat>{alamat}</alamat>{photos}", instance)


def forms_of_children(station: Station) -> None:
    for form in (DAFTAR, KUNJUNGAN):
        station.publish(form)


def forms_of_families(station: Station) -> None:
    for form in (KELUARGA, PERSALINAN, PINDAH):
        station.publish(form)


@pytest.fixture
def with_children(filled: Filled) -> Station:
    """The server with the forms that register children and visit them."""
    return filled(forms_of_children)


@pytest.fixture
def with_families(filled: Filled) -> Station:
    """The server with the forms of households, births and moves."""
    return filled(forms_of_families)


def child_of(station: Station, id_: str) -> dict[str, object]:
    return station.one("entities", village_id=VILLAGE, id=id_)


def labels(station: Station) -> dict[str, str]:
    """What the register calls each entity, by id."""
    return {row["id"]: row["label"] for row in station.rows("entities")}


# The same again


def test_same_submission_posted_eight_times_at_once__one_row_and_eight_201(
    with_children: Station, tmp_path: Path
) -> None:
    child = new_id()
    with_children.send(daftar(child))
    visit = kunjungan(child, "<status_gizi>kurang</status_gizi><foto>anak.jpg</foto>").encode()
    body, content_type = multipart(visit, [("anak.jpg", b"gambar" * 999)], incomplete=False)
    together = Barrier(AT_ONCE)

    with serving(with_children.url, tmp_path, WORKERS=str(AT_ONCE)) as served, ThreadPoolExecutor(AT_ONCE) as threads:

        def post(_: int) -> tuple[int, str]:
            connection = served.connect()
            together.wait()
            connection.request("POST", with_children.path("submission"), body, {"Content-Type": content_type})
            answer = connection.getresponse()
            said = answer.status, message_of(answer.read())
            connection.close()
            return said

        answers = list(threads.map(post, range(AT_ONCE)))

    assert answers == [(201, COMPLETE)] * AT_ONCE
    with_children.process()
    assert with_children.one("submissions", form_id="kunjungan")["body"] == visit
    assert len(with_children.rows("answers_kunjungan")) == 1
    assert len(with_children.rows("instance_ids")) == 2
    assert [row["name"] for row in with_children.rows("attachments")] == ["anak.jpg"]
    assert with_children.took_effect()[child] == 2


def test_sent_again_later__same_answer_and_nothing_changes(with_children: Station) -> None:
    child = new_id()
    bodies = [daftar(child), kunjungan(child, "<status_gizi>kurang</status_gizi>")]
    for body in bodies:
        with_children.send(body)
    tables = ("submissions", "answers_daftar__balita", "answers_kunjungan", "entities", "list_revisions")
    before = {table: with_children.rows(table) for table in tables}

    with_children.clock.forward(days=30)

    assert [with_children.send(body) for body in bodies] == [COMPLETE, COMPLETE]
    assert {table: with_children.rows(table) for table in tables} == before


def test_same_id_with_other_content__both_kept_and_the_second_waits(with_children: Station) -> None:
    child, instance = new_id(), f"uuid:{new_id()}"
    with_children.send(daftar(child))
    first = kunjungan(child, "<status_gizi>kurang</status_gizi>", instance=instance)
    second = kunjungan(child, "<status_gizi>buruk</status_gizi>", instance=instance)

    for body in (first, second, second, first):
        assert with_children.send(body) == COMPLETE

    kept = sorted(with_children.rows("submissions", form_id="kunjungan"), key=lambda row: row["seq"])
    assert [(row["body"].decode(), row["state"], row["problem"]) for row in kept] == [
        (first, "accepted", None),
        (second, "waiting", "same-id-other-content"),
    ]
    assert instance in kept[1]["detail"]
    assert with_children.one("answers_kunjungan")["status_gizi"] == "kurang"
    assert child_of(with_children, child)["data"]["status_gizi"] == "kurang"


def test_same_bytes_from_another_villages_phone__both_kept_and_the_second_waits(with_children: Station) -> None:
    body = daftar(new_id())

    with_children.send(body, village=VILLAGE)
    with_children.send(body, village=OTHER_VILLAGE)

    kept = {row["village_id"]: row for row in with_children.rows("submissions")}
    assert {village: row["body"].decode() for village, row in kept.items()} == {VILLAGE: body, OTHER_VILLAGE: body}
    assert (kept[VILLAGE]["state"], kept[VILLAGE]["problem"]) == ("accepted", None)
    assert (kept[OTHER_VILLAGE]["state"], kept[OTHER_VILLAGE]["problem"]) == ("waiting", "same-id-other-content")
    assert "desa lain" in kept[OTHER_VILLAGE]["detail"]
    assert [row["village_id"] for row in with_children.rows("answers_daftar")] == [VILLAGE]
    assert [row["village_id"] for row in with_children.rows("entities")] == [VILLAGE]


# In several parts

# As Collect sends what is too large for one request: every post but its last one says that more is to come.
Part = tuple[str, bytes, bool]
PARTS: Sequence[Part] = (
    ("depan.jpg", secrets.token_bytes(600_000), True),
    ("dapur.jpg", secrets.token_bytes(2_000), True),
    ("jamban.jpg", secrets.token_bytes(10), False),
)


@pytest.fixture
def with_photos(station: Station) -> Station:
    station.publish(RUMAH)
    return station


def send_part(station: Station, xml: str, part: Part) -> str:
    name, content, more = part
    answer = station.post(xml, [(name, content)], part=more)
    assert answer.status_code == 201
    return message_of(answer.data)


def files_of(station: Station, instance: str) -> Iterator[tuple[str, bytes]]:
    """The kept files of a submission, by name, with their bytes."""
    sha256 = station.one("submissions", instance_id=instance)["sha256"]
    for row in station.rows("attachments", submission_sha256=sha256):
        with station.backend.attachments.open(row["sha256"]) as file:
            content = file.read()
        assert row["size"] == len(content)
        yield row["name"], content


def test_three_parts_in_any_order_end_complete(with_photos: Station) -> None:
    expected = sorted((name, content) for name, content, _ in PARTS)

    for order in permutations(PARTS):
        instance = f"uuid:{new_id()}"
        said = [send_part(with_photos, rumah(instance), part) for part in order]

        assert said == [
            "1 dari 3 berkas sudah diterima; sisanya menyusul.",
            "2 dari 3 berkas sudah diterima; sisanya menyusul.",
            COMPLETE,
        ]
        assert list(files_of(with_photos, instance)) == expected

    assert len(with_photos.rows("submissions")) == len(with_photos.rows("answers_rumah")) == 6


def test_send_that_breaks_off_and_begins_again__ends_complete(with_photos: Station) -> None:
    instance = f"uuid:{new_id()}"
    first, second, last = PARTS

    said = [send_part(with_photos, rumah(instance), part) for part in (first, second, first, second, last, last)]

    assert [sentence.partition(" dari")[0] for sentence in said] == ["1", "2", "2", "2", COMPLETE, COMPLETE]
    assert list(files_of(with_photos, instance)) == sorted((name, content) for name, content, _ in PARTS)
    assert len(with_photos.rows("submissions")) == 1


def test_message_counts_the_files_that_the_answers_speak_of__whatever_the_phone_says(with_photos: Station) -> None:
    instance = f"uuid:{new_id()}"

    first = with_photos.post(rumah(instance), [("depan.jpg", b"1"), ("audit.csv", b"event,node")], part=False)
    last = with_photos.post(rumah(instance), [("dapur.jpg", b"2"), ("jamban.jpg", b"3")], part=True)

    assert message_of(first.data).startswith("1 dari 3 ")
    assert message_of(last.data) == COMPLETE
    assert [name for name, _ in files_of(with_photos, instance)] == [
        "audit.csv",
        "dapur.jpg",
        "depan.jpg",
        "jamban.jpg",
    ]


def test_message_in_english(open_station: Callable[..., Station], with_photos: Station) -> None:
    english = open_station(LOCALE="en")

    said = send_part(english, rumah(f"uuid:{new_id()}"), PARTS[0])

    assert said == "1 of 3 files received; the others are still to come."


def test_file_of_one_name_with_other_bytes_is_kept_beside_the_first(with_photos: Station) -> None:
    instance = f"uuid:{new_id()}"

    for content in (b"kabur", b"jelas", b"kabur"):
        with_photos.send(rumah(instance), [("depan.jpg", content)])

    assert sorted(files_of(with_photos, instance)) == [("depan.jpg", b"jelas"), ("depan.jpg", b"kabur")]


# Files by other names than Collect's


@pytest.mark.parametrize(
    ("field", "filename"),
    [
        ("depan.jpg", "blob"),
        ("file", "depan.jpg"),
        ("depan.jpg", ""),
        ("depan.jpg", "IMG_0001.jpg"),
        ("file", "/storage/emulated/0/odk/depan.jpg"),
        ("file", "C:\\\\foto\\\\depan.jpg"),
        ("media/depan.jpg", "blob"),
    ],
)
def test_a_file_is_matched_by_the_name_that_the_answers_call_it(
    with_photos: Station, field: str, filename: str
) -> None:
    instance = f"uuid:{new_id()}"
    parts = (
        ('name="xml_submission_file"; filename="blob"', rumah(instance).encode()),
        (f'name="{field}"; filename="{filename}"', b"isi"),
    )
    body = b"".join(
        f"--batas\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    path = with_photos.path("submission")
    answer = with_photos.client.post(
        path, data=body + b"--batas--\r\n", content_type="multipart/form-data; boundary=batas"
    )
    assert message_of(answer.data) == "1 dari 3 berkas sudah diterima; sisanya menyusul."
    assert list(files_of(with_photos, instance)) == [("depan.jpg", b"isi")]


def test_a_default_picture_that_nobody_touched_is_not_waited_for(with_photos: Station) -> None:
    instance = f"uuid:{new_id()}"
    xml = rumah(instance).replace("dapur.jpg", "jr://images/dapur.jpg")
    assert send_part(with_photos, xml, PARTS[0]).startswith("1 dari 2 ")
    assert send_part(with_photos, xml, PARTS[2]) == COMPLETE
    assert with_photos.one("submissions")["expected_files"] == ["depan.jpg", "jamban.jpg"]
    assert with_photos.one("answers_rumah")["dapur"] == "jr://images/dapur.jpg"


# The register


def test_birth_creates_the_child_in_the_mothers_household(with_families: Station) -> None:
    household, mother, child = new_id(), new_id(), new_id()
    with_families.send(keluarga(household, mothers=(mother,), day="2025-11-03"))

    with_families.send(persalinan(mother, child, household, born="2026-03-02", day="2026-03-08"))

    born, delivered = child_of(with_families, child), child_of(with_families, mother)
    assert (born["list"], born["label"]) == ("anak", "Ayu")
    assert (born["household"], str(born["birth_date"])) == (household, "2026-03-02")
    assert (str(born["registered_on"]), str(born["leaves_on"])) == ("2026-03-08", "2028-03-02")
    assert (delivered["household"], str(delivered["delivered_on"])) == (household, "2026-03-02")
    assert delivered["label"] == "Siti"
    assert with_families.took_effect() == {household: 1, mother: 2, child: 1}
    assert (str(delivered["visited_on"]), delivered["missing"]) == ("2026-03-08", "Vitamin A")


def test_computed_properties_are_not_stored(with_families: Station) -> None:
    household, mother, child = new_id(), new_id(), new_id()
    with_families.send(keluarga(household, mothers=(mother,), day="2025-11-03"))

    with_families.send(persalinan(mother, child, household, born="2026-03-02", day="2026-03-08"))

    assert child_of(with_families, mother)["data"].keys() == {"nama", "hpl", "keluarga", "tanggal_melahirkan"}
    assert child_of(with_families, child)["data"].keys() == {"nama", "tanggal_lahir", "keluarga"}


def test_update_keeps_what_was_not_sent__blanks_overwrite__blank_label_is_ignored(with_children: Station) -> None:
    child = new_id()
    with_children.send(daftar(child))

    with_children.send(kunjungan(child, "<nama_baru>Budiman</nama_baru>", label="Budiman"))
    named = child_of(with_children, child)
    with_children.send(kunjungan(child, "<status_gizi></status_gizi><status>aktif</status>", label=" "))
    blanked = child_of(with_children, child)

    assert named["label"] == "Budiman"
    assert named["data"] == {"nama": "Budiman", "tanggal_lahir": "2025-06-01", "status_gizi": "baik"}
    assert blanked["label"] == "Budiman"
    assert blanked["version"] > named["version"]
    assert blanked["data"] == named["data"] | {"status_gizi": "", "status": "aktif"}


def test_visit_to_somebody_unknown__accepted_and_counted_and_held_for_the_register(with_children: Station) -> None:
    stranger = new_id()

    assert with_children.send(kunjungan(stranger, "<status_gizi>kurang</status_gizi>")) == COMPLETE

    kept = with_children.one("submissions")
    assert (kept["state"], kept["problem"]) == ("accepted", None)
    held = with_children.one("entity_changes")
    assert (held["entity_id"], held["state"], held["version"]) == (stranger, "held", None)
    assert with_children.one("villages")["held_since"] == kept["received_at"]
    assert with_children.one("answers_kunjungan")["status_gizi"] == "kurang"
    assert with_children.rows("entities") == []
    assert with_children.one("villages")["stale_since"] == "2026-Q1"


def test_entity_of_another_village_is_unknown_here(with_children: Station) -> None:
    child = new_id()
    with_children.send(daftar(child), village=OTHER_VILLAGE)
    before = with_children.one("entities")

    with_children.send(kunjungan(child, "<status_gizi>buruk</status_gizi>"), village=VILLAGE)

    assert with_children.one("entity_changes", village_id=VILLAGE)["state"] == "held"
    assert with_children.one("entities") == before


def test_one_bad_entity_does_not_block_the_others(with_children: Station) -> None:
    first, taken, last = new_id(), new_id(), new_id()
    with_children.send(daftar(taken, nama="Wati"))

    with_children.send(daftar(first, taken, "", last))

    kept = with_children.rows("submissions", problem="entity-without-id")
    assert [row["state"] for row in kept] == ["accepted"]
    assert taken in kept[0]["detail"] and "tidak membawa id" in kept[0]["detail"]
    assert labels(with_children) == {first: "Budi", taken: "Wati", last: "Budi"}
    assert len(with_children.rows("answers_daftar__balita")) == 5


def test_new_entity_without_a_name_is_not_put_on_the_list(with_children: Station) -> None:
    with_children.send(daftar(new_id(), nama=""))

    assert with_children.one("submissions")["problem"] == "entity-without-label"
    assert with_children.rows("entities") == []


# Which cards are out of date after it


def stale_after(station: Station, body: str) -> str | None:
    """The village's first quarter that is out of date after this submission, when all cards were fresh before."""
    with writing(station.engine) as connection:
        connection.execute(update(villages).values(stale_since=None))
    station.send(body)
    stale: str | None = station.one("villages")["stale_since"]
    return stale


def test_visit_that_changes_no_property_makes_its_own_quarter_stale(with_children: Station) -> None:
    child = new_id()
    with_children.send(daftar(child, day="2025-08-05"))

    visit = kunjungan(child, "<masih_kurang>akta</masih_kurang>", day="2025-12-31")

    assert stale_after(with_children, visit) == "2025-Q4"


def test_visit_that_changes_a_property_makes_all_since_the_registration_stale(with_children: Station) -> None:
    child = new_id()
    with_children.send(daftar(child, day="2025-08-05"))

    visit = kunjungan(child, "<status_gizi>kurang</status_gizi>", day="2026-01-02")

    assert stale_after(with_children, visit) == "2025-Q3"


def test_earliest_stale_quarter_stays(with_children: Station) -> None:
    with_children.send(daftar(new_id(), day="2025-08-05"))

    with_children.send(daftar(new_id(), day="2026-03-01"))

    assert with_children.one("villages")["stale_since"] == "2025-Q3"


def test_registration_makes_its_own_quarter_stale(with_children: Station) -> None:
    assert stale_after(with_children, daftar(new_id(), day="2025-10-01")) == "2025-Q4"


def test_submission_that_names_no_day_makes_the_quarter_of_its_arrival_stale(with_children: Station) -> None:
    assert stale_after(with_children, daftar(new_id(), day="")) == "2026-Q1"


def test_day_at_the_village_counts__not_the_day_in_utc(with_children: Station) -> None:
    with_children.clock.now = with_children.clock.now.replace(month=3, day=31, hour=17)  # midnight in Jakarta

    assert stale_after(with_children, daftar(new_id(), day="")) == "2026-Q2"


def test_birth_makes_all_since_the_mothers_registration_stale(with_families: Station) -> None:
    household, mother = new_id(), new_id()
    with_families.send(keluarga(household, mothers=(mother,), day="2025-09-03"))

    birth = persalinan(mother, new_id(), household, born="2026-03-02", day="2026-03-08")

    assert stale_after(with_families, birth) == "2025-Q3"


def test_household_change_makes_all_since_its_first_members_registration_stale(with_families: Station) -> None:
    old, new, child = new_id(), new_id(), new_id()
    with_families.send(keluarga(old, children=(child,), day="2025-07-03"))
    with_families.send(keluarga(new, day="2026-01-03"))
    latrine = keluarga(new, day="2026-03-01", new=False)

    assert stale_after(with_families, latrine) == "2026-Q1"
    assert stale_after(with_families, pindah(child, new, day="2026-02-01")) == "2025-Q3"
    assert child_of(with_families, child)["household"] == new
    dry = latrine.replace("layak", "tidak").replace("uuid:", "uuid:lagi-")
    assert stale_after(with_families, dry) == "2025-Q3"


def test_what_is_not_understood_makes_nothing_stale(with_children: Station) -> None:
    with_children.send(daftar(new_id()))

    assert stale_after(with_children, daftar(new_id(), version="99")) is None


# -- large households -------------------------------------------------------------------------------------------------


def test_a_large_household_takes_no_more_statements_than_a_small_one(with_children: Station) -> None:
    counts = []
    with_children.send(daftar(new_id()))  # the first one reads the forms, and notes the phone
    for children in (2, 12):
        with statements_of(with_children.engine) as kept:
            with_children.keep(daftar(*(new_id() for _ in range(children))))
        with statements_of(with_children.engine) as processed:
            backend = with_children.backend
            assert process_some(backend.engine, backend.cache, VILLAGE, backend.settings.timezone, backend.clock()) == 1
        counts.append((len(kept), len(processed)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 2
    assert counts[0][1] <= 22  # with the savepoint in which it is read
    assert len(with_children.rows("entities")) == len(with_children.rows("entity_changes")) == 15


def test_more_people_than_any_household_has(with_children: Station) -> None:
    """Then they are looked for one by one: a statement takes only so many values."""
    ids = {new_id() for _ in range(MOST_AT_ONCE + 1)}
    with_children.send(daftar(*ids))
    assert {row["id"] for row in with_children.rows("entities")} == ids

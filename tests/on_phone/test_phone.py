"""The tests' phone keeps forms, lists and unsent submissions as ODK Collect does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from lxml import etree

from tests.support.form_engine import File, Filled
from tests.support.phone import NotEditableError, Phone
from tests.support.phone_http import ServerError
from tests.support.phone_lists import UUID4
from tests.support.small_server import ALI, CUT, HEADER, SmallServer, small_server


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server() as small:
        yield small


@pytest.fixture
def phone(server: SmallServer, new_phone: Callable[[str], Phone]) -> Phone:
    new = new_phone(server.url)
    new.sync()
    server.asked.clear()
    return new


def shown(phone: Phone) -> dict[str, str]:
    return phone.open("ukur").choices("anak")


class Said(NamedTuple):
    """What the engine wrote into the entity element of a submission."""

    base: str
    trunk: str
    branch: str


def said_of_entity(filled: Filled) -> Said:
    (entity,) = etree.fromstring(filled.xml.encode()).iter("{*}entity")
    return Said(*(entity.attrib[name] for name in ("baseVersion", "trunkVersion", "branchId")))


def measure(phone: Phone, anak: str, tikar: str) -> Filled:
    return phone.fill("ukur", {"anak": anak, "tikar": tikar})


def test_first_sync_fetches_forms_and_lists_as_collect_does(
    server: SmallServer, new_phone: Callable[[str], Phone]
) -> None:
    phone = new_phone(server.url)
    phone.sync()
    assert set(phone.forms) == {"daftar", "ukur"}
    assert server.asked.count("GET anak.csv") == 1  # one list for two forms
    assert shown(phone) == {ALI: "Ali"}
    for headers in server.headers:
        assert headers["X-OpenRosa-Version"] == "1.0"
        assert headers["User-Agent"].startswith("org.odk.collect.android/v2026.3.0")


def test_sync_with_nothing_new_fetches_no_form_and_no_list_again(server: SmallServer, phone: Phone) -> None:
    first = phone.traffic.copy()
    phone.sync()
    phone.sync()
    assert "GET anak.csv" not in server.asked
    assert phone.traffic.since(first).received < first.received
    assert phone.traffic.since(first).requests == len(server.asked)


def test_form_that_is_no_longer_listed_leaves_the_phone(server: SmallServer, phone: Phone) -> None:
    del server.forms["daftar"]
    phone.sync()
    assert set(phone.forms) == {"ukur"}


def test_new_form_version_is_fetched(server: SmallServer, phone: Phone) -> None:
    server.forms["ukur"] = server.forms["ukur"].replace(b"Tikar", b"Warna tikar")
    phone.sync()
    assert phone.open("ukur").screens()[1].label == "Warna tikar"


def test_entity_made_offline_is_there_at_once_and_carries_its_branch(phone: Phone) -> None:
    phone.fill("daftar", {"nama": "Cut"})
    made = next(one for one in phone.lists["anak"].entities.values() if one.label == "Cut")
    assert (made.version, made.trunk_version, made.online) == (1, None, False)
    assert shown(phone) == {ALI: "Ali", made.id: "Cut"}
    assert said_of_entity(measure(phone, made.id, "hijau")) == ("1", "", made.branch_id)
    changed = phone.lists["anak"].entities[made.id]
    assert (changed.version, changed.label) == (2, "Cut")
    assert said_of_entity(measure(phone, made.id, "hijau")) == ("2", "", made.branch_id)
    assert changed.properties == {"nama": "Cut", "tikar": "hijau"}


def test_changes_of_a_listed_entity_make_one_branch_of_the_servers_version(server: SmallServer, phone: Phone) -> None:
    server.anak = HEADER + f"{ALI},Ali,3002,Ali,\n"  # its third version, in the second month after it was registered
    phone.sync()
    first, second = (said_of_entity(measure(phone, ALI, tikar)) for tikar in ("kuning", "merah"))
    assert first == ("3002", "3002", first.branch)
    assert second == ("3003", "3002", first.branch)
    assert UUID4.fullmatch(first.branch)


def test_list_that_has_caught_up_ends_the_branch(server: SmallServer, phone: Phone) -> None:
    before = said_of_entity(measure(phone, ALI, "kuning"))
    server.anak = HEADER + f"{ALI},Ali,2,Ali,kuning\n"
    phone.sync()
    after = said_of_entity(measure(phone, ALI, "merah"))
    assert after == ("2", "2", after.branch)
    assert after.branch != before.branch


def test_list_that_is_behind_leaves_the_branch_as_it_is(server: SmallServer, phone: Phone) -> None:
    before = [said_of_entity(measure(phone, ALI, tikar)) for tikar in ("kuning", "merah")]
    server.anak = HEADER + f"{ALI},Ali,2,Ali,kuning\n"  # the second is still on its way
    phone.sync()
    assert said_of_entity(measure(phone, ALI, "hijau")) == ("3", "1", before[0].branch)


def test_entity_made_offline_keeps_its_branch_until_the_list_has_caught_up(server: SmallServer, phone: Phone) -> None:
    phone.fill("daftar", {"nama": "Cut"})
    made = next(one for one in phone.lists["anak"].entities.values() if one.label == "Cut")
    measure(phone, made.id, "hijau")
    server.anak = HEADER + f"{ALI},Ali,1,Ali,\n{made.id},Cut,1,Cut,\n"
    phone.sync()
    assert said_of_entity(measure(phone, made.id, "merah")) == ("2", "", made.branch_id)
    server.anak = HEADER + f"{ALI},Ali,1,Ali,\n{made.id},Cut,3,Cut,merah\n"
    phone.sync()
    after = said_of_entity(measure(phone, made.id, "kuning"))
    assert after == ("3", "3", after.branch)
    assert after.branch != made.branch_id


@pytest.mark.parametrize(
    ("server_version", "changes", "tikar"),
    [
        (1, 1, "merah"),  # the phone is ahead
        (2, 1, "hijau"),  # the server has caught up
        (3, 1, "hijau"),
        (1, 0, ""),  # Collect does not look at a row whose version it has and has not changed
        (2, 0, "hijau"),
    ],
)
def test_newer_version_wins_on_sync(
    server: SmallServer, phone: Phone, server_version: int, changes: int, tikar: str
) -> None:
    for _ in range(changes):
        measure(phone, ALI, "merah")
    server.anak = HEADER + f"{ALI},Ali,{server_version},Ali,hijau\n"
    phone.sync()
    assert phone.lists["anak"].entities[ALI].properties["tikar"] == tikar


def test_entity_missing_from_the_list_goes_only_if_the_server_had_it(server: SmallServer, phone: Phone) -> None:
    phone.fill("daftar", {"nama": "Cut"})
    server.anak = HEADER
    phone.sync()
    assert list(shown(phone).values()) == ["Cut"]
    assert "GET integrity" in server.asked


def test_entity_made_here_and_deleted_on_the_server_goes(server: SmallServer, phone: Phone) -> None:
    phone.fill("daftar", {"nama": "Cut"})
    server.deleted = set(phone.lists["anak"].only_here())
    server.anak = HEADER + f"{ALI},Ali,2,Ali,\n"
    phone.sync()
    assert shown(phone) == {ALI: "Ali"}


def test_list_keeps_the_order_in_which_entities_came(server: SmallServer, phone: Phone) -> None:
    server.anak = HEADER + f"{CUT},Cut,1,Cut,\n{ALI},Ali,2,Ali,\n"
    phone.sync()
    assert list(shown(phone)) == [ALI, CUT]


@pytest.mark.parametrize("broken", ["name,label\nx,y\n", HEADER + f"{ALI},Ali,dua,Ali,\n", HEADER + ",Ali,1,Ali,\n"])
def test_list_that_collect_would_drop_unsaid_fails_the_test(server: SmallServer, phone: Phone, broken: str) -> None:
    server.anak = broken
    with pytest.raises(ValueError, match=r"list|dua"):
        phone.sync()


def test_list_without_its_length_fails_the_test(server: SmallServer, phone: Phone) -> None:
    server.anak = HEADER
    server.says_lengths = False
    with pytest.raises(ServerError, match="Content-Length"):
        phone.sync()


def test_outbox_is_sent_after_a_head_and_emptied(server: SmallServer, phone: Phone) -> None:
    filled = phone.fill("daftar", {"nama": "Cut", "foto": File("foto.jpg", b"\xff\xd8\x00")})
    assert phone.send() == ["Diterima"]
    assert server.asked == ["HEAD submission", "POST submission"]
    assert server.parts == [{"xml_submission_file": filled.xml.encode(), "foto.jpg": b"\xff\xd8\x00"}]
    assert (phone.outbox, phone.sent) == ([], [filled])


def test_large_submission_goes_in_parts_that_repeat_the_xml(server: SmallServer, phone: Phone) -> None:
    filled = phone.fill("daftar", {"nama": "Cut", "foto": File("foto.jpg", b"1" * 5000)})
    filled.files.update({"audit.csv": b"2" * 5000, "suara.m4a": b"3" * 5000})
    server.limit = 12_000
    phone.send()
    names = [sorted(part) for part in server.parts]
    assert names == [
        ["*isIncomplete*", "audit.csv", "foto.jpg", "xml_submission_file"],
        ["suara.m4a", "xml_submission_file"],
    ]
    assert {part["xml_submission_file"] for part in server.parts} == {filled.xml.encode()}


def test_refused_submission_shows_the_servers_sentence_and_stays(server: SmallServer, phone: Phone) -> None:
    phone.fill("daftar", {"nama": "Cut"})
    server.refusal = "Penuh"
    with pytest.raises(ServerError, match="500: Penuh"):
        phone.send()
    assert len(phone.outbox) == 1
    server.refusal = ""
    assert phone.send() == ["Diterima"]


def test_edit_waits_in_the_outbox_beside_what_it_edits_and_leaves_the_phones_list_alone(phone: Phone) -> None:
    first = phone.fill("daftar", {"nama": "Cut", "foto": File("foto.jpg", b"\xff\xd8\x00")})
    edit = phone.edit("daftar", first, {"nama": "Cut Nyak"})
    assert phone.outbox == [first, edit]
    assert (edit.value("nama"), edit.deprecated_id, edit.files) == ("Cut Nyak", first.instance_id, first.files)
    assert list(shown(phone).values()) == ["Ali", "Cut"]


def test_what_was_sent_can_be_edited(server: SmallServer, phone: Phone) -> None:
    phone.fill("daftar", {"nama": "Cut"})
    phone.send()
    edit = phone.edit("daftar", phone.sent[0], {"nama": "Cut Nyak"})
    phone.send()
    assert server.parts[1] == {"xml_submission_file": edit.xml.encode()}


def test_form_that_does_not_allow_it_shows_no_pencil(phone: Phone) -> None:
    filled = measure(phone, ALI, "hijau")
    with pytest.raises(NotEditableError, match="ukur is not client-editable"):
        phone.edit("ukur", filled, {"tikar": "merah"})
    assert phone.outbox == [filled]

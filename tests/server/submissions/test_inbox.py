"""The inbox: what is kept and waits, what one failure does to the others, and how much work it is."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, text, update
from sqlalchemy.exc import OperationalError

from forms.problems import ProblemError
from forms.schema import FormSchema
from forms.submission import Envelope, Submission
from server import processor
from server.cli.main import main
from server.database.engine import reading, writing
from server.database.tables import entities
from server.database.types import key_of, metadata
from server.processor import Failures
from server.publications.form_versions import FormCache, KnownVersion
from server.submissions import inbox, quarantine
from server.submissions import interpret as interpreting
from server.submissions import process as processing
from server.submissions import rebuild as rebuilding
from server.submissions.inbox import Waiting, catch_up, process_some, waiting
from server.submissions.quarantine import quarantined, replay
from tests.support.deciding import choose, move
from tests.support.narrowed import narrowed_tables, selects
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id
from tests.support.statements import Sent, built_for, sent_to, statements_of
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

# Statements that one POST takes once the phone and the form are known, and a batch of a hundred visits of one village.
MOST_OF_A_POST, MOST_OF_A_BATCH = 2, 25
DAY = "2026-03-01"


@pytest.fixture
def village(station: Station) -> Station:
    station.publish(DAFTAR)
    station.publish(KUNJUNGAN)
    return station


def states(station: Station) -> list[str]:
    return sorted(row["state"] for row in station.rows("submissions"))


def test_kept__and_not_yet_processed(village: Station) -> None:
    village.keep(daftar(new_id()))
    assert states(village) == ["received"]
    assert village.rows("entities") == []
    with reading(village.engine) as connection:
        found = waiting(connection, village.clock())
    assert found == Waiting(count=1, villages=1, since=village.clock(), late=0)
    answer = village.client.get("/healthz").json
    assert answer == {"status": "ok", "waiting": 1, "waiting_since": "2026-03-10T02:30:00+00:00", "late_villages": 0}
    village.process()
    assert states(village) == ["accepted"]
    assert village.client.get("/healthz").json == {
        "status": "ok",
        "waiting": 0,
        "waiting_since": None,
        "late_villages": 0,
    }


def test_what_waits_for_longer_than_it_should__by_village(village: Station) -> None:
    for code in (VILLAGE, VILLAGE, OTHER_VILLAGE):
        village.keep(daftar(new_id()), village=code)
    village.clock.forward(minutes=5)
    village.keep(daftar(new_id()))
    assert village.client.get("/healthz").json["late_villages"] == 0  # type: ignore[index]
    village.clock.forward(seconds=1)
    assert village.client.get("/healthz").json["late_villages"] == 2  # type: ignore[index]
    said = kpm(village, "status")
    assert "2 desa lebih dari 5 menit, sebabnya ada di log server" in said
    assert "2 villages for more than 5 minutes; the server's log says why" in said
    assert f"\n    {VILLAGE}, {OTHER_VILLAGE}\n" in said


def test_status__does_not_name_all_villages_where_nothing_is_processed(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    village.keep(daftar(new_id()), village=OTHER_VILLAGE)
    village.clock.forward(seconds=1)
    village.keep(daftar(new_id()))
    monkeypatch.setattr(inbox, "MOST_VILLAGES", 1)
    assert f"\n    {OTHER_VILLAGE}, ...\n" in kpm(village, "status")


def test_a_phone_that_asks_for_its_lists_sees_what_it_has_sent(village: Station) -> None:
    child = new_id()
    village.keep(daftar(child))
    assert child in village.get("lists/anak.csv").text
    assert states(village) == ["accepted"]


def test_a_phone_that_syncs_hears_of_what_it_has_sent(village: Station) -> None:
    """The manifest tells whether a list is another one now: only then a phone asks for it, and who has gone from it."""
    child = new_id()
    village.send(daftar(child))
    manifest = village.get("forms/kunjungan/1/manifest").text
    village.keep(daftar(new_id()))
    assert village.get("forms/kunjungan/1/manifest").text != manifest
    village.keep(kunjungan(child, "<status>meninggal</status>"))
    village.get(f"lists/anak/integrity?id={child}")
    assert states(village) == ["accepted"] * 3


def test_a_page_of_a_village_tells_what_its_phones_have_sent(published: Station) -> None:
    published.keep(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]))
    card = published.client.get(f"/desa/{VILLAGE}.json").json
    assert card["table1"]["children"]["total"] == 1


def test_many_in_one_batch__in_the_order_in_which_they_came(village: Station) -> None:
    children = [new_id() for _ in range(5)]
    village.keep(daftar(*children))
    for child in children:
        village.keep(kunjungan(child, "<status_gizi>kurang</status_gizi>"))
    village.process()
    assert states(village) == ["accepted"] * 6
    assert [row["seq"] for row in sorted(village.rows("submissions"), key=lambda row: row["arrival"])] == [*range(1, 7)]
    assert {*village.took_effect().values()} == {2}


def test_one_that_fails_goes_to_quarantine_and_the_rest_of_its_batch_goes_on(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = [new_id() for _ in range(3)]
    village.send(daftar(*children))
    poison = children[1]
    usual = processing.write_answers

    def fail(work: object, tables: object, sent: object) -> str:
        if poison in sent.submission.envelope.root.xpath("string()"):  # type: ignore[attr-defined]
            raise ArithmeticError("too much")
        return usual(work, tables, sent)  # type: ignore[arg-type]

    monkeypatch.setattr(processing, "write_answers", fail)
    for child in children:
        village.keep(kunjungan(child, "<status_gizi>kurang</status_gizi>"))
    village.process()
    assert states(village) == ["accepted"] * 3 + ["quarantined"]
    with reading(village.engine) as connection:
        (found,) = quarantined(connection)
    assert found.problem == "not-derived"
    assert "gagal mengolahnya (ArithmeticError)" in found.detail
    assert "failed to work it out (ArithmeticError)" in found.detail
    assert {row["anak"] for row in village.rows("answers_kunjungan")} == {children[0], children[2]}

    monkeypatch.undo()
    replay(village.engine, FormCache(), village.backend.settings.timezone, village.clock())
    assert states(village) == ["accepted"] * 4


def test_what_is_the_servers_fault_stays_in_the_inbox(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    village.keep(daftar(new_id()))

    def full(*_given: object) -> str:
        raise OSError("no space left on device")

    monkeypatch.setattr(processing, "write_answers", full)
    with pytest.raises(OSError, match="no space left"):
        village.process()
    assert states(village) == ["received"]
    monkeypatch.undo()
    village.process()
    assert states(village) == ["accepted"]


def test_what_waits_for_another_one_of_its_batch_is_applied_though_one_of_them_failed(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are tried one by one then, and each has to see what the one before it left waiting."""
    usual, poison, child = processing.write_answers, new_id(), new_id()

    def fail(work: object, tables: object, sent: object) -> str:
        if poison in sent.submission.envelope.root.xpath("string()"):  # type: ignore[attr-defined]
            raise ArithmeticError("too much")
        return usual(work, tables, sent)  # type: ignore[arg-type]

    monkeypatch.setattr(processing, "write_answers", fail)
    offline = f'update="1" baseVersion="1" trunkVersion="" branchId="{new_id()}"'
    village.keep(kunjungan(poison, "<status_gizi>kurang</status_gizi>"))
    village.keep(kunjungan(child, "<status_gizi>buruk</status_gizi>").replace('update="1" baseVersion="1"', offline, 1))
    village.keep(daftar(child))
    village.process()
    assert states(village) == ["accepted", "accepted", "quarantined"]
    assert village.one("entities")["data"]["status_gizi"] == "buruk"
    assert village.one("villages")["held_since"] is None


def break_processing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[str]:
    """What the processor does in VILLAGE fails; the villages that it tries from now on."""
    usual, tried = processor.process_some, list[str]()

    def fail(engine: Engine, cache: FormCache, village_id: str, *rest: object, skip_locked: bool) -> int:
        tried.append(village_id)
        if village_id == VILLAGE:
            raise error
        return usual(engine, cache, village_id, *rest, skip_locked=skip_locked)  # type: ignore[arg-type]

    monkeypatch.setattr(processor, "process_some", fail)
    return tried


def test_a_village_that_fails_does_not_stop_the_others(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do as many as one look finds."""
    village.keep(daftar(new_id()))
    village.keep(daftar(new_id()), village=OTHER_VILLAGE)
    monkeypatch.setattr(inbox, "MOST_VILLAGES", 1)
    break_processing(monkeypatch, RuntimeError("no"))
    failures = Failures()
    done = [processor.work_through(village.engine, FormCache(), village.backend.settings, failures) for _ in range(3)]
    assert done == [0, 1, 0]
    assert {row["village_id"]: row["state"] for row in village.rows("submissions")} == {
        VILLAGE: "received",
        OTHER_VILLAGE: "accepted",
    }


def test_a_village_that_fails_is_tried_less_and_less_often_and_told_of_once(
    village: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    village.keep(daftar(new_id()))
    tried = break_processing(monkeypatch, OSError("no space left on device"))
    seconds = 0
    failures = Failures(lambda: seconds)
    times = []
    for seconds in range(200):
        tried.clear()
        processor.work_through(village.engine, FormCache(), village.backend.settings, failures)
        times += [seconds] * len(tried)
    assert times == [0, 2, 6, 14, 30, 62, 122, 182]
    said = f"the inbox of village {VILLAGE} could not be processed"
    assert [said in record.getMessage() for record in caplog.records] == [True]

    monkeypatch.undo()
    break_processing(monkeypatch, ValueError("otherwise"))
    seconds = 300
    processor.work_through(village.engine, FormCache(), village.backend.settings, failures)
    assert len(caplog.records) == 2
    monkeypatch.undo()
    seconds = 400
    assert processor.work_through(village.engine, FormCache(), village.backend.settings, failures) == 1
    village.keep(daftar(new_id()))
    assert processor.work_through(village.engine, FormCache(), village.backend.settings, failures) == 1


def test_what_comes_one_after_the_other_is_gathered_until_no_more_comes(village: Station) -> None:
    looks: list[int] = []

    def look_again(_pause: float) -> bool:
        if len(looks) < 2:
            village.keep(daftar(new_id()))
        looks.append(len(village.rows("submissions")))
        return False

    processor.gather(village.engine, look_again)
    assert looks == []  # nothing waits

    village.keep(daftar(new_id()))
    processor.gather(village.engine, look_again)
    assert looks == [2, 3, 3]


def test_what_goes_on_coming_is_not_gathered_for_long_nor_when_the_server_ends(village: Station) -> None:
    looks: list[float] = []

    def one_more(pause: float) -> bool:
        village.keep(daftar(new_id()))
        looks.append(pause)
        return False

    village.keep(daftar(new_id()))
    processor.gather(village.engine, one_more, lambda: sum(looks))
    assert processor.GATHERING <= sum(looks) < processor.GATHERING + 2 * processor.LOOK

    looks.clear()
    processor.gather(village.engine, lambda pause: looks.append(pause) is None)
    assert looks == [processor.LOOK]


def test_an_inbox_that_cannot_be_read_is_told_of_once(
    village: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_given: object) -> list[str]:
        raise OSError("no database")

    monkeypatch.setattr(processor, "waiting_villages", fail)
    pauses: list[float] = []
    processor.run(
        village.engine, village.backend.settings, lambda pause: pauses.append(pause) is None and len(pauses) > 4
    )
    assert pauses == [0, 2, 2, 2, 2]
    assert ["the inbox could not be read" in record.getMessage() for record in caplog.records] == [True]


def test_a_quarantine_that_is_asked_for_is_tried_by_the_processor__after_what_was_just_sent(village: Station) -> None:
    village.send(daftar(new_id(), version="2"))
    village.publish(DAFTAR.replace("| daftar  | 1 ", "| daftar  | 2 "))
    village.keep(daftar(new_id()))
    with writing(village.engine) as connection:
        quarantine.ask_to_replay(connection, [VILLAGE], village.clock())
    seen: list[list[str]] = []

    def stopping(_pause: float) -> bool:
        seen.append(states(village))
        return len(seen) > 4

    processor.run(village.engine, village.backend.settings, stopping)
    assert list(dict.fromkeys(map(tuple, seen))) == [
        ("quarantined", "received"),
        ("accepted", "quarantined"),
        ("accepted", "accepted"),
    ]
    assert village.one("villages", village_id=VILLAGE)["replay_since"] is None


def test_a_reader_sees_all_that_was_sent_though_the_processor_does_its_batch_meanwhile(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader has read a batch, and gets its turn when the processor has done that very one."""
    monkeypatch.setattr(inbox, "BATCH", {"sqlite": 2, "postgresql": 2})
    children = [new_id() for _ in range(5)]
    for child in children:
        village.keep(daftar(child))
    usual = inbox.in_turn

    def overtaken(engine: Engine, work: Callable[[Connection], int]) -> int:
        monkeypatch.setattr(inbox, "in_turn", usual)
        zone, now = village.backend.settings.timezone, village.clock()
        assert process_some(engine, FormCache(), VILLAGE, zone, now, skip_locked=True) == 2
        return usual(engine, work)

    monkeypatch.setattr(inbox, "in_turn", overtaken)
    listed = village.get("lists/anak.csv").text
    assert [child in listed for child in children] == [True] * 5
    assert states(village) == ["accepted"] * 5


def test_one_that_cannot_be_read_goes_to_quarantine_and_the_rest_goes_on(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program's own, before anybody knows what the form says."""
    child, poison = new_id(), new_id()
    usual = interpreting.read_submission

    def fail(envelope: Envelope, schema: FormSchema) -> Submission:
        if poison in envelope.root.xpath("string()"):
            raise OverflowError("too large")
        return usual(envelope, schema)

    monkeypatch.setattr(interpreting, "read_submission", fail)
    for body in (daftar(child), kunjungan(poison), kunjungan(child)):
        assert village.keep(body).status_code == 201
    village.process()
    assert states(village) == ["accepted", "accepted", "quarantined"]
    with reading(village.engine) as connection:
        (found,) = quarantined(connection)
    assert (found.problem, "gagal mengolahnya (OverflowError)" in found.detail) == ("not-derived", True)


def test_one_whose_files_cannot_be_found_is_kept_all_the_same(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program's own, while the phone waits for its answer."""

    def fail(*_given: object) -> tuple[str, ...]:
        raise OverflowError("too large")

    monkeypatch.setattr(interpreting, "named_files", fail)
    assert village.keep(daftar(new_id())).status_code == 201
    monkeypatch.undo()
    village.process()
    assert states(village) == ["accepted"]


class Stumbling(FormCache):
    """Of a submission of one form the database says that something is wrong: once, it is away."""

    def __init__(self, form_id: str, broken: str | Exception) -> None:
        super().__init__()
        self.form_id, self.broken = form_id, broken

    def find(self, connection: Connection, form_id: str, version: str) -> KnownVersion | None:
        if form_id == self.form_id:
            if isinstance(self.broken, Exception):
                raise self.broken
            connection.execute(text(self.broken))
        return super().find(connection, form_id, version)


def test_one_over_which_the_database_stumbles_goes_to_quarantine_and_the_rest_goes_on(village: Station) -> None:
    children = [new_id() for _ in range(3)]
    village.publish(DAFTAR.replace("daftar", "daftar_lain"))
    for body in (daftar(children[0]), daftar(children[1]).replace("daftar", "daftar_lain"), daftar(children[2])):
        assert village.keep(body).status_code == 201
    stumbling = Stumbling("daftar_lain", "SELECT 1 FROM no_such_table")
    zone = village.backend.settings.timezone
    catch_up(village.engine, stumbling, VILLAGE, zone, village.clock())
    assert states(village) == ["accepted", "accepted", "quarantined"]
    with reading(village.engine) as connection:
        (found,) = quarantined(connection)
    assert found.problem == "not-derived"
    assert any(said in found.detail for said in ("UndefinedTable 42P01", "OperationalError SQLITE_ERROR"))

    rebuilding.rebuild_villages(village.engine, stumbling, [VILLAGE], zone, village.clock())
    assert states(village) == ["accepted", "accepted", "quarantined"]
    replay(village.engine, FormCache(), zone, village.clock())
    assert states(village) == ["accepted"] * 3


def test_where_the_database_is_away_all_of_the_batch_stays_in_the_inbox(village: Station) -> None:
    for child in (new_id(), new_id()):
        village.keep(daftar(child))
    away = OperationalError("SELECT", {}, Exception("the server closed the connection"), connection_invalidated=True)
    with pytest.raises(OperationalError):
        catch_up(village.engine, Stumbling("daftar", away), VILLAGE, village.backend.settings.timezone, village.clock())
    assert states(village) == ["received"] * 2
    village.process()
    assert states(village) == ["accepted"] * 2


def break_village(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What the module `rebuild` or `inbox` does for VILLAGE fails."""
    module, function = {"rebuild": (rebuilding, "_rebuild_village"), "inbox": (inbox, "process_in_order")}[name]
    usual = getattr(module, function)

    def fail(*given: object, **named: object) -> object:
        if VILLAGE in given:
            raise RuntimeError("no")
        return usual(*given, **named)

    monkeypatch.setattr(module, function, fail)


def test_an_inbox_that_fails_does_not_stop_a_command(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    village.keep(daftar(new_id()))
    village.keep(daftar(new_id()), village=OTHER_VILLAGE)
    break_village(monkeypatch, "inbox")
    monkeypatch.setattr(inbox, "MOST_VILLAGES", 1)
    village.process()
    found = {row["village_id"]: row["state"] for row in village.rows("submissions")}
    assert found == {VILLAGE: "received", OTHER_VILLAGE: "accepted"}


def test_a_village_that_cannot_be_rebuilt_keeps_what_it_had_and_is_named(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in (VILLAGE, OTHER_VILLAGE):
        village.send(daftar(new_id()), village=code)
    before = village.rows("entities")
    with writing(village.engine) as connection:
        connection.execute(update(entities).values(label="?"))
    break_village(monkeypatch, "rebuild")
    zone = village.backend.settings.timezone

    with pytest.raises(ProblemError) as failed:
        rebuilding.rebuild(village.engine, FormCache(), zone, village.clock(), iter)

    assert failed.value.code == "villages-failed"
    assert f"Desa {VILLAGE} tidak dapat diolah ulang" in failed.value.text("id")
    assert f"{VILLAGE} could not be derived again" in failed.value.text("en")
    labels = {row["village_id"]: row["label"] for row in village.rows("entities")}
    assert labels == {VILLAGE: "?", OTHER_VILLAGE: before[1]["label"]}
    told = (
        "1 desa gagal diolah ulang, datanya tetap seperti sebelumnya; ulangi: kpm rebuild /\n"
        "    villages that could not be derived again, what was there stays; try again: kpm rebuild\n"
        f"    {VILLAGE}: RuntimeError\n"
    )
    assert told in kpm(village, "status")

    monkeypatch.undo()
    rebuilding.rebuild(village.engine, FormCache(), zone, village.clock(), iter)
    assert "diolah ulang" not in kpm(village, "status")


def test_several_processors_at_once__each_submission_takes_effect_once(village: Station) -> None:
    children = [new_id() for _ in range(8)]
    village.send(daftar(*children))
    for child in children:
        for _ in range(5):
            village.keep(kunjungan(child, "<status_gizi>kurang</status_gizi>"))
    where = village.engine, FormCache(), VILLAGE, village.backend.settings.timezone, village.clock()
    threads = [threading.Thread(target=catch_up, args=where) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert states(village) == ["accepted"] * 41
    assert {*village.took_effect().values()} == {1 + 5}
    assert sorted(row["seq"] for row in village.rows("submissions")) == [*range(1, 42)]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_locked_village_is_passed_over(village: Station) -> None:
    """On SQLite everybody waits for the one writer; there is no such lock."""
    village.keep(daftar(new_id()))
    village.process()
    village.keep(daftar(new_id()))
    with writing(village.engine) as connection:
        connection.execute(text("SELECT 1 FROM villages FOR UPDATE"))
        cache, zone = FormCache(), village.backend.settings.timezone
        assert process_some(village.engine, cache, VILLAGE, zone, village.clock(), skip_locked=True) == 0
    assert process_some(village.engine, cache, VILLAGE, zone, village.clock(), skip_locked=True) == 1


def locked_by(found: list[Sent]) -> list[str]:
    """The villages in the order in which they were locked."""
    locks = [one.values for one in found if one.sql.startswith(("INSERT INTO villages", "SELECT villages.seq"))]
    return list(dict.fromkeys(code for values in locks for code in re.findall(r"11\.01\.01\.\d{4}", values)))


def test_villages_are_locked_by_their_codes__also_where_others_live_there(published: Station) -> None:
    """Two that lock each other's villages in other orders would wait for each other."""
    ali, budi = new_id(), new_id()
    published.send(mapped(new_id(), children=[(ali, {"nama": "Ali"})]), village=OTHER_VILLAGE)
    published.send(mapped(new_id(), children=[(budi, {"nama": "Budi"})]))
    move(published, OTHER_VILLAGE, VILLAGE, ali)
    move(published, VILLAGE, OTHER_VILLAGE, budi)
    for code, child in ((VILLAGE, budi), (OTHER_VILLAGE, ali)):
        with sent_to(published.engine) as found:
            published.send(visited(child, day=DAY), village=code)
        assert locked_by(found) == [VILLAGE, OTHER_VILLAGE]
        assert published.one("answers_kunjungan_rumah", anak=child)["sending_village"] == code
        with sent_to(published.engine) as found:
            zone, now = published.backend.settings.timezone, published.clock()
            rebuilding.rebuild_village(published.engine, FormCache(), code, zone, now)
        assert locked_by(found) == [VILLAGE, OTHER_VILLAGE]


def test_working_through_a_village_asks_no_other_villages(published: Station) -> None:
    """Every table that is read is narrowed to villages: a distributed database would ask all nodes else."""
    first, ali, budi = "uuid:pertama", new_id(), new_id()
    zone, now = published.backend.settings.timezone, published.clock()
    house = mapped(new_id(), children=[(ali, {"nama": "Ali"}), (budi, {"nama": "Budi"})])
    published.keep(house)
    published.keep(visited(ali, day=DAY, instance=first, status_gizi="baik"))
    published.keep(visited(ali, day=DAY, instance="uuid:lain", corrects=first, status_gizi="kurang"))
    with built_for(published.engine) as built:
        assert process_some(published.engine, FormCache(), VILLAGE, zone, now) == 3
        move(published, VILLAGE, OTHER_VILLAGE, budi)
        choose(published, first, "<instanceID>uuid:lain<")
        published.keep(visited(budi, day=DAY))
        assert process_some(published.engine, FormCache(), VILLAGE, zone, now) == 1
        rebuilding.rebuild_village(published.engine, FormCache(), VILLAGE, zone, now)
    read = [pair for one in built for query in selects(one) for pair in narrowed_tables(query)]
    of_villages = {name for name, table in metadata.tables.items() if key_of(table) == "village_id"}
    assert [name for name, narrowed in read if not narrowed and name in of_villages] == []
    assert len(built) > 50


def test_a_post_takes_two_statements(published: Station) -> None:
    mother = new_id()
    published.send(mapped(new_id(), mothers=[(mother, {"nama": "Siti"})]))
    with statements_of(published.engine) as found:
        published.keep(visited(mother, day=DAY, of="ibu_hamil"))
    assert len(found) <= MOST_OF_A_POST, found


def test_a_batch_of_a_hundred_visits_of_one_village_takes_few_statements(published: Station) -> None:
    mothers = [new_id() for _ in range(100)]
    published.send(
        mapped(new_id(), mothers=[(mother, {"nama": f"Ibu {number}"}) for number, mother in enumerate(mothers)])
    )
    for mother in mothers:
        published.keep(visited(mother, day=DAY, of="ibu_hamil"))
    batches = 0
    with statements_of(published.engine) as found:
        while process_some(
            published.engine, published.backend.cache, VILLAGE, published.backend.settings.timezone, published.clock()
        ):
            batches += 1
            assert len(found) <= MOST_OF_A_BATCH, found
            found.clear()
    assert batches == (1 if published.engine.dialect.name == "postgresql" else 4)
    assert states(published) == ["accepted"] * 101


def test_what_a_batch_asks_is_said_in_the_same_words_whatever_its_length(published: Station) -> None:
    mothers = [new_id() for _ in range(10)]
    published.send(mapped(new_id(), mothers=[(mother, {"nama": "Siti"}) for mother in mothers]))
    asked = []
    # The first tells that the phone has this version of the form, which is noted once.
    for batch in (mothers[:1], mothers[1:3], mothers[3:6], mothers[6:]):
        for mother in batch:
            published.keep(visited(mother, day=DAY, of="ibu_hamil"))
        with statements_of(published.engine) as found:
            zone, now = published.backend.settings.timezone, published.clock()
            assert process_some(published.engine, published.backend.cache, VILLAGE, zone, now) == len(batch)
        asked.append([one for one in found if one.startswith("SELECT")])
    assert asked[1] == asked[2] == asked[3]


def kpm(station: Station, *words: str) -> str:
    done = CliRunner().invoke(main, ["--database", station.url, *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_status__tells_what_waits_and_whose_cards_failed(village: Station) -> None:
    village.send(daftar(new_id()))
    village.keep(daftar(new_id(), version="99"))
    with writing(village.engine) as connection:
        connection.execute(text("UPDATE villages SET refresh_problem = 'DataError 22003'"))
    said = kpm(village, "status")
    assert "1 isian menunggu diproses / submissions wait to be processed" in said
    assert "sejak / since 2026-03-10 09:30:00, 1 desa / villages" in said
    assert "0 isian bermasalah" in said
    assert (
        f"1 desa yang kartunya gagal dihitung / villages whose cards could not be counted\n    {VILLAGE}: Data" in said
    )
    assert states(village) == ["accepted", "received"]
    village.process()
    said = kpm(village, "status")
    assert "0 isian menunggu diproses" in said
    assert "log server" not in said
    assert "sejak" not in said
    assert "1 isian bermasalah / submissions with a problem: kpm quarantine list" in said


def test_a_command_about_a_village_speaks_of_all_that_its_phones_have_sent(published: Station) -> None:
    published.keep(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]))
    assert "isian menunggu" not in kpm(published, "duplicates", VILLAGE)
    assert states(published) == ["accepted"]


def test_a_refresh_counts_what_still_waits(published: Station) -> None:
    published.keep(mapped(new_id(), children=[(new_id(), {"nama": "Ali"})]))
    kpm(published, "refresh")
    assert states(published) == ["accepted"]
    assert published.rows("cards")

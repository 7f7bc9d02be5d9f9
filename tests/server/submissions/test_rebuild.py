"""What is derived can be thrown away: the submissions as received bring the very same tables back."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, MetaData, Table, delete, inspect, null, update

from aggregate.indicators.tables import CARDS
from aggregate.scorecard.refresh import refresh
from forms.simulation.district import simulate
from forms.simulation.places import Village
from forms.submission import read_envelope
from forms.xlsform.compiler import CompiledForm, compile_form
from server.cli.main import main
from server.clock import wall_clock
from server.database.engine import reading, writing
from server.database.tables import entities, entity_changes, list_revisions, submissions, villages
from server.demo.simulate import forms_on_phones, keep_places
from server.publications import form_versions, publish, shipped
from server.publications.form_versions import FormCache
from server.submissions.interpret import IncomingSubmission
from server.submissions.quarantine import replay
from server.submissions.rebuild import rebuild
from tests.support.counting import workbook
from tests.support.family_forms import KELUARGA, PERSALINAN, PINDAH, keluarga, persalinan, pindah
from tests.support.inbox import take_in
from tests.support.small_forms import DAFTAR, KUNJUNGAN, daftar, kunjungan, new_id, submission
from tests.support.statements import statements_of
from tests.support.station import OTHER_VILLAGE, START, VILLAGE, Station, table_rows

JAKARTA = ZoneInfo("Asia/Jakarta")
DERIVED = {"submissions", "entities", "entity_changes", "list_revisions", "villages", "cards"}
DAFTAR_2 = DAFTAR.replace("| daftar  | 1  ", "| daftar  | 2  ").replace(
    "| begin_repeat | balita ", "| text | catatan | Catatan | |\n| begin_repeat | balita "
)
IMUNISASI = """
# survey
| type                          | name    | label   | save_to     |
| date                          | tanggal | Tanggal |             |
| select_one_from_file anak.csv | anak    | Anak    |             |
| text                          | gizi    | Gizi    | status_gizi |
# entities
| list_name | entity_id |
| anak      | ${anak}   |
# settings
| form_title | form_id   | version |
| Imunisasi  | imunisasi | 1       |
"""


def kpm(url: str, *words: str) -> str:
    """Runs a command as at the terminal; what it prints."""
    done = CliRunner().invoke(main, ["--database", url, *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def publish_shipped(engine: Engine) -> None:
    """What `kpm init` publishes; compiled but once for all tests."""
    with writing(engine) as connection:
        for path in shipped.FORMS:
            form = compiled(path)
            form_versions.publish(connection, form.schema, form.xml, b"", START)
            for file in shipped.MEDIA.glob("*.csv"):
                if file.stem in form.schema.reads:
                    form_versions.keep_media(connection, form.form_id, form.version, file.name, file.read_bytes())
        publish.publish_indicators(connection, shipped.INDICATORS.read_bytes(), START)


@cache
def compiled(workbook: Path) -> CompiledForm:
    return compile_form(workbook.read_bytes())


def count_cards(engine: Engine) -> None:
    """What `kpm refresh --all` does."""
    refresh(engine, wall_clock().astimezone(JAKARTA).date(), "all")


def derived(engine: Engine) -> dict[str, bytes]:
    """Every row of every derived table, as bytes."""
    names = [name for name in inspect(engine).get_table_names() if name in DERIVED or name[:6] in ("answer", "recap_")]
    return {name: "\n".join(map(repr, table_rows(engine, name))).encode() for name in sorted(names)}


def damage(engine: Engine) -> None:
    """Loses or spoils everything that is derived."""
    with writing(engine) as connection:
        for name in inspect(connection).get_table_names():
            if name.startswith(("answers_", "recap_")) or name == "cards":
                connection.execute(delete(Table(name, MetaData(), autoload_with=connection)))
        connection.execute(delete(list_revisions))
        connection.execute(update(entity_changes).values(properties={}, state="held", day=date(2020, 1, 1)))
        connection.execute(delete(entity_changes).where(entity_changes.c.village_id == OTHER_VILLAGE))
        connection.execute(update(entities).values(label="rusak", version=99, data={}, household="rusak"))
        connection.execute(update(villages).values(stale_since=None))
        spoilt = {"state": "accepted", "problem": "rusak", "detail": None, "expected_files": ["rusak"]}
        connection.execute(update(submissions).values(**spoilt, instance_id=null(), form_id=null()))


def imunisasi(child: str, gizi: str) -> str:
    answers = f"<tanggal>2026-03-02</tanggal><anak>{child}</anak><gizi>{gizi}</gizi>"
    entity = f'<entity dataset="anak" id="{child}" update="1" baseVersion="1"/>'
    return submission("imunisasi", answers, in_meta=entity)


def ordinary_months(station: Station) -> tuple[str, str, str]:
    """Registrations, visits, a birth, a move, a late visit; ids of a household, its mother, its child."""
    household, other, mother, child, baby = (new_id() for _ in range(5))
    station.send(keluarga(household, mothers=(mother,), children=(child, new_id()), day="2025-07-03"))
    station.send(keluarga(other, children=(new_id(),), day="2025-10-20"))
    station.send(keluarga(new_id(), mothers=(new_id(),), children=(new_id(),), day="2026-01-07"), village=OTHER_VILLAGE)
    station.send(kunjungan(child, "<status_gizi>kurang</status_gizi><foto>a.jpg</foto>", day="2026-02-10"))
    station.send(persalinan(mother, baby, household, born="2026-03-01", day="2026-03-05"))
    station.send(pindah(child, other, day="2026-03-06"))
    station.send(keluarga(other, day="2026-03-06", new=False))
    station.send(kunjungan(child, "<masih_kurang>akta</masih_kurang>", day="2025-12-03"), [("b.jpg", b"foto")])
    return household, mother, child


def problems(station: Station, child: str) -> None:
    """Everything that goes wrong: conflicts, bad entities, bad values, and forms that are not published yet."""
    instance = f"uuid:{new_id()}"
    for state in ("baik", "buruk"):
        station.send(kunjungan(child, f"<status_gizi>{state}</status_gizi>", instance=instance))
    both = daftar(new_id())
    station.send(both, village=OTHER_VILLAGE)
    station.send(both, village=VILLAGE)
    station.send(both, village=OTHER_VILLAGE)
    station.send(daftar(new_id(), child, "", day="2026-02-01"))
    station.send(kunjungan(new_id(), "<status_gizi>kurang</status_gizi>"))
    station.send(daftar(new_id()).replace("<jumlah>1", "<jumlah>satu"))
    station.send(daftar(new_id(), day="1970-01-01"))
    station.send(submission("daftar", "<jumlah>0</jumlah>").replace("instanceID", "bukan"))
    station.send(imunisasi(child, "stunting"))
    late = new_id()
    station.send(daftar(late, day="2025-05-05", version="2").replace("<balita>", "<catatan>lama</catatan><balita>", 1))
    station.send(kunjungan(late, "<status_gizi>buruk</status_gizi>"))


def states(station: Station) -> list[tuple[str, str | None]]:
    rows = sorted(station.rows("submissions"), key=lambda row: (row["village_id"], row["seq"]))
    return [(row["state"], row["problem"]) for row in rows if row["problem"]]


@pytest.fixture
def messy(station: Station) -> Station:
    """Two villages with a history in which everything has happened that can; nothing of it counted yet."""
    publish_shipped(station.engine)
    for form in (DAFTAR, KUNJUNGAN, KELUARGA, PERSALINAN, PINDAH):
        station.publish(form)
    *_, child = ordinary_months(station)
    problems(station, child)
    station.publish(DAFTAR_2)
    station.publish(IMUNISASI)
    assert replay(station.engine, FormCache(), JAKARTA, station.clock.now) == (8, 6)
    station.clock.forward(days=6)  # what waits for its predecessor is forced
    station.send(kunjungan(child, "<status_gizi>baik</status_gizi>", day="2026-03-12"))
    return station


def test_messy_history_is_derived_again_byte_for_byte(messy: Station) -> None:
    assert states(messy) == [
        ("waiting", "same-id-other-content"),
        ("waiting", "same-id-other-content"),
        ("accepted", "entity-without-id"),
        ("quarantined", "bad-value"),
        ("quarantined", "wrong-day"),
        ("quarantined", "no-instance-id"),
    ]
    count_cards(messy.engine)
    before = derived(messy.engine)
    assert {"cards", "recap_anak", "answers_imunisasi", "answers_daftar__balita", *DERIVED} <= before.keys()
    assert before["recap_ibu_hamil"] and before["cards"] and before["list_revisions"]

    damage(messy.engine)
    assert derived(messy.engine) != before
    printed = kpm(messy.url, "rebuild")

    assert printed.startswith("2 desa / villages, ")
    assert derived(messy.engine) == before


def test_what_comes_out_as_it_was_is_not_written_again(station: Station) -> None:
    station.publish(KELUARGA)
    for _ in range(3):
        station.send(keluarga(new_id(), children=(new_id(),), day="2026-01-07"))
    spoilt = station.rows("submissions")[1]
    before = derived(station.engine)
    with writing(station.engine) as connection:
        here = submissions.c.sha256 == spoilt["sha256"]
        connection.execute(update(submissions).where(here).values(form_id="rusak", expected_files=["rusak"]))

    with statements_of(station.engine) as sent:
        rebuild(station.engine, FormCache(), JAKARTA, station.clock.now, iter)

    assert len([one for one in sent if one.startswith("UPDATE submissions SET seq")]) == 1
    assert derived(station.engine) == before


def test_past_quarters_are_derived_again_by_the_rules_that_they_were_counted_by(
    messy: Station,
) -> None:
    count_cards(messy.engine)
    other = workbook(ih2={"kode": "ihx"}, a8={"berlaku_jika": "${usia_bulan} >= 24"})
    with writing(messy.engine) as connection:
        assert publish.publish_indicators(connection, other, START) == 2
    kpm(messy.url, "refresh")
    before = derived(messy.engine)
    assert {row["rules"] for row in messy.rows("cards")} == {1, 2}

    with writing(messy.engine) as connection:
        connection.execute(update(CARDS).values(households=999))
        connection.execute(delete(Table("recap_anak", MetaData(), autoload_with=connection)))
    kpm(messy.url, "rebuild")
    with writing(messy.engine) as connection:  # what was tampered with counts as figures that changed
        connection.execute(update(CARDS).values(changed_on=None))
    assert derived(messy.engine) == before

    kpm(messy.url, "refresh", "--all")
    assert {row["rules"] for row in messy.rows("cards")} == {2}
    assert derived(messy.engine)["recap_anak"] != before["recap_anak"]


def test_rebuild_marks_the_same_cards_as_out_of_date(messy: Station) -> None:
    before = messy.rows("villages")
    assert {row["village_id"]: row["stale_since"] for row in before} == {VILLAGE: "2025-Q2", OTHER_VILLAGE: "2026-Q1"}
    damage(messy.engine)

    assert rebuild(messy.engine, FormCache(), JAKARTA, messy.clock.now, iter) == 2

    assert messy.rows("villages") == before


def test_replay_lets_what_comes_in_late_take_effect_in_its_own_place(messy: Station) -> None:
    (late,) = (row for row in messy.rows("answers_daftar") if row["catatan"] == "lama")
    row = messy.one("answers_daftar__balita", instance_id=late["instance_id"])
    (registered,) = (one for one in messy.rows("entities", list="anak") if one["created_seq"] == row["seq"])

    # The visit that came after it, while nobody knew the child, has taken effect as well.
    assert str(registered["registered_on"]) == "2025-05-05"
    assert registered["data"]["status_gizi"] == "buruk"


def test_simulated_village_is_derived_again_byte_for_byte(station: Station) -> None:
    engine = station.engine
    publish_shipped(engine)
    simulate_village(engine, Village("98.01.01.2001", "Uji", 0.2, 0.03, 0.9, targets=12))
    count_cards(engine)
    before = derived(engine)
    sent = {row["form_id"] for row in table_rows(engine, "submissions")}
    assert sent >= {"peta_sosial", "kunjungan_rumah", "ukur_tinggi", "fasilitas", "pantau_paud"}

    damage(engine)
    rebuild(engine, FormCache(), JAKARTA, START, iter)
    count_cards(engine)

    assert derived(engine) == before


def simulate_village(engine: Engine, village: Village) -> None:
    """Half a year of the shipped forms from one phone."""
    keep_places(engine, [village])
    cache = FormCache()
    with reading(engine) as connection:
        forms, files = forms_on_phones(connection, cache)
    with writing(engine) as connection:
        for sent in simulate(village, forms, files, date(2025, 10, 1), date(2026, 3, 10), seed=7):
            arrival = IncomingSubmission(village.code, "hp", None, sent.body, read_envelope(sent.body), START, JAKARTA)
            take_in(connection, cache, arrival)

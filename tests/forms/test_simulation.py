"""The simulated villages: what their phones send is what the real engine would send, and their life is believable."""

from __future__ import annotations

import copy
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lxml import etree

from forms.entity_xml import EntityChange
from forms.growth.zscores import Measurement, z_scores
from forms.periods import add_months, completed_months, month_end
from forms.simulation.days import BUSY_DAYS, working_days
from forms.simulation.district import first_day, phone_form, simulate
from forms.simulation.engine.filling import Entry, Known, MissingAnswerError
from forms.simulation.engine.form import FillableForm
from forms.simulation.engine.phone import LookUp, Phone, PhoneForm, Sent
from forms.simulation.engine.values import UnsupportedError, text_of
from forms.simulation.engine.xpath import compiled as compiled_expression
from forms.simulation.facilities import facilities
from forms.simulation.places import DEMO_VILLAGES, Village, load_villages, regions_of
from forms.simulation.village import VillageLife
from forms.submission import Submission, read_envelope, read_submission
from forms.xlsform.compiler import CompiledForm, compile_form
from server.publications.shipped import FORMS, MEDIA
from tests.support.form_engine import Engine

TODAY = date(2026, 5, 20)
FIRST = date(2025, 4, 1)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
Lists = dict[str, dict[str, dict[str, str]]]


@cache
def compiled() -> dict[str, CompiledForm]:
    return {path.stem: compile_form(path.read_bytes()) for path in FORMS}


@cache
def on_phones() -> dict[str, PhoneForm]:
    return {name: phone_form(form.xml, form.schema) for name, form in compiled().items()}


def look_ups() -> dict[str, LookUp]:
    return {path.stem: LookUp(path.read_bytes()) for path in MEDIA.glob("*.csv")}


def village(targets: int = 40, visits: float = 0.9) -> Village:
    return Village("99.01.01.2009", "Contoh Kecil", level=0.2, gain=0.05, visits=visits, targets=targets)


def run(place: Village, seed: int = 1) -> list[Sent]:
    return list(simulate(place, on_phones(), look_ups(), FIRST, TODAY, seed))


@cache
def demo() -> tuple[Submission, ...]:
    """All that the first demo village sends, as the server understands it."""
    return tuple(
        read_submission(read_envelope(sent.body), compiled()[sent.form_id].schema) for sent in run(DEMO_VILLAGES[1])
    )


def answers(form_id: str) -> Iterator[dict[str, Any]]:
    for submission in demo():
        if submission.schema.form_id == form_id:
            yield submission.rows[0].values


# Agreement with JavaRosa, the engine inside Collect.


@dataclass
class Watched(Phone):
    """A phone that remembers its lists as they were before each form."""

    before: list[Lists] = field(default_factory=list)

    def fill(self, form_id: str, begun: datetime, ended: datetime, known: Known) -> tuple[Sent, list[EntityChange]]:
        self.before.append(copy.deepcopy(self.lists))
        return super().fill(form_id, begun, ended, known)


# Marks of what happens seldom: a birth, a move, a death, a miscarriage, a second measurement, a known household.
RARE = ("<lahir>ya", ">pindah<", ">meninggal<", ">selesai<", "<panjang_ulang>", ">lama<", "</ibu><ibu>")
SEEN = {
    "kunjungan_rumah <lahir>ya",
    "kunjungan_rumah >pindah<",
    "pantau_paud >pindah<",
    "ukur_tinggi <panjang_ulang>",
    "peta_sosial >lama<",
    "fasilitas >lama<",
}
EACH = 6


def chosen(sent: list[Sent]) -> set[int]:
    """Some of every form, spread over time, and some of everything rare."""
    marks: dict[str, list[int]] = {}
    for number, one in enumerate(sent):
        for mark in ("", *(mark for mark in RARE if mark.encode() in one.body)):
            marks.setdefault(f"{one.form_id} {mark}".rstrip(), []).append(number)
    assert {*compiled(), *SEEN} <= marks.keys()
    return {number for numbers in marks.values() for number in numbers[:: max(1, len(numbers) // EACH)]}


def test_a_simulated_phone_sends_what_the_real_engine_sends__for_the_same_answers(
    form_engine: Engine, tmp_path: Path
) -> None:
    random = Random(2)
    phone = Watched(on_phones(), look_ups(), random)
    sent = list(VillageLife(village(targets=60), phone, FIRST, TODAY, random).run())
    for name, form in compiled().items():
        (tmp_path / f"{name}.xml").write_bytes(form.xml)
    for number in sorted(chosen(sent)):
        media = tmp_path / f"media-{number}"
        put_on_phone(media, phone.before[number])
        entry = form_engine.open(tmp_path / f"{sent[number].form_id}.xml", media, today=sent[number].day)
        for question, answer in sent[number].answers:
            entry.answer(question, answer)
        assert told(sent[number].body, phone.before[number]) == told(
            entry.finalize().xml.encode(), phone.before[number]
        )


def put_on_phone(folder: Path, lists: Lists) -> None:
    folder.mkdir()
    for file in MEDIA.glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    for name in {list_ for form in compiled().values() for list_ in form.schema.lists}:
        columns = {"name", "label", "__version", "__trunkVersion", "__branchId"}
        for form in compiled().values():
            columns |= {property_ for list_, property_, _ in form.schema.saved_properties() if list_ == name}
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, sorted(columns))
            writer.writeheader()
            writer.writerows(lists.get(name, {}).values())


def told(body: bytes, lists: Lists) -> list[tuple[str, dict[str, str], str]]:
    """Path, attributes and text of every element; fresh ids and times by the order in which they first come."""
    known = {text for rows in lists.values() for row in rows.values() for text in (row["name"], row["__branchId"])}
    fresh: dict[str, str] = {}

    def plain(text: str) -> str:
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\S*", "a time", text)
        return UUID.sub(lambda found: _plain_id(found[0]), text)

    def _plain_id(found: str) -> str:
        return found if found in known else fresh.setdefault(found, f"fresh {len(fresh) + 1}")

    tree = etree.ElementTree(etree.fromstring(body))
    return [
        (
            tree.getelementpath(element) if element is not tree.getroot() else "",
            {str(name): plain(str(text)) for name, text in element.attrib.items()},
            "" if len(element) else plain((element.text or "").strip()),
        )
        for element in tree.iter(etree.Element)
    ]


# The same seed, the same bytes.


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert [one.body for one in run(village(10))] == [one.body for one in run(village(10))]


def test_another_seed_or_village_gives_others() -> None:
    seen = {one.body for one in run(village(10))}
    assert not seen & {one.body for one in run(village(10), seed=2)}
    assert not seen & {one.body for one in run(replace(village(10), code="99.01.01.2010"))}


def test_submissions_come_in_the_order_of_time__none_after_today() -> None:
    days = [one.day for one in run(village())]
    assert days == sorted(days)
    assert FIRST <= days[0] < days[-1] <= TODAY


def test_five_quarters_end_with_the_running_one() -> None:
    assert first_day(date(2026, 11, 22)) == date(2025, 10, 1)
    assert first_day(date(2026, 1, 1)) == date(2025, 1, 1)


# What goes wrong.


def test_mishaps__come_on_the_last_day__each_as_the_server_must_take_it() -> None:
    place, files = village(), look_ups()
    usual = run(place)
    eventful = list(simulate(place, on_phones(), files, FIRST, TODAY, 1, mishaps=True))
    assert eventful[: len(usual)] == usual
    slip, correction, *others, first, second = eventful[len(usual) :]
    assert {one.day for one in (slip, correction, *others, first, second)} == {TODAY}
    assert [one.form_id for one in others] == ["peta_sosial", "peta_sosial", "kunjungan_rumah"]

    envelopes = [read_envelope(one.body) for one in (slip, correction)]
    assert envelopes[1].deprecated_id == envelopes[0].instance_id != envelopes[1].instance_id

    # Both phones have the same version of the child; the second one has it from the server.
    (seen,), (seen_by_second,) = (
        read_submission(read_envelope(one.body), compiled()[one.form_id].schema).changes for one in (first, second)
    )
    assert [first.second, second.second] == [False, True]
    assert (seen.id, seen.base_version) == (seen_by_second.id, seen_by_second.base_version)
    assert seen_by_second.trunk_version == seen_by_second.base_version
    assert seen.properties["status_gizi"] != seen_by_second.properties["status_gizi"]


# Nobody real.


def test_names_and_numbers_are_plainly_made_up() -> None:
    created = [change for submission in demo() for change in submission.changes if change.create]
    people = {change.label for change in created if change.list in ("keluarga", "ibu_hamil", "anak")}
    assert people
    assert all(re.fullmatch(r"(Ibu|Anak|Bapak) Contoh \d+", name) for name in people)
    assert all("Contoh" in change.label for change in created)
    ids = [
        change.properties[number]
        for submission in demo()
        for change in submission.changes
        for number in ("nik", "no_kk")
        if number in change.properties
    ]
    assert all(re.fullmatch(r"99\d{14}(1)?", number) for number in ids)


def test_demo_places_have_codes_that_indonesia_does_not_use() -> None:
    names = regions_of(DEMO_VILLAGES)
    assert {code[:2] for code in names} == {"99"}
    assert len([code for code in names if code.count(".") == 2]) == 2
    assert all("Contoh" in name for name in names.values())


def test_villages_for_load_are_as_many_as_asked_for__each_with_all_it_lies_in() -> None:
    villages = load_villages(250)
    names = regions_of(villages)
    assert len({one.code for one in villages}) == 250
    assert len([code for code in names if code.count(".") == 2]) == 3
    assert all(code.rpartition(".")[0] in names for code in names if "." in code)


# A believable life.


def test_a_village_has_about_190_targets_at_any_time() -> None:
    born, mothers = targets()
    for day in (date(2025, 7, 1), date(2025, 12, 1), date(2026, 5, 1)):
        children = sum(known <= day and birth <= day < add_months(birth, 24) for birth, known in born)
        pregnant = sum(known <= day and (day - due).days <= 42 for due, known in mothers)
        assert 160 <= children + pregnant <= 220, day
        assert 25 <= pregnant <= 65, day


def targets() -> tuple[list[tuple[date, date]], list[tuple[date, date]]]:
    """(birth, registered on) of the children; (due or delivered, registered on) of the mothers."""
    born, mothers = [], []
    for submission in demo():
        for change in submission.changes:
            known = submission.day or date.max
            if change.create and change.list == "anak":
                born.append((date.fromisoformat(change.properties["tanggal_lahir"]), known))
            elif change.create and change.list == "ibu_hamil":
                due = change.properties.get("hpl") or change.properties["tanggal_melahirkan"]
                mothers.append((date.fromisoformat(due), known))
    return born, mothers


def test_most_visits_fall_in_the_last_ten_working_days_of_a_month() -> None:
    days = [row["tanggal"] for row in answers("kunjungan_rumah") if row["tanggal"] < TODAY.replace(day=1)]
    busy = [day for day in days if day in working_days(day.replace(day=1), month_end(day))[-BUSY_DAYS:]]
    assert 0.75 < len(busy) / len(days) < 0.95


def test_visits_are_missed_and_services_too__but_most_are_there() -> None:
    given = Counter(row["timbang"] for row in answers("kunjungan_rumah") if "timbang" in row)
    assert 0.75 < given["ya"] / given.total() < 0.99
    visited = Counter(row["anak"] for row in answers("kunjungan_rumah") if "anak" in row)
    months = (TODAY.year - FIRST.year) * 12 + TODAY.month - FIRST.month + 1
    assert 3 < sum(visited.values()) / len(visited) < months


def test_a_good_village_gets_more_than_a_poor_one() -> None:
    shares = []
    for place in (DEMO_VILLAGES[0], DEMO_VILLAGES[3]):
        bodies = [sent.body for sent in run(replace(place, targets=60)) if sent.form_id == "kunjungan_rumah"]
        yes, no = (sum(f"<pengasuhan>{word}<".encode() in body for body in bodies) for word in ("ya", "tidak"))
        shares.append(yes / (yes + no))
    assert shares[0] > shares[1] + 0.2


def test_children_grow__measured_lengths_give_the_z_that_the_phone_sends() -> None:
    born = {
        change.id: (change.properties["jenis_kelamin"], date.fromisoformat(change.properties["tanggal_lahir"]))
        for submission in demo()
        for change in submission.changes
        if change.list == "anak" and change.create
    }
    lengths: dict[str, list[float]] = {}
    scores = []
    for row in answers("ukur_tinggi"):
        sex, birth = born[row["anak"]]
        child = Measurement("L" if sex == "L" else "P", (row["tanggal"] - birth).days, row["panjang"], row["posisi"])
        score = z_scores(child).length_height_for_age
        assert score is not None
        assert row["z_tbu"] == pytest.approx(score.z, abs=0.0051)
        scores.append(score.z)
        lengths.setdefault(row["anak"], []).append(row["panjang"])
    assert all(later > earlier - 2 for grown in lengths.values() for earlier, later in pairwise(grown))
    assert -1.5 < sum(scores) / len(scores) < -0.4


def test_colours_of_the_mat_follow_z_at_3_to_18_months__but_for_a_few() -> None:
    seen = [row for row in answers("ukur_tinggi") if "tikar" in row]
    assert {row["tikar"] for row in seen} == {"hijau", "kuning", "merah"}
    assert all(3 <= row["usia_bulan"] <= 18 for row in seen)
    odd = [row for row in seen if (row["tikar"] == "merah") != (row["z_tbu"] < -2)]
    assert 0 < len(odd) / len(seen) < 0.2


def test_a_birth_that_a_visit_reports_makes_the_child_in_its_family() -> None:
    mothers = {
        change.id: change.properties["keluarga"]
        for submission in demo()
        for change in submission.changes
        if change.list == "ibu_hamil" and change.create
    }
    births = [
        (submission.answer("ibu_hamil"), change)
        for submission in demo()
        for change in submission.changes
        if submission.schema.form_id == "kunjungan_rumah" and change.create
    ]
    assert len(births) > 30
    assert all(mothers[str(mother)] == child.properties["keluarga"] for mother, child in births)


def test_some_move_away_and_nobody_is_visited_or_monitored_after_that() -> None:
    gone: set[str] = set()
    for submission in demo():
        if submission.schema.form_id in ("kunjungan_rumah", "pantau_paud"):
            target = submission.answer("ibu_hamil") or submission.answer("anak")
            assert target not in gone
            if submission.answer("status_sasaran") != "aktif":
                gone.add(target)
    assert gone


def test_no_child_is_visited_from_24_months_on() -> None:
    ages = [row["usia_bulan"] for row in answers("kunjungan_rumah") if "usia_bulan" in row]
    assert min(ages) >= 0
    assert max(ages) == 23


def test_older_children_are_registered_too() -> None:
    born, _ = targets()
    assert any(completed_months(birth, known) >= 24 for birth, known in born)


def test_every_facility_is_on_the_list_in_the_first_weeks__with_how_often_each_service_is_given() -> None:
    seen = list(answers("fasilitas"))
    new = [row for row in seen if row["jenis_pendataan"] == "baru"]
    assert {row["jenis"] for row in new} == {"posyandu", "poskesdes", "kantor_desa", "paud", "sarana_air"}
    assert {row["dusun"] for row in new if row["jenis"] == "posyandu"} == set(DEMO_VILLAGES[1].dusun)
    assert all(FIRST <= row["tanggal"] < date(2025, 4, 15) for row in new)
    for row in seen:
        often = {name.removeprefix("frekuensi_") for name in row if name.startswith("frekuensi_")} - {"tercatat"}
        assert often == set(row["layanan"].split())


def test_a_posyandu_gives_more_after_half_a_year__as_an_update_of_what_is_on_the_list() -> None:
    seen = list(answers("fasilitas"))
    later = [row for row in seen if row["jenis_pendataan"] == "lama"]
    assert later
    for row in later:
        assert (row["tanggal"].year, row["tanggal"].month) == (2025, 10)
        (first,) = [one for one in seen if one["id_fasilitas"] == row["fasilitas_lama"] and one is not row]
        assert row["nama"] == first["nama"]
        assert set(row["layanan"].split()) - set(first["layanan"].split()) == {"kelas_pengasuhan"}


def test_a_poor_village_has_fewer_facilities() -> None:
    def kinds(place: Village) -> Counter[str]:
        return Counter(one.kind for one in facilities(place))

    good, poor = kinds(DEMO_VILLAGES[0]), kinds(DEMO_VILLAGES[3])
    assert good > poor
    assert set(good - poor) == {"paud", "sarana_air", "bkb"}


def test_early_education_of_two_to_five_year_olds_is_monitored_every_month() -> None:
    months = Counter((row["tanggal"].year, row["tanggal"].month) for row in answers("pantau_paud"))
    assert len(months) == 14
    assert min(months.values()) > 10
    assert all(24 <= row["usia_bulan"] < 72 for row in answers("pantau_paud"))
    each = Counter((row["anak"], row["tanggal"].replace(day=1)) for row in answers("pantau_paud"))
    assert set(each.values()) == {1}


def test_many_children_go_somewhere__the_same_ones_month_after_month() -> None:
    goes: dict[str, list[str]] = {}
    for row in answers("pantau_paud"):
        if "ikut_paud" in row:
            goes.setdefault(row["anak"], []).append(row["ikut_paud"])
    words = Counter(word for one in goes.values() for word in one)
    assert 0.4 < words["ya"] / words.total() < 0.9
    often = [one for one in goes.values() if len(one) >= 6]
    steady = [one for one in often if max(Counter(one).values()) >= len(one) - 1]
    assert len(steady) > len(often) / 2


# Filling a form that is not one of ours.

FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title/>
<model><instance><data id="coba" version="1"><umur/><nama/><tahun/></data></instance>
<bind nodeset="/data/umur" type="int" required="true()"/>
<bind nodeset="/data/nama" relevant="/data/umur &gt; 17"/>
<bind nodeset="/data/tahun" type="int" calculate="{calculate}"/></model></h:head>
<h:body><input ref="/data/umur"/><input ref="/data/nama"/></h:body></h:html>"""


def fill(known: Known, calculate: str = "2026 - /data/umur") -> str:
    form = FillableForm(FORM.format(calculate=calculate).encode())
    moment = datetime(2026, 3, 1, 9)
    return Entry(form, Phone({}, {}, Random(1)), moment, moment).fill(known).body.decode()


def test_what_is_not_relevant_is_neither_asked_nor_sent() -> None:
    sent = '<data id="coba" version="1"><umur>17</umur><tahun>2009</tahun></data>'
    assert fill({"umur": 17, "nama": "Contoh"}) == f"<?xml version='1.0' ?>{sent}"
    assert "<umur>18</umur><nama>A &amp; B</nama>" in fill({"umur": 18, "nama": "A & B"})


def test_a_required_question_without_an_answer_is_told() -> None:
    with pytest.raises(MissingAnswerError, match="/data/umur"):
        fill({"nama": "Contoh"})


def test_an_expression_that_the_simulation_does_not_know_is_told() -> None:
    with pytest.raises(UnsupportedError, match="/data/tahun"):
        fill({"umur": 1}, "id('x')")


EXPRESSIONS = (
    "7 div 2",
    "-7 mod 4",
    "round(2.5) + round(-2.5)",
    "round(-0.555, 2)",
    "round(12.345, 1)",
    "if(/data/nama = '', 'kosong', 'isi')",
    "concat('a', 1, 0.5, 10 div 4, 1 = 1, date('2026-03-01'))",
    "decimal-date-time(date('2026-03-01')) - decimal-date-time(date('2026-02-01'))",
    "format-date('2026-03-01', '%Y/%m/%d')",
    "number('')",
    "number(' 12 ')",
    "int(7.9) - int(-7.9)",
    "count-selected('a b  c') - -1",
    "selected('a bc', 'b')",
    "substr('12345', 1, 3)",
    "substr('12345', 2)",
    "selected-at('a b', 1)",
    "selected-at('a b', 2)",
    "substring-before('a=b', '=')",
    "substring-after('a=b', '=')",
    "substring-after('ab', '=')",
    "substring-before('ab', '=')",
    "coalesce('', 5)",
    "not(/data/umur < 1) and /data/umur != ''",
    "'' = 0",
    "'' < 1",
    "pow(2, 0.5)",
    "normalize-space('  a   b ')",
    "contains('abc', 'bc') or false()",
    "date('2026-03-01') > date('2026-02-28')",
    "boolean('') = false()",
    "string-length('Contoh')",
    "1 div 0",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_means_what_it_means_on_the_phone(expression: str, form_engine: Engine, tmp_path: Path) -> None:
    form = FORM.format(calculate="1").encode()
    (tmp_path / "coba.xml").write_bytes(form)
    entry = form_engine.open(tmp_path / "coba.xml", tmp_path / "media", today=TODAY)
    entry.answer("umur", 1)
    moment = datetime(2026, 3, 1, 9)
    ours = Entry(FillableForm(form), Phone({}, {}, Random(1)), moment, moment)
    ours.fill({"umur": 1})
    assert text_of(compiled_expression(expression, "/data/tahun")(ours, {})) == entry.value(expression)

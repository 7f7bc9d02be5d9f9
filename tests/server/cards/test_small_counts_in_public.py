"""Where small counts are hidden, no public address tells one person from two: villages that differ in nothing else give
the same answers, byte for byte. All addresses of the server's map are asked."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from scorecards.trace.figures import FIXED
from server.http.access import mark_of
from tests.support.databases import databases_of, ready
from tests.support.made_up import INDICATORS
from tests.support.members import browser_of, open_account
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened, prepared_as_shipped
from tests.support.village_forms import mapped, measured, visited

# What a world may choose, one or two, of a village that has many people, and of one that has few.
FEW = {"one": 1, "two": 2}
PEOPLE = 8
# Without counts of people: asked elsewhere.
NOT_ABOUT_PEOPLE = {"login.enter", "login.invitation", "entry_assets.script", "health", "signing.ask", "one_file.check"}
# What is all made of small counts is not there for the public; and nothing is signed here.
REFUSED = {"trace.dusun": 403, "promises.helped": 403, "signing.check_one": 404}
CODES = tuple(one.code for one in INDICATORS)
VALUES: Mapping[str, tuple[str, ...]] = {
    "period": ("2026-Q1",),
    "year": ("2026",),
    "figure": (*FIXED, *CODES, "a4-juga"),
    "check": ("0000-0000-0000",),
}


OF_CHILD = dict.fromkeys(("timbang", "ukur", "imunisasi_dasar", "konseling_ibu", "konseling_ayah", "pengasuhan"), "ya")
OF_CHILD |= dict.fromkeys(("air_minum_anak", "jamban_anak", "akta_lahir", "jaminan_kesehatan_anak"), "ya")
OF_MOTHER = dict.fromkeys(("konseling_gizi_ibu", "air_minum", "jamban", "jaminan_kesehatan"), "ya")
OF_MOTHER |= {"periksa_kehamilan": "ya", "pil_fe": "ya"}


def id_of(number: int) -> str:
    return f"20000000-0000-4000-8000-{number:012}"


def fill(station: Station, few: int) -> None:
    """The village of many: `few` of its children, and of its homes, differ from the rest in all that is counted. The
    village of few has so many of everything."""
    for number in range(PEOPLE):
        home, child, mother = id_of(number), id_of(100 + number), id_of(200 + number)
        is_other = number < few
        station.keep(
            mapped(
                home,
                no_kk=f"11010101010100{number:02}",
                head=f"Kepala {number}",
                children=[(child, {"nama": f"Anak {number}", "status_gizi": "kurang" if is_other else "baik"})],
                mothers=[(mother, {"nama": f"Ibu {number}", "status_kehamilan": "kek" if is_other else "normal"})],
            )
        )
        if not is_other:
            for day in ("2026-01-10", "2026-02-10", "2026-03-05"):
                station.keep(visited(child, day=day, **OF_CHILD))
                station.keep(visited(mother, of="ibu_hamil", day=day, **OF_MOTHER))
        colour = "merah" if is_other else "kuning" if number in (4, 5, 6) else "hijau"
        station.keep(measured(child, day="2026-02-11", tikar=colour))
    for number in range(few):
        home, child, mother = id_of(300 + number), id_of(400 + number), id_of(500 + number)
        station.keep(
            mapped(
                home,
                no_kk=f"11010101010101{number:02}",
                head="Budi",
                children=[(child, {"nama": "Umi"})],
                mothers=[(mother, {"nama": "Siti"})],
            ),
            village=OTHER_VILLAGE,
        )
        station.keep(visited(child, day="2026-02-10", timbang="ya"), village=OTHER_VILLAGE)
        station.keep(visited(mother, of="ibu_hamil", day="2026-02-10"), village=OTHER_VILLAGE)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> Iterator[dict[str, Station]]:
    made = {}
    for name, few in FEW.items():
        folder = tmp_path_factory.mktemp(name)
        with databases_of("sqlite", folder, run_folder, lambda: None) as databases:
            url, tokens = ready(databases, prepared_as_shipped)
            made[name] = opened(url, folder, tokens, SMALL_COUNTS_HIDDEN="on")
        fill(made[name], few)
        made[name].process()
    yield made
    for station in made.values():
        station.engine.dispose()


def head_of(station: Station, village: str, name: str = "kepala") -> FlaskClient:
    return browser_of(station, open_account(station, "village_head", village, f"{name}-{village}@desa.id"))


def public_rules(station: Station) -> list[Rule]:
    """The routes that everybody may call, and that say something of people."""
    app = station.app
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and mark_of(app, rule.endpoint).kind == "public"
        and rule.endpoint not in NOT_ABOUT_PEOPLE
    ]


def addresses(station: Station) -> Iterator[tuple[str, str]]:
    """Every address of those routes, with the name of its route: of both villages, and of all regions above them."""
    for rule in public_rules(station):
        codes = ("11.01.01", "11.01", "11", "ID") if rule.rule.startswith("/wilayah") else (VILLAGE, OTHER_VILLAGE)
        wanted: list[dict[str, str]] = [{}]
        for argument in sorted(rule.arguments):
            values = codes if argument == "code" else VALUES[argument]
            if rule.endpoint == "areas.number" and argument == "figure":
                values = tuple(one for one in values if one.startswith("sektor-") or one in CODES)
            wanted = [{**one, argument: value} for one in wanted for value in values]
        with station.app.test_request_context():
            for values_of in wanted:
                found = rule.build(values_of)
                assert found is not None
                yield found[1], rule.endpoint


def said(station: Station, address: str) -> tuple[int, str | None, Any]:
    """What an answer says: its status, its ETag, and all of its content but for what names this very file."""
    answer = station.client.get(address)
    return answer.status_code, answer.headers.get("ETag"), content_of(answer)


def content_of(answer: TestResponse) -> Any:
    match answer.mimetype:
        case "application/pdf":
            command = ["pdftotext", "-bbox", "-", "-"]
            text = subprocess.run(command, input=answer.data, capture_output=True, check=True).stdout.decode()
            return re.sub(r"<meta [^>]*>", "", text)
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            book = openpyxl.load_workbook(BytesIO(answer.data))
            return {sheet.title: [*sheet.iter_rows(values_only=True)] for sheet in book}
        case kind if kind.startswith("image/"):
            return answer.data
        case _:
            return re.sub(r"<!-- tanda-tangan .* -->|Kunci: [^<]*", "…", answer.text)


def test_the_worlds_differ_for_those_who_work_there(worlds: dict[str, Station]) -> None:
    for village in (VILLAGE, OTHER_VILLAGE):
        cards = [head_of(world, village).get(f"/desa/{village}.json").json for world in worlds.values()]
        assert cards[0]["table4"] != cards[1]["table4"]
        for part in ("table1", "table2", "table3", "complete", "sectors"):
            assert cards[0][part] != cards[1][part], part


def test_no_count_of_one_or_two_stands_on_a_public_card(worlds: dict[str, Station]) -> None:
    for world in worlds.values():
        for village in (VILLAGE, OTHER_VILLAGE):
            card = world.client.get(f"/desa/{village}.json").json
            people = json.dumps([card[part] for part in ("table1", "table2", "table3", "complete", "sectors")])
            assert re.findall(r": [12][,}]", people) == []
            assert people.count('"<3"') > 3


def test_no_public_address_tells_one_from_two(worlds: dict[str, Station]) -> None:
    one, two = worlds.values()
    asked = dict(addresses(one))
    answers = {address: (said(one, address), said(two, address)) for address in asked}
    wanted = {address: REFUSED.get(endpoint, 200) for address, endpoint in asked.items()}
    assert {address: those[0][0] for address, those in answers.items()} == wanted
    assert [address for address, (of_one, of_two) in answers.items() if of_one != of_two] == []
    assert len(asked) > 120


def test_signed_reports_do_not_tell_either__but_for_their_codes(worlds: dict[str, Station]) -> None:
    told, heads = [], []
    for world in worlds.values():
        world.clock.forward(days=30)  # the quarter is over
        head, page = head_of(world, VILLAGE, "tanda"), f"/desa/{VILLAGE}/2026-Q1/tanda-tangan"
        heads.append(head)
        form = html.document_fromstring(head.get(page).text).forms[-1]
        head.post(page, data={**dict(form.fields), "sudah_diperiksa": "ya", "kepala": "Pak Kades", "kpm": "Bu Kader"})
        (signed,) = world.rows("signed_reports", village_id=VILLAGE)
        if world is worlds["one"]:  # one more on red, which comes late: so many as in the other world
            world.keep(measured(id_of(107), day="2026-03-20", tikar="merah"))
            world.process()
        paper = f"/desa/{VILLAGE}/2026-Q1"
        answers = [said(world, f"{paper}{end}") for end in ("", ".json", "/formulir-4", ".pdf", ".xlsx")]
        answers.append(said(world, f"/periksa/{signed['check_code']}"))
        assert {status for status, *_ in answers} == {200}
        told.append([without_codes(str(content), signed) for *_, content in answers])
    assert told[0] == told[1]
    assert "Angka yang ditandatangani" in told[0][-1]
    pages = [head.get(f"/desa/{VILLAGE}/2026-Q1").text for head in heads]
    assert ["angka berubah sejak itu" in page for page in pages] == [True, False]


def without_codes(text: str, signed: Mapping[str, Any]) -> str:
    """Without what the report is checked by: its code, the drawing of that, its sha256, and the room that they take."""
    text = re.sub(r' [xy]M(in|ax)="[^"]*"', "", text)
    text = re.sub(r"<svg[^>]*>.*?</svg>", "", text, flags=re.DOTALL)
    return text.replace(signed["check_code"], "").replace(signed["sha256"], "")

"""Control characters in any part of a request: every route of the app says what is wrong, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from server.http.access import Mark, mark_of
from tests.support.members import log_in, member, token_of
from tests.support.phone_http import multipart
from tests.support.replies import said
from tests.support.small_forms import DAFTAR, daftar, new_id
from tests.support.station import VILLAGE, Station

SENTENCE = {"id": "memuat karakter kendali", "en": "holds control characters"}
# Some that PostgreSQL cannot hold, some that XML cannot, a new line, and a noncharacter.
ENCODED = ("%00", "%01", "%0a", "%0b", "%1d", "%7f", "%ef%bf%be")
REGIONS = {"kpm": VILLAGE, "village_head": VILLAGE, "subdistrict": "11.01.01", "district": "11.01", "admin": "11"}
PLACES = {
    "code": VILLAGE,
    "period": "2026-Q1",
    "year": "2026",
    "figure": "a2",
    "version": "1",
    "form_id": "daftar",
    "number": "1",
}


def rules(station: Station) -> Iterator[tuple[Rule, str, Mark]]:
    """Each route with each method that it answers, and its mark. HEAD is what Flask makes of GET."""
    for rule in station.app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"OPTIONS"}
        for method in sorted(methods - {"HEAD"} if "GET" in methods else methods):
            yield rule, method, mark_of(station.app, rule.endpoint)


def address(station: Station, rule: Rule, odd: str = "", place: str = "") -> str:
    """The route's address; `odd` stands in the middle of what fills that place."""
    filled = {**{name: name for name in rule.arguments}, **PLACES, "token": station.tokens[VILLAGE]}
    if place:
        filled[place] = filled[place][:1] + odd + filled[place][1:]
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found: filled[found[1]], rule.rule)


@pytest.fixture
def browsers(station: Station) -> dict[str, FlaskClient]:
    """A browser of somebody of each role, and of nobody."""
    found = {role: member(station, role, region) for role, region in REGIONS.items()}
    return {**found, "nobody": station.app.test_client()}


def role_of(mark: Mark) -> str:
    """Somebody whom the mark lets in."""
    if mark.kind in ("public", "phones"):
        return "nobody"
    return next(role for role in REGIONS if role in mark.roles or mark.kind == "members")


def wrong(answer: TestResponse, *, sentence: bool = True) -> bool:
    """Whether the answer is no refusal that says why. A HEAD has no text."""
    spoken = answer.request.method == "HEAD" or not sentence or SENTENCE["id"] in answer.text
    return answer.status_code not in (400, 404) or not spoken


def test_in_every_place_of_every_address(station: Station, browsers: dict[str, FlaskClient]) -> None:
    found = [
        (method, rule.rule, place, odd, answer.status)
        for rule, method, mark in rules(station)
        for place in rule.arguments
        for odd in ENCODED
        for answer in [browsers[role_of(mark)].open(address(station, rule, odd, place), method=method)]
        if wrong(answer, sentence=False)
    ]
    assert found == []


def test_in_the_query_of_every_address(station: Station, browsers: dict[str, FlaskClient]) -> None:
    found = [
        (method, rule.rule, query, answer.status)
        for rule, method, mark in rules(station)
        for odd in ENCODED
        for query in (f"cari=a{odd}b", f"a{odd}b=1")
        for answer in [browsers[role_of(mark)].open(f"{address(station, rule)}?{query}", method=method)]
        if wrong(answer)
    ]
    assert found == []


@pytest.mark.parametrize("header", ["User-Agent", "Content-Type", "Referer", "If-None-Match", "X-Forwarded-For"])
def test_in_a_header_to_every_address(station: Station, browsers: dict[str, FlaskClient], header: str) -> None:
    found = [
        (method, rule.rule, odd, answer.status)
        for rule, method, mark in rules(station)
        for odd in ("\0", "\x01", "\x1d", "\x7f")
        for browser in [browsers[role_of(mark)]]
        for answer in [browser.open(address(station, rule), method=method, headers={header: f"a{odd}b"})]
        if wrong(answer)
    ]
    assert found == []


def test_in_the_fields_of_every_form(station: Station, browsers: dict[str, FlaskClient]) -> None:
    tokens = {role: token_of(browser.get("/sandi")) for role, browser in browsers.items() if role != "nobody"}
    tokens["nobody"] = token_of(browsers["nobody"].get("/masuk"))
    found = [
        (rule.rule, fields, answer.status)
        for rule, method, mark in rules(station)
        if method == "POST" and mark.kind != "phones"
        for odd in ("\0", "\x0b", "\x1d", "\x7f", "\ufffe")
        for fields in ({"apa": f"a{odd}b"}, {f"a{odd}": "1"})
        for data in [{"csrf_token": tokens[role_of(mark)], **fields}]
        for answer in [browsers[role_of(mark)].post(address(station, rule), data=data)]
        if wrong(answer)
    ]
    assert found == []


def test_at_the_door_and_in_the_other_language(station: Station) -> None:
    browser = station.app.test_client()
    assert SENTENCE["id"] in log_in(browser, "a\0@desa.id").text
    assert log_in(browser, "a\0@desa.id").status_code == 400
    assert SENTENCE["en"] in log_in(browser, "a\0@desa.id", query="?lang=en").text
    assert log_in(browser, "siapa\t@desa.id").status_code != 400  # pasted from a table


def test_an_address_that_leads_nowhere_is_no_more_trouble(station: Station) -> None:
    for path in ("/%00", "/desa/%00/%00/%00", "/v1/key/%00", "/v1/key/%00/projects/1/apa%00", "/desa/%00.json"):
        assert station.client.get(path).status_code in (400, 404)


def test_phones_are_told_in_xml(station: Station) -> None:
    assert SENTENCE["id"] in said(station.get("formList?formID=%00"), 400)
    body, content_type = multipart(daftar(new_id()).encode(), (), incomplete=False)
    path = station.path("submission") + "?deviceID=%00"
    assert SENTENCE["id"] in said(station.client.post(path, data=body, content_type=content_type), 400)
    assert station.rows("submissions") == []


@pytest.mark.parametrize("text", ["ꦥꦲꦶꦠ", "a\u0085b", "😀", "%2500", "a+b", "é", "%ff", "%ed%a0%80"])
def test_what_only_looks_odd_is_taken(station: Station, text: str) -> None:
    station.publish(DAFTAR)
    assert station.get(f"lists/anak/integrity?id={text}").status_code == 200
    assert station.get("formList", headers={"User-Agent": "HP Bu Ani/1\t(tab)"}).status_code == 200

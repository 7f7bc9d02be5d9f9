"""The pages over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from aggregate.service.traces import StoredTraces
from forms.periods import Quarter
from forms.problems import Language
from scorecards.areas.dictionary import DataColumn
from scorecards.areas.sources import AreaCards, AreaFigure, AreaRows
from server.accounts.users import User
from server.cards.areas import area_pages
from server.cards.pictures import picture_pages
from server.cards.promises import promise_pages
from server.cards.trace import trace_pages
from server.cards.village import scorecard_pages
from server.http.access import for_members, guard
from server.http.responses import explain_errors
from server.http.sessions import keep_sessions
from server.pages import login
from tests.support.made_up import PLACE, FakeCards
from tests.support.made_up_formulir1 import make_formulir1
from tests.support.made_up_promises import FakePromises

USERS = {
    "here": User("ani@desa.id", "Bu Ani", "kpm", PLACE.code),
    "elsewhere": User("ina@desa.id", "Bu Ina", "kpm", "11.01.01.2999"),
}


class NoAreas:
    """Nobody here opens the page of a region; links lead there."""

    def area(self, code: str, period: str | None) -> AreaCards:
        raise NotImplementedError

    def figure(self, code: str, period: str, name: str, *, hides: bool = False) -> AreaFigure:
        raise NotImplementedError

    def rows(self, code: str, period: str | None, *, hides: bool = False) -> AreaRows:
        raise NotImplementedError

    def columns(self) -> tuple[DataColumn, ...]:
        raise NotImplementedError

    def quarters(self) -> tuple[Quarter, ...]:
        raise NotImplementedError


class NoTraces(StoredTraces):
    """Stands where the card's numbers lead to; nobody opens one here."""

    def __init__(self) -> None:
        pass


def client(
    default: Language = "id",
    first: Quarter | None = Quarter(2025, 1),  # noqa: B008 # frozen
    cards: Blueprint | None = None,
) -> FlaskClient:
    app = Flask(__name__, static_folder=None)
    app.config["LANGUAGE"] = default
    app.register_blueprint(cards or scorecard_pages(FakeCards(first=first, map=make_formulir1())))
    app.register_blueprint(area_pages(NoAreas()))
    app.register_blueprint(picture_pages(FakeCards(), NoAreas()))
    app.extensions["backend"] = SimpleNamespace(settings=SimpleNamespace(base_url="https://contoh.desa.id"))
    app.register_blueprint(promise_pages(FakePromises()))
    app.register_blueprint(trace_pages(NoTraces()))
    app.register_blueprint(login.pages)
    keep_sessions(
        app,
        "kunci untuk uji saja",
        lambda key, _: USERS.get(key),
        lambda: datetime.now(UTC),
        lambda *_: None,
        https=False,
    )
    explain_errors(app)
    guard(app, lambda *_: None, lambda _region: True)
    return app.test_client()


def words(response: TestResponse) -> str:
    return " ".join(html.document_fromstring(response.text).text_content().split())


def hrefs(response: TestResponse) -> list[str]:
    return [str(link) for link in html.document_fromstring(response.text).xpath("//a/@href")]


def test_village__the_current_quarter_without_a_period() -> None:
    response = client().get(f"/desa/{PLACE.code}")
    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    assert "Triwulan 1 2026" in words(response)
    assert f"/desa/{PLACE.code}/2025-Q4" in hrefs(response)
    assert not any("2026-Q2" in link for link in hrefs(response))


def test_village__the_first_quarter_leads_only_forward() -> None:
    response = client().get(f"/desa/{PLACE.code}/2025-Q1")
    assert f"/desa/{PLACE.code}/2025-Q2" in hrefs(response)
    assert not any("2024-Q4" in link for link in hrefs(response))


def test_village__without_any_data_leads_nowhere() -> None:
    response = client(first=None).get(f"/desa/{PLACE.code}")
    assert response.status_code == 200
    assert not any("Q4" in link for link in hrefs(response))


def test_json__the_card_as_it_is() -> None:
    response = client().get(f"/desa/{PLACE.code}/2025-Q4.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.json == FakeCards().card(PLACE.code, "2025-Q4")


def test_formulir_1__is_reached_from_the_card_and_leads_back() -> None:
    assert f"/desa/{PLACE.code}/formulir-1?lang=en" in hrefs(client().get(f"/desa/{PLACE.code}?lang=en"))
    response = client().get(f"/desa/{PLACE.code}/formulir-1?lang=en")
    assert response.status_code == 200
    assert "Social map" in words(response)
    assert f"/desa/{PLACE.code}?lang=en" in hrefs(response)
    assert f"/desa/{PLACE.code}/formulir-1.json" in hrefs(response)


def test_formulir_1__as_json() -> None:
    response = client().get(f"/desa/{PLACE.code}/formulir-1.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.json == make_formulir1()


def test_language__follows_the_address_and_stays_in_the_links() -> None:
    response = client().get(f"/desa/{PLACE.code}/2025-Q4?lang=en", headers={"Accept-Language": "id"})
    assert "Quarter 4 2025" in words(response)
    assert f"/desa/{PLACE.code}/2025-Q3?lang=en" in hrefs(response)
    assert f"/desa/{PLACE.code}/2025-Q4" in hrefs(response)  # back to Indonesian
    assert "/?lang=en" in hrefs(response)


def test_language__the_browsers_wish_is_not_asked() -> None:
    response = client().get("/", headers={"Accept-Language": "en"})
    assert "Kecamatan Bakti Raya" in words(response)
    assert "Triwulan" in words(response)


def test_language__the_setting_gives_the_default() -> None:
    response = client("en").get(f"/desa/{PLACE.code}?lang=xx")
    assert "Quarter 1 2026" in words(response)
    assert f"/desa/{PLACE.code}?lang=id" in hrefs(response)
    assert f"/desa/{PLACE.code}/2025-Q4" in hrefs(response)


@pytest.mark.parametrize(("who", "listed"), [("here", True), ("elsewhere", False)])
def test_home__of_members_lists_their_region(who: str, *, listed: bool) -> None:
    there = client(cards=scorecard_pages(FakeCards(), mark=for_members))
    with there.session_transaction() as session:
        session["key"], session["since"] = who, datetime.now(UTC).timestamp()
    assert (f"/desa/{PLACE.code}" in hrefs(there.get("/"))) is listed


PLACES = {
    PLACE.code: PLACE,
    "11.01.02.2001": PLACE._replace(code="11.01.02.2001", village="Muara", subdistrict="Seberang"),
}


def logged_in(cards: Blueprint) -> FlaskClient:
    """Bu Ani's browser: she is the KPM of PLACE."""
    there = client(cards=cards)
    with there.session_transaction() as session:
        session["key"], session["since"] = "here", datetime.now(UTC).timestamp()
    return there


def test_home__shows_whoever_is_logged_in_their_own_region_first_and_leads_to_all() -> None:
    there = logged_in(scorecard_pages(FakeCards(places=dict(PLACES))))
    mine = there.get("/")
    assert f"/desa/{PLACE.code}" in hrefs(mine)
    assert "/desa/11.01.02.2001" not in hrefs(mine)
    assert "/?wilayah=ID" in hrefs(mine)
    everything = there.get("/?wilayah=ID")
    assert {f"/desa/{code}" for code in PLACES} <= set(hrefs(everything))
    assert "/" in hrefs(everything)  # back to the own region


def test_home__of_members_refuses_other_regions() -> None:
    assert logged_in(scorecard_pages(FakeCards(), mark=for_members)).get("/?wilayah=11.01").status_code == 403


def test_home__searches_by_name_and_keeps_the_rest_of_the_choice() -> None:
    there = client(cards=scorecard_pages(FakeCards(places=dict(PLACES))))
    found = there.get("/?wilayah=11.01&cari=Muara&urut=skor&triwulan=2025-Q4")
    assert [link for link in hrefs(found) if link.startswith("/desa/")] == ["/desa/11.01.02.2001/2025-Q4"]
    assert "Triwulan 4 2025" in words(found)
    form = html.document_fromstring(found.text).forms[0]
    assert dict(form.fields) == {"wilayah": "11.01", "cari": "Muara", "urut": "skor", "triwulan": "2025-Q4"}


@pytest.mark.parametrize("query", ["?triwulan=2026-Q2", "?triwulan=kemarin"])
def test_home__a_quarter_that_cannot_be_says_why(query: str) -> None:
    assert client().get(f"/{query}").status_code == 404


def test_home__too_many_villages_are_chosen_by_region() -> None:
    many = {f"11.01.01.20{number:02}": PLACE._replace(code=f"11.01.01.20{number:02}") for number in range(5)}
    found = client(cards=scorecard_pages(FakeCards(places=many))).get("/")
    assert "Nusa Raya 1 dari 5 desa belum melapor 79,2%" in words(found)
    assert "/?wilayah=11" in hrefs(found)
    assert not any(link.startswith("/desa/") for link in hrefs(found))


def test_home__leads_to_the_villages() -> None:
    assert f"/desa/{PLACE.code}?lang=en" in hrefs(client().get("/?lang=en"))


@pytest.mark.parametrize(
    ("path", "indonesian", "english"),
    [
        ("/desa/99.99.99.9999", "Desa dengan kode 99.99.99.9999 tidak ada", "no village with the code 99.99.99.9999"),
        ("/desa/99.99.99.9999/2026-Q1", "99.99.99.9999 tidak ada", "no village with the code 99.99.99.9999"),
        ("/desa/99.99.99.9999/formulir-1", "99.99.99.9999 tidak ada", "no village with the code 99.99.99.9999"),
        (f"/desa/{PLACE.code}/2026-T1", "ditulis seperti 2026-Q1", "written like 2026-Q1"),
        (f"/desa/{PLACE.code}/0000-Q1", "ditulis seperti 2026-Q1", "written like 2026-Q1"),
        (f"/desa/{PLACE.code}/2026-Q2", "Triwulan 2026-Q2 belum mulai", "The quarter 2026-Q2 has not begun"),
    ],
)
def test_not_found__says_why_in_both_languages(path: str, indonesian: str, english: str) -> None:
    for query, sentence in (("", indonesian), ("?lang=en", english)):
        response = client().get(path + query)
        assert response.status_code == 404
        assert sentence in words(response)
        assert f"/{query}" in hrefs(response)


def test_not_found__leads_to_the_card_of_a_village_that_exists() -> None:
    assert f"/desa/{PLACE.code}" in hrefs(client().get(f"/desa/{PLACE.code}/kemarin"))
    assert "/desa/1" not in hrefs(client().get("/desa/1/kemarin"))


def test_not_found__as_json_where_json_was_asked() -> None:
    response = client().get(f"/desa/{PLACE.code}/2026-13.json?lang=en")
    assert response.status_code == 404
    assert response.json is not None
    assert response.json["code"] == "bad-period"
    assert "written like 2026-Q1" in response.json["message"]


def test_not_found__what_was_typed_is_text_never_markup() -> None:
    response = client().get(f"/desa/{PLACE.code}/<script>alert(1)<%2Fscript>")
    assert response.status_code == 404
    assert "<script" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        *(f"/desa/{PLACE.code}{end}" for end in ("", "/2026-Q1.json", "/formulir-1", "/formulir-1.json")),
    ],
)
def test_unchanged__is_not_sent_again(path: str) -> None:
    there = client()
    first = there.get(path)
    assert first.headers["Cache-Control"] == "no-cache"
    again = there.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = there.get(path, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_pages__allow_no_script() -> None:
    policy = client().get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy

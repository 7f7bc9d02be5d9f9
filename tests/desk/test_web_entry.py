"""What browsers send: kept like what phones send, and who sent it is known."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from forms.problems import ProblemError
from server.accounts.browsers import browser_of, key_of
from server.database.engine import reading, writing
from server.entry.assets import ENGINE, VUE, assets
from server.phones import phones
from tests.support.members import member, open_account
from tests.support.phone_http import multipart
from tests.support.small_forms import new_id
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped

FORM = f"/desa/{VILLAGE}/isi/peta_sosial"


def given(page: TestResponse) -> html.HtmlElement:
    assert page.status_code == 200, page.text
    (place,) = html.document_fromstring(page.text).xpath("//*[@id='formulir']")
    return place


def send(browser: FlaskClient, body: bytes, *files: tuple[str, bytes], token: str | None = None) -> TestResponse:
    token = given(browser.get(FORM)).get("data-token") if token is None else token
    content, content_type = multipart(body, files, incomplete=False)
    address, headers = f"/desa/{VILLAGE}/isi/kirim.json", {"X-CSRFToken": token}
    return browser.post(address, data=content, content_type=content_type, headers=headers)


def test_form_from_a_browser__is_kept_with_who_sent_it(as_shipped: Station) -> None:
    kpm = member(as_shipped, "kpm")
    body = mapped(new_id(), head="Budi").encode()
    assert [send(kpm, body).status_code, send(kpm, body).status_code] == [201, 201]
    (sent,) = as_shipped.rows("submissions")
    (sender,) = [row for row in as_shipped.rows("phones") if row["account"]]
    assert (sent["body"], sent["state"], sent["phone"]) == (body, "accepted", sender["token_sha256"])
    assert (sender["account"], sender["name"]) == (f"kpm-{VILLAGE}@desa.id", "Nama kpm (web)")


def test_sender__is_one_for_each_account_and_village_and_no_phone(as_shipped: Station) -> None:
    admin, other, now = open_account(as_shipped, "admin", "11"), open_account(as_shipped, "kpm"), as_shipped.clock()
    with writing(as_shipped.engine) as connection:
        before = phones.all_phones(connection)
        made = [
            browser_of(connection, village, user, now).token_sha256
            for village, user in ((VILLAGE, admin), (VILLAGE, admin), (OTHER_VILLAGE, admin), (VILLAGE, other))
        ]
        assert phones.all_phones(connection) == before
    assert made[0] == made[1] == key_of(VILLAGE, admin)
    assert len(set(made)) == 3
    with reading(as_shipped.engine) as connection:
        assert [phones.find(connection, key) for key in made] == [None] * 4


def test_sent_without_our_token__is_refused_in_a_sentence(as_shipped: Station) -> None:
    answer = send(member(as_shipped, "kpm"), b"<data/>", token="x")  # noqa: S106 # no password
    assert (answer.status_code, answer.json["code"]) == (400, "stale-form")  # type: ignore[index]
    assert as_shipped.rows("submissions") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"<data", "unreadable-xml"), (b"x" * (5 * 1024 * 1024 + 1), "xml-too-large")],
    ids=["broken", "large"],
)
def test_answers_that_cannot_be_read__are_refused_in_a_sentence(as_shipped: Station, body: bytes, code: str) -> None:
    answer = send(member(as_shipped, "kpm"), body)
    assert answer.json is not None
    assert (answer.status_code >= 400, answer.json["code"]) == (True, code)


def test_file__keeps_its_name_and_reaches_no_other_folder(as_shipped: Station, tmp_path: Path) -> None:
    name = "../../../dicuri.png"
    assert send(member(as_shipped, "kpm"), mapped(new_id()).encode(), (name, b"gambar")).status_code == 201
    (row,) = as_shipped.rows("attachments")
    assert (row["name"], row["content_type"]) == (name, "image/png")
    assert list(tmp_path.rglob("dicuri*")) == []


def test_page__holds_the_lists_of_its_village_alone(as_shipped: Station) -> None:
    as_shipped.send(mapped(new_id(), head="Keluarga Sini"))
    as_shipped.send(mapped(new_id(), head="Keluarga Sana"), village=OTHER_VILLAGE)
    known = json.loads(given(member(as_shipped, "kpm").get(FORM)).get("data-given"))
    assert "Keluarga Sini" in known["files"]["keluarga.csv"]["text"]
    assert "Keluarga Sana" not in json.dumps(known)
    assert [row["page"] for row in as_shipped.rows("looks")] == ["isi"]


def test_script_in_a_name__stays_a_text_of_the_page(as_shipped: Station) -> None:
    as_shipped.send(mapped(new_id(), head="</div><script>alert('x')</script>"))
    page = member(as_shipped, "kpm").get(FORM)
    assert "<script>alert" not in page.text
    assert "<script>alert('x')" in json.loads(given(page).get("data-given"))["files"]["keluarga.csv"]["text"]


def test_policy__lets_nothing_come_from_elsewhere_and_evaluates_no_text(as_shipped: Station) -> None:
    kpm = member(as_shipped, "kpm")
    policy = kpm.get(FORM).headers["Content-Security-Policy"]
    assert "http" not in policy
    assert "'unsafe-eval'" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "script-src" not in kpm.get(f"/desa/{VILLAGE}/isi").headers["Content-Security-Policy"]


def test_submission_that_is_not_there__is_said(as_shipped: Station) -> None:
    answer = member(as_shipped, "kpm").get(f"/desa/{VILLAGE}/kiriman/{'0' * 64}/perbaiki")
    assert (answer.status_code, "tidak ada di desa ini" in answer.text) == (404, True)


def test_script__is_kept_by_browsers_under_an_address_of_its_content(as_shipped: Station) -> None:
    browser = as_shipped.app.test_client()
    address = f"/berkas/{assets().version}/isi.js"
    plain, small = browser.get(address), browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert plain.mimetype == "text/javascript"
    assert gzip.decompress(small.data) == plain.data
    assert "immutable" in plain.headers["Cache-Control"]
    assert browser.get("/berkas/000000000000/isi.js").status_code == 404
    assert browser.get(f"/berkas/{assets().version}/package.json").status_code == 404


def test_engine_that_is_not_installed__is_said_with_what_to_do(
    as_shipped: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ProblemError, match="apt-get install npm"):
        assets(tmp_path)
    for name in (f"{ENGINE}/index.js", VUE):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    assert assets(tmp_path).version != assets().version

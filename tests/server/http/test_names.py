"""Where names go: nothing that is answered names anybody but to those who may see it, and it is recorded where it does.

The register is full of one name for each village, and the rule of who may see which is said here once more.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from io import BytesIO
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from server.accounts.users import User
from server.cli.main import main
from tests.support.members import browser_of, member, open_account, send_form, token_of
from tests.support.named_villages import KNOWN_IN, NAMES, NIK, PEOPLE, addresses, fill
from tests.support.papers import papers_as_pages
from tests.support.station import OTHER_VILLAGE, VILLAGE, Station, opened
from tests.support.village_forms import prepared_with_forms

# Who walks: role and region by what they are called here; and whose names they may see.
WALKERS = {
    "kpm": ("kpm", VILLAGE),
    "head": ("village_head", VILLAGE),
    "camat": ("subdistrict", "11.01.01"),
    "bupati": ("district", "11.01"),
    "admin": ("admin", "11"),
    "admin of the other village": ("admin", OTHER_VILLAGE),
}
MAY_SEE = {
    "kpm": {VILLAGE},
    "head": {VILLAGE},
    "admin": {VILLAGE, OTHER_VILLAGE},
    "admin of the other village": {OTHER_VILLAGE},
}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One server for the walk, on SQLite: what is answered does not depend on the database."""
    folder = tmp_path_factory.mktemp("nama")
    url = f"sqlite:///{folder}/uji.db"
    made = opened(url, folder, prepared_with_forms(url))
    fill(made)
    with papers_as_pages():
        yield made
    made.engine.dispose()


@cache
def text_in(content: bytes) -> str:
    """All that an answer says, also within a workbook."""
    if content.startswith(b"PK"):
        package = ZipFile(BytesIO(content))
        content = b"".join(package.read(name) for name in package.namelist())
    return content.decode("utf-8", "replace")


class Walk:
    """Somebody's way through all routes: what named whom, and what was wrong with that."""

    def __init__(self, station: Station, who: str) -> None:
        self.station, self.who = station, who
        self.user: User | None = None
        if who in WALKERS:
            role, region = WALKERS[who]
            self.user = open_account(station, role, region, f"{who.replace(' ', '-')}@desa.id")
        self.named: set[tuple[str, str]] = set()
        self.wrong: list[tuple[str, str, str, str]] = []

    def browser(self) -> FlaskClient:
        """A new one each time: one of the forms logs out."""
        return browser_of(self.station, self.user) if self.user else self.station.app.test_client()

    def ask(self, rule: Rule, method: str, address: str, *, with_token: bool = False) -> None:
        self.station.clock.forward(seconds=1)
        browser = self.browser()
        data = {"csrf_token": token_of(browser.get("/sandi" if self.user else "/masuk"))} if with_token else None
        answer = browser.open(address, method=method, data=data)
        for name in self.named_in(text_in(answer.data) + str(answer.headers)):
            self.named.add((rule.endpoint, name))
            mine = KNOWN_IN[name] & MAY_SEE.get(self.who, set())
            if not mine:
                self.wrong.append((method, address, name, "may not be seen"))
            elif not any(self.recorded(village) for village in mine):
                self.wrong.append((method, address, name, "is not recorded"))

    def named_in(self, text: str) -> list[str]:
        folded = text.casefold()
        return [name for name in KNOWN_IN if name.casefold() in folded]

    def recorded(self, village: str) -> bool:
        """Whether this very request, which had a second of its own, left a look."""
        looks = self.station.rows("looks", village_id=village, email=self.user.email if self.user else "")
        return any(self.station.clock() == datetime.fromisoformat(str(look["at"])) for look in looks)


@pytest.mark.parametrize("who", [*WALKERS, "nobody"])
def test_names__go_to_those_alone_who_may_see_them_and_never_unrecorded(walked: Station, who: str) -> None:
    walk = Walk(walked, who)
    for rule in walked.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            for address in addresses(walked, rule, method):
                walk.ask(rule, method, address)
                if method == "POST":
                    walk.ask(rule, method, address, with_token=True)
    assert "\n".join(" ".join(one) for one in walk.wrong) == ""
    pages = {
        "tugas.work_list",
        "people.all_people",
        "people.one_person",
        "duplicates.all_duplicates",
        "corrections.one_root",
    }
    for village in MAY_SEE.get(who, set()):  # the walk would have noticed: it came by where there are names
        assert {page for page in pages if (page, NAMES[village]) in walk.named} == pages


# What is recorded of one request: (village, page, person), without who it was.
Seen = list[tuple[str, str, str | None]]


@pytest.fixture
def villages(published: Station) -> Station:
    fill(published)
    return published


def seen_by(station: Station, email: str) -> Seen:
    found = [(row["village_id"], row["page"], row["entity_id"]) for row in station.rows("looks", email=email)]
    return sorted(found, key=str)


def looks_of(station: Station, path: str, role: str, region: str) -> Seen:
    """What is recorded where somebody opens the page."""
    somebody = open_account(station, role, region)
    assert browser_of(station, somebody).get(path).status_code == 200
    return seen_by(station, somebody.email)


def test_look__at_the_households_of_the_village_moved_to(villages: Station) -> None:
    child = PEOPLE[VILLAGE][1]
    path = f"/desa/{VILLAGE}/sasaran/{child}/pindah?ke={OTHER_VILLAGE}"
    assert looks_of(villages, path, "admin", "11") == [(VILLAGE, "sasaran", child), (OTHER_VILLAGE, "sasaran", None)]


def test_look__at_those_with_the_same_nik_elsewhere(villages: Station) -> None:
    expected: Seen = [(OTHER_VILLAGE, "ganda", one) for one in PEOPLE[OTHER_VILLAGE][1:3]]
    path = f"/desa/{VILLAGE}/ganda"
    assert looks_of(villages, path, "admin", "11") == [(VILLAGE, "ganda", None), *expected]
    assert looks_of(villages, path, "village_head", VILLAGE) == [(VILLAGE, "ganda", None)]


def test_look__at_everybody_who_may_be_the_other_one(villages: Station) -> None:
    child = PEOPLE[VILLAGE][1]
    found = looks_of(villages, f"/desa/{VILLAGE}/sasaran/{child}/gabung", "village_head", VILLAGE)
    assert found == [(VILLAGE, "sasaran", child), (VILLAGE, "sasaran", None)]


def test_look__from_the_terminal(villages: Station) -> None:
    def kpm(*words: str) -> None:
        done = CliRunner().invoke(main, ["--database", villages.url, *words])
        assert (done.exit_code, NAMES[VILLAGE] in done.output) == (0, True)

    child = PEOPLE[VILLAGE][1]
    kpm("history", child)
    kpm("duplicates", VILLAGE)
    me = getpass.getuser()
    assert seen_by(villages, f"kpm history by {me}") == [(VILLAGE, "sasaran", child)]
    expected: Seen = [(OTHER_VILLAGE, "ganda", one) for one in PEOPLE[OTHER_VILLAGE][1:3]]
    assert seen_by(villages, f"kpm duplicates by {me}") == [(VILLAGE, "ganda", None), *expected]


def test_kept_apart__only_where_both_may_be_seen(villages: Station) -> None:
    here, there = PEOPLE[VILLAGE][1], PEOPLE[OTHER_VILLAGE][1]
    path, page = f"/desa/{VILLAGE}/ganda/bukan", f"/desa/{VILLAGE}/ganda"
    before = villages.rows("decisions")
    head = member(villages, "village_head")
    foreign = send_form(head, path, page, a=here, b=there)
    nobody = send_form(head, path, page, a=here, b=str(NIK))
    assert (foreign.status_code, nobody.status_code) == (400, 400)
    assert "Hanya dua data yang berbeda" in foreign.text  # as of somebody who is not there at all
    assert "Hanya dua data yang berbeda" in nobody.text
    assert villages.rows("decisions") == before
    admin = member(villages, "admin", "11")
    assert send_form(admin, path, page, a=here, b=there).status_code == 303
    assert len(villages.rows("decisions")) == len(before) + 1

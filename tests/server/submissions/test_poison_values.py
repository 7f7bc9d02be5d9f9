"""Values that no phone can send with its form version: kept, told apart by field, and without harm to anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from server.cli.main import main
from tests.support.members import member
from tests.support.small_forms import new_id, submission
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import filled, mapped, measured, visited

DAY, MOST = "2026-03-02", 2**63 - 1
MOTHER, CHILD = new_id(), new_id()


@pytest.fixture
def village(as_shipped: Station) -> Station:
    """With all shipped forms, a mother and a child."""
    mothers, children = [(MOTHER, {"nama": "Siti"})], [(CHILD, {"nama": "Ali"})]
    as_shipped.send(mapped(new_id(), day="2026-01-05", mothers=mothers, children=children))
    return as_shipped


def agreed(*amounts: tuple[int, int], tahun: int = 2026) -> str:
    """A meeting that pays for activities from Dana Desa: what each costs, and what of it is against stunting."""
    rounds = [
        (
            "kegiatan",
            {"sumber_dana": "dana_desa", "anggaran_total": total, "anggaran_stunting": part, "nama_kegiatan": "Sumur"},
            ("kegiatan", new_id(), "create", "Sumur"),
        )
        for total, part in amounts
    ]
    return filled("rembuk_stunting", {"tanggal": DAY, "tahun": tahun}, (), rounds)


def child(**answers: object) -> str:
    return mapped(new_id(), day=DAY, children=[(new_id(), {"nama": "Budi", **answers})])


def visit(**answers: object) -> str:
    return visited(CHILD, day=DAY, **answers)


def mothers_visit(**answers: object) -> str:
    return visited(MOTHER, day=DAY, of="ibu_hamil", **answers)


def length(**answers: object) -> str:
    return measured(CHILD, day=DAY, **answers)


@pytest.mark.parametrize(
    ("field", "send"),
    [
        ("anggaran_total", lambda: agreed((MOST, 0), (MOST, 0))),
        ("anggaran_total", lambda: agreed((-5, 0))),
        ("anggaran_stunting", lambda: agreed((20_000, -5))),
        ("tahun", lambda: agreed((20_000, 0), tahun=0)),
        ("panjang", lambda: length(panjang="1e308")),
        ("panjang", lambda: length(panjang="1e-200")),
        ("panjang", lambda: length(panjang="1e60")),
        ("panjang", lambda: length(panjang="9e9")),
        ("panjang_ukur", lambda: length(panjang_ukur="29.9", panjang="50")),
        ("berat", lambda: length(berat="1e200")),
        ("berat_badan", lambda: visit(timbang="ya", berat_badan="-5")),
        ("berat_badan", lambda: visit(timbang="ya", berat_badan="700000")),
        ("berat_lahir", lambda: mothers_visit(berat_lahir="1e18")),
        ("status_gizi", lambda: visit(status_gizi="obesitas")),
        ("akta_lahir", lambda: visit(akta_lahir="mungkin")),
        ("jenis_kelamin", lambda: child(jenis_kelamin="X")),
        ("nama", lambda: child(nama="a" * 100_000)),
        ("tanggal_lahir", lambda: child(tanggal_lahir="0000-05-01")),
        ("periksa_nifas", lambda: mothers_visit(periksa_nifas="-1")),
        ("tanggal", lambda: visited(CHILD, day="2026-03-02' OR 1=1")),
        ("berakhir", lambda: visit(berakhir="2026-03-02 siang")),
    ],
)
def test_it_is_kept_and_told_by_field_and_the_rest_goes_on(
    village: Station, field: str, send: Callable[[], str]
) -> None:
    body, good = send(), visit(status_gizi="kurang")
    assert [village.keep(one).status_code for one in (body, good)] == [201, 201]
    village.process()

    first, second = sorted(village.rows("submissions"), key=lambda row: row["arrival"])[-2:]
    assert bytes(first["body"]).decode() == body
    assert (first["state"], second["state"]) == ("quarantined", "accepted")
    assert first["problem"] in ("out-of-bounds", "bad-value", "not-a-choice", "too-long")
    indonesian, english = first["detail"].splitlines()
    assert indonesian.startswith(f"{field}: ") and english.startswith(f"{field}: ")
    assert village.one("entities", id=CHILD)["data"]["status_gizi"] == "kurang"


def test_amounts_without_end_break_no_command_and_no_page(village: Station) -> None:
    """The part against stunting has no bound of its own: it is held against the whole on the phone alone."""
    village.send(agreed((20_000, MOST), (30_000, MOST)))

    for command in ("refresh", "rebuild", "status"):
        done = CliRunner().invoke(main, ["--database", village.url, command])
        assert done.exit_code == 0, done.output
    table5 = village.client.get(f"/desa/{VILLAGE}/2026-Q1.json").json["table5"]
    assert (table5["allocated_total"], table5["allocated_stunting"]) == (50_000, 2 * 2**63)
    assert member(village).get(f"/desa/{VILLAGE}/2026-Q1").status_code == 200


PICK = """
# survey
| type            | name  | label |
| select_one yt   | pilih | P     |
| integer         | usia  | U     |
# choices
| list_name | name | label |
| yt        | {a}  | A     |
| yt        | b    | B     |
# settings
| form_title | form_id | version   |
| Pilih      | pilih   | {version} |
"""


def test_each_is_judged_by_the_version_that_it_was_made_with(village: Station) -> None:
    village.publish(PICK.format(a="lama", version=1))
    village.publish(PICK.format(a="baru", version=2))
    for answer, version in (("lama", "1"), ("lama", "2"), ("baru", "2")):
        village.send(submission("pilih", f"<pilih>{answer}</pilih>", version=version))
    rows = sorted(village.rows("submissions", form_id="pilih"), key=lambda row: row["arrival"])
    assert [row["state"] for row in rows] == ["accepted", "quarantined", "accepted"]

"""The same answers typed in a browser and filled by JavaRosa: what the server keeps of both is the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from server.publications import shipped
from tests.support.browsing import Browsing
from tests.support.form_engine import Answers
from tests.support.members import open_account
from tests.support.phone import Phone
from tests.support.small_forms import new_id
from tests.support.station import START, VILLAGE, Station
from tests.support.typed import type_in
from tests.support.village_forms import mapped
from tests.support.web_form import WebForm

TODAY = START.date()
SITI, RINI, ALI = new_id(), new_id(), new_id()
CALLED = {SITI: "Siti", RINI: "Rini", ALI: "Ali"}
# What stands on the lists is left as it is given, save where an answer says otherwise.
FILLED: list[tuple[str, Answers]] = [
    (
        "kunjungan_rumah",
        {
            "jenis_sasaran": "ibu_hamil",
            "ibu_hamil": SITI,
            "sudah_lahir": "tidak",
            "periksa_kehamilan": "ya",
            "pil_fe": "tidak",
            "lila": 24.5,
            "status_kehamilan": "risti",
            "konseling_gizi_ibu": "tidak",
            "kunjungan_bidan": "ya",
            "jamban": "tidak",
        },
    ),
    (
        "kunjungan_rumah",
        # The wrong mother first.
        [
            ("saring", "semua"),
            ("jenis_sasaran", "ibu_hamil"),
            ("ibu_hamil", SITI),
            ("ibu_hamil", RINI),
            ("periksa_nifas", 2),
        ],
    ),
    (
        "kunjungan_rumah",
        {
            "jenis_sasaran": "anak",
            "anak": ALI,
            "timbang": "ya",
            "berat_badan": 9.4,
            "ukur": "tidak",
            "status_gizi": "kurang",
            "kunjungan_terpadu": "ya",
            "imunisasi_dasar": "tidak",
            "konseling_ibu": "ya",
            "konseling_ayah": "tidak",
            "pengasuhan": "ya",
            "akta_lahir": "tidak",
        },
    ),
    (
        "ukur_tinggi",
        {
            "anak": ALI,
            "posisi": "baring",
            "panjang_ukur": 74.5,
            "berat": 9.1,
            "pakai_tikar": "ya",
            "tikar": "kuning",
            "diukur_oleh": "nakes",
        },
    ),
]
# What is another each time: the submission's own number and moments, and the id that a baby would get.
FRESH = {"instance_id", "seq", "order_key", "mulai", "berakhir", "id_bayi"}


def test_visits_and_measures__are_kept_the_same_whether_typed_in_a_browser_or_filled_on_a_phone(
    browsed: Station, browsing: Browsing, new_phone: Callable[[str], Phone]
) -> None:
    mother = {"nama": "Siti", "hpl": str(TODAY + timedelta(days=100))}
    child = {"nama": "Ali", "tanggal_lahir": str(TODAY - timedelta(days=400)), "akta_lahir": "ya"}
    insured = {"jaminan_kesehatan": "ya"}
    born = {
        "nama": "Rini",
        "hpl": str(TODAY),
        "tanggal_melahirkan": str(TODAY - timedelta(days=9)),
        "jaminan_kesehatan": "tidak",
    }
    people = {"mothers": [(SITI, mother | insured), (RINI, born)], "children": [(ALI, child | insured)]}
    browsed.send(mapped(new_id(), day=str(TODAY), **people))  # type: ignore[arg-type]
    phone = new_phone(browsing.base + browsed.path("").rstrip("/"))
    kpm = browsing.person(open_account(browsed, "kpm").email)
    for form_id, answers in FILLED:
        phone.sync()
        phone.fill(form_id, answers, today=TODAY)
        kpm.open(f"/desa/{VILLAGE}/isi/{form_id}")
        form = WebForm(kpm.page).wait()
        type_in(form, (shipped.WORKBOOKS / f"{form_id}.xlsx").read_bytes(), answers, CALLED)
        form.send()
        kpm.page.get_by_text("Terkirim, dan diterima server").wait_for()
        phone.send()  # only now: both were filled with the same lists
    found = kept(browsed)
    assert len(found) == 2 * len(FILLED)
    assert found[::2] == found[1::2]


def kept(station: Station) -> list[dict[str, Any]]:
    """The answers to both forms, in the order of their arrival."""
    rows = [*station.rows("answers_kunjungan_rumah"), *station.rows("answers_ukur_tinggi")]
    rows.sort(key=lambda row: int(row["seq"]))
    return [{name: value for name, value in row.items() if name not in FRESH} for row in rows]

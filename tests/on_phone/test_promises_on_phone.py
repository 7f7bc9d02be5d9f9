"""A promise from the meeting to the kecamatan: agreed on the phone, seen by the visits, told by the next meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from lxml import html

from tests.on_phone.test_meetings_on_phone import CLASSES, LATRINES, YEARLY, agreed, begun
from tests.support.listening import listening
from tests.support.members import member
from tests.support.offline import answered
from tests.support.phone import Phone
from tests.support.small_forms import new_id
from tests.support.station import VILLAGE, Station
from tests.support.village_forms import mapped, visited

HEADS = ("Budi", "Tono", "Wati")


def words(source: str) -> str:
    return " ".join(html.document_fromstring(source).body.text_content().split())


def test_three_latrines_are_promised_by_june_and_two_are_there(
    as_shipped: Station, new_phone: Callable[[str], Phone]
) -> None:
    station = as_shipped
    station.clock.now = datetime(2026, 1, 8, 2, tzinfo=UTC)
    homes, children = [new_id() for _ in HEADS], [new_id() for _ in HEADS]
    for number, (head, home, child) in enumerate(zip(HEADS, homes, children, strict=True)):
        kk, born = f"110101010101000{number}", {"tanggal_lahir": "2025-03-01", "nama": f"Anak {head}"}
        station.send(mapped(home, day="2025-11-05", head=head, no_kk=kk, children=[(child, born)]))
        station.send(visited(child, day="2025-12-10", jamban_anak="tidak"))

    with listening(station.app) as base:
        phone = new_phone(base + station.path("").rstrip("/"))
        phone.sync()
        latrines = LATRINES | {"rumah_tangga": homes, "tenggat": date(2026, 6, 30)}
        classes = CLASSES | {"tenggat": date(2026, 5, 31)}
        phone.fill("rembuk_stunting", {**YEARLY, **agreed(latrines, classes)}, today=date(2026, 1, 8))
        phone.send()

        station.clock.now = datetime(2026, 6, 26, 9, tzinfo=UTC)
        for child in children[:2]:
            station.send(visited(child, day="2026-06-10", jamban_anak="ya"))
        station.send(visited(children[2], day="2026-06-11", jamban_anak="tidak"))

        entry, places = begun(phone, date(2026, 6, 26))
        finished = f"kegiatan[{places['Jamban sehat']}]"
        answered(entry, {f"{finished}/keadaan": "selesai", f"{finished}/realisasi": 40_000_000, "keputusan": "Lanjut"})
        phone.finish("rapat_triwulan", entry)
        phone.send()

    station.clock.now = datetime(2026, 7, 10, 9, tzinfo=UTC)
    page = station.client.get(f"/desa/{VILLAGE}/janji").text
    said = words(page)
    assert "2 dijanjikan, 1 selesai, 1 lewat tenggat." in said
    assert "Jamban sehat sudah selesai" in said
    assert "2 dari 3 keluarga yang dulu belum menerima kini sudah." in said
    assert "Anggaran Rp60.000.000, belanja Rp40.000.000." in said
    assert "Kelas ibu hamil lewat 40 hari" in said
    assert not [head for head in HEADS if head in page]

    named = html.document_fromstring(member(station).get(f"/desa/{VILLAGE}/janji/keluarga").text)
    of_homes = [" ".join(one.text_content().split()) for one in named.xpath("//ul[@class='homes-of']/li")]
    assert of_homes == ["Wati masih belum menerima", "Budi kini sudah menerima", "Tono kini sudah menerima"]

    card = words(station.client.get(f"/desa/{VILLAGE}").text)
    assert "2 dijanjikan, 1 selesai, 1 lewat tenggat. Dari 3 yang dulu belum menerima layanannya, 2 kini sudah." in card
    kecamatan = words(station.client.get("/wilayah/11.01.01/janji").text)
    assert "1 janji di 1 desa sudah lewat tenggat dan belum selesai." in kecamatan
    assert "Yang terlama: Kelas ibu hamil, seharusnya selesai 31 Mei 2026. Penanggung jawab: Bidan desa." in kecamatan

    helper = words(station.client.get(f"/desa/{VILLAGE}/janji/usulan?anggaran=3.500.000").text)
    assert "Jamban yang layak: 1 keluarga" in helper  # who is still without
    assert station.client.get(f"/desa/{VILLAGE}/janji/usulan?anggaran=banyak").status_code == 400

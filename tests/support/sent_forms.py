"""A village whose phones have sent all kinds of submissions: with photos and places, corrected, not understood."""

from __future__ import annotations

import struct
import zlib

from tests.support.station import OTHER_VILLAGE, VILLAGE, Station
from tests.support.village_forms import mapped, visited

SITI, ALI, NIA, UMI, MOVED_IN = (f"7000000{number}-0000-4000-8000-000000000000" for number in range(5))
HOMES = [f"7100000{number}-0000-4000-8000-000000000000" for number in range(6)]
VISIT, CORRECTED, UNKNOWN, ACTIVITY = (f"uuid:{name}" for name in ("kunjungan", "perbaikan", "asing", "kegiatan"))
# Where the houses stand: some hundred metres from each other, and one of them at the other end of the country.
PLACES = [
    *("-7.12345 110.12345 120.0 8.0", "-7.12390 110.12510 121.0 5.0", "-7.12610 110.12200 118.0 6.5"),
    *("-7.12480 110.12780 119.0 4.0", "2.95000 99.05000 0.0 900.0", ""),
]
# A form with a photo, a place, a group and a repeat.
KEGIATAN = """
# survey
| type | name | label::Indonesia (id) | label::English (en) |
| date | tanggal | Tanggal kegiatan | Day of the activity |
| begin_group | tempat | Tempatnya | The place |
| select_one jenis | jenis | Di mana diadakan? | Where was it held? |
| geopoint | titik | Titik tempatnya | Its point |
| image | foto | Foto kegiatan | Photo of the activity |
| end_group | | | |
| begin_repeat | hadirin | Yang hadir | Who came |
| text | nama | Nama | Name |
| text | nik | NIK | NIK |
| end_repeat | | | |
| integer | jumlah | Jumlah peserta | How many came |
# choices
| list_name | name | label::Indonesia (id) | label::English (en) |
| jenis | posyandu | Posyandu | Health post |
| jenis | balai | Balai desa | Village hall |
# settings
| form_title | form_id | version |
| Kegiatan | kegiatan | 1 |
"""


def activity(instance: str = ACTIVITY, *, photo: str = "kegiatan.png", version: str = "1") -> str:
    return (
        f'<data id="kegiatan" version="{version}"><tanggal>2026-03-09</tanggal>'
        f"<tempat><jenis>posyandu</jenis><titik>-7.12400 110.12600 120.0 12.0</titik><foto>{photo}</foto></tempat>"
        f"<hadirin><nama>Bu Rina</nama><nik>1101010106250001</nik></hadirin><hadirin><nama>Pak Dul</nama></hadirin>"
        f"<jumlah>2</jumlah><meta><instanceID>{instance}</instanceID>"
        "<instanceName>Kegiatan Posyandu</instanceName></meta></data>"
    )


def picture(red: int = 40, green: int = 120, blue: int = 90) -> bytes:
    """A small PNG of one colour."""
    rows = b"".join(b"\0" + bytes((red, green, blue)) * 32 for _ in range(24))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 32, 24, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def fill(station: Station) -> None:
    """Six households, four of them on the map; a visit with a correction that waits, an activity with a photo, one that
    is not understood, and a visit in the other village. The forms are published already."""
    station.publish(KEGIATAN)
    people = [
        {"mothers": [(SITI, {"nama": "Siti", "status_kehamilan": "kek"})], "children": [(ALI, {"nama": "Ali"})]},
        {"children": [(NIA, {"nama": "Nia"})]},
        {"children": [(UMI, {"nama": "Umi", "tanggal_lahir": "2023-01-01"})]},
        *({}, {}, {}),
    ]
    for home, place, who, head in zip(
        HOMES, PLACES, people, ("Budi", "Hasan", "Dul", "Rina", "Jauh", "Tono"), strict=True
    ):
        no_kk = f"11010101010100{HOMES.index(home):02}"
        station.send(mapped(home, no_kk=no_kk, head=head, place=place, **who))  # type: ignore[arg-type]
    station.clock.forward(minutes=5)
    station.send(visited(NIA, day="2026-03-02", instance=VISIT, berat_badan="7.4", timbang="ya"))
    station.clock.forward(minutes=5)
    again = visited(NIA, day="2026-03-02", instance=CORRECTED, corrects=VISIT, ended="13:00:00.000")
    station.send(again)
    station.clock.forward(minutes=5)
    station.send(activity(), [("kegiatan.png", picture())])
    station.clock.forward(minutes=5)
    station.send(activity(UNKNOWN, version="0", photo="lain.png"), [("lain.png", picture(160, 60, 50))])
    station.clock.forward(minutes=5)
    station.send(mapped(MOVED_IN, no_kk="1101010101010099", head="Tetangga"), village=OTHER_VILLAGE)


def page_of(station: Station, instance: str, village: str = VILLAGE) -> str:
    """The address of the submission's page."""
    row = station.one("submissions", village_id=village, instance_id=instance)
    return f"/desa/{village}/kiriman/{row['sha256']}"

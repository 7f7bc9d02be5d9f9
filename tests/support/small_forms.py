"""Small forms for tests of the server, and what a phone sends with them.

`daftar` registers children, `kunjungan` is a visit to one of them.
"""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

DAFTAR = """
# survey
| type         | name          | label         | save_to       |
| date         | tanggal       | Tanggal       |               |
| integer      | jumlah        | Berapa anak   |               |
| begin_repeat | balita        | Anak          |               |
| text         | nama          | Nama          | nama          |
| date         | tanggal_lahir | Tanggal lahir | tanggal_lahir |
| text         | status_gizi   | Status gizi   | status_gizi   |
| end_repeat   |               |               |               |
# entities
| list_name | label   |
| anak      | ${nama} |
# settings
| form_title         | form_id | version |
| Pendaftaran balita | daftar  | 1       |
"""

KUNJUNGAN = """
# survey
| type                           | name         | label                | save_to     |
| date                           | tanggal      | Tanggal              |             |
| select_one_from_file anak.csv  | anak         | Anak                 |             |
| text                           | nama_baru    | Nama yang benar      | nama        |
| text                           | status_gizi  | Status gizi          | status_gizi |
| text                           | status       | Status               | status      |
| text                           | masih_kurang | Yang masih kurang    |             |
| image                          | foto         | Foto                 |             |
| image                          | foto_kia     | Foto buku KIA        |             |
# entities
| list_name | label        | entity_id |
| anak      | ${nama_baru} | ${anak}   |
# settings
| form_title     | form_id   | version |
| Kunjungan anak | kunjungan | 1       |
"""


def new_id() -> str:
    return str(uuid.uuid4())


def daftar(*children: str, day: str = "2026-01-05", instance: str = "", version: str = "1", nama: str = "Budi") -> str:
    """A registration of children with these ids, born on 2025-06-01 and named `nama`."""
    balita = "".join(
        f"<balita><nama>{escape(nama)}</nama><tanggal_lahir>2025-06-01</tanggal_lahir><status_gizi>baik</status_gizi>"
        f'<meta><entity dataset="anak" id="{child}" create="1"><label>{escape(nama)}</label></entity></meta></balita>'
        for child in children
    )
    head = f"<tanggal>{day}</tanggal><jumlah>{len(children)}</jumlah>"
    return submission("daftar", head + balita, instance, version)


def kunjungan(child: str, answers: str = "", *, day: str = "2026-03-10", instance: str = "", label: str = "") -> str:
    """A visit to a child; `answers` are further elements, in the form's order."""
    entity = f'<entity dataset="anak" id="{child}" update="1" baseVersion="1"><label>{escape(label)}</label></entity>'
    return submission("kunjungan", f"<tanggal>{day}</tanggal><anak>{child}</anak>{answers}", instance, "1", entity)


def submission(form_id: str, answers: str, instance: str = "", version: str = "1", in_meta: str = "") -> str:
    """The XML of a submission; its instanceID is new where none is given."""
    id_ = instance or f"uuid:{new_id()}"
    meta = f"<meta><instanceID>{id_}</instanceID>{in_meta}</meta>"
    return f'<data id="{form_id}" version="{version}">{answers}{meta}</data>'

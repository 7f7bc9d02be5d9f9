"""Small forms for tests that need households, and what a phone sends with them.

`keluarga` registers a household with its mothers and children or changes it, `persalinan` is a visit at a birth, and
`pindah` moves a child to another household.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.support.small_forms import submission

KELUARGA = """
# survey
| type         | name          | label         | save_to                   |
| date         | tanggal       | Tanggal       |                           |
| text         | id_keluarga   | Nomor         |                           |
| text         | baru          | Baru?         |                           |
| text         | kepala        | Kepala        |                           |
| text         | jamban        | Jamban        | keluarga#jamban           |
| begin_repeat | ibu           | Ibu           |                           |
| text         | nama          | Nama          | ibu_hamil#nama            |
| date         | hpl           | HPL           | ibu_hamil#hpl             |
| text         | rumah         | Rumah         | ibu_hamil#keluarga        |
| end_repeat   |               |               |                           |
| begin_repeat | balita        | Anak          |                           |
| text         | nama_anak     | Nama          | anak#nama                 |
| date         | tanggal_lahir | Tanggal lahir | anak#tanggal_lahir        |
| text         | rumah_anak    | Rumah         | anak#keluarga             |
| end_repeat   |               |               |                           |
# entities
| list_name | label        | entity_id      | create_if             | update_if             |
| keluarga  | ${kepala}    | ${id_keluarga} | ${baru} = 'ya'        | ${baru} = 'tidak'     |
| ibu_hamil | ${nama}      |                |                       |                       |
| anak      | ${nama_anak} |                |                       |                       |
# settings
| form_title | form_id  | version |
| Keluarga   | keluarga | 1       |
"""

PERSALINAN = """
# survey
| type                               | name               | label         | save_to                      |
| date                               | tanggal            | Tanggal       |                              |
| select_one_from_file ibu_hamil.csv | ibu_hamil          | Ibu           |                              |
| text                               | masih_kurang       | Kurang        |                              |
| begin_group                        | bagian_ibu         | Ibu           |                              |
| date                               | tanggal_melahirkan | Melahirkan    | ibu_hamil#tanggal_melahirkan |
| text                               | prioritas_ibu      | Prioritas     | ibu_hamil#prioritas          |
| text                               | perlu_ibu          | Perlu         | ibu_hamil#perlu              |
| end_group                          |                    |               |                              |
| text                               | id_bayi            | Nomor         |                              |
| text                               | nama_bayi          | Nama          | anak#nama                    |
| date                               | tanggal_lahir      | Tanggal lahir | anak#tanggal_lahir           |
| text                               | keluarga           | Keluarga      | anak#keluarga                |
| text                               | prioritas          | Prioritas     | anak#prioritas               |
| text                               | perlu              | Perlu         | anak#perlu                   |
# entities
| list_name | label        | entity_id    | create_if           | update_if           |
| ibu_hamil |              | ${ibu_hamil} |                     |                     |
| anak      | ${nama_bayi} | ${id_bayi}   | ${nama_bayi} != ''  | ${nama_bayi} = ''   |
# settings
| form_title | form_id    | version |
| Persalinan | persalinan | 1       |
"""

PINDAH = """
# survey
| type                          | name     | label    | save_to  |
| date                          | tanggal  | Tanggal  |          |
| select_one_from_file anak.csv | anak     | Anak     |          |
| text                          | rumah    | Rumah    | keluarga |
# entities
| list_name | entity_id |
| anak      | ${anak}   |
# settings
| form_title | form_id | version |
| Pindah     | pindah  | 1       |
"""


def keluarga(
    household: str, *, day: str, mothers: tuple[str, ...] = (), children: tuple[str, ...] = (), new: bool = True
) -> str:
    """A household without a latrine and its people by their ids; one that is not `new` has one now."""
    verb, jamban = ("create", "tidak") if new else ("update", "layak")
    answers = (
        f"<tanggal>{day}</tanggal><id_keluarga>{household}</id_keluarga><baru>{'ya' if new else 'tidak'}</baru>"
        f"<kepala>Pak Amat</kepala><jamban>{jamban}</jamban>"
    )
    for mother in mothers:
        answers += (
            f"<ibu><nama>Siti</nama><hpl>2026-03-05</hpl><rumah>{household}</rumah>"
            f"{_entity('ibu_hamil', mother, 'create', 'Siti')}</ibu>"
        )
    for child in children:
        answers += (
            f"<balita><nama_anak>Budi</nama_anak><tanggal_lahir>2025-06-01</tanggal_lahir>"
            f"<rumah_anak>{household}</rumah_anak>{_entity('anak', child, 'create', 'Budi')}</balita>"
        )
    label = "<label>Pak Amat</label>"
    entity = f'<entity dataset="keluarga" id="{household}" {verb}="1" baseVersion="1">{label}</entity>'
    return submission("keluarga", answers, in_meta=entity)


def persalinan(mother: str, child: str, household: str, *, born: str, day: str) -> str:
    """A visit on `day` at which the mother says that her child was `born`."""
    answers = (
        f"<tanggal>{day}</tanggal><ibu_hamil>{mother}</ibu_hamil><masih_kurang>Vitamin A</masih_kurang><bagian_ibu>"
        f"<tanggal_melahirkan>{born}</tanggal_melahirkan><prioritas_ibu>4</prioritas_ibu>"
        f"<perlu_ibu>Vitamin A</perlu_ibu>{_entity('ibu_hamil', mother, 'update')}</bagian_ibu>"
        f"<id_bayi>{child}</id_bayi><nama_bayi>Ayu</nama_bayi><tanggal_lahir>{born}</tanggal_lahir>"
        f"<keluarga>{household}</keluarga><prioritas>4</prioritas><perlu>imunisasi</perlu>"
    )
    entity = f'<entity dataset="anak" id="{child}" create="1"><label>Ayu</label></entity>'
    return submission("persalinan", answers, in_meta=entity)


def pindah(child: str, household: str, *, day: str) -> str:
    answers = f"<tanggal>{day}</tanggal><anak>{child}</anak><rumah>{household}</rumah>"
    entity = f'<entity dataset="anak" id="{child}" update="1" baseVersion="1"/>'
    return submission("pindah", answers, in_meta=entity)


def _entity(list_: str, id_: str, verb: str, label: str = "") -> str:
    named = f"<label>{escape(label)}</label>" if label else ""
    return f'<meta><entity dataset="{list_}" id="{id_}" {verb}="1">{named}</entity></meta>'

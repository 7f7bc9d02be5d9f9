"""The list of accounts and phones to fill in, in Excel: its columns, and the workbook with what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from forms.problems import Language
from forms.sheets_out.tables import Choices, Column, Sheet
from server.accounts.managing import ROLE_WORDS
from server.villages.region_search import all_written

SHEET = "daftar"
YES = "ya"


@dataclass(frozen=True)
class Explained:
    """A column of the list: how to fill it in, in both languages, and an example."""

    name: str
    width: int
    id: str
    en: str
    example: str


COLUMNS = (
    Explained(
        "nama",
        28,
        "Nama orangnya. Wajib diisi. Tampil di halaman dan di HP.",
        "The person's name; it must be there. Pages and the phone show it.",
        "Ani Contoh",
    ),
    Explained(
        "wilayah",
        40,
        "Pilih dari daftarnya, atau tulis nama atau kodenya. Untuk KPM, kepala desa dan HP: desanya.",
        "Choose it from its list, or write its name or code. For a KPM, a village head and a phone: the village.",
        "Sukamaju, Bakongan (11.01.01.2001)",
    ),
    Explained(
        "peran",
        22,
        "Pilih dari daftarnya bila orang ini perlu akun untuk membuka halaman. Kosongkan bila tidak.",
        "Choose it from its list where this person needs an account to open pages. Leave it blank where not.",
        "KPM",
    ),
    Explained(
        "email",
        32,
        "Wajib bila ada peran: dengan ini orangnya masuk. Tidak ada surat yang dikirim ke sana, jadi boleh dibuatkan.",
        "It must be there with a role: the person logs in with it. No mail is sent there, so it may be made up.",
        "ani@sukamaju.desa.id",
    ),
    Explained(
        "hp",
        8,
        "Tulis ya bila orang ini perlu HP untuk mengisi formulir. Kosongkan bila tidak.",
        "Write ya where this person needs a phone to fill in forms. Leave it blank where not.",
        YES,
    ),
)


def template(connection: Connection, region: str, language: Language) -> bytes:
    """The workbook to fill in, with the places of the region to choose from, and a sheet that explains it."""
    from forms.sheets_out.excel import write_workbook  # only who asks for a workbook pays for openpyxl

    places = all_written(connection, region)
    lists = {"wilayah": places, "peran": list(ROLE_WORDS), "hp": [YES]}
    columns = [
        Column(one.name, one.width, Choices(_list_of(one.name), len(lists[one.name])) if one.name in lists else None)
        for one in COLUMNS
    ]
    heads = ("kolom", "cara mengisi", "contoh") if language == "id" else ("column", "how to fill it in", "example")
    explained = [Column(head, width, wraps=True) for head, width in zip(heads, (14, 70, 40), strict=True)]
    said = [[one.name, one.id if language == "id" else one.en, one.example] for one in COLUMNS]
    choices = [Sheet(_list_of(name), [Column(name, 44)], ([one] for one in values)) for name, values in lists.items()]
    about = "petunjuk" if language == "id" else "how to"
    return write_workbook([Sheet(SHEET, columns, []), Sheet(about, explained, said), *choices])


def _list_of(column: str) -> str:
    return f"pilihan {column}"

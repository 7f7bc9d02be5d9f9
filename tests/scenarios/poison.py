"""Submissions that no phone of ours would send: every field of a shipped form filled with anything that its type takes.

Most values are possible for their type and absurd in every other way, so that they get past the door; a field or two of
some submissions hold what is of no type.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from lxml import etree

from forms.schema import Field, FormSchema, Table
from tests.support.village_forms import compiled

FORMS = (
    *("peta_sosial", "kunjungan_rumah", "ukur_tinggi", "pantau_paud", "fasilitas"),
    *("rembuk_stunting", "rapat_triwulan", "rembuk_stunting"),
)
LISTS = ("keluarga", "ibu_hamil", "anak", "fasilitas", "kegiatan")
TEXTS = (
    *("", "ya", "tidak", "Siti", "0", "-1", "3 kali", "NaN", "Infinity", "1e308", "1e-200", "9" * 400, "-0.0", "0x10"),
    *("2026-02-30", "2026-11-10' OR 1=1", "0000-00-00", "9999-12-31", "2026-03-01", "2026-03-01T08:00:00.000+07:00"),
    *("<b>&amp;", "%s%00{x}", "'; DROP TABLE entities; --", "\\", '"', ", , ,", "timbang, akta", "a" * 9_999),
    *("Zoë 👶 ꦱꦶ", "\u202e\u200b\ufeff", "\t\n x", "aktif", "meninggal", "merah", "buruk", "kek", "L", "9" * 16),
)
WILD = (
    *TEXTS,
    "a" * 100_000,
    "9223372036854775808",
    "-" * 300,
    "mungkin",
    "obesitas",
    "700000",
    "-5",
    "9223372036854775807",
)
INTEGERS = (0, 1, -1, 12, 2026, 2**31, 2**63 - 1, 2**63 - 1, -(2**63) + 1)
DECIMALS = (0, 0.1, -5, 2.5, 7.25, 10.0, 49.9, 300, 700_000, 1e-200, 5e-17, 1e18, 9.2e18, -9.2e18)
DAYS = ("1900-01-01", "2018-01-01", "2024-02-29", "2025-06-01", "2026-01-05", "2026-03-01", "2026-12-31", "2200-12-31")
# The day that a form speaks of has to be one on which somebody can have filled it in.
SENT_ON = ("2018-01-01", "2025-05-31", "2025-12-31", "2026-01-05", "2026-02-28", "2026-03-10")
VERSIONS = ("", "0", "1", "2", "1000", "999999999", "x")


def poison(form_id: str, ids: tuple[str, ...], seed: int) -> str:
    """A submission of the form, which speaks of some of the ids."""
    random = Random(seed)
    schema = compiled(form_id).schema
    root = etree.Element("data", id=form_id, version=schema.version)
    wild = random.randrange(3) if random.random() < 0.4 else 0
    largest = random.random() < 0.5  # of all numbers
    strange = {id(field) for field in random.sample([f for table in schema.tables for f in table.fields], wild)}

    def fill(table: Table, element: etree._Element) -> None:
        for field in table.fields:
            if random.random() < 0.85:
                text = random.choice(WILD) if id(field) in strange else _possible(field, ids, random, largest)
                _below(element, field.path).text = text
        _speak(table, element, schema, ids, random)

    fill(schema.main, root)
    for table in schema.tables[1:]:
        for _ in range(random.randrange(6)):
            fill(table, etree.SubElement(_below(root, table.path[:-1]), table.path[-1]))
    meta = etree.SubElement(root, "meta") if root.find("meta") is None else root.find("meta")
    assert meta is not None
    etree.SubElement(meta, "instanceID").text = f"uuid:{seed}"
    if random.random() < 0.1:
        etree.SubElement(meta, "deprecatedID").text = f"uuid:{random.randrange(seed + 1)}"
    return etree.tostring(root, encoding="unicode")


def _possible(field: Field, ids: tuple[str, ...], random: Random, largest: bool) -> str:
    if field.choices is not None:
        several = field.type == "select_multiple"
        return " ".join(random.sample(sorted(field.choices), random.randint(1, len(field.choices) if several else 1)))
    if field.name == "tanggal":
        return random.choice(SENT_ON)
    if field.name in ("berat", "panjang"):  # what is no body's is refused
        return str(random.choice((10, 20.5, 30)))
    if field.name == "tahun":  # what is planned for a year of which nobody asks is not counted
        return random.choice(("2025", "2026", "2026", "2201"))
    values: dict[str, Callable[[], object]] = {
        "select_one": lambda: random.choice((*ids, "lain")),
        "integer": lambda: _bounded(max(INTEGERS) if largest else random.choice(INTEGERS), field),
        "decimal": lambda: _bounded(max(DECIMALS) if largest else random.choice(DECIMALS), field),
        "date": lambda: random.choice(DAYS),
        "datetime": lambda: f"{random.choice(DAYS)}T0{random.randrange(10)}:00:00.000+07:00",
        "time": lambda: "08:00:00.000+07:00",
    }
    of_type = values.get(field.type, lambda: random.choice((*TEXTS, *ids)))
    return str(of_type())


def _bounded(number: float, field: Field) -> float:
    least, most = field.least, field.most
    number = number if least is None else max(number, int(least + 0.999))
    return number if most is None else min(number, int(most))


def _speak(table: Table, element: etree._Element, schema: FormSchema, ids: tuple[str, ...], random: Random) -> None:
    """The entity elements of what lies in the table."""
    for declared in schema.entities:
        holding = [one for one in schema.tables if declared.path[: len(one.path)] == one.path]
        if max(holding, key=lambda one: len(one.path)) is not table or random.random() < 0.2:
            continue
        does = {name: random.choice(("1", "true", "", "0")) for name in ("create", "update") if random.random() < 0.7}
        made_on = {
            "baseVersion": random.choice(VERSIONS),
            "trunkVersion": random.choice(VERSIONS),
            "branchId": "cabang",
        }
        own = ids[LISTS.index(declared.list) % len(ids) :: len(LISTS)]  # mostly each id is of one list alone
        id_ = random.choice((*ids, "", "i" * 300)) if random.random() < 0.2 else random.choice(own)
        known = {"dataset": declared.list, "id": id_, **does}
        more = {name: text for name, text in made_on.items() if random.random() < 0.3}
        meta = _below(element, (*declared.path[len(table.path) :], "meta"))
        etree.SubElement(etree.SubElement(meta, "entity", known | more), "label").text = random.choice(TEXTS)


def _below(element: etree._Element, path: tuple[str, ...]) -> etree._Element:
    for name in path:
        found = element.find(name)
        element = etree.SubElement(element, name) if found is None else found
    return element

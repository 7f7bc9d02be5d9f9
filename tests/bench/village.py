"""A village of 190 targets for the figures, the forms that register one, and a real visit to one of its mothers, filled
in by the form engine."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from random import Random

from sqlalchemy import Connection, insert

from server.database.tables import entities, list_revisions, villages
from server.entities.entity import Entity
from server.entities.store import row_of
from tests.support.form_engine import Answer
from tests.support.phone import Phone
from tests.support.village_forms import mapped

HOUSEHOLDS, MOTHERS, CHILDREN = 150, 70, 120
# Of the villages that are registered by forms: each with a mother and two children, which makes 189 targets.
FAMILIES = 63
# A family's ids differ in the first character alone, so that one form serves for all: its household, mother, children.
HOUSEHOLD, MOTHER, FIRST_CHILD, SECOND_CHILD = "1TARGET", "2TARGET", "3TARGET", "4TARGET"
FIRST = ("Siti", "Nur", "Aisyah", "Dewi", "Cut", "Ratna", "Budi", "Ahmad", "Putri", "Rahma", "Yanti", "Fitri", "Intan")
LAST = ("Aminah", "Hasanah", "Lestari", "Rahmawati", "Zahra", "Saputra", "Maulana", "Safitri", "Wahyuni", "Hidayah")
DUSUN = ("Dusun Timur", "Dusun Barat", "Dusun Tengah", "Dusun Pantai")


def families(village_id: str) -> list[str]:
    """What stands for TARGET in the forms of a village's families."""
    rng = Random(village_id)
    return [str(uuid.UUID(int=rng.getrandbits(128), version=4))[1:] for _ in range(FAMILIES)]


def registration(today: date) -> str:
    """The XML that registers a family, with the ids of TARGET."""
    mother = {"hpl": str(today + timedelta(days=100))}
    child = {"tanggal_lahir": str(today - timedelta(days=300))}
    children = [(id_, child) for id_ in (FIRST_CHILD, SECOND_CHILD)]
    day = str(today - timedelta(days=60))
    return mapped(HOUSEHOLD, day=day, mothers=[(MOTHER, mother)], children=children)


def fill_village(connection: Connection, village_id: str, today: date) -> None:
    """Puts the register of a village in place, as social maps and some visits would have left it."""
    found = register_of(village_id, today, HOUSEHOLDS, MOTHERS, CHILDREN)
    connection.execute(insert(entities), [row_of(one) for one in found])
    connection.execute(insert(villages), {"village_id": village_id, "seq": 1000, "stale_since": "2025-Q4"})
    revisions = [{"village_id": village_id, "list": name, "revision": 1} for name in ("keluarga", "ibu_hamil", "anak")]
    connection.execute(insert(list_revisions), revisions)


def register_of(village_id: str, today: date, households: int, mothers: int, children: int) -> list[Entity]:
    """So many households, mothers and children below two years, as social maps and some visits would have left them."""
    rng = Random(village_id)
    homes = [_household(rng, village_id) for _ in range(households)]
    found = [_mother(rng, village_id, homes, today) for _ in range(mothers)]
    return [*homes, *found, *(_child(rng, village_id, homes, today) for _ in range(children))]


def visit(phone: Phone, mother: str, today: date) -> str:
    """The XML of a month's visit to a pregnant woman."""
    answers: dict[str, Answer] = {
        "saring": "semua",
        "jenis_sasaran": "ibu_hamil",
        "tanggal": today,
        "ibu_hamil": mother,
        "status_sasaran": "aktif",
        "sudah_lahir": "tidak",
        "periksa_kehamilan": "ya",
        "pil_fe": "ya",
        "lila": 24.5,
        "status_kehamilan": "normal",
        "konseling_gizi_ibu": "ya",
        "air_minum": "ya",
        "jamban": "tidak",
        "jaminan_kesehatan": "ya",
    }
    return phone.fill("kunjungan_rumah", answers, today=today, skip_unasked=True).xml


def _entity(rng: Random, village_id: str, name: str, label: str, data: dict[str, str]) -> Entity:
    id_ = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    registered = date(2025, 11, 3)
    version = rng.randint(1, 6)
    return Entity(village_id, id_, name, registered, label=label, version=version, data=data, created_seq=1000)


def _household(rng: Random, village_id: str) -> Entity:
    data = {
        "no_kk": _digits(rng),
        "dusun": rng.choice(DUSUN),
        "rt": f"00{rng.randint(1, 9)}/00{rng.randint(1, 4)}",
        "lokasi": f"{3 + rng.random():.7f} {97 + rng.random():.7f} {rng.randint(3, 90)}.0 4.8",
        "air_minum": rng.choice(("ya", "tidak")),
        "jamban": rng.choice(("ya", "tidak")),
        "rentan": rng.choice(("ya", "tidak")),
    }
    return _entity(rng, village_id, "keluarga", _name(rng), data)


def _mother(rng: Random, village_id: str, households: list[Entity], today: date) -> Entity:
    home, name = rng.choice(households), _name(rng)
    data = {
        "nama": name,
        "nik": _digits(rng),
        "no_kia": _digits(rng)[:10],
        "tanggal_lahir": f"{rng.randint(1985, 2006)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "hpl": str(today + timedelta(days=rng.randint(20, 250))),
        "status_kehamilan": rng.choice(("normal", "normal", "kek", "risti")),
        "jaminan_kesehatan": rng.choice(("ya", "tidak")),
        "keluarga": home.id,
        "dusun": home.data["dusun"],
        "status": "aktif",
        "tanggal_status": "2025-11-03",
    }
    return _entity(rng, village_id, "ibu_hamil", name, data)


def _child(rng: Random, village_id: str, households: list[Entity], today: date) -> Entity:
    home, name = rng.choice(households), _name(rng)
    data = {
        "nama": name,
        "jenis_kelamin": rng.choice("LP"),
        "tanggal_lahir": str(today - timedelta(days=rng.randint(1, 700))),
        "nik": _digits(rng),
        "no_kia": _digits(rng)[:10],
        "status_gizi": rng.choice(("baik", "baik", "kurang", "stunting")),
        "akta_lahir": rng.choice(("ya", "tidak")),
        "jaminan_kesehatan": rng.choice(("ya", "tidak")),
        "keluarga": home.id,
        "dusun": home.data["dusun"],
        "status": "aktif",
        "tanggal_status": "2025-11-03",
        "tikar": rng.choice(("hijau", "hijau", "kuning", "merah")),
        "panjang_terakhir": f"{rng.uniform(48, 88):.1f}",
        "tanggal_ukur_terakhir": str(today - timedelta(days=rng.randint(1, 180))),
    }
    return _entity(rng, village_id, "anak", name, data)


def _name(rng: Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def _digits(rng: Random) -> str:
    return f"1101{rng.randrange(10**12):012}"

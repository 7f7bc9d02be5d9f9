"""Lists of regions that people bring: the official one of the whole nation, one of their own, and names of dusun.

The official list is that of the npm package idn-area-data, made of Kepmendagri by its authors; its data are under the
Open Database License (ODbL).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, or_, select

from forms.problems import Finding, Problem, ProblemError, problem
from server.database.paging import Page, Paging
from server.database.tables import regions
from server.villages.region_file import code_cell, read_rows
from server.villages.regions import (
    NATION,
    VILLAGE_LENGTH,
    Kept,
    Region,
    counts,
    covers,
    keep,
    lies_in,
    listed_name,
    orphan,
    orphans,
)

NO_OFFICIAL_LIST = Problem(
    "no-official-list",
    404,
    "Daftar wilayah resmi belum terpasang di server ini. Pengelola server memasangnya dengan: make. Daftar sendiri "
    "(CSV atau Excel) dapat diunggah tanpa itu.",
    "The official list of regions is not installed on this server. Whoever runs it installs it with: make. A list of "
    "your own (CSV or Excel) can be uploaded without it.",
)
NOT_YOUR_REGION = Problem(
    "not-your-region",
    403,
    "{code} di luar wilayah akun Anda ({region}). Hapus baris ini, atau minta admin wilayah itu mengunggahnya.",
    "{code} is outside the region of your account ({region}). Take this row out, or have an admin of that region "
    "upload it.",
)
CODE_TWICE = Problem(
    "code-twice",
    400,
    "Kode {code} sudah ada di {first} dengan nama lain. Sisakan satu.",
    "The code {code} is in {first} already, with another name. Keep one of them.",
)
EMPTY_LIST = Problem(
    "empty-list",
    400,
    "Berkas ini tidak memuat satu wilayah pun. Tulis kode dan nama di dua kolom pertama.",
    "There is no region in this file. Write code and name in the first two columns.",
)
NO_DUSUN_NAMED = Problem(
    "no-dusun-named",
    400,
    "Tulis nama dusun, satu nama satu baris.",
    "Write the names of hamlets, one in each line.",
)
TOO_MANY_DUSUN = Problem(
    "too-many-dusun",
    400,
    "Satu desa punya paling banyak {most} dusun, dengan nama sampai {longest} huruf.",
    "A village has at most {most} hamlets, with names of up to {longest} characters.",
)

# The files of the official list, from the largest regions to the smallest, each with the columns code and name.
_FILES = ("provinces.csv", "regencies.csv", "districts.csv", "villages.csv")
# Those of which people choose one to import.
_CHOSEN = _FILES[:2]
MOST_DUSUN = 99
SORTS = ("kode", "nama")
_DUSUN_LENGTH = VILLAGE_LENGTH + len(".01")
# By the length of a code, how many full stops it has.
_DOTS = {2: 0, 5: 1, 8: 2, VILLAGE_LENGTH: 3, _DUSUN_LENGTH: 4}
LONGEST_NAME = 80


@dataclass(frozen=True)
class ListedVillage:
    """A village of the list, and how many hamlets of it are listed."""

    code: str
    name: str
    dusun: int


def is_installed(folder: Path) -> bool:
    """Whether the official list lies in the folder."""
    return all((folder / name).is_file() for name in _FILES)


def offered(folder: Path, region: str) -> list[Region]:
    """The provinces and kabupaten of the official list in a region, by code. Raises ProblemError NO_OFFICIAL_LIST."""
    found = [one for name in _CHOSEN for one in _read(folder, name) if covers(region, one.code)]
    return sorted(found, key=lambda one: one.code)


def official(folder: Path, region: str) -> list[Region]:
    """The region (or NATION) with all that lies in it, down to villages, and what it lies in. Raises ProblemError
    NO_OFFICIAL_LIST."""
    everything = (one for name in _FILES for one in _read(folder, name))
    return [one for one in everything if covers(region, one.code) or covers(one.code, region)]


def own_list(connection: Connection, content: bytes, region: str) -> list[Region]:
    """The regions of a list of one's own (`read_regions`), for somebody of that region. Raises ProblemError that names
    all that is wrong with it, by row, EMPTY_LIST, and those of `read_workbook`."""
    rows, findings = read_rows(content)
    known = set(connection.execute(select(regions.c.code)).scalars())
    lost = orphans((one.code for one in rows.values()), known)
    first: dict[str, int] = {}
    for number, one in rows.items():
        where, said = code_cell(number), {"code": one.code, "text": one.code}
        if not (covers(region, one.code) or covers(one.code, region) or region == NATION):
            findings.append(Finding(NOT_YOUR_REGION, where, {**said, "region": region}))
        elif one.code in lost:
            findings.append(orphan(one.code, where))
        elif rows[first.setdefault(one.code, number)].name != one.name:
            findings.append(Finding(CODE_TWICE, where, {**said, "first": code_cell(first[one.code])}))
    if findings:
        raise ProblemError(sorted(findings, key=_place))
    if not rows:
        raise problem(EMPTY_LIST)
    return list(rows.values())


def villages_of(connection: Connection, region: str, text: str, paging: Paging) -> Page[ListedVillage]:
    """The villages of a region with `text` in their name, or whose code begins with it."""
    fits = or_(regions.c.name.icontains(text, autoescape=True), regions.c.code.startswith(text, autoescape=True))
    real = (func.length(regions.c.code) == VILLAGE_LENGTH) & counts(regions.c.code)
    query = select(regions).where(lies_in(region, regions.c.code), real, fits)
    sorts = {"kode": regions.c.code, "nama": regions.c.name}
    rows = connection.execute(paging.cut(query, sorts, regions.c.code)).all()
    above = func.substr(regions.c.code, 1, VILLAGE_LENGTH)
    hamlets = (
        select(above, func.count())
        .where(func.length(regions.c.code) == _DUSUN_LENGTH, above.in_([row.code for row in rows]))
        .group_by(above)
    )
    count = {code: number for code, number in connection.execute(hamlets)}  # noqa: C416 # rows are no pairs to mypy
    return paging.of([ListedVillage(row.code, row.name, count.get(row.code, 0)) for row in rows])


def count_levels(connection: Connection, region: str) -> dict[int, int]:
    """How many regions of each level lie in the region, by the number of full stops in their codes."""
    rows = connection.execute(
        select(func.length(regions.c.code), func.count())
        .where(lies_in(region, regions.c.code), ~regions.c.code.like("__.__.99%"))
        .group_by(func.length(regions.c.code))
    )
    return {_DOTS[length]: count for length, count in rows if length in _DOTS}


def dusun(connection: Connection, village: str) -> list[Region]:
    """The hamlets of a village, by code."""
    rows = connection.execute(
        select(regions).where(regions.c.code.startswith(f"{village}.", autoescape=True)).order_by(regions.c.code)
    )
    return [Region(row.code, row.name) for row in rows]


def add_dusun(connection: Connection, village: str, names: Iterable[str]) -> Kept:
    """Adds hamlets to a village by their names; one that is there, in whatever case, stays as it is. Raises
    ProblemError UNKNOWN_VILLAGE, NO_DUSUN_NAMED or TOO_MANY_DUSUN."""
    connection.execute(select(regions.c.code).where(regions.c.code == village).with_for_update())
    listed_name(connection, village)
    asked = {plain.casefold(): plain for name in names if (plain := " ".join(name.split()))}
    there = dusun(connection, village)
    new = [name for key, name in asked.items() if key not in {one.name.casefold() for one in there}]
    free = [code for number in range(1, MOST_DUSUN + 1) if (code := f"{village}.{number:02d}") not in _codes(there)]
    if not asked:
        raise problem(NO_DUSUN_NAMED)
    if len(new) > len(free) or any(len(name) > LONGEST_NAME for name in new):
        raise problem(TOO_MANY_DUSUN, most=MOST_DUSUN, longest=LONGEST_NAME)
    kept = keep(connection, [Region(code, name) for code, name in zip(free, new, strict=False)])
    return Kept(kept.new, kept.renamed, len(asked) - len(new))


def _codes(found: Iterable[Region]) -> set[str]:
    return {one.code for one in found}


def _read(folder: Path, name: str) -> Iterator[Region]:
    if not is_installed(folder):
        raise problem(NO_OFFICIAL_LIST)
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Region(row["code"], row["name"])


def _place(finding: Finding) -> tuple[int, str]:
    """The row that it is about, and the column."""
    return int(finding.where[1:]), finding.where[0]

"""Places by Kemendagri code: province 11, kabupaten 11.01, kecamatan 11.01.01, village 11.01.01.2001, then dusun."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, not_, or_, select, true

from forms.problems import Finding, Problem, ProblemError, problem
from forms.region_names import bare
from server.database.dialect import ByDialect, Upsert
from server.database.tables import regions

UNKNOWN_VILLAGE = Problem(
    "unknown-village",
    404,
    "Desa dengan kode {code} tidak ada di daftar wilayah. Periksa kodenya, misalnya 11.01.01.2001. Bila kodenya benar, "
    "minta admin menambahkannya di Meja admin, halaman Daftar wilayah.",
    "There is no village with the code {code} in the list of regions. Check the code, such as 11.01.01.2001. If it is "
    "right, ask an admin to add it at the admin's desk, on the page of regions.",
)
ORPHAN_REGION = Problem(
    "orphan-region",
    400,
    "{code} berada di {parent}, yang tidak ada di berkas ini maupun di basis data. Tambahkan baris untuk {parent}.",
    "{code} lies in {parent}, which is neither in this file nor in the database. Add a row for {parent}.",
)

VILLAGE_DOTS = 3
VILLAGE_LENGTH = len("11.01.01.2001")
NATION = "ID"  # stands for the whole nation where a region's code is asked for
NATION_NAME = "Indonesia"  # it is in no list of regions
# How the code of a village ends in which people only practise, behind that of its kabupaten.
_PRACTICE = ".99.2999"
# With RETURNING, SQLAlchemy sends many rows in one statement, which PostgreSQL takes sooner.
_NAME = Upsert(
    regions,
    lambda new: new.on_conflict_do_update(index_elements=["code"], set_={"name": new.excluded.name}).returning(
        regions.c.code
    ),
)
_NAMES = select(regions).where(regions.c.code.in_(bindparam("of_codes", expanding=True)))


@dataclass(frozen=True)
class Region:
    code: str
    name: str


@dataclass(frozen=True)
class Kept:
    """What became of a list: how many regions are new, have another name now, or were there by that name."""

    new: int
    renamed: int
    same: int

    @property
    def total(self) -> int:
        return self.new + self.renamed + self.same


def keep(connection: Connection, new: Iterable[Region]) -> Kept:
    """Adds or renames regions. Raises ProblemError where a region's parent is nowhere."""
    rows = {region.code: region.name for region in new}
    known = {row.code: row.name for row in connection.execute(select(regions))}
    if lost := orphans(rows, known):
        raise ProblemError(orphan(code) for code in sorted(lost))
    differ = [{"code": code, "name": name} for code, name in rows.items() if known.get(code) != name]
    if differ:
        connection.execute(_NAME.on(connection), differ)
    added = len(rows.keys() - known.keys())
    return Kept(added, len(differ) - added, len(rows) - len(differ))


def orphans(codes: Iterable[str], known: Container[str]) -> set[str]:
    """Those of the codes whose parent is neither among them nor known."""
    all_ = set(codes)
    return {code for code in all_ if "." in code and parent_of(code) not in all_ and parent_of(code) not in known}


def orphan(code: str, where: str = "") -> Finding:
    """What is to be said of such a code."""
    return Finding(ORPHAN_REGION, where, {"code": code, "parent": parent_of(code), "text": code})


def lies_in(region: str, code: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the column's code is that of the region or of something in it; NATION holds all."""
    if region == NATION:
        return true()
    begins = or_(code == region, code.startswith(f"{region}.", autoescape=True))
    return ByDialect(begins, sqlite=and_(code >= region, code < f"{region}/"))  # an index finds it; / comes after .


def covers(region: str, code: str) -> bool:
    """The same of a code that is at hand."""
    return region in (NATION, code) or code.startswith(f"{region}.")


def dots_in(code: ColumnElement[str]) -> ColumnElement[int]:
    """How many full stops the column's code has: 3 in a village's."""
    return func.length(code) - func.length(func.replace(code, ".", ""))


def is_district(code: str) -> bool:
    """Whether it is written as a kabupaten's code is."""
    return code.count(".") == 1


def practice_village(district: str) -> str:
    """The code of the village in which people of a kabupaten practise: no official list has a kecamatan 99."""
    return f"{district}{_PRACTICE}"


def is_practice(code: str) -> bool:
    """Whether the code is that of a village in which people only practise: nothing of it is ever counted."""
    return is_village_code(code) and code.endswith(_PRACTICE)


def counts(code: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the column's code is that of a village that counts: of any but those in which people practise. Whoever
    adds up, ranks or exports villages asks for it."""
    return not_(code.endswith(_PRACTICE, autoescape=True))


def add_practice_village(connection: Connection, district: str) -> str:
    """The code of the kabupaten's practice village, which is there from now on. Raises ProblemError where the kabupaten
    is not in the list of regions."""
    code = practice_village(district)
    keep(connection, [Region(parent_of(code), "Latihan"), Region(code, "Latihan")])
    return code


def parent_of(code: str) -> str:
    return code.rpartition(".")[0]


def is_village_code(code: str) -> bool:
    """Whether it is written as a village's code is; `listed_names` has those that there are."""
    return code.count(".") == VILLAGE_DOTS


def listed_names(connection: Connection, codes: Iterable[str]) -> dict[str, list[str]]:
    """Of the villages that there are among these codes: their names as the list of regions has them, each with those of
    all that it lies in, upwards."""
    return _names_above(connection, filter(is_village_code, codes))


def names_above(connection: Connection, code: str) -> list[str]:
    """Bare names of the region and of all that it lies in, from itself upwards; empty where it is unknown."""
    return [bare(name) for name in _names_above(connection, [code]).get(code, ())]


def bare_names(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """The bare names of those of these regions that are known, by code."""
    found = connection.execute(_NAMES, {"of_codes": sorted(codes)})
    return {row.code: bare(row.name) for row in found}


def _names_above(connection: Connection, codes: Iterable[str]) -> dict[str, list[str]]:
    """The code stands in place of the name of what is missing above a region."""
    above = {code: [code, *_above(code)] for code in codes}
    if not above:
        return {}
    asked = sorted({one for those in above.values() for one in those})
    names = {row.code: row.name for row in connection.execute(_NAMES, {"of_codes": asked})}
    return {code: [names.get(one, one) for one in those] for code, those in above.items() if code in names}


def _above(code: str) -> Iterator[str]:
    while code := parent_of(code):
        yield code


def listed_name(connection: Connection, code: str) -> str:
    """The village's name as the list of regions has it. Raises ProblemError UNKNOWN_VILLAGE where no village has the
    code."""
    return listed_place(connection, code)[0]


def listed_place(connection: Connection, code: str) -> list[str]:
    """The same with the names of all that the village lies in, upwards. Raises ProblemError UNKNOWN_VILLAGE."""
    found = listed_names(connection, [code]).get(code)
    if found is None:
        raise problem(UNKNOWN_VILLAGE, code=code)
    return found


def village_names(connection: Connection, code: str) -> list[str]:
    """Bare names of the village and of all that it lies in. Raises ProblemError UNKNOWN_VILLAGE."""
    return [bare(name) for name in listed_place(connection, code)]


def village_name(connection: Connection, code: str) -> str:
    """The same without the word Desa. Raises ProblemError UNKNOWN_VILLAGE."""
    return bare(listed_name(connection, code))


def inside(connection: Connection, region: str) -> list[Region]:
    """The regions right below this one, by code; of NATION the provinces. Practice villages are none of them."""
    length = {2: 5, 5: 8, 8: VILLAGE_LENGTH, VILLAGE_LENGTH: VILLAGE_LENGTH + 3}
    wanted = 2 if region == NATION else length.get(len(region), 0)
    below = lies_in(region, regions.c.code) & (func.length(regions.c.code) == wanted)
    real = counts(regions.c.code) & ~regions.c.code.endswith(parent_of(_PRACTICE), autoescape=True)
    rows = connection.execute(select(regions).where(below, real).order_by(regions.c.code))
    return [Region(row.code, row.name) for row in rows]


def villages(connection: Connection) -> list[Region]:
    """All villages that count, by code."""
    is_village = dots_in(regions.c.code) == VILLAGE_DOTS
    rows = connection.execute(select(regions).where(is_village, counts(regions.c.code)).order_by(regions.c.code))
    return [Region(row.code, row.name) for row in rows]


def evenly(codes: Sequence[str], most: int) -> list[str]:
    """At most so many of them, at even distances."""
    count = min(len(codes), most)
    return [codes[place * len(codes) // count] for place in range(count)]

"""The regions above the villages, from a kecamatan up to the nation."""

from __future__ import annotations

from sqlalchemy import Connection, func, or_, select

from forms.problems import Problem, problem
from forms.region_names import bare
from server.database.tables import regions
from server.villages.regions import (
    NATION,
    NATION_NAME,
    VILLAGE_DOTS,
    VILLAGE_LENGTH,
    Region,
    bare_names,
    lies_in,
    parent_of,
)

NO_SUCH_AREA = Problem(
    "no-such-area",
    404,
    "Wilayah dengan kode {code} tidak ada. Tulis kode kecamatan, kabupaten, atau provinsi, misalnya 11.01; seluruh "
    "Indonesia ialah ID.",
    "There is no region with the code {code}. Write the code of a kecamatan, kabupaten or province, such as 11.01; the "
    "whole of Indonesia is ID.",
)


def regions_above(connection: Connection, code: str, *, or_village: bool = False) -> list[Region]:
    """The nation and all regions down to this one, which is the last, with bare names. Raises ProblemError NO_SUCH_AREA
    where no region above the villages has the code; with `or_village`, none of the villages either."""
    nation = Region(NATION, NATION_NAME)
    if code == NATION:
        return [nation]
    codes = _upwards(code)
    names = bare_names(connection, codes) if len(codes) <= VILLAGE_DOTS + or_village else {}
    if code not in names:
        raise problem(NO_SUCH_AREA, code=code[:40])
    return [nation, *(Region(one, names.get(one, one)) for one in reversed(codes))]


def names_above_villages(connection: Connection, region: str) -> dict[str, str]:
    """The bare names of all regions above the villages that lie in this one, or that it lies in, by code."""
    is_above = func.length(regions.c.code) < VILLAGE_LENGTH
    query = select(regions).where(or_(lies_in(region, regions.c.code), regions.c.code.in_(_upwards(region))), is_above)
    return {row.code: bare(row.name) for row in connection.execute(query)}


def _upwards(code: str) -> list[str]:
    """The code and those of all that it lies in."""
    codes = [code]
    while parent := parent_of(codes[-1]):
        codes.append(parent)
    return codes

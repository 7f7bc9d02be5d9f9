"""Places by what people call them, and how a place is written in a list of many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, or_, select

from forms.problems import Problem, problem
from forms.region_names import bare
from server.database.tables import regions
from server.villages.regions import NATION, NATION_NAME, VILLAGE_DOTS, covers, lies_in, parent_of

NO_SUCH_PLACE = Problem(
    "no-such-place",
    404,
    "“{text}” tidak ada di daftar wilayah Anda. Tulis nama atau kodenya seperti di daftar wilayah, misalnya Sukamaju "
    "atau 11.01.01.2001.",
    "“{text}” is not in the list of your regions. Write its name or code as that list has it, such as Sukamaju or "
    "11.01.01.2001.",
)
SEVERAL_PLACES = Problem(
    "several-places",
    409,
    "Ada {count} wilayah bernama “{text}” di wilayah Anda: {codes}. Tulis kode yang dimaksud.",
    "There are {count} regions called “{text}” in your region: {codes}. Write the code of the one you mean.",
)

# Texts of one query: SQLite takes some ten thousand values.
_AT_ONCE = 2000
_CODE = re.compile(r"(?:.*\()?(ID|\d{2}(?:\.\d{2}(?:\.\d{2}(?:\.\d{4})?)?)?)\)?")
_BEFORE_NAMES = ("", "desa ", "kecamatan ", "kec. ", "kabupaten ", "kota ", "provinsi ", "prov. ")
_DOWN_TO_VILLAGES = func.length(regions.c.code) - func.length(func.replace(regions.c.code, ".", "")) <= VILLAGE_DOTS


def all_written(connection: Connection, region: str) -> list[str]:
    """The region and all that lies in it down to villages, by code, each as `codes_of` understands it: Sukamaju,
    Bakongan (11.01.01.2001)."""
    query = select(regions).where(lies_in(region, regions.c.code), _DOWN_TO_VILLAGES).order_by(regions.c.code)
    found = {NATION: NATION_NAME} if region == NATION else {}
    found |= {row.code: row.name for row in connection.execute(query)}
    return [f"{_with_above(code, found)} ({code})" for code in found]


def how_many(connection: Connection, region: str) -> int:
    """How many places lie in the region, down to villages, itself among them."""
    query = select(func.count()).select_from(regions).where(lies_in(region, regions.c.code), _DOWN_TO_VILLAGES)
    return connection.execute(query).scalar_one()


def names_of(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Each code's bare name with that of what it lies in; the code itself where it is in no list of regions."""
    wanted = set(codes)
    asked = sorted({*wanted, *map(parent_of, wanted)} - {""})
    found = {NATION: NATION_NAME}
    for start in range(0, len(asked), _AT_ONCE):
        query = select(regions).where(regions.c.code.in_(asked[start : start + _AT_ONCE]))
        found |= {row.code: row.name for row in connection.execute(query)}
    return {code: _with_above(code, found) for code in wanted}


def codes_like(connection: Connection, region: str, text: str, most: int = 50) -> list[str]:
    """Codes of places in the region whose name holds the text, or whose code begins with it; no more than `most`."""
    fits = or_(regions.c.name.icontains(text, autoescape=True), regions.c.code.startswith(text, autoescape=True))
    query = select(regions.c.code).where(lies_in(region, regions.c.code), _DOWN_TO_VILLAGES, fits)
    return list(connection.execute(query.order_by(regions.c.code).limit(most)).scalars())


def codes_of(connection: Connection, region: str, texts: Iterable[str]) -> dict[str, list[str]]:
    """Of each text the codes of the places in the region that it may mean: that of its code, as in `all_written` or
    alone, else all of that name. Empty where there is none."""
    asked = sorted(set(texts))
    found: dict[str, list[str]] = {text: [] for text in asked}
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        coded = {text: match[1] for text in some if (match := _CODE.fullmatch(text.strip()))}
        named = {text: text.strip().lower() for text in some if text not in coded}
        names = [before + name for name in set(named.values()) for before in _BEFORE_NAMES]
        query = select(regions).where(lies_in(region, regions.c.code), _DOWN_TO_VILLAGES).order_by(regions.c.code)
        known = set(connection.execute(query.where(regions.c.code.in_(coded.values()))).scalars()) | {NATION}
        called: dict[str, list[str]] = {}
        for code, name in connection.execute(query.where(func.lower(regions.c.name).in_(names))):
            plain = name.lower()
            for one in {plain.removeprefix(before) for before in _BEFORE_NAMES}:
                called.setdefault(one, []).append(code)
        found |= {text: [code] for text, code in coded.items() if code in known and covers(region, code)}
        found |= {text: called.get(name, []) for text, name in named.items()}
    return found


def the_one(text: str, codes: Sequence[str]) -> str:
    """The code that a text means, of those that it may mean. Raises ProblemError NO_SUCH_PLACE, SEVERAL_PLACES."""
    if not codes:
        raise problem(NO_SUCH_PLACE, text=text[:80])
    if len(codes) > 1:
        raise problem(SEVERAL_PLACES, text=text[:80], count=len(codes), codes=", ".join(codes[:5]))
    return codes[0]


def _with_above(code: str, names: dict[str, str]) -> str:
    above = names.get(parent_of(code), "")
    return ", ".join(bare(name) for name in (names.get(code, code), above) if name)

"""Places by what people call them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.database.upgrade import upgrade
from server.villages import region_search, regions
from server.villages.region_file import read_regions

LIST = b"""11,Provinsi Aceh
11.01,Kabupaten Aceh Selatan
11.01.01,Kecamatan Bakongan
11.01.01.2001,Desa Sukamaju
11.01.01.2001.01,Dusun Satu
11.01.01.2002,Bakongan
11.71,Kota Baru
12,Lain
"""


@pytest.fixture
def known(engine: Engine) -> Engine:
    with writing(engine) as connection:
        upgrade(connection)
        regions.keep(connection, read_regions(LIST))
    return engine


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Sukamaju, Bakongan (11.01.01.2001)", ["11.01.01.2001"]),
        ("11.01.01.2001", ["11.01.01.2001"]),
        ("desa sukamaju", ["11.01.01.2001"]),
        (" SUKAMAJU ", ["11.01.01.2001"]),
        ("bakongan", ["11.01.01", "11.01.01.2002"]),
        ("Aceh Selatan", ["11.01"]),
        ("Kota Baru", ["11.71"]),
        ("baru", ["11.71"]),
        ("Aceh", ["11"]),
        ("12", []),
        ("Lain", []),
        ("ID", []),
        ("Dusun Satu", []),
        ("", []),
        ("%", []),
    ],
)
def test_codes_of__by_code_and_by_name_within_the_region(known: Engine, text: str, codes: list[str]) -> None:
    with reading(known) as connection:
        assert region_search.codes_of(connection, "11", [text, "lainnya"])[text] == codes


def test_all_written__is_understood_and_holds_no_dusun(known: Engine) -> None:
    with reading(known) as connection:
        written = region_search.all_written(connection, "ID")
        assert written[:4] == [
            "Indonesia (ID)",
            "Aceh (11)",
            "Kabupaten Aceh Selatan, Aceh (11.01)",
            "Bakongan, Kabupaten Aceh Selatan (11.01.01)",
        ]
        assert len(written) == 8
        found = region_search.codes_of(connection, "ID", written)
        assert region_search.how_many(connection, "ID") == 7
    assert [f"({found[text][0]})" for text in written] == [text.rpartition(" ")[2] for text in written]


def test_names_of__with_what_a_place_lies_in(known: Engine) -> None:
    with reading(known) as connection:
        found = region_search.names_of(connection, ["11.01.01.2001", "ID", "99.01"])
    assert found == {"11.01.01.2001": "Sukamaju, Bakongan", "ID": "Indonesia", "99.01": "99.01"}


@pytest.mark.parametrize(("codes", "problem"), [([], "no-such-place"), (["11", "12"], "several-places")])
def test_the_one__is_refused_where_it_is_not_one(codes: list[str], problem: str) -> None:
    with pytest.raises(ProblemError) as refused:
        region_search.the_one("Aceh", codes)
    assert refused.value.code == problem

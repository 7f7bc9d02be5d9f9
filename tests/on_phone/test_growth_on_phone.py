"""The z-score that a phone computes out of signal is the server's own, to two decimals, wherever there is one."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from forms.growth.zscores import LAST_DAY, Measurement, Position, Sex, z_scores
from tests.support.form_engine import Engine, Entry
from tests.support.offline import OfflinePhone, child

BORN = date(2020, 6, 15)  # the date of the measurement makes the age
SEXES: dict[Sex, str] = {"L": "Ali", "P": "Dewi"}
POSITIONS: tuple[Position, Position] = ("baring", "berdiri")

# Around each border of the rules: birth, 9 months (standing is believed from then on), 2 years (standing is what is
# meant from then on) and the end of WHO's table; and between the borders.
AGES = (0, 1, 90, 180, 273, 274, 365, 500, 730, 731, 1000, 1461, 1855, LAST_DAY)
# From far too short to far too tall for each age, in steps that give every first decimal.
LENGTHS = tuple(round(42.3 + 3.7 * step, 1) for step in range(22))


@pytest.fixture
def height_check(form_engine: Engine, tmp_path: Path) -> Entry:
    """The height check, with a boy and a girl on the list."""
    boy_and_girl = [child(name, jenis_kelamin=sex, tanggal_lahir=str(BORN)) for sex, name in SEXES.items()]
    return OfflinePhone(form_engine, tmp_path).open("ukur_tinggi", *boy_and_girl)


def on_phone(entry: Entry, length: float) -> float | None:
    """The z-score after one more length is typed into the open form."""
    entry.answer("panjang_ukur", length)
    text = entry.value("/data/z_tbu")
    return float(text) if text else None


def on_server(sex: Sex, age: int, position: Position, length: float) -> float | None:
    score = z_scores(Measurement(sex, age, length, position)).length_height_for_age
    return round(score.z, 2) if score else None


def test_phone_and_server_agree_to_two_decimals(height_check: Entry) -> None:
    different = []
    for sex, age in product(SEXES, AGES):
        height_check.answer("anak", SEXES[sex])
        height_check.answer("tanggal", BORN + timedelta(age))
        for position in POSITIONS:
            height_check.answer("posisi", position)
            for length in LENGTHS:
                phone, server = on_phone(height_check, length), on_server(sex, age, position, length)
                if phone is None or phone != server:
                    different.append((sex, age, position, length, phone, server))
    assert different == []


def test_there_is_no_score_beyond_whos_table(height_check: Entry) -> None:
    for sex, position in product(SEXES, POSITIONS):
        height_check.answer("anak", SEXES[sex])
        height_check.answer("posisi", position)
        height_check.answer("tanggal", BORN + timedelta(LAST_DAY))
        assert on_phone(height_check, 105) is not None
        for days in (1, 2, 100):
            height_check.answer("tanggal", BORN + timedelta(LAST_DAY + days))
            assert on_phone(height_check, 105) is None
            assert on_server(sex, LAST_DAY + days, position, 105) is None


def test_there_is_no_score_before_the_birth(height_check: Entry) -> None:
    height_check.answer("anak", "Ali")
    height_check.answer("tanggal", BORN - timedelta(1))
    assert on_phone(height_check, 50) is None
    assert on_server("L", -1, "baring", 50) is None

"""What other rules would make of the running quarter is what they make of it once they are published."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, inspect

from aggregate.scorecard import trial
from aggregate.scorecard.card import Share, read_card
from aggregate.scorecard.refresh import refresh
from aggregate.scorecard.trial import Trial, try_rules
from forms.periods import Quarter
from forms.problems import ProblemError
from forms.xlsform.workbook import read_workbook
from server.database.engine import reading, writing
from server.publications import indicator_versions
from tests.support.builders import NOW, WORKBOOKS, load
from tests.support.counting import child, mother, of_child, of_mother, village, workbook

MARCH = date(2026, 3, 20)
QUARTER = Quarter(2026, 1)
# Who was visited received ih2, ih1 is due to nobody, a1 is gone, and a2 has another code.
OTHER = workbook(
    only={row.text("kode") for row in read_workbook(workbook()).sheet("indikator").rows} - {"a1"},
    ih1={"berlaku_jika": "false()"},
    ih2={"diterima_jika": "true()"},
    a2={"kode": "timbangan"},
)


@pytest.fixture
def counted(own_store: Engine) -> Engine:
    """Three villages; in one nobody was visited."""
    with writing(own_store) as connection:
        load(
            connection,
            village(mother(), of_mother("2026-02-03", pil_fe="tidak", periksa_kehamilan="ya")),
            village(mother(), child(), of_child("2026-03-01", timbang="ya")),
            village(mother()),
        )
    refresh(own_store, MARCH)
    return own_store


def shares(found: Trial) -> dict[str, tuple[Share, Share]]:
    return {code: (shift.before, shift.after) for code, (_, shift) in found.villages.items()}


def totals(engine: Engine, codes: list[str]) -> dict[str, Share]:
    """The level of convergence on the cards as they are stored."""
    with reading(engine) as connection:
        return {code: read_card(connection, code, QUARTER, MARCH).total for code in codes}


def test_rules_on_trial__give_what_publishing_them_would(counted: Engine) -> None:
    found = try_rules(counted, OTHER, "ID", MARCH)
    codes = list(found.villages)
    assert (len(codes), found.of, found.quarter) == (3, 3, QUARTER)
    before = totals(counted, codes)
    with writing(counted) as connection:
        indicator_versions.publish(connection, OTHER, NOW)
    refresh(counted, MARCH)
    after = totals(counted, codes)
    assert shares(found) == {code: (before[code], after[code]) for code in codes}
    assert before != after
    assert (found.total.before, found.total.after) == tuple(sum(of.values(), Share(0, 0)) for of in (before, after))


def test_rules_on_trial__say_what_becomes_of_each_indicator(counted: Engine) -> None:
    found = {one.indicator.code: one for one in try_rules(counted, OTHER, "ID", MARCH).indicators}
    assert (found["ih1"].before, found["ih1"].after) == (Share(1, 3), Share(0, 0))
    assert (found["ih2"].before, found["ih2"].after) == (Share(0, 3), Share(1, 3))
    assert (found["timbangan"].before, found["a2"].after) == (None, None)
    assert found["timbangan"].after == found["a2"].before
    assert (found["a1"].after, found["ih8"].differs) == (None, False)


def test_the_same_rules__change_nothing(counted: Engine) -> None:
    found = try_rules(counted, (WORKBOOKS / "indikator.xlsx").read_bytes(), "ID", MARCH)
    assert [one.indicator.code for one in found.indicators if one.differs] == []
    assert found.total.points == 0


def test_rules_on_trial__keep_nothing(counted: Engine) -> None:
    tables = set(inspect(counted).get_table_names())
    with reading(counted) as connection:
        cards = connection.exec_driver_sql("SELECT * FROM cards ORDER BY village_id").all()
    try_rules(counted, OTHER, "ID", MARCH)
    assert set(inspect(counted).get_table_names()) == tables
    with reading(counted) as connection:
        assert connection.exec_driver_sql("SELECT * FROM cards ORDER BY village_id").all() == cards


def test_rules_on_trial__of_many_villages_are_spread_evenly(counted: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_VILLAGES", 2)
    every = list(try_rules(counted, OTHER, "ID", MARCH).villages)
    assert len(every) == 2
    assert try_rules(counted, OTHER, every[0], MARCH).of == 1
    assert try_rules(counted, OTHER, "99", MARCH).villages == {}


def test_rules_with_mistakes__are_not_tried(counted: Engine) -> None:
    with pytest.raises(ProblemError, match="pil_fee"):
        try_rules(counted, workbook(ih2={"diterima_jika": "${pil_fee} = 'ya'"}), "ID", MARCH)

"""The birth plan in the shipped form of visits: who is asked for it, what stands there, and what the register gets."""

from __future__ import annotations

import pytest

from forms.domain import BIRTH_PLAN, MOTHERS
from tests.support.form_engine import Answer, Engine, Filled
from tests.support.offline import OfflinePhone, answered, mother, questions_asked, shipped_form, shown
from tests.support.phone_lists import form_entities

PREGNANT_AND_WELL: dict[str, Answer] = {
    "sudah_lahir": "tidak",
    "periksa_kehamilan": "ya",
    "pil_fe": "ya",
    "konseling_gizi_ibu": "ya",
}


@pytest.fixture(scope="module")
def phone(form_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> OfflinePhone:
    return OfflinePhone(form_engine, tmp_path_factory.mktemp("phone"))


def plan_in(filled: Filled) -> dict[str, str]:
    """What a visit says of the mother's birth plan to the register."""
    (change,) = [
        one.properties for one in form_entities(filled.xml, shipped_form("kunjungan_rumah").xml) if one.list == MOTHERS
    ]
    return {name: text for name, text in change.items() if name in BIRTH_PLAN}


def test_birth_plan_is_asked_from_week_28_on_and_not_after_the_birth(phone: OfflinePhone) -> None:
    # 84 days before the expected day begins week 28.
    for due, is_asked in (("2026-06-22", False), ("2026-06-21", True)):
        names = questions_asked(phone.visit(mother("Siti", hpl=due), sudah_lahir="tidak"), "kunjungan_rumah")
        assert [name for name in names if name in BIRTH_PLAN] == ([*BIRTH_PLAN] if is_asked else [])
    born = phone.visit(mother("Siti", tempat_bersalin="rumah", tanggal_melahirkan="2026-03-01"), periksa_nifas=1)
    assert not {*questions_asked(born, "kunjungan_rumah")} & {*BIRTH_PLAN}
    assert "rencana_belum" not in shown(born, "id")
    assert plan_in(born.finalize()) == {}


def test_birth_plan_begins_with_what_is_known__and_blanks_take_nothing_away(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti", tempat_bersalin="rumah", donor_darah="ada"), **PREGNANT_AND_WELL)
    answered(entry, {"tempat_bersalin": "rumah_sakit", "biaya_bersalin": "jaminan"})
    known = {"tempat_bersalin": "rumah_sakit", "donor_darah": "ada", "biaya_bersalin": "jaminan"}
    assert plan_in(entry.finalize()) == known, "what was left blank says nothing"


def test_birth_plan_need_not_be_answered__but_the_visit_ends_with_what_is_missing(phone: OfflinePhone) -> None:
    entry = phone.visit(mother("Siti"), **PREGNANT_AND_WELL)
    assert "Rencana persalinan belum lengkap" in shown(entry, "id")["rencana_belum"]
    assert "birth plan is not complete" in shown(entry, "en")["rencana_belum"]
    complete: dict[str, Answer] = {
        "tempat_bersalin": "puskesmas",
        "penolong_bersalin": "bidan",
        "kendaraan_bersalin": "ambulans",
        "donor_darah": "belum",
        "biaya_bersalin": "jaminan",
    }
    assert "rencana_belum" in shown(answered(entry, complete), "id"), "no donor yet"
    assert "rencana_belum" not in shown(answered(entry, {"donor_darah": "ada"}), "id")
    assert plan_in(entry.finalize()) == complete | {"donor_darah": "ada"}


@pytest.mark.parametrize("answer", [{"tempat_bersalin": "rumah"}, {"penolong_bersalin": "bukan_nakes"}])
def test_birth_at_home_or_without_a_health_worker_is_talked_over(
    phone: OfflinePhone, answer: dict[str, Answer]
) -> None:
    entry = phone.visit(mother("Siti"), **PREGNANT_AND_WELL)
    assert "bukan_di_faskes" not in shown(entry, "id")
    assert "lebih aman bersalin di fasilitas kesehatan" in shown(answered(entry, answer), "id")["bukan_di_faskes"]

"""A mother's page shows what her family has agreed on before the birth, and what not yet."""

from __future__ import annotations

import pytest
from lxml import html

from forms.domain import BIRTH_PLAN
from server.database.engine import writing
from server.publications import shipped
from server.publications.publish import publish_form
from server.publications.publish import publish_shipped as upgrade
from server.publications.shipped import in_folders
from tests.server.pages.test_people_pages import BUDI, HOME, SITI
from tests.support.edited import Edited
from tests.support.members import member
from tests.support.station import Station
from tests.support.village_forms import born, mapped, publish_shipped, visited

CALCULATED = dict(zip(BIRTH_PLAN, ("tempat", "penolong", "kendaraan", "donor", "biaya"), strict=True))

BIRTH_PLAN_TITLES = (
    "Tempat bersalin",
    "Penolong persalinan",
    "Diantar dengan",
    "Calon pendonor darah",
    "Biaya persalinan",
)


@pytest.fixture
def village(station: Station) -> Station:
    """Siti is in week 28, her plan not asked yet."""
    publish_shipped(station)
    station.send(mapped(BUDI, mothers=[(SITI, {"nama": "Siti", "hpl": "2026-06-01"})]))
    return station


def agreed(day: str, **plan: str) -> str:
    """A visit at which that is said of the plan."""
    saved = {f"rencana_{CALCULATED[name]}": text for name, text in plan.items()}
    return visited(SITI, of="ibu_hamil", day=day, **plan, **saved)


def facts_of(station: Station, language: str = "id", role: str = "village_head") -> dict[str, str]:
    """What the mother's page says of her pregnancy, by its title."""
    page = html.document_fromstring(member(station, role).get(f"{HOME}/sasaran/{SITI}?lang={language}").text)
    pregnancy, register = page.xpath("//dl[@class='facts']")[:2]
    assert not {*BIRTH_PLAN_TITLES} & {one.text for one in register.iterfind("div/dt")}, "nothing is said twice"
    return {one.findtext("dt"): " ".join(one.find("dd").text_content().split()) for one in pregnancy}


def test_before_the_plan_was_asked__all_of_it_is_open(village: Station) -> None:
    facts = facts_of(village)
    assert facts["Umur kehamilan"] == "hamil 28 minggu"
    assert [facts[title] for title in BIRTH_PLAN_TITLES] == ["belum disepakati"] * 5
    assert "sejak minggu ke-28" in facts["Sebelum hari itu"]


def test_what_visits_found_is_shown__the_later_one_where_it_changed(village: Station) -> None:
    village.send(agreed("2026-03-03", tempat_bersalin="rumah", penolong_bersalin="bidan", donor_darah="belum"))
    village.send(agreed("2026-03-08", tempat_bersalin="puskesmas", biaya_bersalin="jaminan"))
    facts = facts_of(village)
    assert (facts["Tempat bersalin"], facts["Penolong persalinan"]) == ("Puskesmas", "bidan")
    assert facts["Diantar dengan"] == facts["Calon pendonor darah"] == "belum disepakati"
    assert facts["Biaya persalinan"] == "JKN/BPJS/KIS"
    in_english = facts_of(village, "en", role="admin")
    assert (in_english["Place of birth"], in_english["Blood donor"]) == ("Health centre (Puskesmas)", "not yet agreed")


def test_complete_plan__nothing_is_left_to_agree_on(village: Station) -> None:
    chosen = ("bidan", "dokter", "tetangga", "ada", "bantuan")
    village.send(agreed("2026-03-08", **dict(zip(BIRTH_PLAN, chosen, strict=True))))
    facts = facts_of(village)
    assert "Sebelum hari itu" not in facts
    assert "belum disepakati" not in facts.values()


def test_after_the_birth__the_plan_is_over(village: Station) -> None:
    village.send(agreed("2026-03-03", tempat_bersalin="puskesmas"))
    village.send(born(SITI, "0e4f4b2e-8a52-4a9b-9b7c-3a1f0d6c9e11", BUDI, day="2026-03-09"))
    facts = facts_of(village)
    assert facts["Tanggal melahirkan"] == "9 Maret 2026"
    assert not {"Tempat bersalin", "Sebelum hari itu"} & facts.keys()


def test_server_with_the_former_form_of_visits__asks_for_the_plan_once_it_is_upgraded(station: Station) -> None:
    with writing(station.engine) as connection:
        for path in shipped.FORMS[:3]:
            workbook = Edited(path.read_bytes())
            if path.stem == "kunjungan_rumah":
                workbook.version("2026113001")
            publish_form(connection, workbook.content, in_folders([shipped.MEDIA]), station.clock(), validate=False)
        published = [line.split(":")[0] for line in upgrade(connection, station.clock())]
        assert "kunjungan_rumah 2026113002" in published
        assert "peta_sosial 2026113001" not in published, "what is in force stays"
        assert list(upgrade(connection, station.clock())) == []

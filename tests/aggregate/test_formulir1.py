"""Formulir 1: households, targets and facilities by dusun, and supply against demand. All on 31 March 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from aggregate.formulir1.report import read_formulir1
from aggregate.scorecard.refresh import refresh_village
from forms.problems import ProblemError
from server.database.engine import reading, writing
from server.publications import indicator_versions
from tests.support.builders import NOW
from tests.support.counting import child, count, mother, of_child, of_mother, village, workbook
from tests.support.facts import Child, Facility, Household, Mother, Visit

TODAY = date(2026, 3, 31)
MONTHS = ("2026-01-10", "2026-02-10", "2026-03-10")


def formulir1(engine: Engine, *parts: Household | Mother | Child | Facility | Visit, today: date = TODAY) -> Any:
    """The JSON of a village that has these people and places."""
    code = count(engine, village(*parts), today=today).village
    with reading(engine) as connection:
        return read_formulir1(connection, code, today).json()


def supply(found: Any, service: str) -> dict[str, tuple[int, int, bool, int]]:
    """By dusun: due, received, supplied, waiting."""
    return {
        row["dusun"]: (row["due"], row["received"], row["supplied"], row["waiting"])
        for row in found["supply"]
        if row["service"] == service
    }


def posyandu(dusun: str = "Mawar", **facts: Any) -> Facility:
    usual: dict[str, Any] = {"gives": {"timbang": "bulanan", "ukur": "triwulanan"}}
    return Facility(f"posyandu {dusun}", "posyandu", f"Posyandu {dusun}", dusun, **usual | facts)


def weighed(target: str) -> list[Visit]:
    return [of_child(day, target, timbang="ya") for day in MONTHS]


def test_households_and_targets_by_dusun(store: Engine) -> None:
    found = formulir1(
        store,
        Household("a", "Mawar", "ya", "ya", "tidak"),
        Household("b", "Mawar", "ya", "tidak", "ya"),
        Household("c", "Melati", "", "", ""),
        mother("ibu", household="a", dusun="Mawar"),
        child("bayi", household="a", dusun="Mawar"),
        child("balita", household="b", dusun="Mawar", born="2022-01-01"),
        child("genap dua", household="c", dusun="Melati", born="2024-02-10"),
        child("pergi", household="b", dusun="Mawar", status="pindah", tanggal_status=date(2025, 12, 31)),
    )

    homes = {"registered": 2, "with_targets": 1, "water": 2, "latrine": 1, "vulnerable": 1}
    other = {"registered": 1, "with_targets": 1, "water": 0, "latrine": 0, "vulnerable": 0}
    assert found["dusun"] == [
        {"name": "Mawar", "households": homes, "targets": {"pregnant": 1, "children": 1, "paud": 1}},
        {"name": "Melati", "households": other, "targets": {"pregnant": 0, "children": 1, "paud": 1}},
    ]
    assert found["households"] == {"registered": 3, "with_targets": 2, "water": 2, "latrine": 1, "vulnerable": 1}
    assert found["targets"] == {"pregnant": 1, "children": 2, "paud": 2}


def test_a_dusun_is_one_however_it_is_spelt(store: Engine) -> None:
    found = formulir1(
        store,
        Household("a", "Dusun Mawar"),
        Household("b", " mawar "),
        Household("c", "Dusun  Mawar"),
        child("d", household="a", dusun="MAWAR"),
        posyandu("mawar"),
    )

    assert [(one["name"], one["households"]["registered"]) for one in found["dusun"]] == [("Dusun Mawar", 3)]
    assert supply(found, "timbang") == {"Dusun Mawar": (1, 0, True, 0)}
    assert found["facilities"][0]["dusun"] == "Dusun Mawar"


def test_facilities_that_are_open_with_what_they_give_and_how_often(store: Engine) -> None:
    found = formulir1(
        store,
        mother(),
        posyandu("Melati", gives={"ukur": "", "timbang": "bulanan", "pijat": "mingguan"}),
        Facility("b", "bidan", "Bidan Desa", "Mawar", "desa", {"periksa_kehamilan": "setiap_hari"}),
        posyandu("Kenanga", keadaan="tutup"),
    )

    assert found["facilities"] == [
        {
            "kind": "bidan",
            "name": "Bidan Desa",
            "dusun": "Mawar",
            "serves_village": True,
            "services": [{"service": "periksa_kehamilan", "often": "setiap_hari"}],
        },
        {
            "kind": "posyandu",
            "name": "Posyandu Melati",
            "dusun": "Melati",
            "serves_village": False,
            "services": [{"service": "timbang", "often": "bulanan"}, {"service": "ukur", "often": ""}],
        },
    ]


@pytest.mark.parametrize(
    "place, supplied",
    [
        (posyandu("Mawar"), True),
        (posyandu("Melati"), False),
        (posyandu("Melati", cakupan="desa"), True),
        (posyandu("Mawar", keadaan="tutup"), False),
        (posyandu("Mawar", gives={"ukur": "bulanan"}), False),
        (posyandu("", cakupan="dusun"), False),
    ],
)
def test_who_serves_a_dusun(store: Engine, place: Facility, supplied: bool) -> None:
    found = formulir1(store, place, child(dusun="Mawar"))

    assert supply(found, "timbang") == {"Mawar": (1, 0, supplied, 0 if supplied else 1)}


def test_who_waits_is_due_and_has_not_received_where_nobody_gives_it(store: Engine) -> None:
    known = [child(name, dusun="Melati") for name in ("a", "b", "c")]

    found = formulir1(store, *known, child("d", dusun="Mawar"), posyandu("Mawar"), *weighed("a"))

    assert supply(found, "timbang") == {"Melati": (3, 1, False, 2), "Mawar": (1, 0, True, 0)}


def test_a_service_for_mothers_and_for_children_is_one(store: Engine) -> None:
    found = formulir1(
        store,
        mother(dusun="Mawar"),
        child(dusun="Mawar"),
        of_mother("2026-01-10", konseling_gizi_ibu="ya", jaminan_kesehatan="ya"),
    )

    assert supply(found, "konseling_gizi") == {"Mawar": (2, 1, False, 1)}
    assert supply(found, "jaminan_kesehatan") == {"Mawar": (2, 1, False, 1)}
    assert supply(found, "periksa_nifas") == {}


def test_the_neediest_come_first(store: Engine) -> None:
    people = [child(f"a{n}", dusun="Melati") for n in range(3)] + [child(f"b{n}", dusun="Mawar") for n in range(2)]

    found = formulir1(store, *people, posyandu("Melati", gives={"timbang": ""}))

    waiting = [row["waiting"] for row in found["supply"]]
    assert waiting == sorted(waiting, reverse=True)
    assert [row["dusun"] for row in found["supply"] if row["service"] == "timbang"] == ["Mawar", "Melati"]


def test_who_lives_in_no_dusun_is_served_by_what_serves_all(store: Engine) -> None:
    places = (posyandu("", gives={"timbang": ""}), posyandu("Mawar", cakupan="desa", gives={"ukur": ""}))

    found = formulir1(store, child(dusun=""), *places)

    assert supply(found, "timbang") == {"": (1, 0, False, 1)}
    assert supply(found, "ukur") == {"": (1, 0, True, 0)}


def test_indicators_that_name_no_service_are_in_no_supply(own_store: Engine) -> None:
    with writing(own_store) as connection:
        indicator_versions.publish(connection, workbook(a2={"layanan": ""}, a3={"layanan": "timbang"}), NOW)

    found = formulir1(own_store, child(dusun="Mawar"), of_child("2026-01-10", ukur="ya", timbang="tidak"))

    assert supply(found, "timbang") == {"Mawar": (1, 1, False, 0)}  # a3 alone
    assert supply(found, "ukur") == {}


def test_two_indicators_of_one_service_are_received_together(own_store: Engine) -> None:
    with writing(own_store) as connection:
        indicator_versions.publish(connection, workbook(a3={"layanan": "timbang"}), NOW)
    people = [child(name, dusun="Mawar") for name in ("satu", "dua")]

    found = formulir1(own_store, *people, *weighed("satu"), *weighed("dua"), of_child("2026-03-20", "dua", ukur="ya"))

    assert supply(found, "timbang") == {"Mawar": (2, 1, False, 1)}


def test_it_is_of_the_running_quarter(store: Engine) -> None:
    found = formulir1(store, child(dusun="Mawar"), *weighed("anak"), today=date(2026, 4, 1))

    assert (found["period"], found["as_of"]) == ("2026-Q2", "2026-04-01")
    assert supply(found, "timbang") == {"Mawar": (1, 0, False, 1)}


def test_a_village_without_targets(store: Engine) -> None:
    found = formulir1(store)

    assert (found["facilities"], found["supply"]) == ([], [])
    assert found["households"] == {"registered": 1, "with_targets": 0, "water": 0, "latrine": 0, "vulnerable": 0}
    assert found["targets"] == {"pregnant": 0, "children": 0, "paud": 0}


def test_villages_do_not_mix(own_store: Engine) -> None:
    formulir1(own_store, child(dusun="Mawar"), posyandu("Mawar"))

    found = formulir1(own_store, child(dusun="Mawar"))

    assert supply(found, "timbang") == {"Mawar": (1, 0, False, 1)}


def test_what_is_no_village_is_said_so(store: Engine) -> None:
    refresh_village(store, "99.99.99.9999", TODAY)
    with reading(store) as connection, pytest.raises(ProblemError) as raised:
        read_formulir1(connection, "99.99.99.9999", TODAY)

    assert raised.value.code == "unknown-village"

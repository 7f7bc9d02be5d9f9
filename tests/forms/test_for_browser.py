"""Forms for the browser's engine say the same in other words."""

from __future__ import annotations

import pytest
from lxml import etree

from server.entry.for_browser import for_browser
from server.publications import shipped
from tests.support.village_forms import compiled

BIND = "{http://www.w3.org/2002/xforms}bind"


def form(binds: str) -> bytes:
    return f'<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">{binds}</h:html>'.encode()


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("date(.)", "date(string(.))"),
        ("date( /data/tanggal ) &lt; today()", "date(string(/data/tanggal)) < today()"),
        ("date-time( ../jam )", "date-time(string(../jam))"),
        ("date('2018-01-01')", "date('2018-01-01')"),
        ("date(today() - 30)", "date(today() - 30)"),
        ("format-date( /data/tanggal , '%Y')", "format-date( /data/tanggal , '%Y')"),
        ("decimal-date-time( /data/tanggal )", "decimal-date-time( /data/tanggal )"),
    ],
)
def test_date_of_an_answer__is_that_of_its_text(written: str, wanted: str) -> None:
    (bind,) = etree.fromstring(for_browser(form(f'<bind nodeset="/data/x" constraint="{written}"/>'))).iter(BIND)
    assert bind.get("constraint") == wanted


def test_id_of_somebody_new__is_calculated_once() -> None:
    given = '<setvalue ref="/data/ibu/meta/entity/@id" event="odk-instance-first-load" value="uuid()"/>'
    made = for_browser(form(f'<bind nodeset="/data/ibu/meta/entity/@id" readonly="true()"/>{given}'))
    (bind,) = etree.fromstring(made).iter(BIND)
    assert bind.get("calculate") == "once(uuid())"
    assert "setvalue" not in made


def test_default_of_a_question__stays_as_it_is() -> None:
    given = '<setvalue ref="/data/tanggal" event="odk-instance-first-load" value="today()"/>'
    assert "setvalue" in for_browser(form(f'<bind nodeset="/data/tanggal"/>{given}'))


@pytest.mark.parametrize("form_id", [path.stem for path in shipped.FORMS])
def test_shipped_form__has_no_id_left_that_is_given_at_the_beginning_alone(form_id: str) -> None:
    assert 'value="uuid()"' not in for_browser(compiled(form_id).xml)


def test_choice_of_an_opened_answer__is_let_through_by_every_filter() -> None:
    listed = """<itemset nodeset="instance('anak')/root/item[status = 'aktif' or dusun = 'x']"/>"""
    made = for_browser(form(listed), ["uuid:1", "' or 1"])
    assert "item[(status = 'aktif' or dusun = 'x') or name = 'uuid:1']" in made
    assert for_browser(form(listed)).count("name =") == 0


def test_action__writes_to_what_is_asked_later__and_takes_no_result_from_before() -> None:
    given = """
        <instance><data id="x"><pilih/><keluarga/><rumah><air/></rumah></data></instance>
        <bind nodeset="/data/keluarga" calculate="instance('anak')/root/item[name = /data/pilih ]/keluarga"/>
        <bind nodeset="/data/rumah" relevant="/data/pilih != ''"/>
        <bind nodeset="/data/rumah/air" type="string"/>
        <setvalue ref="/data/rumah/air" event="xforms-value-changed"
            value="concat('/data/keluarga', /data/keluarga )"/>"""
    made = etree.fromstring(for_browser(form(given)))
    asked = {bind.get("nodeset"): bind.get("relevant") for bind in made.iter(BIND)}
    first, last = made.iter(BIND.replace("bind", "setvalue"))
    assert asked["/data/rumah"] == "(/data/pilih != '') or /data/_sedang_dibuka != ''"
    assert (last.get("ref"), last.get("event"), last.get("value")) == (
        "/data/_sedang_dibuka",
        "odk-instance-load",
        "''",
    )
    assert made[0][0].findtext("{*}_sedang_dibuka") == "1"
    assert first.get("value") == (
        "concat('/data/keluarga', (instance('anak')/root/item[name = /data/pilih ]/keluarga) )"
    )


@pytest.mark.parametrize("result", ["once(/data/a)", "../a", "uuid()", "position(..)"])
def test_result_that_another_place_or_time_makes_another__is_not_calculated_in_actions(result: str) -> None:
    given = f"""<bind nodeset="/data/hasil" calculate="{result}"/>
        <setvalue ref="/data/b" event="xforms-value-changed" value="/data/hasil"/>"""
    assert 'value="/data/hasil"' in for_browser(form(given))

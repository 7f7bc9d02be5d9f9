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

"""Forms with all that pyxform documents: checked and published, filled by the engine of Collect, every answer found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree
from pyxform import aliases, constants
from pyxform.parsing.sheet_headers import to_snake_case
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_SELECT

from forms.xlsform.sheets import FUNCTIONS
from server.cli.main import main
from server.database.engine import reading
from tests.support.databases import Databases, ready
from tests.support.form_engine import Engine, Filled
from tests.support.forms_elsewhere import ElsewhereForm, read_forms
from tests.support.station import Station, opened, prepared, table_rows

FORMS = read_forms()
HERE = "-6.2 106.8 10 5"


@pytest.fixture
def station(databases: Databases, tmp_path: Path) -> Iterator[Station]:
    url, tokens = ready(databases, prepared)
    found = opened(url, tmp_path, tokens)
    yield found
    found.engine.dispose()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form_id)
def test_form_from_elsewhere__is_taken_and_every_answer_is_found(
    station: Station, form_engine: Engine, tmp_path: Path, form: ElsewhereForm
) -> None:
    workbook = form.write(tmp_path)
    if station.engine.dialect.name == "sqlite":
        for command in ("check", "publish"):
            done = CliRunner().invoke(main, ["--database", station.url, "forms", command, str(workbook)])
            assert done.exit_code == 0, done.output
    else:  # what ODK Validate says does not depend on the database
        station.publish(form.sheets, tmp_path)
    filled = fill(station, form_engine, tmp_path, form)
    station.send(filled.xml, [(name, content) for name, content in filled.files.items()])
    kept = Kept(station, form.form_id, filled.xml)

    assert [question for question, _ in form.answers if not kept.sent(question)] == []
    assert kept.lacking() == []
    assert set(kept.created()) <= {row["entity_id"] for row in station.rows("entity_changes")}
    assert {name: str(kept.rows[""][0][name]) for name in form.columns} == form.columns
    for wanted in form.rows:
        row = kept.rows[wanted["table"]][int(wanted["ordinal"]) - 1]
        assert str(row[wanted["column"]]) == wanted["value"]
        assert str(row.get("parent_ordinal") or "") == wanted.get("parent_ordinal", "")


def fill(station: Station, engine: Engine, folder: Path, form: ElsewhereForm) -> Filled:
    """The form as the phone downloads it with its files, filled."""
    xml, media = folder / "form.xml", folder / "phone"
    xml.write_bytes(station.get(f"forms/{form.form_id}/1/form.xml").data)
    media.mkdir()
    for file in etree.fromstring(station.get(f"forms/{form.form_id}/1/manifest").data).iterfind("{*}mediaFile"):
        content = station.fetch(file.findtext("{*}downloadUrl")).data
        (media / file.findtext("{*}filename")).write_bytes(form.files.get(file.findtext("{*}filename"), content))
    engine.locate(HERE)
    return engine.open(xml, media, device=form.device).fill(form.answers)


class Kept:
    """What a form sent, and the rows that the server has of it, by repeat ("" is the form itself)."""

    def __init__(self, station: Station, form_id: str, xml: str) -> None:
        with reading(station.engine) as connection:
            known = station.backend.cache.find(connection, form_id, "1")
        assert known is not None
        self.root = etree.fromstring(xml.encode())
        self.tables = {table.path: table for table in known.schema.tables}
        self.rows = {name: table_rows(station.engine, table.name) for name, table in known.tables.tables.items()}
        self.columns = {
            (*table.path, *field.path): known.columns[table.name][field.name]
            for table in known.schema.tables
            for field in table.fields
        }
        assert len(set(self.columns)) == len(self.columns)

    def sent(self, question: str) -> list[str]:
        """What the form says at a question that is named as the engine names it."""
        steps = "/".join(f"*[local-name()='{name}']{place}" for name, place in STEP.findall(question))
        return [element.text for element in self.root.xpath(f"//{steps}") if element.text]

    def created(self) -> list[str]:
        """The ids of the entities that the form makes."""
        return list(self.root.xpath("//*[local-name()='entity' and @create='1']/@id"))

    def lacking(self) -> list[str]:
        """The answers that do not stand in their column, in the row of their repeat."""
        return [problem for element in self.root.iter(etree.Element) for problem in self._lacking(element)]

    def _lacking(self, element: Any) -> Iterator[str]:
        path = path_of(element)
        if len(element) or not element.text or "meta" in path:
            return
        around = max((table for table in self.tables if path[: len(table)] == table), key=len)
        holder = list(element.iterancestors())[len(path) - len(around) - 1]
        place = [one for one in self.root.iter(etree.Element) if path_of(one) == around].index(holder)
        row = self.rows[self.tables[around].name][place]
        kept = row.get(self.columns.get(path, ""))
        if kept is None or not same(kept, element.text):
            yield f"{'/'.join(path)}: sent {element.text}, kept {kept}"


STEP = re.compile(r"([^/\[]+)((?:\[\d+\])?)")


def path_of(element: Any) -> tuple[str, ...]:
    """The names of the elements below the root that lead to this one."""
    return tuple(etree.QName(one).localname for one in [*reversed(list(element.iterancestors())), element])[1:]


def same(kept: object, sent: str) -> bool:
    if isinstance(kept, int | float):
        return float(kept) == float(sent)
    return str(kept) == sent


# pyxform's dictionary also has these, but a survey cannot name a list of choices with them.
WITHOUT_LIST = {
    *("select one using", "select multiple from", "select multiple using", "select one external"),
    *("q select", "q select1"),
}
# Functions that this engine does not have yet, or that are no functions of a form (`text()` is a step of a path).
LATER_FUNCTIONS = {"intersects", "extract-signed", "text"}
# As docs.getodk.org and xlsform.org name them; columns-3 stands for any number.
APPEARANCES = [
    "multiline",
    "numbers",
    "url",
    "masked",
    "ex:org.example.app",
    "printer:org.opendatakit.sensors.ZebraPrinter",
    "thousands-sep",
    "counter",
    "bearing",
    "front",
    "hidden-answer",
    "no-calendar",
    "month-year",
    "year",
    "ethiopian",
    "coptic",
    "islamic",
    "bikram-sambat",
    "myanmar",
    "persian",
    "minimal",
    "autocomplete",
    "search",
    "quick",
    "columns-pack",
    "columns",
    "columns-3",
    "no-buttons",
    "likert",
    "image-map",
    "map",
    "label",
    "list",
    "list-nolabel",
    "compact",
    "compact-3",
    "quickcompact-2",
    "signature",
    "draw",
    "annotate",
    "new",
    "new-front",
    "selfie",
    "maps",
    "placement-map",
    "vertical",
    "no-ticks",
    "rating",
    "picker",
    "field-list",
    "table-list",
    "search('desa')",
]


def test_forms__use_between_them_all_question_types() -> None:
    written = [" ".join(row[0].split()) for form in FORMS for row in form.cells("survey")[1:] if row[0]]
    commands = {match["select_command"] for kind in written if (match := RE_SELECT.search(kind))}
    begun = {match["type"] for kind in written if (match := RE_BEGIN_CONTROL.search(kind))}

    assert {*QUESTION_TYPE_DICT, *aliases._type_alias_map} - WITHOUT_LIST - commands - set(written) == set()
    assert aliases.select.keys() - commands == set()
    assert aliases.control.keys() - begun == set()


@pytest.mark.parametrize(
    ("sheet", "headers"),
    [
        (
            "survey",
            {*aliases.survey_header, *aliases.TRANSLATABLE_SURVEY_COLUMNS} - {"jr:constraintMsg", "jr:requiredMsg"},
        ),
        ("choices", {*aliases.list_header, *aliases.TRANSLATABLE_CHOICES_COLUMNS}),
        ("settings", {*aliases.settings_header, "title", "id_string"}),
        ("entities", {*aliases.entities_header, *(column.value for column in constants.EntityColumns)}),
    ],
)
def test_forms__use_between_them_all_headers(sheet: str, headers: set[str]) -> None:
    written = {header for form in FORMS for header in (form.cells(sheet) or [[]])[0]}
    heads = {to_snake_case(re.split("::|:(?!count)", header)[0]) for header in written}

    assert headers - heads == set()


def test_forms__use_between_them_all_functions() -> None:
    sheets = " ".join(form.sheets for form in FORMS)

    assert {name for name in FUNCTIONS if not re.search(rf"(?<![\w-]){re.escape(name)}\(", sheets)} == LATER_FUNCTIONS


def test_forms__use_between_them_all_appearances_and_parameters() -> None:
    cells = " ".join(form.sheets for form in FORMS)
    parameters = [
        name
        for names in vars(constants).values()
        if isinstance(names, type) and names.__name__.startswith("Parameters")
        for name in (one.value for one in names)
    ]

    assert [name for name in APPEARANCES if not re.search(rf"[| ]{re.escape(name)}[ (|]", cells)] == []
    assert [name for name in parameters if f"{name}=" not in cells] == []


def test_there_are_enough_forms() -> None:
    assert len(FORMS) >= 40

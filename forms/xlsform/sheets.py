"""An XLSForm as its author sees it: its sheets, questions and lists, and the cell where each of them stands.

The words of the format (columns, question types, functions) are those of xlsform.org and docs.getodk.org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from forms.xlsform.vocabulary import SHEETS, Select, closes, column_name, column_names, is_yes, opens
from forms.xlsform.workbook import Cell, Row, Sheet, Workbook

# Columns that hold an XPath expression. `default` may, too, but is mostly plain text, and a label is always.
EXPRESSION_COLUMNS = {
    "survey": ("relevant", "constraint", "calculation", "choice_filter", "required", "readonly", "repeat_count"),
    "settings": ("instance_name",),
    "entities": ("entity_id", "create_if", "update_if", "label"),
}
REFERENCE = re.compile(r"\$\{\s*(?:last-saved#)?([^}]+?)\s*\}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The documented ones, to guess what a misspelled one means; those that are taken: `is_type`.
QUESTION_TYPES = _words(
    """
    text integer decimal range date time dateTime note calculate hidden acknowledge barcode
    select_one select_multiple select_one_from_file select_multiple_from_file rank
    begin_group end_group begin_repeat end_repeat
    geopoint geotrace geoshape start-geopoint background-geopoint
    image audio background-audio video file csv-external xml-external
    start end today deviceid phonenumber username email audit
    """
)
# What JavaRosa, the engine in ODK Collect, knows; `pulldata` is Collect's own.
FUNCTIONS = _words(
    """
    abs acos area asin atan atan2 base64-decode boolean boolean-from-string checklist coalesce concat contains cos
    count count-non-empty count-selected current date date-time decimal-date-time decimal-time depend digest distance
    enclosed-area ends-with exp exp10 extract-signed false format-date format-date-time geofence if indexed-repeat
    instance int intersects is-selected join jr:choice-name jr:itext log log10 max min normalize-space not now number
    once pi position pow property pulldata random randomize regex round selected selected-at sin sqrt starts-with
    string string-length substr substring-after substring-before sum tan text today translate true uuid version
    weighted-checklist
    """
)


@dataclass(frozen=True)
class XlsForm:
    """The sheets by their name, those that the workbook lacks without columns and rows."""

    sheets: dict[str, Sheet]
    sheet_names: tuple[str, ...]

    @property
    def survey(self) -> Sheet:
        return self.sheets["survey"]

    @property
    def choices(self) -> Sheet:
        return self.sheets["choices"]

    @property
    def settings(self) -> Sheet:
        return self.sheets["settings"]

    @property
    def entities(self) -> Sheet:
        return self.sheets["entities"]

    def setting(self, name: str) -> Cell:
        """The setting's cell in the first row that holds something, the only one that counts."""
        rows = self.settings.rows or (Row("settings", 2, {}, self.settings.columns),)
        return rows[0].cell(name)

    def choices_of(self, row: Row) -> list[str] | None:
        """The values that the question of the row offers; None where it is no select, or they are not on `choices`."""
        select = Select.of(kind(row))
        if select is None or select.is_elsewhere:
            return None
        names = [one.text("name") for one in self.choices.rows if one.text("list_name") == select.list_name]
        return names + select.added

    def questions(self) -> Iterator[Row]:
        """The survey's rows that name something: questions, calculations, and the beginnings of groups and repeats."""
        return (row for row in self.survey.rows if row.text("name") and not closes(kind(row)))

    def question(self, name: str) -> Row | None:
        """The first of the survey's rows with that name; None where there is none."""
        return next((row for row in self.questions() if row.text("name") == name), None)

    def paths(self) -> dict[tuple[str, ...], Row]:
        """The rows of the survey by their element names below the root."""
        found = {}
        outer: list[str] = []
        for row in self.survey.rows:
            if closes(kind(row)):
                del outer[-1:]
                continue
            found[*outer, row.text("name")] = row
            if opens(kind(row)):
                outer.append(row.text("name"))
        return found

    def cells(self) -> Iterator[Cell]:
        """Every cell with a value, sheet by sheet."""
        return (cell for sheet in self.sheets.values() for row in sheet.rows for cell in row.cells.values())

    def place(self, sheet: str, number: int, column: str) -> Cell:
        """The cell in Excel's row `number` under a column in any spelling, blank where nothing stands there."""
        columns = self.sheets[sheet].columns
        row = next((row for row in self.sheets[sheet].rows if row.number == number), None)
        return (row or Row(sheet, number, {}, columns)).cell(column_name(sheet, column))


def kind(row: Row) -> str:
    """The row's question type, as pyxform compares it."""
    return " ".join(row.text("type").split())


def read_xlsform(workbook: Workbook) -> XlsForm:
    """Reads the sheets of an XLSForm as they are, with their findings; rows that are disabled count as blank. Raises
    ProblemError NO_SHEET where there is no survey."""
    sheets = {}
    for name in SHEETS:
        sheets[name] = Sheet(name, {}, ())
        if name == "survey" or workbook.has_sheet(name):
            sheets[name] = workbook.as_it_is(name, partial(column_names, name))
    survey = sheets["survey"]
    rows = tuple(row for row in survey.rows if not is_yes(row.text("disabled")))
    return XlsForm({**sheets, "survey": replace(survey, rows=rows)}, workbook.sheet_names)

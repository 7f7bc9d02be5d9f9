"""An XLSForm as its author sees it: its sheets, questions and lists, and the cell where each of them stands.

The words of the format (columns, question types, functions) are those of xlsform.org and docs.getodk.org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forms.problems import Finding, ProblemError
from forms.xlsform.workbook import Cell, Row, Sheet, Workbook

SHEETS = ("survey", "choices", "settings", "entities")

# Columns that hold an XPath expression. `default` may, too, but is mostly plain text, and a label is always.
EXPRESSION_COLUMNS = {
    "survey": (
        "relevant",
        "relevance",
        "constraint",
        "calculation",
        "calculate",
        "choice_filter",
        "required",
        "readonly",
        "read_only",
        "repeat_count",
    ),
    "choices": (),
    "settings": ("instance_name",),
    "entities": ("entity_id", "create_if", "update_if", "label"),
}
MEDIA_COLUMNS = ("image", "big-image", "audio", "video")
SURVEY_TRANSLATED = ("label", "hint", "guidance_hint", "required_message", "constraint_message", *MEDIA_COLUMNS)
SURVEY_PREFIXES = (*SURVEY_TRANSLATED, "media", "bind", "body", "control", "instance")
SURVEY_COLUMNS = (
    "type",
    "name",
    *SURVEY_TRANSLATED,
    *EXPRESSION_COLUMNS["survey"],
    "default",
    "appearance",
    "parameters",
    "trigger",
    "save_to",
    "autoplay",
    "rows",
    "intent",
    "no_app_error_string",
    "disabled",
)
CHOICES_PREFIXES = ("label", "media", *MEDIA_COLUMNS)
CHOICES_COLUMNS = ("list_name", "name", "label", *MEDIA_COLUMNS)
SETTINGS_PREFIXES = ("attribute",)
SETTINGS = (
    "form_title",
    "form_id",
    "version",
    "default_language",
    "instance_name",
    "name",
    "style",
    "public_key",
    "submission_url",
    "auto_send",
    "auto_delete",
    "allow_choice_duplicates",
    "clean_text_values",
    "client_editable",
    "namespaces",
)
ENTITIES_COLUMNS = ("list_name", "dataset", "label", "entity_id", "create_if", "update_if", "repeat")
ALL_COLUMNS = (*SURVEY_COLUMNS, *CHOICES_COLUMNS, *SETTINGS, *ENTITIES_COLUMNS)

CONTAINER = re.compile(r"(begin|end)[ _](group|repeat|loop)\b.*")
# "select_one air", "rank kebutuhan", "select_one_from_file anak.csv", "select_multiple air or_other"
SELECT = re.compile(r"((?:select_one|select_multiple)(?:_from_file)?|rank)(?: +(\S+))?( .*)?")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


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

    def questions(self) -> Iterator[Row]:
        """The survey's rows that name something: questions, calculations, and the beginnings of groups and repeats."""
        return (row for row in self.survey.rows if row.text("name") and not closes(row))

    def question(self, name: str) -> Row | None:
        """The first of the survey's rows with that name; None where there is none."""
        return next((row for row in self.questions() if row.text("name") == name), None)

    def paths(self) -> dict[tuple[str, ...], Row]:
        """The rows of the survey by their element names below the root."""
        found = {}
        outer: list[str] = []
        for row in self.survey.rows:
            if closes(row):
                del outer[-1:]
                continue
            found[*outer, row.text("name")] = row
            if CONTAINER.fullmatch(row.text("type")):
                outer.append(row.text("name"))
        return found

    def cells(self) -> Iterator[Cell]:
        """Every cell with a value, in the order of `SHEETS`."""
        return (cell for sheet in self.sheets.values() for row in sheet.rows for cell in row.cells.values())

    def place(self, sheet: str, number: int, column: str) -> Cell:
        """The cell in Excel's row `number`, blank where nothing stands there."""
        columns = self.sheets[sheet].columns
        row = next((row for row in self.sheets[sheet].rows if row.number == number), None)
        return (row or Row(sheet, number, {}, columns)).cell(column)


def closes(row: Row) -> bool:
    """Whether the row ends a group or repeat. The question type `end` (the time of saving) does not."""
    container = CONTAINER.fullmatch(row.text("type"))
    return container is not None and container[1] == "end"


def read_xlsform(workbook: Workbook) -> XlsForm:
    """Reads the sheets of an XLSForm. Raises ProblemError where there is no survey, or a sheet is malformed."""
    sheets = {}
    findings: list[Finding] = []
    for name in SHEETS:
        sheets[name] = Sheet(name, {}, ())
        if name == "survey" or workbook.has_sheet(name):
            try:
                sheets[name] = workbook.sheet(name)
            except ProblemError as error:
                findings += error.findings
    if findings:
        raise ProblemError(findings)
    return XlsForm(sheets, workbook.sheet_names)

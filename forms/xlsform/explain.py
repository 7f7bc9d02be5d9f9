"""What pyxform and ODK Validate say, as findings that name the cell: they speak of rows, or of elements only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forms.problems import Finding, Problem
from forms.xlsform import messages
from forms.xlsform.sheets import ALL_COLUMNS, XlsForm
from forms.xlsform.workbook import Cell

# Such as: [row : 5] On the 'choices' sheet, the 'name' value is invalid. Choices must have a name.
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet,?\s*")
_COLUMN = re.compile(r"the '([^']+)' value")
_HEADER = re.compile(r"Invalid headers provided for sheet: '(\w+)'")
_QUOTED = re.compile(r"'([^']+)'|\[([^\]]+)\]")
# How ODK Validate says which of a question's expressions it speaks of, and of which question.
_EXPRESSIONS = (
    (r"display condition for node \[\$\{(?P<name>[^}]+)\}", ("relevant", "relevance")),
    (r"Condition expression for \$\{(?P<name>[^}]+)\}", ("relevant", "relevance", "required", "readonly", "read_only")),
    (r"require condition for node \[\$\{(?P<name>[^}]+)\}", ("required",)),
    (r"bind for \$\{(?P<name>[^}]+)\} contains invalid constraint", ("constraint",)),
    (r"calculate for the bind attached to \"\$\{(?P<name>[^}]+)\}", ("calculation", "calculate")),
    (r"Calculate expression for \$\{(?P<name>[^}]+)\}", ("calculation", "calculate")),
)


def explain_pyxform(message: str, form: XlsForm, otherwise: Problem = messages.NOT_UNDERSTOOD) -> Iterator[Finding]:
    """The findings of a message of pyxform, an error or a warning; what is not known is passed on as `otherwise`."""
    # Several rows with the same mistake come in one message, a line each.
    for part in re.split(r"\n(?=\[row : )", message):
        text = _SHEET.sub("", _ROW.sub("", part.partition("\n")[0])).strip()
        kind = next((kind for pattern, kind in messages.KINDS if pattern.search(part)), otherwise)
        yield Finding(kind, _where(part, form), {"message": text})


def _where(message: str, form: XlsForm) -> str:
    row, sheet, column = _ROW.search(message), _SHEET.search(message), _COLUMN.search(message)
    if row:
        name = column[1].replace("dataset", "list_name") if column else "type"
        return form.place(sheet[1] if sheet else "survey", int(row[1]), name).where
    if header := _HEADER.match(message):
        return f"{header[1]}!1"
    # Such as: Unknown question type 'texxt'. Names of columns stand in many messages and lead nowhere.
    words = [word for match in _QUOTED.findall(message) for word in match if word and word not in ALL_COLUMNS]
    return next((cell.where for word in words for cell in form.cells() if cell.value == word), "")


def explain_validate(message: str, form: XlsForm) -> Finding:
    """The finding of an error of ODK Validate, which stops at the first."""
    body = message.partition("The following files failed")[0]
    lines = [line.lstrip(": ").strip() for line in body.splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith((">>", "ODK Validate", "Caused by", "...")))
    if "Cycle detected" in text:
        names = list(dict.fromkeys(re.findall(r"\$\{([^}]+)\}", text)))
        return Finding(messages.CYCLE, _named((*names, "")[0], ("name",), form).where, {"names": ", ".join(names)})
    cell = _expression(text, form)
    if called := re.search(r"cannot handle function '([^']+)'", text):
        where = cell.where or next((cell.where for cell in form.cells() if f"{called[1]}(" in cell.value), "")
        return Finding(messages.WRONG_ARGUMENTS, where, {"name": called[1]})
    if instance := re.search(r"Instance referenced by instance\(([^)]+)\)", text):
        return Finding(messages.MISSING_INSTANCE, cell.where, {"name": instance[1]})
    if cell:
        return Finding(messages.UNREADABLE_EXPRESSION, cell.where, {"expression": cell.value})
    return Finding(messages.NOT_UNDERSTOOD, "", {"message": text})


def _expression(text: str, form: XlsForm) -> Cell:
    """The cell of the expression that ODK Validate speaks of; a cell without a place where it names none."""
    for pattern, columns in _EXPRESSIONS:
        if match := re.search(pattern, text):
            return _named(match["name"], columns, form)
    if nodeset := re.search(r"Unsupported nodeset expression: .*?\[(.*)\]\]", text):
        filters = (row.cell("choice_filter") for row in form.survey.rows)
        return next((cell for cell in filters if cell.value.split() == nodeset[1].split()), Cell("", ""))
    return Cell("", "")


def _named(name: str, columns: tuple[str, ...], form: XlsForm) -> Cell:
    """The first filled cell of `columns` in the row of the question."""
    row = form.question(name)
    # pyxform makes a question <repeat>_count of a repeat's count.
    if row is None and (repeat := form.question(name.removesuffix("_count"))):
        return repeat.cell("repeat_count")
    if row is None:
        return Cell("", "")
    return next((row.cell(column) for column in columns if row.cell(column)), row.cell(columns[0]))

"""What pyxform and ODK Validate say, as findings that name the cell: they speak of rows, or of elements only."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from forms.problems import Finding, Problem
from forms.xlsform.engines import messages
from forms.xlsform.sheets import REFERENCE, XlsForm, kind
from forms.xlsform.vocabulary import SHEETS, closes, known_headers, opens
from forms.xlsform.workbook import Cell, Row

# Such as: [row : 5] On the 'choices' sheet, the 'name' value is invalid. Choices must have a name.
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet,?\s*")
_COLUMN = re.compile(r"the '([^']+)' value")
# Such as: The save_to property 'nama' is already assigned by row '2'.
_BY_ROW = re.compile(r"already assigned by row '(\d+)'")
# Such as: Reference variables names must be unique anywhere in the 'survey'. The name 'a' appears more than once.
_AMBIGUOUS = re.compile(r"Reference variables names must be unique.* The name '([^']+)' appears more than once")
_HEADER = re.compile(r"Invalid headers provided for sheet: '(\w+)'")
_QUOTED = re.compile(r"'([^']+)'|\[([^\]]+)\]")
_PATH = re.compile(r"(?<!\w)(?:/[\w.-]+)+/([\w.-]+)")
_COLUMNS = {header for sheet in SHEETS for header in known_headers(sheet)}
# The expressions that the engine computes again when what they refer to changes.
_COMPUTED = ("calculation", "relevant", "required", "readonly", "repeat_count")
# How ODK Validate says which of a question's expressions it speaks of, and of which question.
_EXPRESSIONS = (
    (r"display condition for node \[\$\{(?P<name>[^}]+)\}", ("relevant",)),
    (r"Condition expression for \$\{(?P<name>[^}]+)\}", ("relevant", "required", "readonly")),
    (r"require condition for node \[\$\{(?P<name>[^}]+)\}", ("required",)),
    (r"bind for \$\{(?P<name>[^}]+)\} contains invalid constraint", ("constraint",)),
    (r"calculate for the bind attached to \"\$\{(?P<name>[^}]+)\}", ("calculation",)),
    (r"Calculate expression for \$\{(?P<name>[^}]+)\}", ("calculation",)),
)


def explain_pyxform(message: str, form: XlsForm, otherwise: Problem = messages.NOT_UNDERSTOOD) -> Iterator[Finding]:
    """The findings of a message of pyxform, an error or a warning; what is not known is passed on as `otherwise`."""
    # Several rows with the same mistake come in one message, a line each.
    for part in re.split(r"\n(?=\[row : )", message):
        text = _SHEET.sub("", _ROW.sub("", part.partition("\n")[0])).strip()
        problem = next((one for pattern, one in messages.KINDS if pattern.search(part)), otherwise)
        where, details = _where(part, form), {"message": text}
        if twice := _AMBIGUOUS.search(text):
            first, second = [row.cell("name") for row in form.questions() if row.text("name") == twice[1]][:2]
            details |= {"name": twice[1], "other": first.where, "reference": where}
            where = second.where
        elif "{other}" in problem.id:
            details |= _twice(where, text, form)
        yield Finding(problem, where, details)


def _twice(where: str, text: str, form: XlsForm) -> dict[str, str]:
    """What stands in the cell, and where it stands above: within the same group or list, where it does."""
    rows = form.sheets[where.partition("!")[0]].rows
    row, column = next((row, name) for row in rows for name, cell in row.cells.items() if cell.where == where)
    # A property may be spelled in two ways, with its list and without.
    if said := _BY_ROW.search(text):
        return {"name": row.text(column), "other": form.place(row.sheet, int(said[1]), column).where}
    above = [one for one in rows if one.number < row.number and not closes(kind(one))]
    alike = [one for one in above if one.text(column) == row.text(column)]
    inside = _inside(rows)
    first = min(alike, key=lambda one: (inside[one.number] != inside[row.number], one.number))
    return {"name": row.text(column), "other": first.cell(column).where}


def _inside(rows: Iterable[Row]) -> dict[int, tuple[str, int]]:
    """What each row lies in: a list of choices, or the row that begins its group or repeat."""
    found, outer = {}, [0]
    for row in rows:
        if closes(words := kind(row)) and len(outer) > 1:
            outer.pop()
        found[row.number] = (row.text("list_name"), outer[-1])
        if opens(words):
            outer.append(row.number)
    return found


def _where(message: str, form: XlsForm) -> str:
    row, sheet, column = _ROW.search(message), _SHEET.search(message), _COLUMN.search(message)
    if row:
        name = column[1] if column else "type"
        return form.place(sheet[1] if sheet else "survey", int(row[1]), name).where
    if header := _HEADER.match(message):
        return f"{header[1]}!1"
    # Such as: ... are both missing for: /data/x choice: 2.
    if asked := next((one for path in _PATH.findall(message) if (one := form.question(path))), None):
        return asked.cell("name").where
    # Such as: Unknown question type 'texxt'. Names of columns stand in many messages and lead nowhere.
    words = [word for match in _QUOTED.findall(message) for word in match if word and word not in _COLUMNS]
    return next((cell.where for word in words for cell in form.cells() if cell.value == word), "")


def explain_validate(message: str, form: XlsForm) -> list[Finding]:
    """The findings of an error of ODK Validate, which stops at the first."""
    body = message.partition("The following files failed")[0]
    lines = [line.lstrip(": ").strip() for line in body.splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith((">>", "ODK Validate", "Caused by", "...")))
    if "Cycle detected" in text:
        return _cycles(re.findall(r"\$\{([^}]+)\}", text), form)
    cell = _expression(text, form)
    if called := re.search(r"cannot handle function '([^']+)'", text):
        where = cell.where or next((cell.where for cell in form.cells() if f"{called[1]}(" in cell.value), "")
        return [Finding(messages.WRONG_ARGUMENTS, where, {"name": called[1]})]
    if path := re.search(r"Parse error in XPath path: \[([^\]]+)\]", text):
        # The path may be that of a question whose name can be read, within a group whose name cannot.
        unread = next((name for name in path[1].split("/") if not name.isascii() and form.question(name)), "")
        return [Finding(messages.UNREADABLE_NAME, _named(unread, ("name",), form).where, {"name": unread or path[1]})]
    if instance := re.search(r"Instance referenced by instance\(([^)]+)\)", text):
        return [Finding(messages.MISSING_INSTANCE, cell.where, {"name": instance[1]})]
    if itemset := re.search(r"<label> node for itemset doesn't exist! \[instance\(([^)]+)\)", text):
        choices = (row for row in form.choices.rows if row.text("list_name") == itemset[1] and not row.text("label"))
        where = next((row.cell("label").where for row in choices), "")
        return [Finding(messages.LABEL_MISSING, where, {"name": itemset[1]})]
    if cell:
        return [Finding(messages.UNREADABLE_EXPRESSION, cell.where, {"expression": cell.value})]
    return [Finding(messages.NOT_UNDERSTOOD, _where(text, form), {"message": text})]


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


def _cycles(names: list[str], form: XlsForm) -> list[Finding]:
    """A finding for each circle of expressions: ODK Validate names some questions of it, and no cells."""
    needs = _needs(form)
    # Whichever question of a circle is named, it is told from its first one on.
    around = [name for name in needs if name in names or any(name in _circle(one, needs) for one in names)]
    circles = {frozenset(circle): circle for name in reversed(around) if (circle := _circle(name, needs))}
    if not circles:
        where = _named((*names, "")[0], ("name",), form).where
        return [Finding(messages.CYCLE, where, {"names": ", ".join(dict.fromkeys(names))})]
    findings = []
    for circle in circles.values():
        cells = {name: needs[name][needed] for name, needed in zip(circle, [*circle[1:], circle[0]], strict=True)}
        told = ", ".join(f"{name} ({where})" if where else name for name, where in cells.items())
        findings.append(Finding(messages.CYCLE, next(filter(None, cells.values()), ""), {"names": told}))
    return findings


def _needs(form: XlsForm) -> dict[str, dict[str, str]]:
    """What each question is computed from: name -> name -> the cell of the expression, "" for the group around it."""
    needs: dict[str, dict[str, str]] = {}
    for path, row in form.paths().items():
        found = needs.setdefault(row.text("name"), {})
        for cell in filter(None, map(row.cell, _COMPUTED)):
            for name in REFERENCE.findall(cell.value):
                found.setdefault(name, cell.where)
        if len(path) > 1:
            found.setdefault(path[-2], "")
    return needs


def _circle(start: str, needs: dict[str, dict[str, str]]) -> list[str]:
    """The names on the shortest way from a name back to itself; none where there is no such way."""
    ways = deque([[start]])
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        for name in needs.get(way[-1], {}):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []

"""The words of an XLSForm by pyxform's own tables, so that every spelling which it takes is taken here.

A column has one name here, however its header is spelled: as xlsform.org spells it where this project asks for it
(`relevant` is also `relevance`, `bind::relevant` and `bind:relevant`), else as pyxform takes it apart (`label::id`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyxform import aliases, constants
from pyxform.parsing.expression import is_xml_tag, parse_expression
from pyxform.parsing.sheet_headers import process_header
from pyxform.question import MultipleChoiceQuestion, Option
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.survey import Survey
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL, RE_OSM, RE_SELECT

_CHOICES = (aliases.list_header, {*Option.get_slot_names(), constants.LIST_NAME_S})
# By sheet: the other names of its columns, and the columns. Those added to pyxform's list it reads by the way.
_READ: dict[str, tuple[dict[str, str | tuple[str, ...]], set[str]]] = {
    constants.SURVEY: (aliases.survey_header, {*MultipleChoiceQuestion.get_slot_names(), "disabled", "intent", "flat"}),
    constants.CHOICES: _CHOICES,
    constants.SETTINGS: (aliases.settings_header, {*Survey.get_slot_names(), "instance_id"}),
    constants.ENTITIES: (aliases.entities_header, {column.value for column in constants.EntityColumns}),
    constants.EXTERNAL_CHOICES: _CHOICES,
    constants.OSM: _CHOICES,
}
SHEETS = tuple(_READ)
# Sheets whose further columns pyxform passes over; of entities it refuses them.
_FREE = (constants.SURVEY, constants.SETTINGS)
_DOCUMENTED = {
    ("bind", "relevant"): "relevant",
    ("bind", "constraint"): "constraint",
    ("bind", "calculate"): "calculation",
    ("bind", "required"): "required",
    ("bind", "readonly"): "readonly",
    ("bind", constants.ENTITIES_SAVETO_NS): "save_to",
    ("control", "appearance"): "appearance",
    ("control", "jr:count"): "repeat_count",
    (constants.LIST_NAME_S,): "list_name",
    ("dataset",): "list_name",
    ("title",): "form_title",
    ("id_string",): "form_id",
}


def column_names(sheet: str, headers: Sequence[str]) -> list[str]:
    """The name of each column by its header. One that pyxform passes over gets an underscore before it."""
    other_names, columns = _READ[sheet]
    # With a double colon anywhere, a single one means nothing: `jr:count` has one.
    double = any("::" in header for header in headers)
    names = []
    for header in headers:
        _, tokens = process_header(header, double, other_names, columns)
        free = tokens[0] not in columns and (sheet in _FREE or not _serves_filter(sheet, tokens[0]))
        names.append(f"_{header}" if free or header.startswith("_") else _DOCUMENTED.get(tokens, "::".join(tokens)))
    return names


def _serves_filter(sheet: str, column: str) -> bool:
    """Further columns of choices become elements of the form, for a choice_filter, where they can."""
    return sheet != constants.CHOICES or is_element_name(column)


def column_name(sheet: str, header: str) -> str:
    """The name of the column with that header, such as messages speak of."""
    return column_names(sheet, [header])[0]


def known_headers(sheet: str) -> list[str]:
    """The headers that mean something on the sheet, in every spelling."""
    other_names, columns = _READ[sheet]
    return sorted(name for name in {*other_names, *columns} if not name.startswith("_"))


# Columns of `choices` in which questions may be referred to; what else is there is plain data.
REFERRING_CHOICES = (*aliases.TRANSLATABLE_CHOICES_COLUMNS, "media")
TYPES = tuple(QUESTION_TYPE_DICT)


@dataclass(frozen=True)
class Select:
    """What a question's type says of its choices: `select_multiple air or_other`, `select one from x`, `rank x`."""

    command: str
    list_name: str
    or_other: bool

    @classmethod
    def of(cls, kind: str) -> Select | None:
        """None where the type asks nothing to be selected, or names no list."""
        match = RE_SELECT.search(kind)
        return cls(match["select_command"], match["list_name"], match["specify_other"] is not None) if match else None

    @property
    def is_external(self) -> bool:
        """Whether its choices are on the sheet external_choices."""
        return bool(aliases.select[self.command] == constants.SELECT_ONE_EXTERNAL)

    @property
    def file(self) -> str:
        """The file that holds its choices, "" where none does."""
        return self.list_name if self.list_name.endswith(tuple(constants.EXTERNAL_INSTANCE_EXTENSIONS)) else ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether its choices are not on the sheet `choices`: in a file, or what was answered before."""
        return bool(self.is_external or self.file or self.command in aliases.select_from_file or "${" in self.list_name)

    @property
    def added(self) -> list[str]:
        """The choices that it offers beside those of its list."""
        return [constants.OR_OTHER_CHOICE[constants.NAME]] if self.or_other else []


def is_select(kind: str) -> bool:
    """Whether the type wants a list of choices behind it."""
    return kind in aliases.select


def takes_several(kind: str) -> bool:
    """Whether more than one choice can be selected, or all are put in an order."""
    select = Select.of(kind)
    return select is not None and aliases.select[select.command] != constants.SELECT_ONE


def opens(kind: str) -> bool:
    """Whether the type begins a group, repeat or loop."""
    return RE_BEGIN_CONTROL.search(kind) is not None


def closes(kind: str) -> bool:
    """Whether the type ends a group or repeat. The question type `end` (the time of saving) does not."""
    return RE_END_CONTROL.search(kind) is not None


def is_type(kind: str) -> bool:
    """Whether pyxform knows the type. Some are settings."""
    named = any(kind in names for names in (QUESTION_TYPE_DICT, aliases._type_alias_map, aliases.settings_header))
    return named or opens(kind) or closes(kind) or RE_OSM.search(kind) is not None


def is_yes(text: str) -> bool:
    """Whether a column such as `disabled` says so."""
    return bool(aliases.yes_no.get(text))


def is_yes_or_no(text: str) -> bool:
    """Whether pyxform takes the word for one of the two."""
    return text in aliases.yes_no


def is_shown(kind: str) -> bool:
    """Whether a question of the type is seen on the screen; a group or repeat is none."""
    control = QUESTION_TYPE_DICT.get(kind, {}).get("control", {})
    return Select.of(kind) is not None or control.get("tag") not in (None, "action")


def is_element_name(text: str) -> bool:
    """Whether an element of the form can have that name."""
    return bool(is_xml_tag(text))


def tokens(expression: str) -> list[tuple[str, str]]:
    """The expression's parts, as (kind, text), without the spaces between them."""
    return [(token.type, token.value) for token in parse_expression(expression) if token.type != "WHITESPACE"]

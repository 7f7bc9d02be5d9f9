"""The names that rules may use: answers of visits, properties of households, and facts that are computed."""

from __future__ import annotations

from collections.abc import Iterable

from forms.domain import DAY, HOUSEHOLDS
from forms.indicators.kinds import Kind, kind_of
from forms.indicators.rules import Target, target_list
from forms.schema import FieldType, FormSchema

# Facts computed for the day, by target. They win over answers of the same name.
COMPUTED: dict[Target, dict[str, Kind]] = {
    "ibu_hamil": {"minggu_hamil": "number", "sudah_melahirkan": "text"},
    "anak": {"usia_bulan": "number"},
    "paud": {"usia_bulan": "number"},
}
HOUSEHOLD_PREFIX = "keluarga_"


def answer_names(schemas: Iterable[FormSchema], target: Target) -> dict[str, Kind]:
    """The names that a single visit answers, with their kinds.

    They are the fields of the forms that monitor the target: those whose main table holds its entity id, and a
    `tanggal`. A field that is of one kind here and of another there is text; one led by `keluarga_` is left out, as
    such names are the household's.
    """
    list_ = target_list(target)
    names: dict[str, Kind] = {}
    for schema in schemas:
        types = {field.name: field.type for field in schema.main.fields}
        if list_ in types and types.get(DAY) == "date":
            for name, field_type in types.items():
                if not name.startswith(HOUSEHOLD_PREFIX):
                    _add(names, name, field_type)
    return names


def known_names(schemas: Iterable[FormSchema], target: Target) -> dict[str, Kind]:
    """Every name that a rule about `target` may use for day D, with its kind.

    Beside the answers they are the household's properties in the register that some form saves, led by `keluarga_`,
    and the facts computed for the day.
    """
    forms = tuple(schemas)
    names = answer_names(forms, target)
    for schema in forms:
        for saved_list, saved, saving in schema.saved_properties():
            if saved_list == HOUSEHOLDS:
                _add(names, HOUSEHOLD_PREFIX + saved, saving.type)
    return names | COMPUTED[target]


def _add(names: dict[str, Kind], name: str, field_type: FieldType) -> None:
    kind = kind_of(field_type)
    names[name] = kind if names.get(name, kind) == kind else "text"

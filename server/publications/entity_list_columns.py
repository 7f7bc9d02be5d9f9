"""The entity lists that published forms write, and the columns that phones see in each."""

from __future__ import annotations

from collections.abc import Iterable

from forms.domain import COMPUTED, TARGET_LISTS
from forms.schema import FormSchema


def lists_written(schemas: Iterable[FormSchema]) -> dict[str, tuple[str, ...]]:
    """Every list that a published form writes, with its properties: the union over all versions, in their order.

    A property once given is kept: a column that goes missing would be deleted on the phones.
    """
    found: dict[str, dict[str, None]] = {}
    for schema in schemas:
        for name in schema.lists:
            found.setdefault(name, {})
        for name, property_, _ in schema.saved_properties():
            found[name].setdefault(property_)
    for name in found.keys() & set(TARGET_LISTS):
        found[name].update(dict.fromkeys(COMPUTED))
    return {name: tuple(properties) for name, properties in sorted(found.items())}

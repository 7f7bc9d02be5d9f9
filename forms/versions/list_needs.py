"""What forms need of the lists that they read on the phone: the list, and which of its properties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from forms.domain import COMPUTED, TARGET_LISTS
from forms.schema import FormSchema
from forms.versions.needs import Need


def list_needs(form: FormSchema, xml: bytes, saved: Iterable[tuple[str, str]]) -> Iterator[Need]:
    """`saved`: the (list, property) pairs that are saved by some form; of these the XForm needs the ones in its
    formulas and filters, but for what the server puts into its lists by itself."""
    words = f"formulir {form.form_id}", f"the form {form.form_id}"
    formulas = list(_formulas(etree.fromstring(xml)))
    for name in form.reads:
        yield Need("list", name, *words)
    given = {(list_, property_) for list_ in TARGET_LISTS for property_ in COMPUTED}
    for list_, property_ in sorted({*saved} - given):
        reading = re.compile(rf"\b(?:instance|pulldata)\(\s*['\"]{re.escape(list_)}['\"]")
        word = re.compile(rf"(?<![\w.-]){re.escape(property_)}(?![\w.-])")
        if list_ in form.reads and any(reading.search(text) and word.search(text) for text in formulas):
            yield Need("property", property_, *words, list_)


def _formulas(document: etree._Element) -> Iterator[str]:
    for element in document.iter(etree.Element):
        yield from (str(text) for text in element.attrib.values() if "(" in str(text))

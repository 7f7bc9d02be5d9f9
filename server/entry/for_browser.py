"""An XForm in words that the form engine of the browser (@getodk/web-forms) takes as JavaRosa takes the original.

What the two do differently is written otherwise here; the answers come out the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from lxml import etree

_XFORMS = "{http://www.w3.org/2002/xforms}"
# A path alone: no calls, no texts.
_DATE_OF_PATH = re.compile(r"(?<![\w-])(date(?:-time)?)\(\s*([./][^()\"']*?)\s*\)")
_NEW_ID = "uuid()"
_PLAIN_ID = re.compile(r"[\w:.-]+")


def for_browser(xform: bytes, chosen: Collection[str] = ()) -> str:
    """The XForm for the browser's engine. `chosen`: ids chosen from lists in answers that are opened again.

    Its date() takes no node, but the node's text. It gives the id of a new entity while the form is opened, and only
    where it is asked for by then, so that who is registered in a group or repeat that opens later would have none: here
    the id is calculated once. It takes a choice away that its list does not let through while answers are opened, also
    where the filter asks for what was chosen: here each of `chosen` is let through.
    """
    root = etree.fromstring(xform)
    for element in root.iter(etree.Element):
        for name, text in element.attrib.items():
            element.set(name, _DATE_OF_PATH.sub(r"\1(string(\2))", str(text)))
    _calculate_ids(root)
    _let_through(root, [one for one in sorted(chosen) if _PLAIN_ID.fullmatch(one)])
    return etree.tostring(root, encoding="unicode")


def _calculate_ids(root: Any) -> None:
    binds = {bind.get("nodeset"): bind for bind in root.iter(f"{_XFORMS}bind")}
    for given in list(root.iter(f"{_XFORMS}setvalue")):
        bind = binds.get(given.get("ref"))
        if given.get("value") == _NEW_ID and bind is not None and bind.get("readonly") == "true()":
            bind.set("calculate", f"once({_NEW_ID})")
            given.getparent().remove(given)


def _let_through(root: Any, chosen: list[str]) -> None:
    those = "".join(f" or name = '{one}'" for one in chosen)
    for itemset in root.iter(f"{_XFORMS}itemset"):
        items, filtered, condition = itemset.get("nodeset", "").partition("/root/item[")
        if those and condition.endswith("]"):
            itemset.set("nodeset", f"{items}{filtered}({condition[:-1]}){those}]")

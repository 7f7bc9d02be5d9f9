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
# A whole path from the root.
_PATH = re.compile(r"(?<![\w\])./'\"-])(?:/[\w:-]+(?:\.[\w-]+)*)+(?![\w/[(.])")
# What is another result in another place, or each time.
_ELSEWHERE_ANOTHER = re.compile(r"(?<!\d)\.(?!\d)|\b(?:once|uuid|random|now|position)\(")
# Holds something only while a form is being opened; templates/isi.js takes it out of what is sent.
MARK = "_sedang_dibuka"
_PLAIN_ID = re.compile(r"[\w:.-]+")


def for_browser(xform: bytes, chosen: Collection[str] = ()) -> str:
    """The XForm for the browser's engine. `chosen`: ids chosen from lists in answers that are opened again.

    Its date() takes no node, but the node's text. It gives the id of a new entity while the form is opened, and only
    where it is asked for by then, so that who is registered in a group or repeat that opens later would have none: here
    the id is calculated once. An action passes by what is not asked while its trigger changes, and takes the results of
    calculations as they were before that: here whatever actions write to is asked for a moment while a form is opened,
    so that the engine knows the trigger from then on, and actions calculate for themselves. It takes a choice away that
    its list does not let through while answers are opened, also where the filter asks for what was chosen: here each of
    `chosen` is let through.
    """
    root = etree.fromstring(xform)
    for element in root.iter(etree.Element):
        for name, text in element.attrib.items():
            element.set(name, _DATE_OF_PATH.sub(r"\1(string(\2))", str(text)))
    _calculate_ids(root)
    _calculate_in_actions(root)
    _let_actions_reach(root)
    _let_through(root, [one for one in sorted(chosen) if _PLAIN_ID.fullmatch(one)])
    return etree.tostring(root, encoding="unicode")


def _calculate_ids(root: Any) -> None:
    binds = {bind.get("nodeset"): bind for bind in root.iter(f"{_XFORMS}bind")}
    for given in list(root.iter(f"{_XFORMS}setvalue")):
        bind = binds.get(given.get("ref"))
        if given.get("value") == _NEW_ID and bind is not None and bind.get("readonly") == "true()":
            bind.set("calculate", f"once({_NEW_ID})")
            given.getparent().remove(given)


def _let_actions_reach(root: Any) -> None:
    """Adds MARK to the answers, and has what actions write to asked as long as it holds something."""
    targets = [f"{action.get('ref')}/" for action in root.iter(f"{_XFORMS}setvalue")]
    closed = [
        bind
        for bind in root.iter(f"{_XFORMS}bind")
        if bind.get("relevant") and any(target.startswith(f"{bind.get('nodeset')}/") for target in targets)
    ]
    if not closed:
        return
    answers = next(root.iter(f"{_XFORMS}instance"))[0]
    name = etree.QName(answers)
    etree.SubElement(answers, etree.QName(name.namespace, MARK)).text = "1"
    path, model = f"/{name.localname}/{MARK}", closed[0].getparent()
    etree.SubElement(model, f"{_XFORMS}bind", nodeset=path, type="string")
    etree.SubElement(model, f"{_XFORMS}setvalue", ref=path, event="odk-instance-load", value="''")
    for bind in closed:
        bind.set("relevant", f"({bind.get('relevant')}) or {path} != ''")


def _calculate_in_actions(root: Any) -> None:
    """Puts calculations into the actions that use their results."""
    binds = {bind.get("nodeset"): bind for bind in root.iter(f"{_XFORMS}bind")}
    closed = tuple(f"{path}/" for path, bind in binds.items() if bind.get("relevant"))
    results = {
        path: bind.get("calculate")
        for path, bind in binds.items()
        if bind.get("calculate")
        and not f"{path}/".startswith(closed)
        and not _ELSEWHERE_ANOTHER.search(bind.get("calculate"))
    }

    def calculated(path: re.Match[str]) -> str:
        inner = results.get(path[0])
        return f"({_PATH.sub(calculated, inner)})" if inner else path[0]

    for action in root.iter(f"{_XFORMS}setvalue"):
        if action.get("value") and "xforms-value-changed" in action.get("event", ""):
            action.set("value", _PATH.sub(calculated, action.get("value")))


def _let_through(root: Any, chosen: list[str]) -> None:
    those = "".join(f" or name = '{one}'" for one in chosen)
    for itemset in root.iter(f"{_XFORMS}itemset"):
        items, filtered, condition = itemset.get("nodeset", "").partition("/root/item[")
        if those and condition.endswith("]"):
            itemset.set("nodeset", f"{items}{filtered}({condition[:-1]}){those}]")

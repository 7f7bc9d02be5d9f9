"""The words of a published form: of its questions and choices, in the languages that the form has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms.problems import Language

Path = tuple[str, ...]

# A label holds what the phone makes bold or coloured, and places for other answers.
_MARKS = re.compile(r"<[^>]*>|\*\*|^#+ ", re.MULTILINE)
_ELSEWHERE = "…"
_REFUSAL = "{http://openrosa.org/javarosa}constraintMsg"
_TRANSLATED = re.compile(r"jr:itext\('(.+)'\)")


@dataclass(frozen=True)
class Labels:
    """`questions` by the element names below the form's root; `choices` by the question's and the value; `refusals`:
    what the form says of an answer that it does not take."""

    questions: dict[Path, dict[str, str]] = field(default_factory=dict)
    choices: dict[Path, dict[str, dict[str, str]]] = field(default_factory=dict)
    refusals: dict[Path, dict[str, str]] = field(default_factory=dict)

    def question(self, path: Path, language: Language) -> str:
        """The question's words, blank where it has none: nobody is asked, the phone computes it."""
        return _in(self.questions.get(path, {}), language)

    def refusal(self, path: Path, language: Language) -> str:
        """What the form says of an answer there that it does not take, blank where it says nothing."""
        return _in(self.refusals.get(path, {}), language)

    def answer(self, path: Path, text: str, language: Language) -> str:
        """What was answered: the words of the choice, or of all that were chosen; else the answer as it is."""
        known = self.choices.get(path)
        if not known:
            return text
        if text in known:
            return _in(known[text], language) or text
        return ", ".join(_in(known.get(one, {}), language) or one for one in text.split())


def read_labels(xml: bytes) -> Labels:
    """The labels of an XForm as pyxform writes it; what has none there has none here."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    texts = _texts(root)
    lists = {one.get("id"): dict(_choices(one, texts)) for one in root.iterfind(".//{*}model/{*}instance[@id]")}
    labels = Labels()
    for control in root.iterfind(".//{*}body//*[@ref]"):
        label = control.find("{*}label")
        path = tuple((control.get("ref") or "").split("/")[2:])
        if label is None or not path:
            continue
        labels.questions[path] = _words(label, texts)
        itemset = control.find("{*}itemset")
        if itemset is not None:
            read = re.match(r"instance\('([^']+)'\)", itemset.get("nodeset", ""))
            labels.choices[path] = lists.get(read[1], {}) if read else {}
        else:
            items = {(one.findtext("{*}value") or ""): one.find("{*}label") for one in control.iterfind("{*}item")}
            labels.choices[path] = {value: _words(one, texts) for value, one in items.items() if one is not None}
    for bind in root.iterfind(".//{*}bind"):
        said = bind.get(_REFUSAL) or ""
        translated = _TRANSLATED.fullmatch(said)
        words = texts.get(translated[1], {}) if translated else {"": said}
        if said:
            labels.refusals[tuple((bind.get("nodeset") or "").split("/")[2:])] = words
    return labels


def _texts(root: Any) -> dict[str, dict[str, str]]:
    """The translations: text id -> language -> words."""
    found: dict[str, dict[str, str]] = {}
    for translation in root.iterfind(".//{*}itext/{*}translation"):
        for text in translation.iterfind("{*}text"):
            value = text.find("{*}value[@form='long']")
            value = text.find("{*}value") if value is None else value
            if value is not None:
                found.setdefault(text.get("id"), {})[translation.get("lang")] = _plain(value)
    return found


def _choices(instance: Any, texts: dict[str, dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    for item in instance.iterfind("{*}root/{*}item"):
        text_id, label = item.findtext("{*}itextId"), item.find("{*}label")
        words = texts.get(text_id, {}) if text_id else {"": _plain(label)} if label is not None else {}
        yield item.findtext("{*}name") or "", words


def _words(label: Any, texts: dict[str, dict[str, str]]) -> dict[str, str]:
    translated = _TRANSLATED.fullmatch(label.get("ref") or "")
    return texts.get(translated[1], {}) if translated else {"": _plain(label)}


def _plain(element: Any) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += [_ELSEWHERE, child.tail or ""]
    return " ".join(_MARKS.sub("", "".join(parts)).split())


def _in(words: dict[str, str], language: Language) -> str:
    """The words in the language, `Bahasa Indonesia (id)` say; in the form's first one where it lacks that."""
    return next(
        (text for name, text in words.items() if name.endswith(f"({language})")), next(iter(words.values()), "")
    )

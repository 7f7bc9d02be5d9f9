"""Filling a form as ODK Collect would, without Java: the questions in their order, and only those that are asked.

Defaults, prefilled answers, relevance and calculations come from the form itself, so that the simulation sends what a
phone would send, and changes when the form does. Constraints are not looked at: a test gives the same answers to the
real engine, which does, and compares what both would send.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

from forms.simulation.engine.form import ATTRIBUTE, FillableForm, Node, Question, Setter
from forms.simulation.engine.values import Value, decimal_text, number_of, text_of, truth_of
from forms.simulation.engine.xpath import NO_ROW, Row

# What a person would answer, by the question's name; under a repeat's name, one such mapping for each instance.
Answer = str | float | date
Known = Mapping[str, Answer | Sequence[Mapping[str, Answer]]]


class MissingAnswerError(Exception):
    """The form asks for something that the simulated person does not know."""


class PhoneFiles(Protocol):
    """The lists and look-up files on a phone, and its random ids."""

    def rows(self, list_name: str, column: str, wanted: str) -> Sequence[Row]: ...

    def new_uuid(self) -> str: ...


@dataclass(frozen=True)
class Filled:
    """A finished form. `answers`: each question that was answered, by its path, in the order of answering."""

    body: bytes
    answers: tuple[tuple[str, str], ...]


@dataclass
class Layer:
    """Texts of nodes, and what follows from them, each by the node's path: for the form itself, or for one instance
    (`place`) of a repeat."""

    texts: dict[str, str] = field(default_factory=dict)
    place: int = 0
    values: dict[str, Value] = field(default_factory=dict)
    relevance: dict[str, bool] = field(default_factory=dict)

    def forget(self, paths: Iterable[str]) -> None:
        """Lets go of what was derived for these nodes."""
        for path in paths:
            self.values.pop(path, None)
            self.relevance.pop(path, None)


class Entry:
    """One form being filled on one phone, from `begun` to `ended`."""

    def __init__(self, form: FillableForm, files: PhoneFiles, begun: datetime, ended: datetime) -> None:
        self.today = begun.date()
        self._form = form
        self._files = files
        self._preloads = {
            ("timestamp", "start"): begun.isoformat(timespec="milliseconds"),
            ("timestamp", "end"): ended.isoformat(timespec="milliseconds"),
        }
        self._answers: list[tuple[str, str]] = []
        self._main = Layer()
        self._instance = Layer()
        self._instances: dict[str, list[Layer]] = {repeat: [] for repeat in form.repeats}
        self._open(None)

    def fill(self, known: Known) -> Filled:
        """Goes through the form. Raises MissingAnswerError where a required question stays without an answer."""
        for question in self._form.questions:
            self._ask(question, known)
        parts = ["<?xml version='1.0' ?>"]
        self._write(self._form.root, parts)
        return Filled("".join(parts).encode(), tuple(self._answers))

    # What expressions look at (see xpath.Scope).

    def value(self, path: str) -> Value:
        values = self._layer(path).values
        if path not in values:
            node = self._form.nodes[path]
            values[path] = _typed(self._text(node), node.type)
        return values[path]

    def rows(self, list_name: str, column: str, wanted: str) -> Sequence[Row]:
        return self._files.rows(list_name, column, wanted)

    def instances(self, repeat: str) -> Sequence[Row]:
        here, found = self._instance, []
        children = [self._form.nodes[path] for path in self._form.nodes[repeat].children]
        for instance in self._instances[repeat]:
            self._instance = instance
            found.append({child.name: self._text(child) for child in children if not child.children})
        self._instance = here
        return found

    def place(self) -> int:
        """The place of the repeat's instance that is being filled, from 1; 0 outside of repeats."""
        return self._instance.place

    def new_uuid(self) -> str:
        return self._files.new_uuid()

    # The state of the form.

    def _layer(self, path: str) -> Layer:
        return self._instance if path in self._form.in_repeat else self._main

    def _text(self, node: Node) -> str:
        """The node's text as it would be sent; "" where it is not relevant."""
        if not self._relevant(node.path):
            return ""
        if node.calculate:
            return _wrapped(node.calculate(self, NO_ROW), node.type)
        text = self._layer(node.path).texts.get(node.path, node.default)
        if node.once and not text:
            text = self._layer(node.path).texts[node.path] = _wrapped(node.once(self, NO_ROW), node.type)
        return text

    def _relevant(self, path: str) -> bool:
        relevance = self._layer(path).relevance
        if path not in relevance:
            node = self._form.nodes[path]
            inherited = node.parent is None or self._relevant(node.parent)
            relevance[path] = inherited and (node.relevant is None or truth_of(node.relevant(self, NO_ROW)))
        return relevance[path]

    def _store(self, path: str, text: str) -> None:
        self._layer(path).texts[path] = text
        for layer in (self._main, self._instance):
            layer.forget(self._form.affected[path])

    def _set(self, setter: Setter) -> None:
        self._store(setter.path, _wrapped(setter.value(self, NO_ROW), self._form.nodes[setter.path].type))

    def _open(self, repeat: str | None) -> None:
        for setter in self._form.opening:
            if self._form.in_repeat.get(setter.path) == repeat:
                self._set(setter)

    # The person's way through it.

    def _ask(self, question: Question, known: Known) -> None:
        node = self._form.nodes[question.path]
        if not self._relevant(node.path):
            return
        answer = known.get(node.name)
        if question.questions is not None:
            instances = list(answer) if isinstance(answer, Sequence) and not isinstance(answer, str) else []
            if question.count:
                wanted = int(number_of(question.count(self, NO_ROW)))
                instances += [{}] * (wanted - len(instances))
            for instance in instances:
                self._begin_instance(node.path)
                for inner in question.questions:
                    self._ask(inner, instance)
        elif isinstance(answer, str | float | int | date):
            self._answer(node, answer, question.setters)
        elif node.required and self.value(node.path) == "":
            self._miss(node)

    def _miss(self, node: Node) -> None:
        raise MissingAnswerError(f"{self._form.form_id}: {node.path}")

    def _begin_instance(self, repeat: str) -> None:
        self._instance = Layer(place=len(self._instances[repeat]) + 1)
        self._instances[repeat].append(self._instance)
        self._main.forget(self._form.affected[repeat])
        self._open(repeat)

    def _answer(self, node: Node, answer: Answer, setters: tuple[Setter, ...]) -> None:
        # JavaRosa writes what was typed into a decimal's field as 24.0, and the same number from a calculation as 24.
        value = float(answer) if isinstance(answer, int) else answer
        text = decimal_text(float(text_of(value))) if node.type == "decimal" else _wrapped(value, node.type)
        self._store(node.path, text)
        repeat = self._form.in_repeat.get(node.path, "")
        numbered = f"{repeat}[{len(self._instances[repeat])}]" if repeat else ""
        self._answers.append((node.path.replace(repeat, numbered, 1), text))
        for setter in setters:
            self._set(setter)

    # What is sent.

    def _write(self, node: Node, parts: list[str]) -> None:
        if node.path not in self._form.repeats:
            self._write_element(node, parts)
            return
        for instance in self._instances[node.path]:
            # What it takes from the form itself may have changed since: derived anew from its texts.
            self._instance = Layer(instance.texts, instance.place)
            self._write_element(node, parts)

    def _write_element(self, node: Node, parts: list[str]) -> None:
        if not self._relevant(node.path):
            return
        parts.append(f"<{node.name}{self._attributes(node)}")
        if node.children:
            parts.append(">")
            for child in node.children:
                self._write(self._form.nodes[child], parts)
            parts.append(f"</{node.name}>")
        elif text := self._preloaded(node):
            parts.append(f">{escape(text)}</{node.name}>")
        else:
            parts.append("/>")

    def _attributes(self, node: Node) -> str:
        texts = {name: self._text(self._form.nodes[node.path + ATTRIBUTE + name]) for name in node.attributes}
        return "".join(f" {name}={quoteattr(text)}" for name, text in texts.items())

    def _preloaded(self, node: Node) -> str:
        if node.preload == ("uid", ""):
            return f"uuid:{self._files.new_uuid()}"
        return self._preloads[node.preload] if node.preload else self._text(node)


def _typed(text: str, kind: str) -> Value:
    """A node's text as the value that an expression sees."""
    if not text:
        return ""
    match kind:
        case "int" | "long" | "decimal":
            return float(text)
        case "date":
            return date.fromisoformat(text)
        case _:
            return text


def _wrapped(value: Value, kind: str) -> str:
    """A value as the text of a node of this type; what is no number leaves a number's node blank."""
    if value == "" or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    match kind:
        case "int" | "long":
            return str(int(number_of(value)))
        case "decimal":
            return text_of(number_of(value))
        case "geopoint":
            return " ".join(str(float(part)) for part in text_of(value).split())
        case _:
            return text_of(value)

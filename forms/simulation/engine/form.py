"""A compiled XForm, taken apart once so that it can be filled many times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lxml import etree

from forms.simulation.engine.xpath import Evaluate, compiled, paths_read

XF = "{http://www.w3.org/2002/xforms}"
JR = "{http://openrosa.org/javarosa}"
ATTRIBUTE = "/@"


class Setter(NamedTuple):
    """A setvalue: the node at `path` gets what `value` gives."""

    path: str
    value: Evaluate


@dataclass
class Node:
    """An element of the primary instance, or an attribute that is calculated (`path` ends with /@name).

    `type` is the bind's, such as string, int, decimal, date; `attributes` hold their defaults by name; `children` are
    paths; `constraint` is what an answer has to fulfil, as the form writes it, blank where it says nothing; `reads` are
    the nodes that its relevance and calculation look at. What `once` gives is kept when it is not blank. `parent` is
    None at the root; `relevant`, `calculate`, `once` and `preload` (its kind and its parameter) are None where the form
    has no such rule for the node.
    """

    path: str
    type: str
    default: str
    attributes: dict[str, str]
    parent: str | None
    children: list[str] = field(default_factory=list)
    required: bool = False
    readonly: bool = False
    constraint: str = ""
    relevant: Evaluate | None = None
    calculate: Evaluate | None = None
    once: Evaluate | None = None
    preload: tuple[str, str] | None = None
    reads: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Question:
    """A control of the form's body; `setters` run when its answer changes.

    A repeat holds its own `questions`, and the `count` of its instances; `count` is None where the form leaves it to
    the user. Both are None where it is no repeat.
    """

    path: str
    setters: tuple[Setter, ...]
    questions: tuple[Question, ...] | None = None
    count: Evaluate | None = None


class FillableForm:
    """The form's nodes by path, what is set when it is opened, and its questions in order.

    `in_repeat` names the repeat that a node lies in; `affected` all nodes whose value or relevance may change when a
    node's text does, itself included. Raises UnsupportedError for an expression that is not known.
    """

    def __init__(self, xml: bytes) -> None:
        head, body = etree.fromstring(xml)
        model: Any = head.find(f"{XF}model")
        self.nodes: dict[str, Node] = {}
        self.opening: list[Setter] = []
        root = next(model.find(f"{XF}instance").iterchildren(etree.Element))
        self.form_id, self.version = root.get("id", ""), root.get("version", "")
        self.root = self._add(root, None)
        for bind in model.iter(f"{XF}bind"):
            if bind.get("nodeset") in self.nodes:
                self._bind(self.nodes[bind.get("nodeset")], bind)
        self.opening += [_setter(one) for one in model.iter(f"{XF}setvalue") if one.get("ref") in self.nodes]
        self.repeats = {element.get("nodeset", "") for element in body.iter(f"{XF}repeat")}
        self.in_repeat = {
            path: repeat for path in self.nodes for repeat in self.repeats if f"{path}/".startswith(f"{repeat}/")
        }
        self.affected = self._affected()
        self.questions = tuple(self._questions(body))

    def _add(self, element: Any, parent: str | None) -> Node:
        path = f"{parent or ''}/{etree.QName(element).localname}"
        if path in self.nodes:  # a repeat stands here twice: as the template for new ones, and as its first instance
            return self.nodes[path]
        attributes = {name: value for name, value in element.attrib.items() if not name.startswith("{")}
        node = self.nodes[path] = Node(path, "string", (element.text or "").strip(), attributes, parent)
        for name, value in attributes.items():
            held = path + ATTRIBUTE + name
            self.nodes[held] = Node(held, "string", value, {}, path)
        children = [self._add(child, path).path for child in element.iterchildren(etree.Element)]
        node.children = list(dict.fromkeys(children))
        return node

    def _bind(self, node: Node, bind: Any) -> None:
        node.type = bind.get("type", "string").rpartition(":")[2]
        node.required = bind.get("required") == "true()"
        node.readonly = bind.get("readonly") == "true()"
        node.constraint = bind.get("constraint", "")
        if relevant := bind.get("relevant"):
            node.relevant = compiled(relevant, node.path)
            node.reads |= paths_read(relevant, node.path)
        if preload := bind.get(f"{JR}preload"):
            node.preload = (preload, bind.get(f"{JR}preloadParams", ""))
        calculate = bind.get("calculate", "")
        if calculate.startswith("once("):
            node.once = compiled(calculate, node.path)
            self.opening.append(Setter(node.path, node.once))
        elif calculate:
            node.calculate = compiled(calculate, node.path)
        if calculate:
            node.reads |= paths_read(calculate, node.path)

    def _affected(self) -> dict[str, frozenset[str]]:
        readers: dict[str, set[str]] = {path: set() for path in self.nodes}
        for path, node in self.nodes.items():
            for read in {*node.reads, *([node.parent] if node.parent else [])}:
                readers[read].add(path)
        told = [path for path, node in self.nodes.items() if path in self.repeats or not node.children]
        return {path: frozenset(_reached(path, readers)) for path in told}

    def _questions(self, parent: Any) -> Iterator[Question]:
        for control in parent.iterchildren(etree.Element):
            tag = etree.QName(control).localname
            path = control.get("ref") or control.get("nodeset") or ""
            if tag == "repeat":
                count = control.get(f"{JR}count")
                how_many = compiled(count, path) if count else None
                yield Question(path, (), tuple(self._questions(control)), how_many)
            elif tag == "group":
                yield from self._questions(control)
            elif path in self.nodes and not self.nodes[path].readonly:
                yield Question(path, tuple(_setter(element) for element in control.iterchildren(f"{XF}setvalue")))


def _reached(start: str, readers: dict[str, set[str]]) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(readers[path])
    return found


def _setter(element: Any) -> Setter:
    path = element.get("ref", "")
    return Setter(path, compiled(element.get("value") or "''", path))

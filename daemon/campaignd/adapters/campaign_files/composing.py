"""YAML text to a tree of nodes: every scalar as text, every surprise refused with its place.

The parser's events are put together here, not by ruamel.yaml, because its own composer keeps
the last of two equal keys, expands aliases without bound and recurses as deep as a file asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from campaignd.adapters.campaign_files.nodes import Entries, Items, Node, Place, Scalar
from campaignd.adapters.campaign_files.yaml_events import (
    Flaw,
    Unreadable,
    find_mark,
    read_events,
)

DEEPEST = 40
MOST_ALIASED = 20_000
"""Nodes that all aliases of a file may stand for together."""

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Document:
    """The root node, None where nothing usable stands, and every flaw met."""

    root: Node | None
    flaws: tuple[Flaw, ...]


def compose(text: str) -> Document:
    """Compose the one document of a YAML text."""
    composer = _Composer(read_events(text))
    try:
        root = composer.compose()
    except Unreadable as stop:
        return Document(None, (*composer.flaws, stop.flaw))
    return Document(root, tuple(composer.flaws))


@dataclass(slots=True)
class _Composer:
    events: Iterator[Any]
    flaws: list[Flaw] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    composed: int = 0
    aliased: int = 0

    def compose(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self._refuse_second(event, root)
                root = self._compose_node(next(self.events), 0)
        return root

    def _refuse_second(self, event: Any, root: Node | None) -> None:
        if root is not None:
            message = "a second document begins here: a campaign file is one document"
            raise Unreadable(Flaw(find_mark(event.start_mark), message, "remove the line '---'"))

    def _compose_node(self, event: Any, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            return self._follow_alias(event)
        if depth > DEEPEST:
            message = f"this is nested deeper than {DEEPEST} levels"
            raise Unreadable(Flaw(find_mark(event.start_mark), message))
        self._refuse_tag(event)
        size_before = self.composed + self.aliased
        self.composed += 1
        self.unfinished.add(event.anchor)
        node = self._compose_content(event, depth)
        self.unfinished.discard(event.anchor)
        if event.anchor:
            self.anchors[event.anchor] = (node, self.composed + self.aliased - size_before)
        return node

    def _follow_alias(self, event: Any) -> Node:
        place = find_mark(event.start_mark)
        name = event.anchor
        if name in self.unfinished:
            raise Unreadable(Flaw(place, f"the alias *{name} stands inside what it stands for"))
        if name not in self.anchors:
            raise Unreadable(
                Flaw(place, f"the alias *{name} has no anchor &{name} above it", _quote_star(name))
            )
        node, size = self.anchors[name]
        self.aliased += size
        if self.aliased > MOST_ALIASED:
            message = f"the aliases of this file stand for more than {MOST_ALIASED} values"
            raise Unreadable(Flaw(place, message, "write fewer aliases of aliases"))
        return node

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self.flaws.append(
                Flaw(
                    find_mark(event.start_mark),
                    f"the YAML tag {_spell_tag(event.tag)!r} has no meaning here",
                    "remove it: every value is read as text",
                )
            )

    def _compose_content(self, event: Any, depth: int) -> Node:
        place = find_mark(event.start_mark)
        match event:
            case ScalarEvent():
                return Scalar(_read_text(event), place)
            case SequenceStartEvent():
                return Items(tuple(self._compose_items(depth)), place)
            case _:
                return Entries(self._compose_entries(depth), place)

    def _compose_items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), SequenceEndEvent):
            yield self._compose_node(event, depth + 1)

    def _compose_entries(self, depth: int) -> Mapping[str, tuple[Place, Node]]:
        entries: dict[str, tuple[Place, Node]] = {}
        merged: list[tuple[Place, Node]] = []
        while not isinstance(event := next(self.events), MappingEndEvent):
            place = find_mark(event.start_mark)
            key = self._compose_node(event, depth + 1)
            value = self._compose_node(next(self.events), depth + 1)
            if _is_merge(event):
                merged.append((place, value))
            elif (name := self._name_key(key, place, entries)) is not None:
                entries[name] = (place, value)
        for place, value in merged:
            self._merge(place, value, entries)
        return entries

    def _name_key(
        self, key: Node, place: Place, entries: Mapping[str, tuple[Place, Node]]
    ) -> str | None:
        if not isinstance(key, Scalar) or not key.text:
            self.flaws.append(Flaw(place, "a key must be a text", "put it in quotes"))
            return None
        if key.text in entries:
            first = entries[key.text][0].line
            self.flaws.append(
                Flaw(place, f"the key {key.text!r} stands here twice: first on line {first}")
            )
            return None
        return key.text

    def _merge(self, place: Place, value: Node, entries: dict[str, tuple[Place, Node]]) -> None:
        sources = value.nodes if isinstance(value, Items) else (value,)
        for source in sources:
            if not isinstance(source, Entries):
                self.flaws.append(Flaw(place, "'<<' takes a mapping, or a list of mappings"))
                return
            for key, entry in source.nodes.items():
                entries.setdefault(key, entry)


def _is_merge(event: Any) -> bool:
    return isinstance(event, ScalarEvent) and event.value == _MERGE and event.style is None


def _read_text(event: Any) -> str | None:
    is_plain = event.style is None
    return None if is_plain and event.value in _NOTHING else event.value


def _spell_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _quote_star(name: str) -> str:
    return f"put '*{name}' in quotes if the star belongs to the text"

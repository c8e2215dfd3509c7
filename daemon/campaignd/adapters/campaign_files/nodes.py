"""A YAML document as a tree that remembers where everything stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from campaignd.core.mistakes import Path


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column, counted from 1."""

    line: int
    column: int


TOP = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, or None where nothing (or `~`) stands."""

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping: each key with its place and its value."""

    nodes: Mapping[str, tuple[Place, "Node"]]
    place: Place


Node = Scalar | Items | Entries
Tree = None | str | list["Tree"] | dict[str, "Tree"]


def to_tree(node: Node) -> Tree:
    """Plain data for the models; every scalar is text or None."""
    match node:
        case Scalar():
            return node.text
        case Items():
            return [to_tree(item) for item in node.nodes]
        case Entries():
            return {key: to_tree(value) for key, (_, value) in node.nodes.items()}


def walk_scalars(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Every scalar value with its path, in the order of the file."""
    if isinstance(node, Scalar):
        yield path, node
    for step, child in _children(node):
        yield from walk_scalars(child, (*path, step))


def _children(node: Node) -> Iterator[tuple[str | int, Node]]:
    match node:
        case Items():
            yield from enumerate(node.nodes)
        case Entries():
            yield from ((key, value) for key, (_, value) in node.nodes.items())
        case Scalar():
            return


def find_place(node: Node, path: Path) -> Place:
    """Where a path stands; for what is not there, where its parent stands.

    A scalar stands where its text does, a list or mapping where its key does.
    """
    place = node.place
    for step in path:
        key_place, child = _step(node, step)
        if child is None:
            break
        node = child
        place = node.place if isinstance(node, Scalar) or key_place is None else key_place
    return place


def find_key_place(node: Node, path: Path) -> Place:
    """Where the last key of a path stands."""
    for step in path[:-1]:
        _, child = _step(node, step)
        if child is None:
            break
        node = child
    key_place, _ = _step(node, path[-1])
    return key_place or find_place(node, path)


def _step(node: Node, step: str | int) -> tuple[Place | None, Node | None]:
    if isinstance(node, Entries) and isinstance(step, str) and step in node.nodes:
        return node.nodes[step]
    if isinstance(node, Items) and isinstance(step, int) and step < len(node.nodes):
        return None, node.nodes[step]
    return None, None

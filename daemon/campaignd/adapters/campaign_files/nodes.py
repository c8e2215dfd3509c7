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

    A text stands where it begins; a list, a mapping and nothing stand where their key does.
    """
    place = node.place
    for step in path:
        key_place, child = _step(node, step)
        if child is None:
            break
        node = child
        has_text = isinstance(node, Scalar) and node.text is not None
        place = node.place if has_text or key_place is None else key_place
    return place


def find_key_place(root: Node, path: Path) -> Place:
    """Where the last key of a path stands."""
    node: Node | None = root
    for step in path[:-1]:
        node = None if node is None else _step(node, step)[1]
    key_place = None if node is None else _step(node, path[-1])[0]
    return key_place or find_place(root, path)


def _step(node: Node, step: str | int) -> tuple[Place | None, Node | None]:
    if isinstance(node, Entries) and isinstance(step, str) and step in node.nodes:
        return node.nodes[step]
    if isinstance(node, Items) and isinstance(step, int) and step < len(node.nodes):
        return None, node.nodes[step]
    return None, None

"""Puts the values of inputs where a file refers to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from campaignd.adapters.campaign_files.nodes import Entries, Items, Node, Scalar, walk_scalars
from campaignd.core.campaign.inputs import fill_in, find_references
from campaignd.core.mistakes import Mistake, Path, suggest

_SECTION = "inputs"


@dataclass(frozen=True, slots=True)
class Filled:
    """A tree with the inputs filled in.

    `open` are the places that refer to inputs without a value, `missing` the names of these,
    `values` all inputs that have one; `from_inputs` tells what filled each other place.
    """

    root: Node
    values: Mapping[str, str]
    missing: tuple[str, ...]
    open: frozenset[Path]
    from_inputs: Mapping[Path, tuple[str, ...]]
    mistakes: tuple[Mistake, ...]


def fill_inputs(root: Node, given: Mapping[str, str]) -> Filled:
    """Fill declared inputs with given values, else with their defaults."""
    declared = _read_declared(root)
    values = {n: v for n, v in (declared | dict(given)).items() if n in declared and v is not None}
    references, mistakes = _find_all_references(root, declared)
    used = {name for names in references.values() for name in names}
    missing = tuple(name for name in declared if name not in values)
    unfilled = {path for path, names in references.items() if not values.keys() >= set(names)}
    fillable = {path: names for path, names in references.items() if path not in unfilled}
    return Filled(
        root=_fill(root, (), values, frozenset(fillable)),
        values=values,
        missing=missing,
        open=frozenset(unfilled),
        from_inputs={path: names for path, names in fillable.items() if names},
        mistakes=(*mistakes, *_check_given(given, declared), *_check_used(declared, used)),
    )


def _read_declared(root: Node) -> dict[str, str | None]:
    """Name to default, None without one; whatever is not an input is left to the models."""
    section = _child(root, _SECTION)
    if not isinstance(section, Entries):
        return {}
    defaults = {name: _child(value, "default") for name, (_, value) in section.nodes.items()}
    return {n: d.text if isinstance(d, Scalar) else None for n, d in defaults.items()}


def _child(node: Node | None, key: str) -> Node | None:
    return node.nodes[key][1] if isinstance(node, Entries) and key in node.nodes else None


def _find_all_references(
    root: Node, declared: Mapping[str, str | None]
) -> tuple[dict[Path, tuple[str, ...]], list[Mistake]]:
    found: dict[Path, tuple[str, ...]] = {}
    mistakes: list[Mistake] = []
    for path, scalar in walk_scalars(root):
        if scalar.text is None or "${" not in scalar.text:
            continue
        problems = list(_check_references(path, scalar.text, declared))
        mistakes += problems
        if not problems:
            found[path] = find_references(scalar.text)
    return found, mistakes


def _check_references(
    path: Path, text: str, declared: Mapping[str, str | None]
) -> Iterator[Mistake]:
    try:
        names = find_references(text)
    except ValueError as error:
        yield Mistake(path, str(error))
        return
    if names and path[0] == _SECTION:
        yield Mistake(path, "an input cannot be made of other inputs", "write its value here")
        return
    for name in names:
        if name not in declared:
            hint = suggest(name, declared) or "declare it under 'inputs'"
            yield Mistake(path, f"the input {name!r} is not declared", hint)


def _check_given(given: Mapping[str, str], declared: Mapping[str, str | None]) -> Iterator[Mistake]:
    for name in given:
        if name not in declared:
            hint = suggest(name, declared) or "declare it under 'inputs', or leave it out"
            yield Mistake((_SECTION,), f"the input {name!r} is given, but not declared", hint)


def _check_used(declared: Mapping[str, str | None], used: set[str]) -> Iterator[Mistake]:
    for name in declared:
        if name not in used:
            yield Mistake(
                (_SECTION, name),
                f"the input {name!r} is not used",
                f"write ${{inputs.{name}}} where it belongs, or remove it",
            )


def _fill(node: Node, path: Path, values: Mapping[str, str], fillable: frozenset[Path]) -> Node:
    match node:
        case Scalar():
            text = node.text
            filled = path in fillable and text is not None
            return Scalar(fill_in(text, values), node.place) if filled and text else node
        case Items():
            children = (
                _fill(item, (*path, index), values, fillable)
                for index, item in enumerate(node.nodes)
            )
            return Items(tuple(children), node.place)
        case Entries():
            entries = {
                key: (place, _fill(value, (*path, key), values, fillable))
                for key, (place, value) in node.nodes.items()
            }
            return Entries(entries, node.place)

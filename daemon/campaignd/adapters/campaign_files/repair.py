"""Makes a broken campaign whole for a moment, so that its sound parts can be checked together.

Every mistake of a file is to be told at once. Checks across parts need a whole campaign, so a
broken part is taken out or replaced by a right one; what is then said about it is dropped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from campaignd.adapters.campaign_files.nodes import Tree
from campaignd.core.mistakes import Path

_AGENT_ID = "gk3jK9mPq2xRt5vW8yZaBc"
_COTOOL_ID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
_MUTATION_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_WHOLE_AGENT: Tree = {"coval": _AGENT_ID, "cotool": _COTOOL_ID}
_ANY = "*"
_STAND_INS: tuple[tuple[tuple[str, ...], Tree], ...] = (
    (("version",), "1"),
    (("name",), "unnamed"),
    (("agents", _ANY), _WHOLE_AGENT),
    (("agents", _ANY, "coval"), _AGENT_ID),
    (("agents", _ANY, "cotool"), _COTOOL_ID),
    (("agents", _ANY, "cotool", "id"), _COTOOL_ID),
    (("personas", _ANY), _AGENT_ID),
    (("personas", _ANY, "id"), _AGENT_ID),
    (("test_sets", _ANY), _AGENT_ID[:8]),
    (("test_sets", _ANY, "id"), _AGENT_ID[:8]),
    (("metrics", _ANY), _AGENT_ID),
    (("metrics", _ANY, "id"), _AGENT_ID),
    (("mutations", _ANY, _ANY), _MUTATION_ID),
)


@dataclass(slots=True)
class Repair:
    """Which places of a tree to leave out, and which to replace by what."""

    removed: set[Path] = field(default_factory=set)
    replaced: dict[Path, Tree] = field(default_factory=dict)
    _kept: dict[Path, list[int]] = field(default_factory=dict)

    def mend(self, keys: Iterable[Path], values: Iterable[Path]) -> bool:
        """Take wrong keys and wrong values out of the way; False where nothing is left to try."""
        for key in keys:
            self.removed.add(key)
        mended = [self._mend_value(path) for path in {_widen(path) for path in values}]
        return all(mended)

    def _mend_value(self, path: Path) -> bool:
        while path and (path in self.removed or path in self.replaced):
            path = path[:-1]
        if not path:
            return False
        stand_in = find_stand_in(path)
        if stand_in is None:
            self.removed.add(path)
        else:
            self.replaced[path] = stand_in
        return True

    def apply(self, tree: Tree, path: Path = ()) -> Tree:
        """The tree as mended so far."""
        if path in self.replaced:
            return self.replaced[path]
        if isinstance(tree, list):
            kept = [i for i in range(len(tree)) if (*path, i) not in self.removed]
            self._kept[path] = kept
            return [self.apply(tree[i], (*path, i)) for i in kept]
        if not isinstance(tree, dict):
            return tree
        added = {str(p[-1]): None for p in self.replaced if p[:-1] == path}
        return {
            key: self.apply(value, (*path, key))
            for key, value in (added | tree).items()
            if (*path, key) not in self.removed
        }

    def original(self, path: Path) -> Path:
        """A path of the mended tree, as it was in the tree given."""
        found: Path = ()
        for step in path:
            kept = self._kept.get(found, ())
            found = (*found, kept[step] if isinstance(step, int) and step < len(kept) else step)
        return found


def _widen(path: Path) -> Path:
    """A broken agent is taken for one that can do everything; else much would seem undeclared."""
    if len(path) > 2 and path[0] == "agents" and path[2] not in {"coval", "cotool"}:  # noqa: PLR2004
        return path[:2]
    return path


def find_stand_in(path: Path) -> Tree:
    """A right value for a place that others refer to, or None."""
    return next((value for form, value in _STAND_INS if _fits(path, form)), None)


def _fits(path: Path, form: tuple[str, ...]) -> bool:
    return len(path) == len(form) and all(
        wanted in {_ANY, step} for step, wanted in zip(path, form, strict=True)
    )

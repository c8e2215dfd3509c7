"""What a campaign declares, as far as gates refer to it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from campaignd.core.metrics import Metric
from campaignd.core.mistakes import Mistake, Path, suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The names a campaign declares.

    `agents` are all agents, `simulated` those with a Coval id, `scored` those with a Cotool id.
    `mutations` are the names of single mutations of all lists. `cells` are the keys of the cells
    that the matrix expands to, or None while they are not known.
    """

    metrics: Mapping[str, Metric]
    agents: Collection[str]
    simulated: Collection[str]
    scored: Collection[str]
    personas: Collection[str]
    test_sets: Collection[str]
    mutations: Collection[str]
    cells: Collection[str] | None = None


def check_names(
    path: Path, names: Collection[str], known: Collection[str], what: str
) -> Iterator[Mistake]:
    """Every name that is not among the known ones is a mistake at its place in the list."""
    for index, name in enumerate(names):
        if name not in known:
            listed = ", ".join(sorted(known)[:8]) or "none are declared"
            hint = suggest(name, known) or f"known: {listed}"
            yield Mistake((*path, index), f"{what} {name!r} is not declared", hint)

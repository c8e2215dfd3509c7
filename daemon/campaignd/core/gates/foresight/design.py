"""How much data each result of a gate will have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from campaignd.core.evidence import BASE
from campaignd.core.gates.checks import selects_cell
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.selection import Where
from campaignd.core.metrics import CotoolMetric, Metric
from campaignd.core.plan import Cell


@dataclass(frozen=True, slots=True)
class Design:
    """What will run. `expected` are agents that Cotool scores: how many runs, None if unknown."""

    cells: tuple[Cell, ...]
    metrics: Mapping[str, Metric]
    expected: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """What one result will be about.

    `arms` are cell and variant of simulations, `agents` those whose Cotool runs count. `cases`
    count once each; `values` counts their tries, personas and variants singly.
    """

    scope: Mapping[str, str]
    arms: frozenset[tuple[str, str]] = frozenset()
    agents: frozenset[str] = frozenset()
    cases: int | None = None
    values: int | None = None

    @property
    def tries(self) -> int:
        """How many values a test case has, at least one."""
        return max(round((self.values or 0) / (self.cases or 1)), 1)


def blocks_of(gate: GateModel, design: Design) -> tuple[Block, ...]:
    """One block per result of a gate on a metric, in the order of the plan."""
    metric = design.metrics.get(getattr(gate, "metric", ""))
    if isinstance(metric, CotoolMetric):
        return tuple(_scored(gate, design))
    groups: dict[tuple[str, ...], list[tuple[Cell, str]]] = {}
    for cell, variant in _arms(gate, design.cells):
        names = tuple(_name(cell, variant, split) for split in _splits(gate))
        groups.setdefault(names, []).append((cell, variant))
    return tuple(
        _block(dict(zip(_splits(gate), names, strict=True)), arms) for names, arms in groups.items()
    )


def _arms(gate: GateModel, cells: Sequence[Cell]) -> Iterator[tuple[Cell, str]]:
    for cell in cells:
        if _selects(gate, cell):
            for variant in (BASE, *(mutation.name for mutation in cell.mutations)):
                if _takes(gate, variant):
                    yield cell, variant


def _selects(gate: GateModel, cell: Cell) -> bool:
    where: Where | None = getattr(gate, "where", None)
    return selects_cell(where, cell.key, cell.agent, cell.persona, cell.test_set)


def _takes(gate: GateModel, variant: str) -> bool:
    chosen: tuple[str, ...] = getattr(gate, "chosen_variants", (BASE,))
    if variant == BASE and "mutation" in _splits(gate):
        return False
    return chosen == ("all",) or variant in chosen or (chosen == ("mutations",) and variant != BASE)


def _splits(gate: GateModel) -> tuple[str, ...]:
    splits: tuple[str, ...] = getattr(gate, "per", ())
    return splits


def _name(cell: Cell, variant: str, split: str) -> str:
    if split in {"mutation", "variant"}:
        return variant
    return cell.key if split == "cell" else str(getattr(cell, split, ""))


def _block(scope: Mapping[str, str], arms: Sequence[tuple[Cell, str]]) -> Block:
    sizes = {(cell.agent, cell.test_set): cell.cases for cell, _ in arms}
    known = [size for size in sizes.values() if size is not None]
    keys = frozenset((cell.key, variant) for cell, variant in arms)
    if len(known) < len(sizes):
        return Block(scope, keys)
    values = sum((cell.cases or 0) * cell.options.iterations for cell, _ in arms)
    return Block(scope, keys, cases=sum(known), values=values)


def _scored(gate: GateModel, design: Design) -> Iterator[Block]:
    where: Where | None = getattr(gate, "where", None)
    wanted = where.agents if where else None
    agents = [name for name in design.expected if wanted is None or name in wanted]
    if "agent" in _splits(gate):
        for agent in agents:
            yield _runs({"agent": agent}, [agent], design)
    elif agents:
        yield _runs({}, agents, design)


def _runs(scope: Mapping[str, str], agents: Sequence[str], design: Design) -> Block:
    sizes = [design.expected[agent] for agent in agents]
    known = [size for size in sizes if size is not None]
    total = sum(known) if len(known) == len(sizes) else None
    return Block(scope, agents=frozenset(agents), cases=total, values=total)

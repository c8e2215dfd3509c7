"""The values of an execution as arrays, built once before gates look at them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from campaignd.core.columns import Column, simulation_columns
from campaignd.core.coval import RunStatus
from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence, SimulationEvidence
from campaignd.core.metrics import Metric

IntArray = NDArray[np.int64]
ABSENT = -1
"""In `Frame.source`: an item that was planned and never seen."""


class Status(IntEnum):
    """How an item ended: FAILED is the agent's, LOST the platform's."""

    COMPLETED = 0
    FAILED = 1
    LOST = 2


@dataclass(frozen=True, slots=True)
class Arm:
    """The smallest block that gates tell apart.

    A variant of a cell, or, of what Cotool says, one criterion (None for other metrics) of an agent.
    """

    agent: str
    cell: str | None = None
    persona: str | None = None
    test_set: str | None = None
    variant: str | None = None
    criterion: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What counts once: a test case of an agent and test set, or a Cotool run.

    `item` is the id of the test case or run; None where Coval does not tell it.
    """

    agent: str
    test_set: str | None
    item: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Items in rows, arm by arm: arm i has the rows from `starts[i]` up to `starts[i + 1]`.

    Within an arm rows go by unit, then by creation time and id; `iteration` counts them from 1.
    `units` are indexes into `unit_names`, `status` holds members of Status, and `source` indexes
    into the evidence's simulations or scores. Planned items that were never seen have rows, too:
    LOST and ABSENT.
    """

    arms: tuple[Arm, ...]
    starts: IntArray
    units: IntArray
    unit_names: tuple[Unit, ...]
    iteration: IntArray
    status: NDArray[np.int8]
    source: IntArray
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows on their way into a frame, in any order; one array element each."""

    arms: IntArray
    units: IntArray
    source: IntArray


def build_frame(evidence: Evidence, metrics: Mapping[str, Metric]) -> Frame:
    """Lay the simulations of all cells out, with one column per Coval metric.

    Simulations of cells or variants that were not planned are left out.
    """
    arms = tuple(_arms(evidence.cells))
    cells = {cell.key: cell for cell in evidence.cells}
    naming = _Naming(cells, {(arm.cell, arm.variant): index for index, arm in enumerate(arms)})
    seen = naming.place(evidence.simulations)
    rows = _sorted(_with_lost(seen, naming, arms), evidence.simulations)
    return Frame(
        arms=arms,
        starts=np.searchsorted(rows.arms, np.arange(len(arms) + 1)),
        units=rows.units,
        unit_names=tuple(naming.units),
        iteration=_iterations(rows),
        status=_statuses(evidence.simulations)[rows.source],
        source=rows.source,
        columns=simulation_columns(evidence.simulations, metrics, rows.source),
    )


def _arms(cells: tuple[CellEvidence, ...]) -> Iterator[Arm]:
    for cell in cells:
        for variant in cell.variants:
            yield Arm(cell.agent, cell.key, cell.persona, cell.test_set, variant)


class _Naming:
    """Numbers units as they turn up; the test cases of a suite are those of all its arms."""

    def __init__(
        self, cells: Mapping[str, CellEvidence], arms: Mapping[tuple[str | None, str | None], int]
    ) -> None:
        self.cells = cells
        self.arms = arms
        self.units: dict[Unit | tuple[Unit, object], int] = {}
        self.cases: dict[tuple[str, str], list[int]] = {}

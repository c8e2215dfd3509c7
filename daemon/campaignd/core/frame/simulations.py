"""From the evidence of Coval's simulations to a frame."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence, SimulationEvidence
from campaignd.core.frame.columns import Column, build_column, flags_column
from campaignd.core.frame.model import (
    ABSENT,
    Arm,
    Frame,
    IntArray,
    Rows,
    Status,
    Unit,
    count_iterations,
)
from campaignd.core.metrics import SIMULATIONS, CovalMetric, Metric

Suite = tuple[str, str]
"""Agent and test set: in all its arms the same test cases run."""


class _Units:
    """Numbers units as they turn up, and knows the named test cases of each suite."""

    def __init__(self) -> None:
        self.names: list[Unit] = []
        self.named: dict[Suite, list[int]] = {}
        self._numbers: dict[tuple[Suite, str | int], int] = {}

    def of_case(self, suite: Suite, test_case: str) -> int:
        number = self._numbers.get((suite, test_case))
        if number is None:
            number = self._numbers[suite, test_case] = self.new(suite, test_case)
            self.named.setdefault(suite, []).append(number)
        return number

    def of_unseen(self, suite: Suite, position: int) -> int:
        """A planned case of which nothing was seen in any arm; the arms share it."""
        if (suite, position) not in self._numbers:
            self._numbers[suite, position] = self.new(suite, None)
        return self._numbers[suite, position]

    def new(self, suite: Suite, item: str | None) -> int:
        self.names.append(Unit(*suite, item))
        return len(self.names) - 1


def build_frame(evidence: Evidence, metrics: Mapping[str, Metric]) -> Frame:
    """Lay out the simulations of all cells, with a column per Coval metric and `simulations`.

    What was planned and not seen has a row, in the test case that lacks it where that can be
    told. Simulations of cells and variants that were not planned are left out.
    """
    cells, simulations = evidence.cells, evidence.simulations
    units = _Units()
    seen = _place(simulations, cells, units)
    lost = _lost(cells, seen, units)
    rows = _sorted(seen.joined(lost), simulations)
    arms = tuple(_arms(cells))
    return Frame(
        arms=arms,
        starts=np.searchsorted(rows.arms, np.arange(len(arms) + 1)),
        units=rows.units,
        unit_names=tuple(units.names),
        iteration=count_iterations(rows),
        status=_statuses(simulations)[rows.source],
        source=rows.source,
        columns={name: column.take(rows.source) for name, column in _columns(evidence, metrics)},
        repeated=_repeated(simulations),
    )


def _repeated(simulations: Sequence[SimulationEvidence]) -> IntArray:
    ids = [simulation.simulation_id for simulation in simulations]
    if len(set(ids)) == len(ids):
        return np.empty(0, dtype=np.int64)
    counted = Counter(ids)
    return np.array([n for n, one in enumerate(ids) if counted[one] > 1], dtype=np.int64)


def _arms(cells: Sequence[CellEvidence]) -> Iterator[Arm]:
    for cell in cells:
        for variant in cell.variants:
            yield Arm(cell.agent, cell.key, cell.persona, cell.test_set, variant)


def _place(
    simulations: Sequence[SimulationEvidence], cells: Sequence[CellEvidence], units: _Units
) -> Rows:
    arms = {(arm.cell, arm.variant): number for number, arm in enumerate(_arms(cells))}
    suites = {
        cell.key: (cell.agent, cell.test_set)
        for cell in cells
        if cell.outcome is CellOutcome.COLLECTED
    }
    rows = []
    for source, simulation in enumerate(simulations):
        arm = arms.get((simulation.cell, simulation.variant))
        suite = suites.get(simulation.cell)
        if arm is None or suite is None:
            continue
        case = simulation.test_case
        unit = units.new(suite, None) if case is None else units.of_case(suite, case)
        rows.append((arm, unit, source))
    return Rows.of(rows)


def _lost(cells: Sequence[CellEvidence], seen: Rows, units: _Units) -> Rows:
    """Rows for what was planned and not seen, arm by arm."""
    order = np.argsort(seen.arms, kind="stable")
    count = sum(len(cell.variants) for cell in cells)
    starts = np.searchsorted(seen.arms[order], np.arange(count + 1))
    rows: list[tuple[int, int, int]] = []
    planned = (cell for cell in cells for _ in cell.variants)
    for arm, cell in enumerate(planned):
        present = seen.units[order[starts[arm] : starts[arm + 1]]]
        missing = cell.cases_planned * cell.iterations - len(present)
        if missing > 0:
            lacking = _lacking(cell, present, missing, units)
            rows += [(arm, unit, ABSENT) for unit in lacking]
    return Rows.of(rows)


def _lacking(cell: CellEvidence, present: IntArray, missing: int, units: _Units) -> list[int]:
    """The units of missing items: known test cases that lack some, then unknown ones."""
    suite = (cell.agent, cell.test_set)
    known = np.array(units.named.get(suite, ()), dtype=np.int64)
    counts = np.bincount(present, minlength=len(units.names))[known]
    gaps = np.maximum(cell.iterations - counts, 0)
    lacking: list[int] = np.repeat(known, gaps)[:missing].tolist()
    rest = missing - len(lacking)
    unseen = (units.of_unseen(suite, position) for position in range(ceil(rest / cell.iterations)))
    return lacking + [unit for unit in unseen for _ in range(cell.iterations)][:rest]


def _sorted(rows: Rows, simulations: Sequence[SimulationEvidence]) -> Rows:
    created = np.array([s.created_at.timestamp() for s in simulations] + [inf])[rows.source]
    ids = np.array([s.simulation_id for s in simulations] + [""])[rows.source]
    return rows.take(np.lexsort((ids, created, rows.units, rows.arms)))


def _statuses(simulations: Sequence[SimulationEvidence]) -> NDArray[np.int8]:
    """The status of each simulation, and of ABSENT at the end."""
    known = {RunStatus.COMPLETED: Status.COMPLETED, RunStatus.FAILED: Status.FAILED}
    ends = [known.get(simulation.status, Status.LOST) for simulation in simulations]
    return np.array([*ends, Status.LOST], dtype=np.int8)


def _columns(evidence: Evidence, metrics: Mapping[str, Metric]) -> Iterator[tuple[str, Column]]:
    """Each metric's column over all simulations, with nothing for ABSENT at the end."""
    completed = {RunStatus.COMPLETED: True, RunStatus.FAILED: False}
    ended = [completed.get(simulation.status) for simulation in evidence.simulations]
    yield SIMULATIONS, flags_column([*ended, None])
    for name, metric in metrics.items():
        if isinstance(metric, CovalMetric):
            yield name, build_column([*_values(evidence.simulations, name), None], metric)


def _values(simulations: Sequence[SimulationEvidence], metric: str) -> Iterator[Value]:
    for simulation in simulations:
        completed = simulation.status is RunStatus.COMPLETED
        yield simulation.values.get(metric) if completed else None

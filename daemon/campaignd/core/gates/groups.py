"""The data that one gate result is about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from campaignd.core.evidence import BASE, CellEvidence, CellOutcome, Evidence
from campaignd.core.frame import Arm, Frame, Kind, Status
from campaignd.core.gates.findings import (
    MISSING_DATA,
    MISSING_NUMBERS,
    NOT_GRADED,
    TOO_FEW,
    Finding,
)
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.references import Reference
from campaignd.core.gates.sample import Sample
from campaignd.core.metrics import CotoolMetric, Metric
from campaignd.core.verdicts import GateVerdict

_SLACK = 1e-9
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Group:
    """Rows of a frame, for one gate.

    `arms` index into the frame's arms. `metric` is None for `pass_rate: simulations`. `scope`
    names what a split gate was split by, `variant` the variant. `waived` are test cases of it that
    were left out. `base` is what it is compared with, of the evidence that `reference` names;
    `lack` says why
    there is none, and `past` is the same group in executions of the past.
    """

    evidence: Evidence
    frame: Frame
    name: str
    metric: Metric | None
    arms: tuple[int, ...]
    scope: Mapping[str, str]
    variant: str | None = None
    waived: tuple[str, ...] = ()
    base: "Group | None" = None
    reference: Reference | None = None
    lack: Finding | None = None
    past: tuple["Group", ...] = ()

    @property
    def about(self) -> str:
        """What it is, where its gate is split: ` of mutation gpt-4o, persona calm`."""
        said = [f"{split} {name}" for split, name in self.scope.items()]
        if self.variant is not None:
            of_base = self.variant == BASE
            said.insert(0, "the base agent" if of_base else f"mutation {self.variant}")
        return f" of {', '.join(said)}" if said else ""

    @property
    def is_cotool(self) -> bool:
        return isinstance(self.metric, CotoolMetric)

    @property
    def unit(self) -> str | None:
        return self.metric.unit if self.metric else None

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Indexes of the group's rows in the frame."""
        starts = self.frame.starts
        spans = [np.arange(starts[arm], starts[arm + 1]) for arm in self.arms]
        return np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)

    def _take(self, column: NDArray[_T]) -> NDArray[_T]:
        """The group's rows of a column: a view where its arms stand together, for speed."""
        rows = self.rows
        if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
            return column[rows[0] : rows[-1] + 1]
        return column[rows]

    @cached_property
    def status(self) -> NDArray[np.int8]:
        return self._take(self.frame.status)

    @cached_property
    def units(self) -> NDArray[np.int64]:
        return self._take(self.frame.units)

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        return self._take(self.frame.columns[self.name].kinds)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The numbers as they were measured; nan where there is none."""
        return self._take(self.frame.columns[self.name].numbers)

    @cached_property
    def seen_twice(self) -> str | None:
        """The id of a simulation that the evidence has twice, if there is one."""
        repeated = self.frame.repeated
        if not len(repeated):
            return None
        found = np.intersect1d(self.frame.source[self.rows], repeated)
        return self.evidence.simulations[int(found[0])].simulation_id if len(found) else None

    @cached_property
    def passes(self) -> Sample:
        """Whether each item passes: 1 or 0. What the agent failed passes nothing."""
        return self._sample(self.frame.columns[self.name].passes, 0.0)

    def numbers(self, failed_as: float = np.nan) -> Sample:
        """The number of each item, and this one for what the agent failed."""
        return self._sample(self.frame.columns[self.name].numbers, failed_as)

    def issues(self, ignored: Collection[str]) -> Sample:
        """1 for each Cotool run with a critical issue of a category that counts, else 0."""
        found = 1 - self.passes.values
        for row in np.flatnonzero(found == 1).tolist():
            issue = self.evidence.scores[self.source_of(row)].run.critical_issue
            found[row] = issue is not None and issue.category not in ignored
        return Sample(found, self.units)

    def _sample(self, column: NDArray[np.float64], failed_as: float) -> Sample:
        values = self._take(column).copy()
        values[self.status == Status.FAILED] = failed_as
        values[self.status == Status.LOST] = np.nan
        return Sample(values, self.units)

    @cached_property
    def arm_numbers(self) -> NDArray[np.int64]:
        """The arm of each row, as an index into the frame's arms."""
        sizes = np.diff(self.frame.starts)
        arms = np.asarray(self.arms, dtype=np.int64)
        return np.repeat(arms, sizes[arms]) if len(arms) else arms

    @cached_property
    def failed(self) -> int:
        return int(np.count_nonzero(self.status == Status.FAILED))

    @cached_property
    def cells(self) -> tuple[CellEvidence, ...]:
        """The cells that the group's arms belong to, in the order of the plan."""
        keys = {self.frame.arms[arm].cell for arm in self.arms}
        return tuple(cell for cell in self.evidence.cells if cell.key in keys)

    def cells_that(self, outcome: CellOutcome) -> tuple[str, ...]:
        return tuple(cell.key for cell in self.cells if cell.outcome is outcome)

    @cached_property
    def is_delivered(self) -> bool:
        """False where items completed and not one of them has a value of the metric."""
        completed = self.status == Status.COMPLETED
        return bool((self.kinds[completed] != Kind.NOTHING).any()) or not completed.any()

    def arm_of(self, row: int) -> Arm:
        """The arm of one of the group's rows, by its place in the group."""
        number = int(np.searchsorted(self.frame.starts, self.rows[row], side="right")) - 1
        return self.frame.arms[number]

    def source_of(self, row: int) -> int:
        """Where the evidence has the item of a row that has a value."""
        return int(self.frame.source[self.rows[row]])

    def settle(
        self, gate: MetricGate, observed: bool, bracket: tuple[bool, ...]
    ) -> tuple[GateVerdict, str | None]:
        """The verdict, and why if there is none.

        `observed` is whether the promise is kept by what is there, `bracket` whether it would be
        with all that is missing at one end, and with all of it at the other.
        """
        if self.is_cotool:
            return self._settle_graded(gate, observed, can_keep=any(bracket))
        if len(set(bracket)) > 1:
            return GateVerdict.INCONCLUSIVE, MISSING_DATA
        return _said(observed), None

    def settle_number(
        self, gate: MetricGate, observed: bool, sample: Sample
    ) -> tuple[GateVerdict, str | None]:
        """The same for a number of which nobody knows how far the missing values would move it."""
        if self.is_cotool:
            return self._settle_graded(gate, observed, can_keep=True)
        if sample.missing > MISSING_NUMBERS * len(sample.values):
            return GateVerdict.INCONCLUSIVE, MISSING_DATA
        return _said(observed), None

    def is_graded_enough(self, gate: MetricGate) -> bool:
        return self.runs_graded >= gate.graded_share * self.runs - _SLACK

    def _settle_graded(
        self, gate: MetricGate, observed: bool, can_keep: bool
    ) -> tuple[GateVerdict, str | None]:
        if self.runs_graded < (gate.at_least_runs or 0):
            return GateVerdict.INCONCLUSIVE, TOO_FEW
        if self.is_graded_enough(gate):
            return _said(observed), None
        return (GateVerdict.INCONCLUSIVE, NOT_GRADED) if can_keep else (GateVerdict.FAILED, None)

    @property
    def runs(self) -> int:
        """How many runs Cotool has, graded or not."""
        return len(np.unique(self.units))

    @property
    def runs_graded(self) -> int:
        """How many runs have a value of the metric."""
        return len(np.unique(self.units[self.kinds != Kind.NOTHING]))


def _said(kept: bool) -> GateVerdict:
    return GateVerdict.PASSED if kept else GateVerdict.FAILED

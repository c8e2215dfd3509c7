"""How values spread in past executions of a campaign, or how they are assumed to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from campaignd.core.evidence import BASE, Evidence
from campaignd.core.frame import Arm, Frame, Status, Unit, build_frame, build_score_frame
from campaignd.core.gates.foresight.design import Block
from campaignd.core.metrics import SIMULATIONS, CotoolMetric, Metric

FloatArray = NDArray[np.float64]
Read = Callable[[FloatArray], FloatArray]
"""From the numbers of a column to what is averaged."""

LIKENESS = 0.5
"""How much tries of a test case are assumed to agree, as a correlation."""
_SEVERAL = 2


@dataclass(frozen=True, slots=True, eq=False)
class Tries:
    """Values of cases in past executions; one element each."""

    values: FloatArray
    cases: NDArray[np.int64]
    executions: NDArray[np.int64]

    def by_execution(self) -> tuple[float, ...]:
        """The mean of each execution, its cases counting once."""
        return tuple(
            float(_means(self.values[these], self.cases[these])[0].mean())
            for these in (self.executions == number for number in np.unique(self.executions))
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of past values, and their standard deviations.

    `cases` is that of the true means of cases, `tries` that of single tries of one case.
    """

    mean: float
    cases: float
    tries: float
    seen: int

    @property
    def likeness(self) -> float:
        """The correlation of two tries of a case."""
        whole = self.cases**2 + self.tries**2
        return self.cases**2 / whole if whole else LIKENESS

    def of_means(self, tries: int) -> float:
        """The standard deviation of means of so many tries of a case."""
        return sqrt(self.cases**2 + self.tries**2 / tries)


class Past:
    """The last passed executions of a campaign, oldest first."""

    def __init__(self, executions: Sequence[Evidence], metrics: Mapping[str, Metric]) -> None:
        self.executions = tuple(executions)
        self._metrics = metrics
        self._laid_out: dict[str, Sequence[_Night]] = {}

    def passing(self, metric: str, block: Block) -> Tries:
        """1 for each value that passes, 0 for the others and for what failed."""
        return self._tries(metric, block, _Reading("passes", lambda values: values, 0.0))

    def numbers(self, metric: str, block: Block, read: Read = lambda values: values) -> Tries:
        """The number of each completed simulation, or of each Cotool run."""
        return self._tries(metric, block, _Reading("numbers", read, np.nan))

    def keeping(self, metric: str, block: Block, holds: Callable[[FloatArray], object]) -> Tries:
        """1 for each number that keeps to a bar, 0 for the others and for what failed."""

        def read(values: FloatArray) -> FloatArray:
            kept = np.asarray(holds(values), dtype=np.float64)
            return np.where(np.isnan(values), np.nan, kept)

        return self._tries(metric, block, _Reading("numbers", read, 0.0))

    def reaction(self, metric: str, block: Block, source: str) -> float | None:
        """How the true changes of cases vary from base to the block's variants.

        Their standard deviation, over the cells of past executions; None where nothing tells.
        `source` is the kind of values: passes or numbers.
        """
        reading = _Reading(source, lambda values: values, 0.0 if source == "passes" else np.nan)
        cells = {(cell, BASE) for cell, variant in block.arms if variant != BASE}
        varied = [
            excess
            for night in self._nights(metric)
            for cell, variant in sorted(block.arms)
            if (cell, BASE) in cells and variant != BASE
            for excess in _excess(night.frame, metric, reading, (cell, variant))
        ]
        return sqrt(max(fmean(varied), 0.0)) if varied else None

    def runs(self, agents: frozenset[str]) -> int | None:
        """How many runs Cotool had of some agents, in the mean of executions."""
        counts = [sum(s.agent in agents for s in past.scores) for past in self.executions]
        return round(fmean(counts)) if counts and sum(counts) else None

    def _nights(self, metric: str) -> "Sequence[_Night]":
        declared = self._metrics.get(metric)
        name = metric if isinstance(declared, CotoolMetric) else SIMULATIONS
        if name not in self._laid_out:
            self._laid_out[name] = tuple(self._lay_out(name))
        return self._laid_out[name]

    def _lay_out(self, name: str) -> "Iterator[_Night]":
        numbers: dict[Unit, int] = {}
        declared = self._metrics.get(name)
        for past in self.executions:
            if isinstance(declared, CotoolMetric):
                frame = build_score_frame(past, name, declared)
            else:
                frame = build_frame(past, self._metrics)
            cases = [numbers.setdefault(unit, len(numbers)) for unit in frame.unit_names]
            yield _Night(frame, np.array(cases, np.int64))

    def _tries(self, metric: str, block: Block, reading: "_Reading") -> Tries:
        parts = [(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))]
        for execution, night in enumerate(self._nights(metric)):
            for arm in _matching(night.frame, block):
                values, units = reading.of(night.frame, metric, arm)
                where = np.full(len(values), execution, np.int64)
                parts.append((values, night.cases[units], where))
        values, cases, executions = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Tries(values, cases, executions)


def spread_of(tries: Tries) -> Spread | None:
    """Analyse the variance of values within and between cases; None with fewer than two cases.

    Where no case has several tries, the variance is shared out by the assumed likeness. Searle,
    S. R., Casella, G. and McCulloch, C. E. (1992), Variance Components, 3.6.
    """
    means, counts = _means(tries.values, tries.cases)
    several, total = len(means), len(tries.values)
    if several < _SEVERAL:
        return None
    mean = float(means.mean())
    if total == several:
        variance = float(means.var(ddof=1))
        cases, rest = variance * LIKENESS, variance * (1 - LIKENESS)
        return Spread(mean, sqrt(cases), sqrt(rest), total)
    overall = float(tries.values.mean())
    within_squares = float(((tries.values - overall) ** 2).sum())
    between_squares = float((counts * (means - overall) ** 2).sum())
    within = max(within_squares - between_squares, 0.0) / (total - several)
    size = (total - float((counts**2).sum()) / total) / (several - 1)
    between = max((between_squares / (several - 1) - within) / size, 0.0)
    return Spread(mean, sqrt(between), sqrt(within), total)


@dataclass(frozen=True, slots=True, eq=False)
class _Night:
    """The frame of one execution, and the number of each of its units among all executions."""

    frame: Frame
    cases: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Reading:
    """Which part of a column is read, what becomes of it, and what a failed simulation counts."""

    source: str
    read: Read
    failed_as: float

    def of(self, frame: Frame, metric: str, arm: int) -> tuple[FloatArray, NDArray[np.int64]]:
        rows = slice(int(frame.starts[arm]), int(frame.starts[arm + 1]))
        values = np.array(self.read(getattr(frame.columns[metric], self.source)[rows]))
        status = frame.status[rows]
        values[status == Status.FAILED] = self.failed_as
        values[status == Status.LOST] = np.nan
        there = ~np.isnan(values)
        return values[there], frame.units[rows][there]


def _matching(frame: Frame, block: Block) -> Iterator[int]:
    for number, arm in enumerate(frame.arms):
        if _belongs(arm, block):
            yield number


def _belongs(arm: Arm, block: Block) -> bool:
    if arm.cell is None:
        return arm.agent in block.agents
    return (arm.cell, arm.variant) in block.arms


def _excess(frame: Frame, metric: str, reading: _Reading, key: tuple[str, str]) -> Iterator[float]:
    """By how much the differences of a cell's cases vary more than chance makes them."""
    arms = {(arm.cell, arm.variant): number for number, arm in enumerate(frame.arms)}
    if key not in arms or (key[0], BASE) not in arms:
        return
    sides = [reading.of(frame, metric, arms[at]) for at in ((key[0], BASE), key)]
    shared = np.intersect1d(sides[0][1], sides[1][1])
    if len(shared) < _SEVERAL:
        return
    means, noise = zip(*(_means_at(shared, *side) for side in sides), strict=True)
    if None not in noise:
        yield float(np.var(means[1] - means[0], ddof=1)) - sum(noise)


def _means_at(
    shared: NDArray[np.int64], values: FloatArray, units: NDArray[np.int64]
) -> tuple[FloatArray, float | None]:
    """The means of some cases, and the variance that chance gives each; None with one try each."""
    kept = np.isin(units, shared)
    means, counts = _means(values[kept], units[kept])
    free = int(counts.sum()) - len(counts)
    if not free:
        return means, None
    _, places = np.unique(units[kept], return_inverse=True)
    within = float(((values[kept] - means[places]) ** 2).sum()) / free
    return means, float((within / counts).mean())


def _means(values: FloatArray, cases: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """The mean of each case and how many values it has."""
    _, places, counts = np.unique(cases, return_inverse=True, return_counts=True)
    sums = np.bincount(places, weights=values, minlength=len(counts))
    return sums / np.maximum(counts, 1), counts.astype(np.float64)

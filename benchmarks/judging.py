"""Judging many gates on many values."""

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from time import process_time

import numpy as np
from measuring import Comparison, Effort, Unit, take_turns, timed
from numpy.typing import NDArray

from campaignd.core.coval import RunStatus
from campaignd.core.evidence import BASE, CellEvidence, CellOutcome, Evidence, SimulationEvidence
from campaignd.core.frame import build_frame
from campaignd.core.gates import Gate, parse_gate
from campaignd.core.gates.judging import judge_gates
from campaignd.core.metrics import CovalMetric

CELLS, CASES, ITERATIONS = 50, 500, 10
NUMBERS = ("latency", "turns", "rating", "cost")
KINDS = ("mean", "median", "p95", "pass_rate")
METRICS = {
    name: CovalMetric.model_validate({"id": name.ljust(22, "0"), "pass_when": {"at_least": "1"}})
    for name in NUMBERS
}
_START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare 200 gates, a cell each, with numpy's mean and sort of what each looks at."""
    evidence, gates = make_evidence(effort.of(CASES)), make_gates()
    arrays = _arrays_of(evidence)
    values = len(NUMBERS) * len(evidence.simulations)
    mean_and_sort, read, lay_out, judge = take_turns(
        effort.repeats,
        partial(timed, lambda: [(array.mean(), np.sort(array)) for array in arrays], process_time),
        partial(timed, lambda: _arrays_of(evidence), process_time),
        partial(timed, lambda: build_frame(evidence, METRICS), process_time),
        partial(timed, lambda: judge_gates(gates, evidence, METRICS), process_time),
    )
    what, numpy = f"judge {len(gates)} gates on {values:,} values (CPU)", "numpy's mean and sort"
    yield Comparison(what, judge, f"{numpy} of the same arrays", mean_and_sort)
    yield Comparison("of this, lay the values out (CPU)", lay_out, "numpy reading them", read)
    peak = _peak_of_judging(gates, evidence) / values
    yield Comparison(
        "peak memory of judging, a value", [peak], "a float64", [np.float64().nbytes], Unit.BYTES
    )


def make_evidence(cases: int) -> Evidence:
    """Make cells whose simulations all completed, with a number for each metric."""
    dice = Random(1)  # noqa: S311  # the same numbers each time
    cells = [
        CellEvidence(
            key=f"agent/persona/set{n}",
            agent="agent",
            persona="persona",
            test_set=f"set{n}",
            variants=(BASE,),
            cases_planned=cases,
            iterations=ITERATIONS,
            outcome=CellOutcome.COLLECTED,
        )
        for n in range(CELLS)
    ]
    simulations = (
        _simulate(cell, f"{cell.test_set}-case{case}", iteration, dice)
        for cell in cells
        for iteration in range(ITERATIONS)
        for case in range(cases)
    )
    return Evidence(tuple(cells), tuple(simulations))


def make_gates() -> list[Gate]:
    """Make a gate of each kind for each cell, each on its own metric: each value counts once."""
    return [
        parse_gate(
            {
                kind: metric,
                "at_least": "80%" if kind == "pass_rate" else "1",
                "where": {"cells": [f"agent/persona/set{n}"]},
            }
        )
        for n in range(CELLS)
        for kind, metric in zip(KINDS, NUMBERS, strict=True)
    ]


def _simulate(cell: CellEvidence, case: str, iteration: int, dice: Random) -> SimulationEvidence:
    return SimulationEvidence(
        cell=cell.key,
        variant=BASE,
        test_case=case,
        simulation_id=f"{case}-{iteration}",
        created_at=_START + timedelta(seconds=iteration),
        status=RunStatus.COMPLETED,
        values={name: dice.gauss(2.0, 0.5) for name in NUMBERS},
    )


def _arrays_of(evidence: Evidence) -> Sequence[NDArray[np.float64]]:
    """Return what each gate looks at, as numpy would like it best."""
    columns = (np.array([s.values[name] for s in evidence.simulations]) for name in NUMBERS)
    return [array for column in columns for array in np.split(column, CELLS)]


def _peak_of_judging(gates: Sequence[Gate], evidence: Evidence) -> int:
    tracemalloc.start()
    try:
        judge_gates(gates, evidence, METRICS)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

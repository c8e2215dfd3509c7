"""Saving what a run measured, and reading it back for the judgement."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from time import perf_counter

import anyio
from measuring import Comparison, Effort, take_turns
from shelf import METRICS, NOW, Shelf, folder, open_raw, open_shelf

from campaignd.core.coval import Results, RunStatus, Simulation
from campaignd.core.execution import Execution, Launch
from campaignd.core.states import LaunchState

SIMULATIONS, PAGE = 10_000, 1000
_TABLES = ("simulation", "value")
_SAVE_SIMULATION = (
    "INSERT OR REPLACE INTO simulation (launch, simulation_id, variant, test_case, status, "
    "created_at) VALUES (1, ?, 'base', ?, 'COMPLETED', '2026-11-02 03:00:00.000000')"
)
_SAVE_VALUE = (
    "INSERT OR REPLACE INTO value (launch, simulation_id, metric_id, number) VALUES (1, ?, ?, ?)"
)


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare with raw `executemany` in as many transactions, and with raw `SELECT`."""
    count = effort.of(SIMULATIONS)
    with folder() as place, open_shelf(place) as shelf, open_raw(place, *_TABLES) as raw:
        theirs, ours = take_turns(
            effort.repeats, partial(_keep_raw, raw, count), partial(anyio.run, _keep, shelf, count)
        )
    raw_saves, raw_values, raw_reads = zip(*theirs, strict=True)
    saves, values, reads = zip(*ours, strict=True)
    wanted = f"{count * len(METRICS):,} values"
    yield Comparison(f"save {count:,} simulations", saves, "raw `executemany`", raw_saves)
    yield Comparison(f"save their {wanted}", values, "raw `executemany`", raw_values)
    yield Comparison("read both back for the gates", reads, "raw `SELECT`", raw_reads)


def _keep_raw(raw: sqlite3.Connection, count: int) -> list[float]:
    """Save and read plain rows; return the seconds of each step."""
    raw.execute("DELETE FROM simulation")
    raw.execute("DELETE FROM value")
    simulations = [(_name(n), f"case {n}") for n in range(count)]
    values = [(_name(n), metric, float(n)) for metric in METRICS.values() for n in range(count)]
    moments = [perf_counter()]
    for start in range(0, count, PAGE):
        _commit(raw, _SAVE_SIMULATION, simulations[start : start + PAGE])
    moments.append(perf_counter())
    _commit(raw, _SAVE_VALUE, values)
    moments.append(perf_counter())
    for table in _TABLES:
        raw.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # our own names
    return _steps([*moments, perf_counter()])


def _commit(raw: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.executemany(statement, rows)
    raw.execute("COMMIT")


async def _keep(shelf: Shelf, count: int) -> list[float]:
    """Save and read the results of one run; return the seconds of each step."""
    execution, launch = await _begin_run(shelf, count)
    simulations = [_simulate(launch, n) for n in range(count)]
    results = Results(
        values={metric: {_name(n): float(n) for n in range(count)} for metric in METRICS.values()}
    )
    moments = [perf_counter()]
    for start in range(0, count, PAGE):
        page = simulations[start : start + PAGE]
        await shelf.results.save_simulations(execution, launch, page)
    moments.append(perf_counter())
    read = [simulation.simulation_id for simulation in simulations]
    await shelf.results.save_values(execution, launch, results, read)
    moments.append(perf_counter())
    await shelf.results.measured(execution)
    return _steps([*moments, perf_counter()])


async def _begin_run(shelf: Shelf, cases: int) -> tuple[Execution, Launch]:
    stored = await shelf.begin(cells=1, cases=cases)
    (planned,) = stored.launches
    running = replace(planned, state=LaunchState.RUNNING, run_id=f"run {planned.id}")
    await shelf.launches.move(stored.execution, planned, running, NOW)
    return stored.execution, running


def _simulate(launch: Launch, n: int) -> Simulation:
    return Simulation(
        simulation_id=_name(n),
        run_id=launch.run_id or "",
        status=RunStatus.COMPLETED,
        raw_status="COMPLETED",
        create_time=NOW,
        test_case_id=f"case {n}",
    )


def _name(n: int) -> str:
    return f"{n:022}"


def _steps(moments: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(moments)]

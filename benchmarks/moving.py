"""Moving launches through their states, each move with its event in one transaction."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import anyio
from measuring import Comparison, Effort, take_turns, timed
from shelf import NOW, Shelf, folder, open_raw, open_shelf

from campaignd.core.execution import Execution, Launch
from campaignd.core.states import LaunchState
from campaignd.engine.records import Allowance, Intent

MOVED, STORED = 100, 1000
_MOVES = (LaunchState.RUNNING, LaunchState.ENDED, LaunchState.COLLECTED)
_ALLOWED = Allowance(
    runs_in_flight=STORED,
    campaign_simulations=STORED,
    account_runs_in_flight=STORED,
    simulations_per_day=None,
)
_INSERT = (
    "INSERT INTO event (execution, subject, old, new, at, reason) "
    "VALUES ('01ARYZ6S41TSV4RRFFQ69G5FAV', 'launch 1', 'running', 'ended', '2026-11-02', '')"
)

_READ = (
    "SELECT * FROM store.cell WHERE execution = ?",
    "SELECT * FROM store.launch WHERE execution = ?",
)


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare moves with raw transactions, and loading with raw queries."""
    with folder() as place, open_shelf(place) as shelf:
        yield from _compare_moves(effort, place, shelf)
        yield _compare_loading(effort, place, shelf)


def _compare_moves(effort: Effort, place: Path, shelf: Shelf) -> Iterator[Comparison]:
    count = effort.of(MOVED)
    with open_raw(place, "event") as raw:
        theirs, ours = take_turns(
            effort.repeats,
            lambda: [timed(partial(_insert, raw, count)) / count],
            lambda: anyio.run(_move_through, shelf, count),
        )
    yardstick, commits = "a raw sqlite3 transaction with one insert", [each for (each,) in theirs]
    intents, moves = zip(*ours, strict=True)
    yield Comparison("store the intent to launch", intents, yardstick, commits)
    yield Comparison("move a launch, with its event", moves, yardstick, commits)


def _insert(raw: sqlite3.Connection, count: int) -> None:
    for _ in range(count):
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(_INSERT)
        raw.execute("COMMIT")


async def _move_through(shelf: Shelf, count: int) -> list[float]:
    """Have launches planned, sent, run and collected; return seconds an intent and a move."""
    stored = await shelf.begin(count)
    execution, launches = stored.execution, stored.launches
    intent = Intent(NOW, NOW + timedelta(seconds=30))
    begin = perf_counter()
    sent = [await _reserve(shelf, execution, launch, intent) for launch in launches]
    between = perf_counter()
    for launch in sent:
        await _move_on(shelf, execution, launch)
    return [(between - begin) / count, (perf_counter() - between) / (count * len(_MOVES))]


async def _reserve(shelf: Shelf, execution: Execution, launch: Launch, intent: Intent) -> Launch:
    reserved = await shelf.launches.reserve(execution, launch, intent, _ALLOWED)
    if not isinstance(reserved, Launch):
        raise SystemExit(f"the store refused a launch: {reserved.reason}")
    return reserved


async def _move_on(shelf: Shelf, execution: Execution, launch: Launch) -> None:
    for state in _MOVES:
        moved = replace(launch, state=state, run_id=f"run {launch.id}")
        await shelf.launches.move(execution, launch, moved, NOW)
        launch = moved


def _compare_loading(effort: Effort, place: Path, shelf: Shelf) -> Comparison:
    stored = effort.of(STORED)
    execution = anyio.run(shelf.begin, stored).execution.id
    with open_raw(place) as raw:
        raw.execute(f"ATTACH '{place / 'campaignd.db'}' AS store")
        theirs, ours = take_turns(
            effort.repeats,
            partial(timed, partial(_read_raw, raw, execution)),
            lambda: anyio.run(_time, partial(shelf.executions.load, execution)),
        )
    what = f"load an execution of {stored:,} launches"
    return Comparison(what, ours, "raw `SELECT` of its launches and cells", theirs)


def _read_raw(raw: sqlite3.Connection, execution: str) -> Sequence[Any]:
    return [raw.execute(statement, (execution,)).fetchall() for statement in _READ]


async def _time(work: Callable[[], Awaitable[object]]) -> float:
    begin = perf_counter()
    await work()
    return perf_counter() - begin

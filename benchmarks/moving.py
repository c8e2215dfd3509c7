"""Moving launches through their states, each move with its event in one transaction."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter

import anyio
from measuring import Comparison, Effort, take_turns, timed
from shelf import NOW, Shelf, folder, open_raw, open_shelf

from campaignd.core.execution import Execution, Launch
from campaignd.core.states import LaunchState
from campaignd.engine.records import Allowance, Intent, Refusal, Stored

LAUNCHES = 250
CELLS = 1000
_AFTER_SENDING = (LaunchState.RUNNING, LaunchState.ENDED, LaunchState.COLLECTED)
_ALLOWED = Allowance(
    runs_in_flight=CELLS,
    campaign_simulations=CELLS * CELLS,
    account_runs_in_flight=CELLS,
    simulations_per_day=None,
)
_INSERT = (
    "INSERT INTO event (execution, subject, old, new, at, reason) "
    "VALUES ('01ARYZ6S41TSV4RRFFQ69G5FAV', 'launch 1', 'running', 'ended', '2026-11-02', '')"
)


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare the moves of launches with raw transactions of one insert each."""
    with folder() as place, open_shelf(place) as shelf, open_raw(place, "event") as raw:
        launches = effort.of(LAUNCHES)
        theirs, ours = take_turns(
            effort.repeats,
            lambda: [timed(partial(_insert, raw, launches)) / launches],
            lambda: anyio.run(_move_all, shelf, launches),
        )
        commit = [sample for (sample,) in theirs]
        yardstick = "a raw sqlite3 transaction with one insert"
        yield Comparison("store the intent to launch", _column(ours, 0), yardstick, commit)
        yield Comparison("move a launch, with its event", _column(ours, 1), yardstick, commit)
        yield from _measure_reading(effort, shelf, place)


def _measure_reading(effort: Effort, shelf: Shelf, place: object) -> Iterator[Comparison]:
    raise NotImplementedError

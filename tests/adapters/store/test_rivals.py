"""Many threads and processes on one file: limits hold, and nobody is turned away."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import text
from sqlmodel import Session

from campaignd.adapters.store.tables import AccountRow
from campaignd.core.execution import Launch
from campaignd.core.states import LaunchState
from campaignd.engine.faults import OwnershipLost
from campaignd.engine.records import Refusal

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
WRITERS = 3
ROUNDS = 40

WRITE = f"""
import sys
from datetime import UTC, datetime
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.migration import prepare
from campaignd.adapters.store.tables import AccountRow

def raise_weight(session):
    row = session.get(AccountRow, "coval") or AccountRow(name="coval", weighed=0)
    row.weighed += 1
    session.add(row)

print("ready", flush=True)
sys.stdin.readline()
database = Database(sys.argv[1])
prepare(database, may_migrate=True, installation=sys.argv[2], now=datetime.now(UTC))
for _ in range({ROUNDS}):
    database.write_now(raise_weight)
    database.read_now(lambda session: session.get_one(AccountRow, "coval").weighed)
database.close()
"""


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        pytest.param({"runs_in_flight": 3}, [3, 3], id="each campaign's runs"),
        pytest.param({"account_runs_in_flight": 5}, [5], id="the account's runs"),
        pytest.param({"simulations_per_day": 20}, [5], id="the day: 20 simulations, 4 a run"),
        pytest.param({"campaign_simulations": 8}, [2, 2], id="each campaign's simulations"),
    ],
)
async def test_however_many_reserve_at_once_no_limit_is_passed(
    open_shelf: Callable[[], Any], limits: dict[str, int], allowed: list[int]
) -> None:
    shelves = [open_shelf() for _ in range(3)]
    executions = [await shelves[0].begin(cells=8) for _ in range(2)]
    sent: Counter[str] = Counter()

    async def reserve(shelf: Any, execution: Any, launch: Launch) -> None:
        outcome = await shelf.reserve(execution, launch, **limits)
        sent[execution.id] += isinstance(outcome, Launch)

    async with anyio.create_task_group() as tasks:
        for execution in executions:
            launches = (await shelves[0].executions.load(execution.id)).launches
            for number, launch in enumerate(launches):
                tasks.start_soon(reserve, shelves[number % 3], execution, launch)
    assert sum(sent.values()) == sum(allowed)
    assert len(allowed) == 1 or sorted(sent.values()) == sorted(allowed)
    assert await count_sending(shelves[0], executions) == sum(allowed)


async def test_one_launch_is_sent_once_however_many_want_it(
    open_shelf: Callable[[], Any],
) -> None:
    shelves = [open_shelf() for _ in range(3)]
    execution = await shelves[0].begin()
    launch = await shelves[0].take(execution)
    outcomes: list[Launch | Refusal] = []

    async def reserve(shelf: Any) -> None:
        outcomes.append(await shelf.reserve(execution, launch))

    async with anyio.create_task_group() as tasks:
        for shelf in shelves * 4:
            tasks.start_soon(reserve, shelf)
    assert sum(isinstance(outcome, Launch) for outcome in outcomes) == 1
    assert (await shelves[0].take(execution)).sends == 1


async def test_of_many_who_take_over_one_wins_and_the_others_cannot_write(
    open_shelf: Callable[[], Any],
) -> None:
    shelves = [open_shelf() for _ in range(3)]
    execution = await shelves[0].begin()
    won: list[str] = []

    async def take_over(shelf: Any, owner: str) -> None:
        if await shelf.executions.take_over(execution, owner, NOW):
            won.append(owner)

    async with anyio.create_task_group() as tasks:
        for number, shelf in enumerate(shelves * 3):
            tasks.start_soon(take_over, shelf, f"owner{number}")
    assert len(won) == 1
    assert (await shelves[0].reload(execution)).owner == won[0]
    with pytest.raises(OwnershipLost):
        await shelves[0].executions.move(execution, execution, NOW)


@pytest.mark.slow
@pytest.mark.parametrize(
    "is_fresh",
    [
        pytest.param(True, id="all at their first start"),
        pytest.param(False, id="a database in use"),
    ],
)
def test_processes_that_write_at_the_same_time_are_never_turned_away(
    database_file: Path, open_shelf: Callable[[], Any], *, is_fresh: bool
) -> None:
    if is_fresh:
        database_file.unlink()
    url = f"sqlite:///{database_file}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, url, f"INSTALLATION{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    try:
        start_together(processes)
        said = [process.communicate(timeout=60)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert said == [""] * WRITERS
    assert open_shelf().database.read_now(read_weight) == WRITERS * ROUNDS


@pytest.mark.slow
def test_a_killed_writer_leaves_a_database_that_goes_on(
    database_file: Path, open_shelf: Callable[[], Any]
) -> None:
    words = WRITE.replace(f"range({ROUNDS})", "range(10**9)")
    process = subprocess.Popen(
        [sys.executable, "-c", words, f"sqlite:///{database_file}", "X"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    shelf = open_shelf()
    try:
        start_together([process])
        while shelf.database.read_now(read_weight) < 5:
            pass
    finally:
        process.kill()
        process.communicate()
    before = shelf.database.read_now(read_weight)
    assert shelf.database.write_now(raise_weight) == before + 1
    assert shelf.database.read_now(check_integrity) == "ok"


def start_together(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def read_weight(session: Session) -> int:
    row = session.get(AccountRow, "coval")
    return 0 if row is None else row.weighed


def raise_weight(session: Session) -> int:
    row = session.get_one(AccountRow, "coval")
    row.weighed += 1
    session.add(row)
    return row.weighed


def check_integrity(session: Session) -> str:
    return session.execute(text("PRAGMA integrity_check")).scalar_one()


async def count_sending(shelf: Any, executions: list[Any]) -> int:
    stored = [await shelf.executions.load(execution.id) for execution in executions]
    return sum(x.state is LaunchState.SENDING for one in stored for x in one.launches)

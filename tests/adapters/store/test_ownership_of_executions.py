"""Who lost an execution writes nothing of it any more."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaignd.core.coval import Explanation, Results
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.faults import OwnershipLost
from campaignd.engine.records import Outcome

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)

Write = Callable[[Any, Any, Any], Awaitable[object]]


async def move_execution(shelf: Any, execution: Any, _: Any) -> object:
    scoring = replace(execution, state=ExecutionState.SCORING)
    return await shelf.executions.move(execution, scoring, NOW)


async def note_on_execution(shelf: Any, execution: Any, _: Any) -> object:
    return await shelf.executions.move(execution, execution, NOW)


async def begin(shelf: Any, execution: Any, _: Any) -> object:
    return await shelf.executions.begin(execution, ["agent"], NOW)


async def finish(shelf: Any, execution: Any, _: Any) -> object:
    return await shelf.executions.finish(execution, Outcome(Verdict.PASSED, 0, ""), NOW)


async def reserve(shelf: Any, execution: Any, launch: Any) -> object:
    return await shelf.reserve(execution, launch)


async def reserve_in_vain(shelf: Any, execution: Any, launch: Any) -> object:
    return await shelf.reserve(execution, launch, account_runs_in_flight=0)


async def move_launch(shelf: Any, execution: Any, launch: Any) -> object:
    refused = replace(launch, state=LaunchState.REFUSED)
    return await shelf.launches.move(execution, launch, refused, NOW)


async def add_attempt(shelf: Any, execution: Any, launch: Any) -> object:
    return await shelf.launches.add_attempt(execution, launch, NOW)


async def record_duplicate(shelf: Any, execution: Any, launch: Any) -> object:
    return await shelf.launches.record_duplicate(execution, launch, "twin", NOW)


async def close_duplicate(shelf: Any, execution: Any, _: Any) -> object:
    return await shelf.launches.close_duplicate(execution, "twin", NOW)


async def save_simulations(shelf: Any, execution: Any, launch: Any) -> object:
    return await shelf.results.save_simulations(execution, launch, [])


async def save_values(shelf: Any, execution: Any, launch: Any) -> object:
    return await shelf.results.save_values(execution, launch, Results(), [])


async def save_scores(shelf: Any, execution: Any, _: Any) -> object:
    return await shelf.results.save_scores(execution, "checkout", [], NOW)


async def save_explanations(shelf: Any, execution: Any, _: Any) -> object:
    words = [Explanation("metric", 1.0, "because")]
    return await shelf.results.save_explanations(execution, "simulation", words)


WRITES = [
    move_execution,
    note_on_execution,
    begin,
    finish,
    reserve,
    reserve_in_vain,
    move_launch,
    add_attempt,
    record_duplicate,
    close_duplicate,
    save_simulations,
    save_values,
    save_scores,
    save_explanations,
]


@pytest.mark.parametrize("write", [pytest.param(write, id=write.__name__) for write in WRITES])
async def test_after_a_take_over_the_former_driver_is_stopped_at_its_next_write(
    shelf: Any, write: Write
) -> None:
    execution = await shelf.create()
    launch = await shelf.take(execution)
    assert await shelf.executions.take_over(execution, "another", NOW)
    stored, log = await shelf.executions.load(execution.id), await shelf.log(execution)
    with pytest.raises(OwnershipLost, match=execution.id):
        await write(shelf, execution, launch)
    assert await shelf.executions.load(execution.id) == stored
    assert await shelf.log(execution) == log


async def test_the_new_driver_writes_and_an_event_tells_of_it(shelf: Any) -> None:
    execution = await shelf.begin()
    assert await shelf.executions.take_over(execution, "another", NOW)
    mine = await shelf.reload(execution)
    assert (mine.owner, mine.epoch) == ("another", execution.epoch + 1)
    assert await move_execution(shelf, mine, None)
    event = (await shelf.history.events(execution.id))[-2]
    assert (event.new, event.reason) == ("taken over", "another")


async def test_of_two_who_take_over_one_wins(shelf: Any) -> None:
    execution = await shelf.begin()
    assert await shelf.executions.take_over(execution, "quick", NOW)
    assert not await shelf.executions.take_over(execution, "slow", NOW + timedelta(seconds=1))
    assert (await shelf.reload(execution)).owner == "quick"
    assert sum("taken over" in line for line in await shelf.log(execution)) == 1

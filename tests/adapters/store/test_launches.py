from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaignd.core.coval import Progress, RunStatus
from campaignd.core.execution import Cause, Duplicate, Launch
from campaignd.core.states import IllegalMove, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Refusal

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


async def test_an_intent_is_stored_before_the_post_with_the_moment_it_is_void(shelf: Any) -> None:
    execution = await shelf.begin()
    sending = await shelf.reserve(execution, await shelf.take(execution))
    assert sending == await shelf.take(execution)
    assert (sending.state, sending.sends) == (LaunchState.SENDING, 1)
    assert (sending.sending_at, sending.quiet_from) == (NOW, NOW + timedelta(seconds=30))
    assert (await shelf.log(execution))[-1] == f"launch {sending.key}: planned -> sending"


async def test_every_field_of_a_launch_survives_a_move(shelf: Any) -> None:
    execution = await shelf.begin()
    sending = await shelf.reserve(execution, await shelf.take(execution))
    running = replace(
        sending,
        state=LaunchState.RUNNING,
        run_id="run1",
        quiet_from=LATER,
        launched_at=NOW,
        begun_at=NOW,
        moved_at=LATER,
        ended_at=LATER,
        run_status=RunStatus.IN_PROGRESS,
        progress=Progress(9, 4, 3, 2),
        given_up=Cause.RUN_TIMEOUT,
        error="the run took too long",
    )
    assert await shelf.launches.move(execution, sending, running, NOW)
    assert await shelf.take(execution) == running


async def test_of_two_movers_of_a_launch_one_wins(shelf: Any) -> None:
    execution = await shelf.begin()
    running = await shelf.send(execution)
    ended = replace(running, state=LaunchState.ENDED)
    assert await shelf.launches.move(execution, running, ended, NOW)
    before = await shelf.log(execution)
    lost = replace(running, state=LaunchState.LOST, error="vanished")
    assert not await shelf.launches.move(execution, running, lost, NOW)
    assert await shelf.take(execution) == ended
    assert await shelf.log(execution) == before


async def test_an_illegal_move_of_a_launch_leaves_no_trace(shelf: Any) -> None:
    execution = await shelf.begin()
    running, before = await shelf.send(execution), await shelf.log(execution)
    again = replace(running, state=LaunchState.PLANNED, run_id=None)
    with pytest.raises(IllegalMove):
        await shelf.launches.move(execution, running, again, NOW)
    assert await shelf.take(execution) == running
    assert await shelf.log(execution) == before


async def test_progress_is_stored_without_filling_the_log(shelf: Any) -> None:
    execution = await shelf.begin()
    running, before = await shelf.send(execution), await shelf.log(execution)
    further = replace(running, progress=Progress(4, 1, 0, 3), begun_at=NOW)
    assert await shelf.launches.move(execution, running, further, NOW)
    assert (await shelf.take(execution)).progress == Progress(4, 1, 0, 3)
    assert await shelf.log(execution) == before


async def test_two_looks_at_once_each_write_only_what_they_saw_change(shelf: Any) -> None:
    execution = await shelf.begin()
    running = await shelf.send(execution)
    assert await shelf.launches.move(execution, running, replace(running, begun_at=NOW), NOW)
    moved = replace(running, progress=Progress(4, 1))
    assert await shelf.launches.move(execution, running, moved, NOW)
    assert (await shelf.take(execution)).begun_at == NOW


async def test_a_look_from_before_it_was_sent_again_cannot_send_it_once_more(shelf: Any) -> None:
    execution = await shelf.begin()
    first = await shelf.reserve(execution, await shelf.take(execution))
    doubted = replace(first, state=LaunchState.UNRESOLVED)
    assert await shelf.launches.move(execution, first, doubted, NOW)
    second = await shelf.reserve(execution, doubted, LATER)
    assert second.sends == 2
    doubted_again = replace(second, state=LaunchState.UNRESOLVED)
    assert await shelf.launches.move(execution, second, doubted_again, LATER)
    refusal = await shelf.reserve(execution, doubted, LATER)
    assert refusal == Refusal("somebody else moved this launch", for_good=False)
    assert not await shelf.launches.move(
        execution, doubted, replace(doubted, state=LaunchState.CANCELLED), LATER
    )
    assert await shelf.take(execution) == doubted_again


@pytest.mark.parametrize(
    ("limits", "reason", "for_good"),
    [
        pytest.param(
            {"runs_in_flight": 1}, "that the campaign allows", False, id="the campaign's runs"
        ),
        pytest.param(
            {"account_runs_in_flight": 2}, "that the account allows", False, id="all runs"
        ),
        pytest.param(
            {"campaign_simulations": 7},
            "4 of 7 simulations (limits.simulations) are spent; this attempt needs 4",
            True,
            id="the campaign's simulations",
        ),
        pytest.param({"simulations_per_day": 11}, "the day's budget", False, id="the day"),
    ],
)
async def test_a_launch_beyond_a_limit_is_refused_and_nothing_is_stored(
    shelf: Any, limits: dict[str, int], reason: str, *, for_good: bool
) -> None:
    other, execution = await shelf.begin(), await shelf.begin(cells=2)
    await shelf.send(other)
    await shelf.send(execution)
    planned, before = await shelf.take(execution, 2), await shelf.log(execution)
    refusal = await shelf.reserve(execution, planned, **limits)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason
    assert refusal.for_good is for_good
    assert await shelf.take(execution, 2) == planned
    assert await shelf.log(execution) == before


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"runs_in_flight": 2}, id="the campaign's runs"),
        pytest.param({"account_runs_in_flight": 3}, id="all runs"),
        pytest.param({"campaign_simulations": 8}, id="the campaign's simulations"),
        pytest.param({"simulations_per_day": 12}, id="the day"),
    ],
)
async def test_a_launch_that_just_fits_is_allowed(shelf: Any, limits: dict[str, int]) -> None:
    other, execution = await shelf.begin(), await shelf.begin(cells=2)
    await shelf.send(other)
    await shelf.send(execution)
    sending = await shelf.reserve(execution, await shelf.take(execution, 2), **limits)
    assert isinstance(sending, Launch)


async def test_a_doubtful_launch_does_not_stand_in_its_own_way(shelf: Any) -> None:
    execution = await shelf.begin()
    sending = await shelf.reserve(execution, await shelf.take(execution))
    doubted = replace(sending, state=LaunchState.UNRESOLVED)
    assert await shelf.launches.move(execution, sending, doubted, NOW)
    again = await shelf.reserve(
        execution,
        doubted,
        runs_in_flight=1,
        account_runs_in_flight=1,
        campaign_simulations=4,
        simulations_per_day=4,
    )
    assert (again.state, again.sends) == (LaunchState.SENDING, 2)


async def test_what_ended_makes_room(shelf: Any) -> None:
    execution = await shelf.begin(cells=2)
    running = await shelf.send(execution)
    planned = await shelf.take(execution, 2)
    assert isinstance(await shelf.reserve(execution, planned, runs_in_flight=1), Refusal)
    ended = replace(running, state=LaunchState.ENDED)
    assert await shelf.launches.move(execution, running, ended, NOW)
    assert isinstance(await shelf.reserve(execution, planned, runs_in_flight=1), Launch)


async def test_the_day_begins_at_midnight_in_utc(shelf: Any) -> None:
    execution = await shelf.begin(cells=2)
    before = datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC)
    first = await shelf.reserve(execution, await shelf.take(execution), before)
    assert isinstance(first, Launch)
    midnight = before + timedelta(seconds=1)
    planned = await shelf.take(execution, 2)
    assert isinstance(
        await shelf.reserve(execution, planned, before, simulations_per_day=7), Refusal
    )
    assert await shelf.launches.simulations_since_midnight(before, "") == 4
    assert await shelf.launches.simulations_since_midnight(midnight, "") == 0
    second = await shelf.reserve(execution, planned, midnight, simulations_per_day=4)
    assert isinstance(second, Launch)
    assert await shelf.launches.simulations_since_midnight(midnight, "") == 4


async def test_every_attempt_draws_on_the_budget(shelf: Any) -> None:
    execution = await shelf.begin()
    failed = await fail(shelf, execution)
    await shelf.launches.add_attempt(execution, failed, NOW)
    again = await shelf.take(execution)
    refusal = await shelf.reserve(execution, again, campaign_simulations=7)
    assert isinstance(refusal, Refusal)
    assert isinstance(await shelf.reserve(execution, again, campaign_simulations=8), Launch)


async def test_another_attempt_is_planned_once_under_a_key_of_its_own(shelf: Any) -> None:
    execution = await shelf.begin()
    failed = await fail(shelf, execution)
    await shelf.launches.add_attempt(execution, failed, NOW)
    await shelf.launches.add_attempt(execution, failed, LATER)
    first, second = (await shelf.executions.load(execution.id)).launches
    assert first == failed
    assert (second.state, second.attempt, second.sends) == (LaunchState.PLANNED, 2, 0)
    assert second.key == f"{execution.id.lower()}-1-2"
    assert (await shelf.log(execution)).count(f"launch {second.key}: None -> planned") == 1


async def test_a_second_run_is_remembered_once(shelf: Any) -> None:
    execution = await shelf.begin(cells=2)
    launch = await shelf.send(execution)
    for run_id in ("twin", "twin", "triplet"):
        await shelf.launches.record_duplicate(execution, launch, run_id, NOW)
    await shelf.launches.close_duplicate(execution, "twin", LATER)
    await shelf.launches.close_duplicate(execution, "unheard-of", LATER)
    stored = await shelf.executions.load(execution.id)
    assert stored.duplicates == (
        Duplicate(launch, "triplet", NOW),
        Duplicate(launch, "twin", NOW, LATER),
    )
    assert [twin.run_id for twin in stored.open_duplicates] == ["triplet"]
    assert not stored.is_settled


async def test_a_second_run_of_one_execution_is_not_another_s(shelf: Any) -> None:
    mine, other = await shelf.begin(), await shelf.begin()
    await shelf.launches.record_duplicate(mine, await shelf.send(mine), "twin", NOW)
    assert (await shelf.executions.load(other.id)).duplicates == ()


@pytest.mark.parametrize("is_sent_again", [False, True])
async def test_an_execution_that_was_told_to_stop_launches_nothing_more(
    shelf: Any, is_sent_again: bool
) -> None:
    # Its driver has not heard of it yet.
    execution = await shelf.begin()
    launch = await shelf.take(execution)
    if is_sent_again:
        sending = await shelf.reserve(execution, launch)
        launch = replace(sending, state=LaunchState.UNRESOLVED)
        assert await shelf.launches.move(execution, sending, launch, NOW)
    assert await shelf.executions.ask_to_stop(execution.id, Cause.CANCELLED, NOW)
    refusal = await shelf.reserve(execution, launch)
    assert refusal == Refusal("the execution was told to stop", for_good=False)
    assert await shelf.take(execution) == launch


async def test_a_finished_execution_still_settles_its_launches(shelf: Any) -> None:
    execution = await shelf.begin()
    running = await shelf.send(execution)
    await shelf.finish(execution, Verdict.TIMED_OUT)
    finished = await shelf.reload(execution)
    lost = replace(running, state=LaunchState.LOST)
    assert await shelf.launches.move(finished, running, lost, LATER)


async def fail(shelf: Any, execution: Any) -> Launch:
    running = await shelf.send(execution)
    failed = replace(running, state=LaunchState.FAILED, error="no line")
    assert await shelf.launches.move(execution, running, failed, NOW)
    return failed

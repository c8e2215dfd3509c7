from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.exc import StatementError

from campaignd.core.execution import Cause, Execution
from campaignd.core.report import GateReport
from campaignd.core.states import ExecutionState, IllegalMove, LaunchState
from campaignd.core.verdicts import GateVerdict, Verdict
from campaignd.engine.records import Outcome, ResourceSeen

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
AGENT = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
OTHER_AGENT = "3c90c3cc-0d44-4b50-8888-8dd25736052b"


async def test_what_is_created_is_what_is_loaded(shelf: Any) -> None:
    new = shelf.new(cells=3, notes=("the key may not read personas",))
    created = await shelf.executions.create(new)
    stored = await shelf.executions.load(new.id)
    assert stored.execution == created
    shared = {field.name for field in fields(Execution)} & {field.name for field in fields(new)}
    for name in shared:
        assert getattr(created, name) == getattr(new, name), name
    assert (created.state, created.epoch, created.verdict) == (ExecutionState.QUEUED, 1, None)
    assert [launch.cell for launch in stored.launches] == list(new.cells)
    assert [launch.key for launch in stored.launches] == [
        f"{new.id.lower()}-{number}-1" for number in (1, 2, 3)
    ]
    assert {launch.state for launch in stored.launches} == {LaunchState.PLANNED}
    assert await shelf.history.revision(new.revision) == new.text


@pytest.mark.slow
async def test_a_thousand_cells_are_one_transaction(shelf: Any) -> None:
    execution = await shelf.create(cells=1000)
    stored = await shelf.executions.load(execution.id)
    assert [launch.cell.number for launch in stored.launches] == list(range(1, 1001))


async def test_what_preflight_saw_is_kept(shelf: Any) -> None:
    seen = (
        ResourceSeen("test_set", "aB1cD2eF", "smoke", "7", NOW, 12),
        ResourceSeen("persona", "hL4kL0nQr3ySt6vX9zAcDd", "calm"),
    )
    execution = await shelf.create(resources=seen)
    measured = await shelf.results.measured(execution)
    assert set(measured.resources) == set(seen)


async def test_two_executions_share_a_revision_and_titles(shelf: Any) -> None:
    first = await shelf.create(titles={"case": "Refund"})
    second = await shelf.create(titles={"case": "Refund, twice"})
    assert first.revision == second.revision
    assert await shelf.history.revision(first.revision) == "version: 1\n"


async def test_an_execution_that_does_not_exist_is_a_lookup_error(shelf: Any) -> None:
    with pytest.raises(LookupError, match="NOWHERE"):
        await shelf.executions.load("NOWHERE")


async def test_times_come_back_in_utc_whatever_zone_they_were_given_in(shelf: Any) -> None:
    berlin = timezone(timedelta(hours=1))
    execution = await shelf.create(created_at=NOW.astimezone(berlin))
    loaded = await shelf.reload(execution)
    assert loaded.created_at == NOW
    assert loaded.created_at.tzinfo is UTC


async def test_a_time_without_a_zone_is_a_bug_that_stores_nothing(shelf: Any) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        await shelf.create(created_at=NOW.replace(tzinfo=None))
    assert await shelf.history.list(None, 9) == []


async def test_a_move_changes_the_state_and_leaves_an_event(shelf: Any) -> None:
    execution = await shelf.begin()
    scoring = replace(execution, state=ExecutionState.SCORING, notes=("one note",))
    assert await shelf.executions.move(execution, scoring, LATER, "all runs ended")
    assert await shelf.reload(execution) == scoring
    event = (await shelf.history.events(execution.id))[-1]
    assert (event.old, event.new) == ("running", "scoring")
    assert (event.at, event.reason) == (LATER, "all runs ended")


async def test_of_two_movers_one_wins_and_only_its_event_is_logged(shelf: Any) -> None:
    execution = await shelf.begin()
    scoring = replace(execution, state=ExecutionState.SCORING)
    cancelling = replace(execution, state=ExecutionState.CANCELLING)
    assert await shelf.executions.move(execution, scoring, NOW)
    before = await shelf.log(execution)
    assert not await shelf.executions.move(execution, cancelling, NOW)
    assert (await shelf.reload(execution)).state is ExecutionState.SCORING
    assert await shelf.log(execution) == before


async def test_an_illegal_move_leaves_no_trace(shelf: Any) -> None:
    execution = await shelf.begin()
    before = await shelf.log(execution)
    finished = replace(execution, state=ExecutionState.FINISHED, reason="out of nowhere")
    with pytest.raises(IllegalMove, match="from running to finished"):
        await shelf.executions.move(execution, finished, NOW)
    assert await shelf.reload(execution) == execution
    assert await shelf.log(execution) == before


async def test_a_change_without_a_move_is_stored_without_an_event(shelf: Any) -> None:
    execution = await shelf.begin()
    before = await shelf.log(execution)
    noted = replace(execution, notes=("slow today",))
    assert await shelf.executions.move(execution, noted, NOW)
    assert (await shelf.reload(execution)).notes == ("slow today",)
    assert await shelf.log(execution) == before


async def test_beginning_locks_the_cotool_agents_until_the_end(shelf: Any) -> None:
    first, second = await shelf.create(), await shelf.create()
    assert await shelf.executions.begin(first, [AGENT, AGENT], NOW)
    assert not await shelf.executions.begin(second, [OTHER_AGENT, AGENT], NOW)
    assert (await shelf.reload(second)).state is ExecutionState.QUEUED
    await shelf.finish(await shelf.reload(first), Verdict.PASSED)
    assert await shelf.executions.begin(second, [OTHER_AGENT, AGENT], LATER)
    begun = await shelf.reload(second)
    assert (begun.state, begun.started_at) == (ExecutionState.RUNNING, LATER)


async def test_who_cannot_have_all_agents_locks_none(shelf: Any) -> None:
    first, second, third = await shelf.create(), await shelf.create(), await shelf.create()
    assert await shelf.executions.begin(first, [AGENT], NOW)
    assert not await shelf.executions.begin(second, [OTHER_AGENT, AGENT], NOW)
    assert await shelf.executions.begin(third, [OTHER_AGENT], NOW)


async def test_who_does_not_begin_locks_no_agents(shelf: Any) -> None:
    cancelled, other = await shelf.create(), await shelf.create()
    cancelling = replace(cancelled, state=ExecutionState.CANCELLING)
    assert await shelf.executions.move(cancelled, cancelling, NOW)
    assert not await shelf.executions.begin(cancelled, [AGENT], NOW)
    assert await shelf.executions.begin(other, [AGENT], NOW)


async def test_executions_without_agents_begin_side_by_side(shelf: Any) -> None:
    assert await shelf.executions.begin(await shelf.create(), [], NOW)
    assert await shelf.executions.begin(await shelf.create(), [], NOW)


async def test_the_end_stores_verdict_gates_and_messages_together(
    shelf: Any, write_message: Any
) -> None:
    execution = await shelf.judge(await shelf.begin())
    gate = GateReport(
        name="resolved", kind="pass_rate", verdict=GateVerdict.FAILED, estimate=0.5, reason="low"
    )
    outcome = Outcome(
        verdict=Verdict.FAILED,
        exit_status=1,
        reason="1 of 1 gate failed: resolved",
        gates=(gate,),
        notes=("slow today",),
        requests={"coval": 12},
        messages=(write_message(),),
    )
    assert await shelf.executions.finish(execution, outcome, LATER)
    ended = await shelf.reload(execution)
    assert (ended.state, ended.finished_at) == (ExecutionState.FINISHED, LATER)
    assert (ended.verdict, ended.exit_status) == (Verdict.FAILED, 1)
    assert (ended.reason, ended.notes) == (outcome.reason, ("slow today",))
    assert await shelf.history.gates(execution.id) == [gate]
    assert await shelf.history.requests(execution.id) == {"coval": 12}
    assert [delivery.id for delivery in await shelf.deliveries.list()] == ["msg_1"]


async def test_an_execution_ends_once(shelf: Any, write_message: Any) -> None:
    execution = await shelf.judge(await shelf.begin())
    passed = Outcome(Verdict.PASSED, 0, "all gates passed")
    failed = Outcome(Verdict.FAILED, 1, "no", messages=(write_message(),))
    assert await shelf.executions.finish(execution, passed, NOW)
    assert not await shelf.executions.finish(execution, failed, LATER)
    assert (await shelf.reload(execution)).verdict is Verdict.PASSED
    assert await shelf.deliveries.list() == ()


async def test_an_end_that_is_not_allowed_stores_no_verdict_and_no_message(
    shelf: Any, write_message: Any
) -> None:
    execution = await shelf.begin()
    outcome = Outcome(Verdict.PASSED, 0, "too early", messages=(write_message(),))
    with pytest.raises(IllegalMove):
        await shelf.executions.finish(execution, outcome, NOW)
    assert (await shelf.reload(execution)).verdict is None
    assert await shelf.deliveries.list() == ()


async def test_messages_are_stored_with_the_beginning_or_not_at_all(
    shelf: Any, write_message: Any
) -> None:
    execution = await shelf.create()
    assert await shelf.executions.begin(execution, [], NOW, [write_message()])
    assert not await shelf.executions.begin(execution, [], LATER, [write_message("msg_2")])
    (delivery,) = await shelf.deliveries.list(execution.id)
    assert delivery.id == "msg_1"
    assert (await shelf.log(execution)).count("delivery msg_1: None -> pending") == 1


async def test_who_waits_for_an_agent_tells_nobody_that_it_began(
    shelf: Any, write_message: Any
) -> None:
    first, second = await shelf.create(), await shelf.create()
    assert await shelf.executions.begin(first, ["agent"], NOW)
    assert not await shelf.executions.begin(second, ["agent"], NOW, [write_message()])
    assert await shelf.deliveries.list() == ()


@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.INTERRUPTED])
async def test_an_execution_is_told_to_stop_once(shelf: Any, cause: Cause) -> None:
    execution = await shelf.begin()
    assert await shelf.executions.ask_to_stop(execution.id, cause, NOW)
    assert not await shelf.executions.ask_to_stop(execution.id, Cause.CANCELLED, LATER)
    told = await shelf.reload(execution)
    assert (told.given_up, told.given_up_at) == (cause, NOW)
    assert (await shelf.log(execution)).count("execution: None -> stop asked") == 1


async def test_whoever_told_it_first_to_stop_is_the_cause(shelf: Any) -> None:
    seen = await shelf.begin()
    assert await shelf.executions.ask_to_stop(seen.id, Cause.CANCELLED, NOW)
    late = replace(seen, given_up=Cause.EXECUTION_TIMEOUT, given_up_at=LATER)
    await shelf.executions.move(seen, late, LATER)
    told = await shelf.reload(seen)
    assert (told.given_up, told.given_up_at) == (Cause.CANCELLED, NOW)


async def test_a_request_to_stop_survives_the_moves_of_a_driver_that_has_not_seen_it(
    shelf: Any,
) -> None:
    seen = await shelf.begin()
    assert await shelf.executions.ask_to_stop(seen.id, Cause.CANCELLED, NOW)
    assert await shelf.executions.move(seen, replace(seen, state=ExecutionState.SCORING), NOW)
    assert (await shelf.reload(seen)).given_up is Cause.CANCELLED


async def test_a_judged_execution_is_not_told_to_stop(shelf: Any) -> None:
    execution = await shelf.judge(await shelf.begin())
    assert not await shelf.executions.ask_to_stop(execution.id, Cause.CANCELLED, NOW)
    assert not await shelf.executions.ask_to_stop("NOWHERE", Cause.CANCELLED, NOW)


async def test_the_last_verdict_is_that_of_the_same_campaign_before(shelf: Any) -> None:
    first, second = await shelf.begin(), await shelf.begin()
    other, last = await shelf.begin(campaign="weekly"), await shelf.begin()
    going = await shelf.begin()
    for execution, verdict in (
        (second, Verdict.FAILED),
        (first, Verdict.PASSED),
        (other, Verdict.ERRORED),
        (last, Verdict.CANCELLED),
    ):
        await shelf.finish(execution, verdict)
    assert await shelf.executions.last_verdict("nightly", before=first.id) is None
    assert await shelf.executions.last_verdict("nightly", before=second.id) is Verdict.PASSED
    assert await shelf.executions.last_verdict("nightly", before=last.id) is Verdict.FAILED
    assert await shelf.executions.last_verdict("nightly", before=going.id) is Verdict.CANCELLED

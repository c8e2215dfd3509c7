from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from campaignd.core.report import GateReport
from campaignd.core.states import LaunchState
from campaignd.core.verdicts import GateVerdict, Verdict

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


def a_gate(verdict: GateVerdict) -> GateReport:
    return GateReport(name=f"gate {verdict}", kind="mean", verdict=verdict, reason="so")


async def test_executions_are_listed_the_newest_first_up_to_a_number(shelf: Any) -> None:
    made = [await shelf.create() for _ in range(3)]
    await shelf.create(campaign="weekly")
    listed = await shelf.history.list("nightly", limit=2)
    assert [summary.execution for summary in listed] == [made[2], made[1]]
    assert (await shelf.history.list(None, 1))[0].execution.campaign == "weekly"
    assert await shelf.history.list("unheard-of", 9) == []


async def test_a_line_of_the_list_counts_gates_and_simulations(shelf: Any) -> None:
    execution = await shelf.begin(cells=3)
    gates = tuple(a_gate(verdict) for verdict in GateVerdict)
    await shelf.finish(execution, Verdict.FAILED, gates=gates)
    (summary,) = await shelf.history.list("nightly", 9)
    assert (summary.gates, summary.gates_failed, summary.simulations) == (4, 1, 12)
    assert summary.execution.verdict is Verdict.FAILED


async def test_an_execution_that_is_only_scored_is_listed_without_simulations(shelf: Any) -> None:
    await shelf.create(cells=0)
    (summary,) = await shelf.history.list(None, 9)
    assert summary.simulations == 0


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        pytest.param("01ARYZ6S41TSV4RRFFQ69G5F02", ["02"], id="the whole id"),
        pytest.param("01ARYZ", ["03", "02", "01"], id="a beginning"),
        pytest.param("01aryz6s41tsv4rrffq69g5f03", ["03"], id="in lower case"),
        pytest.param("02", [], id="not the beginning"),
        pytest.param("%", [], id="a wildcard is no beginning"),
        pytest.param("01_RYZ", [], id="a placeholder is no letter"),
        pytest.param("0_1ARYZ", [], id="nothing is left out to make it fit"),
        pytest.param("01%F02", [], id="a wildcard in the middle"),
    ],
)
async def test_executions_are_found_by_the_beginning_of_their_id(
    shelf: Any, prefix: str, found: list[str]
) -> None:
    for _ in range(3):
        await shelf.create()
    assert [identity[-2:] for identity in await shelf.history.find(prefix)] == found


async def test_unfinished_is_also_what_has_a_second_run_that_was_not_ended(shelf: Any) -> None:
    execution = await shelf.begin()
    running = await shelf.send(execution)
    await shelf.launches.record_duplicate(execution, running, "twin", NOW)
    await shelf.launches.move(execution, running, replace(running, state=LaunchState.LOST), NOW)
    await shelf.finish(execution, Verdict.ERRORED)
    assert await shelf.history.unfinished() == [execution.id]
    await shelf.launches.close_duplicate(execution, "twin", NOW)
    assert await shelf.history.unfinished() == []


async def test_looking_for_the_unfinished_reads_nothing_of_the_finished(shelf: Any) -> None:
    asked: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        asked.append(call[2:4])

    event.listen(shelf.database.engine, "before_cursor_execute", note)
    await shelf.history.unfinished()
    (statement, values) = asked[-1]
    with shelf.database.engine.connect() as connection:
        plan = [
            row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert [step for step in plan if step.startswith(("SCAN execution", "SCAN launch"))] == []
    assert any("ix_execution_state" in step for step in plan)


async def test_unfinished_are_those_without_a_verdict_or_with_open_launches(shelf: Any) -> None:
    queued = await shelf.create()
    settled, left = await shelf.begin(), await shelf.begin()
    for execution, state in ((settled, LaunchState.LOST), (left, LaunchState.CANCELLING)):
        running = await shelf.send(execution)
        await shelf.launches.move(execution, running, replace(running, state=state), NOW)
        await shelf.finish(execution, Verdict.TIMED_OUT)
    assert await shelf.history.unfinished() == [queued.id, left.id]


async def test_the_log_tells_an_execution_from_the_queue_to_the_verdict(
    shelf: Any, write_message: Any
) -> None:
    execution = await shelf.begin()
    running = await shelf.send(execution)
    for state in (LaunchState.ENDED, LaunchState.COLLECTED):
        moved = replace(running, state=state)
        await shelf.launches.move(execution, running, moved, NOW)
        running = moved
    await shelf.finish(execution, Verdict.PASSED, messages=(write_message(),))
    launch = f"launch {execution.id.lower()}-1-1"
    assert await shelf.log(execution) == [
        "execution: None -> queued",
        "execution: queued -> running",
        f"{launch}: planned -> sending",
        f"{launch}: sending -> running",
        f"{launch}: running -> ended",
        f"{launch}: ended -> collected",
        "execution: running -> scoring",
        "execution: scoring -> judging",
        "execution: judging -> finished",
        "delivery msg_1: None -> pending",
    ]

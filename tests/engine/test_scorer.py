"""Cotool's grades: which runs count, and how long they are waited for."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import CHECKOUT, COTOOL, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import START

QUALITY = {"quality": {"cotool": "score", "pass_when": {"at_least": 50}}}
GATES = [{"mean": "quality", "at_least": 10}]
SLOW = {"simulation": ["20s", "40s"], "simulations_within": None}


def score_calls(of: Any = COTOOL, **changes: Any) -> str:
    """Write a campaign whose simulations are graded on Cotool as well."""
    return write_campaign(
        agents={"checkout": {"coval": CHECKOUT, "cotool": of}},
        metrics=QUALITY,
        gates=GATES,
        **changes,
    )


def score_alone(**changes: Any) -> str:
    """Write a campaign that only reads grades."""
    plain = {
        "agents": {"triage": {"cotool": "7d1f5e2a-93b6-4c08-a4de-5b60f1c2e387"}},
        "personas": None,
        "test_sets": None,
        "metrics": QUALITY,
        "gates": GATES,
        "cotool": {"window": {"last": "24h"}},
    }
    return write_campaign(**(plain | changes))


async def test_the_calls_of_an_execution_are_scored(stage: Stage) -> None:
    report = await stage.run(score_calls())
    assert (report.verdict, len(report.scores)) == ("passed", 2)
    assert all(score.score is not None for score in report.scores)


@pytest.mark.parametrize("skew", ["-7m", "90m", "-3h"])
async def test_the_window_follows_cotool_s_clock(
    open_stage: Callable[..., Stage], skew: str
) -> None:
    stage = open_stage(timing={"clock_skew": skew})
    report = await stage.run(score_calls())
    assert (report.verdict, len(report.scores)) == ("passed", 2)
    assert (report.totals.duration or 0) < 300


async def test_grades_that_come_late_are_waited_for(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing={"grading": ["8m", "10m"]})
    report = await stage.run(score_calls())
    assert report.verdict == "passed"
    assert 8 * 60 < (report.totals.duration or 0) < 12 * 60


async def test_grades_are_waited_for_until_the_deadline(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(failures={"cotool": [{"outcome": "ungraded", "share": "50%"}]})
    text = score_calls(test_sets={"smoke": {"id": "aB1cD2eF", "cases": 12}})
    report = await stage.run(text)
    ungraded = sum(score.score is None for score in report.scores)
    assert 0 < ungraded < 12
    assert (report.gates[0].missing, report.verdict) == (ungraded, "inconclusive")
    assert 17 * 60 <= (report.totals.duration or 0) < 19 * 60


async def test_no_run_at_all_is_waited_for_and_then_an_error(
    open_stage: Callable[..., Stage],
) -> None:
    text = score_calls("3c90c3cc-0d44-4b50-8888-000000000000", cotool={"grading_deadline": "5m"})
    stage = open_stage(world={"cotool": {"3c90c3cc-0d44-4b50-8888-000000000000": {"name": "Idle"}}})
    report = await stage.run(text)
    assert (report.verdict, report.scores) == ("errored", ())
    assert 7 * 60 <= (report.totals.duration or 0) < 9 * 60


@pytest.mark.parametrize("outcome", ["error", "interrupted"])
async def test_runs_that_ended_badly_are_not_waited_for(
    open_stage: Callable[..., Stage], outcome: str
) -> None:
    stage = open_stage(failures={"cotool": [{"outcome": outcome}]})
    report = await stage.run(score_calls())
    assert (report.totals.duration or 0) < 5 * 60
    assert [score.status for score in report.scores] == [outcome] * 2
    assert report.verdict == "errored"


async def test_a_run_that_waits_for_somebody_is_not_over(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(failures={"cotool": [{"outcome": "waiting"}]})
    report = await stage.run(score_calls(cotool={"grading_deadline": "4m"}))
    assert (report.totals.duration or 0) >= 6 * 60
    assert report.verdict == "errored"


async def test_the_window_reaches_from_the_first_launch_to_the_last_end_and_its_tail(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing=SLOW,
        world={"cotool": {COTOOL: {"name": "Busy", "every": "10s", "history": "20m"}}},
    )
    report = await stage.run(score_calls(cotool={"tail": "3m"}))
    (cell,) = report.cells
    first, last = cell.attempts[0].launched_at, cell.attempts[0].ended_at
    assert first is not None
    assert last is not None
    moments = [score.created_at for score in report.scores]
    assert first <= min(moments) < first + timedelta(seconds=20)
    end = last + timedelta(minutes=3)
    assert end - timedelta(seconds=20) < max(moments) < end


async def test_a_window_of_the_last_hours_needs_no_runs_of_ours(stage: Stage) -> None:
    report = await stage.run(score_alone())
    assert (report.verdict, report.cells) == ("passed", ())
    assert len(report.scores) > 100
    assert min(score.created_at for score in report.scores) >= START - timedelta(hours=24)


async def test_expected_runs_are_waited_for(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(world={"cotool": {COTOOL: {"name": "Busy", "every": "1m", "history": "1h"}}})
    text = score_calls({"id": COTOOL, "expect": 9}, cotool={"tail": "20m"})
    report = await stage.run(text)
    assert (report.verdict, len(report.scores) >= 9) == ("passed", True)
    assert len(report.scores) < 25


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param({"trigger_sources": ["webhook"]}, id="sources"),
        pytest.param({"trigger_names": ["checkout-simulations"]}, id="names"),
    ],
)
async def test_only_runs_of_the_named_triggers_count(
    open_stage: Callable[..., Stage], filters: dict[str, list[str]]
) -> None:
    other = {"name": "Other", "every": "5m", "trigger_source": "manual", "trigger_name": "by hand"}
    own = other | {"trigger_source": "webhook", "trigger_name": "checkout-simulations"}
    for world, graded in ((own, True), (other, False)):
        stage = open_stage(world={"cotool": {COTOOL: world}})
        text = score_alone(
            agents={"triage": {"cotool": {"id": COTOOL, **filters}}},
            cotool={"window": {"last": "1h"}, "grading_deadline": "2m"},
        )
        report = await stage.run(text)
        assert bool(report.scores) is graded


@pytest.mark.slow
async def test_two_executions_that_score_one_agent_by_their_window_never_overlap(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    created = [await stage.create(score_calls(name=name)) for name in ("one", "two", "three")]
    async with stage.process() as process:
        await process.drive(*created)
    reports = sorted([await stage.report(x) for x in created], key=lambda r: r.started_at)
    for earlier, later in pairwise(reports):
        assert earlier.finished_at is not None
        assert earlier.finished_at <= later.started_at
    assert {report.verdict for report in reports} == {"passed"}
    assert [len(report.scores) for report in reports] == [2, 2, 2]
    notes = {view.note for view in stage.audience.views if view.execution == reports[1].execution}
    first = reports[0].execution
    assert f"waits for execution {first}, which scores the same Cotool agent" in notes


async def test_who_waits_for_an_abandoned_execution_is_told_how_to_go_on(stage: Stage) -> None:
    abandoned = await stage.create(score_calls())
    await stage.crash(abandoned, "POST /v1/runs")
    stage.living.clear()
    waiting = await stage.create(score_calls(limits={"timeout": "10m"}))
    async with stage.process() as process:
        await process.drive(waiting)
    assert (await stage.report(waiting)).verdict == "timed_out"
    notes = {view.note for view in stage.audience.views if view.execution == waiting}
    told = f"waits for execution {abandoned}, which scores the same Cotool agent; its process is"
    assert f"{told} gone: `campaignd resume {abandoned}` continues it" in notes


async def test_executions_with_a_window_of_hours_overlap(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing=SLOW)
    window = {"window": {"last": "1h"}}
    created = [await stage.create(score_calls(name=name, cotool=window)) for name in ("a", "b")]
    async with stage.process() as process:
        await process.drive(*created)
    first, second = [await stage.report(x) for x in created]
    assert abs(first.started_at - second.started_at) < timedelta(seconds=1)


async def test_the_wait_for_an_agent_counts_in_the_timeout(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing={**SLOW, "grading": ["10m", "12m"]})
    first = await stage.create(score_calls(name="one"))
    second = await stage.create(score_calls(name="two", limits={"timeout": "5m"}))
    async with stage.process() as process:
        await process.drive(first, second)
    report = await stage.report(second)
    assert (report.verdict, report.cells[0].state) == ("timed_out", "cancelled")
    assert len(stage.statuses()) == 1


async def test_an_older_server_is_no_trouble(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(failures={"cotool_fields": "seed"})
    report = await stage.run(score_calls())
    assert report.verdict == "passed"


async def test_grades_that_cannot_be_read_are_a_note_after_the_deadline(
    open_stage: Callable[..., Stage],
) -> None:
    down = {"match": {"path": "/api/*"}, "do": {"status": 503}}
    stage = open_stage(faults=[down])
    report = await stage.run(score_calls(cotool={"grading_deadline": "3m"}))
    assert report.verdict == "errored"
    (note,) = report.notes
    assert note.startswith("the grades of checkout could not be read: Cotool answered 503")
    assert (report.totals.duration or 0) < 10 * 60


async def test_a_silent_agent_is_no_pass_for_the_others(open_stage: Callable[..., Stage]) -> None:
    idle = "3c90c3cc-0d44-4b50-8888-000000000000"
    stage = open_stage(world={"cotool": {idle: {"name": "Idle"}}})
    agents = {
        "triage": {"cotool": "7d1f5e2a-93b6-4c08-a4de-5b60f1c2e387"},
        "idle": {"cotool": idle},
    }
    gates = [{"mean": "quality", "at_least": 10, "per": "agent"}]
    window = {"window": {"last": "24h"}, "grading_deadline": "1m"}
    report = await stage.run(score_alone(agents=agents, gates=gates, cotool=window))
    assert report.verdict == "errored"


async def test_one_bad_answer_loses_no_grades_though_the_process_comes_back_after_the_deadline(
    open_stage: Callable[..., Stage],
) -> None:
    fault = {"match": {"path": "/api/agent-runs", "after": "4h"}, "do": {"status": 403}, "limit": 1}
    stage = open_stage(faults=[fault])
    execution = await stage.create(score_calls(limits={"timeout": "1d"}))
    await stage.crash(execution, "GET /api/agent-runs")
    await anyio.sleep(5 * 3600)
    report = await stage.restart(execution)
    assert (report.verdict, len(report.scores), report.notes) == ("passed", 2, ())

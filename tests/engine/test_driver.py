"""Whole executions, from what is stored to a verdict: what ends them, and how."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.engine.campaigns import CHECKOUT, RESOLVED, name_personas, write_campaign
from tests.engine.stage import Stage

POST = "POST /v1/runs"
HANG = {"runs": [{"outcome": "never_finishes"}]}
LONG = {"simulation": ["10m", "20m"], "simulations_within": None}
WORSE = [{"agent": CHECKOUT, "metric": RESOLVED, "rate": -1}]


@pytest.mark.parametrize(
    ("scenario", "changes", "verdict", "status"),
    [
        pytest.param({}, {}, "passed", 0, id="kept promises"),
        pytest.param({"effects": WORSE}, {}, "failed", 1, id="a broken promise"),
        pytest.param({}, {"gates": None}, "inconclusive", 3, id="no promises"),
        pytest.param(
            {"failures": {"runs": [{"outcome": "fails"}]}}, {}, "errored", 4, id="no results"
        ),
        pytest.param(
            {"failures": HANG}, {"limits": {"timeout": "10m"}}, "timed_out", 5, id="out of time"
        ),
        pytest.param(
            {"failures": {"simulations": [{"status": "FAILED"}]}},
            {},
            "failed",
            1,
            id="simulations that fail pass nothing",
        ),
        pytest.param(
            {"failures": {"simulations": [{"status": "CANCELLED"}]}},
            {},
            "errored",
            4,
            id="simulations that were cancelled say nothing",
        ),
        pytest.param(
            {"failures": {"simulations": [{"status": "SKIPPED"}]}},
            {},
            "errored",
            4,
            id="simulations that were skipped say nothing",
        ),
    ],
)
async def test_a_campaign_runs_to_its_verdict(
    open_stage: Callable[..., Stage],
    scenario: dict[str, Any],
    changes: dict[str, Any],
    verdict: str,
    status: int,
) -> None:
    report = await open_stage(**scenario).run(write_campaign(**changes))
    assert (report.verdict, report.exit_status) == (verdict, status)
    assert report.unsettled == ()
    assert report.finished_at is not None


async def test_every_move_is_in_the_log(stage: Stage) -> None:
    report = await stage.run()
    events = await stage.history.events(report.execution)
    launch = f"launch {report.execution.lower()}-1-1"
    assert [(event.subject, event.new) for event in events] == [
        ("execution", "queued"),
        ("execution", "running"),
        (launch, "sending"),
        (launch, "running"),
        (launch, "ended"),
        (launch, "collected"),
        ("execution", "judging"),
        ("execution", "finished"),
    ]


@pytest.mark.parametrize(
    ("failures", "limits", "cause"),
    [
        pytest.param(
            {"runs": [{"outcome": "never_starts", "first": 1}]},
            {"queue_timeout": "5m"},
            "limits.queue_timeout",
            id="a run that never starts",
        ),
        pytest.param(HANG, {"stall_timeout": "6m"}, "limits.stall_timeout", id="a run that stalls"),
        pytest.param(HANG, {"run_timeout": "7m"}, "limits.run_timeout", id="a run that takes long"),
        pytest.param(HANG, {"timeout": "8m"}, "limits.timeout", id="an execution that takes long"),
    ],
)
async def test_a_timeout_ends_the_run_and_costs_the_gate_its_data(
    open_stage: Callable[..., Stage], failures: Any, limits: dict[str, str], cause: str
) -> None:
    stage = open_stage(failures=failures)
    report = await stage.run(write_campaign(limits=limits))
    (cell,) = report.cells
    assert (report.verdict, cell.state, stage.statuses()) == (
        *("timed_out", "cancelled"),
        ["CANCELLED"],
    )
    assert cause in str(cell.error)
    (minutes,) = [int(value.strip("m")) for value in limits.values()]
    assert report.totals.duration == pytest.approx(60 * minutes, abs=40)


@pytest.mark.parametrize("limit", ["stall_timeout", "run_timeout", "timeout"])
async def test_on_timeout_leave_leaves_the_run_going(
    open_stage: Callable[..., Stage], limit: str
) -> None:
    stage = open_stage(failures=HANG)
    report = await stage.run(write_campaign(limits={limit: "5m", "on_timeout": "leave"}))
    (cell,) = report.cells
    assert (report.verdict, cell.state, stage.statuses()) == (
        *("timed_out", "lost"),
        ["IN PROGRESS"],
    )
    assert "left going on Coval" in str(cell.error)
    assert report.unsettled == ()


async def test_a_timed_out_execution_is_judged_on_what_it_has(
    open_stage: Callable[..., Stage],
) -> None:
    personas = name_personas(2)
    stuck = {"outcome": "never_finishes", "persona": personas["caller2"]}
    stage = open_stage(failures={"runs": [stuck]}, effects=WORSE)
    text = write_campaign(
        personas=personas,
        limits={"timeout": "10m"},
        gates=[{"pass_rate": "resolved", "at_least": "50%", "where": {"personas": ["caller1"]}}],
    )
    report = await stage.run(text)
    assert [cell.state for cell in report.cells] == ["collected", "cancelled"]
    assert report.verdict == "failed"


async def test_what_ended_in_time_counts_though_its_values_are_late_at_the_timeout(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        failures={"values": [{"for": "10m", "test_cases": [5]}, {"for": "10m", "share": "1%"}]},
        timing={"queue": "59s"},
    )
    text = write_campaign(
        test_sets={"smoke": {"id": "aB1cD2eF", "cases": 12}}, limits={"timeout": "65s"}
    )
    report = await stage.run(text)
    (cell,) = report.cells
    assert (cell.state, cell.error) == ("collected", "some results never came")
    assert cell.simulations.completed == 12


async def test_a_stop_that_another_process_asks_for_ends_the_runs(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG)
    execution = await stage.create(
        write_campaign(personas=name_personas(4), limits={"runs_in_flight": 2})
    )
    stage.later(60, stage.stop, execution)
    async with stage.process() as process:
        await process.drive(execution)
    report = await stage.report(execution)
    assert (report.verdict, report.exit_status, report.reason) == (
        *("cancelled", 6),
        "somebody cancelled it",
    )
    assert (stage.statuses(), report.unsettled) == (["CANCELLED"] * 2, ())
    assert report.totals.duration == pytest.approx(60, abs=5)
    assert report.gates == ()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["queued", "scoring"])
async def test_a_stop_is_heard_at_once_also_by_who_waits(
    open_stage: Callable[..., Stage], where: str
) -> None:
    agent = {"checkout": {"coval": CHECKOUT, "cotool": "3c90c3cc-0d44-4b50-8888-8dd25736052a"}}
    stage = open_stage(timing={"grading": ["20m", "30m"]})
    first = await stage.create(write_campaign(agents=agent))
    second = await stage.create(write_campaign(agents=agent))
    stopped, at = (second, 65) if where == "queued" else (first, 185)
    stage.later(at, stage.stop, stopped)
    async with stage.process() as process:
        await process.drive(first, second)
    stored = (await stage.load(stopped)).execution
    assert stored.verdict == "cancelled"
    assert (stored.finished_at - stored.given_up_at).total_seconds() < 5


async def test_a_run_that_completes_before_its_delete_keeps_its_results(
    open_stage: Callable[..., Stage],
) -> None:
    # Lists are slow to tell: at the stop, the run that is thought to go on has completed.
    stage = open_stage(timing={"queue": "30s"}, faults=[slow_lists(after="20s")])
    execution = await stage.create()
    stage.later(40, stage.stop, execution)
    async with stage.process() as process:
        await process.drive(execution)
    report = await stage.report(execution)
    assert stage.statuses() == ["COMPLETED"]
    assert (report.verdict, report.cells[0].state) == ("cancelled", "collected")
    assert not [call for call in stage.calls if call.name.startswith("DELETE")]


def slow_lists(after: str) -> dict[str, Any]:
    return {"match": {"method": "GET", "path": "/v1/runs", "after": after}, "do": {"delay": "29s"}}


async def test_a_run_that_cannot_be_ended_is_in_the_report_and_settled_later(
    open_stage: Callable[..., Stage],
) -> None:
    down = {"match": {"method": "DELETE", "until": "10m"}, "do": {"status": 503}}
    stage = open_stage(timing=LONG, faults=[down])
    execution = await stage.create()
    stage.later(60, stage.stop, execution)
    async with stage.process() as process:
        await process.drive(execution)
        report = await stage.report(execution)
        (unsettled,) = report.unsettled
        assert (report.verdict, unsettled.state) == ("cancelled", "cancelling")
        assert "`campaignd resume" in unsettled.note
        await process.settle(execution)
    assert stage.statuses() == ["CANCELLED"]
    report = await stage.report(execution)
    assert (report.verdict, report.unsettled) == ("cancelled", ())


async def test_progress_is_shown_while_it_goes_on(open_stage: Callable[..., Stage]) -> None:
    timing = {"simulation": ["20s", "40s"], "simulations_within": None, "metric_lag": "20s"}
    stage = open_stage(timing=timing)
    await stage.run()
    shown = [(view.state, view.cells[0].state, view.cells[0].done) for view in stage.audience.views]
    assert list(dict.fromkeys(shown)) == [
        ("queued", "planned", 0),
        ("running", "planned", 0),
        ("running", "queued", 0),
        ("running", "running", 0),
        ("running", "running", 1),
        ("running", "running", 2),
        ("running", "ended", 2),
        ("running", "collected", 2),
        ("judging", "collected", 2),
        ("finished", "collected", 2),
    ]


async def test_waiting_costs_no_work(open_stage: Callable[..., Stage]) -> None:
    """An execution that only waits looks into the store every two seconds, not more often."""
    lost = {"match": {"method": "POST"}, "do": {"status": 502}, "limit": 1}
    stage = open_stage(timing=LONG, faults=[lost])
    await stage.run(write_campaign(limits={"timeout": "5m"}))
    assert len(stage.audience.views) < 5 * 60 / 2 * 1.3

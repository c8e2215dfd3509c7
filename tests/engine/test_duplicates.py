"""Second runs of a launch: found at any time, recorded, and ended, whoever dies on the way."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Port

from campaignd.core.coval import Run, RunQuery
from campaignd.core.states import LaunchState
from campaignd.engine.launcher import Launcher

POST = "POST /v1/runs"
SLOW = {"simulation": ["2m", "3m"], "simulations_within": None}
LOST_ANSWER = {"match": {"method": "POST", "nth": 1}, "do": {"reset": "after"}}
DEAF = {"match": {"method": "DELETE", "until": "10m"}, "do": {"status": 503}}


async def launch_twin(stage: Stage) -> None:
    """Have the first launch of all made once more, by nobody we know."""
    await stage.launch_elsewhere(stage.asked(POST)[0].body)


def run_ids(stage: Stage) -> list[str]:
    """Return the ids of all runs, in the order of their launches."""
    return [run.run_id for run in stage.world.launched()]


def deletes(stage: Stage) -> int:
    return sum(call.name.startswith("DELETE") for call in stage.calls)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param({}, id="answered"),
        pytest.param({"faults": [LOST_ANSWER]}, id="adopted"),
        pytest.param({"lists": {"items": "summary"}}, id="in a list that shows no tags"),
    ],
)
async def test_a_duplicate_is_found_long_after_its_launch_was_bound(
    open_stage: Callable[..., Stage], scenario: dict[str, Any]
) -> None:
    stage = open_stage(timing=SLOW, **scenario)
    stage.later(45, launch_twin, stage)
    report = await stage.run()
    assert (report.exit_status, stage.statuses()) == (0, ["COMPLETED", "CANCELLED"])
    assert (len(report.notes), report.unsettled) == (1, ())


async def test_a_duplicate_of_an_attempt_that_failed_is_ended_too(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing=SLOW, failures={"runs": [{"outcome": "fails", "first": 1, "after": "5s"}]}
    )
    stage.later(60, launch_twin, stage)
    report = await stage.run(write_campaign(retry={"runs": 1}))
    stem = report.execution.lower()
    assert stage.keys() == [f"{stem}-1-1", f"{stem}-1-2", f"{stem}-1-1"]
    assert stage.statuses() == ["FAILED", "COMPLETED", "CANCELLED"]
    assert f"{stem}-1-1 more than once" in report.notes[0]


async def test_lists_that_lag_longer_than_the_grace_cost_a_second_run_that_is_ended(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, faults=[LOST_ANSWER], lists={"lag": "150s"})
    report = await stage.run()
    assert (len(stage.asked(POST)), report.exit_status) == (2, 0)
    assert stage.statuses() == ["CANCELLED", "COMPLETED"]
    assert report.cells[0].run_id == run_ids(stage)[1]
    assert "more than once" in report.notes[0]


async def test_an_older_copy_and_lists_that_lag_cost_second_runs_that_are_ended(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, lists={"lag": "20s"})
    execution = await stage.create()
    copy = stage.copy_database("a moment ago.db")
    await stage.crash(execution, f"answer to {POST}")
    stage.restore_database(copy)
    report = await stage.restart(execution)
    assert stage.statuses() == ["CANCELLED", "COMPLETED"]
    assert (report.exit_status, len(report.notes)) == (0, 1)


async def test_a_duplicate_that_appears_after_the_verdict_is_ended_by_who_settles(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    report = await stage.run()
    await launch_twin(stage)
    async with stage.process() as process:
        await stage.take_over(report.execution)
        await process.settle(report.execution)
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]
    after = await stage.report(report.execution)
    assert (after.verdict, len(after.notes)) == ("passed", 1)


async def test_a_duplicate_that_completed_meanwhile_is_recorded_and_not_deleted(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create()
    await stage.crash(execution, "GET /v1/runs")
    await launch_twin(stage)
    await anyio.sleep(600)
    report = await stage.restart(execution)
    assert (stage.statuses(), deletes(stage)) == (["COMPLETED"] * 2, 0)
    assert (report.exit_status, len(report.notes), report.unsettled) == (0, 1, ())


async def test_a_duplicate_is_read_before_it_is_deleted(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing=SLOW)

    class SlowRead(Port):
        """The twin completes before it is read."""

        async def read_run(self, run_id: str) -> Run:
            if run_id in run_ids(stage)[1:]:
                await anyio.sleep(200)
            run: Run = await self._inner.read_run(run_id)
            return run

    execution = await stage.create()
    stage.later(30, launch_twin, stage)
    async with stage.process() as process:
        process.replace_coval(SlowRead)
        await process.drive(execution)
        await process.settle(execution)
    assert (stage.statuses(), deletes(stage)) == (["COMPLETED"] * 2, 0)


class ShowsFirstAlone(Port):
    """Lists that do not show the second run (any more)."""

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        runs: Sequence[Run] = await self._inner.list_runs(query)
        return runs[:1]


@pytest.mark.parametrize(
    ("method", "count"),
    [
        pytest.param("DELETE", 1, id="between its record and the DELETE"),
        pytest.param("answer to DELETE", 1, id="between the DELETE and its answer"),
    ],
)
async def test_a_duplicate_that_no_list_shows_any_more_is_ended_after_a_crash(
    open_stage: Callable[..., Stage], method: str, count: int
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create()
    stage.later(30, launch_twin, stage)
    async with stage.process() as process:
        process.fuse.blow_when(lambda instant: instant.startswith(method))
        await process.drive(execution)
    async with stage.process() as process:
        process.replace_coval(ShowsFirstAlone)
        await stage.take_over(execution)
        await process.drive(execution, taken_over=True)
    report = await stage.report(execution)
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]
    assert (deletes(stage), report.exit_status, len(report.notes)) == (count, 0, 1)


async def test_a_duplicate_that_cannot_be_ended_holds_no_verdict_up_and_is_reported(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing={"simulation": ["2m", "15m"], "simulations_within": None}, faults=[DEAF]
    )
    stage.later(15, launch_twin, stage)
    failed = write_campaign(limits={"run_timeout": "4m", "on_timeout": "leave"})
    report = await stage.run(failed)
    (unsettled,) = report.unsettled
    twin = run_ids(stage)[1]
    assert (unsettled.run_id, unsettled.state, report.notes) == (twin, "cancelling", ())
    assert "second run" in unsettled.note
    assert f"`campaignd resume {report.execution}`" in unsettled.note
    assert await stage.history.unfinished() == [report.execution]
    async with stage.process() as process:
        await stage.take_over(report.execution)
        await process.settle(report.execution)
    after = await stage.report(report.execution)
    assert (after.unsettled, len(after.notes)) == ((), 1)
    assert stage.statuses()[1] == "CANCELLED"
    assert await stage.history.unfinished() == []


async def test_trouble_with_a_duplicate_holds_no_take_over_up(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing={"simulation": ["15m", "20m"], "simulations_within": None}, faults=[DEAF]
    )
    limits = {"run_timeout": "1m", "on_timeout": "leave"}
    execution = await stage.create(write_campaign(limits=limits))
    await stage.crash(execution, "GET /v1/runs")
    await launch_twin(stage)
    async with stage.process() as process:
        await stage.take_over(execution)
        await process.drive(execution, taken_over=True)
    report = await stage.report(execution)
    assert (report.verdict, report.totals.duration) == ("timed_out", pytest.approx(60, abs=30))


async def test_an_interrupt_ends_both_runs_of_a_doubtful_launch(
    open_stage: Callable[..., Stage],
) -> None:
    hang = {"match": {"method": "POST", "nth": 1}, "do": {"delay": "20s"}}
    stage = open_stage(timing=SLOW, faults=[hang])
    execution = await stage.create()
    stage.later(5, launch_twin, stage)
    async with stage.process() as process:
        with anyio.move_on_after(10):
            await process.drive(execution)
        began = anyio.current_time()
        await process.interrupt(execution)
        assert anyio.current_time() - began < 5
    report = await stage.report(execution)
    assert stage.statuses() == ["CANCELLED", "CANCELLED"]
    assert (report.unsettled, len(report.notes)) == ((), 1)


async def test_an_interrupt_ends_a_duplicate_that_was_recorded_before(
    open_stage: Callable[..., Stage],
) -> None:
    deaf = {"match": {"method": "DELETE", "until": "20s"}, "do": {"status": 503}}
    stage = open_stage(timing=SLOW, faults=[deaf])
    execution = await stage.create()
    stage.later(5, launch_twin, stage)
    async with stage.process() as process:
        with anyio.move_on_after(20.5):
            await process.drive(execution)
        await process.interrupt(execution)
    assert stage.statuses() == ["CANCELLED", "CANCELLED"]
    assert (await stage.report(execution)).unsettled == ()


async def test_who_adopts_too_late_ends_nothing(open_stage: Callable[..., Stage]) -> None:
    """Somebody else bound the launch since the search began: to one of the runs found, maybe."""
    stage = open_stage(timing=SLOW)
    execution = await stage.create()
    await stage.crash(execution, "GET /v1/runs")
    await launch_twin(stage)
    stored = await stage.load(execution)
    stale = replace(stored.launches[0], state=LaunchState.UNRESOLVED, run_id=None)
    async with stage.process() as process:
        found = await process.vendors.coval.list_runs(RunQuery())
        loaded = stage.campaigns[execution]
        launcher = Launcher(process.tools_of(loaded), loaded.campaign)
        await launcher.adopt(stored.execution, stale, list(reversed(found)))
    after = await stage.load(execution)
    assert (after.launches, after.duplicates, deletes(stage)) == (stored.launches, (), 0)


async def test_a_run_that_was_ended_as_a_duplicate_is_not_kept_by_a_restored_database(
    open_stage: Callable[..., Stage],
) -> None:
    # The first run was lost sight of, found late and ended; the copy knows of neither.
    stage = open_stage(timing=SLOW, faults=[LOST_ANSWER], lists={"lag": "100s"})
    execution = await stage.create()
    copy = stage.copy_database("yesterday.db")
    async with stage.process() as process:
        process.fuse.blow_when(lambda instant: instant.startswith("answer to DELETE"))
        await process.drive(execution)
    assert stage.statuses() == ["CANCELLED", "IN PROGRESS"]
    stage.restore_database(copy)
    await anyio.sleep(100)
    report = await stage.restart(execution)
    assert (report.exit_status, stage.statuses()) == (0, ["CANCELLED", "COMPLETED"])

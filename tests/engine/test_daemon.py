"""A bug of ours ends one execution in good order, and harms no other."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.engine.campaigns import CHECKOUT, RESOLVED, name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Port

from campaignd.core.coval import Explanation, Run

LONG = {"simulation": ["2m", "3m"], "simulations_within": None}
WORSE = [{"agent": CHECKOUT, "metric": RESOLVED, "rate": -1}]


class BuggyReads(Port):
    async def read_run(self, run_id: str) -> Run:
        raise ZeroDivisionError("division by zero")


async def test_a_bug_settles_the_execution_as_errored_and_ends_its_runs(
    open_stage: Callable[..., Stage],
) -> None:
    personas = name_personas(2)
    stage = open_stage(
        timing=LONG,
        failures={"runs": [{"outcome": "never_starts", "persona": personas["caller2"]}]},
    )
    execution = await stage.create(write_campaign(personas=personas))
    async with stage.process() as process:
        process.replace_coval(BuggyReads)
        await process.drive(execution)
    report = await stage.report(execution)
    assert (report.verdict, report.exit_status) == ("errored", 4)
    assert report.reason == "campaignd itself failed: ZeroDivisionError: division by zero"
    assert sorted(stage.statuses()) == ["CANCELLED", "COMPLETED"]


async def test_a_bug_in_one_execution_harms_no_other(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing=LONG)
    broken = await stage.create(write_campaign(name="broken"))
    sound = await stage.create(write_campaign(name="sound", personas=name_personas(3)))

    class BuggyForOne(Port):
        async def list_simulations(self, run_id: str) -> Any:
            run = stage.world.run(run_id, stage.clock.now())
            if run is not None and broken.lower() in run.tags[2]:
                raise ZeroDivisionError
            async for page in self._inner.list_simulations(run_id):
                yield page

    async with stage.process() as process:
        process.replace_coval(BuggyForOne)
        await process.drive(broken, sound)
    assert (await stage.report(broken)).verdict == "errored"
    assert (await stage.report(sound)).verdict == "passed"


async def test_an_execution_ends_as_errored_though_ending_its_runs_fails_by_a_bug_too(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG)
    execution = await stage.create(write_campaign(limits={"timeout": "1m"}))
    async with stage.process() as process:
        process.replace_coval(BuggyReads)
        process.replace_urgent(BuggyReads)
        with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
            await process.drive(execution)
    report = await stage.report(execution)
    assert (report.verdict, len(report.unsettled)) == ("errored", 1)
    assert await settle(stage, execution) == ["CANCELLED"]


async def settle(stage: Stage, execution: str) -> Sequence[str]:
    async with stage.process() as process:
        await process.settle(execution)
    return stage.statuses()


async def test_trouble_with_explanations_costs_no_verdict(
    open_stage: Callable[..., Stage],
) -> None:
    down = {"match": {"path": "/v1/simulations/*/metrics"}, "do": {"status": 503}}
    stage = open_stage(faults=[down], effects=WORSE)
    report = await stage.run()
    assert report.verdict == "failed"
    assert report.gates[0].cases[0].explanation is None


async def test_failing_cases_come_with_their_judges_words(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(effects=WORSE)
    report = await stage.run()
    assert all(case.explanation for case in report.gates[0].cases)


async def test_explanations_are_waited_for_half_a_minute_at_most(
    open_stage: Callable[..., Stage],
) -> None:
    slow = {"match": {"path": "/v1/simulations/*/metrics"}, "do": {"delay": "20s"}}
    stage = open_stage(faults=[slow], effects=WORSE)
    report = await stage.run(write_campaign(test_sets={"smoke": {"id": "aB1cD2eF", "cases": 12}}))
    assert report.verdict == "failed"
    assert [bool(case.explanation) for case in report.gates[0].cases].count(True) == 1
    assert (report.totals.duration or 0) < 60


class Blamer:
    """Explains nothing, by a bug."""

    async def explain(self, simulation_id: str) -> Sequence[Explanation]:
        raise KeyError(simulation_id)


async def test_a_bug_while_judging_is_an_error_and_no_verdict_on_the_agent(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(effects=WORSE)
    execution = await stage.create()
    async with stage.process() as process:
        process.replace_explanations(Blamer())
        await process.drive(execution)
    report = await stage.report(execution)
    assert (report.verdict, report.cells[0].state) == ("errored", "collected")
    assert "KeyError" in report.reason

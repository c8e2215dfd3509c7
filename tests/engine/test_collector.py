"""What a run measured is stored whole, or after a bounded wait as far as it came."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import anyio
import httpx
import pytest
from tests.engine.campaigns import RESOLVED, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Call, Port

from campaignd.adapters.store.results import ResultRows
from campaignd.core.coval import Results, Run, Simulation
from campaignd.engine.records import MeasuredLaunch, ResourceSeen

LATENCY = "iM5lM1oRs4zTu7wY0aBdEe"
TWELVE = {"smoke": {"id": "aB1cD2eF", "cases": 12}}


async def test_every_value_has_its_variant_and_test_case(stage: Stage) -> None:
    mutations = {"models": {"fast": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}}
    agents = {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc", "mutations": ["models"]}}
    text = write_campaign(agents=agents, mutations=mutations, test_sets=TWELVE)
    report = await stage.run(text)
    stored = (await stage.load(report.execution)).execution
    (part,) = (await ResultRows(stage.database).measured(stored)).launches
    places = [(s.mutation_name, s.test_case_id) for s in part.simulations]
    assert len(set(places)) == len(places) == 24
    assert {variant for variant, _ in places} == {None, "fast"}
    values = [part.values[s.simulation_id][RESOLVED] for s in part.simulations]
    assert set(values) <= {"YES", "NO", "UNKNOWN"}


async def test_values_that_come_late_are_waited_for(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(failures={"values": [{"for": "80s", "test_cases": [3]}]})
    report = await stage.run(write_campaign(test_sets=TWELVE))
    (cell,), (gate,) = report.cells, report.gates
    assert (cell.state, cell.error, gate.missing) == ("collected", None, 0)
    assert 80 <= (report.totals.duration or 0) < 120


async def test_values_that_never_come_are_missing_after_the_wait(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(failures={"values": [{"test_cases": [3]}]})
    report = await stage.run(write_campaign(test_sets=TWELVE))
    (cell,), (gate,) = report.cells, report.gates
    assert (cell.state, cell.error) == ("collected", "some results never came")
    assert gate.missing == 1
    assert 120 <= (report.totals.duration or 0) < 180


async def test_the_older_shape_of_results_serves_gates_on_the_mean(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(failures={"results": "aggregates"})
    text = write_campaign(
        metrics={"latency": {"id": LATENCY, "better": "lower"}},
        gates=[{"mean": "latency", "at_most": 3}, {"max": "latency", "at_most": 0.1}],
    )
    execution = await stage.create(text, [ResourceSeen("metric", LATENCY, "Latency")])
    async with stage.process() as process:
        await process.drive(execution)
    report = await stage.report(execution)
    assert [gate.verdict for gate in report.gates] == ["passed", "failed"]
    assert (report.totals.duration or 0) < 60


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "SKIPPED"])
async def test_simulations_without_a_conversation_have_no_values_to_wait_for(
    open_stage: Callable[..., Stage], status: str
) -> None:
    stage = open_stage(failures={"simulations": [{"status": status, "test_cases": [1, 2]}]})
    report = await stage.run(write_campaign(test_sets=TWELVE))
    (cell,) = report.cells
    failed = 2 if status == "FAILED" else 0
    counts = cell.simulations
    assert (counts.completed, counts.failed, counts.lost) == (10, failed, 2 - failed)
    assert (report.totals.duration or 0) < 60


async def test_a_run_that_is_deleted_before_it_was_collected_is_lost(stage: Stage) -> None:
    def delete(call: Call) -> None:
        if call.name == "GET /v1/simulations":
            for run in list(stage.world.launched()):
                stage.world.end(run, stage.clock.now())

    stage.stunt = delete
    report = await stage.run()
    (cell,) = report.cells
    assert (cell.state, cell.error) == ("lost", "the run's results vanished from Coval")


async def test_a_run_that_is_not_found_for_a_moment_is_not_lost(
    open_stage: Callable[..., Stage],
) -> None:
    rule = {"match": {"method": "GET", "path": "/v1/runs/*", "until": "60s"}, "do": {"status": 404}}
    stage = open_stage(faults=[rule])
    report = await stage.run()
    assert (report.exit_status, report.cells[0].state) == (0, "collected")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(400, json={"message": "no"}), id="400"),
        pytest.param(httpx.Response(200, json={"simulations": "none"}), id="another form"),
    ],
)
async def test_results_that_cannot_be_read_are_lost_after_the_wait(
    stage: Stage, answer: httpx.Response
) -> None:
    stage.stunt = lambda call: again(answer) if call.name == "GET /v1/simulations" else None
    report = await stage.run()
    (cell,) = report.cells
    assert cell.state == "lost"
    assert "cannot be read: Coval answered" in str(cell.error)
    assert (report.totals.duration or 0) < 240


def again(answer: httpx.Response) -> httpx.Response:
    return httpx.Response(answer.status_code, content=answer.content)


async def test_more_simulations_than_a_page_holds_are_read_to_the_last(stage: Stage) -> None:
    text = write_campaign(
        test_sets=TWELVE,
        options={"iterations": 50, "concurrency": 50},
        limits={"simulations": 2400},
        personas={"impatient": "hL4kL0nQr3ySt6vX9zAcDd"},
        agents={"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc", "mutations": ["models"]}},
        mutations={"models": {"fast": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}},
    )
    report = await stage.run(text)
    assert report.cells[0].simulations.completed == 1200
    assert len(stage.asked("GET /v1/simulations")) == 2


class Rescored(Port):
    """The first read finds other values than the later ones, and a simulation more."""

    reads = 0

    async def read_run(self, run_id: str) -> Run:
        run: Run = await self._inner.read_run(run_id)
        if run.results is None:
            return run
        self.reads += 1
        return replace(run, results=_misjudge(run.results)) if self.reads == 1 else run

    async def list_simulations(self, run_id: str) -> AsyncGenerator[Sequence[Simulation]]:
        async with aclosing(self._inner.list_simulations(run_id)) as pages:
            async for page in pages:
                yield [*page, replace(page[0], simulation_id="gone")] if self.reads == 1 else page


def _misjudge(results: Results) -> Results:
    """Turn every value but the first, which is still missing, and add one of nobody."""
    late, *others = results.output_ids
    values = {late: None, "gone": "NO"} | dict.fromkeys(others, "UNKNOWN")
    return replace(results, values={RESOLVED: values})


async def test_of_results_that_change_between_two_reads_the_last_alone_is_stored(
    stage: Stage,
) -> None:
    execution = await stage.create(write_campaign(test_sets=TWELVE))
    async with stage.process() as process:
        process.replace_coval(Rescored)
        await process.drive(execution)
    part = await collected(stage, execution)
    truth = (await read_again(stage, part)).values[RESOLVED]
    assert len(part.simulations) == 12
    assert {key: values[RESOLVED] for key, values in part.values.items()} == truth
    assert "UNKNOWN" not in truth.values()


class Shifting(Port):
    """Pages that shift while they are read for the first time: one item twice, one never."""

    reads = 0

    async def list_simulations(self, run_id: str) -> AsyncGenerator[Sequence[Simulation]]:
        self.reads += 1
        async with aclosing(self._inner.list_simulations(run_id)) as pages:
            async for page in pages:
                yield page if self.reads > 1 else page[:6]
                yield [] if self.reads > 1 else [page[5], *page[7:]]


async def test_a_simulation_that_shifting_pages_skipped_is_read_again(stage: Stage) -> None:
    execution = await stage.create(write_campaign(test_sets=TWELVE))
    async with stage.process() as process:
        process.replace_coval(Shifting)
        await process.drive(execution)
    part = await collected(stage, execution)
    assert len(part.simulations) == len(part.values) == 12
    (cell,) = (await stage.report(execution)).cells
    assert (cell.error, len(stage.asked("GET /v1/simulations"))) == (None, 2)


async def collected(stage: Stage, execution: str) -> MeasuredLaunch:
    stored = (await stage.load(execution)).execution
    (part,) = (await ResultRows(stage.database).measured(stored)).launches
    return part


async def read_again(stage: Stage, part: MeasuredLaunch) -> Results:
    """Read what Coval says of a run now."""
    async with stage.process() as process:
        run = await process.vendors.coval.read_run(str(part.launch.run_id))
    assert run.results is not None
    return run.results


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(403, json={"message": "no"}), id="one 403"),
        pytest.param(httpx.Response(200, json={"simulations": "none"}), id="one in another form"),
        pytest.param(httpx.Response(404, json={"message": "no"}), id="one 404"),
    ],
)
async def test_one_bad_answer_loses_nothing_though_the_process_comes_back_hours_later(
    stage: Stage, answer: httpx.Response
) -> None:
    execution = await stage.create()
    await stage.crash(execution, "GET /v1/simulations")
    await anyio.sleep(3 * 3600)
    left = [answer]
    stage.stunt = lambda call: left.pop() if left and "simulations" in call.name else None
    report = await stage.restart(execution)
    assert (left, report.cells[0].state, report.exit_status) == ([], "collected", 0)

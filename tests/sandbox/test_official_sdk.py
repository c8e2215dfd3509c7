"""The vendor's own client, in strict mode, over real HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest
from coval_sdk import (
    CovalClient,
    CovalMetricsAPIBatchGetMetricOutputsRequest,
    CovalRunsAPILaunchRunRequest,
    CovalRunsAPIUpdateRunRequest,
    paginate,
)
from coval_sdk.exceptions import BadRequestException, NotFoundException, UnauthorizedException

from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.sandbox.server import serve

CHECKOUT, SMOKE = "gk3jK9mPq2xRt5vW8yZaBc", "aB1cD2eF"
FAST_VAD = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
TIMEOUT = {"_request_timeout": 10.0}
Session = Callable[[CovalClient], None]


async def use_sdk(session: Session, clock: Any, **scenario: object) -> None:
    app = create_app(World(Scenario.model_validate(scenario)), clock=clock)
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            port = await group.start(partial(serve, app))
            await anyio.to_thread.run_sync(_converse, session, f"http://127.0.0.1:{port}/v1")
            group.cancel_scope.cancel()


def _converse(session: Session, base_url: str) -> None:
    with CovalClient("key", base_url=base_url, strict_response_validation=True) as coval:
        session(coval)


def launch(coval: CovalClient, **changes: object) -> str:
    metrics = coval.metrics.list_metrics(**TIMEOUT).metrics
    body = {
        "agent_id": CHECKOUT,
        "persona_id": "hL4kL0nQr3ySt6vX9zAcDd",
        "test_set_id": SMOKE,
        "metric_ids": [metric.id for metric in metrics],
        "mutation_ids": [FAST_VAD],
        "options": {"iteration_count": 2, "concurrency": 5},
        "metadata": {"tags": ["nightly", "red"], "customer": {"launch_key": "k-1"}},
    }
    request = CovalRunsAPILaunchRunRequest.from_dict(body | changes)
    run = coval.runs.launch_run(request, **TIMEOUT).run
    assert run.status == "PENDING"
    return str(run.run_id)


async def test_it_reads_the_whole_world_page_by_page(clock: Any) -> None:
    def session(coval: CovalClient) -> None:
        lists = {
            "agents": coval.agents.list_agents,
            "personas": coval.personas.list_personas,
            "test_sets": coval.test_sets.list_test_sets,
            "test_cases": coval.test_cases.list_test_cases,
            "metrics": coval.metrics.list_metrics,
            "mutations": partial(coval.mutations.list_mutations, CHECKOUT),
        }
        found = {
            field: len(list(paginate(operation, items_field=field, page_size=1, **TIMEOUT)))
            for field, operation in lists.items()
            if field != "test_cases"
        }
        assert found == {"agents": 2, "personas": 2, "test_sets": 2, "metrics": 5, "mutations": 2}
        cases = list(paginate(lists["test_cases"], items_field="test_cases", page_size=20))
        assert len({case.id for case in cases}) == 52
        assert coval.test_cases.get_test_case(cases[0].id).test_case == cases[0]
        assert coval.agents.get_agent(CHECKOUT).agent.display_name == "Checkout assistant"
        assert coval.test_sets.get_test_set(SMOKE).test_set.test_case_count == 12
        mutation = coval.mutations.get_mutation(CHECKOUT, FAST_VAD).mutation
        assert (mutation.display_name, mutation.status) == ("fast-vad", "ACTIVE")

    await use_sdk(session, clock)


async def test_it_launches_follows_and_reads_a_run(clock: Any) -> None:
    def session(coval: CovalClient) -> None:
        run_id = launch(coval)
        seen = []
        for _ in range(12):
            run = coval.runs.get_run(run_id, **TIMEOUT).run
            seen.append(run.status.value)
            clock.pass_time(0.5)
        assert list(dict.fromkeys(seen)) == ["PENDING", "IN QUEUE", "IN PROGRESS", "COMPLETED"]
        run = coval.runs.get_run(run_id, **TIMEOUT).run
        assert (run.tags, run.metadata) == (["nightly", "red"], {"launch_key": "k-1"})
        assert len(run.results.output_ids) == 48
        assert {result.output_type for result in run.results.metrics.values()} == {
            "float",
            "string",
            "set",
        }
        simulations = coval.simulations.list_simulations(
            filter=f'run_id="{run_id}"', page_size=1000
        ).simulations
        assert {item.simulation_id for item in simulations} == set(run.results.output_ids)
        one = coval.simulations.get_simulation(simulations[0].simulation_id).simulation
        assert one.transcript

    await use_sdk(session, clock)


async def test_it_reads_metric_outputs_in_every_way(clock: Any) -> None:
    def session(coval: CovalClient) -> None:
        run_id = launch(coval)
        clock.pass_time(10)
        simulation_id = coval.runs.get_run(run_id).run.results.output_ids[0]
        listed = coval.metric_outputs.simulations_list_metrics(simulation_id).metrics
        assert len(listed) == 5
        one = listed[0]
        single = coval.metric_outputs.simulations_get_metric(simulation_id, one.metric_output_id)
        assert single.actual_instance.metric == one
        several = coval.metric_outputs.simulations_get_metric(simulation_id, one.metric_id)
        assert several.actual_instance.metric_outputs == [one]
        request = CovalMetricsAPIBatchGetMetricOutputsRequest(
            metric_output_ids=[item.metric_output_id for item in listed]
        )
        batch = coval.metrics.batch_get_metric_outputs(request).metric_outputs
        assert [item.metric_output_id for item in batch] == [
            item.metric_output_id for item in listed
        ]

    await use_sdk(session, clock)


async def test_it_lists_tags_and_ends_runs(clock: Any) -> None:
    def session(coval: CovalClient) -> None:
        finished = launch(coval)
        clock.pass_time(10)
        active = launch(coval, metadata={"tags": ["blue"]})
        pages = paginate(
            coval.runs.list_runs, items_field="runs", page_size=1, order_by="create_time"
        )
        assert [run.run_id for run in pages] == [finished, active]
        chosen = coval.runs.list_runs(filter='status="COMPLETED" AND tag="nightly"').runs
        assert [run.run_id for run in chosen] == [finished]
        averages = coval.runs.list_runs(include="metric_averages").runs[-1].metric_averages
        assert averages
        updated = coval.runs.update_run(active, CovalRunsAPIUpdateRunRequest(tags=["green"])).run
        assert updated.tags == ["green"]
        known = coval.runs.list_run_tags().tags
        assert [item.tag for item in known] == ["green", "nightly", "red"]
        coval.runs.delete_run(active)
        coval.runs.delete_run(finished)
        ends = [coval.runs.get_run(run_id).run.status.value for run_id in (active, finished)]
        assert ends == ["CANCELLED", "DELETED"]

    await use_sdk(session, clock)


async def test_it_understands_refusals(clock: Any) -> None:
    def session(coval: CovalClient) -> None:
        with pytest.raises(NotFoundException) as missing:
            coval.runs.get_run("Rn5Wc1Zt7Bk3Mx9Dq4Lp8F")
        assert missing.value.data.error.code == "NOT_FOUND"
        with pytest.raises(BadRequestException) as bad:
            coval.runs.list_runs(filter="(status=FAILED)")
        assert bad.value.data.error.details[0].var_field == "filter"

    await use_sdk(session, clock)


async def test_it_understands_a_wrong_key(clock: Any) -> None:
    def session(coval: CovalClient) -> None:
        with pytest.raises(UnauthorizedException):
            coval.agents.list_agents()

    await use_sdk(session, clock, api_keys={"coval": "another"})

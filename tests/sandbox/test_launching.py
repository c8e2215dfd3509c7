from typing import Any

import pytest

from campaignd.sandbox.calls import Call
from campaignd.sandbox.refusals import Refused

FAST_VAD, GPT_4O = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"
SUPPORTS_OWN = "01ARZ3NDEKTSV4RRFFQ69G5FAX"
STRANGER = "zzzzzzzzzzzzzzzzzzzzzz"


def refusal_of(bench: Any, **changes: object) -> Refused:
    with pytest.raises(Refused) as caught:
        bench.launch(**changes)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"agent_id": "short"}, "agent_id", id="short agent id"),
        pytest.param({"agent_id": None}, "agent_id", id="no agent id"),
        pytest.param({"persona_id": "x" * 23}, "persona_id", id="long persona id"),
        pytest.param({"test_set_id": "x" * 9}, "test_set_id", id="long test set id"),
        pytest.param({"metric_ids": ["short"]}, "metric_ids.0", id="short metric id"),
        pytest.param({"metric_ids": "x" * 22}, "metric_ids", id="metrics no list"),
        pytest.param({"mutation_id": "short"}, "mutation_id", id="short mutation id"),
        pytest.param({"mutation_ids": [FAST_VAD] * 101}, "mutation_ids", id="101 mutations"),
        pytest.param(
            {"mutation_id": FAST_VAD, "mutation_ids": [GPT_4O]}, "mutation_ids", id="both mutations"
        ),
        pytest.param({"mutation_ids": [SUPPORTS_OWN]}, "mutation_ids", id="another agent's"),
        pytest.param(
            {"options": {"iteration_count": 51}}, "options.iteration_count", id="51 iterations"
        ),
        pytest.param(
            {"options": {"iteration_count": 0}}, "options.iteration_count", id="no iteration"
        ),
        pytest.param(
            {"options": {"iteration_count": "3"}}, "options.iteration_count", id="text for number"
        ),
        pytest.param({"options": {"concurrency": 101}}, "options.concurrency", id="101 lanes"),
        pytest.param(
            {"options": {"sub_sample_size": -1}}, "options.sub_sample_size", id="negative sample"
        ),
        pytest.param(
            {"options": {"sub_sample_size": 3, "sub_sample_seed": 2**31}},
            "options.sub_sample_seed",
            id="seed too large",
        ),
        pytest.param({"options": {"test_case_ids": []}}, "options.test_case_ids", id="no case"),
        pytest.param(
            {"options": {"test_case_ids": [STRANGER]}}, "options.test_case_ids", id="strange case"
        ),
        pytest.param(
            {"options": {"test_case_ids": [STRANGER], "sub_sample_size": 2}},
            "options.test_case_ids",
            id="cases and sample",
        ),
        pytest.param({"metadata": {"tags": ["t"] * 21}}, "metadata.tags", id="21 tags"),
        pytest.param({"metadata": {"tags": ["t" * 201]}}, "metadata.tags.0", id="long tag"),
        pytest.param(
            {"metadata": {"display_name": "n" * 201}}, "metadata.display_name", id="long name"
        ),
        pytest.param(
            {"metadata": {"customer": "text"}}, "metadata.customer", id="customer no object"
        ),
    ],
)
def test_launches_against_the_rules_are_refused_with_the_field(
    bench: Any, changes: dict[str, object], field: str
) -> None:
    refused = refusal_of(bench, **changes)
    assert refused.status == 400
    assert field in [objection.field for objection in refused.objections]
    assert bench.listed() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"agent_id": STRANGER}, 404, id="agent"),
        pytest.param({"persona_id": STRANGER}, 404, id="persona"),
        pytest.param({"test_set_id": "zzzzzzzz"}, 404, id="test set"),
        pytest.param({"metric_ids": [STRANGER]}, 400, id="metric"),
        pytest.param({"mutation_ids": ["0" * 26]}, 400, id="mutation"),
    ],
)
def test_strangers_are_accepted_unless_the_scenario_is_strict(
    bench_of: Any, changes: dict[str, object], status: int
) -> None:
    assert bench_of().launch(**changes)
    assert refusal_of(bench_of(strict=True), **changes).status == status


def test_what_the_scenario_deleted_does_not_exist(bench_of: Any, order: dict[str, object]) -> None:
    bench = bench_of(world={"deleted": [order["agent_id"]]})
    assert refusal_of(bench).status == 404


def test_a_deleted_mutation_is_shown_but_not_launched(
    bench_of: Any, order: dict[str, object]
) -> None:
    agent = {"name": "A", "mutations": {FAST_VAD: {"name": "old", "deleted": True}}}
    bench = bench_of(world={"agents": {order["agent_id"]: agent}})
    assert "is deleted" in refusal_of(bench, mutation_ids=[FAST_VAD]).objections[0].description
    path = {"agent_id": order["agent_id"], "mutation_id": FAST_VAD}
    shown = bench.ask(bench.residents.read_mutation, **path)["mutation"]
    assert shown["status"] == "DELETED"


def test_the_answer_is_minimal_and_pending(bench: Any, order: dict[str, object]) -> None:
    run = bench.ask(bench.runs.launch_run, body=order)["run"]
    assert set(run) == {"name", "run_id", "status", "create_time"}
    assert (run["status"], run["create_time"]) == ("PENDING", "2026-11-02T08:00:00.000Z")
    assert run["name"] == f"runs/{run['run_id']}"


def test_the_base_agent_runs_beside_every_mutation(bench: Any) -> None:
    run_id = bench.launch(mutation_ids=[FAST_VAD, GPT_4O], options={"iteration_count": 3})
    bench.clock.pass_time(10)
    simulations = bench.simulations_of(run_id)
    assert len(simulations) == 12 * 3 * 3
    assert {item["mutation_name"] for item in simulations} == {None, "fast-vad", "gpt-4o"}


def test_a_single_mutation_may_be_given_by_itself(bench: Any) -> None:
    run_id = bench.launch(mutation_id=FAST_VAD)
    assert bench.read(run_id)["progress"]["total_test_cases"] == 24


def cases_of(bench: Any, run_id: str) -> set[str]:
    bench.clock.pass_time(10)
    return {item["test_case_id"] for item in bench.simulations_of(run_id)}


def test_the_same_seed_and_size_sample_the_same_cases(bench: Any) -> None:
    seven = {"sub_sample_size": 5, "sub_sample_seed": 7}
    first = cases_of(bench, bench.launch(options=seven))
    assert len(first) == 5
    assert cases_of(bench, bench.launch(options=seven)) == first
    assert cases_of(bench, bench.launch(options=seven | {"sub_sample_seed": 8})) != first


def test_named_cases_alone_are_run_and_a_sample_size_of_zero_is_fine_beside_them(
    bench: Any,
) -> None:
    page = bench.ask(bench.residents.list_test_cases, {"filter": "test_set_id=aB1cD2eF"})
    named = [case["id"] for case in page["test_cases"][:2]]
    run_id = bench.launch(options={"test_case_ids": named, "sub_sample_size": 0})
    assert cases_of(bench, run_id) == set(named)


def test_metadata_comes_back_as_the_contract_says(bench: Any) -> None:
    metadata = {
        "customer": {"launch_key": "k-1"},
        "display_name": "nightly",
        "tags": [" red", "red", "blue ", ""],
    }
    run = bench.read(bench.launch(metadata=metadata))
    assert run["metadata"] == {"launch_key": "k-1"}
    assert run["tags"] == ["red", "blue"]
    assert run["display_name"] == "nightly"


def test_a_run_without_a_name_gets_one_from_the_time(bench: Any) -> None:
    assert bench.read(bench.launch())["display_name"] == "Simulation Run 2026-11-02 08:00"


def test_without_metrics_the_agents_own_are_measured(bench: Any) -> None:
    run_id = bench.launch(metric_ids=None, agent_id="sU7pP3rTq9wXn4bV6cYdEf")
    bench.clock.pass_time(10)
    assert set(bench.read(run_id)["results"]["metrics"]) == {"jN6mN2pSt5aUv8xZ1bCeFf"}


def test_a_body_that_is_not_json_is_refused(bench: Any) -> None:
    with pytest.raises(Refused, match="not valid JSON"):
        bench.runs.launch_run(Call(bench.clock(), body=b"{"))

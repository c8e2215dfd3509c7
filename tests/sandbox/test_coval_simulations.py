from typing import Any

import pytest

from campaignd.sandbox.refusals import Refused

FAST_VAD = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
RESOLVED, LATENCY = "jN6mN2pSt5aUv8xZ1bCeFf", "iM5lM1oRs4zTu7wY0aBdEe"


@pytest.fixture
def done(bench: Any) -> Any:
    """A bench with one finished run of 24 simulations, `done.run_id`."""
    bench.run_id = bench.launch(mutation_ids=[FAST_VAD])
    bench.clock.pass_time(10)
    return bench


def chosen(bench: Any, **query: object) -> list[dict[str, Any]]:
    page = bench.ask(bench.simulations.list_simulations, {"page_size": 1000} | query)
    return list(page["simulations"])


def outputs_of(bench: Any, simulation_id: str, **query: object) -> list[dict[str, Any]]:
    page = bench.ask(bench.simulations.list_outputs, query, simulation_id=simulation_id)
    return list(page["metrics"])


def test_simulations_appear_when_the_run_is_queued(bench: Any) -> None:
    run_id = bench.launch()
    assert bench.simulations_of(run_id) == []
    bench.clock.pass_time(0.3)
    assert {item["status"] for item in bench.simulations_of(run_id)} == {"IN QUEUE"}


def test_simulations_begin_and_end_one_after_the_other(bench: Any) -> None:
    run_id = bench.launch(options={"concurrency": 2})
    bench.clock.pass_time(2)
    states = [item["status"] for item in bench.simulations_of(run_id)]
    assert states.count("IN PROGRESS") == 2
    assert {"IN QUEUE", "COMPLETED"} <= set(states)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        pytest.param(f'mutation_id="{FAST_VAD}"', 12, id="mutation id"),
        pytest.param('mutation_name="fast-vad"', 12, id="mutation name"),
        pytest.param('mutation_id!="x"', 12, id="null never holds"),
        pytest.param('status="COMPLETED"', 24, id="status"),
        pytest.param('status="FAILED" OR test_set_id=aB1cD2eF', 24, id="or"),
        pytest.param('external_conversation_id="x"', 0, id="external id"),
        pytest.param('create_time>"2026-11-02T09:00:00Z"', 0, id="time"),
    ],
)
def test_filters_choose_simulations(done: Any, condition: str, count: int) -> None:
    assert len(chosen(done, filter=condition)) == count


def test_only_the_simulations_of_the_asked_runs_are_listed(done: Any) -> None:
    other = done.launch()
    done.clock.pass_time(10)
    assert len(chosen(done)) == 36
    assert {item["run_id"] for item in done.simulations_of(other)} == {other}
    both = chosen(done, filter=f'run_id="{other}" OR run_id="{done.run_id}"')
    assert len(both) == 36


def test_a_test_case_is_run_by_every_variant(done: Any) -> None:
    case_id = chosen(done)[0]["test_case_id"]
    variants = [item["mutation_id"] for item in chosen(done, filter=f"test_case_id={case_id}")]
    assert sorted(map(str, variants)) == [FAST_VAD, "None"]


def test_with_metric_values_the_variants_are_hidden(done: Any) -> None:
    items = chosen(done, filter=f"metric.{LATENCY}>0", page_size=100)
    assert len(items) == 24
    assert {item["mutation_id"] for item in items} == {None}
    assert {item["test_case_id"] for item in items} == {None}
    assert all(set(item["metric_values"]) == {LATENCY} for item in items)
    assert len(chosen(done, filter=f'metric.{RESOLVED}="YES"', page_size=100)) > 15
    with pytest.raises(Refused):
        chosen(done, filter=f'metric.{LATENCY}>0 AND run_id="{done.run_id}"', page_size=100)


def test_one_simulation_comes_with_its_transcript(done: Any) -> None:
    simulation_id = chosen(done)[0]["simulation_id"]
    simulation = done.ask(done.simulations.read_simulation, simulation_id=simulation_id)
    transcript = simulation["simulation"]["transcript"]
    assert transcript[0]["role"] == "assistant"
    assert all(isinstance(line["start_offset"], int) for line in transcript)


def test_outputs_wait_for_their_simulation_and_then_for_the_judge(bench: Any) -> None:
    run_id = bench.launch(options={"concurrency": 12})
    bench.clock.pass_time(0.3)
    simulation_id = bench.simulations_of(run_id)[0]["simulation_id"]
    seen = []
    for _ in range(28):
        output = outputs_of(bench, simulation_id)[0]
        assert (output["value"] is not None) == (output["status"] == "COMPLETED")
        seen.append(output["status"])
        bench.clock.pass_time(0.1)
    assert list(dict.fromkeys(seen)) == ["IN QUEUE", "IN PROGRESS", "COMPLETED"]


def test_outputs_agree_with_the_results(done: Any) -> None:
    metrics = done.read(done.run_id)["results"]["metrics"]
    for item in metrics[LATENCY]["values"][:3]:
        outputs = outputs_of(done, item["simulation_output_id"], filter=f"metric_id={LATENCY}")
        assert [output["value"] for output in outputs] == [item["value"]]


def test_outputs_are_ordered_and_filtered(done: Any) -> None:
    simulation_id = chosen(done)[0]["simulation_id"]
    by_name = [item["metric_id"] for item in outputs_of(done, simulation_id)]
    assert by_name == [LATENCY, RESOLVED]
    backwards = outputs_of(done, simulation_id, order_by="-metric_name")
    assert [item["metric_id"] for item in backwards] == by_name[::-1]
    assert len(outputs_of(done, simulation_id, filter='metric_name="Latency" AND value>0')) == 1
    assert len(outputs_of(done, simulation_id, page_size=1)) == 1


def test_the_basic_view_leaves_the_heavy_fields_out(done: Any) -> None:
    simulation_id = chosen(done)[0]["simulation_id"]
    assert "result" in outputs_of(done, simulation_id)[0]
    assert "result" not in outputs_of(done, simulation_id, view="BASIC")[0]
    with pytest.raises(Refused):
        outputs_of(done, simulation_id, view="TINY")


def test_the_judge_says_why_a_simulation_failed(bench_of: Any) -> None:
    bench = bench_of(effects=[{"metric": RESOLVED, "factor": 0}])
    run_id = bench.launch()
    bench.clock.pass_time(10)
    for item in bench.simulations_of(run_id):
        output = outputs_of(bench, item["simulation_id"], filter=f"metric_id={RESOLVED}")[0]
        assert output["value"] == "NO"
        assert output["explanation"].startswith("The caller asked twice to ")


def test_judges_explain_every_kind_of_value_and_measurements_explain_nothing(bench_of: Any) -> None:
    bench = bench_of(world={"metrics": {"u" * 22: {"name": "Unsure", "unknown": "50%"}}})
    known = bench.ask(bench.residents.list_metrics)["metrics"]
    run_id = bench.launch(metric_ids=[metric["id"] for metric in known])
    bench.clock.pass_time(10)
    explained: dict[str, set[bool]] = {}
    for item in bench.simulations_of(run_id):
        for output in outputs_of(bench, item["simulation_id"], order_by="value"):
            explained.setdefault(output["metric_id"], set()).add(output["explanation"] is not None)
    silent = {metric["metric_name"] for metric in known if explained[metric["id"]] == {False}}
    assert silent == {"Latency", "Actions taken"}
    assert all(len(kinds) == 1 for kinds in explained.values())


def test_outputs_of_a_failed_simulation_are_skipped(bench_of: Any) -> None:
    bench = bench_of(failures={"simulations": [{"share": 1}]})
    run_id = bench.launch()
    bench.clock.pass_time(10)
    output = outputs_of(bench, bench.simulations_of(run_id)[0]["simulation_id"])[0]
    assert (output["status"], output["value"]) == ("SKIPPED", None)
    assert output["status_reason"]


def test_outputs_are_read_by_their_own_id_or_by_their_metrics(done: Any) -> None:
    simulation_id = chosen(done)[0]["simulation_id"]
    output = outputs_of(done, simulation_id)[0]

    def read(wanted: str) -> Any:
        path = {"simulation_id": simulation_id, "metric_output_id": wanted}
        return done.ask(done.simulations.read_output, **path)

    assert read(output["metric_output_id"]) == {"metric": output}
    assert read(output["metric_id"]) == {"metric_outputs": [output]}
    for stranger in ("0" * 26, "z" * 22):
        with pytest.raises(Refused):
            read(stranger)


def test_many_outputs_are_read_at_once_and_unknown_ones_left_out(done: Any) -> None:
    simulation_id = chosen(done)[0]["simulation_id"]
    ids = [output["metric_output_id"] for output in outputs_of(done, simulation_id)]
    body = {"metric_output_ids": [*ids, "0" * 26]}
    found = done.ask(done.simulations.batch_get, body=body)["metric_outputs"]
    assert [output["metric_output_id"] for output in found] == ids


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param([], id="none"),
        pytest.param(["0" * 26] * 101, id="too many"),
        pytest.param(["short"], id="no output id"),
    ],
)
def test_a_batch_against_the_rules_is_refused(done: Any, ids: list[str]) -> None:
    with pytest.raises(Refused):
        done.ask(done.simulations.batch_get, body={"metric_output_ids": ids})

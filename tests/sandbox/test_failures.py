from typing import Any

import pytest

from campaignd.sandbox.refusals import Refused

ELDERLY = "pE3Hn6Yd0Sf8Jr2Ku5Gv1X"
FAST_VAD = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
RESOLVED, LATENCY = "jN6mN2pSt5aUv8xZ1bCeFf", "iM5lM1oRs4zTu7wY0aBdEe"


def with_run_failure(bench_of: Any, **rule: object) -> Any:
    return bench_of(failures={"runs": [rule]})


def test_a_run_can_fail_half_way_with_an_error(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="fails", error="No route to agent")
    run_id = bench.launch()
    bench.clock.pass_time(60)
    run = bench.read(run_id)
    assert (run["status"], run["error"], run["error_status"]) == (
        "FAILED",
        "No route to agent",
        "FAILED",
    )
    assert run["results"] is None
    assert 0 < run["progress"]["completed_test_cases"] < 12


def test_a_relaunch_goes_well_when_only_the_first_run_fails(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="fails", first=1)
    first, second, other = bench.launch(), bench.launch(), bench.launch(persona_id=ELDERLY)
    bench.clock.pass_time(10)
    assert [bench.status(run_id) for run_id in (first, second, other)] == [
        "FAILED",
        "COMPLETED",
        "FAILED",
    ]


def test_a_run_can_fail_so_long_after_its_start(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="fails", after="1500ms")
    run_id = bench.launch()
    bench.clock.pass_time(2.4)
    assert bench.status(run_id) == "IN PROGRESS"
    bench.clock.pass_time(0.1)
    assert bench.status(run_id) == "FAILED"


def test_failures_can_be_kept_to_one_cell(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="fails", persona=ELDERLY)
    good, bad = bench.launch(), bench.launch(persona_id=ELDERLY)
    bench.clock.pass_time(10)
    assert (bench.status(good), bench.status(bad)) == ("COMPLETED", "FAILED")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        pytest.param("never_starts", "IN QUEUE", id="never starts"),
        pytest.param("never_finishes", "IN PROGRESS", id="never finishes"),
    ],
)
def test_a_stuck_run_stays_as_it_is_until_it_is_cancelled(
    bench_of: Any, outcome: str, status: str
) -> None:
    bench = with_run_failure(bench_of, outcome=outcome)
    run_id = bench.launch()
    bench.clock.pass_time(86_400)
    assert bench.status(run_id) == status
    bench.ask(bench.runs.end_run, run_id=run_id)
    assert bench.status(run_id) == "CANCELLED"


def test_a_run_that_never_finishes_has_one_simulation_left(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="never_finishes")
    run_id = bench.launch()
    bench.clock.pass_time(86_400)
    progress = bench.read(run_id)["progress"]
    assert (progress["completed_test_cases"], progress["in_progress_test_cases"]) == (11, 1)


def test_a_run_can_vanish(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="vanishes", after="2s")
    run_id = bench.launch()
    assert bench.listed() == [run_id]
    bench.clock.pass_time(2)
    assert bench.listed() == []
    with pytest.raises(Refused):
        bench.read(run_id)


def test_a_run_can_show_a_status_that_nobody_knows(bench_of: Any) -> None:
    bench = with_run_failure(bench_of, outcome="unknown_status", status="WARMING UP")
    run_id = bench.launch()
    bench.clock.pass_time(2)
    assert bench.status(run_id) == "WARMING UP"
    bench.clock.pass_time(8)
    assert bench.status(run_id) == "COMPLETED"


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "SKIPPED"])
def test_failed_simulations_are_left_out_of_the_values_but_not_of_the_ids(
    bench_of: Any, status: str
) -> None:
    rule = {"status": status, "test_cases": ["1", "2"], "error": "Agent hung up."}
    bench = bench_of(failures={"simulations": [rule]})
    run_id = bench.launch()
    bench.clock.pass_time(10)
    run = bench.read(run_id)
    assert (run["status"], run["error_status"]) == ("COMPLETED", "EXECUTION_FAILURE")
    assert run["progress"]["failed_test_cases"] == 2
    assert len(run["results"]["output_ids"]) == 12
    assert len(run["results"]["metrics"][RESOLVED]["values"]) == 10
    bad = [item for item in bench.simulations_of(run_id) if item["status"] == status]
    assert [item["error_message"] for item in bad] == ["Agent hung up."] * 2


def test_a_variant_can_fail_more_often_than_the_base_agent(bench_of: Any) -> None:
    bench = bench_of(failures={"simulations": [{"mutation": FAST_VAD, "share": "50%"}]})
    run_id = bench.launch(
        test_set_id="rF9kL2mN", mutation_ids=[FAST_VAD], options={"iteration_count": 3}
    )
    bench.clock.pass_time(10)
    failed = [item for item in bench.simulations_of(run_id) if item["status"] == "FAILED"]
    assert {item["mutation_id"] for item in failed} == {FAST_VAD}
    assert 40 < len(failed) < 80


def missing(bench: Any, run_id: str, metric_id: str) -> int:
    values = bench.read(run_id)["results"]["metrics"][metric_id]["values"]
    return sum(item["value"] is None for item in values)


def test_values_can_be_missing_for_a_while_after_completion(bench_of: Any) -> None:
    bench = bench_of(failures={"values": [{"metric": RESOLVED, "for": "1m"}]})
    run_id = bench.launch()
    bench.clock.pass_time(10)
    assert bench.status(run_id) == "COMPLETED"
    assert (missing(bench, run_id, RESOLVED), missing(bench, run_id, LATENCY)) == (12, 0)
    bench.clock.pass_time(60)
    assert missing(bench, run_id, RESOLVED) == 0


def test_values_can_be_missing_for_ever(bench_of: Any) -> None:
    bench = bench_of(failures={"values": [{"share": "30%"}]})
    run_id = bench.launch(test_set_id="rF9kL2mN")
    bench.clock.pass_time(86_400)
    assert 5 <= missing(bench, run_id, RESOLVED) <= 19
    outputs = [
        output
        for item in bench.simulations_of(run_id)
        for output in bench.ask(
            bench.simulations.list_outputs, simulation_id=item["simulation_id"]
        )["metrics"]
    ]
    assert {output["status"] for output in outputs if output["value"] is None} == {"FAILED"}


def test_results_can_have_the_older_shape(bench_of: Any) -> None:
    bench = bench_of(failures={"results": "aggregates"})
    run_id = bench.launch()
    bench.clock.pass_time(10)
    results = bench.read(run_id)["results"]
    assert len(results["output_ids"]) == 12
    assert set(results["metrics"]) == {"Resolved", "Latency"}
    latency = results["metrics"]["Latency"]
    assert latency["min"] < latency["mean"] < latency["max"]
    assert results["metrics"]["Resolved"]["mean"] > 0.7

from typing import Any

import pytest

from campaignd.sandbox.refusals import Refused
from campaignd.sandbox.world import KEPT


def statuses_over_time(bench: Any, run_id: str, moments: list[float]) -> list[str]:
    passed, seen = 0.0, []
    for moment in moments:
        bench.clock.pass_time(moment - passed)
        passed = moment
        seen.append(bench.status(run_id))
    return seen


def test_a_run_goes_through_its_statuses_by_the_clock_alone(bench: Any) -> None:
    run_id = bench.launch(options={"concurrency": 12})
    seen = statuses_over_time(bench, run_id, [0, 0.29, 0.3, 0.99, 1.0, 2.0, 3.0])
    assert seen == [
        "PENDING",
        "PENDING",
        "IN QUEUE",
        "IN QUEUE",
        "IN PROGRESS",
        "IN PROGRESS",
        "COMPLETED",
    ]


@pytest.mark.parametrize(
    ("test_set", "iterations", "mutations"),
    [
        pytest.param("aB1cD2eF", 1, [], id="12 simulations"),
        pytest.param("rF9kL2mN", 3, ["01ARZ3NDEKTSV4RRFFQ69G5FAV"], id="240 simulations"),
    ],
)
def test_a_run_of_any_size_ends_within_six_seconds(
    bench: Any, test_set: str, iterations: int, mutations: list[str]
) -> None:
    options = {"iteration_count": iterations}
    run_id = bench.launch(test_set_id=test_set, mutation_ids=mutations, options=options)
    bench.clock.pass_time(6)
    assert bench.status(run_id) == "COMPLETED"


def test_progress_grows_while_the_run_goes_on(bench: Any) -> None:
    run_id = bench.launch(test_set_id="rF9kL2mN", options={"concurrency": 4})
    seen = []
    for _ in range(10):
        bench.clock.pass_time(0.5)
        progress = bench.read(run_id)["progress"]
        assert progress["in_progress_test_cases"] <= 4
        seen.append(progress["completed_test_cases"])
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert seen[-1] == 40


def test_more_concurrency_ends_sooner(bench_of: Any) -> None:
    bench = bench_of(timing={"simulations_within": None})
    slow = bench.launch(options={"concurrency": 1})
    fast = bench.launch(options={"concurrency": 12})
    bench.clock.pass_time(3)
    assert (bench.status(slow), bench.status(fast)) == ("IN PROGRESS", "COMPLETED")


def test_speed_divides_every_duration(bench_of: Any) -> None:
    bench = bench_of(speed=10)
    run_id = bench.launch()
    assert statuses_over_time(bench, run_id, [0.03, 0.1, 0.6]) == [
        "IN QUEUE",
        "IN PROGRESS",
        "COMPLETED",
    ]


def test_the_run_waits_for_its_metrics_after_the_last_simulation(bench_of: Any) -> None:
    bench = bench_of(timing={"metric_lag": "1m"})
    run_id = bench.launch()
    bench.clock.pass_time(30)
    run = bench.read(run_id)
    assert (run["status"], run["results"]) == ("IN PROGRESS", None)
    assert run["progress"]["completed_test_cases"] == 12
    bench.clock.pass_time(40)
    assert bench.read(run_id)["results"] is not None


def test_update_time_moves_with_what_happens(bench: Any) -> None:
    run_id = bench.launch()
    seen = []
    for _ in range(5):
        seen.append(bench.read(run_id)["update_time"])
        bench.clock.pass_time(1)
    assert seen == sorted(seen)
    assert len(set(seen)) == 5
    settled = bench.read(run_id)["update_time"]
    bench.clock.pass_time(60)
    assert bench.read(run_id)["update_time"] == settled


def test_deleting_an_active_run_cancels_it_with_its_unfinished_simulations(bench: Any) -> None:
    run_id = bench.launch()
    bench.clock.pass_time(2)
    assert bench.ask(bench.runs.end_run, run_id=run_id) == {}
    bench.clock.pass_time(60)
    run = bench.read(run_id)
    assert (run["status"], run["results"]) == ("CANCELLED", None)
    ends = {item["status"] for item in bench.simulations_of(run_id)}
    assert ends == {"COMPLETED", "CANCELLED"}
    assert run["progress"]["in_progress_test_cases"] == 0


def test_deleting_a_finished_run_takes_its_results_and_its_place_in_lists(bench: Any) -> None:
    run_id = bench.launch()
    bench.clock.pass_time(10)
    simulation_id = bench.simulations_of(run_id)[0]["simulation_id"]
    bench.ask(bench.runs.end_run, run_id=run_id)
    run = bench.read(run_id)
    assert (run["status"], run["results"]) == ("DELETED", None)
    assert bench.listed() == []
    assert bench.simulations_of(run_id) == []
    with pytest.raises(Refused, match="Simulation not found"):
        bench.ask(bench.simulations.read_simulation, simulation_id=simulation_id)
    with pytest.raises(Refused, match="Run not found"):
        bench.ask(bench.runs.end_run, run_id=run_id)


def test_tags_are_replaced_and_all_tags_are_known(bench: Any) -> None:
    run_id = bench.launch(metadata={"tags": ["a"]})
    bench.launch(metadata={"tags": ["c", "b"]})
    run = bench.ask(bench.runs.tag_run, body={"tags": [" z ", "z"]}, run_id=run_id)["run"]
    assert run["tags"] == ["z"]
    assert bench.listed(filter='tag="z"') == [run_id]
    known = bench.ask(bench.runs.list_tags)["tags"]
    assert [item["tag"] for item in known] == ["b", "c", "z"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no tags"),
        pytest.param({"tags": ["x"] * 21}, id="too many"),
        pytest.param({"tags": "x"}, id="no list"),
    ],
)
def test_a_tag_set_against_the_rules_is_refused(bench: Any, body: dict[str, object]) -> None:
    run_id = bench.launch()
    with pytest.raises(Refused):
        bench.ask(bench.runs.tag_run, body=body, run_id=run_id)


def test_a_run_that_never_was_is_not_found(bench: Any) -> None:
    with pytest.raises(Refused) as caught:
        bench.read("Rn5Wc1Zt7Bk3Mx9Dq4Lp8F")
    assert caught.value.status == 404


def test_a_launched_run_shows_late_in_lists_and_if_wanted_in_reads(bench_of: Any) -> None:
    bench = bench_of(lists={"lag": "5s", "get_lag": "2s"})
    run_id = bench.launch()
    with pytest.raises(Refused):
        bench.read(run_id)
    bench.clock.pass_time(2)
    assert bench.read(run_id)["run_id"] == run_id
    assert bench.listed() == []
    bench.clock.pass_time(3)
    assert bench.listed() == [run_id]


def test_list_items_can_be_a_summary(bench_of: Any) -> None:
    bench = bench_of(lists={"items": "summary"})
    bench.launch(metadata={"tags": ["a"]})
    item = bench.ask(bench.runs.list_runs)["runs"][0]
    assert not {"tags", "metadata", "progress"} & set(item)
    assert item["agent_id"]


def test_the_tag_filter_can_find_nothing_or_be_refused(bench_of: Any) -> None:
    blind = bench_of(lists={"tag_filter": "finds_nothing"})
    blind.launch(metadata={"tags": ["a"]})
    assert blind.listed(filter='tag="a"') == []
    assert len(blind.listed()) == 1
    deaf = bench_of(lists={"tag_filter": "refused"})
    with pytest.raises(Refused, match="Invalid filter"):
        deaf.listed(filter='tag="a"')


def test_the_vendors_clock_can_be_wrong(bench_of: Any) -> None:
    bench = bench_of(timing={"clock_skew": "-5m"})
    run_id = bench.launch()
    assert bench.read(run_id)["create_time"] == "2026-11-02T07:55:00.000Z"
    bench.clock.pass_time(10)
    assert bench.status(run_id) == "COMPLETED"


def test_a_run_is_forgotten_a_week_after_its_launch_with_its_simulations(bench: Any) -> None:
    old = bench.launch()
    bench.clock.pass_time(60)
    (simulation, *_) = bench.simulations_of(old)
    bench.clock.pass_time(KEPT.total_seconds() - 60)
    young = bench.launch()
    assert bench.listed() == [young, old]
    bench.clock.pass_time(1)
    newest = bench.launch()
    assert bench.listed() == [newest, young]
    assert len({old, young, newest}) == 3
    with pytest.raises(Refused):
        bench.ask(bench.simulations.read_simulation, simulation_id=simulation["simulation_id"])

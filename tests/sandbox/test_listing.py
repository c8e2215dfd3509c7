import base64
from typing import Any

import pytest

from campaignd.sandbox.refusals import Refused

OTHER_PERSONA = "pE3Hn6Yd0Sf8Jr2Ku5Gv1X"


def launch_several(bench: Any, count: int) -> list[str]:
    run_ids = []
    for _ in range(count):
        run_ids.append(bench.launch())
        bench.clock.pass_time(1)
    return run_ids


def test_runs_come_newest_first_unless_asked_otherwise(bench: Any) -> None:
    run_ids = launch_several(bench, 3)
    assert bench.listed() == run_ids[::-1]
    assert bench.listed(order_by="create_time") == run_ids


def test_pages_go_through_all_runs_and_end_without_a_token(bench: Any) -> None:
    run_ids = launch_several(bench, 5)
    query = {"page_size": 2, "order_by": "create_time"}
    seen, token = [], None
    for _ in range(3):
        page = bench.ask(bench.runs.list_runs, query | ({"page_token": token} if token else {}))
        seen += [run["run_id"] for run in page["runs"]]
        token = page["next_page_token"]
    assert seen == run_ids
    assert token is None


def test_the_token_is_the_documented_offset(bench: Any) -> None:
    launch_several(bench, 2)
    token = bench.ask(bench.runs.list_runs, {"page_size": 1})["next_page_token"]
    assert base64.b64decode(token) == b'{"offset": 1}'


def test_pages_shift_when_a_run_arrives_newest_first(bench: Any) -> None:
    run_ids = launch_several(bench, 2)
    token = bench.ask(bench.runs.list_runs, {"page_size": 1})["next_page_token"]
    bench.launch()
    assert bench.listed(page_size=1, page_token=token) == [run_ids[-1]]


def test_a_scenario_can_repeat_the_page_token_for_ever(bench_of: Any) -> None:
    bench = bench_of(lists={"repeat_page_token": True})
    launch_several(bench, 3)
    first = bench.ask(bench.runs.list_runs, {"page_size": 1})["next_page_token"]
    again = bench.ask(bench.runs.list_runs, {"page_size": 1, "page_token": first})
    assert again["next_page_token"] == first


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param({"page_size": 1001}, "page_size", id="page too large"),
        pytest.param({"page_size": 0}, "page_size", id="page too small"),
        pytest.param({"page_size": "many"}, "page_size", id="page no number"),
        pytest.param({"page_token": "nonsense"}, "page_token", id="foreign token"),
        pytest.param({"page_token": "eyJvZmZzZXQiOiAtMX0="}, "page_token", id="negative offset"),
        pytest.param({"order_by": "display_name"}, "order_by", id="unknown order"),
        pytest.param({"order_by": "create_time desc"}, "order_by", id="spoken order on runs"),
        pytest.param({"filter": 'run_id="x"'}, "filter", id="runs have no run_id filter"),
        pytest.param({"include": "everything"}, "include", id="unknown include"),
    ],
)
def test_requests_that_are_not_documented_are_refused(
    bench: Any, query: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as caught:
        bench.ask(bench.runs.list_runs, query)
    assert (caught.value.status, caught.value.objections[0].field) == (400, field)


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        pytest.param('status="COMPLETED"', [0], id="status"),
        pytest.param('status!="COMPLETED"', [1, 2], id="not this status"),
        pytest.param(f"persona_id={OTHER_PERSONA}", [1], id="persona"),
        pytest.param('tag="red"', [0, 1], id="tag"),
        pytest.param('tag="red" AND persona_id=hL4kL0nQr3ySt6vX9zAcDd', [0], id="and"),
        pytest.param('tag="blue" OR status="COMPLETED"', [0, 1], id="or"),
        pytest.param('created_by="ci"', [2], id="created by"),
        pytest.param('create_time>"2026-11-02T08:00:00Z"', [1, 2], id="created later"),
        pytest.param('create_time<="2026-11-02T09:00:30+01:00"', [0, 1], id="other time zone"),
        pytest.param('update_time>="2026-11-02T08:00:25Z"', [1, 2], id="updated since"),
    ],
)
def test_filters_choose_runs(bench: Any, filter_text: str, expected: list[int]) -> None:
    run_ids = [bench.launch(metadata={"tags": ["red"]})]
    bench.clock.pass_time(30)
    run_ids.append(bench.launch(persona_id=OTHER_PERSONA, metadata={"tags": ["red", "blue"]}))
    bench.clock.pass_time(0.7)
    seen = [bench.status(run_id) for run_id in run_ids]
    assert seen == ["COMPLETED", "IN QUEUE"]
    run_ids.append(bench.launch(metadata={"created_by": "ci"}))
    chosen = bench.listed(filter=filter_text, order_by="create_time")
    assert chosen == [run_ids[place] for place in expected]


LATENCY = "metric.iM5lM1oRs4zTu7wY0aBdEe"


def test_a_metric_predicate_chooses_runs_by_their_averages(bench: Any) -> None:
    run_id = bench.launch()
    bench.clock.pass_time(10)
    assert bench.listed(filter=f"{LATENCY}<1.5") == [run_id]
    assert bench.listed(filter=f"{LATENCY}>1.5") == []
    assert bench.listed(filter='metric.jN6mN2pSt5aUv8xZ1bCeFf="YES"') == [run_id]
    item = bench.ask(bench.runs.list_runs, {"filter": f"{LATENCY}<1.5"})["runs"][0]
    assert item["metric_averages"]["iM5lM1oRs4zTu7wY0aBdEe"] == pytest.approx(0.9, abs=0.15)


def test_averages_can_be_included(bench: Any) -> None:
    bench.launch()
    bench.clock.pass_time(10)
    item = bench.ask(bench.runs.list_runs, {"include": "metric_averages"})["runs"][0]
    assert set(item["metric_averages"]) == {"iM5lM1oRs4zTu7wY0aBdEe"}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"filter": f'{LATENCY}<1 AND tag="a"'}, id="tag beside it"),
        pytest.param({"filter": f'{LATENCY}<1 OR status="FAILED"'}, id="or"),
        pytest.param({"filter": f"{LATENCY}<1", "order_by": "create_time"}, id="order"),
        pytest.param({"filter": f"{LATENCY}<1", "page_size": 101}, id="page size"),
        pytest.param({"include": "metric_averages", "page_size": 101}, id="include, page size"),
    ],
)
def test_the_metric_aware_path_has_its_limits(bench: Any, query: dict[str, object]) -> None:
    with pytest.raises(Refused):
        bench.ask(bench.runs.list_runs, query)

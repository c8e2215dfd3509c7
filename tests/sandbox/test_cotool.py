from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaignd.sandbox.cotool import BadRequest, NoSuchAgent

LINKED = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
UNLINKED = "7d1f5e2a-93b6-4c08-a4de-5b60f1c2e387"
STRANGER = "00000000-0000-4000-8000-000000000000"
FAST_VAD = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def page_of(bench: Any, **query: object) -> dict[str, Any]:
    return dict(bench.ask(bench.cotool.list_runs, query))


def all_of(bench: Any, agent_id: str, **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        paging = {"agentIdFilter": agent_id, "pageSize": 100, "page": len(found) // 100}
        page = page_of(bench, **paging | query)
        found += page["runs"]
        if len(found) >= page["totalCount"]:
            return found


def finish_a_run(bench: Any) -> str:
    run_id = bench.launch(mutation_ids=[FAST_VAD])
    bench.clock.pass_time(10)
    return str(run_id)


def test_each_base_simulation_is_a_run_of_the_linked_agent(bench: Any) -> None:
    assert all_of(bench, LINKED) == []
    finish_a_run(bench)
    runs = all_of(bench, LINKED)
    assert len(runs) == len({run["id"] for run in runs}) == 12
    assert {run["status"] for run in runs} == {"done"}
    assert {run["triggerName"] for run in runs} == {"checkout-simulations"}


def test_a_run_is_streaming_then_done_then_graded(bench_of: Any) -> None:
    bench = bench_of(timing={"grading": ["1m", "1m"], "simulation": ["1s", "1s"]})
    bench.launch(options={"concurrency": 12})
    bench.clock.pass_time(1.5)
    running = all_of(bench, LINKED)
    assert {(run["status"], run["isStreaming"]) for run in running} == {("running", True)}
    bench.clock.pass_time(1)
    done = all_of(bench, LINKED)
    assert {(run["status"], run["evalScore"]) for run in done} == {("done", None)}
    bench.clock.pass_time(60)
    graded = all_of(bench, LINKED)
    assert all(0 <= run["evalScore"] <= 100 for run in graded)
    assert all(len(run["acceptanceCriteriaResults"]) == 2 for run in graded)
    assert [run["id"] for run in graded] == [run["id"] for run in running]
    assert graded[0]["updatedAt"] > done[0]["updatedAt"]


def test_scores_do_not_depend_on_the_run_they_come_from(bench: Any) -> None:
    finish_a_run(bench)
    first = sorted(run["evalScore"] for run in all_of(bench, LINKED))
    since = bench.clock().isoformat()
    finish_a_run(bench)
    second = sorted(run["evalScore"] for run in all_of(bench, LINKED, dateFrom=since))
    assert first == second


def test_a_cancelled_simulation_interrupts_its_run(bench: Any) -> None:
    run_id = bench.launch()
    bench.clock.pass_time(1.1)
    bench.ask(bench.runs.end_run, run_id=run_id)
    bench.clock.pass_time(60)
    assert {run["status"] for run in all_of(bench, LINKED)} == {"interrupted"}


def test_a_failed_simulation_is_a_run_with_an_error(bench_of: Any) -> None:
    bench = bench_of(failures={"simulations": [{"share": 1}]})
    finish_a_run(bench)
    runs = all_of(bench, LINKED)
    assert {(run["status"], run["hasError"], run["evalScore"]) for run in runs} == {
        ("error", True, None)
    }


def test_the_unlinked_agent_has_worked_for_two_days_and_goes_on(bench: Any) -> None:
    before = all_of(bench, UNLINKED, sortDirection="asc")
    assert 700 < len(before) < 730
    assert before[0]["createdAt"] < (START - timedelta(hours=47)).isoformat()
    bench.clock.pass_time(3600)
    after = all_of(bench, UNLINKED, dateFrom=START.isoformat())
    assert 14 <= len(after) <= 16


def test_runs_keep_their_ids_and_scores_as_time_goes_by(bench: Any) -> None:
    until = (START - timedelta(hours=1)).isoformat()
    since = (START - timedelta(hours=9)).isoformat()
    window = {"dateFrom": since, "dateTo": until}
    before = all_of(bench, UNLINKED, **window)
    bench.clock.pass_time(7200)
    assert all_of(bench, UNLINKED, **window) == before
    assert len(before) > 100


def test_a_stranger_works_like_the_unlinked_agent_unless_strict(bench_of: Any) -> None:
    bench, strict = bench_of(), bench_of(strict=True)
    assert page_of(bench, agentIdFilter=STRANGER)["totalCount"] > 700
    assert bench.ask(bench.cotool.read_agent, agent_id=STRANGER)["id"] == STRANGER
    assert page_of(strict, agentIdFilter=STRANGER) == {"runs": [], "totalCount": 0}
    with pytest.raises(NoSuchAgent):
        strict.ask(strict.cotool.read_agent, agent_id=STRANGER)


def test_pages_do_not_overlap_and_count_all(bench: Any) -> None:
    query = {"agentIdFilter": UNLINKED, "pageSize": 10, "sortDirection": "asc"}
    first, second = page_of(bench, **query), page_of(bench, **query, page=1)
    assert not {run["id"] for run in first["runs"]} & {run["id"] for run in second["runs"]}
    assert first["totalCount"] == second["totalCount"] > 700
    assert page_of(bench, **query, page=1000)["runs"] == []


@pytest.mark.parametrize(
    "field", ["createdAt", "updatedAt", "agentName", "modelAlias", "evalScore"]
)
def test_runs_are_sorted_both_ways(bench: Any, field: str) -> None:
    query = {"agentIdFilter": UNLINKED, "pageSize": 100, "sortField": field}
    down = [run[field] for run in page_of(bench, **query)["runs"]]
    up = [run[field] for run in page_of(bench, **query, sortDirection="asc")["runs"]]
    assert down == sorted(down, reverse=True)
    assert up == sorted(up)


def test_ungraded_runs_come_last_when_sorted_by_score(bench_of: Any) -> None:
    bench = bench_of(failures={"cotool": [{"agent": LINKED, "outcome": "ungraded", "share": 0.5}]})
    finish_a_run(bench)
    for direction in ("asc", "desc"):
        runs = all_of(bench, LINKED, sortField="evalScore", sortDirection=direction)
        missing = [run["evalScore"] is None for run in runs]
        assert missing == sorted(missing)
        assert any(missing)


@pytest.mark.parametrize(
    ("query", "agents"),
    [
        pytest.param({}, {LINKED, UNLINKED}, id="no filter"),
        pytest.param({"agentNameFilter": "mailbox"}, {UNLINKED}, id="part of the name"),
        pytest.param({"toolFilter": "splunk"}, {UNLINKED}, id="one tool"),
        pytest.param({"toolFilter": "splunk, lookup_order"}, {LINKED, UNLINKED}, id="any tool"),
        pytest.param({"triggerSourceFilter": "webhook"}, {LINKED}, id="source"),
        pytest.param({"triggerSourceFilter": "jira,slack"}, {UNLINKED}, id="sources"),
        pytest.param({"dateFrom": "2026-11-02T08:00:00Z"}, {LINKED}, id="from"),
        pytest.param({"dateTo": "2026-11-02T08:00:00"}, {UNLINKED}, id="to, zone left out"),
    ],
)
def test_filters_choose_agent_runs(bench: Any, query: dict[str, object], agents: set[str]) -> None:
    finish_a_run(bench)
    runs = page_of(bench, **query, pageSize=100)["runs"]
    assert {run["agentId"] for run in runs} == agents


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        pytest.param('[{"op":"lt","value":80}]', lambda score: score < 80, id="one"),
        pytest.param(
            '[{"op":"ge","value":95},{"op":"le","value":70}]',
            lambda score: score >= 95 or score <= 70,
            id="either",
        ),
        pytest.param('[{"op":"gt","value":90}]', lambda score: score > 90, id="above"),
        pytest.param('[{"op":"eq","value":84.0}]', lambda score: score == 84, id="equal"),
        pytest.param(
            '[{"op":"ge","value":70},{"op":"le","value":90}]', lambda _: True, id="no range"
        ),
    ],
)
def test_score_filters_are_joined_by_or_and_leave_ungraded_runs_out(
    bench: Any, filters: str, fits: Any
) -> None:
    everything = all_of(bench, UNLINKED)
    expected = [
        run["id"] for run in everything if run["evalScore"] is not None and fits(run["evalScore"])
    ]
    assert [run["id"] for run in all_of(bench, UNLINKED, scoreFilters=filters)] == expected
    assert expected


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"page": -1}, id="negative page"),
        pytest.param({"page": "first"}, id="page no number"),
        pytest.param({"pageSize": 0}, id="no page size"),
        pytest.param({"pageSize": 101}, id="page too large"),
        pytest.param({"sortField": "score"}, id="unknown sort field"),
        pytest.param({"sortDirection": "down"}, id="unknown direction"),
        pytest.param({"agentIdFilter": "checkout"}, id="agent no UUID"),
        pytest.param({"dateFrom": "yesterday"}, id="no date"),
        pytest.param({"scoreFilters": "score>3"}, id="no JSON"),
        pytest.param({"scoreFilters": '[{"op":"gte","value":3}]'}, id="unknown operator"),
        pytest.param({"scoreFilters": '[{"op":"gt","value":"3"}]'}, id="value no number"),
        pytest.param({"scoreFilters": '{"op":"gt","value":3}'}, id="no array"),
    ],
)
def test_bad_parameters_are_refused(bench: Any, query: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        page_of(bench, **query)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        pytest.param("error", "error", id="error"),
        pytest.param("interrupted", "interrupted", id="interrupted"),
        pytest.param("waiting", "waiting", id="waits for ever"),
        pytest.param("ungraded", "done", id="never graded"),
    ],
)
def test_runs_can_end_badly_or_stay_ungraded(bench_of: Any, outcome: str, status: str) -> None:
    bench = bench_of(failures={"cotool": [{"agent": LINKED, "outcome": outcome}]})
    finish_a_run(bench)
    bench.clock.pass_time(3600)
    runs = all_of(bench, LINKED)
    assert {(run["status"], run["evalScore"]) for run in runs} == {(status, None)}
    assert all_of(bench, UNLINKED)[-1]["evalScore"] is not None


def test_an_older_server_lacks_the_newer_fields(bench_of: Any) -> None:
    bench = bench_of(failures={"cotool_fields": "seed"})
    run = all_of(bench, UNLINKED)[-1]
    assert not {"status", "agentType", "criticalIssue", "acceptanceCriteriaResults"} & set(run)
    assert {"evalScore", "isStreaming", "hasError"} < set(run)


def test_a_scenario_says_how_an_agent_is_graded(bench_of: Any) -> None:
    agent = {
        "name": "Poor",
        "every": "10m",
        "score_mean": 40,
        "score_sd": 5,
        "criteria": ["Asks first"],
        "criteria_met": "50%",
        "critical_issues": "20%",
    }
    bench = bench_of(world={"cotool": {STRANGER: agent}})
    runs = [run for run in all_of(bench, STRANGER) if run["evalScore"] is not None]
    count = len(runs)
    assert sum(run["evalScore"] for run in runs) / count == pytest.approx(40, abs=2)
    met = [run["acceptanceCriteriaResults"][0]["met"] for run in runs]
    assert sum(met) / count == pytest.approx(0.5, abs=0.12)
    assert sum(run["criticalIssue"] is not None for run in runs) / count == pytest.approx(
        0.2, abs=0.1
    )


def test_an_agent_with_neither_link_nor_interval_has_no_runs(bench_of: Any) -> None:
    bench = bench_of(world={"cotool": {STRANGER: {"name": "Idle"}}})
    assert page_of(bench, agentIdFilter=STRANGER)["totalCount"] == 0


def test_agents_are_a_bare_array_with_their_criteria(bench: Any) -> None:
    agents = bench.ask(bench.cotool.list_agents)
    assert [agent["id"] for agent in agents] == [LINKED, UNLINKED]
    assert len(agents[0]["acceptanceCriteria"]) == 2

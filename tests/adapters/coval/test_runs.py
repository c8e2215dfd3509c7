import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from campaignd.adapters.coval import pages
from campaignd.adapters.coval.runs import RunsClient
from campaignd.adapters.http.lane import Lane
from campaignd.core.coval import LaunchOrder, Progress, Run, RunOptions, RunQuery, RunStatus
from campaignd.engine.faults import (
    AnswerUnusable,
    NotFound,
    RemoteRejected,
    RemoteUnavailable,
    VendorFault,
)

RUNS = "https://api.test/v1/runs"
SIMULATIONS = "https://api.test/v1/simulations"
EIGHT = datetime(2026, 11, 2, 8, tzinfo=UTC)
KEY = "01k9q4tz7m3wx8v2b6ncrdefgj-1-1"
RUN_ID = "Rn5Wc1Zt7Bk3Mx9Dq4Lp8F"
ORDER = LaunchOrder("a", "p", "t", ("m",), (), RunOptions(), f"n {KEY}", ("campaignd",), KEY)
IN_FLIGHT = {
    "name": f"runs/{RUN_ID}",
    "run_id": RUN_ID,
    "display_name": "nightly #418 voice-b",
    "status": "IN PROGRESS",
    "create_time": "2026-11-02T08:00:00Z",
    "update_time": "2026-11-02T08:03:11Z",
    "agent_id": "Ag7Kq2Vx9Lm4Tz1Wb8Nc5R",
    "persona_id": "Pe3Hn6Yd0Sf8Jr2Ku5Gv1X",
    "test_set_id": "tS4n9Qa2",
    "tags": ["sweep-418"],
    "progress": {
        "total_test_cases": 20,
        "completed_test_cases": 7,
        "failed_test_cases": 1,
        "in_progress_test_cases": 5,
    },
    "results": None,
    "metadata": {"launch_key": KEY},
    "error": None,
}


def item(run_id: str = "r1", status: str = "PENDING", **facts: object) -> dict[str, object]:
    return {"run_id": run_id, "status": status, "create_time": "2026-11-02T08:00:00Z", **facts}


def simulation(simulation_id: str, **facts: object) -> dict[str, object]:
    return {
        "simulation_id": simulation_id,
        "run_id": RUN_ID,
        "status": "COMPLETED",
        "create_time": "2026-11-02T08:00:02Z",
        **facts,
    }


@pytest.fixture
def client(lane: Lane) -> RunsClient:
    return RunsClient(lane)


@pytest.fixture
def router(respx_mock: respx.MockRouter) -> respx.MockRouter:
    return respx_mock


async def launch(client: RunsClient) -> Run:
    async with client.launch_slot() as slot:
        return await slot.launch(ORDER)


def answers(*documents: object) -> Iterator[httpx.Response]:
    return iter([httpx.Response(200, json=document) for document in documents])


def queries(route: respx.Route) -> list[dict[str, str]]:
    return [dict(call.request.url.params) for call in route.calls]


async def test_a_launch_sends_the_order_and_reads_the_short_answer(
    client: RunsClient, router: respx.MockRouter
) -> None:
    launched = {"run": {"name": f"runs/{RUN_ID}", **item(RUN_ID, "IN_PROGRESS")}}
    route = router.post(RUNS).mock(side_effect=answers(launched))
    run = await launch(client)
    assert run == Run(RUN_ID, RunStatus.IN_PROGRESS, "IN_PROGRESS", EIGHT)
    request = route.calls.last.request
    assert json.loads(request.content)["metadata"]["customer"]["launch_key"] == KEY
    assert request.headers["x-api-key"] == "sk-0123456789"
    assert request.headers["X-Coval-Workspace-Id"] == "ws1"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param(httpx.Response(400), RemoteRejected, id="refused"),
        pytest.param(httpx.Response(404), NotFound, id="unknown agent"),
        pytest.param(httpx.Response(429), RemoteUnavailable, id="too many"),
        pytest.param(httpx.Response(503), RemoteUnavailable, id="unavailable"),
        pytest.param(httpx.Response(200, text="<html>"), AnswerUnusable, id="garbage"),
        pytest.param(httpx.Response(200, json={"run": {}}), AnswerUnusable, id="no run id"),
        pytest.param(httpx.Response(204), AnswerUnusable, id="no answer"),
    ],
)
async def test_a_launch_is_sent_once_whatever_comes(
    client: RunsClient, router: respx.MockRouter, answer: httpx.Response, fault: type[Exception]
) -> None:
    route = router.post(RUNS).mock(return_value=answer)
    with pytest.raises(fault) as caught:
        await launch(client)
    assert type(caught.value) is fault
    assert route.call_count == 1


async def test_a_run_in_flight_is_read(client: RunsClient, router: respx.MockRouter) -> None:
    router.get(f"{RUNS}/{RUN_ID}").mock(side_effect=answers({"run": IN_FLIGHT}))
    assert await client.read_run(RUN_ID) == Run(
        run_id=RUN_ID,
        status=RunStatus.IN_PROGRESS,
        raw_status="IN PROGRESS",
        create_time=EIGHT,
        update_time=EIGHT + timedelta(minutes=3, seconds=11),
        agent_id="Ag7Kq2Vx9Lm4Tz1Wb8Nc5R",
        persona_id="Pe3Hn6Yd0Sf8Jr2Ku5Gv1X",
        test_set_id="tS4n9Qa2",
        display_name="nightly #418 voice-b",
        tags=("sweep-418",),
        launch_key=KEY,
        progress=Progress(20, 7, 1, 5),
    )


async def test_a_finished_run_has_its_results(client: RunsClient, router: respx.MockRouter) -> None:
    value = {"simulation_output_id": "s1", "value": "YES"}
    results = {"output_ids": ["s1", "s2"], "metrics": {"m": {"metric_id": "m", "values": [value]}}}
    done = item("r1", "COMPLETED", results=results, error_status="SUCCESS")
    router.get(f"{RUNS}/r1").mock(side_effect=answers({"run": done}))
    run = await client.read_run("r1")
    assert run.is_final
    assert run.results is not None
    assert run.results.output_ids == ("s1", "s2")
    assert run.results.values == {"m": {"s1": "YES"}}
    assert run.error is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *[pytest.param(s.value, s, id=s.value) for s in RunStatus if s is not RunStatus.UNKNOWN],
        pytest.param("IN_QUEUE", RunStatus.IN_QUEUE, id="underscore"),
        pytest.param("RATE LIMITED", RunStatus.UNKNOWN, id="one yet unknown"),
    ],
)
async def test_every_status_is_read_and_kept_as_written(
    client: RunsClient, router: respx.MockRouter, raw: str, expected: RunStatus
) -> None:
    router.get(f"{RUNS}/r1").mock(side_effect=answers({"run": item(status=raw)}))
    run = await client.read_run("r1")
    assert (run.status, run.raw_status) == (expected, raw)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        pytest.param(item(create_time=None), "run.create_time: ", id="no time"),
        pytest.param(item(run_id=7), "run.run_id: ", id="id is a number"),
        pytest.param(item(status=None), "run.status: ", id="no status"),
        pytest.param(item(results=[]), "run.results: ", id="odd results"),
        pytest.param(7, "run: ", id="no run"),
    ],
)
async def test_a_run_without_what_counts_is_unusable(
    client: RunsClient, router: respx.MockRouter, run: object, words: str
) -> None:
    router.get(f"{RUNS}/r1").mock(return_value=httpx.Response(200, json={"run": run}))
    with pytest.raises(AnswerUnusable) as caught:
        await client.read_run("r1")
    assert caught.value.message.startswith(words)


async def test_odd_decoration_does_not_hide_a_run(
    client: RunsClient, router: respx.MockRouter
) -> None:
    odd = item(tags="a", progress=[], metadata="x", display_name=7, update_time="soon", error={})
    router.get(f"{RUNS}/r1").mock(side_effect=answers({"run": odd}))
    assert await client.read_run("r1") == Run("r1", RunStatus.PENDING, "PENDING", EIGHT)


async def test_an_unknown_run_is_not_found(client: RunsClient, router: respx.MockRouter) -> None:
    router.get(f"{RUNS}/r1").mock(return_value=httpx.Response(404))
    with pytest.raises(NotFound):
        await client.read_run("r1")


async def test_runs_are_listed_oldest_first_from_all_pages_and_each_once(
    client: RunsClient, router: respx.MockRouter
) -> None:
    late = item("r3", create_time="2026-11-02T09:00:00Z")
    route = router.get(RUNS).mock(
        side_effect=answers(
            {"runs": [late, item("r1")], "next_page_token": "t1"},
            {"runs": [], "next_page_token": "t2"},
            {"runs": [item("r1", "FAILED"), item("r2")], "next_page_token": ""},
        )
    )
    runs = await client.list_runs(RunQuery(tag="cd-i-01", created_since=EIGHT))
    assert [run.run_id for run in runs] == ["r1", "r2", "r3"]
    assert runs[0].status is RunStatus.FAILED
    common = {
        "page_size": "1000",
        "order_by": "create_time",
        "filter": 'tag="cd-i-01" AND create_time>="2026-11-02T08:00:00Z"',
    }
    tokens = [{}, {"page_token": "t1"}, {"page_token": "t2"}]
    assert queries(route) == [{**common, **token} for token in tokens]


async def test_a_filter_is_percent_encoded(client: RunsClient, router: respx.MockRouter) -> None:
    route = router.get(RUNS).mock(side_effect=answers({"runs": []}))
    await client.list_runs(RunQuery(tag="a b", agent_id="x"))
    assert route.calls.last.request.url.query.endswith(
        b"&filter=tag%3D%22a%20b%22%20AND%20agent_id%3D%22x%22"
    )


async def test_runs_that_contradict_the_query_are_dropped(
    client: RunsClient, router: respx.MockRouter
) -> None:
    listed = [
        item("r1", tags=["mine"]),
        item("r2", tags=["other"]),
        item("r3"),
        item("r4", tags=[]),
    ]
    router.get(RUNS).mock(side_effect=answers({"runs": listed}))
    runs = await client.list_runs(RunQuery(tag="mine"))
    assert [run.run_id for run in runs] == ["r1", "r3"]


async def test_results_in_lists_are_left_for_the_single_read(
    client: RunsClient, router: respx.MockRouter
) -> None:
    router.get(RUNS).mock(side_effect=answers({"runs": [item(results={"metrics": 7})]}))
    assert (await client.list_runs(RunQuery()))[0].results is None


async def test_a_repeated_page_token_ends_the_listing_with_an_error(
    client: RunsClient, router: respx.MockRouter
) -> None:
    route = router.get(RUNS).mock(
        side_effect=answers(
            *[{"runs": [item()], "next_page_token": token} for token in ("a", "b", "a", "c")]
        )
    )
    with pytest.raises(AnswerUnusable, match="page token 'a' came twice"):
        await client.list_runs(RunQuery())
    assert route.call_count == 3


async def test_tokens_without_end_end_with_an_error(
    client: RunsClient, router: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 5)
    tokens = (str(number) for number in range(100))
    route = router.get(RUNS).mock(
        side_effect=lambda _: httpx.Response(
            200, json={"runs": [], "next_page_token": next(tokens)}
        )
    )
    with pytest.raises(AnswerUnusable, match="more than 5 pages"):
        await client.list_runs(RunQuery())
    assert route.call_count == 5


async def collect(client: RunsClient) -> list[list[Any]]:
    return [list(page) async for page in client.list_simulations(RUN_ID)]


async def test_simulations_come_page_by_page_and_each_once(
    client: RunsClient, router: respx.MockRouter
) -> None:
    base = simulation("s1", test_case_id="c1", mutation_id=None, mutation_name=None, has_audio=True)
    mutated = simulation(
        "s2",
        status="FAILED",
        test_case_id="c1",
        mutation_id="01K9",
        mutation_name="fast turn-taking",
        error_message="Agent did not answer.",
    )
    foreign = simulation("s3", run_id="another")
    route = router.get(SIMULATIONS).mock(
        side_effect=answers(
            {"simulations": [base, foreign], "next_page_token": "t"},
            {"simulations": [base, mutated, mutated], "next_page_token": None},
        )
    )
    (first,), (second,) = await collect(client)
    assert (first.simulation_id, first.test_case_id, first.mutation_id) == ("s1", "c1", None)
    assert (second.simulation_id, second.mutation_id) == ("s2", "01K9")
    assert (second.status, second.error) == (RunStatus.FAILED, "Agent did not answer.")
    assert queries(route)[0] == {
        "page_size": "1000",
        "order_by": "create_time",
        "filter": f'run_id="{RUN_ID}"',
    }


async def test_a_simulation_with_an_odd_variant_is_unusable(
    client: RunsClient, router: respx.MockRouter
) -> None:
    page = {"simulations": [simulation("s1", mutation_id=7)]}
    router.get(SIMULATIONS).mock(return_value=httpx.Response(200, json=page))
    with pytest.raises(AnswerUnusable, match=r"simulations\.0\.mutation_id"):
        await collect(client)


@pytest.mark.parametrize("status", [200, 204])
async def test_a_run_that_is_ended_is_done(
    client: RunsClient, router: respx.MockRouter, status: int
) -> None:
    route = router.delete(f"{RUNS}/r1").mock(return_value=httpx.Response(status))
    await client.end_run("r1")
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        pytest.param(503, RemoteUnavailable, id="out of order"),
        pytest.param(404, NotFound, id="unknown, there at least"),
    ],
)
async def test_an_ending_that_fails_is_not_tried_again(
    client: RunsClient, router: respx.MockRouter, status: int, fault: type[VendorFault]
) -> None:
    route = router.delete(f"{RUNS}/r1").mock(return_value=httpx.Response(status))
    with pytest.raises(fault):
        await client.end_run("r1")
    assert route.call_count == 1


async def test_the_clock_skew_follows_the_date_header(
    client: RunsClient, router: respx.MockRouter
) -> None:
    headers = {"date": "Mon, 02 Nov 2099 08:00:00 GMT"}
    router.get(RUNS).mock(return_value=httpx.Response(200, headers=headers, json={"runs": []}))
    assert client.clock_skew() == timedelta()
    await client.list_runs(RunQuery())
    assert client.clock_skew() > timedelta(days=365)

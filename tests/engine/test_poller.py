"""One list request a round for all runs in flight, and what is done where lists are poor."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import anyio
import httpx
import pytest
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Call, Port

from campaignd.core.coval import Run, RunQuery

POST = "POST /v1/runs"
LIST = "GET /v1/runs"
SLOW = {"simulation": ["20s", "40s"], "simulations_within": None}


def reads(stage: Stage) -> list[Call]:
    """Single reads of runs."""
    return [call for call in stage.calls if call.name.startswith("GET /v1/runs/")]


def listed_by_tag(stage: Stage) -> list[bool]:
    return ["tag=" in call.query for call in stage.asked(LIST)]


@pytest.mark.slow
async def test_many_runs_cost_a_list_request_a_round(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    limits = {"runs_in_flight": 50}
    text = write_campaign(personas=name_personas(40), limits=limits)
    report = await stage.run(text)
    assert report.exit_status == 0
    assert stage.statuses() == ["COMPLETED"] * 40
    # Besides the launches, each run is read once, to collect it.
    assert (len(stage.asked(POST)), len(reads(stage))) == (40, 40)
    assert len(stage.asked(LIST)) < 36


async def test_one_list_serves_all_executions(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing=SLOW)
    await stage.run()
    alone = len(stage.asked(LIST))
    await stage.run(*(write_campaign(name=f"campaign{n}") for n in range(5)))
    assert len(stage.asked(LIST)) - alone <= alone + 2
    assert stage.statuses() == ["COMPLETED"] * 6


async def test_a_list_begins_with_the_oldest_run_in_flight(stage: Stage) -> None:
    await stage.run()
    query = stage.asked(LIST)[0].query
    assert 'filter=tag="cd-i-01kc0ffee0tsv4rrffq69g5fav"' in query
    assert 'create_time>="2026-11-02T02:55:00Z"' in query
    assert "order_by=create_time" in query
    assert "page_size=1000" in query


async def test_the_list_follows_coval_s_clock(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing={"clock_skew": "-3h"})
    report = await stage.run()
    assert 'create_time>="2026-11-01T23:55:0' in stage.asked(LIST)[0].query
    assert (report.exit_status, len(reads(stage))) == (0, 1)


async def test_rounds_come_slower_while_nothing_moves(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage({"chance": lambda: 0.5}, timing={**SLOW, "queue": "5m"})
    await stage.run()
    moments = [call.at for call in stage.asked(LIST)]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps[0] == pytest.approx(2, abs=1.1)
    assert max(gaps) == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("tag_filter", "by_tag"),
    [
        pytest.param("refused", 1, id="at the first refusal"),
        pytest.param("finds_nothing", 2, id="after two lists without our runs"),
    ],
)
async def test_a_tag_filter_that_does_not_work_is_given_up(
    open_stage: Callable[..., Stage], tag_filter: str, by_tag: int
) -> None:
    stage = open_stage(timing=SLOW, lists={"tag_filter": tag_filter})
    report = await stage.run()
    assert report.exit_status == 0
    tagged = listed_by_tag(stage)
    assert sum(tagged) == by_tag
    assert tagged == sorted(tagged, reverse=True)
    assert 'agent_id="gk3jK9mPq2xRt5vW8yZaBc"' in stage.asked(LIST)[-1].query


async def test_one_403_is_no_reason_to_give_the_tag_filter_up(
    open_stage: Callable[..., Stage],
) -> None:
    once = {"match": {"method": "GET", "path": "/v1/runs", "nth": 3}, "do": {"status": 403}}
    stage = open_stage(timing=SLOW, faults=[once])
    report = await stage.run()
    assert (report.exit_status, all(listed_by_tag(stage))) == (0, True)
    assert any("answered 403" in words for words in stage.audience.said)


class Hiding(Port):
    """Lists that show our runs in a rhythm: `x` shows them, `-` hides them."""

    rhythm = ""
    number = 0

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        runs: Sequence[Run] = await self._inner.list_runs(query)
        self.number += 1
        return runs if self.rhythm[self.number % len(self.rhythm)] == "x" else ()


@pytest.mark.parametrize(
    ("rhythm", "singly"),
    [
        pytest.param("x", False, id="always shown"),
        pytest.param("-x", False, id="hidden every other time"),
        pytest.param("--x", True, id="hidden twice in a row"),
    ],
)
async def test_a_run_is_read_singly_after_two_lists_in_a_row_without_it(
    open_stage: Callable[..., Stage], rhythm: str, *, singly: bool
) -> None:
    stage = open_stage(timing={"simulation": ["5m", "6m"], "simulations_within": None})
    execution = await stage.create()
    async with stage.process() as process:
        process.replace_coval(type("Rhythmic", (Hiding,), {"rhythm": rhythm}))
        await process.drive(execution)
    assert (await stage.report(execution)).exit_status == 0
    assert stage.statuses() == ["COMPLETED"]
    # Once to collect it, whatever the lists showed.
    assert (len(reads(stage)) > 1) is singly
    assert len(reads(stage)) <= 1 + len(stage.asked(LIST)) / 3


async def test_lists_that_lag_are_no_reason_to_give_the_tag_filter_up(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, lists={"lag": "25s"})
    report = await stage.run()
    assert report.exit_status == 0
    assert listed_by_tag(stage)[-1]


async def test_a_new_run_that_coval_does_not_show_at_all_yet_is_not_lost(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, lists={"lag": "50s", "get_lag": "50s"})
    report = await stage.run()
    assert (report.exit_status, report.cells[0].state) == (0, "collected")


@pytest.mark.slow
async def test_where_lists_show_no_progress_every_run_s_turn_to_be_read_comes(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing={"simulation": ["2m", "3m"], "simulations_within": None},
        lists={"items": "summary"},
    )
    # One after the other: something new finishes every 2 or 3 minutes, in 10 minutes of a run.
    text = write_campaign(
        personas=name_personas(12),
        test_sets={"smoke": {"id": "aB1cD2eF", "sample": {"size": 4, "seed": 1}}},
        options={"concurrency": 1},
        limits={"runs_in_flight": 12, "stall_timeout": "6m"},
    )
    report = await stage.run(text)
    assert {cell.state for cell in report.cells} == {"collected"}
    assert report.exit_status == 0


async def test_a_run_that_vanishes_is_lost(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(
        timing=SLOW, failures={"runs": [{"outcome": "vanishes", "after": "10s", "first": 1}]}
    )
    report = await stage.run()
    (cell,) = report.cells
    assert (cell.state, cell.error) == ("lost", "the run vanished from Coval")
    assert report.verdict == "errored"


async def test_a_run_that_somebody_else_deletes_is_lost_and_no_fault_of_the_tag_filter(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing={**SLOW, "simulation": ["5m", "6m"]})
    execution = await stage.create(write_campaign(personas=name_personas(2)))

    async def delete() -> None:
        for _ in ("cancelled", "deleted"):
            stage.world.end(next(iter(stage.world.launched())), stage.clock.now())

    stage.later(30, delete)
    async with stage.process() as process:
        await process.drive(execution)
    report = await stage.report(execution)
    assert sorted(cell.state for cell in report.cells) == ["collected", "lost"]
    assert all(listed_by_tag(stage))


async def test_an_unknown_status_is_followed_until_the_run_ends(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, failures={"runs": [{"outcome": "unknown_status"}]})
    report = await stage.run()
    assert report.exit_status == 0


async def test_a_run_that_stays_in_an_unknown_status_stalls_once_it_is_seen_to_work(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing={"simulation": ["20s", "5h"], "simulations_within": None},
        failures={"runs": [{"outcome": "unknown_status"}]},
    )
    text = write_campaign(
        test_sets={"smoke": {"id": "aB1cD2eF", "sample": {"size": 12, "seed": 1}}},
        options={"concurrency": 12},
        limits={"stall_timeout": "10m", "timeout": "3h"},
    )
    report = await stage.run(text)
    assert (report.cells[0].state, report.verdict) == ("cancelled", "timed_out")
    assert "limits.stall_timeout" in str(report.cells[0].error)


async def test_a_run_that_is_listed_while_its_launch_is_stored_is_not_taken_for_a_stray(
    open_stage: Callable[..., Stage],
) -> None:
    late = {"match": {"method": "POST", "path": "/v1/runs", "nth": 2}, "do": {"delay": "8s"}}
    stage = open_stage(timing=SLOW, faults=[late])
    stored = anyio.Event()

    class LateLists(Port):
        """Shows the second run, and arrives right after its launch was stored."""

        async def list_runs(self, query: RunQuery) -> Sequence[Run]:
            runs: Sequence[Run] = await self._inner.list_runs(query)
            if len(runs) == 2:
                await stored.wait()
            return runs

    def note_commit(instant: str) -> bool:
        if instant == "written" and list(stage.states().values()) == ["running"] * 2:
            stored.set()
        return False

    execution = await stage.create(write_campaign(personas=name_personas(2)))
    async with stage.process() as process:
        process.fuse.blow_when(note_commit)
        process.replace_coval(LateLists)
        await process.drive(execution)
    report = await stage.report(execution)
    assert stage.statuses() == ["COMPLETED"] * 2
    assert (report.exit_status, report.notes) == (0, ())


async def test_a_stray_that_cannot_be_ended_at_once_is_ended_later(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing={**SLOW, "simulation": ["2m", "3m"]},
        faults=[{"match": {"method": "DELETE"}, "do": {"status": 503}, "limit": 2}],
    )

    async def launch_again() -> None:
        await stage.launch_elsewhere(stage.asked(POST)[0].body)

    stage.later(20, launch_again)
    report = await stage.run()
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]
    assert report.exit_status == 0


async def test_a_late_run_of_a_launch_that_was_written_off_is_ended(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, world={"deleted": [name_personas(2)["caller1"]]})
    execution = await stage.create(write_campaign(personas=name_personas(2)))

    async def launch_refused() -> None:
        refused, launched = sorted(stage.asked(POST), key=lambda call: call.body["persona_id"])
        body = {**refused.body, "persona_id": launched.body["persona_id"]}
        await stage.launch_elsewhere(body)

    stage.later(10, launch_refused)
    async with stage.process() as process:
        await process.drive(execution)
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]


async def test_others_runs_are_left_alone(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing=SLOW, lists={"tag_filter": "refused"})

    async def launch_other() -> None:
        body = dict(stage.asked(POST)[0].body)
        del body["metadata"]
        await stage.launch_elsewhere(body)

    stage.later(5, launch_other)
    await stage.run()
    assert stage.statuses() == ["COMPLETED", "COMPLETED"]


async def test_a_bug_in_the_poller_errors_the_executions_it_serves_and_ends_their_runs(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create()
    async with stage.process() as process:
        process.replace_coval(BuggyLists)
        with anyio.fail_after(60):
            await process.drive(execution)
    report = await stage.report(execution)
    assert (report.verdict, report.exit_status) == ("errored", 4)
    assert "ZeroDivisionError" in report.reason
    assert stage.statuses() == ["CANCELLED"]


class BuggyLists(Port):
    """Has a bug of ours in its lists."""

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        raise ZeroDivisionError


async def test_runs_that_nobody_follows_any_more_are_forgotten(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    stage.stunt = lambda call: httpx.Response(404) if call.name.startswith(f"{LIST}/") else None
    hidden = await stage.create()
    async with stage.process() as process:
        process.replace_coval(type("Never", (Hiding,), {"rhythm": "-"}))
        stage.later(20, stage.stop, hidden)
        await process.drive(hidden)
        stage.stunt = lambda _: None
        await process.drive(await stage.create())
        run_id = (await stage.launch(hidden)).run_id
        counted = [each for each in vars(process.poller).values() if isinstance(each, Counter)]
        assert [run_id in each for each in counted] == [False] * len(counted)

"""Launches, intent first: what is paid for is paid for once, whatever happens to the answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import httpx
import pytest
from sqlmodel import Session, select
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import START, Call, Fuse, InlineDatabase

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import LaunchRow
from campaignd.engine.launcher import HASTE
from campaignd.engine.tools import Bounds

T = TypeVar("T")
POST = "POST /v1/runs"
LIST = "GET /v1/runs"
ACTIVE = {"PENDING", "IN QUEUE", "IN PROGRESS"}


def at_post(nth: int, **action: Any) -> dict[str, Any]:
    """A fault that strikes one launch."""
    return {"match": {"method": "POST", "path": "/v1/runs", "nth": nth}, "do": action}


def always(**action: Any) -> dict[str, Any]:
    return {"match": {"method": "POST", "path": "/v1/runs"}, "do": action}


async def test_an_intent_is_stored_before_its_launch_is_sent(stage: Stage) -> None:
    seen: list[str] = []

    def look(call: Call) -> None:
        if call.name == POST:
            seen.append(stage.states()[call.body["metadata"]["customer"]["launch_key"]])

    stage.stunt = look
    report = await stage.run(write_campaign(personas=name_personas(3)))
    assert (seen, report.exit_status) == (["sending"] * 3, 0)


async def test_a_launch_names_installation_execution_and_key(stage: Stage) -> None:
    report = await stage.run(write_campaign(tags=["nightly"]))
    (post,) = stage.asked(POST)
    metadata = post.body["metadata"]
    key = f"{report.execution.lower()}-1-1"
    assert metadata["tags"] == [
        "campaignd",
        "cd-i-01kc0ffee0tsv4rrffq69g5fav",
        f"cd-{report.execution.lower()}",
        "nightly",
    ]
    assert metadata["display_name"] == f"checkout-nightly checkout/impatient/smoke {key}"
    assert metadata["customer"]["launch_key"] == key
    assert metadata["created_by"] == "campaignd"


@pytest.mark.parametrize(
    "action",
    [
        pytest.param({"reset": "after"}, id="reset after the server acted"),
        pytest.param({"status": 502, "acted": True, "body": "html"}, id="502 that did launch"),
        pytest.param({"status": 429, "acted": True, "retry_after": "5s"}, id="429 that did launch"),
        pytest.param({"garbage": "json"}, id="200 with broken JSON"),
        pytest.param({"garbage": "html"}, id="200 with a page"),
        pytest.param({"delay": "40s"}, id="an answer after the deadline"),
    ],
)
async def test_a_launch_whose_answer_was_lost_is_found_and_never_made_twice(
    open_stage: Callable[..., Stage], action: dict[str, Any]
) -> None:
    stage = open_stage(faults=[at_post(1, **action)])
    report = await stage.run()
    assert report.exit_status == 0
    assert len(stage.asked(POST)) == 1
    assert stage.statuses() == ["COMPLETED"]
    (launch,) = (await stage.load(report.execution)).launches
    events = [event.new for event in await stage.history.events(report.execution)]
    assert events[1:] == [
        *("running", "sending", "unresolved", "running"),
        *("ended", "collected", "judging", "finished"),
    ]
    assert launch.sends == 1


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param({"lag": "45s"}, id="lists that lag"),
        pytest.param({"items": "summary"}, id="lists without tags and metadata"),
        pytest.param({"tag_filter": "finds_nothing"}, id="a tag filter that finds nothing"),
        pytest.param({"tag_filter": "refused"}, id="a tag filter that is refused"),
        pytest.param({"items": "summary", "tag_filter": "refused"}, id="neither tags nor a filter"),
    ],
)
async def test_a_lost_answer_is_found_through_poor_lists(
    open_stage: Callable[..., Stage], lists: dict[str, str]
) -> None:
    stage = open_stage(faults=[at_post(1, reset="after")], lists=lists)
    report = await stage.run()
    assert (report.exit_status, len(stage.asked(POST))) == (0, 1)


@pytest.mark.parametrize(
    "action",
    [
        pytest.param({"reset": "before"}, id="reset before the server acted"),
        pytest.param({"status": 500, "body": "empty"}, id="500"),
        pytest.param({"status": 503, "body": "text"}, id="503"),
        pytest.param({"status": 504, "body": "html"}, id="504"),
        pytest.param({"status": 429, "retry_after": "3s"}, id="429"),
        pytest.param({"status": 408, "body": "empty"}, id="408"),
    ],
)
async def test_a_launch_that_truly_failed_is_sent_again_after_the_grace_with_the_same_key(
    open_stage: Callable[..., Stage], action: dict[str, Any]
) -> None:
    stage = open_stage(faults=[at_post(1, **action)])
    report = await stage.run()
    first, second = stage.asked(POST)
    assert first.body == second.body
    deadline, grace = 30, 60
    assert deadline + grace <= second.at - first.at < deadline + grace + 35
    assert (report.exit_status, stage.statuses()) == (0, ["COMPLETED"])
    assert (await stage.launch(report.execution)).sends == 2


async def test_before_a_launch_is_sent_again_a_look_after_the_grace_found_nothing(
    open_stage: Callable[..., Stage],
) -> None:
    # Every list takes 25 s, and shows what was there at its beginning.
    stage = open_stage(
        faults=[
            at_post(1, reset="after"),
            {"match": {"method": "GET", "path": "/v1/runs"}, "do": {"delay": "25s"}},
        ],
        lists={"lag": "88s"},
    )
    report = await stage.run()
    assert (len(stage.asked(POST)), report.exit_status) == (1, 0)


async def test_a_connection_that_was_never_made_leaves_the_launch_planned(stage: Stage) -> None:
    refusals = iter([True, True])

    def refuse(call: Call) -> None:
        if call.name == POST and next(refusals, False):
            raise httpx.ConnectError("Connection refused")

    stage.stunt = refuse
    report = await stage.run()
    first, second, third = stage.asked(POST)
    assert second.at - first.at == pytest.approx(2, abs=0.2)
    assert third.at - second.at == pytest.approx(4, abs=0.2)
    events = [event.new for event in await stage.history.events(report.execution)]
    assert events[2:7] == ["sending", "planned", "sending", "planned", "sending"]
    assert (report.exit_status, stage.statuses()) == (0, ["COMPLETED"])
    assert any("no connection to coval.test" in said for said in stage.audience.said)


async def test_a_refused_cell_says_why_in_coval_s_own_words_and_the_others_run(
    open_stage: Callable[..., Stage],
) -> None:
    personas = name_personas(3)
    stage = open_stage(world={"deleted": [personas["caller2"]]})
    report = await stage.run(write_campaign(personas=personas))
    refused = report.cells[1]
    assert [cell.state for cell in report.cells] == ["collected", "refused", "collected"]
    assert refused.error is not None
    assert "answered 404 to POST /runs" in refused.error
    assert personas["caller2"] in refused.error
    assert (report.verdict, len(stage.asked(POST))) == ("errored", 3)


@pytest.mark.parametrize("status", [400, 404, 409, 412, 422])
async def test_a_refusal_is_final_for_the_cell_and_is_not_retried(
    open_stage: Callable[..., Stage], status: int
) -> None:
    stage = open_stage(faults=[at_post(1, status=status)])
    report = await stage.run(write_campaign(retry={"runs": 2}))
    assert [cell.state for cell in report.cells] == ["refused"]
    assert (report.exit_status, len(stage.asked(POST)), report.unsettled) == (4, 1, ())


async def test_a_refused_key_stops_all_launching(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(faults=[at_post(n, status=401) for n in range(2, 9)])
    report = await stage.run(
        write_campaign(personas=name_personas(8), limits={"runs_in_flight": 1})
    )
    assert len(stage.asked(POST)) == 2
    assert [cell.state for cell in report.cells] == ["collected", *["refused"] * 7]
    assert all("answered 401 to POST /runs" in str(cell.error) for cell in report.cells[1:])
    assert (report.verdict, report.exit_status) == ("errored", 4)


async def test_launches_that_wait_for_their_turn_are_not_sent_after_a_refused_key(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(faults=[always(status=401, delay="5s")])
    await stage.run(write_campaign(personas=name_personas(30), limits={"runs_in_flight": 30}))
    connections = 10
    assert len(stage.asked(POST)) == connections


async def test_a_refused_launch_alone_stops_nothing_else(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(faults=[at_post(1, status=403)])
    report = await stage.run(
        write_campaign(personas=name_personas(3), limits={"runs_in_flight": 1})
    )
    assert [cell.state for cell in report.cells] == ["refused", "collected", "collected"]


async def test_where_a_plain_list_is_refused_as_well_all_launching_stops(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(faults=[{"match": {"path": "/v1/runs"}, "do": {"status": 403}}])
    report = await stage.run(
        write_campaign(personas=name_personas(3), limits={"runs_in_flight": 1})
    )
    assert [cell.state for cell in report.cells] == ["refused"] * 3
    assert (len(stage.asked(POST)), report.exit_status) == (1, 4)


async def test_the_runs_in_flight_of_the_campaign_hold_at_every_moment(stage: Stage) -> None:
    flying: list[int] = []
    stage.stunt = lambda call: flying.append(in_flight(stage)) if call.name == POST else None
    limits = {"runs_in_flight": 3}
    report = await stage.run(write_campaign(personas=name_personas(12), limits=limits))
    assert max(flying) == 3 - 1
    assert (report.exit_status, len(flying)) == (0, 12)


async def test_the_runs_in_flight_of_the_account_hold_over_all_executions(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage({"bounds": Bounds(runs_in_flight=4)})
    flying: list[int] = []
    stage.stunt = lambda call: flying.append(in_flight(stage)) if call.name == POST else None
    texts = [write_campaign(name=name, personas=name_personas(6)) for name in ("one", "two")]
    await stage.run(*texts)
    assert max(flying) == 4 - 1
    assert stage.statuses() == ["COMPLETED"] * 12


def in_flight(stage: Stage) -> int:
    return sum(status in ACTIVE for status in stage.statuses())


async def test_lost_answers_count_as_runs_in_flight(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(faults=[at_post(1, reset="before")])
    await stage.run(write_campaign(personas=name_personas(2), limits={"runs_in_flight": 1}))
    first, again, other = stage.asked(POST)
    assert first.body == again.body != other.body


async def test_the_day_s_budget_is_waited_for(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage({"bounds": Bounds(simulations_per_day=5)})
    stage.clock.start = START.replace(hour=23, minute=55)
    report = await stage.run(write_campaign(personas=name_personas(3)))
    *_, last = stage.asked(POST)
    midnight = timedelta(minutes=5).total_seconds()
    assert midnight <= last.at <= midnight + 35
    assert (report.exit_status, len(stage.asked(POST))) == (0, 3)


async def test_a_run_that_failed_is_launched_again_as_a_new_attempt(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(failures={"runs": [{"outcome": "fails", "first": 1}]})
    report = await stage.run(write_campaign(retry={"runs": 1}))
    (cell,) = report.cells
    assert [(attempt.number, attempt.state) for attempt in cell.attempts] == [
        (1, "failed"),
        (2, "collected"),
    ]
    assert cell.attempts[0].error == "Agent connection timeout"
    stem = report.execution.lower()
    assert stage.keys() == [f"{stem}-1-1", f"{stem}-1-2"]
    assert report.exit_status == 0


async def test_a_cell_that_keeps_failing_is_not_launched_for_ever(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(failures={"runs": [{"outcome": "fails"}]})
    report = await stage.run(write_campaign(retry={"runs": 2}))
    assert [attempt.state for attempt in report.cells[0].attempts] == ["failed"] * 3
    assert (report.exit_status, len(stage.asked(POST))) == (4, 3)


async def test_another_attempt_draws_on_the_limit_of_simulations(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(failures={"runs": [{"outcome": "fails", "first": 1}]})
    report = await stage.run(
        write_campaign(personas=name_personas(2), retry={"runs": 1}, limits={"simulations": 6})
    )
    states = [[attempt.state for attempt in cell.attempts] for cell in report.cells]
    assert sorted(states) == [["failed", "collected"], ["failed", "refused"]]
    (error,) = [str(cell.error) for cell in report.cells if cell.state == "refused"]
    assert "6 of 6 simulations (limits.simulations) are spent" in error


async def test_a_launch_that_waits_for_its_turn_is_not_made_after_a_stop(
    open_stage: Callable[..., Stage],
) -> None:
    # The first answer stops everybody for 25 s; the stop comes in between.
    stage = open_stage(faults=[at_post(1, status=429, retry_after="25s")])
    execution = await stage.create(write_campaign(personas=name_personas(5)))
    async with stage.process() as process:
        stage.later(10, stage.stop, execution)
        await process.drive(execution)
    assert len(stage.asked(POST)) == 1
    assert (await stage.report(execution)).verdict == "cancelled"


class SuspendedDatabase(InlineDatabase):
    """The machine sleeps for an hour just after it stored the first intent."""

    def __init__(self, stage: Stage, lent: Database, fuse: Fuse) -> None:
        super().__init__(lent, fuse)
        self.stage = stage

    async def write(self, work: Callable[[Session], T]) -> T:
        result = await super().write(work)
        if self.stage.clock.start == START and "sending" in self.stage.states().values():
            self.stage.clock.start += timedelta(hours=1)
        return result


async def test_who_slept_between_its_intent_and_the_launch_does_not_send_it(stage: Stage) -> None:
    stage.make_database = partial(SuspendedDatabase, stage)
    report = await stage.run()
    (post,) = stage.asked(POST)
    events = await stage.history.events(report.execution)
    assert [event.new for event in events][2:6] == ["sending", "unresolved", "sending", "running"]
    assert events[3].reason == "the process slept before sending"
    grace = 60
    assert grace <= post.at < grace + 35
    assert (report.exit_status, stage.statuses()) == (0, ["COMPLETED"])


@pytest.mark.slow
async def test_no_intent_grows_old_while_its_launch_waits_for_its_turn(
    open_stage: Callable[..., Stage],
) -> None:
    # Three times as many launches as connections, and each takes twenty seconds.
    stage = open_stage(faults=[always(delay="20s")])
    ages: list[timedelta] = []

    def look(call: Call) -> None:
        if call.name == POST:
            key = call.body["metadata"]["customer"]["launch_key"]
            ages.append(stage.clock.now() - intended_at(stage, key))

    stage.stunt = look
    limits = {"runs_in_flight": 30}
    report = await stage.run(write_campaign(personas=name_personas(30), limits=limits))
    assert (report.exit_status, len(ages)) == (0, 30)
    assert max(ages) <= HASTE


def intended_at(stage: Stage, key: str) -> datetime:
    """Read when a launch's intent was stored, at this very moment."""
    query = select(LaunchRow).where(LaunchRow.key == key)
    row = stage.database.read_now(lambda session: session.exec(query).one())
    assert row.sending_at is not None
    return row.sending_at


async def test_two_runs_of_one_key_are_one_run_and_a_note(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(faults=[at_post(1, reset="after")])

    async def launch_again() -> None:
        await stage.launch_elsewhere(stage.asked(POST)[0].body)

    stage.later(0.5, launch_again)
    report = await stage.run()
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]
    assert (report.exit_status, len(stage.asked(POST))) == (0, 1)
    (note,) = report.notes
    assert "more than once" in note

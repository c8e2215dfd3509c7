"""Following an execution over real HTTP."""

from datetime import UTC, datetime

import anyio
import pytest
from tests.adapters.remote.conftest import Watching
from tests.adapters.remote.scripted import (
    DROP,
    EXECUTION,
    RESET,
    ScriptedService,
    problem,
)

from campaignd.adapters.remote.contact import Contact, Patience
from campaignd.adapters.remote.faults import ServiceRefused
from campaignd.adapters.remote.following import Follower, Means
from campaignd.adapters.remote.service import Service
from campaignd.core.report import ExecutionReport
from campaignd.core.verdicts import Verdict
from campaignd.sandbox.server import serve


def noon() -> datetime:
    return datetime(2026, 11, 2, 12, tzinfo=UTC)


async def follow(service: ScriptedService, watching: Watching) -> ExecutionReport:
    means = Means(watching, noon, lambda: 1.0)
    contact = Contact(watching, lambda: 1.0, Patience())
    with anyio.fail_after(20):
        async with Service(service.url, "token-of-tests") as remote:
            return await Follower(remote, contact, EXECUTION, means).follow()


async def test_progress_is_shown_as_it_comes_and_the_report_ends_it(
    service: ScriptedService, watching: Watching
) -> None:
    async def go_on() -> None:
        await service.heard("events")
        service.tell_progress(5)
        await watching.until(lambda: any(view.cells[0].done == 5 for view in watching.shown))
        service.finish("failed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        report = await follow(service, watching)
    assert report.verdict is Verdict.FAILED
    assert (watching.shown[0].state, watching.shown[0].cells[0].done) == ("running", 0)
    assert (watching.shown[-1].state, watching.shown[-1].cells[0].done) == ("finished", 12)
    assert watching.said == []


async def test_what_is_over_needs_no_stream(service: ScriptedService, watching: Watching) -> None:
    service.verdict = "passed"
    assert (await follow(service, watching)).verdict is Verdict.PASSED
    assert len(service.requests("read")) == 1


async def test_time_goes_on_where_nothing_happens(
    service: ScriptedService, watching: Watching
) -> None:
    async def go_on() -> None:
        await watching.until(lambda: len(watching.shown) > 1)
        service.finish("passed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        await follow(service, watching)
    assert watching.shown[1].cells == watching.shown[0].cells


async def test_a_dropped_stream_is_taken_up_after_the_last_event(
    service: ScriptedService, watching: Watching
) -> None:
    service.faults["events"] = [DROP]
    service.tell_progress(3)
    service.tell_progress(4)

    async def go_on() -> None:
        await service.heard("events", 2)
        await watching.until(lambda: watching.shown[-1].cells[0].done == 4)
        service.finish("passed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        await follow(service, watching)
    first, second = service.requests("events")[:2]
    assert "last-event-id" not in first
    assert second["last-event-id"] == "0"
    assert watching.said == []


async def test_what_the_stream_ended_with_is_not_taken_back(
    service: ScriptedService, watching: Watching
) -> None:
    service.tell("progress", {"state": "finished", "done": 12, "planned": 12, "cells": []})
    service.tell("end", {"verdict": "passed", "exit_status": 0})

    async def go_on() -> None:
        await watching.until(lambda: any(view.state == "finished" for view in watching.shown))
        seen = len(watching.shown)
        await watching.until(lambda: len(watching.shown) > seen)
        service.finish("passed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        await follow(service, watching)
    states = [view.state for view in watching.shown]
    assert "running" not in states[states.index("finished") :]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(problem(503, "too many streams"), id="too many streams"),
        pytest.param(problem(403, "no streams for you"), id="no streams at all"),
        pytest.param(RESET, id="a reset"),
    ],
)
async def test_without_a_stream_the_end_is_heard_all_the_same(
    service: ScriptedService, watching: Watching, fault: object
) -> None:
    service.faults["events"] = [fault] * 50

    async def go_on() -> None:
        await service.heard("events")
        service.finish("inconclusive")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        report = await follow(service, watching)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert watching.said == []


async def test_events_that_nobody_knows_are_passed_over(
    service: ScriptedService, watching: Watching
) -> None:
    service.tell("weather", {"sky": "blue"})
    service.tell("progress", {"state": 7})
    service.tell_progress(2)

    async def go_on() -> None:
        await service.heard("events")
        await watching.until(lambda: watching.shown[-1].cells[0].done == 2)
        service.finish("passed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        assert (await follow(service, watching)).verdict is Verdict.PASSED


async def test_a_service_that_restarts_is_found_again_on_its_port(watching: Watching) -> None:
    service = ScriptedService()

    async def go_on() -> None:
        async with anyio.create_task_group() as first:
            port = await first.start(serve, service)
            service.url = f"http://127.0.0.1:{port}"
            started.set()
            await service.heard("events")
            first.cancel_scope.cancel()
        await watching.until(lambda: bool(watching.said))
        service.verdict = "failed"
        tasks.start_soon(lambda: serve(service, port=port))

    started = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(go_on)
        await started.wait()
        report = await follow(service, watching)
        tasks.cancel_scope.cancel()
    assert report.verdict is Verdict.FAILED
    lost, found = watching.said
    assert lost.startswith("no contact with the service: ")
    assert found == "in contact with the service again"


async def test_a_refusal_in_the_middle_ends_it(
    service: ScriptedService, watching: Watching
) -> None:
    service.faults["read"] = [None, problem(401, "expired")]
    with pytest.raises(ServiceRefused, match="expired"):
        await follow(service, watching)

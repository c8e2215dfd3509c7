import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import TaskGroup

from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.sandbox.server import serve

RUNS = "/v1/runs"
Serve = Callable[..., Any]


@pytest.fixture
def served(clock: Any) -> Serve:
    """Serve a scenario on a free port; give a client for it and the task group it runs in."""

    @asynccontextmanager
    async def serving(**scenario: object) -> AsyncIterator[tuple[httpx.AsyncClient, TaskGroup]]:
        app = create_app(World(Scenario.model_validate(scenario)), clock=clock)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                port = await group.start(partial(serve, app))
                base_url = f"http://127.0.0.1:{port}"
                headers = {"x-api-key": "any"}
                async with httpx.AsyncClient(base_url=base_url, headers=headers) as client:
                    yield client, group
                group.cancel_scope.cancel()

    return serving


async def test_requests_are_answered_on_a_free_port(served: Serve) -> None:
    async with served() as (client, _):
        answer = await client.get(RUNS)
    assert answer.json() == {"runs": [], "next_page_token": None}
    assert answer.headers.get_list("date") == ["Mon, 02 Nov 2026 08:00:00 GMT"]


@pytest.mark.parametrize(
    ("reset", "launched"), [pytest.param("before", 0), pytest.param("after", 1)]
)
async def test_a_reset_is_real(served: Serve, order: Any, reset: str, launched: int) -> None:
    faults = [{"match": {"method": "POST"}, "do": {"reset": reset}}]
    async with served(faults=faults) as (client, _):
        with pytest.raises(httpx.ReadError) as caught:
            await client.post(RUNS, json=order)
        assert "ConnectionReset" in repr(_root_cause(caught.value))
        assert len((await client.get(RUNS)).json()["runs"]) == launched


def _root_cause(error: BaseException) -> BaseException:
    cause = error.__cause__ or error.__context__
    return _root_cause(cause) if cause else error


async def test_a_client_that_gives_up_leaves_the_launch_behind(served: Serve, order: Any) -> None:
    faults = [{"match": {"method": "POST"}, "do": {"delay": "1h"}}]
    async with served(faults=faults) as (client, _):
        with pytest.raises(httpx.ReadTimeout):
            await client.post(RUNS, json=order, timeout=0.2)
        assert len((await client.get(RUNS)).json()["runs"]) == 1


async def test_cancelling_ends_it_at_once_though_an_answer_is_owed(served: Serve) -> None:
    faults = [{"match": {"path": "/v1/agents"}, "do": {"delay": "1h"}}]
    with anyio.fail_after(5):
        async with served(faults=faults) as (client, group):
            await client.get(RUNS)

            async def wait_for_an_answer() -> None:
                with pytest.raises(httpx.TransportError):
                    await client.get("/v1/agents", timeout=None)

            async with anyio.create_task_group() as waiting:
                waiting.start_soon(wait_for_an_answer)
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()


async def test_signals_are_left_to_the_caller(served: Serve) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with served() as (client, _):
        await client.get(RUNS)
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_an_address_that_is_taken_is_an_os_error() -> None:
    app = create_app(World(), clock=lambda: pytest.fail("nobody asks"))
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await serve(app, port=taken.getsockname()[1])

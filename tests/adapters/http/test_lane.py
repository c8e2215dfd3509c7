from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import pytest
from structlog.testing import capture_logs

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.adapters.http.wire import WireDocument
from campaignd.engine.faults import AnswerUnusable, RemoteRejected, RemoteUnavailable

Raw = Callable[..., bytes]
Connect = Callable[..., AbstractAsyncContextManager[VendorHttp]]
GET = Call("GET", "/runs")
POST = Call("POST", "/runs", body={})


class Runs(WireDocument):
    runs: list[str]


@pytest.fixture
def connect(serve: Any, account: Callable[..., VendorAccount]) -> Connect:
    """A vendor whose server behaves so; the jitter of retries is always nothing."""

    @asynccontextmanager
    async def connect(handler: Any, **facts: Any) -> AsyncIterator[VendorHttp]:
        async with (
            serve(handler) as url,
            VendorHttp(account(url, **facts), chance=lambda: 0.0) as http,
        ):
            yield http

    return connect


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(b"HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n", id="502"),
        pytest.param(b"HTTP/1.1 408 Slow\r\ncontent-length: 0\r\n\r\n", id="408"),
        pytest.param(b"HTTP/1.1 429 Many\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n", id="429"),
        pytest.param(b"", id="closed without a word"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html>no<", id="HTML"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", id="half an answer"),
    ],
)
async def test_a_read_is_tried_again(
    connect: Connect, script: Any, raw: Raw, trouble: bytes
) -> None:
    server = script(trouble, trouble, raw(200, b'{"runs": ["a"]}'))
    async with connect(server) as http:
        with capture_logs() as entries:
            assert (await http.paced.read(GET, Runs)).runs == ["a"]
        assert http.requests_sent == len(server.requests) == 3
    retries = [entry for entry in entries if entry["event"] == "vendor request retried"]
    assert [entry["attempt"] for entry in retries] == [1, 2]


async def test_a_read_gives_up_with_the_last_fault(connect: Connect, script: Any, raw: Raw) -> None:
    server = script(raw(500), raw(500), raw(500), raw(503, b'{"message": "still down"}'))
    async with connect(server) as http:
        with pytest.raises(RemoteUnavailable, match="503 to GET /runs: still down"):
            await http.paced.read(GET, Runs)
    assert len(server.requests) == 4


async def test_a_refused_read_is_not_tried_again(connect: Connect, script: Any, raw: Raw) -> None:
    server = script(raw(400), raw(200))
    async with connect(server) as http:
        with pytest.raises(RemoteRejected):
            await http.paced.read(GET, Runs)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_what_changes_something_is_sent_once(
    connect: Connect, script: Any, raw: Raw, method: str, status: int
) -> None:
    server = script(raw(status), raw(200))
    async with connect(server) as http:
        with pytest.raises(RemoteUnavailable):
            await http.paced.send(Call(method, "/runs"))
    assert len(server.requests) == 1


async def test_a_wish_beyond_our_patience_ends_the_read_at_once(
    connect: Connect, script: Any, raw: Raw
) -> None:
    server = script(raw(503, retry_after="300"))
    async with connect(server) as http:
        with anyio.fail_after(2), pytest.raises(RemoteUnavailable) as caught:
            await http.paced.read(GET, Runs)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 300


async def test_a_slot_held_sends_at_once(connect: Connect, script: Any, raw: Raw) -> None:
    server = script(raw(200))
    async with connect(server, requests_per_second=0.5) as http, http.paced.slot() as slot:
        assert server.requests == []
        with anyio.fail_after(1):
            await slot.send(POST)
        assert len(server.requests) == 1


async def test_a_slot_held_is_a_connection_held(connect: Connect, script: Any, raw: Raw) -> None:
    async with connect(script(raw(200)), max_connections=1) as http:
        async with http.paced.slot() as slot:
            with anyio.move_on_after(0.1) as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(http.paced.send, GET)
            assert scope.cancelled_caught
            await slot.send(POST)
        with anyio.fail_after(1):
            await http.paced.send(GET)


async def test_a_slot_given_back_unused_blocks_nobody(
    connect: Connect, script: Any, raw: Raw
) -> None:
    async with connect(script(raw(200)), max_connections=1) as http:
        for _ in range(5):
            async with http.paced.slot():
                pass
        with anyio.fail_after(1):
            await http.paced.send(GET)


async def test_a_429_slows_the_paced_lane_alone(connect: Connect, script: Any, raw: Raw) -> None:
    server = script(raw(429, retry_after="30"), raw(200))
    async with connect(server) as http:
        with pytest.raises(RemoteUnavailable):
            await http.paced.send(POST)
        with anyio.move_on_after(0.1) as scope:
            await http.paced.send(POST)
        assert scope.cancelled_caught
        with anyio.fail_after(1):
            await http.urgent.send(POST)


async def test_an_unusable_answer_names_field_and_request(
    connect: Connect, script: Any, raw: Raw
) -> None:
    async with connect(script(raw(200, b"{}", x_request_id="r-9"))) as http:
        with pytest.raises(AnswerUnusable) as caught:
            await http.paced.read(GET, Runs)
    words = "Coval answered 200 to GET /runs: runs: field required (request id r-9)"
    assert str(caught.value) == words

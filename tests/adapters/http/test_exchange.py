import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream
from structlog.testing import capture_logs

from campaignd.adapters.http import exchange
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Answer, Call
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.engine.faults import (
    AnswerUnusable,
    KeyRefused,
    NotSent,
    RemoteRejected,
    RemoteUnavailable,
    VendorFault,
)

Serve = Callable[..., AbstractAsyncContextManager[str]]
MakeAccount = Callable[..., VendorAccount]
Raw = Callable[..., bytes]
GET = Call("GET", "/runs")


@pytest.fixture
def send(serve: Serve, account: MakeAccount) -> Callable[..., Any]:
    """One call to a server that behaves so, by an account with these facts."""

    async def send(handler: Any, call: Call = GET, **facts: Any) -> Answer:
        async with serve(handler) as url, VendorHttp(account(url + "/v1", **facts)) as http:
            return await http.paced.send(call)

    return send


@asynccontextmanager
async def expect(fault: type[VendorFault], words: str) -> AsyncIterator[None]:
    with anyio.fail_after(5), pytest.raises(VendorFault) as caught:
        yield
    assert type(caught.value) is fault, repr(caught.value)
    assert words in caught.value.message


async def test_an_answer_is_handed_over_whole(send: Any, script: Any, raw: Raw) -> None:
    server = script(raw(200, b'{"runs": []}', x_request_id="r-7"))
    answer = await send(server, Call("POST", "/runs", body={"agent_id": "a"}))
    assert (answer.status, answer.body, answer.request_id) == (200, b'{"runs": []}', "r-7")


async def test_a_request_shows_who_we_are_and_keeps_the_path(
    send: Any, script: Any, raw: Raw, key: str
) -> None:
    server = script(raw(200))
    await send(server, Call("POST", "/runs", {"a": 'x "y"'}, {"agent_id": "a"}))
    head, _, body = server.requests[0].partition("\r\n\r\n")
    assert head.startswith("POST /v1/runs?a=x%20%22y%22 HTTP/1.1\r\n")
    assert f"\r\nx-api-key: {key}\r\n" in head  # in lower case, as Coval's gateway wants it
    assert "\r\nuser-agent: campaignd/" in head.lower()
    assert "\r\nContent-Type: application/json" in head
    assert body == '{"agent_id":"a"}'


async def test_a_refused_connection_is_certain_not_to_be_sent(
    serve: Serve, account: MakeAccount, script: Any
) -> None:
    async with serve(script(b"")) as url:
        pass
    async with VendorHttp(account(url)) as http, expect(NotSent, ": Connection refused"):
        await http.paced.send(GET)


async def test_an_address_that_is_none_is_for_the_reader_to_mend(account: MakeAccount) -> None:
    async with (
        VendorHttp(account("http://256.256.256.256")) as http,
        expect(RemoteRejected, "check the base URL"),
    ):
        await http.paced.send(GET)


async def test_a_server_without_tls_is_told_apart(serve: Serve, account: MakeAccount) -> None:
    async def answer_plainly(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serve(answer_plainly) as url:
        secure = account(url.replace("http:", "https:"))
        async with VendorHttp(secure) as http, expect(NotSent, "is https right for it?"):
            await http.paced.send(Call("POST", "/runs"))


async def test_a_handshake_that_never_ends_is_certain_not_to_be_sent(
    serve: Serve, account: MakeAccount
) -> None:
    async def wait(stream: SocketStream) -> None:
        async with stream:
            await anyio.sleep_forever()

    async with serve(wait) as url:
        secure = account(url.replace("http:", "https:"), timeout=timedelta(seconds=0.5))
        async with VendorHttp(secure) as http, expect(NotSent, "no connection to"):
            await http.paced.send(Call("POST", "/runs"))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param(b"", "the connection to", id="nothing"),
        pytest.param(b"\x16\x03\x01garbage\r\n\r\n", "the connection to", id="garbage"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", "broke", id="half a body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "broke", id="bad chunk"
        ),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", "broke", id="no status"),
    ],
)
async def test_a_broken_answer_leaves_the_outcome_open(
    send: Any, script: Any, sent: bytes, words: str
) -> None:
    async with expect(RemoteUnavailable, words):
        await send(script(sent), Call("POST", "/runs", body={}))


async def test_a_reset_leaves_the_outcome_open(send: Any, request_of: Any) -> None:
    async def reset(stream: SocketStream) -> None:
        await request_of(stream)
        await anyio.aclose_forcefully(stream)

    async with expect(RemoteUnavailable, "the connection to 127.0.0.1"):
        await send(reset, Call("POST", "/runs", body={}))


async def test_a_body_that_cannot_be_unpacked_is_unusable(send: Any, script: Any, raw: Raw) -> None:
    async with expect(AnswerUnusable, "cannot be unpacked"):
        await send(script(raw(200, b"no gzip", content_encoding="gzip")))


async def test_a_slow_drip_ends_at_the_deadline(send: Any, request_of: Any) -> None:
    async def drip(stream: SocketStream) -> None:
        async with stream:
            await request_of(stream)
            await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            while True:
                await stream.send(b" ")
                await anyio.sleep(0.02)

    async with expect(RemoteUnavailable, "no complete answer from 127.0.0.1"):
        await send(drip, timeout=timedelta(seconds=0.3))


async def test_an_answer_that_never_begins_ends_at_the_deadline(send: Any) -> None:
    async def wait(stream: SocketStream) -> None:
        async with stream:
            await anyio.sleep_forever()

    async with expect(RemoteUnavailable, ""):
        await send(wait, Call("POST", "/runs", body={}), timeout=timedelta(seconds=0.3))


async def test_a_refusal_stands_though_its_body_breaks(send: Any, script: Any) -> None:
    half = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 500\r\n\r\nMissing key"
    async with expect(KeyRefused, "Missing key"):
        await send(script(half))


async def test_a_refusal_stands_though_its_body_never_ends(
    send: Any, request_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_COMPLAINT_WAIT", 0.1)

    async def stall(stream: SocketStream) -> None:
        async with stream:
            await request_of(stream)
            await stream.send(b"HTTP/1.1 400 Bad\r\ncontent-length: 500\r\n\r\nBad agent")
            await anyio.sleep_forever()

    async with expect(RemoteRejected, "Bad agent"):
        await send(stall)


async def test_of_a_huge_complaint_only_the_beginning_is_read(send: Any, request_of: Any) -> None:
    async def shout(stream: SocketStream) -> None:
        async with stream:
            await request_of(stream)
            await stream.send(b"HTTP/1.1 400 Bad\r\ncontent-length: 999999999\r\n\r\n")
            while True:
                await stream.send(b"no " * 10_000)

    async with expect(RemoteRejected, "no no no"):
        await send(shout)


async def test_an_answer_is_bounded_however_well_it_is_packed(
    send: Any, script: Any, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LARGEST_BODY", 2**20)
    bomb = gzip.compress(bytes(50 * 2**20))
    async with expect(AnswerUnusable, "larger than 1 MiB"):
        await send(script(raw(200, bomb, content_encoding="gzip")))


async def test_a_redirect_is_not_followed(send: Any, script: Any, raw: Raw) -> None:
    server = script(raw(307, location="http://127.0.0.1:1/elsewhere"))
    async with expect(RemoteRejected, "check the base URL"):
        await send(server, Call("POST", "/runs", body={}))
    assert len(server.requests) == 1


async def test_the_vendors_clock_is_learnt_from_every_answer(
    serve: Serve, account: MakeAccount, script: Any, raw: Raw
) -> None:
    server = script(
        raw(503, date="Mon, 02 Nov 2026 08:01:00 GMT"), raw(200, date="nonsense"), raw(200)
    )
    noon = datetime(2026, 11, 2, 8, tzinfo=UTC)
    async with serve(server) as url, VendorHttp(account(url), now=lambda: noon) as http:
        assert http.paced.clock_skew == timedelta()
        with pytest.raises(RemoteUnavailable):
            await http.paced.send(GET)
        await http.paced.send(GET)
        assert http.urgent.clock_skew == timedelta(minutes=1)


async def test_logs_hold_neither_query_nor_key(
    send: Any, script: Any, raw: Raw, key: str, caplog: Any
) -> None:
    caplog.set_level("DEBUG")
    call = Call("GET", "/runs", {"filter": "private"})
    with capture_logs() as entries:
        await send(script(raw(200)), call)
        for answer in (raw(401, key.encode()), b""):
            with pytest.raises(VendorFault):
                await send(script(answer), call)
    told = f"{entries} {caplog.text}"
    assert len(entries) == 3
    assert "/runs" in told
    assert "private" not in told
    assert key not in told

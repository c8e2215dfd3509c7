"""What is counted of requests, for those who watch."""

from collections.abc import Callable
from contextlib import suppress

import anyio
import httpx
import pytest

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.engine.faults import VendorFault

ACCOUNT = VendorAccount("Coval", "http://coval.test/v1", {"x-api-key": "a-key-of-ours"})
GET = Call("GET", "/runs")
Handler = Callable[[httpx.Request], httpx.Response]


def raising(error: Exception) -> Handler:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    return handle


def broken_body(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no"))


@pytest.mark.parametrize(
    ("handle", "outcome"),
    [
        pytest.param(lambda _: httpx.Response(200), "200", id="success"),
        pytest.param(lambda _: httpx.Response(404), "404", id="a refusal"),
        pytest.param(lambda _: httpx.Response(429), "429", id="too many"),
        pytest.param(lambda _: httpx.Response(503), "503", id="unavailable"),
        pytest.param(raising(httpx.ConnectError("no")), "not_sent", id="no connection"),
        pytest.param(raising(httpx.ConnectTimeout("no")), "not_sent", id="no connection in time"),
        pytest.param(raising(httpx.ReadTimeout("no")), "timeout", id="no answer in time"),
        pytest.param(raising(TimeoutError()), "timeout", id="not whole in time"),
        pytest.param(raising(httpx.RemoteProtocolError("no")), "broken", id="a broken answer"),
        pytest.param(broken_body, "broken", id="a body that cannot be unpacked"),
    ],
)
async def test_each_request_is_counted_once_by_what_came_of_it(
    handle: Handler, outcome: str
) -> None:
    async with VendorHttp(ACCOUNT, transport=httpx.MockTransport(handle)) as http:
        for lane in (http.paced, http.urgent):
            with suppress(VendorFault):
                await lane.send(GET)
        assert http.outcomes == {outcome: 2}


async def test_a_request_that_is_given_up_is_counted_as_cancelled() -> None:
    async def wait(_request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    async with VendorHttp(ACCOUNT, transport=httpx.MockTransport(wait)) as http:
        with anyio.move_on_after(0.01):
            await http.paced.send(GET)
        assert http.outcomes == {"cancelled": 1}

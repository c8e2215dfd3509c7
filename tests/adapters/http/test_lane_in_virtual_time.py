from collections.abc import Callable
from datetime import timedelta

import anyio
import httpx
import pytest
import respx

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.adapters.http.wire import WireDocument
from campaignd.engine.faults import RemoteUnavailable

MakeAccount = Callable[..., VendorAccount]
GET = Call("GET", "/runs")
FINE = httpx.Response(200, json={})


class Anything(WireDocument):
    pass


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, dict[str, object]]) -> tuple[str, dict[str, object]]:
    return virtual_time


async def read_after(
    router: respx.MockRouter, account: VendorAccount, *answers: object, chance: float = 1.0
) -> float:
    """The moment at which a read succeeds after these answers."""
    router.get("https://api.test/runs").mock(side_effect=[*answers, FINE])
    async with VendorHttp(account, chance=lambda: chance) as http:
        await http.paced.read(GET, Anything)
    return anyio.current_time()


async def test_retries_wait_one_two_and_four_seconds_at_most(
    respx_mock: respx.MockRouter, account: MakeAccount
) -> None:
    down = httpx.Response(502)
    moment = await read_after(respx_mock, account("https://api.test"), down, down, down)
    assert moment == pytest.approx(7, abs=0.01)


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param({"retry-after": "20"}, id="seconds"),
        pytest.param(
            {
                "retry-after": "Mon, 02 Nov 2026 08:00:20 GMT",
                "date": "Mon, 02 Nov 2026 08:00:00 GMT",
            },
            id="date",
        ),
    ],
)
async def test_a_vendors_wish_to_wait_is_honoured(
    respx_mock: respx.MockRouter, account: MakeAccount, wish: dict[str, str]
) -> None:
    busy = httpx.Response(503, headers=wish)
    moment = await read_after(respx_mock, account("https://api.test"), busy)
    assert moment == pytest.approx(20, abs=0.01)


async def test_a_read_is_not_tried_again_after_a_minute(
    respx_mock: respx.MockRouter, account: MakeAccount
) -> None:
    began: list[float] = []

    async def stall(_: httpx.Request) -> None:
        began.append(anyio.current_time())
        await anyio.sleep_forever()

    respx_mock.get("https://api.test/runs").mock(side_effect=stall)
    slow = account("https://api.test", timeout=timedelta(seconds=30))
    async with VendorHttp(slow, chance=lambda: 0.5) as http:
        with pytest.raises(RemoteUnavailable, match="within 30 s"):
            await http.paced.read(GET, Anything)
    assert began == pytest.approx([0, 30.5], abs=0.1)


async def test_requests_are_paced_and_bounded_together(
    respx_mock: respx.MockRouter, account: MakeAccount
) -> None:
    at_once = most = 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await anyio.sleep(1)
        at_once -= 1
        return FINE

    respx_mock.get("https://api.test/runs").mock(side_effect=answer)
    narrow = account("https://api.test", requests_per_second=10, max_connections=4)
    async with VendorHttp(narrow) as http, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(http.paced.read, GET, Anything)
    assert most == 4
    assert anyio.current_time() == pytest.approx(5.3, abs=0.01)

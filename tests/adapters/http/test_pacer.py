from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import anyio
import pytest

from campaignd.adapters.http.pacer import Pacer, Unpaced

Backend = tuple[str, dict[str, object]]


@pytest.fixture
def anyio_backend(virtual_time: Backend) -> Backend:
    return virtual_time


async def moments_of(take: Callable[[], Awaitable[None]], count: int) -> list[float]:
    """When each of `count` tasks that ask at once is let through."""
    moments: list[float] = []

    async def ask() -> None:
        await take()
        moments.append(anyio.current_time())

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(ask)
    return moments


def gaps(moments: list[float]) -> list[float]:
    return [round(later - earlier, 3) for earlier, later in pairwise(moments)]


async def test_two_hundred_at_once_are_spread_evenly() -> None:
    moments = await moments_of(Pacer(10).take, 200)
    assert set(gaps(moments)) == {0.1}


async def test_idle_time_is_no_credit_for_a_burst() -> None:
    pacer = Pacer(10)
    await pacer.take()
    await anyio.sleep(60)
    assert min(gaps(await moments_of(pacer.take, 20))) >= 0.1


async def test_a_cancelled_caller_leaves_no_hole() -> None:
    pacer = Pacer(1)
    await pacer.take()
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(pacer.take)
        await anyio.sleep(0.5)
        tasks.cancel_scope.cancel()
    await pacer.take()
    assert anyio.current_time() == pytest.approx(1.0)


async def test_a_refusal_halves_the_rate_and_ten_quiet_seconds_mend_it() -> None:
    pacer = Pacer(10)
    pacer.slow_down(None)
    halved = gaps(await moments_of(pacer.take, 20))
    await anyio.sleep(10)
    assert set(halved) == {0.2}
    assert set(gaps(await moments_of(pacer.take, 20))[1:]) == {0.1}


async def test_refusals_that_come_together_count_once() -> None:
    pacer = Pacer(10)
    for _ in range(10):
        pacer.slow_down(None)
    assert set(gaps(await moments_of(pacer.take, 5))) == {0.2}


async def test_refusals_without_end_do_not_stop_everything() -> None:
    pacer = Pacer(10)
    for _ in range(50):
        pacer.slow_down(None)
        await anyio.sleep(2)
    assert max(gaps(await moments_of(pacer.take, 3))) <= 3.2


async def test_a_pause_holds_back_those_who_already_wait() -> None:
    pacer = Pacer(1)
    await pacer.take()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pacer.take)
        await anyio.sleep(0.5)
        pacer.slow_down(timedelta(seconds=7))
    assert anyio.current_time() == pytest.approx(7.5)


async def test_a_pause_is_at_most_a_minute() -> None:
    pacer = Pacer(1)
    pacer.slow_down(timedelta(hours=1))
    await pacer.take()
    assert anyio.current_time() == pytest.approx(60)


async def test_the_unpaced_never_wait() -> None:
    unpaced = Unpaced()
    unpaced.slow_down(timedelta(hours=1))
    assert set(gaps(await moments_of(unpaced.take, 50))) == {0}

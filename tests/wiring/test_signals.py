import os
import signal
from collections.abc import AsyncIterator

import anyio
import pytest

from campaignd.wiring.signals import SignalWatch


@pytest.fixture
async def watch() -> AsyncIterator[SignalWatch]:
    async with anyio.create_task_group() as tasks:
        watch = SignalWatch()
        await tasks.start(watch.listen)
        yield watch
        tasks.cancel_scope.cancel()


async def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    await anyio.sleep(0.05)  # its handler runs in the event loop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_work_at_hand(watch: SignalWatch, number: signal.Signals) -> None:
    async def work() -> None:
        await send(number)
        await anyio.sleep_forever()

    with anyio.fail_after(5):
        assert await watch.until_signal(work) is number


async def test_work_that_ends_by_itself_was_ended_by_no_signal(watch: SignalWatch) -> None:
    done = []

    async def work() -> None:
        done.append(1)

    assert await watch.until_signal(work) is None
    assert done == [1]


async def test_a_signal_between_two_works_ends_the_next_before_it_begins(
    watch: SignalWatch,
) -> None:
    async def work() -> None:
        pytest.fail("it began")

    await send(signal.SIGINT)
    assert await watch.until_signal(work) is signal.SIGINT


async def test_each_signal_ends_only_one_work(watch: SignalWatch) -> None:
    async def work() -> None:
        await anyio.sleep(0.01)

    await send(signal.SIGINT)
    assert await watch.until_signal(work) is signal.SIGINT
    assert await watch.until_signal(work) is None


async def test_failures_of_the_work_pass_through(watch: SignalWatch) -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await watch.until_signal(work)

"""One look at the database serves all who wait."""

from collections.abc import Collection, Mapping

import anyio
import pytest
import trio.testing

from campaignd.core.browsing import Mark
from campaignd.core.states import ExecutionState
from campaignd.engine.faults import StorageTrouble
from campaignd.wiring.service.desk.lookout import Lookout

BEGUN = Mark(ExecutionState.RUNNING, 1, 1)
MOVED = Mark(ExecutionState.RUNNING, 2, 1)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return ("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})


class Marks:
    """What the database says, and how often it was asked."""

    def __init__(self) -> None:
        self.marks = {"a": BEGUN, "b": BEGUN}
        self.asked: list[Collection[str]] = []
        self.fault: Exception | None = None

    async def read(self, executions: Collection[str]) -> Mapping[str, Mark]:
        self.asked.append(sorted(executions))
        if self.fault is not None:
            raise self.fault
        return {each: self.marks[each] for each in executions if each in self.marks}


async def test_nobody_waits_and_nobody_looks() -> None:
    marks = Marks()
    lookout = Lookout(marks.read)
    with anyio.move_on_after(60):
        await lookout.run()
    assert marks.asked == []


async def test_all_who_wait_are_served_by_one_look() -> None:
    marks = Marks()
    lookout = Lookout(marks.read)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lookout.run)
        async with anyio.create_task_group() as waiting:
            for _ in range(100):
                waiting.start_soon(lookout.await_move, "a", BEGUN)
            waiting.start_soon(lookout.await_move, "b", BEGUN)
            await anyio.sleep(2.1)
            assert len(marks.asked) == 5
            marks.marks = {"a": MOVED, "b": MOVED}
        await anyio.sleep(10)
        assert len(marks.asked) == 6
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(StorageTrouble("the database is gone"), id="trouble"),
        pytest.param(ValueError("no such state"), id="a bug, or a damaged row"),
    ],
)
async def test_trouble_is_outlived(fault: Exception) -> None:
    marks = Marks()
    lookout = Lookout(marks.read)
    marks.fault = fault
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lookout.run)
        with anyio.move_on_after(5) as scope:
            await lookout.await_move("a", BEGUN)
        assert scope.cancelled_caught
        marks.fault, marks.marks["a"] = None, MOVED
        assert await lookout.await_move("a", BEGUN) == MOVED
        tasks.cancel_scope.cancel()


async def test_what_does_not_exist_cannot_be_looked_at() -> None:
    with pytest.raises(LookupError):
        await Lookout(Marks().read).look("c")

"""An alarm clock on whatever clock a test has."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import anyio
from anyio.abc import TaskGroup

from campaignd.core.campaign.schedule import Schedule
from campaignd.core.schedules import next_moments
from campaignd.engine.ports import Clock


class ClockAlarms:
    """Rings by a clock that goes as fast as the loop's."""

    def __init__(self, clock: Clock, tasks: TaskGroup, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._tasks = tasks
        self._ring = ring
        self._scope = anyio.CancelScope()

    @contextmanager
    def running(self) -> Iterator[None]:
        yield

    def set(self, lines: Sequence[Schedule]) -> None:
        self._scope.cancel()
        self._scope = anyio.CancelScope()
        self._tasks.start_soon(self._wait, self._scope, lines)

    async def _wait(self, scope: anyio.CancelScope, lines: Sequence[Schedule]) -> None:
        with scope:
            while moments := next_moments(lines, self._clock.now(), 1):
                wait = moments[0] - self._clock.now()
                await anyio.sleep(max(wait.total_seconds(), 0))
                self._ring()

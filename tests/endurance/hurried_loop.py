"""An event loop in whose time nobody waits: its clock jumps whenever all that is left is waiting.

Sockets and threads are real. While a thread works, or a socket has something to say, the clock
stands still, so a slow machine makes nothing late.
"""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

from anyio._backends._asyncio import _threadpool_idle_workers, _threadpool_workers

A_WHILE = 0.05
"""Seconds, real ones, after which a thread is looked for again."""


class HurriedLoop(asyncio.SelectorEventLoop):
    """What anyio is given as its `loop_factory`."""

    def __init__(self) -> None:
        self.virtual = 0.0
        super().__init__(_HurriedSelector(self))

    def time(self) -> float:
        return self.virtual


class _HurriedSelector(selectors.BaseSelector):
    """Waits for nothing but threads."""

    def __init__(self, loop: HurriedLoop) -> None:
        self._loop = loop
        self._inner = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._inner.select(0)
        while timeout != 0 and not ready and (timeout is None or _threads_at_work()):
            ready = self._inner.select(A_WHILE)
        if ready or not timeout:
            return ready
        self._loop.virtual += timeout
        return self._inner.select(0)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.get_key(fileobj)

    def close(self) -> None:
        self._inner.close()


def _threads_at_work() -> int:
    try:
        return len(_threadpool_workers.get()) - len(_threadpool_idle_workers.get())
    except LookupError:
        return 0

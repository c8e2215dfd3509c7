"""SIGINT and SIGTERM: each ends the work at hand, and only that."""

from collections.abc import Awaitable, Callable
from signal import SIGINT, SIGTERM, Signals

import anyio
from anyio import TASK_STATUS_IGNORED, CancelScope
from anyio.abc import TaskStatus


class SignalWatch:
    """Receives signals for as long as `listen` runs, so that none ends the process halfway."""

    def __init__(self) -> None:
        self._work: CancelScope | None = None
        self._signal: Signals | None = None

    async def listen(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """Receive signals until cancelled."""
        with anyio.open_signal_receiver(SIGINT, SIGTERM) as signals:
            task_status.started()
            async for signal in signals:
                self._signal = Signals(signal)
                if self._work is not None:
                    self._work.cancel()

    async def until_signal(self, work: Callable[[], Awaitable[object]]) -> Signals | None:
        """Do the work; a signal cancels it and is returned, also one that came just before."""
        if self._signal is None:
            with CancelScope() as scope:
                self._work = scope
                await work()
            self._work = None
            if not scope.cancel_called:
                return None
        signal, self._signal = self._signal, None
        return signal

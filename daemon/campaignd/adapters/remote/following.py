"""An execution of a service, followed to its end."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio
from httpx_sse import ServerSentEvent
from pydantic import ValidationError

from campaignd.adapters.remote.contact import Contact, Patience
from campaignd.adapters.remote.faults import ServiceAway, ServiceRefused
from campaignd.adapters.remote.picture import Picture, Progress
from campaignd.adapters.remote.service import Service
from campaignd.core.report import ExecutionReport
from campaignd.engine.progress import Observer

LONG_POLL = timedelta(seconds=30)
_SHORTEST_ROUND = timedelta(seconds=1)
"""A service that does not wait, though asked to, is not asked more often than this."""
_TICK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Means:
    """Who is shown progress, and where time and chance come from."""

    observer: Observer
    now: Callable[[], datetime]
    chance: Callable[[], float]


class Follower:
    """Follows one execution. The long poll alone decides that it is over.

    The stream of events only makes progress visible at once: without it, it comes with the poll.
    """

    def __init__(self, service: Service, contact: Contact, execution: str, means: Means) -> None:
        self._service = service
        self._contact = contact
        self._execution = execution
        self._means = means
        self._picture = Picture()
        self._last_event: str | None = None
        self._is_over = False
        self._heard = 0

    @property
    def report(self) -> ExecutionReport | None:
        """The latest report, if there was one."""
        return self._picture.report

    async def follow(self) -> ExecutionReport:
        """Return the report with the verdict. Raises ServiceRefused, ServiceAway."""
        report = await self._read(timedelta())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen)
            tasks.start_soon(self._tick)
            outcome = await self._read_on(report)
            tasks.cancel_scope.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _read_on(
        self, report: ExecutionReport
    ) -> ExecutionReport | ServiceAway | ServiceRefused:
        """Read until there is a verdict; a fault is returned, or the task group would wrap it."""
        try:
            while report.verdict is None:
                began = anyio.current_time()
                report = await self._read(LONG_POLL)
                if report.verdict is None:
                    await anyio.sleep_until(began + _SHORTEST_ROUND.total_seconds())
        except (ServiceAway, ServiceRefused) as fault:
            return fault
        return report

    async def _read(self, wait: timedelta) -> ExecutionReport:
        waits = iter([wait])

        async def ask() -> ExecutionReport:
            # After trouble an answer at once is wanted: it shows that there is contact again.
            return await self._service.read(self._execution, next(waits, timedelta()))

        report = await self._contact.hold(ask)
        self._picture.learn(report)
        self._show()
        return report

    async def _tick(self) -> None:
        """Let the time go on where somebody looks at it."""
        while True:
            await anyio.sleep(_TICK.total_seconds())
            self._show()

    async def _listen(self) -> None:
        """Listen until the end; the reads tell of trouble, so this does not."""
        patience, failed = Patience(), 0
        while True:
            heard = self._heard
            away = await self._listen_once()
            if away is None or self._is_over:
                return
            self._picture.forget()
            failed = failed + 1 if heard == self._heard else 1
            await anyio.sleep(patience.wait(failed, away, self._means.chance()).total_seconds())

    async def _listen_once(self) -> ServiceAway | None:
        """Return why there is no more to hear now; None if there never will be."""
        try:
            await self._service.listen(self._execution, self._last_event, self._hear)
        except ServiceRefused:
            return None
        except ServiceAway as away:
            return away
        return ServiceAway("the stream ended")

    def _hear(self, event: ServerSentEvent) -> None:
        self._heard += 1
        self._last_event = event.id or self._last_event
        if event.event == "end":
            self._is_over = True
        elif event.event == "progress":
            with suppress(ValidationError):
                self._picture.hear(Progress.model_validate_json(event.data))
                self._show()

    def _show(self) -> None:
        view = self._picture.view(self._means.now())
        if view is not None:
            self._means.observer.show(view)

"""Connections that cannot wear the service out: only so many, and requests arrive soon."""

import asyncio
import resource
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger()

_MOST = 400
_TELL_AGAIN = timedelta(minutes=1)
_CROWDED = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 15\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many `connections`; a request is here within `arrival`, head and body."""

    connections: int = _MOST
    arrival: timedelta = timedelta(minutes=1)


def limits_here() -> Limits:
    """Return the limits of this process: its database and its vendors need open files, too."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Limits() if files == resource.RLIM_INFINITY else Limits(min(_MOST, files // 2))


class Crowd:
    """All connections of a server; tells that some are refused, but not of each one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._told_at: float | None = None

    def tell(self, now: float) -> None:
        if self._told_at is None or now - self._told_at >= _TELL_AGAIN.total_seconds():
            self._told_at = now
            log.warning("too many connections", most=self.limits.connections)


class Connection(H11Protocol):
    """One connection of a crowd."""

    def __init__(self, crowd: Crowd, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._crowd = crowd
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._crowd.limits.connections:
            self._crowd.tell(self.loop.time())
            transport.write(_CROWDED)
            transport.close()
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_more()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            self._expect()
        else:
            self._expect_no_more()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The next request is waited for by another clock.
        if self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is not None:
            self._expect_no_more()

    def shutdown(self) -> None:
        """Let answers end, but wait for no request that is still on its way."""
        super().shutdown()
        if self.conn.their_state is h11.SEND_BODY:
            self.transport.close()

    def _expect(self) -> None:
        if self._deadline is None:
            patience = self._crowd.limits.arrival.total_seconds()
            self._deadline = self.loop.call_later(patience, self.transport.abort)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

"""Server-sent events: an answer that goes on until there is nothing more to tell."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import structlog
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from campaignd.engine.faults import StorageTrouble
from campaignd.web import refusals
from campaignd.web.desk import ExecutionDesk
from campaignd.web.models.executions import End, Progress
from campaignd.web.options import WebOptions
from campaignd.web.presence import Closing, cancel_when_gone

log = structlog.get_logger()

MEDIA_TYPE = "text/event-stream"
EVENT_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "One event; its data is JSON: a Move, the Progress, or the End.",
    "properties": {
        "event": {"enum": ["move", "progress", "end"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string"},
    },
    "required": ["event", "data"],
}
_PING = b": ping\n\n"
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class Voice:
    """Writes events to one caller."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._turn = anyio.Lock()

    async def say(self, event: str, data: BaseModel, number: int | None = None) -> None:
        """Send an event; with a number, a caller that comes back can go on behind it."""
        head = "" if number is None else f"id: {number}\n"
        text = f"{head}event: {event}\ndata: {data.model_dump_json()}\n\n"
        await self.write(text.encode())

    async def write(self, data: bytes, *, is_last: bool = False) -> None:
        async with self._turn:
            body = {"type": "http.response.body", "body": data, "more_body": not is_last}
            await self._send(body)


class Studio:
    """Where streams are made: at most so many at a time, all ended when the service stops."""

    def __init__(self, options: WebOptions, closing: Closing) -> None:
        self._ping = options.ping.total_seconds()
        self._most = options.most_streams
        self._closing = closing
        self._open = 0

    async def stream(self, tell: Callable[[Voice], Awaitable[None]], ends: "Ends") -> None:
        """Answer with what is told, until it ends, the caller hangs up or the service stops."""
        if self._open >= self._most:
            await refusals.too_many_streams(self._most).answer()(
                ends.scope, ends.receive, ends.send
            )
            return
        self._open += 1
        try:
            await self._stream(tell, ends)
        finally:
            self._open -= 1

    async def _stream(self, tell: Callable[[Voice], Awaitable[None]], ends: "Ends") -> None:
        voice = Voice(ends.send)
        await ends.send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel_when_gone, ends.receive, tasks.cancel_scope)
            tasks.start_soon(self._keep_alive, voice)
            with self._closing.ending():
                await _tell_well(tell, voice)
            tasks.cancel_scope.cancel()
        await voice.write(b"", is_last=True)

    async def _keep_alive(self, voice: Voice) -> None:
        while True:
            await anyio.sleep(self._ping)
            await voice.write(_PING)


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a connection, as ASGI has them."""

    scope: Scope
    receive: Receive
    send: Send


class EventStream(Response):
    """An answer of server-sent events."""

    media_type = MEDIA_TYPE

    def __init__(self, studio: Studio, tell: Callable[[Voice], Awaitable[None]]) -> None:
        super().__init__()
        self._studio = studio
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._studio.stream(self._tell, Ends(scope, receive, send))


@dataclass(frozen=True, slots=True)
class Reporter:
    """Tells of one execution to its end, from behind an event that the caller has seen."""

    desk: ExecutionDesk
    execution: str
    after: int

    async def tell(self, voice: Voice) -> None:
        mark, after, progress = None, self.after, None
        while mark is None or not mark.is_end:
            mark = await self.desk.change(self.execution, mark)
            after = await self._tell_moves(voice, after)
            progress = await self._tell_progress(voice, progress)
        report = await self.desk.report(self.execution)
        await voice.say("end", End(verdict=report.verdict, exit_status=report.exit_status))

    async def _tell_moves(self, voice: Voice, after: int) -> int:
        for number, move in await self.desk.moves(self.execution, after):
            await voice.say("move", move, number)
            after = number
        return after

    async def _tell_progress(self, voice: Voice, told: Progress | None) -> Progress:
        progress = await self.desk.progress(self.execution)
        if progress != told:
            await voice.say("progress", progress)
        return progress


async def _tell_well(tell: Callable[[Voice], Awaitable[None]], voice: Voice) -> None:
    try:
        await tell(voice)
    except StorageTrouble as trouble:
        # The caller comes back by itself, and goes on where it was.
        log.warning("a stream ends early", why=str(trouble))

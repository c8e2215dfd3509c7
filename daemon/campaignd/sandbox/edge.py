"""What stands between the wire and the sandboxed vendors: stamps on answers, and faults."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

import anyio
import httpx
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaignd.sandbox import chance
from campaignd.sandbox.faults import FaultAction, FaultBook
from campaignd.sandbox.refusals import envelope

Now = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[None]]

ABORT = "campaignd.abort"
"""The ASGI extension by which a server lets its connection be reset: a call without arguments."""

_BROKEN = {
    "json": Response('{"runs": [{"run_id": "Rn5Wc1Zt', media_type="application/json"),
    "html": Response("<html><body>Just a moment...</body></html>", media_type="text/html"),
}


class Stamps:
    """Puts the vendors' date and a request id on every answer."""

    def __init__(self, app: ASGIApp, now: Now, seed: int) -> None:
        self._app = app
        self._now = now
        self._seed = seed
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._requests += 1
        request_id = chance.uuid("request", self._seed, self._requests)

        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers(request_id)]
            await send(message)

        await self._app(scope, receive, send_stamped)

    def _headers(self, request_id: str) -> list[tuple[bytes, bytes]]:
        date = format_datetime(self._now(), usegmt=True)
        return [(b"date", date.encode()), (b"x-request-id", request_id.encode())]


class Faults:
    """Lets the scenario's faults strike."""

    def __init__(self, app: ASGIApp, book: FaultBook, now: Now, sleep: Sleep) -> None:
        self._app = app
        self._book = book
        self._now = now
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fault = self._book.strike(scope["method"], scope["path"], self._now())
        if fault is None:
            await self._app(scope, receive, send)
            return
        await self._inflict(fault, scope, receive, send)

    async def _inflict(
        self, fault: FaultAction, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answer: list[Message] = []
        if fault.server_acts:
            await self._app(scope, receive, _into(answer))
        if fault.delay is not None and not await self._still_there_after(fault.delay, receive):
            return
        if fault.reset is not None:
            await _reset(scope, receive)
            return
        replacement = self._replacement(fault, scope["path"])
        if replacement is not None:
            await replacement(scope, receive, send)
            return
        for message in answer:
            await send(message)

    async def _still_there_after(self, delay: timedelta, receive: Receive) -> bool:
        """Wait, but no longer than the client does."""
        waited = False
        async with anyio.create_task_group() as group:
            group.start_soon(_cancel_when_gone, receive, group.cancel_scope)
            await self._sleep(delay.total_seconds())
            waited = True
            group.cancel_scope.cancel()
        return waited

    def _replacement(self, fault: FaultAction, path: str) -> Response | None:
        if fault.garbage is not None:
            return _BROKEN[fault.garbage]
        if fault.status is None:
            return None
        response = _error_response(fault, fault.status, path)
        if fault.retry_after is not None:
            response.headers["retry-after"] = self._retry_after(fault, fault.retry_after)
        return response

    def _retry_after(self, fault: FaultAction, wait: timedelta) -> str:
        if fault.retry_after_as == "date":
            return format_datetime(self._now() + wait, usegmt=True)
        return str(math.ceil(wait.total_seconds()))


def _into(answer: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        answer.append(message)

    return keep


async def _cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    await _client_gone(receive)
    scope.cancel()


async def _reset(scope: Scope, receive: Receive) -> None:
    """Cut the connection. Where there is none (in-process), raise what a client would see."""
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        raise httpx.ReadError("The sandbox reset the connection")
    abort()
    await _client_gone(receive)


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _error_response(fault: FaultAction, status: int, path: str) -> Response:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    match fault.body or ("text" if path.startswith("/api") else "envelope"):
        case "envelope":
            return JSONResponse(envelope(status, phrase), status)
        case "gateway":
            return JSONResponse({"message": phrase}, status)
        case "text":
            return PlainTextResponse(phrase, status)
        case "html":
            page = f"<html><body><h1>{status} {phrase}</h1></body></html>"
            return Response(page, status, media_type="text/html")
        case "empty":
            return Response(status_code=status)

"""A small service that speaks the API's contract about one execution, and fails as it is told."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from campaignd.sandbox.edge import ABORT

EXECUTION = "01M80Z7NKVR3XB86NFY36ER91R"
CELL = "checkout/impatient/smoke"
STATUSES = {"passed": 0, "failed": 1, "inconclusive": 3, "errored": 4, "timed_out": 5}


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **extra: Any) -> Any:
    """An answer that is a problem document."""
    document = {"title": "A problem", "status": status, "detail": detail, **extra}
    return Response(json.dumps(document), status, headers, media_type="application/problem+json")


def report(verdict: str | None = None, done: int = 0) -> dict[str, Any]:
    """A report with one cell of twelve simulations."""
    return {
        "schema": "campaignd.report/1",
        "execution": EXECUTION,
        "campaign": "smoke",
        "revision": {"sha256": "0" * 64, "source": "smoke.yaml"},
        "trigger": "api",
        "state": "finished" if verdict else "running",
        "verdict": verdict,
        "exit_status": STATUSES[verdict] if verdict else None,
        "started_at": "2026-11-02T03:00:00Z",
        "cells": [
            {
                "key": CELL,
                "agent": "checkout",
                "persona": "impatient",
                "test_set": "smoke",
                "state": "collected" if verdict else "running",
                "simulations": {"planned": 12, "completed": 12 if verdict else done},
            }
        ],
    }


RESET = "reset"
"""Breaks the connection before an answer."""
LOSE = "lose"
"""Does what is asked, and breaks the connection before the answer."""
DROP = "drop"
"""Ends a stream after its first events."""


@dataclass
class ScriptedService:
    """`faults` are answers to the next requests of a kind: order, read or events."""

    verdict: str | None = None
    faults: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    orders: dict[str, Any] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._changed = anyio.Event()
        self._arrived = anyio.Event()

    def finish(self, verdict: str) -> None:
        """End the execution."""
        self.verdict = verdict
        self._turn()

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send an event to all who listen, now and later; each has the number of its place."""
        self.events.append(f"event: {event}\nid: {len(self.events)}\ndata: {json.dumps(data)}\n\n")
        self._turn()

    def tell_progress(self, done: int) -> None:
        """Tell how far the one cell is."""
        cell = {"key": CELL, "state": "running", "done": done, "planned": 12}
        self.tell("progress", {"state": "running", "done": done, "planned": 12, "cells": [cell]})

    async def heard(self, kind: str, count: int = 1) -> None:
        """Wait until so many requests of a kind were made."""
        with anyio.fail_after(10):
            while len(self.requests(kind)) < count:
                await self._arrived.wait()

    def requests(self, kind: str) -> list[dict[str, str]]:
        """The headers of the requests of a kind."""
        return [headers for asked, headers, _ in self.asked if asked == kind]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        kind = _kind_of(request)
        self.asked.append((kind, dict(request.headers), json.loads(body) if body else None))
        self._arrived.set()
        self._arrived = anyio.Event()
        fault = self.faults[kind].pop(0) if self.faults[kind] else None
        if isinstance(fault, Response):
            return await fault(scope, receive, send)
        if fault == RESET:
            scope["extensions"][ABORT]()
            return None
        answer = await self._answer(kind, request, fault)
        if fault == LOSE:
            scope["extensions"][ABORT]()
            return None
        return await answer(scope, receive, send)

    async def _answer(self, kind: str, request: Request, fault: Any) -> Response:
        if kind == "order":
            is_new = request.headers["idempotency-key"] not in self.orders
            self.orders[request.headers["idempotency-key"]] = self.asked[-1][2]
            return JSONResponse(report(), 201 if is_new else 200)
        if kind == "read":
            await self._wait(float(request.query_params["wait"]))
            return JSONResponse(report(self.verdict))
        after = int(request.headers.get("last-event-id", -1)) + 1
        return StreamingResponse(self._stream(after, fault), media_type="text/event-stream")

    async def _wait(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            while self.verdict is None:
                await self._changed.wait()

    async def _stream(self, after: int, fault: Any) -> AsyncIterator[str]:
        yield ": hello\n\n"
        while self.verdict is None:
            while after < len(self.events):
                event = self.events[after]
                yield event
                after += 1
                if fault == DROP or event.startswith("event: end"):
                    return
            await self._changed.wait()
        status = STATUSES[self.verdict]
        end = json.dumps({"verdict": self.verdict, "exit_status": status})
        yield f"event: end\ndata: {end}\n\n"

    def _turn(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


def _kind_of(request: Request) -> str:
    if request.method == "POST":
        return "order"
    return "events" if request.url.path.endswith("/events") else "read"

"""The size of bodies, counted as they come: what a header says of it is only a hint."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaignd.web.guard.asked import headers_of
from campaignd.web.guard.rules import KIB, Rules
from campaignd.web.problems import Problem

_TAKES_CAMPAIGNS = re.compile(r"/api/v1/executions(?:/[^/]+/judge)?")
_DIGITS = 18
"""No body has a size of more digits."""


class BodyLimit:
    """Refuses bodies that are too large, before they are read or while they are."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope)
        if _declared(scope) > limit:
            await _too_large(limit).answer()(scope, receive, send)
            return
        meter = _Meter(limit, receive, send)
        try:
            await self._app(scope, meter.receive, meter.send)
        except Problem:
            if not meter.is_over:
                raise
        if meter.is_over and not meter.has_begun:
            await _too_large(limit).answer()(scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        takes_campaigns = scope["method"] == "POST" and _TAKES_CAMPAIGNS.fullmatch(scope["path"])
        return self._rules.campaign_body if takes_campaigns else self._rules.body


class _Meter:
    """Between server and application: whatever that makes of too large a body, it is a 413."""

    def __init__(self, limit: int, receive: Receive, send: Send) -> None:
        self.is_over = False
        self.has_begun = False
        self._limit = limit
        self._taken = 0
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit:
            self.is_over = True
            raise _too_large(self._limit)
        return message

    async def send(self, message: Message) -> None:
        if self.is_over and not self.has_begun:
            return
        self.has_begun = True
        await self._send(message)


def _declared(scope: Scope) -> int:
    sizes = [text for text in headers_of(scope, b"content-length") if re.fullmatch("[0-9]+", text)]
    return max((int(text[:_DIGITS]) for text in sizes), default=0)


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "The body is too large",
        f"send at most {limit // KIB} KiB",
        "/problems/body-too-large",
        headers={"Connection": "close"},
    )

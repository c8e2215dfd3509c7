"""The outermost part: what every answer carries, and what is never answered."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaignd.web.problems import Problem

POLICY_VIOLATION = 1008
_NO_OPTIONS = Problem(
    405,
    "Method Not Allowed",
    "no web page of another origin may use this service",
    "/problems/no-options",
    headers={"Allow": "GET, POST, PUT"},
)


class Door:
    """Adds security headers to answers, and turns preflights and WebSockets away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _harden(message)
            await send(message)

        is_preflight = scope["type"] == "http" and scope["method"] == "OPTIONS"
        app = _NO_OPTIONS.answer() if is_preflight else self._app
        await app(scope, receive, send_guarded)


def _harden(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cache-Control", "no-store")

"""A line of the log for each request that has passed the guard."""

from http import HTTPStatus

import anyio
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaignd.core.tokens import Caller

log = structlog.get_logger()

_LOOKING = frozenset({"GET", "HEAD"})


class Journal:
    """Tells who called what, and how it was answered: what may change something, or failed.

    All else is for debugging. Routes are told, never paths: that of a hook is secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = anyio.current_time(), int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            if scope["type"] == "http":
                _tell(scope, status, anyio.current_time() - began)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    caller: Caller | None = scope.get("state", {}).get("caller")
    tell = log.debug if scope["method"] in _LOOKING or caller is None else log.info
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        tell = log.warning
    tell(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", None),
        status=int(status),
        seconds=round(seconds, 3),
        caller=None if caller is None else caller.name,
    )

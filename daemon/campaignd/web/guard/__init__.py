"""What a request has to pass before any route sees it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from campaignd.web.guard.authentication import Authentication
from campaignd.web.guard.bodies import BodyLimit
from campaignd.web.guard.door import Door
from campaignd.web.guard.hosts import HostCheck
from campaignd.web.guard.keys import Keys
from campaignd.web.guard.pacing import AddressLimit
from campaignd.web.guard.rules import Rate, Rules

__all__ = ["Keys", "Rate", "Rules", "guard"]


def guard(
    app: ASGIApp, rules: Rules, keys: Keys, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> ASGIApp:
    """Put an application behind all checks; it finds the Caller at `scope["state"]["caller"]`.

    Only open paths are without one. The server must leave forwarded headers to these checks.
    """
    authenticated = Authentication(app, rules, keys, now)
    limited = AddressLimit(BodyLimit(authenticated, rules), rules.by_address, now)
    addressed: Any = HostCheck(limited, rules.hosts)
    return Door(ProxyHeadersMiddleware(addressed, [*rules.trusted_proxies]))  # type: ignore[arg-type]  # other words for ASGI

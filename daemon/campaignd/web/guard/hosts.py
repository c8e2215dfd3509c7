"""The host check: a web page whose name leads here must not reach the API (DNS rebinding)."""

import re
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from campaignd.core.addresses import LOCALHOST, read_ip
from campaignd.web.guard.asked import headers_of
from campaignd.web.problems import Problem

_HOST = re.compile(r"(?:\[(?P<ipv6>[^\[\]@/]+)\]|(?P<name>[^\[\]@/:\s]+))(?::[0-9]{0,5})?")


class HostCheck:
    """Lets through what asks for an IP address, for localhost, or for a name of ours."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset({LOCALHOST, *(host.lower().rstrip(".") for host in hosts)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._judge(scope) if scope["type"] == "http" else None
        await (self._app if problem is None else problem.answer())(scope, receive, send)

    def _judge(self, scope: Scope) -> Problem | None:
        host = host_of(scope)
        if host is None:
            return Problem(
                400,
                "The request names no host",
                "a request must have one Host header, as 127.0.0.1:8321 or qa.example.com",
                "/problems/no-host",
            )
        if host in self._hosts or read_ip(host) is not None:
            return None
        return Problem(
            421,
            "The service is not called so",
            "set CAMPAIGND_API__PUBLIC_URL to the address that others use, or ask by IP address",
            "/problems/misdirected",
        )


def host_of(scope: Scope) -> str | None:
    """Return the host that a request asks for, in lower case; None where it names not just one."""
    values = headers_of(scope, b"host")
    match = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        return None
    if match["ipv6"] is not None:
        return match["ipv6"] if ":" in match["ipv6"] else None
    return str(match["name"]).lower().removesuffix(".")

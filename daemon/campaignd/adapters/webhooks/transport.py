"""Connects to the addresses of a name that may be connected to, and to no others."""

from collections.abc import Callable, Sequence

import httpx

from campaignd.adapters.webhooks.addresses import Resolve

MOST_TRIED = 4
"""Addresses of one name that are tried for a request, until one of them lets us connect."""
PORTS = {"http": 80, "https": 443}


class NotAdmitted(Exception):
    """A name leads only where we do not go; nothing was connected to."""


class NameNotFound(httpx.ConnectError):
    """A name has no address, now."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Asks for a name's addresses once, and sends a request to the first of the admitted.

    Certificates are checked against the name. Raises NotAdmitted, httpx.RequestError, or
    UnicodeError for what cannot be a name.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, resolve: Resolve, admits: Callable[[str], bool]
    ) -> None:
        self._inner = inner
        self._resolve = resolve
        self._admits = admits

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        *others, last = await self._find(request.url)
        patience = request.extensions["timeout"]["connect"] / (len(others) + 1)
        for ip in others:
            try:
                return await self._inner.handle_async_request(_aim(request, ip, patience))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_aim(request, last, patience))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _find(self, url: httpx.URL) -> Sequence[str]:
        try:
            found = await self._resolve(_name(url), url.port or PORTS[url.scheme])
        except OSError:
            raise NameNotFound(f"{_name(url)} was not found") from None
        if admitted := [ip for ip in found if self._admits(ip)]:
            return admitted[:MOST_TRIED]
        raise NotAdmitted


def _aim(request: httpx.Request, ip: str, patience: float) -> httpx.Request:
    """Address a request to an IP; its Host header and its TLS keep the name."""
    timeout = {**request.extensions["timeout"], "connect": patience}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=ip),
        headers=request.headers,
        stream=request.stream,
        extensions={"timeout": timeout, "sni_hostname": _name(request.url)},
    )


def _name(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")

"""Where a receiver's name leads, and whether webhooks may go there.

A name is asked for once an attempt, and the connection goes to the very address that was judged:
a name that changes its mind between a check and the connection gains nothing.
"""

import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from anyio import CapacityLimiter, to_thread

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Find the addresses of a host, best first. Raises OSError where there are none."""

LOOKUPS = 40
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's own services, behind an address that looks public
        "192.0.0.0/24",
        "192.88.99.0/24",
        "3fff::/20",
    )
)
"""What older versions of the standard library take for public."""


class NameService:
    """Asks the system for addresses, in threads of its own.

    The event loop's own few threads are shared by all: names that nobody answers for would take
    them away from the vendors.
    """

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(LOOKUPS)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        return await to_thread.run_sync(
            _look_up, host, port, abandon_on_cancel=True, limiter=self._limiter
        )


def is_public(address: str) -> bool:
    """Whether an address is on the internet, also what is wrapped into another address."""
    ip = _unwrap(ip_address(address))
    if not ip.is_global or ip.is_multicast or ip.is_reserved or any(ip in net for net in _NEVER):
        return False
    return isinstance(ip, IPv4Address) or not ip.is_site_local


def _look_up(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _unwrap(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the version 4 address that mapping, a translator or a tunnel leads to, if any."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip

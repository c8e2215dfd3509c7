"""What a request tells of itself before anybody trusts it."""

from ipaddress import IPv6Address, IPv6Network

from starlette.types import Scope

from campaignd.core.addresses import read_ip

OPEN = frozenset({"/healthz", "/readyz", "/api/v1/openapi.json"})
HOOKS = "/hooks/"
_NEIGHBOURHOOD = 64
"""Bits of an IPv6 address: whoever has one address has all that begin so."""


def is_open(scope: Scope) -> bool:
    """Whether a path needs no token."""
    path: str = scope["path"]
    return path in OPEN or path.startswith(HOOKS)


def headers_of(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def header_names(scope: Scope) -> frozenset[str]:
    return frozenset(key.decode("latin-1").lower() for key, _ in scope["headers"])


def peer_of(scope: Scope) -> str:
    """Return the address of who asks; empty where there is none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def neighbourhood_of(scope: Scope) -> str:
    """Return what is counted as one client: an IPv4 address, or a network of IPv6 ones."""
    peer = peer_of(scope)
    address = read_ip(peer)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _NEIGHBOURHOOD), strict=False))
    return peer if address is None else str(address)

"""Addresses of settings and requests, each parsed once. Parsers raise ValueError with advice."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from campaignd.core.scalars import shown

LOCALHOST = "localhost"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


def parse_http_url(text: object) -> str:
    """Read `https://host/path`; a slash at its end is dropped."""
    if not isinstance(text, str) or not _is_http_url(text):
        raise ValueError("this is not an address: write https://campaignd.example.com")
    if "@" in text or "?" in text or "#" in text:
        raise ValueError("an address must hold no user, password, query or fragment")
    return text.rstrip("/")


def parse_host(text: object) -> str:
    """Read an IP address or a host's name, without a port."""
    if isinstance(text, str) and (read_ip(text) or _NAME.fullmatch(text)):
        return text
    raise ValueError(f"{shown(text)} is neither an IP address nor a host's name: write 127.0.0.1")


def parse_network(text: object) -> str:
    """Read an IP address or a network as `10.0.0.0/8`."""
    written = text if isinstance(text, str) else ""
    try:
        return str(ip_network(written) if "/" in written else ip_address(written))
    except ValueError:
        raise ValueError(
            f"{shown(text)} is neither an IP address nor a network: write 10.0.0.5 or 10.0.0.0/8"
        ) from None


def read_ip(text: str) -> IPv4Address | IPv6Address | None:
    """Read an IP address; an IPv4 address in IPv6 clothes is an IPv4 one. None for all else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    """Whether a host can be reached from its own machine alone."""
    address = read_ip(host)
    return host.lower() == LOCALHOST if address is None else address.is_loopback


def host_of(url: str) -> str:
    """Return the host of an address, in lower case."""
    return urlsplit(url).hostname or ""


def _is_http_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    printable = text.isascii() and text.isprintable() and " " not in text
    return (
        printable and parts.scheme in {"http", "https"} and _is_host(parts.hostname) and port != 0
    )


def _is_host(text: str | None) -> bool:
    return text is not None and bool(read_ip(text) or _NAME.fullmatch(text))

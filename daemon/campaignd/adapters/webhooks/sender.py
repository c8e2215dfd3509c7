"""Sends one message to one address, once.

The address may hold a secret (Slack's do), so only its origin ever appears in an outcome.
Private addresses are refused when the connection is made, on the very address that is connected
to: a name that changes its mind between a check and the connection gains nothing. The look at
the name before that only saves a connection to our own network and gives a clearer answer.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import SOCK_STREAM

import anyio
import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from campaignd.adapters.reporters.notation import shorten
from campaignd.adapters.webhooks.outcomes import Accepted, Disabled, Outcome, Refused, Retry
from campaignd.adapters.webhooks.signing import SigningKey, signed_headers

DEADLINE = timedelta(seconds=20)
ANSWER_BYTES = 1024
ANSWER_PATIENCE = 2
DETAIL_LENGTH = 200
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, sealed: with its address and key, which stay out of its repr."""

    message: str
    address: str = field(repr=False)
    body: str = field(repr=False)
    key: SigningKey | None = field(default=None, repr=False)


class WebhookSender:
    """`allow_private` admits loopback, private and link-local receivers."""

    def __init__(self, *, allow_private: bool = False, deadline: timedelta = DEADLINE) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._tls = httpx.create_ssl_context()
        # At INFO httpx writes whole addresses, secrets included.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    async def send(self, letter: Letter, now: datetime) -> Outcome:
        """Send one POST, whole answer within the deadline; redirects are not followed."""
        address = _parse(letter.address)
        if isinstance(address, Refused):
            return address
        with anyio.move_on_after(self._deadline.total_seconds()):
            return await self._attempt(letter, address, now)
        seconds = f"{self._deadline.total_seconds():g}"
        return Retry(f"{_origin(address)} did not answer within {seconds} s")

    async def _attempt(self, letter: Letter, address: httpx.URL, now: datetime) -> Outcome:
        try:
            if not self._allow_private and await _is_private_name(address):
                return Refused(_not_allowed(address))
            async with self._client() as client:
                return await _post(client, letter, address, now)
        except SSRFProtectionError:
            return Refused(_not_allowed(address))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            return Refused(f"{_origin(address)} is not an address that can be sent to")
        except httpx.RequestError as trouble:
            return Retry(f"{_origin(address)}: {_kind(trouble)}")

    def _client(self) -> httpx.AsyncClient:
        """Make a client for one request: every attempt resolves and checks the name anew."""
        seconds = self._deadline.total_seconds()
        client = httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=seconds)
        if self._allow_private:
            return client
        return httpx_ssrf_protection(client, custom_validator=lambda _, ip, __: _is_public(ip))


async def _is_private_name(address: httpx.URL) -> bool:
    """Whether a name has addresses, and all of them are private."""
    try:
        found = await anyio.getaddrinfo(address.host, None, type=SOCK_STREAM)
    except OSError:
        return False
    ips = [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
    return not any(map(_is_public, ips))


async def _post(
    client: httpx.AsyncClient, letter: Letter, address: httpx.URL, now: datetime
) -> Outcome:
    headers = {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": f"campaignd/{version('campaignd')}",
        **signed_headers(letter.key, letter.message, letter.body, now),
    }
    content = letter.body.encode()
    async with client.stream("POST", address, content=content, headers=headers) as response:
        if response.is_success:
            return Accepted(response.status_code, f"answered {response.status_code}")
        said = _without_secrets(await _read_some(response), address)
        return _judge(response, f"{_origin(address)} {_answered(response, said)}", now)


def _judge(response: httpx.Response, detail: str, now: datetime) -> Outcome:
    if response.status_code == httpx.codes.GONE:
        return Disabled(response.status_code, detail)
    wish = parse_retry_after(response.headers.get("retry-after", ""), now)
    return Retry(detail, response.status_code, wish)


def parse_retry_after(text: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or a date; None if it is neither or in the past."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit():
        return timedelta(seconds=min(int(stripped[:12]), 10**9))
    try:
        wish = parsedate_to_datetime(stripped) - now
    except (TypeError, ValueError, OverflowError):
        return None
    return wish if wish > timedelta() else None


async def _read_some(response: httpx.Response) -> str:
    """Read the beginning of an answer, and of one that drips what came so far."""
    read = bytearray()
    with anyio.move_on_after(ANSWER_PATIENCE):
        async for chunk in response.aiter_raw(ANSWER_BYTES):
            read += chunk
            if len(read) >= ANSWER_BYTES:
                break
    return bytes(read[:ANSWER_BYTES]).decode(errors="replace")


def _answered(response: httpx.Response, said: str) -> str:
    status = response.status_code
    if response.is_redirect:
        return f"answered {status}: redirects are not followed, use the final address"
    return f"answered {status}: {shorten(said, DETAIL_LENGTH)}".rstrip(": ")


def _without_secrets(said: str, address: httpx.URL) -> str:
    """Take out of an answer what it repeats of our address."""
    secrets = {str(address), address.raw_path.decode(), address.path, address.query.decode()}
    for secret in sorted(secrets - {"", "/"}, key=len, reverse=True):
        said = said.replace(secret, "…")
    return said


def _parse(address: str) -> httpx.URL | Refused:
    try:
        url = httpx.URL(address.strip())
        if url.scheme in ("http", "https") and url.host and (url.port or 0) <= HIGHEST_PORT:
            return url
    except (httpx.InvalidURL, UnicodeError):
        pass
    return Refused("the address is not an http or https URL")


def _origin(address: httpx.URL) -> str:
    return f"{address.scheme}://{address.netloc.decode()}"


def _not_allowed(address: httpx.URL) -> str:
    return (
        f"{_origin(address)} is a private, loopback or link-local address; "
        "the operator allows these by CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE=true"
    )


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Refuse also what `is_global` lets through: multicast, site-local, tunnels to the inside."""
    if not ip.is_global or ip.is_multicast:
        return False
    if isinstance(ip, IPv4Address):
        return True
    inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    return not ip.is_site_local and (inside is None or inside.is_global)


def _kind(trouble: httpx.RequestError) -> str:
    """Describe a transport failure without its text, which may quote the address."""
    match trouble:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            return "no connection (name not found, refused, or TLS trouble)"
        case httpx.ReadError() | httpx.RemoteProtocolError():
            return "the connection broke before the answer"
        case httpx.WriteError():
            return "the connection broke while sending"
        case _:
            return type(trouble).__name__

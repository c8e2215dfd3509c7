"""Sends one message to one address, once.

The address may hold a secret (Slack's do), so only its origin ever appears in an outcome.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import anyio
import httpx

from campaignd.adapters.reporters.notation import shorten
from campaignd.adapters.webhooks.addresses import NameService, Resolve, is_public
from campaignd.adapters.webhooks.outcomes import Accepted, Disabled, Outcome, Refused, Retry
from campaignd.adapters.webhooks.signing import SigningKey, signed_headers
from campaignd.adapters.webhooks.transport import GuardedTransport, NameNotFound, NotAdmitted

DEADLINE = timedelta(seconds=20)
ANSWER_BYTES = 1024
ANSWER_PATIENCE = 2
DETAIL_LENGTH = 200
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, sealed: with its address and keys, which stay out of its repr."""

    message: str
    address: str = field(repr=False)
    body: str = field(repr=False)
    keys: tuple[SigningKey, ...] = field(default=(), repr=False)


class WebhookSender:
    """`allow_private` admits loopback, private and link-local receivers.

    `resolve` finds the addresses of names; `connect` makes what sends a request to an address.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        deadline: timedelta = DEADLINE,
        resolve: Resolve | None = None,
        connect: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._resolve = resolve or NameService()
        self._connect = connect or _connector()
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
            async with self._client() as client:
                return await _post(client, letter, address, now)
        except NotAdmitted:
            return Refused(_not_allowed(address))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            return Refused(f"{_origin(address)} is not an address that can be sent to")
        except httpx.RequestError as trouble:
            return Retry(f"{_origin(address)}: {_kind(trouble)}")

    def _client(self) -> httpx.AsyncClient:
        """Make a client for one request: every attempt looks the name up anew."""
        guarded = GuardedTransport(self._connect(), self._resolve, self._admits)
        seconds = self._deadline.total_seconds()
        return httpx.AsyncClient(transport=guarded, trust_env=False, timeout=seconds)

    def _admits(self, ip: str) -> bool:
        return self._allow_private or is_public(ip)


def _connector() -> Callable[[], httpx.AsyncBaseTransport]:
    tls = httpx.create_ssl_context()
    return lambda: httpx.AsyncHTTPTransport(verify=tls, trust_env=False)


async def _post(
    client: httpx.AsyncClient, letter: Letter, address: httpx.URL, now: datetime
) -> Outcome:
    headers = {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": f"campaignd/{version('campaignd')}",
        **signed_headers(letter.keys, letter.message, letter.body, now),
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
    secrets |= {address.username, address.password}
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


def _kind(trouble: httpx.RequestError) -> str:
    """Describe a transport failure without its text, which may quote the address."""
    match trouble:
        case NameNotFound():
            return "there is no such name, or nobody answers for it"
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "no connection (refused, out of reach, or TLS trouble)"
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ReadError() | httpx.RemoteProtocolError():
            return "the connection broke before the answer"
        case httpx.WriteError():
            return "the connection broke while sending"
        case _:
            return type(trouble).__name__

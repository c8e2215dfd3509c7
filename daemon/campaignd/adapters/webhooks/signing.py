"""Signatures by Standard Webhooks, so that a receiver knows who speaks."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SHORTEST_KEY = 24
"""Bytes that the standard asks for."""


class SecretMalformed(Exception):
    """A signing secret is not what Standard Webhooks asks for: replace it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the webhook's secret {why}; it must be {PREFIX} and then at least {SHORTEST_KEY} "
            f"random bytes in base64, as `echo {PREFIX}$(openssl rand -base64 32)` makes"
        )


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The bytes behind a `whsec_…` secret."""

    octets: bytes = field(repr=False)


def parse_secret(text: str) -> SigningKey:
    """Read a `whsec_…` secret. Raises SecretMalformed, which never repeats it."""
    stripped = text.strip()
    if not stripped.startswith(PREFIX):
        raise SecretMalformed(f"does not begin with {PREFIX}")
    encoded = stripped.removeprefix(PREFIX).rstrip("=")
    try:
        octets = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SecretMalformed("is not base64 after its prefix") from None
    if len(octets) < SHORTEST_KEY:
        raise SecretMalformed(f"has {len(octets)} bytes")
    return SigningKey(octets)


def signed_headers(
    key: SigningKey | None, message: str, body: str, now: datetime
) -> dict[str, str]:
    """Return the headers of one attempt; without a key, all but the signature."""
    at = now.astimezone(UTC)  # the library reads other zones' clocks as if they were UTC
    headers = {"webhook-id": message, "webhook-timestamp": str(int(at.timestamp()))}
    if key is not None:
        headers["webhook-signature"] = Webhook(key.octets).sign(message, at, body)
    return headers

"""Signatures by Standard Webhooks, so that a receiver knows who speaks."""

import base64
import binascii
from collections.abc import Sequence
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


def parse_secret(text: str) -> tuple[SigningKey, ...]:
    """Read `whsec_…` secrets: one, or while it is replaced the new and the old, in any order.

    Raises SecretMalformed, which never repeats them.
    """
    return tuple(_parse_one(secret) for secret in text.split() or [""])


def signed_headers(
    keys: Sequence[SigningKey], message: str, body: str, now: datetime
) -> dict[str, str]:
    """Return the headers of one attempt: a signature for each key, and none without keys."""
    at = now.astimezone(UTC)  # the library reads other zones' clocks as if they were UTC
    headers = {"webhook-id": message, "webhook-timestamp": str(int(at.timestamp()))}
    signatures = [Webhook(key.octets).sign(message, at, body) for key in keys]
    return {**headers, "webhook-signature": " ".join(signatures)} if signatures else headers


def _parse_one(secret: str) -> SigningKey:
    if not secret.startswith(PREFIX):
        raise SecretMalformed(f"does not begin with {PREFIX}")
    encoded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        octets = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SecretMalformed("is not base64 after its prefix") from None
    if len(octets) < SHORTEST_KEY:
        raise SecretMalformed(f"has {len(octets)} bytes")
    return SigningKey(octets)

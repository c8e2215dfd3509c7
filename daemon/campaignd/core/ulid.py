"""Identifiers that sort by the time they were made. Source: the ULID specification (ulid/spec)."""

from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LENGTH = 26
RANDOM_BYTES = 10


def make_ulid(moment: datetime, randomness: bytes) -> str:
    """Make a ULID of a moment and 10 random bytes."""
    milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
    number = (milliseconds << 80) | int.from_bytes(randomness[:RANDOM_BYTES])
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(LENGTH)))


def is_ulid(text: str) -> bool:
    """Whether a text is a ULID, in any letter case."""
    return len(text) == LENGTH and all(letter in _ALPHABET for letter in text.upper())

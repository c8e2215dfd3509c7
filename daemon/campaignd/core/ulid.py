"""Identifiers that sort by the time they were made. Source: the ULID specification (ulid/spec)."""

from datetime import UTC, datetime, timedelta

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LENGTH = 26
RANDOM_BYTES = 10
_FIRST_LETTERS = _ALPHABET[:8]
"""26 letters hold 130 bits, a ULID has 128."""


def make_ulid(moment: datetime, randomness: bytes) -> str:
    """Make a ULID of a moment and 10 random bytes."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    number = (milliseconds << 80) | int.from_bytes(randomness[:RANDOM_BYTES])
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(LENGTH)))


def moment_of(ulid: str) -> datetime:
    """Return when a ULID was made."""
    number = 0
    for letter in ulid.upper():
        number = number << 5 | _ALPHABET.index(letter)
    return _EPOCH + timedelta(milliseconds=number >> 8 * RANDOM_BYTES)


def is_ulid(text: str) -> bool:
    """Whether a text is a ULID, in any letter case."""
    letters = text.upper() if text.isascii() else ""
    return (
        len(letters) == LENGTH
        and letters[0] in _FIRST_LETTERS
        and all(letter in _ALPHABET for letter in letters)
    )

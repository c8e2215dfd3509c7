"""Chance that repeats: numbers and ids that follow from words alone, never from order or time.

The same key gives the same answer in every process and on every machine.
"""

import hashlib
from datetime import datetime
from statistics import NormalDist
from uuid import UUID

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BELL = NormalDist()


def share(*key: object) -> float:
    """Return a number above 0 and below 1, evenly spread over keys."""
    return (_bits(key, 8) + 0.5) / 2**64


def bell(*key: object) -> float:
    """Return a standard normal number."""
    return quantile(share(*key))


def quantile(part: float) -> float:
    """Return the standard normal number with this part of all below it."""
    return _BELL.inv_cdf(part)


def portion_below(number: float) -> float:
    """Return the part of all standard normal numbers below this one."""
    return _BELL.cdf(number)


def token(length: int, *key: object) -> str:
    """Return an id of letters and digits, at most 22 of them independent."""
    return _spell(_bits(key, 20), _BASE62, length)


def ulid(moment: datetime, *key: object) -> str:
    """Return a 26-character ULID that sorts by its moment."""
    milliseconds = int(moment.timestamp() * 1000)
    return _spell(milliseconds, _CROCKFORD, 10) + _spell(_bits(key, 10), _CROCKFORD, 16)


def uuid(*key: object) -> str:
    return str(UUID(int=_bits(key, 16), version=4))


def _bits(key: tuple[object, ...], size: int) -> int:
    words = "\x1f".join(map(str, key)).encode()
    return int.from_bytes(hashlib.blake2b(words, digest_size=size).digest())


def _spell(number: int, alphabet: str, length: int) -> str:
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        letters.append(alphabet[place])
    return "".join(reversed(letters))

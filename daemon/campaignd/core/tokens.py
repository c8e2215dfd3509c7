"""Tokens of the API: what they look like, what they allow, and to whom."""

import re
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from hashlib import sha256

from campaignd.core.scalars import parse_positive_duration, shown

ID_BYTES = 10
SECRET_BYTES = 32
LONGEST = timedelta(days=3650)
_PREFIX = "cd"
_TOKEN = re.compile(rf"{_PREFIX}_([a-z2-7]{{16}})_([a-z2-7]{{52}})")
_PATTERN = re.compile(r"[a-z0-9*?][a-z0-9*?._-]{0,99}")


class Scope(StrEnum):
    """What a caller may do: a ladder, each one includes those before it."""

    READ = "read"
    TRIGGER = "trigger"
    SUBMIT = "submit"
    ADMIN = "admin"


_LADDER = tuple(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `name` is the token's, or "loopback"; `token` is its id, if there is one.

    `campaigns` are patterns such as `payments-*`; without any, all campaigns are seen.
    """

    name: str
    scopes: frozenset[Scope]
    campaigns: tuple[str, ...] = ()
    token: str | None = None

    @property
    def is_limited(self) -> bool:
        """Whether patterns hold the caller to some campaigns."""
        return bool(self.campaigns)

    def may(self, scope: Scope) -> bool:
        """Whether the caller has this scope or one that includes it."""
        return any(held in self.scopes for held in _LADDER[_LADDER.index(scope) :])

    def sees(self, campaign: str) -> bool:
        """Whether the caller has to do with this campaign."""
        return not self.campaigns or any(fnmatchcase(campaign, each) for each in self.campaigns)


LOOPBACK = Caller("loopback", frozenset({Scope.READ}))
"""Who asks from this machine while there are no tokens."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The two parts of a token, as its holder presents them."""

    id: str
    secret: str = field(repr=False)

    @property
    def digest(self) -> str:
        # The secret has 256 random bits: a slow hash would add nothing.
        return sha256(self.secret.encode()).hexdigest()

    @property
    def text(self) -> str:
        return f"{_PREFIX}_{self.id}_{self.secret}"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is stored: of its secret there is only the SHA-256, in hexadecimal."""

    id: str
    name: str
    digest: str = field(repr=False)
    scopes: frozenset[Scope]
    campaigns: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether the token opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def caller(self) -> Caller:
        return Caller(self.name, self.scopes, self.campaigns, self.id)


def make_credential(randomness: bytes) -> Credential:
    """Make a token of 42 random bytes."""
    return Credential(_spell(randomness[:ID_BYTES]), _spell(randomness[ID_BYTES:]))


def parse_token(text: object) -> Credential:
    """Read `cd_<id>_<secret>`. Raises ValueError, which never shows what it was given."""
    match = _TOKEN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("this is not a token: `campaignd token create NAME` makes one")
    return Credential(match[1], match[2])


def parse_pattern(text: str) -> str:
    """Read a pattern of campaign names: `payments-*`."""
    if not _PATTERN.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a pattern of campaigns: write a name, or payments-* for all "
            "whose names begin so"
        )
    return text


def parse_lifetime(text: str) -> timedelta:
    """Read how long a token is to live: `90d`."""
    lifetime = parse_positive_duration(text)
    if lifetime > LONGEST:
        raise ValueError(f"{shown(text)} is too long: at most {LONGEST.days}d")
    return lifetime


def spell_scopes(scopes: Iterable[Scope]) -> Sequence[Scope]:
    """Put scopes in the order of their ladder."""
    return sorted(scopes, key=_LADDER.index)


def _spell(randomness: bytes) -> str:
    return b32encode(randomness).decode().rstrip("=").lower()

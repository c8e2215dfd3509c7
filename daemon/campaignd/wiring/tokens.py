"""`token`: who may use the service's API."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaignd.adapters.reporters.tokens import TokenSummary
from campaignd.core.mistakes import suggest
from campaignd.core.tokens import (
    ID_BYTES,
    SECRET_BYTES,
    Credential,
    Scope,
    Token,
    make_credential,
    spell_scopes,
)
from campaignd.settings import Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.storage import open_storage, open_stored


@dataclass(frozen=True, slots=True)
class WantedToken:
    """What a token is to allow; for ever without a lifetime, all campaigns without patterns."""

    name: str
    scopes: frozenset[Scope]
    campaigns: tuple[str, ...] = ()
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token with its secret, which is kept nowhere."""

    credential: Credential
    summary: TokenSummary


class NoSuchToken(Exception):
    """A token that the database does not have."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        hint = suggest(wanted, known) or "see `campaignd token list`"
        super().__init__(f"no token {wanted!r}; {hint}")


class NameTaken(Exception):
    """A name that another live token has."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is a live token {name!r}: choose another name, or revoke that one first with "
            f"`campaignd token revoke {name}`"
        )


async def create_token(
    settings: Settings, environment: Mapping[str, str], wanted: WantedToken
) -> MadeToken:
    """Make a token and store its digest. Raises NameTaken, StorageTrouble."""
    credential = make_credential(secrets.token_bytes(ID_BYTES + SECRET_BYTES))
    now = SystemClock().now()
    token = Token(
        id=credential.id,
        name=wanted.name,
        digest=credential.digest,
        scopes=wanted.scopes,
        campaigns=wanted.campaigns,
        created_at=now,
        expires_at=None if wanted.lifetime is None else now + wanted.lifetime,
    )
    async with open_storage(settings, environment) as storage:
        if not await storage.tokens.create(token):
            raise NameTaken(wanted.name)
    return MadeToken(credential, _summary(token, now))


async def list_tokens(settings: Settings, environment: Mapping[str, str]) -> Sequence[TokenSummary]:
    """List all tokens, the newest first. Raises NoDatabase, StorageTrouble."""
    now = SystemClock().now()
    async with open_stored(settings, environment) as storage:
        return [_summary(token, now) for token in await storage.tokens.list()]


async def revoke_token(settings: Settings, environment: Mapping[str, str], wanted: str) -> bool:
    """Revoke a token by its id, or all of a name; false if they were revoked before.

    Raises NoSuchToken, NoDatabase, StorageTrouble.
    """
    async with open_stored(settings, environment) as storage:
        tokens = await storage.tokens.list()
        ids = [token.id for token in tokens if wanted in {token.id, token.name}]
        if not ids:
            raise NoSuchToken(wanted, sorted({token.name for token in tokens}))
        return await storage.tokens.revoke(ids, SystemClock().now()) > 0


def _summary(token: Token, now: datetime) -> TokenSummary:
    return TokenSummary(
        id=token.id,
        name=token.name,
        state=_state(token, now),
        scopes=tuple(spell_scopes(token.scopes)),
        campaigns=token.campaigns,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )


def _state(token: Token, now: datetime) -> str:
    if token.is_live(now):
        return "live"
    return "expired" if token.revoked_at is None else "revoked"

"""Who asks: the holder of a token, or somebody on this machine while there are no tokens."""

import hmac
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from campaignd.core.addresses import is_loopback
from campaignd.core.tokens import LOOPBACK, Caller, Credential, Token, parse_token
from campaignd.engine.faults import StorageTrouble
from campaignd.web.guard.asked import (
    header_names,
    headers_of,
    is_open,
    neighbourhood_of,
    peer_of,
)
from campaignd.web.guard.hosts import host_of
from campaignd.web.guard.keys import Keys
from campaignd.web.guard.pacing import NO_WAIT, Pacer, too_many
from campaignd.web.guard.rules import Rules
from campaignd.web.problems import Problem
from campaignd.web.refusals import storage_trouble

log = structlog.get_logger()

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([\x21-\x7e]{1,200})")
_NOBODYS = "0" * 64
"""A digest that no secret has: an unknown id takes as long to refuse as a wrong secret."""
_FORWARDED = re.compile(r"forwarded|via|x-forwarded-.*|x-real-ip")


class Authentication:
    """Finds the Caller of each request, or refuses it with 401; limits each token."""

    def __init__(self, app: ASGIApp, rules: Rules, keys: Keys, now: Callable[[], datetime]) -> None:
        self._app = app
        self._keys = keys
        self._now = now
        self._by_token = Pacer(rules.by_token)
        self._by_failure = Pacer(rules.by_failure)
        self._proven: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._recognise(scope)
        except Problem as problem:
            await problem.answer()(scope, receive, send)
            return
        except StorageTrouble as trouble:
            await storage_trouble(str(trouble)).answer()(scope, receive, send)
            return
        state = {**scope.get("state", {}), "caller": caller}
        await self._app({**scope, "state": state}, receive, send)

    async def _recognise(self, scope: Scope) -> Caller:
        given = headers_of(scope, b"authorization")
        if given:
            return await self._check(_read(given), scope)
        if _is_from_here(scope) and not await self._keys.any():
            return LOOPBACK
        raise _unauthorized("`campaignd token create NAME` makes a token")

    async def _check(self, credential: Credential | None, scope: Scope) -> Caller:
        if credential is None:
            raise self._refuse("what was sent is none", scope)
        wait = self._by_failure.wait(neighbourhood_of(scope), self._now())
        # Who guesses must not lock out others at the same address, so what was right stays open.
        if wait > NO_WAIT and credential.id not in self._proven:
            raise too_many(wait)
        token = await self._keys.find(credential.id)
        is_right = _fits(credential, token)
        if token is None or not is_right:
            raise self._refuse("no such token", scope)
        if not token.is_live(self._now()):
            raise self._refuse(_why_dead(token), scope)
        return self._admit(token)

    def _admit(self, token: Token) -> Caller:
        self._proven.add(token.id)
        wait = self._by_token.take(token.id, self._now())
        if wait > NO_WAIT:
            raise too_many(wait)
        return token.caller

    def _refuse(self, why: str, scope: Scope) -> Problem:
        wait = self._by_failure.take(neighbourhood_of(scope), self._now())
        if wait > NO_WAIT:
            return too_many(wait)
        log.warning("a token was refused", why=why, client=peer_of(scope))
        return _unauthorized(why)


def _read(given: list[str]) -> Credential | None:
    match = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    with suppress(ValueError):
        return None if match is None else parse_token(match[1])
    return None


def _fits(credential: Credential, token: Token | None) -> bool:
    return hmac.compare_digest(credential.digest, _NOBODYS if token is None else token.digest)


def _is_from_here(scope: Scope) -> bool:
    """Whether this machine asks, for itself and not for another one."""
    is_forwarded = any(_FORWARDED.fullmatch(name) for name in header_names(scope))
    return is_loopback(peer_of(scope)) and is_loopback(host_of(scope) or "") and not is_forwarded


def _why_dead(token: Token) -> str:
    """Only who has the secret learns of this."""
    if token.revoked_at is not None:
        return f"the token {token.name!r} was revoked"
    return f"the token {token.name!r} expired at {token.expires_at:%Y-%m-%d %H:%M} UTC"


def _unauthorized(why: str) -> Problem:
    return Problem(
        401,
        "A token is needed",
        f"send a live token as `Authorization: Bearer cd_…`: {why}",
        "/problems/unauthorized",
        headers={"WWW-Authenticate": "Bearer"},
    )

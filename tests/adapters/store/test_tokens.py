"""Tokens are found by their id, and their names are those of at most one live token."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.adapters.store.conftest import NOW

from campaignd.adapters.store.tokens import Tokens
from campaignd.core.tokens import Scope, Token

TOKEN = Token(
    id="a" * 16,
    name="ci",
    digest="d" * 64,
    scopes=frozenset({Scope.READ, Scope.TRIGGER}),
    campaigns=("payments-*", "checkout"),
    created_at=NOW,
    expires_at=NOW + timedelta(days=90),
)
SECOND = replace(TOKEN, id="b" * 16, created_at=NOW + timedelta(minutes=1))


@pytest.fixture
def tokens(shelf: Any) -> Tokens:
    return Tokens(shelf.database)


async def test_a_token_is_found_as_it_was_created(tokens: Tokens) -> None:
    assert await tokens.create(TOKEN)
    assert await tokens.find(TOKEN.id) == TOKEN
    assert await tokens.find("b" * 16) is None


async def test_tokens_are_listed_the_newest_first(tokens: Tokens) -> None:
    newer = replace(SECOND, name="other", expires_at=None, campaigns=())
    await tokens.create(TOKEN)
    await tokens.create(newer)
    assert await tokens.list() == [newer, TOKEN]


async def test_a_live_token_keeps_its_name_to_itself(tokens: Tokens) -> None:
    await tokens.create(TOKEN)
    assert not await tokens.create(SECOND)
    assert await tokens.list() == [TOKEN]


async def test_an_expired_token_leaves_its_name_to_the_next(tokens: Tokens) -> None:
    await tokens.create(replace(TOKEN, expires_at=SECOND.created_at))
    assert await tokens.create(SECOND)


async def test_a_revoked_token_stays_and_leaves_its_name_to_the_next(tokens: Tokens) -> None:
    await tokens.create(TOKEN)
    assert await tokens.revoke([TOKEN.id], NOW) == 1
    assert await tokens.revoke([TOKEN.id], NOW + timedelta(days=1)) == 0
    assert await tokens.find(TOKEN.id) == replace(TOKEN, revoked_at=NOW)
    assert await tokens.create(SECOND)


@pytest.mark.parametrize(
    "spent",
    [
        pytest.param(TOKEN, id="live"),
        pytest.param(replace(TOKEN, expires_at=NOW), id="expired"),
    ],
)
async def test_a_token_of_any_kind_counts(tokens: Tokens, spent: Token) -> None:
    assert not await tokens.any()
    await tokens.create(spent)
    assert await tokens.any()
    await tokens.revoke([spent.id], NOW)
    assert await tokens.any()

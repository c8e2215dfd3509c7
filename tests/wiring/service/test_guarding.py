"""What settings mean for who may use the service."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tokens import Tokens
from campaignd.core.tokens import Scope, Token
from campaignd.settings import SettingsInvalid, load_settings
from campaignd.wiring.service.guarding import allowed_hosts, check_binding, make_rules

NOW = datetime.now(UTC)
EVERYWHERE = "0.0.0.0"  # noqa: S104  # what is refused


def a_token(**changes: datetime) -> Token:
    return Token("a" * 16, "ci", "d" * 64, frozenset({Scope.READ}), (), NOW, **changes)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def tokens(template: Path, tmp_path: Path) -> Iterator[Tokens]:
    database = Database(f"sqlite:///{shutil.copy(template, tmp_path / 'campaignd.db')}")
    yield Tokens(database)
    database.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
async def test_loopback_needs_no_token(tokens: Tokens, host: str) -> None:
    await check_binding(load_settings({"CAMPAIGND_API__HOST": host}), tokens)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.0.0.5", "qa.example.com"])
async def test_nothing_else_is_listened_on_without_a_live_token(tokens: Tokens, host: str) -> None:
    settings = load_settings({"CAMPAIGND_API__HOST": host})
    with pytest.raises(SettingsInvalid, match="`campaignd token create NAME` first"):
        await check_binding(settings, tokens)
    await tokens.create(a_token())
    await check_binding(settings, tokens)


@pytest.mark.parametrize(
    "spent",
    [
        pytest.param({"expires_at": NOW - timedelta(seconds=1)}, id="expired"),
        pytest.param({"revoked_at": NOW}, id="revoked"),
    ],
)
async def test_a_spent_token_is_not_enough(tokens: Tokens, spent: Mapping[str, datetime]) -> None:
    token = a_token(**spent)
    await tokens.create(token)
    if token.revoked_at:
        await tokens.revoke([token.id], NOW)
    with pytest.raises(SettingsInvalid, match=f"CAMPAIGND_API__HOST: {EVERYWHERE} can be reached"):
        await check_binding(load_settings({"CAMPAIGND_API__HOST": EVERYWHERE}), tokens)


@pytest.mark.parametrize(
    ("variables", "hosts"),
    [
        pytest.param({}, set(), id="nothing set"),
        pytest.param(
            {"PUBLIC_URL": "https://QA.example.com:8443/x"}, {"qa.example.com"}, id="public"
        ),
        pytest.param({"HOST": "Box.local"}, {"box.local"}, id="a name to listen on"),
        pytest.param(
            {"HOST": "box.local", "PUBLIC_URL": "https://qa.example.com"},
            {"box.local", "qa.example.com"},
            id="both",
        ),
        pytest.param({"HOST": "::", "PUBLIC_URL": "http://10.0.0.5:8321"}, set(), id="addresses"),
    ],
)
def test_the_names_of_the_service_are_those_of_its_settings(
    variables: Mapping[str, str], hosts: set[str]
) -> None:
    settings = load_settings({f"CAMPAIGND_API__{key}": text for key, text in variables.items()})
    assert allowed_hosts(settings) == hosts
    assert make_rules(settings).hosts == hosts


def test_trusted_proxies_are_those_of_the_settings() -> None:
    settings = load_settings({"CAMPAIGND_API__TRUSTED_PROXIES": "10.0.0.5,fd00::/8"})
    assert make_rules(settings).trusted_proxies == ("10.0.0.5", "fd00::/8")

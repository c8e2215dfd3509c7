from collections.abc import Callable
from datetime import timedelta

import pytest

from campaignd.adapters.http.account import AccountInvalid, VendorAccount

MakeAccount = Callable[..., VendorAccount]


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        pytest.param("api.coval.dev/v1", "must look like https://", id="no scheme"),
        pytest.param("ftp://api.coval.dev", "must look like https://", id="another scheme"),
        pytest.param("https:///v1", "must look like https://", id="no host"),
        pytest.param("https://api.coval.dev:port/v1", "cannot be read", id="no number as port"),
        pytest.param("https://[::1/v1", "cannot be read", id="half an address"),
        pytest.param("https://api.coval.dev/v1?a=b", "leave out the '?'", id="query"),
        pytest.param("https://api.coval.dev/v1#top", "leave out the '?'", id="fragment"),
        pytest.param("https://api.coval.dev/v1\n", "control characters", id="line break"),
        pytest.param("https://api. coval.dev", "spaces", id="space"),
    ],
)
def test_a_base_url_that_cannot_work_is_refused(
    account: MakeAccount, base_url: str, words: str
) -> None:
    with pytest.raises(AccountInvalid, match="the base URL of Coval") as caught:
        account(base_url)
    assert words in str(caught.value)


def test_a_base_url_with_a_password_is_refused_without_repeating_it(account: MakeAccount) -> None:
    with pytest.raises(AccountInvalid, match="must not hold a user name") as caught:
        account("https://me:hunter2hunter2@api.coval.dev")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("sk-123\n", id="line break of a file"),
        pytest.param(" sk-123", id="space in front"),
        pytest.param("sk-“quoted”", id="typographic quotes"),
    ],
)
@pytest.mark.parametrize("prefix", [pytest.param("", id="bare"), pytest.param("Bearer ", id="b")])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str, prefix: str) -> None:
    with pytest.raises(AccountInvalid) as caught:
        VendorAccount("Cotool", "https://app.cotool.ai/api", {"Authorization": prefix + key})
    assert "sk-" not in str(caught.value)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"requests_per_second": 0}, id="no requests"),
        pytest.param({"requests_per_second": float("nan")}, id="no number of requests"),
        pytest.param({"max_connections": 0}, id="no connections"),
        pytest.param({"timeout": timedelta()}, id="no time"),
    ],
)
def test_bounds_must_let_something_through(account: MakeAccount, facts: dict[str, object]) -> None:
    with pytest.raises(AccountInvalid):
        account("https://api.coval.dev/v1", **facts)


def test_an_account_never_shows_its_key(account: MakeAccount, key: str) -> None:
    shown = account("https://api.coval.dev/v1")
    assert key not in f"{shown} {shown!r}"


def test_keys_are_hidden_in_texts_with_or_without_their_scheme() -> None:
    shown = VendorAccount("Cotool", "https://x.test", {"Authorization": "Bearer secret-key-1"})
    assert shown.redact("got Bearer secret-key-1, or secret-key-1") == "got Bearer ***, or ***"


def test_a_key_too_short_to_be_secret_does_not_mutilate_words() -> None:
    shown = VendorAccount("Coval", "https://x.test", {"x-api-key": "any"})
    assert shown.redact("the company") == "the company"


def test_the_path_of_the_base_url_is_kept(account: MakeAccount) -> None:
    assert account("https://h.test/v1/").url("/runs") == "https://h.test/v1/runs"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param("127.0.0.1:8322", True, id="loopback address"),
        pytest.param("[::1]:8322", True, id="loopback address 6"),
        pytest.param("localhost", True, id="localhost"),
        pytest.param("127.0.0.1.example.com", False, id="only looks like it"),
        pytest.param("api.coval.dev", False, id="vendor"),
    ],
)
def test_loopback_hosts_are_known(account: MakeAccount, host: str, expected: bool) -> None:
    assert account(f"http://{host}/v1").is_loopback is expected

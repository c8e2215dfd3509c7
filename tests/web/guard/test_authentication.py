"""Who is let in."""

import hmac
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.web.guard.conftest import NOW

from campaignd.core.tokens import Scope, make_credential
from campaignd.web.guard import Rate, Rules

STRANGER = make_credential(b"\xff" * 42)


async def test_who_has_a_token_is_known(stand: Any) -> None:
    token = stand.keys.add("ci")
    answer = await stand.get(token=token)
    assert (answer.status_code, answer.json()["name"]) == (200, "ci")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_may_be_written_in_any_case(stand: Any, scheme: str) -> None:
    token = stand.keys.add()
    answer = await stand.get(headers={"Authorization": f"{scheme} {token.text}"})
    assert answer.status_code == 200


def is_refusal(answer: Any) -> bool:
    return (
        answer.status_code == 401
        and answer.headers["WWW-Authenticate"] == "Bearer"
        and answer.headers["Content-Type"] == "application/problem+json"
        and answer.json()["type"] == "/problems/unauthorized"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"expires_at": NOW}, "the token 'ci' expired at 2026-11-22 12:00", id="expired"
        ),
        pytest.param({"revoked_at": NOW}, "the token 'ci' was revoked", id="revoked"),
        pytest.param({"digest": "0" * 64}, "no such token", id="the secret of another"),
    ],
)
async def test_a_token_that_is_spent_is_refused(
    stand: Any, changes: dict[str, Any], words: str
) -> None:
    answer = await stand.get(token=stand.keys.add("ci", **changes))
    assert is_refusal(answer)
    assert words in answer.json()["detail"]


async def test_a_token_expires_in_time(stand: Any) -> None:
    token = stand.keys.add(expires_at=NOW + timedelta(hours=1))
    assert (await stand.get(token=token)).status_code == 200
    stand.clock.forward(hours=1)
    assert is_refusal(await stand.get(token=token))


async def test_only_who_has_the_secret_learns_that_a_token_was_revoked(stand: Any) -> None:
    token = stand.keys.add(revoked_at=NOW)
    wrong = f"cd_{token.id}_{STRANGER.secret}"
    assert "no such token" in (await stand.get(token=wrong)).json()["detail"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Bearer", id="no token"),
        pytest.param(b"Bearer ", id="a blank token"),
        pytest.param(b"Basic Y2k6c2VjcmV0", id="another scheme"),
        pytest.param(b"cd_x_y", id="no scheme"),
        pytest.param(b"Bearer cd_x_y", id="no token of ours"),
        pytest.param(f"Bearer {STRANGER.text}".encode(), id="an unknown token"),
        pytest.param(f"Bearer {STRANGER.text} x".encode(), id="more after it"),
        pytest.param(f"Bearer {STRANGER.text}, Basic x".encode(), id="a list"),
        pytest.param("Bearer cd_ä_\u0431".encode(), id="letters that are not ASCII"),
        pytest.param(b"Bearer \xff\xfe\x80", id="bytes that are no text"),
        pytest.param(b"Bearer " + b"a" * 100_000, id="very long"),
        pytest.param(b"Bearer cd_" + b"a" * 16 + b"_" + b"b" * 100_000, id="a very long secret"),
        pytest.param(b"Bearer\t" + STRANGER.text.encode(), id="a tab"),
    ],
)
@pytest.mark.parametrize("has_tokens", [True, False])
async def test_what_is_no_token_is_refused_and_never_taken_for_nobody(
    stand: Any, value: bytes, has_tokens: bool
) -> None:
    if has_tokens:
        stand.keys.add()
    answer = await stand.get(headers=[("Authorization", value)])
    assert is_refusal(answer)
    assert STRANGER.secret not in answer.text


async def test_two_authorizations_are_none(stand: Any) -> None:
    token = stand.keys.add()
    right = ("Authorization", f"Bearer {token.text}")
    for other in (right, ("Authorization", "Basic x"), ("authorization", "")):
        assert is_refusal(await stand.get(headers=[right, other]))


@pytest.mark.parametrize("known", [True, False])
async def test_an_unknown_id_is_compared_as_a_known_one(
    stand: Any, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, really = [], hmac.compare_digest

    def compare(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return really(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    token = stand.keys.add()
    await stand.get(token=f"cd_{token.id if known else STRANGER.id}_{STRANGER.secret}")
    assert compared == [(64, 64)]


@pytest.mark.parametrize("path", ["/healthz", "/hooks/coval/secret", "/api/v1/openapi.json"])
async def test_open_paths_need_no_token_and_know_nobody(stand: Any, path: str) -> None:
    token = stand.keys.add()
    stand.peer = "203.0.113.9"
    for given in (None, token, STRANGER):
        answer = await stand.get(path, token=given)
        assert answer.status_code == 200
        assert answer.json().get("known", False) is False


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/who",
        "/metrics",
        "/",
        "/hooks",
        "/healthz/",
        "//healthz",
        "/HEALTHZ",
        "/readyz/x",
        "/api/v1/openapi.json/",
        "/api/v1/hooks/x",
        "/api/v1/who?/healthz",
        "/nothing",
    ],
)
async def test_all_other_paths_need_one_also_those_that_do_not_exist(stand: Any, path: str) -> None:
    stand.keys.add()
    assert is_refusal(await stand.get(path))


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
async def test_every_method_needs_one(stand: Any, method: str) -> None:
    stand.keys.add()
    assert (await stand.ask(method, "/api/v1/who")).status_code == 401


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("127.0.0.1", "127.0.0.1:8321"),
        ("127.0.0.1", "localhost"),
        ("::1", "[::1]:8321"),
        ("::ffff:127.0.0.1", "LOCALHOST."),
    ],
)
async def test_without_tokens_this_machine_reads(stand: Any, peer: str, host: str) -> None:
    stand.peer = peer
    answer = await stand.get(headers={"Host": host})
    assert (answer.status_code, answer.json()["name"]) == (200, "loopback")


async def test_without_tokens_nothing_is_changed(stand: Any) -> None:
    answer = await stand.ask("PUT", "/api/v1/baseline")
    assert (answer.status_code, answer.json()["scope"]) == (403, "admin")
    assert "campaignd token create NAME --scope admin" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        pytest.param("10.0.0.1", {}, id="another machine"),
        pytest.param(
            "203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, id="one that claims to be us"
        ),
        pytest.param("", {}, id="nobody knows who"),
        pytest.param("127.0.0.1", {"Host": "10.0.0.5"}, id="an address that others can reach"),
        pytest.param("127.0.0.1", {"Host": "qa.example.com"}, id="the public name"),
        pytest.param("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, id="forwarded"),
        pytest.param("127.0.0.1", {"x-forwarded-proto": "https"}, id="a forwarded scheme"),
        pytest.param("127.0.0.1", {"X-Forwarded-Whatever": ""}, id="forwarded anyhow"),
        pytest.param("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, id="forwarded by the standard"),
        pytest.param("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, id="forwarded as some proxies do"),
        pytest.param("127.0.0.1", {"Via": "1.1 proxy"}, id="via a proxy"),
    ],
)
async def test_without_tokens_nobody_else_is_let_in(
    stand: Any, peer: str, headers: dict[str, str]
) -> None:
    stand.peer = peer
    assert is_refusal(await stand.get(headers=headers))


@pytest.mark.parametrize("spent", [{"revoked_at": NOW}, {"expires_at": NOW}])
async def test_a_token_of_the_past_keeps_this_machine_out_too(
    stand: Any, spent: dict[str, Any]
) -> None:
    assert (await stand.get()).status_code == 200
    stand.keys.add(**spent)
    assert is_refusal(await stand.get())


async def test_a_missing_scope_is_named(stand: Any) -> None:
    token = stand.keys.add("ci", Scope.SUBMIT)
    answer = await stand.ask("PUT", "/api/v1/baseline", token=token)
    assert answer.status_code == 403
    assert answer.json() == {
        "type": "/problems/missing-scope",
        "title": "A scope is missing",
        "status": 403,
        "detail": "the token 'ci' has the scope submit; this needs admin",
        "scope": "admin",
    }
    admin = stand.keys.add("root", Scope.ADMIN)
    assert (await stand.ask("PUT", "/api/v1/baseline", token=admin)).json() == "root"


async def test_who_guesses_is_slowed_down_and_asks_the_database_no_more(stand: Any) -> None:
    stand.keys.add()
    codes = [(await stand.get(token=STRANGER)).status_code for _ in range(30)]
    assert codes == [401] * 10 + [429] * 20
    assert stand.keys.sought == 10
    stand.clock.forward(seconds=6)
    assert is_refusal(await stand.get(token=STRANGER))


async def test_malformed_tokens_count_as_guesses(stand: Any) -> None:
    codes = [
        (await stand.get(headers={"Authorization": "Bearer x"})).status_code for _ in range(11)
    ]
    assert codes == [401] * 10 + [429]
    assert stand.keys.sought == 0


async def test_who_guesses_locks_out_nobody_who_was_right_before(stand: Any) -> None:
    stand.rules = Rules(by_failure=Rate(timedelta(hours=1), 1))
    old, new = stand.keys.add("old"), stand.keys.add("new")
    assert (await stand.get(token=old)).status_code == 200
    assert (await stand.get(token=STRANGER)).status_code == 401
    assert (await stand.get(token=old)).status_code == 200
    assert (await stand.get(token=new)).status_code == 429
    stand.peer = "10.0.0.1"
    assert (await stand.get(token=new)).status_code == 200


async def test_nothing_of_a_token_is_logged(stand: Any) -> None:
    token = stand.keys.add(revoked_at=NOW)
    with capture_logs() as logs:
        await stand.get(token=token)
        await stand.get(token=f"cd_{token.id}_{STRANGER.secret}")
        await stand.get(token=f"{token.text}x")
    assert [entry["log_level"] for entry in logs] == ["warning"] * 3
    assert {entry["client"] for entry in logs} == {"127.0.0.1"}
    for secret in (token.secret, STRANGER.secret, token.digest):
        assert secret not in str(logs)

"""What every answer carries, what is never answered, and whose forwarded headers are believed."""

from typing import Any

import pytest
from tests.web.guard.conftest import Ring

from campaignd.web.guard import Rules, guard


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/api/v1/who", 200),
        ("/api/v1/nothing", 404),
        ("/api/v1/small", 405),
    ],
)
async def test_answers_are_not_kept_nor_guessed_at(stand: Any, path: str, status: int) -> None:
    answer = await stand.get(path)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example.com", "a:b:c"])
async def test_refusals_carry_the_same_headers(stand: Any, host: str) -> None:
    answer = await stand.get(headers={"Host": host, "Origin": "https://evil.example.com"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/v1/who", "/healthz", "/nothing"])
async def test_preflights_are_turned_away(stand: Any, path: str) -> None:
    headers = {
        "Origin": "https://evil.example.com",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await stand.ask("OPTIONS", path, headers=headers, token=stand.keys.add())
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST, PUT"
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_no_page_of_another_origin_may_read_an_answer(stand: Any) -> None:
    answer = await stand.get(headers={"Origin": "https://evil.example.com"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_websockets_are_turned_away() -> None:
    sent: list[Any] = []

    async def never(*_: Any) -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = guard(never, Rules(), Ring())
    await guarded({"type": "websocket", "path": "/", "headers": []}, never, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_the_life_of_the_application_passes_through() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    await guard(app, Rules(), Ring())({"type": "lifespan"}, nothing, nothing)
    assert seen == ["lifespan"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        pytest.param("10.0.0.5", "203.0.113.9", "203.0.113.9", id="a trusted proxy"),
        pytest.param("192.168.7.7", "203.0.113.9", "203.0.113.9", id="of a trusted network"),
        pytest.param("10.0.0.6", "203.0.113.9", "10.0.0.6", id="another peer"),
        pytest.param("127.0.0.1", "203.0.113.9", "127.0.0.1", id="this machine is no proxy"),
        pytest.param(
            "10.0.0.5", "127.0.0.1, 203.0.113.9", "203.0.113.9", id="what a client wrote before it"
        ),
        pytest.param(
            "10.0.0.5", "127.0.0.1, 203.0.113.9, 10.0.0.5", "203.0.113.9", id="two proxies"
        ),
        pytest.param("10.0.0.5", "", "10.0.0.5", id="nothing"),
    ],
)
async def test_only_trusted_proxies_say_who_asks(
    stand: Any, peer: str, forwarded: str, seen: str
) -> None:
    stand.rules = Rules(trusted_proxies=("10.0.0.5", "192.168.0.0/16"))
    stand.peer, token = peer, stand.keys.add()
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    answer = (await stand.get(headers=headers, token=token)).json()
    is_trusted = peer in {"10.0.0.5", "192.168.7.7"}
    assert (answer["peer"], answer["scheme"]) == (seen, "https" if is_trusted else "http")


async def test_limits_count_the_client_behind_a_trusted_proxy(stand: Any) -> None:
    stand.rules = Rules(trusted_proxies=("10.0.0.5",), by_address=Rules().by_failure)
    stand.peer = "10.0.0.5"

    async def ask(client: str) -> int:
        answer = await stand.get("/healthz", headers={"X-Forwarded-For": client})
        return int(answer.status_code)

    assert [await ask("203.0.113.9") for _ in range(11)] == [200] * 10 + [429]
    assert await ask("203.0.113.10") == 200


async def test_a_peer_who_is_not_trusted_cannot_be_many(stand: Any) -> None:
    stand.rules = Rules(by_address=Rules().by_failure)
    stand.peer = "203.0.113.9"
    codes = [
        (await stand.get("/healthz", headers={"X-Forwarded-For": f"10.0.0.{n}"})).status_code
        for n in range(11)
    ]
    assert codes == [200] * 10 + [429]

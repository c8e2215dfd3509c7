"""The size of bodies."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from campaignd.web.guard.rules import KIB, MIB, Rules

BIG = 5 * MIB // 2


@pytest.fixture
def allowed(stand: Any) -> Any:
    """Somebody who may send."""
    stand.token = stand.keys.add()

    async def send(path: str, **details: Any) -> Any:
        return await stand.ask("POST", path, token=stand.token, **details)

    return send


def order(size: int) -> bytes:
    """A document of exactly so many bytes."""
    empty = len(json.dumps({"campaign": ""}))
    return json.dumps({"campaign": "x" * (size - empty)}).encode()


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        pytest.param("/api/v1/small", 64 * KIB, id="small"),
        pytest.param("/api/v1/executions", BIG, id="a campaign to run"),
        pytest.param("/api/v1/executions/01A/judge", BIG, id="a campaign to judge by"),
        pytest.param("/api/v1/raw", 64 * KIB, id="read by the route itself"),
    ],
)
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "not declared"])
async def test_a_body_may_be_as_large_as_its_limit(
    allowed: Any, path: str, limit: int, declared: bool
) -> None:
    async def in_chunks(body: bytes) -> Any:
        for start in range(0, len(body), 60_000):
            yield body[start : start + 60_000]

    headers = {"Content-Type": "application/json"}
    for size, status in ((limit, 200), (limit + 1, 413)):
        body = order(size)
        content = body if declared else in_chunks(body)
        answer = await allowed(path, content=content, headers=headers)
        assert answer.status_code == status, size


async def test_too_large_a_body_is_a_problem_and_ends_the_connection(
    allowed: Any, chunks: Callable[..., Any]
) -> None:
    answer = await allowed("/api/v1/small", content=chunks(100, KIB))
    assert answer.json() == {
        "type": "/problems/body-too-large",
        "title": "The body is too large",
        "status": 413,
        "detail": "send at most 64 KiB",
    }
    assert answer.headers["Connection"] == "close"
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_no_more_is_read_of_too_large_a_body_than_the_limit(allowed: Any) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += KIB
            yield b"x" * KIB

    assert (await allowed("/api/v1/raw", content=endless())).status_code == 413
    assert read <= 66 * KIB


@pytest.mark.parametrize(
    ("length", "size", "status"),
    [
        pytest.param("1", 65 * KIB, 413, id="less than there is"),
        pytest.param("99999999999", 5, 413, id="more than there is"),
        pytest.param("9" * 5000, 5, 413, id="a number that no computer has"),
        pytest.param("-5", 65 * KIB, 413, id="negative"),
        pytest.param("soon", 65 * KIB, 413, id="no number"),
        pytest.param("\xb2", 5, 200, id="a digit of another kind"),
    ],
)
async def test_a_length_that_lies_opens_nothing(
    allowed: Any, length: str, size: int, status: int
) -> None:
    headers = {"Content-Length": length.encode("latin-1")}
    answer = await allowed("/api/v1/raw", content=b"x" * size, headers=headers)
    assert answer.status_code == status


async def test_nothing_is_read_of_a_body_that_says_it_is_too_large(stand: Any) -> None:
    read = []

    async def body() -> Any:
        read.append("something")
        yield b"x"

    answer = await stand.ask(
        "POST", "/api/v1/raw", content=body(), headers={"Content-Length": str(BIG)}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/api/v1/executions/", "/api/v1/executions/01A/cancel", "/x"])
async def test_only_where_campaigns_are_sent_bodies_may_be_large(allowed: Any, path: str) -> None:
    answer = await allowed(path, content=b"x", headers={"Content-Length": str(65 * KIB)})
    assert answer.status_code == 413


async def test_limits_are_those_of_the_rules(stand: Any, allowed: Any) -> None:
    stand.rules = Rules(body=3)
    assert (await allowed("/api/v1/raw", content=b"abc")).json() == 3
    assert (await allowed("/api/v1/raw", content=b"abcd")).status_code == 413

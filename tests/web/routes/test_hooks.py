"""Coval's calls. Whatever is sent, no more than a look at Coval comes of it."""

import json
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from campaignd.engine.poller import Poller
from campaignd.web.app import build_app
from campaignd.web.desk import Desk
from campaignd.web.options import WebOptions
from campaignd.wiring.service.bell import PollerBell

SECRET = "a-secret-of-our-own"  # noqa: S105  # nobody's
CALL = {"organization_id": "o", "message": "done", "run_id": "run1", "status": "COMPLETED"}


class FakePoller:
    """Follows one run, and remembers who was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def nudge(self, run_id: str) -> bool:
        self.asked.append(run_id)
        return run_id == "run1"


@pytest.fixture
def poller() -> FakePoller:
    return FakePoller()


def client_of(poller: FakePoller, secret: str | None = SECRET) -> httpx.AsyncClient:
    bell = PollerBell(cast("Poller", poller), SecretStr(secret) if secret else None)
    others: Any = [None] * 5
    app = build_app(Desk(*others, bell, others[0], others[0]), WebOptions())
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost/hooks/coval/"
    )


async def test_a_call_with_the_secret_rings_for_its_run(poller: FakePoller) -> None:
    async with client_of(poller) as client:
        answer = await client.post(SECRET, json=CALL)
    assert (answer.status_code, answer.content) == (204, b"")
    assert poller.asked == ["run1"]


async def test_known_and_unknown_runs_are_answered_alike(poller: FakePoller) -> None:
    async with client_of(poller) as client:
        known = await client.post(SECRET, json=CALL)
        unknown = await client.post(SECRET, json=CALL | {"run_id": "run2"})
    assert known.status_code == unknown.status_code == 204
    assert known.headers == unknown.headers


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 60_000, id="deep"),
        pytest.param(b'["run1"]', id="a list"),
        pytest.param(json.dumps(CALL | {"run_id": 1}).encode(), id="a number for a run"),
        pytest.param(json.dumps(CALL | {"run_id": "r" * 101}).encode(), id="a long run"),
        pytest.param(b"run_id=run1", id="a form"),
    ],
)
async def test_what_cannot_be_read_is_accepted_and_rings_for_nobody(
    poller: FakePoller, body: bytes
) -> None:
    async with client_of(poller) as client:
        answer = await client.post(SECRET, content=body)
    assert answer.status_code == 204
    assert poller.asked == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(SECRET, "another-secret-here", id="a wrong secret"),
        pytest.param(SECRET, SECRET[:-1], id="its beginning"),
        pytest.param(SECRET, SECRET.upper(), id="other letter case"),
        pytest.param(SECRET, "%C3%A4%00", id="no ASCII"),
        pytest.param(None, SECRET, id="hooks are off"),
        pytest.param(None, "None", id="hooks are off and it says so"),
    ],
)
async def test_without_the_secret_it_is_an_address_that_does_not_exist(
    poller: FakePoller, ours: str | None, theirs: str
) -> None:
    async with client_of(poller, ours) as client:
        answer = await client.post(theirs, json=CALL)
        nowhere = await client.post("/nowhere", json=CALL)
    assert answer.status_code == 404
    assert answer.content == nowhere.content
    assert answer.headers["content-type"] == "application/problem+json"
    assert poller.asked == []

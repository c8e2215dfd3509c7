from typing import Any

import httpx
import pytest

from campaignd.sandbox import World
from campaignd.sandbox.app import create_app

RUNS = "/v1/runs"


def striking(do: dict[str, object], **match: object) -> dict[str, object]:
    return {"faults": [{"match": match, "do": do}]}


async def count_runs(client: httpx.AsyncClient) -> int:
    return len((await client.get(RUNS)).json()["runs"])


@pytest.mark.parametrize(
    ("do", "launched"),
    [
        pytest.param({"reset": "before"}, 0, id="before the server acted"),
        pytest.param({"reset": "after"}, 1, id="after the server acted"),
    ],
)
async def test_a_reset_is_a_read_error_in_process(
    client_of: Any, order: Any, do: dict[str, object], launched: int
) -> None:
    async with client_of(**striking(do, method="POST")) as client:
        with pytest.raises(httpx.ReadError):
            await client.post(RUNS, json=order)
        assert await count_runs(client) == launched


@pytest.mark.parametrize(
    ("acted", "launched"), [pytest.param(False, 0, id="refused"), pytest.param(True, 1, id="acted")]
)
async def test_an_error_status_may_hide_that_the_server_acted(
    client_of: Any, order: Any, acted: bool, launched: int
) -> None:
    do = {"status": 429, "retry_after": "2s", "acted": acted}
    async with client_of(**striking(do, method="POST")) as client:
        answer = await client.post(RUNS, json=order)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        assert answer.json()["error"]["code"] == "RESOURCE_EXHAUSTED"
        assert await count_runs(client) == launched


async def test_retry_after_may_be_a_date(client_of: Any) -> None:
    do = {"status": 503, "retry_after": "90s", "retry_after_as": "date"}
    async with client_of(**striking(do)) as client:
        answer = await client.get(RUNS)
    assert answer.headers["retry-after"] == "Mon, 02 Nov 2026 08:01:30 GMT"


@pytest.mark.parametrize(
    ("body", "path", "text"),
    [
        pytest.param("envelope", RUNS, '{"error":{"code":"INTERNAL"', id="envelope"),
        pytest.param("gateway", RUNS, '{"message":"Bad Gateway"}', id="gateway"),
        pytest.param("text", RUNS, "Bad Gateway", id="text"),
        pytest.param("html", RUNS, "<html>", id="html"),
        pytest.param("empty", RUNS, "", id="empty"),
        pytest.param(None, RUNS, '{"error":', id="coval's own"),
        pytest.param(None, "/api/agents", "Bad Gateway", id="cotool's own"),
    ],
)
async def test_error_bodies_come_in_every_form(
    client_of: Any, body: str | None, path: str, text: str
) -> None:
    async with client_of(**striking({"status": 502, "body": body})) as client:
        answer = await client.get(path)
    assert answer.status_code == 502
    assert answer.text.startswith(text)
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("kind", ["json", "html"])
async def test_garbage_is_a_success_that_cannot_be_read(
    client_of: Any, order: Any, kind: str
) -> None:
    async with client_of(**striking({"garbage": kind}, method="POST")) as client:
        answer = await client.post(RUNS, json=order)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()
        assert await count_runs(client) == 1


async def test_a_delayed_answer_tells_of_the_moment_it_was_asked(
    client_of: Any, clock: Any, order: Any
) -> None:
    async with client_of(**striking({"delay": "40s"}, method="POST")) as client:
        started = clock()
        answer = await client.post(RUNS, json=order)
    assert (clock() - started).total_seconds() == 40
    assert answer.json()["run"]["create_time"] == "2026-11-02T08:00:00.000Z"


async def test_a_delay_may_come_before_an_error(client_of: Any, clock: Any) -> None:
    async with client_of(**striking({"delay": "5s", "status": 504})) as client:
        started = clock()
        assert (await client.get(RUNS)).status_code == 504
    assert (clock() - started).total_seconds() == 5


async def test_the_rate_limit_answers_429_and_says_when_to_come_back(
    client_of: Any, clock: Any
) -> None:
    limit = {"requests_per_second": 1, "burst": 2}
    async with client_of(rate_limit=limit) as client:
        statuses = [(await client.get(RUNS)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await client.get(RUNS)).headers["retry-after"] == "1"
        clock.pass_time(1)
        assert (await client.get(RUNS)).status_code == 200


async def test_a_server_may_announce_its_start_and_end(clock: Any) -> None:
    app = create_app(World(), clock=clock)
    told: list[str] = []
    events = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(events)}

    async def send(message: Any) -> None:
        told.append(message["type"])

    await app({"type": "lifespan", "state": {}}, receive, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

"""Every failure is a problem document, and none tells what it should not."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Header, HTTPException
from httpx import ASGITransport
from pydantic import BaseModel, field_validator
from structlog.testing import capture_logs

from campaignd.web.problems import Problem, ProblemDocument, install_problem_handlers

PRIVATE = "hunter2"


class Order(BaseModel):
    campaign: str
    size: int

    @field_validator("size")
    @classmethod
    def check(cls, size: int) -> int:
        if size < 0:
            raise ValueError("a size is never negative")
        return size


def app() -> FastAPI:
    made = FastAPI()
    install_problem_handlers(made)

    @made.get("/problem")
    async def problem() -> None:
        extra = {"campaign": "nightly", "status": 200}
        raise Problem(409, "Busy", "ask later", "/problems/busy", extra, {"Retry-After": "5"})

    @made.get("/plain")
    async def plain() -> None:
        raise HTTPException(404)

    @made.get(f"/bug/{PRIVATE}")
    async def bug() -> None:
        raise KeyError(PRIVATE)

    @made.post("/orders")
    async def take(order: Order, x_key: Annotated[str, Header()]) -> None: ...

    return made


async def ask(method: str, path: str, **details: Any) -> httpx.Response:
    transport = ASGITransport(app=app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.request(method, path, **details)
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = ProblemDocument.model_validate_json(answer.content)
    assert document.status == answer.status_code
    return answer


async def test_a_problem_has_its_members_and_headers() -> None:
    answer = await ask("GET", "/problem")
    assert answer.json() == {
        "type": "/problems/busy",
        "title": "Busy",
        "status": 409,
        "detail": "ask later",
        "campaign": "nightly",
    }
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/plain", 404, "Not Found"),
        ("GET", "/nowhere", 404, "Not Found"),
        ("DELETE", "/plain", 405, "Method Not Allowed"),
    ],
)
async def test_failures_of_the_framework_are_problems_too(
    method: str, path: str, status: int, title: str
) -> None:
    answer = await ask(method, path)
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert answer.json()["type"] == "about:blank"
    assert ("allow" in answer.headers) == (status == 405)


async def test_all_mistakes_of_a_request_are_named_and_what_was_sent_is_not_shown() -> None:
    answer = await ask("POST", "/orders", json={"campaign": [PRIVATE], "size": -1})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"place": "header.x-key", "message": "Field required"},
        {"place": "body.campaign", "message": "Input should be a valid string"},
        {"place": "body.size", "message": "a size is never negative"},
    ]
    assert "body.size: a size is never negative" in answer.json()["detail"]
    assert PRIVATE not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b"null", b""])
async def test_what_is_no_document_is_a_mistake(body: bytes) -> None:
    headers = {"X-Key": "a", "Content-Type": "application/json"}
    answer = await ask("POST", "/orders", content=body, headers=headers)
    assert answer.status_code in {400, 422}


async def test_a_bug_is_logged_and_not_told() -> None:
    with capture_logs() as logs:
        answer = await ask("GET", f"/bug/{PRIVATE}")
    assert answer.status_code == 500
    assert PRIVATE not in answer.text
    (entry,) = logs
    assert (entry["event"], entry["method"]) == ("a request failed", "GET")
    assert isinstance(entry["exc_info"], KeyError)

"""What the log says of requests."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from campaignd.core.tokens import Caller
from campaignd.core.tokens import Scope as TokenScope
from campaignd.web.journal import Journal

CI = Caller("ci", frozenset({TokenScope.TRIGGER}))


def make_app() -> FastAPI:
    app = FastAPI()
    app.get("/things/{name}")(lambda name: name)
    app.post("/things/{name}", status_code=201)(lambda name: name)

    @app.post("/again", status_code=201)
    def answer_again(response: Response) -> None:
        response.status_code = HTTPStatus.OK

    @app.post("/broken")
    def break_down() -> None:
        raise RuntimeError

    return app


async def call(method: str, path: str, caller: Caller | None = CI) -> dict[str, Any]:
    journal = Journal(make_app())

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        state = {} if caller is None else {"caller": caller}
        await journal({**scope, "state": state}, receive, send)

    transport = httpx.ASGITransport(known, raise_app_exceptions=False)
    with capture_logs() as logs:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await client.request(method, path)
    (line,) = logs
    return dict(line)


@pytest.mark.parametrize(
    ("method", "caller", "level"),
    [
        pytest.param("POST", CI, "info", id="what may change something"),
        pytest.param("GET", CI, "debug", id="looking"),
        pytest.param("POST", None, "debug", id="a hook, which anybody may call"),
    ],
)
async def test_each_request_is_a_line_with_its_route_and_its_caller(
    method: str, caller: Caller | None, level: str
) -> None:
    line = await call(method, "/things/secret-name?token=x", caller)
    assert line.pop("seconds") >= 0
    assert line == {
        "event": "request",
        "log_level": level,
        "method": method,
        "route": "/things/{name}",
        "status": 201 if method == "POST" else 200,
        "caller": caller and caller.name,
    }


async def test_a_path_that_does_not_exist_is_not_told() -> None:
    line = await call("POST", "/hooks/coval/secret")
    assert (line["route"], line["status"]) == (None, 404)


async def test_a_failure_of_ours_is_a_warning() -> None:
    line = await call("POST", "/broken")
    assert (line["log_level"], line["status"]) == ("warning", 500)


async def test_a_status_is_told_as_its_number() -> None:
    assert repr((await call("POST", "/again"))["status"]) == "200"

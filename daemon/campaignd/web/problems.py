"""Failures as problem documents (RFC 9457), whatever part of the API they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
NO_TYPE = "about:blank"


@dataclass(eq=False)
class Problem(Exception):
    """An answer that says what is wrong. `type` is a stable name: `/problems/<slug>`.

    `detail` tells this caller what to do next; `extra` are further members of the document.
    """

    status: int
    title: str
    detail: str
    type: str = NO_TYPE
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail

    def answer(self) -> Response:
        """Return the document as an answer."""
        members = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return JSONResponse(
            {**members, **self.extra, **members}, self.status, dict(self.headers), MEDIA_TYPE
        )


class RequestMistake(BaseModel):
    """What is wrong with one part of a request."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(examples=["body.inputs.agent_id"])
    message: str


class ProblemDocument(BaseModel):
    """A failure, by RFC 9457; kinds of problems have further members."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(examples=["/problems/missing-scope"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[RequestMistake] | None = None


def invalid_request(mistakes: Sequence[RequestMistake]) -> Problem:
    """Tell all that is wrong with a request."""
    return Problem(
        422,
        "The request is not valid",
        "; ".join(f"{each.place}: {each.message}" for each in mistakes),
        "/problems/invalid-request",
        {"errors": [each.model_dump() for each in mistakes]},
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Make every failure of an application a problem document."""
    app.exception_handler(Problem)(_answer_problem)
    app.exception_handler(HTTPException)(_answer_http_exception)
    app.exception_handler(RequestValidationError)(_answer_mistakes)
    app.exception_handler(Exception)(_answer_bug)


async def _answer_problem(_request: Request, problem: Problem) -> Response:
    return problem.answer()


async def _answer_http_exception(_request: Request, error: HTTPException) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    detail = str(error.detail)
    return Problem(error.status_code, phrase, detail, headers=error.headers or {}).answer()


async def _answer_mistakes(_request: Request, error: RequestValidationError) -> Response:
    return invalid_request([_mistake(each) for each in error.errors()]).answer()


async def _answer_bug(request: Request, error: Exception) -> Response:
    log.error("a request failed", method=request.method, path=_route(request), exc_info=error)
    return Problem(
        500,
        "campaignd itself failed",
        "this is a bug of campaignd; its log has the details",
        "/problems/internal",
    ).answer()


def _mistake(error: Mapping[str, Any]) -> RequestMistake:
    """Leave out what was sent: it may be secret."""
    parts: Sequence[Any] = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    return RequestMistake(place=".".join(map(str, parts)), message=message)


def _route(request: Request) -> str:
    """Name the route, never the path: that of a hook is secret."""
    return getattr(request.scope.get("route"), "path", "")

"""Executions: lists, reports, streams, and asking one to stop."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Annotated, Literal

import anyio
from anyio import to_thread
from fastapi import APIRouter, Body, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from campaignd.core.browsing import Filter
from campaignd.core.report import ExecutionReport
from campaignd.core.states import ExecutionState
from campaignd.core.tokens import Caller
from campaignd.core.verdicts import Verdict
from campaignd.web.answers import Answers, problems
from campaignd.web.callers import Reader, ReadExecution, TriggeredExecution
from campaignd.web.desk import Desk, TheDesk
from campaignd.web.models.executions import ExecutionPage, JudgedAgain
from campaignd.web.models.orders import LABEL_NAME, JudgeBody
from campaignd.web.paging import read_cursor, write_cursor
from campaignd.web.presence import Closing, while_connected
from campaignd.web.streams import EVENT_SCHEMA, MEDIA_TYPE, EventStream, Reporter

router = APIRouter(tags=["executions"])

_LAST_NUMBER = 2**63 - 1
"""No event of the database has a larger one."""
_PAIR = rf"^{LABEL_NAME}=[^\x00]*$"
MEDIA_TYPES = {
    "json": "application/json",
    "junit": "application/xml",
    "markdown": "text/markdown",
    "html": "text/html",
}
_SANDBOXED = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_FORMS: Answers = {
    200: {
        "description": "The report in the form asked for",
        "content": {
            **{media_type: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()},
            "application/json": {"schema": {"$ref": "#/components/schemas/ExecutionReport"}},
        },
    },
    **problems(HTTPStatus.NOT_FOUND),
}
_STREAM: Answers = {
    200: {
        "description": "Events `move`, `progress` and `end`; comments in between",
        "content": {MEDIA_TYPE: {"schema": EVENT_SCHEMA}},
    },
    **problems(HTTPStatus.NOT_FOUND),
}
_CANCELLED: Answers = {
    200: {"description": "It was over before", "model": ExecutionReport},
    **problems(HTTPStatus.NOT_FOUND),
}


class ListQuery(BaseModel):
    """Which executions to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaign: str | None = Field(None, description="Of this campaign.")
    verdict: Verdict | None = Field(None, description="With this verdict.")
    state: ExecutionState | None = Field(None, description="In this state.")
    label: list[Annotated[str, StringConstraints(pattern=_PAIR)]] = Field(
        default_factory=list,
        max_length=20,
        description="With this label, `key=value`; of several, with all.",
    )
    limit: int = Field(50, ge=1, le=200, description="At most so many.")
    cursor: str | None = Field(None, description="`next_cursor` of the page before.")


@router.get("/executions", responses=problems())
async def list_executions(
    query: Annotated[ListQuery, Query()], caller: Reader, desk: TheDesk
) -> ExecutionPage:
    """List executions, the newest first, page by page."""
    wanted = Filter(
        campaigns=await _campaigns(query.campaign, caller, desk),
        verdict=query.verdict,
        state=query.state,
        labels=dict(each.split("=", 1) for each in query.label),
        before=read_cursor(query.cursor),
        limit=query.limit + 1,
    )
    found = await desk.executions.list(wanted)
    page = tuple(found[: query.limit])
    is_last = len(found) == len(page)
    return ExecutionPage(
        executions=page, next_cursor=None if is_last else write_cursor(page[-1].execution)
    )


@router.get("/executions/{execution}", responses=problems(HTTPStatus.NOT_FOUND))
async def read_execution(
    request: Request,
    execution: ReadExecution,
    desk: TheDesk,
    wait: Annotated[
        int, Query(ge=0, le=60, description="Seconds to wait for its end at most.")
    ] = 0,
) -> ExecutionReport:
    """Read the report of an execution, once it is over or as far as it is."""
    if wait:
        closing: Closing = request.app.state.closing
        with closing.ending(), anyio.move_on_after(wait):
            await while_connected(request, lambda: _await_end(desk, execution))
    return await desk.executions.report(execution)


@router.get("/executions/{execution}/report", response_class=Response, responses=_FORMS)
async def read_report(
    execution: ReadExecution,
    desk: TheDesk,
    form: Annotated[Literal["json", "junit", "markdown", "html"], Query(alias="format")] = "json",
) -> Response:
    """Read the report in a form."""
    report = await desk.executions.report(execution)
    text = await to_thread.run_sync(desk.render, report, form)
    # The page has words of vendors and agents in it: it may do nothing here.
    headers = {"Content-Security-Policy": _SANDBOXED} if form == "html" else {}
    return Response(text.encode(errors="backslashreplace"), 200, headers, MEDIA_TYPES[form])


@router.get("/executions/{execution}/events", response_class=Response, responses=_STREAM)
async def follow(
    request: Request,
    execution: ReadExecution,
    desk: TheDesk,
    last: Annotated[
        int,
        Header(
            alias="Last-Event-ID",
            ge=0,
            le=_LAST_NUMBER,
            description="The `id` of the last event that was seen: the stream goes on behind it.",
        ),
    ] = 0,
) -> EventStream:
    """Follow an execution to its end by server-sent events."""
    reporter = Reporter(desk.executions, execution, last)
    return EventStream(request.app.state.studio, reporter.tell)


@router.post("/executions/{execution}/cancel", status_code=202, responses=_CANCELLED)
async def cancel(
    response: Response, execution: TriggeredExecution, desk: TheDesk
) -> ExecutionReport:
    """Ask an execution to stop: 202, and its runs on Coval are ended. 200 if it was over."""
    if not await desk.executions.cancel(execution):
        response.status_code = HTTPStatus.OK
    return await desk.executions.report(execution)


@router.post(
    "/executions/{execution}/judge",
    responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
async def judge(
    execution: ReadExecution,
    caller: Reader,
    desk: TheDesk,
    body: Annotated[JudgeBody, Body()] = JudgeBody(),  # noqa: B008  # frozen
) -> JudgedAgain:
    """Judge what was measured again, maybe with other gates; nothing that is stored changes."""
    return await desk.executions.judge(execution, body, caller.sees)


async def _campaigns(wanted: str | None, caller: Caller, desk: Desk) -> Collection[str] | None:
    if wanted is not None:
        return {wanted} if caller.sees(wanted) else set()
    if not caller.is_limited:
        return None
    return {name for name in await desk.campaigns.names() if caller.sees(name)}


async def _await_end(desk: Desk, execution: str) -> None:
    mark = await desk.executions.change(execution, None)
    while not mark.is_end:
        mark = await desk.executions.change(execution, mark)

"""Starting executions."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response

from campaignd.core.orders import Claim, Overrides
from campaignd.core.report import ExecutionReport
from campaignd.core.tokens import Caller
from campaignd.web import refusals
from campaignd.web.answers import Answers, problems
from campaignd.web.callers import CampaignName, Submitter, Trigger, check_campaign
from campaignd.web.desk import Order, Placed, Submission, TheDesk
from campaignd.web.models.orders import SubmitBody, TriggerBody
from campaignd.web.presence import Closing, while_connected

router = APIRouter(tags=["executions"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="A request that comes again with the same key makes no second execution.",
    ),
]
_LOCATION = {"Location": {"description": "Where the execution is.", "schema": {"type": "string"}}}
_REPLAYED = {
    "Idempotency-Replayed": {"description": "true", "schema": {"type": "string", "const": "true"}}
}
_PLACED: Answers = {
    200: {
        "description": "An earlier request with this key made the execution",
        "model": ExecutionReport,
        "headers": _LOCATION | _REPLAYED,
    },
    201: {"description": "The execution is stored and will be driven", "headers": _LOCATION},
    **problems(HTTPStatus.NOT_FOUND, HTTPStatus.BAD_GATEWAY),
}


class Placing:
    """A request for an execution, and how it is answered."""

    def __init__(
        self, request: Request, response: Response, desk: TheDesk, key: IdempotencyKey = None
    ) -> None:
        self._request = request
        self._response = response
        self._key = key
        self.desk = desk

    def order(self, caller: Caller, body: TriggerBody) -> Order:
        """Write the order that a body asks for."""
        return Order(
            by=caller.name,
            inputs=body.inputs,
            labels=body.labels,
            options=Overrides(body.options.iterations, body.options.concurrency),
            replace_group=body.replace_group,
            claim=self._claim(caller, body),
        )

    async def place(self, place: Callable[[], Awaitable[Placed]]) -> ExecutionReport:
        """Place an order for as long as the caller is there, and answer."""
        closing: Closing = self._request.app.state.closing
        with closing.ending():
            return self._answer(await while_connected(self._request, place))
        raise refusals.stopping()

    def _answer(self, placed: Placed) -> ExecutionReport:
        self._response.headers["Location"] = f"/api/v1/executions/{placed.report.execution}"
        if placed.is_repeat:
            self._response.status_code = HTTPStatus.OK
            self._response.headers["Idempotency-Replayed"] = "true"
        return placed.report

    def _claim(self, caller: Caller, body: TriggerBody) -> Claim | None:
        if self._key is None:
            return None
        asked: list[Any] = [self._request.url.path, body.model_dump(mode="json")]
        fingerprint = sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return Claim(caller.token or caller.name, self._key, fingerprint)


ThePlacing = Annotated[Placing, Depends(Placing)]


@router.post("/campaigns/{name}/executions", status_code=201, responses=_PLACED)
async def trigger(
    name: CampaignName,
    caller: Trigger,
    placing: ThePlacing,
    body: Annotated[TriggerBody, Body()] = TriggerBody(),  # noqa: B008  # frozen
) -> ExecutionReport:
    """Run a campaign of the service."""
    desk, order = placing.desk, placing.order(caller, body)
    check_campaign(desk, caller, name)
    return await placing.place(lambda: desk.orders.trigger(name, order))


@router.post("/executions", status_code=201, responses=_PLACED)
async def submit(body: SubmitBody, caller: Submitter, placing: ThePlacing) -> ExecutionReport:
    """Run a campaign from its text, once; the service does not keep it."""
    desk, order = placing.desk, placing.order(caller, body)
    submission = Submission(body.campaign, body.source, caller.sees)
    return await placing.place(lambda: desk.orders.submit(submission, order))

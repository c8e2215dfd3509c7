"""The API of a campaignd service, as far as its clients need it. Each request is sent once."""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

import anyio
import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError
from pydantic import ValidationError

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call, path
from campaignd.adapters.http.translation import TRANSPORT_ERRORS, Translator
from campaignd.adapters.remote.faults import ServiceAway, ServiceRefused
from campaignd.adapters.remote.problems import failure_of, no_answer_of_ours
from campaignd.core.report import ExecutionReport

_ANSWER = timedelta(seconds=30)
_ORDER = timedelta(minutes=2)
"""The service reads every id from its vendors before it answers an order."""
_SILENCE = timedelta(seconds=50)
"""A stream is broken if nothing comes for so long: the service pings every 15 seconds."""


@dataclass(frozen=True, slots=True)
class Order:
    """An execution to begin: of the service's campaign `name`, or of the campaign `text`.

    `key` tells the service that the same order, sent again, is not a second one.
    """

    key: str
    name: str | None = None
    text: str | None = None
    source: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    iterations: int | None = None
    concurrency: int | None = None
    replace_group: str | None = None

    def call(self) -> Call:
        """The request that places it."""
        options = {"iterations": self.iterations, "concurrency": self.concurrency}
        wanted: dict[str, Any] = {
            "campaign": self.text,
            "source": self.source,
            "inputs": dict(self.inputs),
            "labels": dict(self.labels),
            "options": {name: value for name, value in options.items() if value is not None},
            "replace_group": self.replace_group,
        }
        body = {name: value for name, value in wanted.items() if value}
        if self.name is None:
            return Call("POST", "/executions", body=body)
        return Call("POST", path("campaigns", self.name, "executions"), body=body)


class Service:
    """Use as `async with Service(url, token) as service`.

    Every method raises ServiceRefused or ServiceAway. `transport` stands in for the network.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        account = VendorAccount("campaignd", f"{url}/api/v1", headers)
        self._account = account
        self._translator = Translator(account, lambda: datetime.now(UTC))
        self._client = httpx.AsyncClient(
            headers={"user-agent": f"campaignd/{version('campaignd')}", **headers},
            timeout=httpx.Timeout(_SILENCE.total_seconds(), connect=10),
            limits=httpx.Limits(
                max_connections=10, max_keepalive_connections=10, keepalive_expiry=5
            ),
            # A service on this machine is never behind the company's proxy.
            trust_env=not account.is_loopback,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def begin(self, order: Order) -> ExecutionReport:
        """Have an execution begun, or find the one that an earlier try with the key began."""
        return _read_report(
            await self._send(order.call(), _ORDER, headers={"idempotency-key": order.key})
        )

    async def read(self, execution: str, wait: timedelta) -> ExecutionReport:
        """Read the report; the service waits so long (at most 60 s) for the end first."""
        seconds = f"{wait.total_seconds():.0f}"
        call = Call("GET", path("executions", execution), {"wait": seconds})
        return _read_report(await self._send(call, wait + _ANSWER))

    async def listen(
        self, execution: str, after: str | None, hear: Callable[[ServerSentEvent], None]
    ) -> None:
        """Hear what happens, from the event with the id `after` on, until the stream ends."""
        call = Call("GET", path("executions", execution, "events"))
        headers = {"accept": "text/event-stream", "cache-control": "no-store"}
        if after is not None:
            headers["last-event-id"] = after
        try:
            async with self._client.stream(
                call.method, self._account.url(call.target), headers=headers
            ) as response:
                await self._hear_out(response, hear)
        except SSEError as error:
            raise ServiceAway(str(error)) from error
        except TRANSPORT_ERRORS as error:
            raise self._absence(error, call) from error

    async def _hear_out(
        self, response: httpx.Response, hear: Callable[[ServerSentEvent], None]
    ) -> None:
        if not response.is_success:
            await response.aread()
            raise self._failure_of(response)
        async with aclosing(EventSource(response).aiter_sse()) as events:
            async for event in events:
                hear(event)

    async def _send(
        self, call: Call, within: timedelta, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        url = self._account.url(call.target)
        try:
            # httpx bounds only the time between two bytes; this bounds the whole.
            with anyio.fail_after(within.total_seconds()):
                response = await self._client.request(
                    call.method,
                    url,
                    json=call.body,
                    headers=headers,
                    timeout=within.total_seconds(),
                )
        except TimeoutError as error:
            seconds = within.total_seconds()
            raise ServiceAway(
                f"no complete answer from {self._account.origin} within {seconds:g} s"
            ) from error
        except TRANSPORT_ERRORS as error:
            raise self._absence(error, call) from error
        if not response.is_success:
            raise self._failure_of(response)
        return response

    def _failure_of(self, response: httpx.Response) -> ServiceAway | ServiceRefused:
        return failure_of(response, has_token=bool(self._account.headers))

    def _absence(self, error: Exception, call: Call) -> ServiceAway:
        return ServiceAway(self._translator.fault_of_error(error, call).message)


def _read_report(response: httpx.Response) -> ExecutionReport:
    try:
        # A newer service may tell more than this client knows.
        return ExecutionReport.model_validate_json(response.content, extra="ignore")
    except ValidationError:
        raise no_answer_of_ours(response, "the answer is no report") from None

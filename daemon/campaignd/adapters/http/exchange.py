"""One request, one complete answer, under one hard deadline."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import anyio
import httpx
import structlog

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Answer, Call
from campaignd.adapters.http.patience import read_http_date
from campaignd.adapters.http.skew import clock_skew
from campaignd.adapters.http.translation import TIMEOUTS, TRANSPORT_ERRORS, Translator
from campaignd.engine.faults import NotSent, VendorFault

log = structlog.get_logger()

LARGEST_BODY = 64 * 1024 * 1024
_LARGEST_COMPLAINT = 64 * 1024
# The status has told all that counts: an error's body is not worth a long wait.
_COMPLAINT_WAIT = 2.0


class Exchange:
    """Sends each call once and translates whatever happens.

    `requests` counts what was sent, `outcomes` what came of it: the answer's status, or
    `not_sent`, `timeout`, `broken`, `cancelled`. `clock_skew` is the vendor's clock minus ours.
    """

    def __init__(
        self, account: VendorAccount, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self.requests = 0
        self.outcomes: Counter[str] = Counter()
        self.clock_skew = timedelta()
        self.account = account
        self._client = client
        self._now = now
        self._translator = Translator(account, now)

    async def send(self, call: Call) -> Answer:
        """Raises a VendorFault for everything but a complete answer with a status of success."""
        self.requests += 1
        outcome = "cancelled"
        try:
            answer = await self._send(call)
            outcome = str(answer.status)
        except VendorFault as fault:
            outcome = str(fault.status or _name_break(fault))
            raise
        finally:
            self.outcomes[outcome] += 1
        return answer

    async def _send(self, call: Call) -> Answer:
        try:
            # httpx bounds only the time between two bytes; this bounds the whole.
            with anyio.fail_after(self.account.timeout.total_seconds()):
                return await self._converse(call)
        except TRANSPORT_ERRORS as error:
            fault = self._translator.fault_of_error(error, call)
            log.debug(
                "vendor request broke", vendor=fault.vendor, request=str(call), why=str(fault)
            )
            raise fault from error

    async def _converse(self, call: Call) -> Answer:
        sent = self._now()
        url = self.account.url(call.target)
        content = bytearray()
        async with self._client.stream(call.method, url, json=call.body) as response:
            self._learn(call, response, sent)
            if not response.is_success:
                complaint = await _read_complaint(response)
                raise self._translator.fault_of_answer(response, complaint, call)
            is_whole = await _pour(response, content, LARGEST_BODY)
        request_id = self._translator.request_id(response)
        answer = Answer(self.account, call, response.status_code, bytes(content), request_id)
        if not is_whole:
            raise answer.unusable(f"the answer is larger than {LARGEST_BODY // 2**20} MiB")
        return answer

    def _learn(self, call: Call, response: httpx.Response, sent: datetime) -> None:
        received = self._now()
        date = read_http_date(response.headers.get("date", ""))
        if date is not None:
            self.clock_skew = clock_skew(date, sent, received)
        log.debug(
            "vendor answered",
            vendor=self.account.vendor,
            request=str(call),
            status=response.status_code,
            seconds=round((received - sent).total_seconds(), 3),
            request_id=self._translator.request_id(response),
        )


def _name_break(fault: VendorFault) -> str:
    """Say in a word why there is no status."""
    if isinstance(fault, NotSent):
        return "not_sent"
    return "timeout" if isinstance(fault.__cause__, TIMEOUTS) else "broken"


async def _pour(response: httpx.Response, content: bytearray, most: int) -> bool:
    """Read the body into `content`; False if there was more than `most` bytes."""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > most:
            return False
    return True


async def _read_complaint(response: httpx.Response) -> bytes:
    """As much of an error's body as comes in time; a broken one must not hide the status."""
    content = bytearray()
    with anyio.move_on_after(_COMPLAINT_WAIT), suppress(*TRANSPORT_ERRORS):
        await _pour(response, content, _LARGEST_COMPLAINT)
    return bytes(content)

"""Everything that httpx can raise and HTTP can answer, as one of the engine's faults."""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from socket import gaierror

import httpx

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.patience import read_http_date, read_retry_after
from campaignd.adapters.http.wording import one_line, shorten, words_of
from campaignd.engine.faults import (
    AccessRefused,
    AnswerUnusable,
    KeyRefused,
    NotFound,
    NotSent,
    RemoteRejected,
    RemoteUnavailable,
    VendorFault,
)

TRANSPORT_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    TimeoutError,
    OSError,
)
"""All that an exchange can raise beside a cancellation; subclasses follow their parents."""

TIMEOUTS = (httpx.TimeoutException, TimeoutError)

_FAULTS: Mapping[type[Exception], type[VendorFault]] = {
    # Raised only before the first byte of a request is written.
    httpx.ConnectError: NotSent,
    httpx.ConnectTimeout: NotSent,
    httpx.PoolTimeout: NotSent,
    # Nothing was sent either, and sending it again would end the same way.
    httpx.InvalidURL: RemoteRejected,
    httpx.UnsupportedProtocol: RemoteRejected,
    # An answer came and its body could not be unpacked.
    httpx.DecodingError: AnswerUnusable,
}
_STATUSES: Mapping[int, type[VendorFault]] = {
    HTTPStatus.UNAUTHORIZED: KeyRefused,
    HTTPStatus.FORBIDDEN: AccessRefused,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_TIMEOUT: RemoteUnavailable,
    HTTPStatus.TOO_MANY_REQUESTS: RemoteUnavailable,
}
_LONGEST_REQUEST_ID = 100


def fault_class(error: Exception) -> type[VendorFault]:
    """The fault of the nearest known ancestor; what is not known leaves the outcome open."""
    for ancestor in type(error).__mro__:
        if issubclass(ancestor, Exception) and ancestor in _FAULTS:
            return _FAULTS[ancestor]
    return RemoteUnavailable


@dataclass(frozen=True, slots=True)
class Translator:
    """Speaks of one vendor; no message it makes holds a key or is longer than 500 characters."""

    account: VendorAccount
    now: Callable[[], datetime]

    def fault_of_error(self, error: Exception, call: Call) -> VendorFault:
        return fault_class(error)(
            self.account.vendor, str(call), self._present(self._words_of_error(error))
        )

    def fault_of_answer(self, response: httpx.Response, body: bytes, call: Call) -> VendorFault:
        """Of any status but success."""
        words = words_of(body)
        if response.is_redirect:
            words = _words_of_redirect(response.headers.get("location", ""))
        fault = _class_of_status(response.status_code)(
            self.account.vendor,
            str(call),
            self._present(words or _phrase(response.status_code)),
            status=response.status_code,
            request_id=self.request_id(response),
        )
        if isinstance(fault, RemoteUnavailable):
            fault.retry_after = read_retry_after(
                response.headers.get("retry-after"), self._vendor_time(response)
            )
        return fault

    def request_id(self, response: httpx.Response) -> str | None:
        headers = response.headers
        text = headers.get("x-request-id") or headers.get("x-amzn-requestid")
        return shorten(self.account.redact(one_line(text)), _LONGEST_REQUEST_ID) if text else None

    def _words_of_error(self, error: Exception) -> str:
        where = self.account.origin
        detail = (str(error) or type(error).__name__).rstrip(".")
        match error:
            case httpx.ConnectTimeout():
                return f"no connection to {where} in time"
            case httpx.ConnectError() if isinstance(_root(error), ssl.SSLError):
                return f"no secure connection to {where}: {detail}; is https right for it?"
            case httpx.ConnectError():
                return f"no connection to {where}: {_reason(_root(error)) or detail}"
            case httpx.InvalidURL() | httpx.UnsupportedProtocol():
                return f"the address cannot be used: {detail}; check the base URL"
            case TimeoutError():
                seconds = self.account.timeout.total_seconds()
                return f"no complete answer from {where} within {seconds:g} s"
            case httpx.TimeoutException():
                return f"{where} stopped answering"
            case httpx.DecodingError():
                return f"the body cannot be unpacked: {detail}"
            case _:
                return f"the connection to {where} broke: {detail}"

    def _vendor_time(self, response: httpx.Response) -> datetime:
        """By the vendor's own clock where it shows one: its Retry-After dates are told by that."""
        return read_http_date(response.headers.get("date", "")) or self.now()

    def _present(self, words: str) -> str:
        return shorten(self.account.redact(one_line(words)))


def _class_of_status(status: int) -> type[VendorFault]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RemoteUnavailable
    return _STATUSES.get(status, RemoteRejected)


def _words_of_redirect(location: str) -> str:
    place = location.partition("?")[0].partition("#")[0] or "elsewhere"
    return f"redirects to {place}, which is not followed: check the base URL"


def _phrase(status: int) -> str:
    try:
        return f"{HTTPStatus(status).phrase} (no further words)"
    except ValueError:
        return "no further words"


def _reason(error: BaseException) -> str | None:
    """The system's own words, such as "Connection refused"."""
    if not isinstance(error, OSError):
        return None
    if isinstance(error, gaierror):  # its numbers are not the system's
        return error.strerror
    return os.strerror(error.errno) if error.errno else None


def _root(error: BaseException) -> BaseException:
    # Not by __context__: that can lead to whatever our caller was handling.
    while (inner := error.__cause__ or _wrapped(error)) is not None:
        error = inner
    return error


def _wrapped(error: BaseException) -> BaseException | None:
    """What it was raised for: httpcore drops the cause, but keeps it as argument."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, BaseException) else None

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.translation import TRANSPORT_ERRORS, Translator, fault_class
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

NOW = datetime(2026, 11, 2, 8, 0, 0, tzinfo=UTC)
CALL = Call("POST", "/runs", {"filter": "secret"})
REQUEST = httpx.Request("POST", "https://api.test/v1/runs")
EXPORTED = [
    error
    for name in httpx.__all__
    if inspect.isclass(error := getattr(httpx, name)) and issubclass(error, Exception)
]
NOTHING_WAS_SENT = {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout}
WILL_NEVER_WORK = {httpx.InvalidURL, httpx.UnsupportedProtocol}


@pytest.fixture
def translator(account: Callable[..., VendorAccount]) -> Translator:
    return Translator(account("https://api.test/v1"), lambda: NOW)


def instance_of(error: type[Exception]) -> Exception:
    if error is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("words", request=REQUEST, response=httpx.Response(500))
    if issubclass(error, httpx.StreamError) and error is not httpx.StreamError:
        return error()
    return error("words")


@pytest.mark.parametrize("error", [pytest.param(error, id=error.__name__) for error in EXPORTED])
def test_every_exception_of_httpx_is_caught_and_mapped(
    translator: Translator, error: type[Exception]
) -> None:
    assert issubclass(error, TRANSPORT_ERRORS)
    fault = translator.fault_of_error(instance_of(error), CALL)
    assert isinstance(fault, NotSent) is (error in NOTHING_WAS_SENT)
    assert isinstance(fault, RemoteRejected) is (error in WILL_NEVER_WORK)
    assert fault.request == "POST /runs"
    assert fault.message


def test_an_exception_yet_unknown_leaves_the_outcome_open() -> None:
    class NewTimeout(httpx.TimeoutException): ...

    class NewConnectError(httpx.ConnectError): ...

    assert fault_class(NewTimeout("")) is RemoteUnavailable
    assert fault_class(NewConnectError("")) is NotSent


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(301, RemoteRejected, id="moved"),
        pytest.param(304, RemoteRejected, id="not modified"),
        pytest.param(400, RemoteRejected, id="bad request"),
        pytest.param(401, KeyRefused, id="no key"),
        pytest.param(403, AccessRefused, id="forbidden"),
        pytest.param(404, NotFound, id="not found"),
        pytest.param(408, RemoteUnavailable, id="request timeout"),
        pytest.param(409, RemoteRejected, id="conflict"),
        pytest.param(412, RemoteRejected, id="precondition"),
        pytest.param(429, RemoteUnavailable, id="too many"),
        pytest.param(499, RemoteRejected, id="unheard-of refusal"),
        pytest.param(500, RemoteUnavailable, id="internal"),
        pytest.param(503, RemoteUnavailable, id="unavailable"),
        pytest.param(599, RemoteUnavailable, id="unheard-of trouble"),
    ],
)
def test_every_status_has_its_fault(
    translator: Translator, status: int, expected: type[VendorFault]
) -> None:
    fault = translator.fault_of_answer(httpx.Response(status), b"", CALL)
    assert type(fault) is expected
    assert fault.status == status
    assert str(fault).startswith(f"Coval answered {status} to POST /runs: ")
    assert fault.message


def test_a_redirect_says_where_it_leads_and_what_to_check(translator: Translator) -> None:
    response = httpx.Response(302, headers={"location": "https://login.test/in?token=abc#x"})
    fault = translator.fault_of_answer(response, b"<html>Found</html>", CALL)
    assert fault.message == (
        "redirects to https://login.test/in, which is not followed: check the base URL"
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"x-request-id": "r-1", "x-amzn-requestid": "a-1"}, "r-1", id="both"),
        pytest.param({"x-amzn-requestid": "a-1"}, "a-1", id="gateway's own"),
        pytest.param({}, None, id="none"),
        pytest.param({"x-request-id": "r" * 200}, "r" * 99 + "…", id="endless"),
    ],
)
def test_the_request_id_is_kept(
    translator: Translator, headers: dict[str, str], expected: str | None
) -> None:
    fault = translator.fault_of_answer(httpx.Response(500, headers=headers), b"", CALL)
    assert fault.request_id == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param({"retry-after": "Mon, 02 Nov 2026 08:00:30 GMT"}, 30, id="our clock"),
        pytest.param(
            {
                "retry-after": "Mon, 02 Nov 2026 08:00:30 GMT",
                "date": "Mon, 02 Nov 2026 08:00:25 GMT",
            },
            5,
            id="the vendor's clock",
        ),
    ],
)
def test_the_wish_to_wait_is_kept(
    translator: Translator, headers: dict[str, str], expected: float
) -> None:
    fault = translator.fault_of_answer(httpx.Response(503, headers=headers), b"", CALL)
    assert isinstance(fault, RemoteUnavailable)
    assert fault.retry_after == timedelta(seconds=expected)


def test_no_message_holds_the_key_even_where_it_would_be_cut(
    translator: Translator, key: str
) -> None:
    body = f"{'x' * 490} {key}".encode()
    fault = translator.fault_of_answer(httpx.Response(401), body, CALL)
    assert key[:8] not in str(fault)
    assert len(fault.message) <= 500
    broken = translator.fault_of_error(httpx.ReadError(f"bad header {key}"), CALL)
    assert key not in str(broken)


def test_an_undocumented_body_that_cannot_be_unpacked_is_unusable(translator: Translator) -> None:
    assert isinstance(translator.fault_of_error(httpx.DecodingError("x"), CALL), AnswerUnusable)


def test_a_full_stop_of_the_library_is_not_repeated(translator: Translator) -> None:
    fault = translator.fault_of_error(httpx.RemoteProtocolError("Server disconnected."), CALL)
    assert str(fault).endswith("broke: Server disconnected")

import json
import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from standardwebhooks import Webhook

from campaignd.adapters.webhooks.outcomes import Accepted, Disabled, Refused, Retry
from campaignd.adapters.webhooks.sender import Letter, WebhookSender, parse_retry_after
from campaignd.adapters.webhooks.signing import parse_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
BODY = '{"type":"execution.finished","data":"é"}'
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)

Serve = Callable[..., Any]


def answer(status: str, body: str = "", **headers: str) -> bytes:
    given = {"content-length": str(len(body)), "connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n{body}".encode()


async def test_a_message_is_posted_and_its_signature_verifies(receiver: Serve) -> None:
    now = datetime.now(UTC)
    async with receiver(answer("204 No Content")) as server:
        outcome = await open_sender().send(
            Letter("msg_1", server.url(), BODY, parse_secret(SECRET)), now
        )
    assert outcome == Accepted(204, "answered 204")
    assert server.requests[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert server.headers()["content-type"] == "application/json"
    assert server.headers()["user-agent"].startswith("campaignd/")
    assert Webhook(SECRET).verify(server.body(), server.headers()) == json.loads(BODY)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        pytest.param("200 OK", "", Accepted(200, "answered 200"), id="200"),
        pytest.param("299 Whatever", "", Accepted(299, "answered 299"), id="any 2xx"),
        pytest.param(
            "410 Gone", "no_service", Disabled(410, "{origin} answered 410: no_service"), id="410"
        ),
        pytest.param("500 Oops", "", Retry("{origin} answered 500", 500), id="a server's trouble"),
        pytest.param(
            "400 Bad Request",
            "invalid_\x1b[31mpayload",
            Retry("{origin} answered 400: invalid_[31mpayload", 400),
            id="a refusal, with the receiver's words made harmless",
        ),
        pytest.param(
            "404 Not Found",
            "no route /hook/T0/SECRET?k=v",
            Retry("{origin} answered 404: no route …", 404),
            id="an answer that repeats the address",
        ),
    ],
)
async def test_an_answer_decides_what_follows(
    receiver: Serve, status: str, body: str, outcome: Any
) -> None:
    async with receiver(answer(status, body)) as server:
        got = await open_sender().send(letter(server.url("/hook/T0/SECRET?k=v")), NOW)
    detail = outcome.detail.replace("{origin}", f"http://127.0.0.1:{server.port}")
    assert type(got) is type(outcome)
    assert (got.status, got.detail) == (outcome.status, detail)


async def test_a_redirect_is_not_followed(receiver: Serve) -> None:
    async with (
        receiver(answer("200 OK")) as other,
        receiver(answer("302 Found", location=other.url())) as server,
    ):
        outcome = await open_sender().send(letter(server.url()), NOW)
    assert isinstance(outcome, Retry)
    assert "redirects are not followed" in outcome.detail
    assert other.connections == 0


@pytest.mark.parametrize(
    ("header", "after"),
    [
        pytest.param("120", timedelta(minutes=2), id="seconds"),
        pytest.param("Sun, 22 Nov 2026 03:05:00 GMT", timedelta(minutes=5), id="a date"),
        pytest.param("Sun, 22 Nov 2026 02:00:00 GMT", None, id="a date in the past"),
        pytest.param("soon", None, id="neither"),
        pytest.param("", None, id="nothing"),
        pytest.param("9" * 400, timedelta(seconds=10**9), id="a number beyond all bounds"),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str, after: timedelta | None) -> None:
    assert parse_retry_after(header, NOW) == after


async def test_the_receivers_wish_is_passed_on(receiver: Serve) -> None:
    async with receiver(answer("429 Too Many", retry_after="30")) as server:
        outcome = await open_sender().send(letter(server.url()), NOW)
    assert isinstance(outcome, Retry)
    assert outcome.after == timedelta(seconds=30)


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx-slow: ", id="headers that never end"),
    ],
)
async def test_a_receiver_that_drips_is_left_at_the_deadline(receiver: Serve, begun: bytes) -> None:
    sender = WebhookSender(allow_private=True, deadline=timedelta(seconds=0.3))
    with anyio.fail_after(3):
        async with receiver(begun, drip=0.02) as server:
            outcome = await sender.send(letter(server.url()), NOW)
    assert isinstance(outcome, Retry)
    assert "did not answer within 0.3 s" in outcome.detail


async def test_an_acceptance_counts_though_its_body_drips(receiver: Serve) -> None:
    with anyio.fail_after(3):
        async with receiver(b"HTTP/1.1 200 OK\r\n\r\n", drip=0.02) as server:
            outcome = await open_sender().send(letter(server.url()), NOW)
    assert outcome == Accepted(200, "answered 200")


@pytest.mark.parametrize(
    ("garbage", "detail"),
    [
        pytest.param(b"SMTP ready\r\n\r\n", "the connection broke before the answer", id="garbage"),
        pytest.param(b"", "the connection broke before the answer", id="a hang-up"),
    ],
)
async def test_what_is_no_answer_is_tried_again(
    receiver: Serve, garbage: bytes, detail: str
) -> None:
    async with receiver(garbage) as server:
        outcome = await open_sender().send(letter(server.url()), NOW)
    assert outcome == Retry(f"http://127.0.0.1:{server.port}: {detail}")


async def test_a_receiver_that_is_down_is_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        outcome = await open_sender().send(letter(f"http://127.0.0.1:{port}/"), NOW)
    assert isinstance(outcome, Retry)
    assert "no connection" in outcome.detail


async def test_a_private_receiver_is_not_even_connected_to(
    receiver: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(_host: str, port: int, **_: object) -> list[Any]:
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    async with receiver(answer("200 OK")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", found)
        outcome = await WebhookSender().send(letter(server.url(host="evil.example")), NOW)
    assert isinstance(outcome, Refused)
    assert server.connections == 0


async def test_a_receiver_behind_a_name_sees_the_name(receiver: Serve) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with receiver(answer("200 OK")) as server:
        sender = WebhookSender(allow_private=True, resolve=resolve)
        outcome = await sender.send(letter(server.url(host="ci.internal")), NOW)
    assert outcome == Accepted(200, "answered 200")
    assert server.headers()["host"] == f"ci.internal:{server.port}"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("ftp://example.com/", id="another scheme"),
        pytest.param("hooks.example.com", id="no scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("http://127.0.0.1:99999/", id="no such port"),
        pytest.param("http://xn--/", id="no such name"),
        pytest.param("http://exa\nmple.com/", id="a line end"),
        pytest.param("", id="nothing"),
    ],
)
async def test_an_unusable_address_is_refused(address: str) -> None:
    outcome = await open_sender().send(letter(address), NOW)
    assert outcome == Refused("the address is not an http or https URL")


async def test_a_secret_address_is_never_logged(
    receiver: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiver(answer("200 OK")) as server:
        sent = letter(server.url("/services/T0/B0/SECRET?token=SECRET"))
        await open_sender().send(sent, NOW)
    assert "SECRET" not in caplog.text
    assert "SECRET" not in repr(sent)


def open_sender() -> WebhookSender:
    return WebhookSender(allow_private=True)


def letter(address: str) -> Letter:
    return Letter("msg_1", address, BODY)

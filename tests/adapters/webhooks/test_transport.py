"""No packet of these tests leaves the process: connections are made by a recorder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from campaignd.adapters.webhooks.outcomes import Accepted, Outcome, Refused, Retry
from campaignd.adapters.webhooks.sender import Letter, WebhookSender

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
PUBLIC, OTHER, V6 = "93.184.216.34", "93.184.216.35", "2606:4700::1111"


@dataclass
class Names:
    """A name server with an answer for each time it is asked; the last one is repeated."""

    answers: list[Sequence[str]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if not answer:
            raise OSError
        return answer


@dataclass
class Recorder(httpx.AsyncBaseTransport):
    """Keeps every attempt to connect, and lets only some addresses answer."""

    dead: Sequence[str] = ()
    broken: Sequence[str] = ()
    location: str | None = None
    requests: list[httpx.Request] = field(default_factory=list)

    @property
    def connected(self) -> list[str]:
        return [request.url.host for request in self.requests]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self.dead:
            raise httpx.ConnectTimeout("out of reach")
        if request.url.host in self.broken:
            raise httpx.ReadError("reset")
        if self.location is not None:
            headers = {"location": self.location}
            return httpx.Response(307, headers=headers, stream=httpx.ByteStream(b""))
        return httpx.Response(204)


async def send(address: str, names: Names, recorder: Recorder, **options: Any) -> Outcome:
    sender = WebhookSender(resolve=names, connect=lambda: recorder, **options)
    return await sender.send(Letter("msg_1", address, "{}"), NOW)


@pytest.mark.parametrize(
    "ips",
    [
        pytest.param(["127.0.0.1"], id="loopback"),
        pytest.param(["10.0.0.1", "fd00::1"], id="two private ones"),
        pytest.param(["169.254.169.254"], id="a cloud's metadata"),
        pytest.param(["::ffff:10.0.0.1"], id="private, mapped"),
    ],
)
async def test_a_name_of_private_addresses_is_refused_before_anything_connects(
    ips: list[str],
) -> None:
    recorder = Recorder()
    outcome = await send("https://evil.example/hook?token=SECRET", Names([ips]), recorder)
    assert isinstance(outcome, Refused)
    assert "ALLOW_PRIVATE" in outcome.detail
    assert "SECRET" not in outcome.detail
    assert recorder.connected == []


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("[::1]", id="loopback of version 6"),
        pytest.param("[::ffff:127.0.0.1]", id="loopback, mapped"),
        pytest.param("169.254.169.254", id="link-local, where clouds keep credentials"),
        pytest.param("2130706433", id="loopback as one number"),
        pytest.param("0x7f.1", id="loopback in hexadecimal"),
        pytest.param("localhost", id="a name of loopback"),
    ],
)
async def test_private_addresses_in_any_writing_are_refused_before_anything_connects(
    host: str,
) -> None:
    recorder = Recorder()
    sender = WebhookSender(connect=lambda: recorder)
    outcome = await sender.send(Letter("msg_1", f"http://{host}:9/hook", "{}"), NOW)
    assert isinstance(outcome, Refused)
    assert recorder.connected == []


async def test_a_name_is_asked_once_and_the_address_that_was_judged_is_connected_to() -> None:
    names, recorder = Names([[PUBLIC], ["127.0.0.1"]]), Recorder()
    outcome = await send("https://evil.example/hook", names, recorder)
    assert isinstance(outcome, Accepted)
    assert names.asked == [("evil.example", 443)]
    assert recorder.connected == [PUBLIC]


async def test_the_next_attempt_asks_anew() -> None:
    names, recorder = Names([[PUBLIC], ["127.0.0.1"]]), Recorder()
    sender = WebhookSender(resolve=names, connect=lambda: recorder)
    letter = Letter("msg_1", "https://evil.example/hook", "{}")
    assert isinstance(await sender.send(letter, NOW), Accepted)
    assert isinstance(await sender.send(letter, NOW), Refused)
    assert recorder.connected == [PUBLIC]


async def test_of_mixed_addresses_only_the_public_ones_are_tried() -> None:
    recorder = Recorder(dead=[PUBLIC])
    await send("https://x.example/", Names([["10.0.0.1", PUBLIC, "::1"]]), recorder)
    assert recorder.connected == [PUBLIC]


async def test_with_leave_private_addresses_are_connected_to() -> None:
    recorder = Recorder()
    outcome = await send("http://ci.internal/", Names([["10.0.0.1"]]), recorder, allow_private=True)
    assert isinstance(outcome, Accepted)
    assert recorder.connected == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("address", "host", "asked"),
    [
        pytest.param("https://x.example/a?b=c", "x.example", ("x.example", 443), id="a name"),
        pytest.param("http://x.example:8080/", "x.example:8080", ("x.example", 8080), id="a port"),
        pytest.param("https://[2606:4700::1111]/", "[2606:4700::1111]", (V6, 443), id="version 6"),
        pytest.param(
            "https://bücher.example/",
            "xn--bcher-kva.example",
            ("xn--bcher-kva.example", 443),
            id="letters beyond ASCII",
        ),
    ],
)
async def test_the_receiver_sees_its_name_and_certificates_are_checked_against_it(
    address: str, host: str, asked: tuple[str, int]
) -> None:
    names, recorder = Names([[V6]]), Recorder()
    await send(address, names, recorder)
    (request,) = recorder.requests
    assert names.asked == [asked]
    assert request.headers["host"] == host
    assert request.extensions["sni_hostname"] == asked[0]
    assert (request.url.host, request.url.path) == (V6, httpx.URL(address).path)


async def test_where_one_address_is_out_of_reach_the_next_is_tried_in_time() -> None:
    recorder = Recorder(dead=[V6])
    outcome = await send("https://x.example/", Names([[V6, PUBLIC]]), recorder)
    assert isinstance(outcome, Accepted)
    assert recorder.connected == [V6, PUBLIC]
    assert {request.extensions["timeout"]["connect"] for request in recorder.requests} == {10}


async def test_once_connected_no_other_address_is_tried() -> None:
    recorder = Recorder(broken=[PUBLIC])
    outcome = await send("https://x.example/", Names([[PUBLIC, OTHER]]), recorder)
    assert outcome == Retry("https://x.example: the connection broke before the answer")
    assert recorder.connected == [PUBLIC]


async def test_at_most_four_addresses_of_a_name_are_tried() -> None:
    many = [f"93.184.216.{number}" for number in range(1, 9)]
    recorder = Recorder(dead=many)
    outcome = await send("https://x.example/", Names([many]), recorder)
    assert isinstance(outcome, Retry)
    assert recorder.connected == many[:4]


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:8321/", "https://y.example/"],
)
async def test_a_redirect_leads_nowhere(location: str) -> None:
    names, recorder = Names([[PUBLIC]]), Recorder(location=location)
    outcome = await send("https://x.example/", names, recorder)
    assert isinstance(outcome, Retry)
    assert "redirects are not followed" in outcome.detail
    assert (recorder.connected, len(names.asked)) == ([PUBLIC], 1)


async def test_a_name_that_is_not_found_now_is_tried_again() -> None:
    recorder = Recorder()
    outcome = await send("https://x.example/", Names([[]]), recorder)
    assert outcome == Retry("https://x.example: there is no such name, or nobody answers for it")
    assert recorder.connected == []

"""What goes over the wire, and what answers are read as."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from tests.adapters.remote.scripted import EXECUTION, RESET, ScriptedService, problem, report

from campaignd.adapters.http.account import AccountInvalid
from campaignd.adapters.remote.faults import NotTheService, ServiceAway, ServiceRefused
from campaignd.adapters.remote.service import Order, Service
from campaignd.core.verdicts import Verdict

TOKEN = "cd_token_of_tests"  # noqa: S105  # nobody's


async def read(service: ScriptedService, token: str | None = TOKEN) -> Any:
    async with Service(service.url, token) as remote:
        return await remote.read(EXECUTION, timedelta())


async def test_an_order_names_the_campaign_in_its_path_and_sends_only_what_was_asked(
    service: ScriptedService,
) -> None:
    async with Service(service.url, TOKEN) as remote:
        placed = await remote.begin(
            Order("key-1", name="nightly", labels={"commit": "abc"}, iterations=2)
        )
    assert placed.execution == EXECUTION
    assert service.orders == {"key-1": {"labels": {"commit": "abc"}, "options": {"iterations": 2}}}
    assert service.requests("order")[0]["authorization"] == f"Bearer {TOKEN}"


async def test_a_file_is_sent_as_text_with_its_name(service: ScriptedService) -> None:
    order = Order("k", text="version: 1", source="a/smoke.yaml", inputs={"agent_id": "x"})
    assert order.call().path == "/executions"
    async with Service(service.url, TOKEN) as remote:
        await remote.begin(order)
    assert service.orders["k"] == {
        "campaign": "version: 1",
        "source": "a/smoke.yaml",
        "inputs": {"agent_id": "x"},
    }


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    assert Order("k", name="../tokens?x=#").call().path == (
        "/campaigns/..%2Ftokens%3Fx%3D%23/executions"
    )


async def test_what_a_newer_service_tells_beside_the_report_is_left_alone(
    service: ScriptedService,
) -> None:
    newer = report("passed") | {"weather": "fine"}
    newer["cells"][0]["mood"] = "good"
    service.faults["read"] = [JSONResponse(newer)]
    assert (await read(service)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("answer", "sentences"),
    [
        pytest.param(
            problem(401, "the token is revoked"),
            ["does not accept the token: the token is revoked", "Set CAMPAIGND_TOKEN to one"],
            id="401 says which token to set",
        ),
        pytest.param(
            problem(403, "this needs submit"),
            ["does not allow this: this needs submit", "`submit` to begin a file's"],
            id="403 says which scope",
        ),
        pytest.param(
            problem(404, "there is no execution like that"),
            ["there is no execution like that"],
            id="404",
        ),
        pytest.param(
            problem(421, "unknown host"),
            ["does not answer to the name in CAMPAIGND_URL", "CAMPAIGND_API__PUBLIC_URL"],
            id="421 says what to set on the service",
        ),
        pytest.param(
            problem(422, "invalid", mistakes=["a.yaml:1:2: no", "a.yaml:3:4: no\x1b[31m"]),
            ["a.yaml:1:2: no", "a.yaml:3:4: no [31m", "2 mistakes; nothing was launched"],
            id="422 lists the mistakes",
        ),
        pytest.param(problem(413, "too large"), ["too large"], id="413"),
    ],
)
async def test_a_problem_becomes_sentences_that_say_what_to_do(
    service: ScriptedService, answer: Any, sentences: list[str]
) -> None:
    service.faults["read"] = [answer]
    with pytest.raises(ServiceRefused) as refused:
        await read(service)
    for expected, sentence in zip(sentences, refused.value.sentences, strict=True):
        assert expected in sentence
    assert TOKEN not in str(refused.value)


async def test_without_a_token_a_401_says_how_to_get_one(service: ScriptedService) -> None:
    service.faults["read"] = [problem(401, "who are you?")]
    with pytest.raises(ServiceRefused, match="wants a token\nSet CAMPAIGND_TOKEN; where"):
        await read(service, token=None)
    assert "authorization" not in service.requests("read")[0]


@pytest.mark.parametrize(
    ("answer", "why", "retry_after"),
    [
        pytest.param(problem(429, "slow", {"retry-after": "7"}), "429: slow", 7, id="429"),
        pytest.param(problem(503, "stopping"), "503: stopping", None, id="503"),
        pytest.param(HTMLResponse("<h1>Bad gateway", 502), "502: no further", None, id="a proxy"),
        pytest.param(RESET, "the connection to 127.0.0.1:.* broke", None, id="a reset"),
    ],
)
async def test_what_may_be_over_soon_is_an_absence(
    service: ScriptedService, answer: Any, why: str, retry_after: int | None
) -> None:
    service.faults["read"] = [answer]
    with pytest.raises(ServiceAway, match=why) as away:
        await read(service)
    assert not isinstance(away.value, NotTheService)
    assert away.value.retry_after == (retry_after and timedelta(seconds=retry_after))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HTMLResponse("<h1>Log in"), id="a login page"),
        pytest.param(HTMLResponse("not here", 404), id="404 of something else"),
        pytest.param(RedirectResponse("https://sso.example.com/?from=x"), id="a redirect"),
        pytest.param(JSONResponse({"hello": "world"}), id="other JSON"),
        pytest.param(JSONResponse({"detail": "no"}, 401), id="401 without a problem document"),
    ],
)
async def test_what_no_campaignd_would_say_asks_for_the_address(
    service: ScriptedService, answer: Any
) -> None:
    service.faults["read"] = [answer]
    with pytest.raises(
        NotTheService, match=re.escape("is there a proxy or a login page in between?")
    ):
        await read(service)


async def test_a_service_that_stops_answering_is_an_absence() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    async with Service("http://test", None, transport=httpx.MockTransport(never)) as remote:
        with pytest.raises(ServiceAway, match="test stopped answering"):
            await remote.read(EXECUTION, timedelta())


def test_a_token_that_cannot_be_sent_is_refused_without_being_shown() -> None:
    with pytest.raises(AccountInvalid) as refused:
        Service("http://test", "two words\n")
    assert "words" not in str(refused.value)

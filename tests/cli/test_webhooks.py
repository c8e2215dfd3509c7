"""Webhooks of `run`, at a receiver on this machine."""

import json
import time
from typing import Any

import pytest
from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  # of a test


@pytest.fixture
def hook(home: Any) -> Any:
    """Add webhooks to the campaign and let them go to this machine."""

    def add(*webhooks: str) -> None:
        text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
        home.write("smoke.yaml", f"{text}report: {{webhooks: [{', '.join(webhooks)}]}}\n")
        home.environment |= {
            "CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE": "true",
            "CAMPAIGND_SECRET_CI_WEBHOOK": SECRET,
        }

    return add


def events(receiver: Any) -> list[tuple[str, str | None]]:
    messages = [json.loads(body) for _, body in receiver.received]
    return [(message["type"], message["data"]["verdict"]) for message in messages]


def test_the_message_is_signed_by_the_standard_and_carries_the_report(
    campaignd: Any, home: Any, brisk: Any, hook: Any, receiver: Any
) -> None:
    received = receiver()
    hook(f'{{url: "{received.url}", secret: ci-webhook}}')
    done = campaignd("run", "smoke.yaml", "--json")
    assert done.status == 0
    ((headers, body),) = received.received
    message = Webhook(SECRET).verify(body, headers)
    assert message["type"] == "execution.finished"
    told = {key: message["data"][key] for key in ("execution", "verdict", "exit_status", "gates")}
    assert told == {key: done.json[key] for key in told}


def test_no_secret_is_ever_written_or_shown(
    campaignd: Any, home: Any, brisk: Any, hook: Any, receiver: Any
) -> None:
    received = receiver()
    home.environment |= {
        "CAMPAIGND_LOG__LEVEL": "debug",
        "CAMPAIGND_SECRET_PLACE": received.url,
    }
    hook("{url_secret: place, secret: ci-webhook}")
    forms = ("junit", "markdown", "html", "csv")
    reports = [part for form in forms for part in (f"--{form}", f"report.{form}")]
    done = campaignd("run", "smoke.yaml", *reports)
    shown = done.out + done.err
    for command in (("list",), ("show", "01"), ("show", "01", "--log"), ("export", "01")):
        looked = campaignd(*command)
        shown += looked.out + looked.err
    assert len(received.received) == 1
    assert "vendor answered" in home.log
    written = home.everything_written() + shown.encode()
    keys = (home.environment["COVAL_API_KEY"], home.environment["COTOOL_API_KEY"])
    for secret in (*keys, SECRET, SECRET.removeprefix("whsec_"), "secret-path"):
        assert secret.encode() not in written


@pytest.mark.parametrize("status", [500, 410])
def test_a_receiver_that_refuses_alters_nothing_and_delays_little(
    campaignd: Any, brisk: Any, hook: Any, receiver: Any, status: int
) -> None:
    received = receiver(status)
    hook(f'{{url: "{received.url}", secret: ci-webhook}}')
    before = time.monotonic()
    done = campaignd("run", "smoke.yaml", "--json")
    assert time.monotonic() - before < 12
    assert (done.status, done.json["verdict"]) == (0, "passed")
    assert received.received


def test_a_message_whose_secret_is_missing_waits_and_alters_nothing(
    campaignd: Any, brisk: Any, hook: Any, receiver: Any
) -> None:
    received = receiver()
    hook(f'{{url: "{received.url}", secret: nobody-set-it}}')
    assert campaignd("run", "smoke.yaml").status == 0
    assert received.received == []


@pytest.mark.slow
def test_started_and_changed_are_told_where_they_are_wanted(
    campaignd: Any, home: Any, served: Any, hook: Any, receiver: Any
) -> None:
    received = receiver()
    hook(f'{{url: "{received.url}", events: [started, changed]}}')
    served()
    assert campaignd("run", "smoke.yaml").status == 0
    assert campaignd("run", "smoke.yaml").status == 0
    served(effects=[{"metric": "jN6mN2pSt5aUv8xZ1bCeFf", "factor": 0.1}])
    assert campaignd("run", "smoke.yaml").status == 1
    started = ("execution.started", None)
    # Messages of one execution go out side by side: the later one may arrive first.
    assert events(received)[:2] == [started, started]
    assert sorted(events(received)[2:], key=str) == [("execution.changed", "failed"), started]


def test_verdicts_that_nobody_asked_for_are_not_told(
    campaignd: Any, brisk: Any, hook: Any, receiver: Any
) -> None:
    received = receiver()
    hook(f'{{url: "{received.url}", verdicts: [failed]}}')
    assert campaignd("run", "smoke.yaml").status == 0
    assert received.received == []


def test_private_addresses_are_refused_without_the_operators_word(
    campaignd: Any, brisk: Any, hook: Any, receiver: Any
) -> None:
    received = receiver()
    hook(f'{{url: "{received.url}"}}')
    done = campaignd("run", "smoke.yaml", CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE="false")
    assert done.status == 0
    assert received.received == []

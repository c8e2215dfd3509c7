import json
from datetime import UTC, datetime

import pytest

from campaignd.adapters.webhooks.messages import build_messages
from campaignd.core.campaign.report import Webhook
from campaignd.core.report import ExecutionReport
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Message

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
URL = "https://ci.example.com/hook"


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        pytest.param({}, ["finished"], id="finished is the default"),
        pytest.param({"events": ("changed",)}, ["changed"], id="only changes"),
        pytest.param({"events": ("finished", "changed")}, ["finished", "changed"], id="both"),
        pytest.param({"events": ("started",)}, [], id="nothing of the end"),
        pytest.param({"verdicts": (Verdict.FAILED,)}, ["finished"], id="a wanted verdict"),
        pytest.param({"verdicts": (Verdict.ERRORED,)}, [], id="an unwanted verdict"),
        pytest.param({"verdicts": ()}, [], id="no verdict at all"),
    ],
)
def test_a_webhook_is_told_what_it_wants(
    report: ExecutionReport, wishes: dict[str, object], told: list[str]
) -> None:
    webhook = Webhook.model_validate({"url": URL, **wishes})
    assert [message.event for message in build(report, webhook)] == told


def test_a_start_is_told_whatever_verdicts_are_wanted(report: ExecutionReport) -> None:
    begun = report.model_copy(update={"verdict": None, "state": "running"})
    webhook = Webhook(url=URL, verdicts=(Verdict.FAILED,), events=("started",))
    (message,) = build_messages(begun, [webhook], "started", NOW)
    assert json.loads(message.body)["type"] == "execution.started"


def test_the_body_is_the_report(report: ExecutionReport) -> None:
    (message,) = build(report, Webhook(url=URL))
    assert json.loads(message.body) == {
        "type": "execution.finished",
        "timestamp": "2026-11-22T03:12:00Z",
        "data": report.as_json_data(),
    }


def test_a_message_keeps_its_id_and_body_however_often_it_is_built(
    report: ExecutionReport,
) -> None:
    webhooks = [Webhook(url=URL), Webhook(url=URL, events=("finished", "changed"))]
    first, again = (build(report, *webhooks) for _ in "ab")
    assert first == again
    assert [message.id for message in first] == [
        "msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_finished_1",
        "msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_finished_2",
        "msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_changed_2",
    ]


def test_secrets_are_only_named(report: ExecutionReport) -> None:
    webhook = Webhook(url_secret="slack-qa", secret="ci-webhook", format="slack")  # noqa: S106
    (message,) = build(report, webhook)
    assert (message.url, message.url_secret, message.secret) == (None, "slack-qa", "ci-webhook")
    assert message.format == "slack"
    assert "blocks" in json.loads(message.body)


def build(report: ExecutionReport, *webhooks: Webhook) -> tuple[Message, ...]:
    events = ("finished", "changed")
    return tuple(m for event in events for m in build_messages(report, webhooks, event, NOW))

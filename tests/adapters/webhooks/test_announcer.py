import json
from datetime import UTC, datetime

from campaignd.adapters.webhooks.announcer import WebhookAnnouncer
from campaignd.core.campaign.report import Webhook
from campaignd.core.report import ExecutionReport

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


class Clock:
    def now(self) -> datetime:
        return NOW


def test_messages_are_dated_when_they_are_written(report: ExecutionReport) -> None:
    announcer = WebhookAnnouncer([Webhook(url="https://ci.example.com/hook")], Clock())
    (message,) = announcer.messages("finished", report)
    assert json.loads(message.body)["timestamp"] == "2026-11-22T03:12:00Z"
    assert announcer.messages("started", report) == ()

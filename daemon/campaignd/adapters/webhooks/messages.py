"""Which of a campaign's webhooks are told of an event, and what."""

import json
from collections.abc import Sequence
from datetime import datetime

from campaignd.adapters.webhooks.slack import slack_message
from campaignd.core.campaign.report import Webhook
from campaignd.core.report import ExecutionReport
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Message


def build_messages(
    report: ExecutionReport, webhooks: Sequence[Webhook], event: str, now: datetime
) -> tuple[Message, ...]:
    """Build the messages of an event (`started`, `finished`, `changed`) for who wants them.

    An id is the same however often its message is built, so that it is stored and told once.
    """
    return tuple(
        Message(
            id=f"msg_{report.execution}_{event}_{number}",
            event=event,
            format=webhook.format,
            url=webhook.url,
            url_secret=webhook.url_secret,
            secret=webhook.secret,
            body=_body(report, webhook, event, now),
        )
        for number, webhook in enumerate(webhooks, start=1)
        if _wants(webhook, event, report.verdict)
    )


def _wants(webhook: Webhook, event: str, verdict: Verdict | None) -> bool:
    if event not in webhook.events:
        return False
    return event == "started" or webhook.verdicts == "all" or verdict in webhook.verdicts


def _body(report: ExecutionReport, webhook: Webhook, event: str, now: datetime) -> str:
    is_slack = webhook.format == "slack"
    content = slack_message(report, event) if is_slack else _standard(report, event, now)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _standard(report: ExecutionReport, event: str, now: datetime) -> dict[str, object]:
    return {
        "type": f"execution.{event}",
        "timestamp": now.isoformat().replace("+00:00", "Z"),
        "data": report.as_json_data(),
    }

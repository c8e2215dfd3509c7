"""Writes a campaign's webhook messages for the engine."""

from collections.abc import Sequence

from campaignd.adapters.webhooks.messages import build_messages
from campaignd.core.campaign.report import Webhook
from campaignd.core.report import ExecutionReport
from campaignd.engine.ports import Clock
from campaignd.engine.records import Message


class WebhookAnnouncer:
    """The engine's `Announcer` for one campaign's webhooks."""

    def __init__(self, webhooks: Sequence[Webhook], clock: Clock) -> None:
        self._webhooks = webhooks
        self._clock = clock

    def messages(self, event: str, report: ExecutionReport) -> Sequence[Message]:
        return build_messages(report, self._webhooks, event, self._clock.now())

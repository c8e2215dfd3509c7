"""Webhook messages."""

from datetime import datetime

from campaignd.core.states import DeliveryState
from campaignd.web.models.answer import Answer


class DeliveryLine(Answer):
    """One message to one address; of an address no more is told than its origin."""

    id: str
    execution: str
    campaign: str
    event: str
    format: str
    address: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    detail: str | None


class DeliveryList(Answer):
    """What is not delivered, then what is; of both the newest first."""

    deliveries: tuple[DeliveryLine, ...]

"""Takes deliveries from the outbox to their receivers, one attempt at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from pydantic import SecretStr

from campaignd.adapters.webhooks.outcomes import (
    Accepted,
    Disabled,
    Outcome,
    Refused,
    Retry,
    next_attempt,
)
from campaignd.adapters.webhooks.sender import Letter, WebhookSender
from campaignd.adapters.webhooks.signing import SecretMalformed, parse_secret
from campaignd.core.states import DeliveryState
from campaignd.engine.ports import Clock
from campaignd.engine.records import Delivery

FindSecret = Callable[[str], SecretStr | None]
"""Find a secret by its name; None if there is none. Raises SecretUnreadable."""


class SecretUnreadable(Exception):
    """A secret is there and cannot be read: mend its owner or mode."""


class _SecretMissing(Exception):
    """A secret that a webhook names is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the secret {name} is neither in the credentials folder nor a variable")


class WebhookPostman:
    """The engine's `Postman`; `chance` gives numbers between 0 and 1 that spread retries."""

    def __init__(
        self,
        sender: WebhookSender,
        find_secret: FindSecret,
        clock: Clock,
        chance: Callable[[], float],
        *,
        max_age: timedelta,
    ) -> None:
        self._sender = sender
        self._find_secret = find_secret
        self._clock = clock
        self._chance = chance
        self._max_age = max_age

    async def send(self, delivery: Delivery) -> Delivery:
        """Try once; a secret that is missing or unusable may be mended, so it is tried again."""
        try:
            letter = self._seal(delivery)
        except (_SecretMissing, SecretUnreadable, SecretMalformed) as trouble:
            return self._settle(delivery, Retry(str(trouble)))
        return self._settle(delivery, await self._sender.send(letter, self._clock.now()))

    def _seal(self, delivery: Delivery) -> Letter:
        """Put address and keys to a message."""
        address = delivery.url or self._secret(delivery.url_secret or "(unnamed)")
        keys = parse_secret(self._secret(delivery.secret)) if delivery.secret else ()
        return Letter(delivery.id, address, delivery.body, keys)

    def _secret(self, name: str) -> str:
        secret = self._find_secret(name)
        if secret is None:
            raise _SecretMissing(name)
        return secret.get_secret_value()

    def _settle(self, delivery: Delivery, outcome: Outcome) -> Delivery:
        now = self._clock.now()
        match outcome:
            case Accepted():
                return _ended(replace(delivery, delivered_at=now), DeliveryState.DELIVERED, outcome)
            case Disabled():
                way_back = f"`campaignd deliveries retry {delivery.id}` enables it again"
                advised = replace(outcome, detail=f"{outcome.detail}; {way_back}")
                return _ended(delivery, DeliveryState.DISABLED, advised)
            case Refused():
                return _ended(delivery, DeliveryState.FAILED, outcome)
            case Retry():
                return self._put_off(delivery, outcome, now)
            case _:
                assert_never(outcome)

    def _put_off(self, delivery: Delivery, outcome: Retry, now: datetime) -> Delivery:
        end = delivery.created_at + self._max_age
        at = next_attempt(delivery.attempts, now, end, self._chance(), outcome.after)
        if at is None:
            return _ended(delivery, DeliveryState.FAILED, outcome)
        return replace(
            delivery, state=DeliveryState.PENDING, next_attempt_at=at, detail=outcome.detail
        )


def _ended(delivery: Delivery, state: DeliveryState, outcome: Outcome) -> Delivery:
    return replace(delivery, state=state, next_attempt_at=None, detail=outcome.detail)

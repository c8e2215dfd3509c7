from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from campaignd.adapters.webhooks.postman import SecretUnreadable, WebhookPostman
from campaignd.adapters.webhooks.sender import WebhookSender
from campaignd.core.states import DeliveryState
from campaignd.engine.records import Delivery

NOW = datetime.now(UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105

Serve = Callable[..., Any]


class Clock:
    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("status", "state", "due"),
    [
        pytest.param("204 No Content", DeliveryState.DELIVERED, None, id="accepted"),
        pytest.param("410 Gone", DeliveryState.DISABLED, None, id="unwanted for ever"),
        pytest.param("503 Busy", DeliveryState.PENDING, timedelta(seconds=15), id="not now"),
    ],
)
async def test_an_attempt_settles_the_delivery(
    receiver: Serve, status: str, state: DeliveryState, due: timedelta | None
) -> None:
    async with receiver(answered(status)) as server:
        settled = await postman().send(delivery(url=server.url(), attempts=2))
    assert settled.state is state
    assert settled.next_attempt_at == (NOW + due if due else None)
    assert settled.delivered_at == (NOW if state is DeliveryState.DELIVERED else None)
    assert status[:3] in (settled.detail or "")


async def test_address_and_key_come_from_secrets(receiver: Serve) -> None:
    async with receiver(answered("200 OK")) as server:
        secrets = {"slack-qa": server.url("/services/T0"), "ci-webhook": SECRET}
        sent = delivery(url=None, url_secret="slack-qa", secret="ci-webhook")  # noqa: S106
        settled = await postman(secrets).send(sent)
    assert settled.state is DeliveryState.DELIVERED
    assert server.headers()["webhook-id"] == sent.id
    Webhook(SECRET).verify(server.body(), server.headers())


@pytest.mark.parametrize(
    ("secrets", "detail"),
    [
        pytest.param({}, "the secret ci-webhook is neither", id="missing"),
        pytest.param({"ci-webhook": "hunter2"}, "does not begin with whsec_", id="malformed"),
    ],
)
async def test_a_secret_that_can_be_mended_is_waited_for(
    secrets: dict[str, str], detail: str
) -> None:
    settled = await postman(secrets).send(delivery(secret="ci-webhook"))  # noqa: S106
    assert settled.state is DeliveryState.PENDING
    assert detail in (settled.detail or "")
    assert "hunter2" not in (settled.detail or "")


async def test_a_secret_that_cannot_be_read_is_waited_for() -> None:
    def find(name: str) -> SecretStr | None:
        raise SecretUnreadable(f"{name} cannot be read: check its owner and mode")

    open_sender = WebhookSender(allow_private=True)
    troubled = WebhookPostman(open_sender, find, Clock(), lambda: 0.5, max_age=timedelta(days=3))
    settled = await troubled.send(delivery(secret="ci-webhook"))  # noqa: S106
    assert settled.state is DeliveryState.PENDING
    assert settled.detail == "ci-webhook cannot be read: check its owner and mode"


async def test_a_receiver_that_wants_no_more_tells_how_to_go_back(receiver: Serve) -> None:
    async with receiver(answered("410 Gone")) as server:
        settled = await postman().send(delivery(url=server.url()))
    assert "`campaignd deliveries retry msg_1` enables it again" in (settled.detail or "")


async def test_an_address_that_is_not_allowed_fails_at_once() -> None:
    strict = WebhookPostman(
        WebhookSender(), {}.get, Clock(), lambda: 0.5, max_age=timedelta(days=3)
    )
    settled = await strict.send(delivery(url="http://127.0.0.1:9/"))
    assert settled.state is DeliveryState.FAILED
    assert settled.next_attempt_at is None


async def test_a_message_that_is_too_old_fails(receiver: Serve) -> None:
    async with receiver(answered("503 Busy")) as server:
        old = delivery(url=server.url(), created_at=NOW - timedelta(days=3))
        settled = await postman().send(old)
    assert settled.state is DeliveryState.FAILED
    assert "503" in (settled.detail or "")


def postman(secrets: dict[str, str] | None = None) -> WebhookPostman:
    hidden = {name: SecretStr(text) for name, text in (secrets or {}).items()}
    sender = WebhookSender(allow_private=True)
    return WebhookPostman(sender, hidden.get, Clock(), lambda: 0.5, max_age=timedelta(days=3))


def answered(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()


def delivery(**facts: Any) -> Delivery:
    given = {
        "id": "msg_1",
        "execution": "01J",
        "event": "finished",
        "format": "standard",
        "url": "http://127.0.0.1:9/",
        "url_secret": None,
        "secret": None,
        "body": "{}",
        "state": DeliveryState.SENDING,
        "attempts": 1,
        "created_at": NOW,
        **facts,
    }
    return Delivery(**given)

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from campaignd.adapters.store.deliveries import CLAIM
from campaignd.core.states import DeliveryState
from campaignd.engine.records import Delivery

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def test_a_message_is_claimed_with_everything_its_sender_needs(
    shelf: Any, write_message: Any
) -> None:
    message = write_message(url=None, url_secret="slack-qa", secret=None, format="slack")  # noqa: S106
    execution = await shelf.announce([message])
    (delivery,) = await shelf.deliveries.claim(None, NOW)
    assert delivery == Delivery(
        id="msg_1",
        execution=execution.id,
        event="finished",
        format="slack",
        url=None,
        url_secret="slack-qa",  # noqa: S106
        secret=None,
        body=message.body,
        state=DeliveryState.SENDING,
        attempts=1,
        created_at=NOW,
        next_attempt_at=NOW,
    )


async def test_a_message_has_one_sender(shelf: Any, write_message: Any) -> None:
    await shelf.announce([write_message()])
    assert len(await shelf.deliveries.claim(None, NOW)) == 1
    assert await shelf.deliveries.claim(None, NOW) == ()


async def test_senders_in_several_processes_share_the_messages_without_overlap(
    open_shelf: Any, write_message: Any
) -> None:
    shelves = [open_shelf() for _ in range(3)]
    messages = [write_message(f"msg_{number}") for number in range(60)]
    await shelves[0].announce(messages)
    claimed: list[str] = []

    async def claim(shelf: Any) -> None:
        claimed.extend(delivery.id for delivery in await shelf.deliveries.claim(None, NOW))

    async with anyio.create_task_group() as tasks:
        for shelf in (*shelves, *shelves):
            tasks.start_soon(claim, shelf)
    assert sorted(claimed) == sorted(message.id for message in messages)


async def test_nothing_is_claimed_before_it_is_due(shelf: Any, write_message: Any) -> None:
    await shelf.announce([write_message()])
    assert await shelf.deliveries.claim(None, NOW - SECOND) == ()
    (claimed,) = await shelf.deliveries.claim(None, NOW)
    put_off = replace(
        claimed, state=DeliveryState.PENDING, next_attempt_at=NOW + 60 * SECOND, detail="busy"
    )
    await shelf.deliveries.settle(put_off, NOW)
    assert await shelf.deliveries.claim(None, NOW + 59 * SECOND) == ()
    (again,) = await shelf.deliveries.claim(None, NOW + 60 * SECOND)
    assert (again.attempts, again.detail) == (2, "busy")


async def test_one_execution_may_claim_its_own_messages_alone(
    shelf: Any, write_message: Any
) -> None:
    await shelf.announce([write_message()])
    mine = await shelf.announce([write_message("msg_2")])
    claimed = await shelf.deliveries.claim(mine.id, NOW)
    assert [delivery.id for delivery in claimed] == ["msg_2"]


async def test_what_a_dead_sender_claimed_is_claimed_again(shelf: Any, write_message: Any) -> None:
    await shelf.announce([write_message()])
    await shelf.deliveries.claim(None, NOW)
    assert await shelf.deliveries.claim(None, NOW + CLAIM - SECOND) == ()
    (again,) = await shelf.deliveries.claim(None, NOW + CLAIM)
    assert again.attempts == 2
    assert await shelf.deliveries.claim(None, NOW + CLAIM) == ()


@pytest.mark.parametrize(
    "state", [DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.DISABLED]
)
async def test_what_came_of_an_attempt_is_stored_with_its_event(
    shelf: Any, write_message: Any, state: DeliveryState
) -> None:
    execution = await shelf.announce([write_message()])
    (claimed,) = await shelf.deliveries.claim(None, NOW)
    delivered_at = NOW if state is DeliveryState.DELIVERED else None
    settled = replace(
        claimed, state=state, next_attempt_at=None, delivered_at=delivered_at, detail="answered"
    )
    await shelf.deliveries.settle(settled, NOW)
    assert await shelf.deliveries.list() == (settled,)
    assert await shelf.deliveries.claim(None, NOW + timedelta(days=9)) == ()
    event = (await shelf.history.events(execution.id))[-1]
    assert (event.subject, event.old, event.new) == ("delivery msg_1", "sending", state.value)
    assert event.reason == "answered"


async def test_a_sender_that_was_given_up_for_dead_changes_nothing_any_more(
    shelf: Any, write_message: Any
) -> None:
    await shelf.announce([write_message()])
    (slow,) = await shelf.deliveries.claim(None, NOW)
    (quick,) = await shelf.deliveries.claim(None, NOW + CLAIM)
    late = replace(slow, state=DeliveryState.FAILED, next_attempt_at=None)
    await shelf.deliveries.settle(late, NOW + CLAIM)
    assert await shelf.deliveries.list() == (quick,)
    delivered = replace(quick, state=DeliveryState.DELIVERED, next_attempt_at=None)
    await shelf.deliveries.settle(delivered, NOW + CLAIM)
    assert await shelf.deliveries.list() == (delivered,)


async def test_a_settled_delivery_is_not_settled_again(shelf: Any, write_message: Any) -> None:
    execution = await shelf.announce([write_message()])
    (claimed,) = await shelf.deliveries.claim(None, NOW)
    delivered = replace(claimed, state=DeliveryState.DELIVERED, next_attempt_at=None)
    await shelf.deliveries.settle(delivered, NOW)
    log = await shelf.log(execution)
    await shelf.deliveries.settle(replace(claimed, state=DeliveryState.FAILED), NOW)
    assert await shelf.deliveries.list() == (delivered,)
    assert await shelf.log(execution) == log


async def test_many_messages_are_claimed_in_portions_the_oldest_first(
    shelf: Any, write_message: Any
) -> None:
    for number in range(60):
        await shelf.announce([write_message(f"msg_{number:02}")], NOW + number * SECOND)
    claimed = await shelf.deliveries.claim(None, NOW + timedelta(hours=1))
    assert [delivery.id for delivery in claimed] == [f"msg_{number:02}" for number in range(50)]
    assert len(await shelf.deliveries.claim(None, NOW + timedelta(hours=1))) == 10
    listed = await shelf.deliveries.list()
    assert [delivery.id for delivery in listed][:2] == ["msg_59", "msg_58"]

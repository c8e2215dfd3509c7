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
LATER = NOW + timedelta(days=30)


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
    messages = [write_message(f"msg_{number}", url=place(number)) for number in range(60)]
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
        message = write_message(f"msg_{number:02}", url=place(number))
        await shelf.announce([message], NOW + number * SECOND)
    claimed = await shelf.deliveries.claim(None, NOW + timedelta(hours=1))
    assert [delivery.id for delivery in claimed] == [f"msg_{number:02}" for number in range(50)]
    assert len(await shelf.deliveries.claim(None, NOW + timedelta(hours=1))) == 10
    listed = await shelf.deliveries.list()
    assert [delivery.id for delivery in listed][:2] == ["msg_59", "msg_58"]


async def test_an_address_with_many_messages_leaves_room_for_the_others(
    shelf: Any, write_message: Any
) -> None:
    many = [write_message(f"msg_dead_{number}", url=place(1)) for number in range(200)]
    await shelf.announce(many)
    secret = [write_message(f"msg_slack_{n}", url=None, url_secret="slack-qa") for n in range(9)]  # noqa: S106
    await shelf.announce([*secret, write_message("msg_late", url=place(2))], NOW + SECOND)
    claimed = await shelf.deliveries.claim(None, NOW + SECOND)
    places = [delivery.url or delivery.url_secret for delivery in claimed]
    assert (places.count(place(1)), places.count("slack-qa"), places.count(place(2))) == (4, 4, 1)
    assert await shelf.deliveries.claim(None, NOW + SECOND) == ()
    first = next(delivery for delivery in claimed if delivery.url == place(1))
    await shelf.deliveries.settle(accepted(first), NOW + SECOND)
    (following,) = await shelf.deliveries.claim(None, NOW + SECOND)
    assert following.url == place(1)


async def test_after_a_410_the_campaigns_messages_to_that_address_are_held_back(
    shelf: Any, write_message: Any
) -> None:
    await disable(shelf, write_message)
    await shelf.announce([write_message("msg_2"), write_message("msg_3", url=place(7))])
    other = await shelf.create(campaign="another")
    assert await shelf.executions.begin(other, [], NOW, [write_message("msg_4")])
    claimed = await shelf.deliveries.claim(None, NOW)
    assert sorted(delivery.id for delivery in claimed) == ["msg_3", "msg_4"]
    held_back = await find(shelf, "msg_2")
    assert (held_back.state, held_back.attempts) == (DeliveryState.DISABLED, 0)
    assert "`campaignd deliveries retry msg_2`" in held_back.detail


async def test_a_retry_enables_the_address_and_sends_what_was_held_back(
    shelf: Any, write_message: Any
) -> None:
    await disable(shelf, write_message)
    await shelf.announce([write_message("msg_2")])
    assert await shelf.deliveries.claim(None, NOW) == ()
    assert sorted(await shelf.deliveries.retry("msg_2", LATER)) == ["msg_1", "msg_2"]
    await shelf.announce([write_message("msg_3")], LATER)
    claimed = await shelf.deliveries.claim(None, LATER)
    assert sorted(delivery.id for delivery in claimed) == ["msg_1", "msg_2", "msg_3"]


async def test_a_retry_of_a_failed_message_begins_its_age_and_its_back_off_anew(
    shelf: Any, write_message: Any
) -> None:
    execution = await shelf.announce([write_message()])
    await end(shelf, DeliveryState.FAILED)
    assert await shelf.deliveries.retry("msg_1", LATER) == ["msg_1"]
    (claimed,) = await shelf.deliveries.claim(None, LATER)
    assert (claimed.attempts, claimed.created_at) == (1, LATER)
    assert (await find(shelf, "msg_1")).created_at == NOW
    assert "delivery msg_1: failed -> pending" in await shelf.log(execution)


async def test_a_retry_of_a_message_that_waits_makes_it_due(shelf: Any, write_message: Any) -> None:
    await shelf.announce([write_message()])
    (claimed,) = await shelf.deliveries.claim(None, NOW)
    put_off = replace(claimed, state=DeliveryState.PENDING, next_attempt_at=LATER)
    await shelf.deliveries.settle(put_off, NOW)
    assert await shelf.deliveries.retry("msg_1", NOW + SECOND) == ["msg_1"]
    (again,) = await shelf.deliveries.claim(None, NOW + SECOND)
    assert (again.attempts, again.created_at) == (2, NOW)


async def test_what_is_delivered_or_being_sent_is_not_sent_again(
    shelf: Any, write_message: Any
) -> None:
    await shelf.announce([write_message(), write_message("msg_2")])
    delivered, _ = await shelf.deliveries.claim(None, NOW)
    await shelf.deliveries.settle(accepted(delivered), NOW)
    assert await shelf.deliveries.retry("msg_1", NOW) == []
    assert await shelf.deliveries.retry("msg_2", NOW) == []
    assert await shelf.deliveries.retry_all(NOW) == []
    with pytest.raises(LookupError):
        await shelf.deliveries.retry("msg_3", NOW)


async def test_everything_that_is_not_delivered_is_retried_at_once(
    shelf: Any, write_message: Any
) -> None:
    for number, state in enumerate(DeliveryState):
        await shelf.announce([write_message(f"msg_{state}", url=place(number))])
        if state is not DeliveryState.PENDING:
            await end(shelf, state)
    retried = await shelf.deliveries.retry_all(LATER)
    assert sorted(retried) == ["msg_disabled", "msg_failed", "msg_pending"]


async def test_the_list_begins_with_what_is_not_delivered(shelf: Any, write_message: Any) -> None:
    for number, state in enumerate(("failed", "delivered", "disabled", "delivered")):
        message = write_message(f"msg_{number}", url=place(number))
        await shelf.announce([message], NOW + number * SECOND)
        await end(shelf, DeliveryState(state), NOW + number * SECOND)
    listed = await shelf.deliveries.survey(3)
    assert [each.id for each in listed] == ["msg_2", "msg_0", "msg_3"]
    assert {each.campaign for each in listed} == {"nightly"}


async def test_the_beginning_of_an_id_finds_messages(shelf: Any, write_message: Any) -> None:
    await shelf.announce([write_message("msg_AB_1"), write_message("msg_AB_10")])
    assert [each.id for each in await shelf.deliveries.find("MSG_ab_1")] == [
        "msg_AB_1",
        "msg_AB_10",
    ]
    assert await shelf.deliveries.find("msg%") == []


def place(number: int) -> str:
    return f"https://ci.example.com/{number}"


def accepted(delivery: Delivery) -> Delivery:
    return replace(delivery, state=DeliveryState.DELIVERED, next_attempt_at=None)


async def end(shelf: Any, state: DeliveryState, at: datetime = NOW) -> None:
    """Have the next message's attempt end so; one that is sending goes on."""
    for claimed in await shelf.deliveries.claim(None, at):
        if claimed.id == "msg_pending":
            await shelf.deliveries.settle(replace(claimed, state=DeliveryState.PENDING), at)
        elif state is not DeliveryState.SENDING:
            await shelf.deliveries.settle(replace(claimed, state=state, next_attempt_at=None), at)


async def disable(shelf: Any, write_message: Any) -> None:
    await shelf.announce([write_message()])
    await end(shelf, DeliveryState.DISABLED)


async def find(shelf: Any, delivery_id: str) -> Any:
    (found,) = await shelf.deliveries.look_up([delivery_id])
    return found

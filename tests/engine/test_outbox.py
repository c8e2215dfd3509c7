"""Webhooks leave the outbox until they are delivered; a dead receiver delays nobody."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import CHECKOUT, RESOLVED, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import StageClock

from campaignd.core.states import DeliveryState
from campaignd.engine.outbox import Courier
from campaignd.engine.records import Delivery

CI, DEAD = "https://ci.example.com/hook", "https://dead.example.com/hook"
EVENTS = ["started", "finished", "changed"]


class ScriptedPostman:
    """Delivers to one address at once, and to another never, after a long time."""

    def __init__(self, clock: StageClock) -> None:
        self._clock = clock
        self.sent: list[tuple[str, str]] = []

    async def send(self, delivery: Delivery) -> Delivery:
        now = self._clock.now()
        if delivery.url == DEAD:
            await anyio.sleep(30)
            later = now + timedelta(minutes=1)
            state = DeliveryState.PENDING
            return replace(delivery, state=state, next_attempt_at=later, detail="no answer")
        self.sent.append((delivery.event, delivery.id))
        return replace(delivery, state=DeliveryState.DELIVERED, delivered_at=now)


def with_webhooks(*urls: str, **changes: Any) -> str:
    webhooks = [{"url": url, "secret": "ci-webhook", "events": EVENTS} for url in urls]
    return write_campaign(report={"webhooks": webhooks}, **changes)


async def deliver(stage: Stage, seconds: float) -> ScriptedPostman:
    postman = ScriptedPostman(stage.clock)
    courier = Courier(stage.deliveries, postman, stage.clock)
    with anyio.move_on_after(seconds):
        await courier.run()
    return postman


async def test_a_receiver_is_told_of_the_start_and_the_end(stage: Stage) -> None:
    report = await stage.run(with_webhooks(CI))
    postman = await deliver(stage, 5)
    assert sorted(event for event, _ in postman.sent) == ["finished", "started"]
    bodies = {d.event: json.loads(d.body)["data"] for d in await stage.deliveries.list()}
    assert (bodies["started"]["verdict"], bodies["finished"]["verdict"]) == (None, "passed")
    assert bodies["finished"]["execution"] == report.execution


async def test_a_dead_receiver_delays_nobody(stage: Stage) -> None:
    await stage.run(with_webhooks(DEAD, CI))
    postman = await deliver(stage, 5)
    assert len(postman.sent) == 2
    states = {(d.url, d.state) for d in await stage.deliveries.list()}
    assert states == {(DEAD, DeliveryState.SENDING), (CI, DeliveryState.DELIVERED)}


async def test_a_receiver_that_was_dead_is_tried_again(stage: Stage) -> None:
    await stage.run(with_webhooks(DEAD))
    await deliver(stage, 200)
    assert {delivery.attempts for delivery in await stage.deliveries.list()} == {4}


async def test_nothing_is_delivered_twice(stage: Stage) -> None:
    await stage.run(with_webhooks(CI))
    first, second = await deliver(stage, 300), await deliver(stage, 300)
    assert len(first.sent) == len(set(first.sent)) == 2
    assert second.sent == []


async def test_a_verdict_that_differs_from_the_last_one_is_a_change(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    worse = [{"pass_rate": "resolved", "at_least": "100%"}, {"mean": "latency", "at_most": 0.01}]
    metrics = {
        "resolved": {"id": RESOLVED, "pass_when": {"equals": "YES"}},
        "latency": {"id": "iM5lM1oRs4zTu7wY0aBdEe"},
    }
    agents = {"checkout": {"coval": CHECKOUT}}
    for text in (
        with_webhooks(CI, metrics=metrics, agents=agents),
        with_webhooks(CI, metrics=metrics, agents=agents),
        with_webhooks(CI, metrics=metrics, agents=agents, gates=worse),
    ):
        await stage.run(text)
    events = [delivery.event for delivery in await stage.deliveries.list()]
    assert sorted(events) == ["changed"] + ["finished"] * 3 + ["started"] * 3


async def test_an_interrupted_execution_is_told_of(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing={"queue": "10m"})
    execution = await stage.create(with_webhooks(CI))
    async with stage.process() as process:
        with anyio.move_on_after(10):
            await process.drive(execution)
        await process.interrupt(execution)
    (finished, _) = await stage.deliveries.list(execution)
    assert json.loads(finished.body)["data"]["verdict"] == "cancelled"


@pytest.mark.parametrize("nth", range(1, 5))
async def test_verdict_and_message_are_stored_together(stage: Stage, nth: int) -> None:
    execution = await stage.create(with_webhooks(CI))
    async with stage.process() as process:
        # Counted from the collecting of the results on.
        collected = process.fuse.instants
        process.fuse.blow_when(
            lambda _: (
                "answer to GET /v1/simulations" in collected
                and collected[::-1].index("answer to GET /v1/simulations") == 2 * nth
            )
        )
        await process.drive(execution)
    stored = (await stage.load(execution)).execution
    assert bool(stored.verdict) == ("finished" in await events_told(stage, execution))
    report = await stage.restart(execution)
    assert (report.verdict, await events_told(stage, execution)) == (
        "passed",
        ["finished", "started"],
    )


@pytest.mark.parametrize("instant", ["write", "written"])
async def test_beginning_and_message_are_stored_together(stage: Stage, instant: str) -> None:
    execution = await stage.create(with_webhooks(CI))
    await stage.crash(execution, instant)
    begun = (await stage.load(execution)).execution.started_at is not None
    assert (begun, await events_told(stage, execution)) == (
        (True, ["started"]) if instant == "written" else (False, [])
    )
    await stage.restart(execution)
    assert await events_told(stage, execution) == ["finished", "started"]


async def events_told(stage: Stage, execution: str) -> list[str]:
    return sorted(delivery.event for delivery in await stage.deliveries.list(execution))

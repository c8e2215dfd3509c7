"""Webhooks leave the outbox until they are delivered; a dead receiver delays nobody."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import CHECKOUT, RESOLVED, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import StageClock

from campaignd.adapters.store.deliveries import Deliveries
from campaignd.core.states import DeliveryState
from campaignd.engine.faults import StorageTrouble
from campaignd.engine.outbox import Courier
from campaignd.engine.records import Delivery

CI, DEAD = "https://ci.example.com/hook", "https://dead.example.com/hook"
EVENTS = ["started", "finished", "changed"]
FULL = StorageTrouble("the database cannot be used: disk is full")


class ScriptedPostman:
    """Delivers to one address at once, and to another never, after a long time."""

    def __init__(self, clock: StageClock, afterwards: Callable[[], object] = lambda: None) -> None:
        self._clock = clock
        self._afterwards = afterwards
        self.sent: list[tuple[str, str]] = []

    async def send(self, delivery: Delivery) -> Delivery:
        now = self._clock.now()
        if delivery.url == DEAD:
            await anyio.sleep(30)
            later = now + timedelta(minutes=1)
            state = DeliveryState.PENDING
            return replace(delivery, state=state, next_attempt_at=later, detail="no answer")
        self.sent.append((delivery.event, delivery.id))
        self._afterwards()
        return replace(delivery, state=DeliveryState.DELIVERED, delivered_at=now)


class FailingOutbox:
    """An outbox whose database is in trouble for a while; `writes` also while it is written."""

    def __init__(
        self, inner: Deliveries, until: float, *, writes: bool, error: Exception = FULL
    ) -> None:
        self._inner = inner
        self._until = until
        self._writes = writes
        self._error = error

    async def claim(self, execution: str | None, at: datetime) -> Sequence[Delivery]:
        if not self._writes:
            self._fail()
        return await self._inner.claim(execution, at)

    async def settle(self, delivery: Delivery, at: datetime) -> None:
        if self._writes:
            self._fail()
        await self._inner.settle(delivery, at)

    def _fail(self) -> None:
        if anyio.current_time() < self._until:
            raise self._error


class StuckPostman:
    """Never comes back."""

    async def send(self, delivery: Delivery) -> Delivery:
        await anyio.sleep_forever()
        return delivery


def with_webhooks(*urls: str, **changes: Any) -> str:
    webhooks = [{"url": url, "secret": "ci-webhook", "events": EVENTS} for url in urls]
    return write_campaign(report={"webhooks": webhooks}, **changes)


async def deliver(
    stage: Stage, seconds: float, stuck: StuckPostman | None = None
) -> ScriptedPostman:
    postman = ScriptedPostman(stage.clock)
    courier = Courier(stage.deliveries, stuck or postman, stage.clock)
    with anyio.move_on_after(seconds):
        await courier.run()
    return postman


class BuggyPostman(ScriptedPostman):
    """Fails at what it was not made for."""

    async def send(self, delivery: Delivery) -> Delivery:
        if delivery.url == DEAD:
            raise RuntimeError("sabotage")
        return await super().send(delivery)


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
    assert states == {(DEAD, DeliveryState.PENDING), (CI, DeliveryState.DELIVERED)}


async def test_a_bug_in_sending_a_message_delays_nobody_and_ends_that_message(
    stage: Stage,
) -> None:
    await stage.run(with_webhooks(DEAD, CI))
    postman = BuggyPostman(stage.clock)
    with anyio.move_on_after(600):
        await Courier(stage.deliveries, postman, stage.clock).run()
    assert len(postman.sent) == 2
    left = [each for each in await stage.deliveries.list() if each.url == DEAD]
    (failed,) = {(each.state, each.attempts, each.detail) for each in left}
    assert failed == (DeliveryState.FAILED, 1, "campaignd itself failed: RuntimeError: sabotage")


async def test_a_bug_in_looking_for_messages_ends_no_deliveries(stage: Stage) -> None:
    await stage.run(with_webhooks(CI))
    postman = ScriptedPostman(stage.clock)
    outbox = FailingOutbox(
        stage.deliveries, anyio.current_time() + 60, writes=False, error=RuntimeError("sabotage")
    )
    with anyio.move_on_after(300):
        await Courier(outbox, postman, stage.clock).run()
    assert len(postman.sent) == 2


@pytest.mark.slow
async def test_many_messages_to_a_dead_receiver_delay_nobody(stage: Stage) -> None:
    for _ in range(6):
        await stage.run(with_webhooks(DEAD))
    await stage.run(with_webhooks(CI))
    assert len((await deliver(stage, 5)).sent) == 2


async def test_what_was_interrupted_goes_out_with_the_next_process_at_once(stage: Stage) -> None:
    await stage.run(with_webhooks(CI))
    await deliver(stage, 1, StuckPostman())
    left = await stage.deliveries.list()
    assert {(d.state, d.attempts) for d in left} == {(DeliveryState.PENDING, 1)}
    assert {d.detail for d in left} == {"interrupted before the answer came"}
    assert len((await deliver(stage, 1)).sent) == 2


async def test_an_answer_is_stored_though_the_process_is_told_to_end(stage: Stage) -> None:
    await stage.run(with_webhooks(CI))
    with anyio.CancelScope() as scope:
        postman = ScriptedPostman(stage.clock, afterwards=scope.cancel)
        await Courier(stage.deliveries, postman, stage.clock).run()
    assert postman.sent
    states = {d.id: d.state for d in await stage.deliveries.list()}
    assert {states[sent] for _, sent in postman.sent} == {DeliveryState.DELIVERED}


@pytest.mark.parametrize(
    ("writes", "sent"),
    [
        pytest.param(False, 2, id="nothing is claimed meanwhile"),
        pytest.param(True, 4, id="what could not be settled is sent again"),
    ],
)
async def test_trouble_of_the_database_that_passes_ends_no_deliveries(
    stage: Stage, writes: bool, sent: int
) -> None:
    await stage.run(with_webhooks(CI))
    postman = ScriptedPostman(stage.clock)
    outbox = FailingOutbox(stage.deliveries, anyio.current_time() + 60, writes=writes)
    with anyio.move_on_after(300):
        await Courier(outbox, postman, stage.clock).run()
    assert len(postman.sent) == sent
    assert {d.state for d in await stage.deliveries.list()} == {DeliveryState.DELIVERED}


async def test_a_command_delivers_what_is_due_and_ends(stage: Stage) -> None:
    for _ in range(5):
        await stage.run(with_webhooks(CI))
    postman = ScriptedPostman(stage.clock)
    with anyio.fail_after(60):
        await Courier(stage.deliveries, postman, stage.clock).deliver_due(timedelta(seconds=30))
    assert len(postman.sent) == 10
    assert {d.state for d in await stage.deliveries.list()} == {DeliveryState.DELIVERED}


@pytest.mark.slow
async def test_a_command_begins_nothing_more_when_its_patience_is_over(stage: Stage) -> None:
    for _ in range(5):
        await stage.run(with_webhooks(DEAD))
    postman = ScriptedPostman(stage.clock)
    before = anyio.current_time()
    await Courier(stage.deliveries, postman, stage.clock).deliver_due(timedelta(seconds=10))
    assert anyio.current_time() - before < 45
    attempts = [d.attempts for d in await stage.deliveries.list()]
    assert (attempts.count(1), attempts.count(0)) == (4, 6)


@pytest.mark.slow
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

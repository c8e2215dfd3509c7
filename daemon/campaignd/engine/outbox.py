"""Delivers webhook messages from the outbox; a dead receiver delays nobody else."""

from dataclasses import replace
from datetime import datetime, timedelta

import anyio
import structlog
from anyio.abc import TaskGroup
from structlog.contextvars import bind_contextvars

from campaignd.core.states import DeliveryState
from campaignd.engine.faults import StorageTrouble
from campaignd.engine.ports import Clock, Outbox, Postman
from campaignd.engine.records import Delivery

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=1)
LOOK_AGAIN = timedelta(seconds=10)
"""How long a database in trouble is left alone."""
LAST_WRITE = timedelta(seconds=5)


class Courier:
    """Takes what is due and sends it, each message in a task of its own."""

    def __init__(self, outbox: Outbox, postman: Postman, clock: Clock) -> None:
        self._outbox = outbox
        self._postman = postman
        self._clock = clock
        self._under_way = 0

    async def run(self) -> None:
        """Deliver whatever is due, for ever; what cannot be read now is looked for later."""
        async with anyio.create_task_group() as tasks:
            while True:
                if not await self._looked(tasks):
                    await anyio.sleep(LOOK_AGAIN.total_seconds())
                await anyio.sleep(LOOK_EVERY.total_seconds())

    async def deliver_due(self, patience: timedelta) -> None:
        """Deliver what is due until nothing is; past `patience`, end only what is begun."""
        end = anyio.current_time() + patience.total_seconds()
        async with anyio.create_task_group() as tasks:
            # What is due to a receiver with enough under way can be taken once that has ended.
            while await self._send_due(tasks) or self._under_way:
                await anyio.sleep(LOOK_EVERY.total_seconds() / 10)
                if anyio.current_time() >= end:
                    return

    async def _looked(self, tasks: TaskGroup) -> bool:
        """False if the outbox could not be read, for whatever reason."""
        try:
            await self._send_due(tasks)
        except StorageTrouble as trouble:
            log.warning("the outbox cannot be read", why=str(trouble))
        except Exception:
            log.exception("the outbox cannot be read")
        else:
            return True
        return False

    async def _send_due(self, tasks: TaskGroup) -> int:
        due = await self._outbox.claim(None, self._clock.now())
        self._under_way += len(due)
        for delivery in due:
            tasks.start_soon(self._deliver, delivery)
        return len(due)

    async def _deliver(self, delivery: Delivery) -> None:
        bind_contextvars(execution=delivery.execution, delivery=delivery.id)
        try:
            await self._settle(await self._postman.send(delivery))
        except anyio.get_cancelled_exc_class():
            await self._settle(_put_back(delivery, self._clock.now()))
            raise
        except Exception as bug:
            log.exception("campaignd failed")
            await self._settle(_fail(delivery, bug))
        finally:
            self._under_way -= 1

    async def _settle(self, delivery: Delivery) -> None:
        with anyio.move_on_after(LAST_WRITE.total_seconds(), shield=True):
            try:
                await self._outbox.settle(delivery, self._clock.now())
            except StorageTrouble as trouble:
                # Its claim lapses, and it is sent again under the same id.
                log.warning("a webhook is not settled", why=str(trouble))


def _fail(delivery: Delivery, bug: Exception) -> Delivery:
    """Give a message up that a bug of ours keeps from being sent: it would again."""
    why = f"campaignd itself failed: {type(bug).__name__}: {bug}"
    return replace(delivery, state=DeliveryState.FAILED, next_attempt_at=None, detail=why)


def _put_back(delivery: Delivery, now: datetime) -> Delivery:
    """Leave what was interrupted to the next process, at once: a claim lasts for minutes."""
    state, why = DeliveryState.PENDING, "interrupted before the answer came"
    return replace(delivery, state=state, next_attempt_at=now, detail=why)

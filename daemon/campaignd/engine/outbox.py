"""Delivers webhook messages from the outbox; a dead receiver delays nobody else."""

from datetime import timedelta

import anyio
import structlog

from campaignd.engine.ports import Clock, Outbox, Postman
from campaignd.engine.records import Delivery

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=1)


class Courier:
    """Takes what is due and sends it, each message in a task of its own."""

    def __init__(self, outbox: Outbox, postman: Postman, clock: Clock) -> None:
        self._outbox = outbox
        self._postman = postman
        self._clock = clock

    async def run(self) -> None:
        """Deliver whatever is due, for ever."""
        async with anyio.create_task_group() as tasks:
            while True:
                for delivery in await self._outbox.claim(None, self._clock.now()):
                    tasks.start_soon(self._deliver, delivery)
                await anyio.sleep(LOOK_EVERY.total_seconds())

    async def _deliver(self, delivery: Delivery) -> None:
        settled = await self._postman.send(delivery)
        log.info("webhook", delivery=delivery.id, state=settled.state.value, why=settled.detail)
        await self._outbox.settle(settled, self._clock.now())

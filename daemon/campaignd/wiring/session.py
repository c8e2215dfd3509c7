"""A process that can drive executions: storage, vendors, poller and outbox, all running."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from signal import Signals

import anyio
import structlog

from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.mistakes import CampaignInvalid
from campaignd.core.report import ExecutionReport
from campaignd.core.states import DeliveryState, ExecutionState
from campaignd.engine.daemon import Daemon
from campaignd.engine.faults import OwnershipLost, StorageTrouble
from campaignd.engine.poller import Poller
from campaignd.engine.progress import Observer
from campaignd.engine.records import Delivery, Stored
from campaignd.settings import Secrets, Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.reports import load_campaign_of, load_evidence, load_report
from campaignd.wiring.signals import SignalWatch
from campaignd.wiring.storage import Storage, open_storage
from campaignd.wiring.tools import make_courier, make_tools
from campaignd.wiring.vendors import Clients, account_of

log = structlog.get_logger()

FAREWELL_SECONDS = 10
"""How long a command waits for its webhooks before it exits."""


@dataclass(frozen=True, slots=True)
class Host:
    """What a process is told by its surroundings."""

    settings: Settings
    environment: Mapping[str, str]
    observer: Observer


@dataclass(frozen=True, slots=True)
class Session:
    """Drives executions within `open_session`."""

    host: Host
    storage: Storage
    clients: Clients
    signals: SignalWatch

    async def campaign_of(self, stored: Stored) -> Campaign:
        """Read the campaign of a stored execution from its revision."""
        return await load_campaign_of(self.storage, stored)

    async def report_of(self, execution: str) -> ExecutionReport:
        """Build the report of a stored execution."""
        return await load_report(self.storage, execution)

    async def evidence_of(self, campaign: Campaign, execution: str) -> Evidence:
        """Build what the gates of a stored execution look at."""
        return await load_evidence(self.storage, campaign, execution)

    async def is_abandoned(self, stored: Stored) -> bool:
        """Whether no living process drives an execution."""
        locks = self.storage.locks
        return locks is not None and not locks.is_alive(stored.execution.owner)

    async def take_over(self, stored: Stored) -> bool:
        """Become the driver of an abandoned execution; false if somebody was faster."""
        now = SystemClock().now()
        owner = self.storage.owner
        return await self.storage.executions.take_over(stored.execution, owner, now)

    async def drive(
        self, campaign: Campaign, execution: str, *, taken_over: bool, detach: bool
    ) -> Signals | None:
        """Drive to the verdict, or until a signal, which ends the runs unless detached.

        Once the runs are being ended, further signals change nothing.
        """
        tools = make_tools(self.host.settings, self.storage, self.clients, campaign)
        poller = Poller(tools)
        daemon = Daemon(tools, poller, self.storage.owner)

        async def drive() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(poller.run)
                await daemon.drive(campaign, execution, self.host.observer, taken_over=taken_over)
                tasks.cancel_scope.cancel()

        caught = await self.signals.until_signal(drive)
        if caught is not None and not detach:
            self.host.observer.say(f"{caught.name}: ending the runs on Coval")
            with anyio.CancelScope(shield=True):
                await daemon.interrupt(campaign, execution)
        return caught

    async def settle(self, campaign: Campaign, execution: str) -> Signals | None:
        """Settle what a finished execution left on Coval, until a signal."""
        tools = make_tools(self.host.settings, self.storage, self.clients, campaign)
        daemon = Daemon(tools, Poller(tools), self.storage.owner)
        return await self.signals.until_signal(
            lambda: daemon.settle(campaign, execution, self.host.observer)
        )

    async def settle_leftovers(self) -> None:
        """Settle what abandoned, finished executions left on Coval, each by itself."""
        async with anyio.create_task_group() as tasks:
            for execution in await self.storage.history.unfinished():
                tasks.start_soon(self._settle_leftover, execution)

    async def say_farewell(self, execution: str) -> Sequence[Delivery]:
        """Wait for the execution's webhooks; return those that are not delivered.

        A signal ends the waiting and nothing else: the verdict is there.
        """

        async def wait() -> None:
            with anyio.move_on_after(FAREWELL_SECONDS):
                # The outbox is a table: there is nothing to wait on but itself.
                while any(map(_is_untried, await self._undelivered(execution))):  # noqa: ASYNC110
                    await anyio.sleep(0.1)

        await self.signals.until_signal(wait)
        return await self._undelivered(execution)

    async def _undelivered(self, execution: str) -> Sequence[Delivery]:
        deliveries = await self.storage.deliveries.list(execution)
        return [each for each in deliveries if each.state is not DeliveryState.DELIVERED]

    async def _settle_leftover(self, execution: str) -> None:
        stored = await self.storage.executions.load(execution)
        if stored.execution.state is not ExecutionState.FINISHED:
            return
        if stored.execution.account != account_of(self.host.settings):
            return
        if not await self.is_abandoned(stored) or not await self.take_over(stored):
            return
        try:
            await self.settle(await self.campaign_of(stored), execution)
        except* (OwnershipLost, StorageTrouble, CampaignInvalid) as group:
            log.warning("leftovers not settled", execution=execution, why=str(group.exceptions[0]))


def _is_untried(delivery: Delivery) -> bool:
    """Whether an attempt is going on or to be made at once."""
    is_new = delivery.state is DeliveryState.PENDING and delivery.attempts == 0
    return is_new or delivery.state is DeliveryState.SENDING


@asynccontextmanager
async def open_session(host: Host, clients: Clients) -> AsyncIterator[Session]:
    """Open the storage and deliver webhooks in the background."""
    async with open_storage(host.settings, host.environment) as storage:
        courier = make_courier(host.settings, storage, Secrets(host.environment))
        signals = SignalWatch()
        async with anyio.create_task_group() as tasks:
            await tasks.start(signals.listen)
            tasks.start_soon(courier.run)
            yield Session(host, storage, clients, signals)
            tasks.cancel_scope.cancel()

"""Drives executions side by side; what happens to one harms no other."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import anyio
import structlog
from anyio.abc import TaskGroup

from campaignd.core.campaign import Campaign
from campaignd.core.execution import Execution
from campaignd.core.mistakes import CampaignInvalid
from campaignd.core.states import ExecutionState
from campaignd.engine.faults import OwnershipLost, StorageTrouble
from campaignd.engine.records import Stored
from campaignd.wiring.reports import load_campaign_of
from campaignd.wiring.service.diary import Diary
from campaignd.wiring.service.station import Station

log = structlog.get_logger()

ADOPT_EVERY = timedelta(seconds=10)
LOOK_AT_TURN = timedelta(seconds=1)
SHARE_OF_LOOKS = timedelta(milliseconds=50)
AFTER_TROUBLE = timedelta(seconds=10)
SETTLE_AGAIN = timedelta(minutes=5)
"""When to try again what a refused key kept from being settled."""


class Crew:
    """The executions that this process drives, each in a task of its own."""

    def __init__(self, station: Station, tasks: TaskGroup) -> None:
        self._station = station
        self._tasks = tasks
        self._aboard: set[str] = set()
        self._left: set[str] = set()

    @property
    def size(self) -> int:
        """How many executions are being driven or settled."""
        return len(self._aboard)

    @property
    def left(self) -> Collection[str]:
        """What is left alone, such as rows that are damaged; nobody need wait for it."""
        return frozenset(self._left)

    def drive(self, campaign: Campaign, execution: Execution, *, taken_over: bool = False) -> None:
        """Begin to drive an execution that is ours, to its end and until it is settled."""
        self._tasks.start_soon(self._see_through, campaign, execution, taken_over)

    async def adopt(self) -> None:
        """Take over what no living process drives. Raises StorageTrouble."""
        unfinished = await self._station.storage.history.unfinished()
        self._left.intersection_update(unfinished)
        for execution in unfinished:
            if execution not in self._aboard | self._left:
                await self._look_at(execution)

    async def adopt_for_ever(self) -> None:
        """Look again and again for what other processes left behind."""
        while True:
            await anyio.sleep(ADOPT_EVERY.total_seconds())
            try:
                await self.adopt()
            except StorageTrouble as trouble:
                log.warning("cannot look for abandoned executions", why=str(trouble))

    async def _look_at(self, execution: str) -> None:
        """Take one over if it is to be; what cannot even be read keeps nobody from the others."""
        try:
            stored = await self._station.storage.executions.load(execution)
            if self._is_to_adopt(stored):
                await self._take_over(stored)
        except StorageTrouble:
            raise
        except Exception:
            self._left.add(execution)
            log.exception("campaignd failed", execution=execution)

    def _is_to_adopt(self, stored: Stored) -> bool:
        execution, locks = stored.execution, self._station.storage.locks
        if locks is None or locks.is_alive(execution.owner):
            return False
        if execution.account != self._station.account:
            self._leave(execution.id, f"begun on {execution.account}")
            return False
        return True

    async def _take_over(self, stored: Stored) -> None:
        storage, execution = self._station.storage, stored.execution
        try:
            campaign = await load_campaign_of(storage, stored)
        except CampaignInvalid as error:
            self._leave(execution.id, str(error))
            return
        if await storage.executions.take_over(execution, storage.owner, self._station.now()):
            self.drive(campaign, execution, taken_over=True)

    def _leave(self, execution: str, why: str) -> None:
        self._left.add(execution)
        log.warning("left alone", execution=execution, why=why)

    async def _see_through(self, campaign: Campaign, execution: Execution, old: bool) -> None:
        async with self._on_board(execution):
            while True:
                try:
                    if await self._go_on(campaign, execution.id, taken_over=old):
                        return
                except StorageTrouble as trouble:
                    facts = {"campaign": campaign.name, "execution": execution.id}
                    log.warning("the database is in trouble", **facts, why=str(trouble))
                    await anyio.sleep(AFTER_TROUBLE.total_seconds())
                old = True

    @asynccontextmanager
    async def _on_board(self, execution: Execution) -> AsyncIterator[None]:
        """Let nothing that goes wrong with an execution reach the others."""
        self._aboard.add(execution.id)
        try:
            yield
        except OwnershipLost as lost:
            facts = {"campaign": execution.campaign, "execution": execution.id}
            log.warning("execution lost", **facts, why=str(lost))
        except Exception:
            # Even ending it as errored failed: it is left to the next start.
            self._left.add(execution.id)
            log.exception("campaignd failed", campaign=execution.campaign, execution=execution.id)
        finally:
            self._aboard.discard(execution.id)

    async def _go_on(self, campaign: Campaign, execution: str, *, taken_over: bool) -> bool:
        """Drive and settle once; false if something is left to be settled later."""
        storage = self._station.storage
        daemon = self._station.daemon_for(campaign)
        diary = Diary(campaign.name, execution)
        stored = await storage.executions.load(execution)
        if stored.execution.state is not ExecutionState.FINISHED:
            await self._await_turn(stored.execution)
            await daemon.drive(campaign, execution, diary, taken_over=taken_over)
            stored = await self._finish(execution)
        if not stored.is_settled:
            await daemon.settle(campaign, execution, diary)
            stored = await storage.executions.load(execution)
        if not stored.is_settled:
            await anyio.sleep(SETTLE_AGAIN.total_seconds())
        return stored.is_settled

    async def _await_turn(self, execution: Execution) -> None:
        """Let older executions of the campaign end first; one told to stop waits no longer."""
        storage, told = self._station.storage, ""
        while _may_wait(execution, self._station.now()):
            ahead = await storage.timetable.ahead_of(execution, self.left)
            if ahead is None:
                return
            if ahead != told:
                told = ahead
                facts = {"campaign": execution.campaign, "execution": execution.id}
                log.info("execution waits", **facts, why=f"{ahead} goes first")
            # However many wait, they look at most about twenty times a second together.
            await anyio.sleep(max(LOOK_AT_TURN, self.size * SHARE_OF_LOOKS).total_seconds())
            execution = (await storage.executions.load(execution.id)).execution

    async def _finish(self, execution: str) -> Stored:
        stored = await self._station.storage.executions.load(execution)
        ended = stored.execution
        log.info(
            "finished",
            campaign=ended.campaign,
            execution=ended.id,
            verdict=ended.verdict.value if ended.verdict else None,
            why=ended.reason,
        )
        return stored


def _may_wait(execution: Execution, now: datetime) -> bool:
    is_queued = execution.state is ExecutionState.QUEUED and execution.given_up is None
    return is_queued and now < execution.deadline

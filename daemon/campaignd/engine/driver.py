"""Drives one execution from what is stored to its verdict."""

from datetime import datetime, timedelta

import anyio
import structlog
from anyio.abc import TaskGroup

from campaignd.core.campaign import Campaign
from campaignd.core.decide import Action, StopAll, View, next_actions, next_moment
from campaignd.core.execution import Cause
from campaignd.core.states import ExecutionState
from campaignd.engine.faults import RemoteUnavailable, VendorFault
from campaignd.engine.launcher import Launcher
from campaignd.engine.observation import Observation
from campaignd.engine.performer import Performer, subject_of
from campaignd.engine.poller import Poller, Watch
from campaignd.engine.progress import Observer
from campaignd.engine.records import Stored
from campaignd.engine.recovery import recover
from campaignd.engine.tools import Tools
from campaignd.engine.trouble import Trouble
from campaignd.engine.viewing import view_progress

log = structlog.get_logger()

LOOK_AT_STORE = timedelta(seconds=2)
"""How often the store is read though nothing woke us: others may ask an execution to stop."""

WAITS_FOR_AGENT = "waits for an execution that scores the same Cotool agent"


class Driver:
    """The loop: read, decide, do, wait. All that must survive is in the store."""

    def __init__(
        self, tools: Tools, poller: Poller, campaign: Campaign, execution: str, observer: Observer
    ) -> None:
        self._tools = tools
        self._poller = poller
        self._campaign = campaign
        self._id = execution
        self._observer = observer
        self._wake = anyio.Event()
        self._watch = Watch(execution, self._wake_up)
        launcher = Launcher(tools, campaign)
        self._performer = Performer(tools, campaign, launcher)
        self._observation = Observation(tools, launcher, self._watch)
        self._busy: set[str] = set()
        self._waits: dict[str, timedelta] = {}
        self._not_before: dict[str, datetime] = {}
        self._trouble = Trouble()

    async def drive(self, *, taken_over: bool = False) -> None:
        """Go on until the execution is finished and nothing more of it can be settled now.

        A taken-over execution is first compared with what Coval says of it. Raises
        OwnershipLost and StorageTrouble.
        """
        if taken_over:
            await self._recover()
        with self._poller.watching(self._watch):
            async with anyio.create_task_group() as tasks:
                while (stored := await self._step(tasks)) is not None:
                    await self._pause(stored)
                tasks.cancel_scope.cancel()

    async def settle(self) -> None:
        """Go on with a finished execution until no launch is unsettled."""
        await self._recover()
        async with anyio.create_task_group() as tasks:
            while True:
                stored = await self._load()
                if all(launch.is_settled for launch in stored.launches):
                    return
                self._wake = anyio.Event()
                self._start(tasks, stored)
                await self._pause(stored)

    async def _recover(self) -> None:
        wait = self._tools.pace.fastest
        while True:
            try:
                await recover(self._tools, self._campaign, await self._load())
            except RemoteUnavailable as fault:
                self._note(fault)
                await anyio.sleep(wait.total_seconds())
                wait = min(wait * 2, self._tools.pace.slowest)
            else:
                return

    async def _step(self, tasks: TaskGroup) -> Stored | None:
        """Do one round; None once the execution is over."""
        self._wake = anyio.Event()
        stored = await self._load()
        if await self._observation.store(stored):
            stored = await self._load()
        if self._observation.aim(stored):
            self._poller.hurry()
        self._show(stored)
        if stored.execution.state is ExecutionState.FINISHED:
            return None
        self._start(tasks, stored)
        return stored

    async def _load(self) -> Stored:
        return await self._tools.store.executions.load(self._id)

    def _start(self, tasks: TaskGroup, stored: Stored) -> None:
        now = self._tools.clock.now()
        for action in self._next_actions(stored, now):
            subject = subject_of(action)
            if subject in self._busy or self._not_before.get(subject, now) > now:
                continue
            self._busy.add(subject)
            tasks.start_soon(self._perform, action, stored, name=f"{action} of {self._id}")

    def _next_actions(self, stored: Stored, now: datetime) -> tuple[Action, ...]:
        if self._trouble.is_hopeless(now) and stored.execution.given_up is None:
            return (StopAll(Cause.KEY_REFUSED),)
        return next_actions(self._view(stored), now)

    def _view(self, stored: Stored) -> View:
        return View(
            execution=stored.execution,
            campaign=self._campaign,
            launches=stored.launches,
            patience=self._tools.patience,
            halted=self._tools.account.halted,
        )

    async def _perform(self, action: Action, stored: Stored) -> None:
        subject = subject_of(action)
        try:
            done = await self._performer.perform(action, stored)
        except VendorFault as fault:
            self._note(fault)
            done = False
        else:
            self._trouble.clear()
        finally:
            self._busy.discard(subject)
        self._schedule(subject, again=not done)
        self._wake_up()

    def _schedule(self, subject: str, *, again: bool) -> None:
        """Let a subject rest for longer after each action that came to nothing."""
        if not again:
            self._waits.pop(subject, None)
            self._not_before.pop(subject, None)
            return
        pace = self._tools.pace
        wait = min(self._waits.get(subject, pace.fastest / 2) * 2, pace.slowest)
        self._waits[subject] = wait
        jittered = wait * (0.9 + 0.2 * self._tools.chance())
        self._not_before[subject] = self._tools.clock.now() + jittered

    def _note(self, fault: VendorFault) -> None:
        if self._trouble.note(fault, self._tools.clock.now()):
            log.warning("vendor trouble", execution=self._id, why=str(fault))
            self._observer.say(str(fault))

    async def _pause(self, stored: Stored) -> None:
        now = self._tools.clock.now()
        moments = [now + LOOK_AT_STORE, *self._not_before.values()]
        due = next_moment(self._view(stored), now)
        if due is not None:
            moments.append(due)
        wait = max((min(moments) - now).total_seconds(), 0.01)
        with anyio.move_on_after(wait):
            await self._wake.wait()

    def _wake_up(self) -> None:
        fault = self._watch.fault
        if fault is not None:
            self._note(fault)
        self._wake.set()

    def _show(self, stored: Stored) -> None:
        now = self._tools.clock.now()
        waits = stored.execution.state is ExecutionState.QUEUED and "execution" in self._waits
        note = str(self._trouble) or (WAITS_FOR_AGENT if waits else None)
        self._observer.show(view_progress(stored, now, note))

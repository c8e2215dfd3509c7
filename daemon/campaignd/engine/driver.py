"""Drives one execution from what is stored to its verdict."""

from collections.abc import Sequence
from datetime import timedelta

import anyio
import structlog
from anyio.abc import TaskGroup
from structlog.contextvars import bind_contextvars

from campaignd.core.campaign import Campaign
from campaignd.core.decide import Action, Begin, StopAll, View, next_actions, next_moment
from campaignd.core.execution import Cause
from campaignd.core.states import ExecutionState
from campaignd.engine.claim import Claim
from campaignd.engine.faults import VendorFault
from campaignd.engine.launcher import Launcher
from campaignd.engine.observation import Observation
from campaignd.engine.performer import Performer, cell_of, subject_of
from campaignd.engine.poller import Poller, Watch
from campaignd.engine.progress import Observer
from campaignd.engine.records import Stored
from campaignd.engine.recovery import recover
from campaignd.engine.resting import Key, Rests
from campaignd.engine.scorer import locked_agents
from campaignd.engine.tools import Tools
from campaignd.engine.trouble import Trouble
from campaignd.engine.viewing import name_rival, view_progress

log = structlog.get_logger()

LOOK_AT_STORE = timedelta(seconds=2)
"""How often the store is read though nothing woke us: others may ask an execution to stop."""

POLLER, RECOVERY = "poller", "recovery"
"""What trouble may hinder beside the subjects of actions."""

BEGIN: Key = (subject_of(Begin()), Begin)


class Driver:
    """The loop: read, decide, do, wait. All that must survive is in the store."""

    def __init__(
        self, tools: Tools, poller: Poller, campaign: Campaign, claim: Claim, observer: Observer
    ) -> None:
        self._tools = tools
        self._poller = poller
        self._campaign = campaign
        self._claim = claim
        self._observer = observer
        self._wake = anyio.Event()
        self._watch = Watch(claim.execution, self._wake_up)
        self._launcher = Launcher(tools, campaign)
        self._performer = Performer(tools, campaign, self._launcher)
        self._observation = Observation(tools, self._launcher, self._watch)
        self._busy: set[str] = set()
        self._rests = Rests(tools.pace, tools.chance)
        self._trouble = Trouble()
        self._waits_for: str | None = None

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
        """Go on with a finished execution until nothing is unsettled, or the key is refused."""
        await self._recover()
        async with anyio.create_task_group() as tasks:
            while True:
                self._wake = anyio.Event()
                stored = await self._claim.load()
                if stored.is_settled or self._is_hopeless():
                    break
                self._start(tasks, stored)
                await self._pause(stored)
            tasks.cancel_scope.cancel()

    async def _recover(self) -> None:
        """Compare with Coval; in vain only where the execution can launch nothing any more."""
        wait = self._tools.pace.fastest
        while True:
            stored = await self._claim.load()
            try:
                await recover(self._tools, self._campaign, self._claim)
            except VendorFault as fault:
                self._note(RECOVERY, fault)
            else:
                self._trouble.clear(RECOVERY, self._tools.clock.now())
                return
            self._show(stored)
            if self._is_beyond_launching(stored):
                return
            await anyio.sleep(wait.total_seconds())
            wait = min(wait * 2, self._tools.pace.slowest)

    def _is_beyond_launching(self, stored: Stored) -> bool:
        execution = stored.execution
        is_late = self._tools.clock.now() >= execution.deadline
        return execution.given_up is not None or is_late or self._is_hopeless()

    async def _step(self, tasks: TaskGroup) -> Stored | None:
        """Do one round; None once the execution is over."""
        self._wake = anyio.Event()
        if self._watch.bug is not None:
            raise self._watch.bug
        stored = await self._claim.load()
        if await self._observation.store(stored):
            stored = await self._claim.load()
        if self._observation.aim(stored):
            self._poller.hurry()
        self._waits_for = await self._look_ahead(stored)
        self._show(stored)
        if stored.execution.state is ExecutionState.FINISHED:
            return None
        if stored.execution.given_up is not None:
            self._launcher.close()
        self._start(tasks, stored)
        return stored

    async def _look_ahead(self, stored: Stored) -> str | None:
        """Say what an execution waits for that does not get out of the queue."""
        if stored.execution.state is not ExecutionState.QUEUED or BEGIN not in self._rests:
            return None
        agents = locked_agents(self._campaign)
        rival = await self._tools.rivals.in_the_way(self._claim.execution, agents)
        return None if rival is None else name_rival(rival)

    def _start(self, tasks: TaskGroup, stored: Stored) -> None:
        now = self._tools.clock.now()
        actions = self._next_actions(stored)
        subjects = {subject_of(action) for action in actions}
        self._trouble.keep({POLLER, RECOVERY} | self._busy | subjects, now)
        for action in actions:
            subject = subject_of(action)
            if subject in self._busy or self._rests.holds(_key(action), now):
                continue
            self._busy.add(subject)
            tasks.start_soon(
                self._perform, action, stored, name=f"{action} of {self._claim.execution}"
            )

    def _next_actions(self, stored: Stored) -> Sequence[Action]:
        if self._is_hopeless() and stored.execution.given_up is None:
            return (StopAll(Cause.KEY_REFUSED),)
        return next_actions(self._view(stored), self._tools.clock.now())

    def _view(self, stored: Stored) -> View:
        return View(
            execution=stored.execution,
            campaign=self._campaign,
            launches=stored.launches,
            patience=self._tools.patience,
            halted=self._tools.account.halted,
            looked_at=self._watch.looked_at or stored.execution.created_at,
            duplicates=stored.open_duplicates,
        )

    def _is_hopeless(self) -> bool:
        return self._trouble.is_hopeless(self._tools.clock.now())

    async def _perform(self, action: Action, stored: Stored) -> None:
        subject = subject_of(action)
        if (cell := cell_of(action)) is not None:
            bind_contextvars(cell=cell)
        try:
            done = await self._performer.perform(action, stored)
        except VendorFault as fault:
            self._note(subject, fault)
            done = False
        else:
            self._trouble.clear(subject, self._tools.clock.now())
        finally:
            self._busy.discard(subject)
        if done:
            self._rests.end(_key(action))
        else:
            self._rests.lengthen(_key(action), self._tools.clock.now())
        self._wake.set()

    def _note(self, subject: str, fault: VendorFault) -> None:
        if self._trouble.note(subject, fault, self._tools.clock.now()):
            # The poller tells of trouble as well, and knows of no execution.
            facts = {"campaign": self._campaign.name, "execution": self._claim.execution}
            log.warning("vendor trouble", **facts, why=str(fault))
            self._observer.say(str(fault))

    async def _pause(self, stored: Stored) -> None:
        now = self._tools.clock.now()
        ahead = (next_moment(self._view(stored), now), self._rests.next_end(now))
        until = min([now + LOOK_AT_STORE, *(moment for moment in ahead if moment is not None)])
        with anyio.move_on_after((until - now).total_seconds()):
            await self._wake.wait()

    def _wake_up(self) -> None:
        """Hear from the poller."""
        if self._watch.fault is not None:
            self._note(POLLER, self._watch.fault)
        else:
            self._trouble.clear(POLLER, self._tools.clock.now())
        self._wake.set()

    def _show(self, stored: Stored) -> None:
        note = str(self._trouble) or self._waits_for
        self._observer.show(view_progress(stored, self._tools.clock.now(), note))


def _key(action: Action) -> Key:
    return subject_of(action), type(action)

"""Does what was decided; chooses nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from campaignd.core.campaign import Campaign
from campaignd.core.decide import (
    Abandon,
    Action,
    Advance,
    Begin,
    Collect,
    Conclude,
    Doubt,
    End,
    EndDuplicate,
    EndingAction,
    ExecutionAction,
    Judge,
    Leave,
    Refuse,
    Relaunch,
    Resolve,
    Score,
    Send,
    SendingAction,
    StopAll,
)
from campaignd.core.execution import Execution
from campaignd.core.states import ExecutionState
from campaignd.engine.collector import Collector
from campaignd.engine.ender import Ender
from campaignd.engine.judge import Judge as Judging
from campaignd.engine.launcher import Launcher
from campaignd.engine.records import Measured, Stored
from campaignd.engine.reporting import Material, build_report
from campaignd.engine.scorer import Scorer, locked_agents
from campaignd.engine.tools import Tools


def cell_of(action: Action) -> str | None:
    """Return the key of the cell that an action is about, if it is about one."""
    if isinstance(action, EndDuplicate):
        return action.duplicate.launch.cell.key
    return None if isinstance(action, ExecutionAction) else action.launch.cell.key


def subject_of(action: Action) -> str:
    """Return what an action is about: a launch's key, a second run, or the execution."""
    if isinstance(action, EndDuplicate):
        return f"duplicate {action.duplicate.run_id}"
    if isinstance(action, ExecutionAction):
        return "execution"
    return action.launch.key


class Performer:
    """Performs the actions of one execution."""

    def __init__(self, tools: Tools, campaign: Campaign, launcher: Launcher) -> None:
        self._tools = tools
        self._campaign = campaign
        self._launcher = launcher
        self._ender = Ender(tools, tools.vendors.coval)
        self._collector = Collector(tools)
        self._scorer = Scorer(tools, campaign)
        self._judging = Judging(tools, campaign)

    async def perform(self, action: Action, stored: Stored) -> bool:
        """Perform one action; false if it has to be tried again later.

        Raises VendorFault where a vendor is in the way, StorageTrouble and OwnershipLost.
        """
        if isinstance(action, SendingAction):
            return await self._perform_sending(action, stored.execution)
        if isinstance(action, EndingAction):
            return await self._perform_ending(action, stored.execution)
        if isinstance(action, EndDuplicate):
            await self._ender.end_duplicate(stored.execution, action.duplicate)
            return True
        return await self._perform_on_execution(action, stored)

    async def _perform_sending(self, action: SendingAction, execution: Execution) -> bool:
        match action:
            case Send(launch):
                return await self._launcher.send(execution, launch)
            case Resolve(launch):
                return await self._launcher.resolve(execution, launch)
            case Doubt(launch):
                await self._launcher.doubt(execution, launch, "the answer to the launch was lost")
            case Relaunch(launch):
                now = self._tools.clock.now()
                await self._tools.store.launches.add_attempt(execution, launch, now)
            case Refuse(launch, error):
                await self._launcher.refuse(execution, launch, error)
            case _:
                assert_never(action)
        return True

    async def _perform_ending(self, action: EndingAction, execution: Execution) -> bool:
        match action:
            case Collect(launch):
                return await self._collector.collect(execution, launch)
            case Abandon(launch, cause):
                await self._ender.abandon(execution, launch, cause)
            case Leave(launch, cause):
                await self._ender.leave(execution, launch, cause)
            case End(launch):
                await self._ender.end(execution, launch)
            case _:
                assert_never(action)
        return True

    async def _perform_on_execution(self, action: ExecutionAction, stored: Stored) -> bool:
        execution = stored.execution
        match action:
            case Begin():
                return await self._begin(stored)
            case StopAll(cause):
                now = self._tools.clock.now()
                stopped = replace(execution, given_up=cause, given_up_at=now)
                await self._move(execution, stopped)
            case Advance(to):
                await self._move(execution, replace(execution, state=to))
            case Score():
                return await self._score(stored)
            case Judge():
                await self._judging.judge(stored)
            case Conclude():
                await self._judging.conclude(stored)
            case _:
                assert_never(action)
        return True

    async def _begin(self, stored: Stored) -> bool:
        agents: Sequence[str] = locked_agents(self._campaign)
        now = self._tools.clock.now()
        begun = replace(stored.execution, state=ExecutionState.RUNNING, started_at=now)
        material = Material(begun, stored.launches, Measured(()), (), {}, ())
        report = build_report(material, self._tools.vendors.run_url)
        messages = self._tools.announcer.messages("started", report)
        return await self._tools.store.executions.begin(stored.execution, agents, now, messages)

    async def _score(self, stored: Stored) -> bool:
        execution = stored.execution
        scoring = await self._scorer.score(execution, stored.launches)
        if not scoring.is_over:
            return False
        judging = replace(execution, state=ExecutionState.JUDGING)
        await self._move(execution, replace(judging, notes=(*execution.notes, *scoring.notes)))
        return True

    async def _move(self, old: Execution, new: Execution) -> None:
        reason = new.given_up.value if new.given_up is not None else ""
        await self._tools.store.executions.move(old, new, self._tools.clock.now(), reason)

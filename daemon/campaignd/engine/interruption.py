"""Ending an execution at once: one list, then the DELETEs, unpaced."""

from dataclasses import replace

import anyio
import structlog

from campaignd.core.campaign import Campaign
from campaignd.core.execution import Cause, Duplicate, Execution, Launch
from campaignd.core.following import runs_of
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.claim import Claim
from campaignd.engine.ender import Ender
from campaignd.engine.faults import VendorFault
from campaignd.engine.judge import Judge
from campaignd.engine.launcher import Launcher
from campaignd.engine.lookup import list_candidates, reveal
from campaignd.engine.tools import Tools

log = structlog.get_logger()

VENDOR_SECONDS = 4.0
"""How long Coval is given; the rest of the 5 s is for the store."""

_DOUBTFUL = frozenset({LaunchState.SENDING, LaunchState.UNRESOLVED})


class Interruption:
    """Gives a whole execution up within seconds; what stays unsettled is settled later."""

    def __init__(self, tools: Tools, campaign: Campaign, claim: Claim) -> None:
        self._tools = tools
        self._claim = claim
        self._ender = Ender(tools, tools.vendors.urgent)
        self._launcher = Launcher(tools, campaign)
        self._judge = Judge(tools, campaign)

    async def end(self, cause: Cause, verdict: Verdict, reason: str) -> None:
        """End all runs as far as time allows and finish with the verdict."""
        stored = await self._claim.load()
        if stored.execution.state is ExecutionState.FINISHED:
            return
        await self._stop(stored.execution, cause)
        try:
            with anyio.move_on_after(VENDOR_SECONDS):
                await self._adopt_doubtful()
                await self._end_all(cause)
        finally:  # a bug in there must not keep the execution from its end
            await self._finish(verdict, reason)

    async def _finish(self, verdict: Verdict, reason: str) -> None:
        stored = await self._claim.load()
        measured = await self._tools.store.results.measured(stored.execution)
        await self._judge.finish(stored, measured, verdict, reason)

    async def _stop(self, execution: Execution, cause: Cause) -> None:
        now = self._tools.clock.now()
        stopped = replace(
            execution,
            given_up=execution.given_up or cause,
            given_up_at=execution.given_up_at or now,
        )
        if execution.state is not ExecutionState.JUDGING:
            stopped = replace(stopped, state=ExecutionState.CANCELLING)
        await self._tools.store.executions.move(execution, stopped, now, cause.value)

    async def _adopt_doubtful(self) -> None:
        stored = await self._claim.load()
        doubtful = [launch for launch in stored.launches if launch.state in _DOUBTFUL]
        if not doubtful:
            return
        coval = self._tools.vendors.urgent
        try:
            listed = await list_candidates(coval, stored.execution)
            runs = await reveal(coval, listed, stored.launches)
        except VendorFault as fault:
            log.warning("could not look for doubtful launches", why=str(fault))
            return
        for launch in doubtful:
            if found := runs_of(launch, runs):
                await self._launcher.adopt(stored.execution, launch, found)

    async def _end_all(self, cause: Cause) -> None:
        stored = await self._claim.load()
        async with anyio.create_task_group() as tasks:
            for launch in stored.launches:
                if not launch.is_settled:
                    tasks.start_soon(self._end_one, stored.execution, launch, cause)
            for duplicate in stored.open_duplicates:
                tasks.start_soon(self._end_duplicate, stored.execution, duplicate)

    async def _end_one(self, execution: Execution, launch: Launch, cause: Cause) -> None:
        if launch.state in {LaunchState.PLANNED, LaunchState.RUNNING}:
            launch = await self._ender.abandon(execution, launch, cause)
        if launch.state is not LaunchState.CANCELLING:
            return
        try:
            await self._ender.end(execution, launch)
        except VendorFault as fault:
            log.warning("run not ended yet", launch=launch.key, why=str(fault))

    async def _end_duplicate(self, execution: Execution, duplicate: Duplicate) -> None:
        try:
            await self._ender.end_duplicate(execution, duplicate)
        except VendorFault as fault:
            log.warning("duplicate not ended yet", run=duplicate.run_id, why=str(fault))

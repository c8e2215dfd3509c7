"""Gives launches up, and ends their runs on Coval without losing what they measured."""

from dataclasses import replace
from datetime import datetime

from campaignd.core.coval import Run, RunStatus
from campaignd.core.execution import Cause, Duplicate, Execution, Launch
from campaignd.core.following import fail, lose
from campaignd.core.states import LaunchState
from campaignd.engine.faults import NotFound
from campaignd.engine.ports import CovalRuns
from campaignd.engine.tools import Tools

_REASONS = {
    Cause.CANCELLED: "cancelled",
    Cause.INTERRUPTED: "interrupted",
    Cause.EXECUTION_TIMEOUT: "the execution took longer than limits.timeout",
    Cause.QUEUE_TIMEOUT: "the run did not start within limits.queue_timeout",
    Cause.STALL_TIMEOUT: "nothing new finished within limits.stall_timeout",
    Cause.RUN_TIMEOUT: "the run took longer than limits.run_timeout",
    Cause.KEY_REFUSED: "Coval refuses the API key",
    Cause.FAILURE: "campaignd itself failed",
}


class Ender:
    """Ends launches of one execution, through the ordinary lane or the urgent one."""

    def __init__(self, tools: Tools, coval: CovalRuns) -> None:
        self._tools = tools
        self._coval = coval

    async def abandon(self, execution: Execution, launch: Launch, cause: Cause) -> Launch:
        """Cancel what was not sent; mark what runs to be ended. Return the launch as it is then."""
        unsent = launch.state is LaunchState.PLANNED
        state = LaunchState.CANCELLED if unsent else LaunchState.CANCELLING
        ended_at = self._tools.clock.now() if unsent else None
        why = _REASONS[cause]
        given_up = replace(launch, state=state, given_up=cause, error=why, ended_at=ended_at)
        await self._move(execution, launch, given_up)
        return given_up

    async def leave(self, execution: Execution, launch: Launch, cause: Cause) -> None:
        """Stop following a run and let it go on."""
        why = f"{_REASONS[cause]}; the run was left going on Coval (on_timeout: leave)"
        lost = lose(launch, why, self._tools.clock.now())
        await self._move(execution, launch, replace(lost, given_up=cause))

    async def end(self, execution: Execution, launch: Launch) -> None:
        """Read the run, then DELETE it unless it has ended; raises a VendorFault to try again.

        A finished run would be deleted with its results, so it is never sent a DELETE. That a
        run is not found proves nothing while it is so new that Coval may not show it yet.
        """
        run_id = launch.run_id or ""
        try:
            run = await self._coval.read_run(run_id)
        except NotFound:
            if self._is_new(launch.launched_at):
                raise
            await self._settle(execution, launch, None)
            return
        if run.is_final:
            await self._settle(execution, launch, run)
            return
        await self._coval.end_run(run_id)
        await self._settle(execution, launch, None)

    async def end_duplicate(self, execution: Execution, duplicate: Duplicate) -> None:
        """Do the same with a second run, whose results nobody wants."""
        run_id = duplicate.run_id
        try:
            run = await self._coval.read_run(run_id)
        except NotFound:
            if self._is_new(duplicate.found_at):
                raise
        else:
            if not run.is_final:
                await self._coval.end_run(run_id)
        now = self._tools.clock.now()
        await self._tools.store.launches.close_duplicate(execution, run_id, now)

    def _is_new(self, since: datetime | None) -> bool:
        now = self._tools.clock.now()
        return now - (since or now) < self._tools.patience.grace

    async def _settle(self, execution: Execution, launch: Launch, run: Run | None) -> None:
        now = self._tools.clock.now()
        ended = replace(launch, ended_at=now)
        match run.status if run is not None else RunStatus.CANCELLED:
            case RunStatus.COMPLETED:
                settled = replace(
                    ended, state=LaunchState.ENDED, run_status=RunStatus.COMPLETED, error=None
                )
            case RunStatus.FAILED if run is not None:
                settled = fail(ended, run, now)
            case _:
                settled = replace(ended, state=LaunchState.CANCELLED)
        await self._move(execution, launch, settled)

    async def _move(self, execution: Execution, old: Launch, new: Launch) -> None:
        await self._tools.store.launches.move(
            execution, old, new, self._tools.clock.now(), new.error or ""
        )

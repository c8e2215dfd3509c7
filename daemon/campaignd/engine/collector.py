"""Stores what ended runs measured, whole or not at all as far as gates can see."""

from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from campaignd.core.coval import RunStatus
from campaignd.core.execution import Execution, Launch
from campaignd.core.following import lose
from campaignd.core.states import LaunchState
from campaignd.engine.faults import (
    AnswerUnusable,
    KeyRefused,
    NotFound,
    RemoteRejected,
    VendorFault,
)
from campaignd.engine.tools import Tools


class Collector:
    """Collects the runs of one execution."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._unreadable_since: dict[str, datetime] = {}

    async def collect(self, execution: Execution, launch: Launch) -> bool:
        """Read everything once more; false while something is still to come.

        What does not come within the wait, or until the execution is given up, is missing from
        then on. Results that could not be read for so long are lost, however late the first look
        came; Coval being out of reach or refusing the key is waited for.
        """
        is_last = self._is_last(execution, launch)
        try:
            complete = await self._read(execution, launch)
        except KeyRefused:
            raise
        except (AnswerUnusable, RemoteRejected) as fault:
            if not self._is_unreadable(launch):
                raise
            await self._lose(execution, launch, fault)
            return True
        self._unreadable_since.pop(launch.key, None)
        if not complete and not is_last:
            return False
        why = "" if complete else "some results never came"
        error = launch.error if complete else why
        collected = replace(launch, state=LaunchState.COLLECTED, error=error)
        now = self._tools.clock.now()
        await self._tools.store.launches.move(execution, launch, collected, now, why)
        return True

    def _is_last(self, execution: Execution, launch: Launch) -> bool:
        now = self._tools.clock.now()
        waited = now - (launch.ended_at or now)
        return execution.given_up is not None or waited >= self._tools.patience.values_wait

    def _is_unreadable(self, launch: Launch) -> bool:
        """Whether all reads failed for as long as values are waited for."""
        now = self._tools.clock.now()
        since = self._unreadable_since.setdefault(launch.key, now)
        return now - since >= self._tools.patience.values_wait

    async def _read(self, execution: Execution, launch: Launch) -> bool:
        results, coval = self._tools.store.results, self._tools.vendors.coval
        run = await coval.read_run(launch.run_id or "")
        if run.status is RunStatus.DELETED:
            raise NotFound("Coval", f"GET /runs/{run.run_id}", "the run was deleted")
        read: set[str] = set()
        async with aclosing(coval.list_simulations(run.run_id)) as pages:
            async for page in pages:
                await results.save_simulations(execution, launch, page)
                read.update(simulation.simulation_id for simulation in page)
        if run.results is None:
            return False
        await results.save_values(execution, launch, run.results, read)
        missing = await results.count_missing(launch)
        values = 0 if run.results.aggregates else missing.values
        is_whole = read.issuperset(run.results.output_ids) and run.is_final
        return is_whole and missing.simulations == values == 0

    async def _lose(self, execution: Execution, launch: Launch, fault: VendorFault) -> None:
        now = self._tools.clock.now()
        is_gone = isinstance(fault, NotFound)
        why = "vanished from Coval" if is_gone else f"cannot be read: {fault}"
        lost = lose(launch, f"the run's results {why}", now)
        await self._tools.store.launches.move(execution, launch, lost, now, lost.error or "")

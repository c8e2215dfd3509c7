"""Stores what ended runs measured, whole or not at all as far as gates can see."""

from dataclasses import replace

from campaignd.core.coval import RunStatus
from campaignd.core.execution import Execution, Launch
from campaignd.core.following import lose
from campaignd.core.states import LaunchState
from campaignd.engine.faults import NotFound
from campaignd.engine.tools import Tools


class Collector:
    """Collects the runs of one execution."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def collect(self, execution: Execution, launch: Launch) -> bool:
        """Read everything once more; false while something is still to come.

        Values that do not come within the wait are missing from then on.
        """
        try:
            complete = await self._read(execution, launch)
        except NotFound:
            await self._lose(execution, launch, "the run's results vanished from Coval")
            return True
        now = self._tools.clock.now()
        waited = now - (launch.ended_at or now) >= self._tools.patience.values_wait
        if not complete and not waited:
            return False
        why = "" if complete else "some results never came"
        collected = replace(
            launch, state=LaunchState.COLLECTED, error=launch.error if complete else why
        )
        await self._tools.store.launches.move(execution, launch, collected, now, why)
        return True

    async def _read(self, execution: Execution, launch: Launch) -> bool:
        results, coval = self._tools.store.results, self._tools.vendors.coval
        run = await coval.read_run(launch.run_id or "")
        if run.status is RunStatus.DELETED:
            raise NotFound("Coval", f"GET /runs/{run.run_id}", "the run was deleted")
        async for page in coval.list_simulations(run.run_id):
            await results.save_simulations(execution, launch, page)
        if run.results is None:
            return False
        await results.save_values(execution, launch, run.results)
        missing = await results.count_missing(launch)
        values = 0 if run.results.aggregates else missing.values
        return missing.simulations == 0 and values == 0 and run.is_final

    async def _lose(self, execution: Execution, launch: Launch, why: str) -> None:
        now = self._tools.clock.now()
        await self._tools.store.launches.move(execution, launch, lose(launch, why, now), now, why)

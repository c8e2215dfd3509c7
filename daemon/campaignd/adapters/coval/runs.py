"""Launches, follows and ends Coval runs."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

from campaignd.adapters.coval.filters import equals, join, may_match, run_conditions
from campaignd.adapters.coval.orders import launch_body
from campaignd.adapters.coval.pages import LARGE_PAGE, read_pages
from campaignd.adapters.coval.runs_wire import RunAnswer, RunPage, SimulationPage
from campaignd.adapters.http.calls import Call, path
from campaignd.adapters.http.lane import Lane, Slot
from campaignd.adapters.http.wire import parse
from campaignd.core.coval import LaunchOrder, Run, RunQuery, Simulation

_OLDEST_FIRST = {"page_size": str(LARGE_PAGE), "order_by": "create_time"}


class LaunchSlot:
    """A reserved moment and connection: the launch goes out at once."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    async def launch(self, order: LaunchOrder) -> Run:
        """Send one POST, once. NotSent and RemoteRejected mean that nothing was launched."""
        call = Call("POST", path("runs"), body=launch_body(order))
        return parse(await self._slot.send(call), RunAnswer).run.run()


class RunsClient:
    """The engine's `CovalRuns` over one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    @asynccontextmanager
    async def launch_slot(self) -> AsyncIterator[LaunchSlot]:
        """Wait for the pacer and a connection before an intent to launch is committed."""
        async with self._lane.slot() as slot:
            yield LaunchSlot(slot)

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        params = dict(_OLDEST_FIRST)
        if conditions := run_conditions(query):
            params["filter"] = join(conditions)
        found: dict[str, Run] = {}
        async for page in read_pages(self._lane, path("runs"), params, RunPage):
            # A run that pages show twice is kept as it was read last.
            found.update((item.run_id, item.run()) for item in page.runs)
        runs = [run for run in found.values() if may_match(query, run)]
        return sorted(runs, key=lambda run: run.create_time)

    async def read_run(self, run_id: str) -> Run:
        return (await self._lane.read(Call("GET", path("runs", run_id)), RunAnswer)).run.run()

    async def list_simulations(self, run_id: str) -> AsyncGenerator[Sequence[Simulation]]:
        params = {**_OLDEST_FIRST, "filter": str(equals("run_id", run_id))}
        seen: set[str] = set()
        where = path("simulations")
        async with aclosing(read_pages(self._lane, where, params, SimulationPage)) as pages:
            async for page in pages:
                simulations = {item.simulation_id: item.simulation() for item in page.simulations}
                fresh = [
                    simulation
                    for key, simulation in simulations.items()
                    if key not in seen and simulation.run_id == run_id
                ]
                seen.update(simulations)
                yield fresh

    async def end_run(self, run_id: str) -> None:
        await self._lane.send(Call("DELETE", path("runs", run_id)))

    def clock_skew(self) -> timedelta:
        return self._lane.clock_skew

"""Launches, intent first, and finds out what became of launches whose answer was lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from campaignd.core.campaign import Campaign
from campaignd.core.coval import LaunchOrder, Run, RunQuery
from campaignd.core.execution import Execution, Launch, installation_tag, tag_of
from campaignd.core.following import adopt
from campaignd.core.plan import order_for
from campaignd.core.states import LaunchState
from campaignd.engine.faults import (
    AccessRefused,
    KeyRefused,
    NotSent,
    RemoteRejected,
    VendorFault,
)
from campaignd.engine.lookup import search
from campaignd.engine.ports import LaunchSlot
from campaignd.engine.records import Allowance, Intent, Refusal
from campaignd.engine.tools import Tools

log = structlog.get_logger()

HASTE = timedelta(seconds=5)
"""A process that slept for longer between its intent and the POST does not send any more."""


class Launcher:
    """Sends the launches of one execution."""

    def __init__(self, tools: Tools, campaign: Campaign) -> None:
        self._tools = tools
        self._campaign = campaign
        self._is_closed = False

    def close(self) -> None:
        """Launch nothing any more, not even what waits for its turn."""
        self._is_closed = True

    async def send(self, execution: Execution, launch: Launch) -> bool:
        """Store the intent and POST once; false if the launch has to wait for its turn."""
        async with self._tools.vendors.coval.launch_slot() as slot:
            if self._is_closed or self._tools.account.halted is not None:
                return False
            now = self._tools.clock.now()
            intent = Intent(now, now + self._tools.bounds.request_deadline)
            sending = await self._tools.store.launches.reserve(
                execution, launch, intent, self._allowance()
            )
            if isinstance(sending, Refusal):
                return await self._hold(execution, launch, sending)
            if self._tools.clock.now() - now > HASTE:
                await self.doubt(execution, sending, "the process slept before sending")
                return True
            await self._post(execution, sending, slot)
        return True

    async def doubt(self, execution: Execution, launch: Launch, why: str) -> None:
        """Note that a POST may or may not have launched a run."""
        now = self._tools.clock.now()
        quiet_from = max(launch.quiet_from or now, now)
        doubted = replace(launch, state=LaunchState.UNRESOLVED, quiet_from=quiet_from, error=why)
        await self._move(execution, launch, doubted, why)

    async def resolve(self, execution: Execution, launch: Launch) -> bool:
        """Search for the run and adopt it, or send again after the grace; false to search again."""
        now = self._tools.clock.now()
        found = await search(self._tools.vendors.coval, execution, launch)
        if found:
            await self.adopt(execution, launch, found)
            return True
        if now < (launch.quiet_from or now) + self._tools.patience.grace:
            return False
        if execution.given_up is not None or self._tools.account.halted is not None:
            await self._write_off(execution, launch)
            return True
        log.warning("launch sent again", launch=launch.key, sends=launch.sends + 1)
        return await self.send(execution, launch)

    async def adopt(self, execution: Execution, launch: Launch, found: Sequence[Run]) -> None:
        """Bind a launch to the first of its runs; the others are duplicates, recorded to be ended.

        Does nothing if somebody else moved the launch meanwhile: it may have one of them.
        """
        keeper, *others = found
        bound = self._bind(launch, keeper)
        if await self._move(execution, launch, bound, "found on Coval"):
            for run in others:
                await self.drop_duplicate(execution, bound, run)

    async def drop_duplicate(self, execution: Execution, launch: Launch, run: Run) -> None:
        """Record a second run of a launch, which is to be ended on Coval."""
        now = self._tools.clock.now()
        await self._tools.store.launches.record_duplicate(execution, launch, run.run_id, now)
        log.warning("duplicate run", launch=launch.key, run=run.run_id, kept=launch.run_id)

    async def refuse(self, execution: Execution, launch: Launch, error: str) -> None:
        """Note that a launch will not be made."""
        now = self._tools.clock.now()
        refused = replace(launch, state=LaunchState.REFUSED, error=error, ended_at=now)
        await self._move(execution, launch, refused, error)

    async def _post(self, execution: Execution, launch: Launch, slot: LaunchSlot) -> None:
        try:
            run = await slot.launch(self._order(execution, launch))
        except NotSent as fault:
            await self._move(
                execution, launch, replace(launch, state=LaunchState.PLANNED), str(fault)
            )
            raise
        except RemoteRejected as fault:
            await self._halt(fault)
            await self.refuse(execution, launch, str(fault))
        except VendorFault as fault:
            await self.doubt(execution, launch, str(fault))
        else:
            launched = self._bind(launch, run)
            await self._move(execution, launch, launched, f"run {run.run_id}")

    async def _write_off(self, execution: Execution, launch: Launch) -> None:
        """Note that a launch whose outcome was unknown has no run, and gets none any more."""
        now, halted = self._tools.clock.now(), self._tools.account.halted
        if execution.given_up is not None:
            why = "given up; no run of it ever appeared on Coval"
            gone = replace(launch, state=LaunchState.CANCELLED, given_up=execution.given_up)
        else:
            why = f"no run of it ever appeared on Coval, and it is not sent again: {halted}"
            gone = replace(launch, state=LaunchState.LOST)
        await self._move(execution, launch, replace(gone, error=why, ended_at=now), why)

    async def _halt(self, fault: RemoteRejected) -> None:
        """Stop all launching after a 401, or after a 403 where a plain list is refused as well."""
        if isinstance(fault, KeyRefused):
            self._tools.account.halted = str(fault)
        elif isinstance(fault, AccessRefused):
            try:
                now = self._tools.clock.now()
                await self._tools.vendors.urgent.list_runs(RunQuery(created_since=now))
            except RemoteRejected:
                self._tools.account.halted = str(fault)
            except VendorFault as other:
                log.info("could not tell a refused launch from a refused key", why=str(other))

    async def _hold(self, execution: Execution, launch: Launch, refusal: Refusal) -> bool:
        if not refusal.for_good:
            return False
        await self.refuse(execution, launch, refusal.reason)
        return True

    def _bind(self, launch: Launch, run: Run) -> Launch:
        skew = self._tools.vendors.coval.clock_skew()
        return adopt(launch, run, self._tools.clock.now(), skew)

    def _order(self, execution: Execution, launch: Launch) -> LaunchOrder:
        tags = ("campaignd", installation_tag(self._tools.installation), tag_of(execution.id))
        return order_for(
            launch.cell,
            launch_key=launch.key,
            title=execution.campaign,
            tags=(*tags, *self._campaign.tags),
        )

    def _allowance(self) -> Allowance:
        limits, bounds = self._campaign.limits, self._tools.bounds
        return Allowance(
            runs_in_flight=limits.runs_in_flight,
            campaign_simulations=limits.simulations,
            account_runs_in_flight=bounds.runs_in_flight,
            simulations_per_day=bounds.simulations_per_day,
        )

    async def _move(self, execution: Execution, old: Launch, new: Launch, reason: str) -> bool:
        now = self._tools.clock.now()
        return await self._tools.store.launches.move(execution, old, new, now, reason)

"""Brings what the poller saw into the store."""

import structlog

from campaignd.core.coval import Run, RunStatus
from campaignd.core.execution import Launch
from campaignd.core.following import follow, lose, shown_key
from campaignd.core.states import LaunchState
from campaignd.engine.faults import VendorFault
from campaignd.engine.launcher import Launcher
from campaignd.engine.poller import Watch
from campaignd.engine.records import Stored
from campaignd.engine.tools import Tools

log = structlog.get_logger()


class Observation:
    """What was seen of one execution's runs since the last look."""

    def __init__(self, tools: Tools, launcher: Launcher, watch: Watch) -> None:
        self._tools = tools
        self._launcher = launcher
        self._watch = watch

    def aim(self, stored: Stored) -> bool:
        """Tell the poller which runs to follow; whether some of them are new to it."""
        running = [x for x in stored.launches if x.state is LaunchState.RUNNING and x.run_id]
        fresh = any(launch.run_id not in self._watch.following for launch in running)
        self._watch.following = {launch.run_id or "": launch for launch in running}
        self._watch.known.update(launch.run_id or "" for launch in stored.launches)
        return fresh

    async def store(self, stored: Stored) -> bool:
        """Move launches on by what was seen; whether anything moved."""
        seen, gone = self._watch.seen, self._watch.gone
        self._watch.seen, self._watch.gone = {}, set()
        moved = False
        for launch in stored.launches:
            if launch.state is LaunchState.RUNNING and launch.run_id is not None:
                run = seen.get(launch.run_id)
                new = self._look(launch, run, is_gone=launch.run_id in gone)
                moved |= await self._store(stored, launch, new)
        await self._end_strays(stored)
        return moved

    def _look(self, launch: Launch, run: Run | None, *, is_gone: bool) -> Launch:
        now = self._tools.clock.now()
        if is_gone:
            return lose(launch, "the run vanished from Coval", now)
        if run is None:
            return launch
        if run.status is RunStatus.UNKNOWN and launch.run_status is not RunStatus.UNKNOWN:
            cell = launch.cell.key
            log.warning("unknown run status", cell=cell, run=run.run_id, status=run.raw_status)
        return follow(launch, run, now)

    async def _store(self, stored: Stored, old: Launch, new: Launch) -> bool:
        if new == old:
            return False
        now = self._tools.clock.now()
        return await self._tools.store.launches.move(
            stored.execution, old, new, now, new.error or ""
        )

    async def _end_strays(self, stored: Stored) -> None:
        """End runs under our tag that are no launch's run: late duplicates."""
        strays = self._watch.strays
        self._watch.strays = {}
        ours = {launch.run_id for launch in stored.launches}
        for run in strays.values():
            # A launch of ours may have been bound to its run after the list was made.
            if run.run_id in ours or await self._end_stray(stored, run):
                self._watch.known.add(run.run_id)

    async def _end_stray(self, stored: Stored, run: Run) -> bool:
        """End a run unless a launch may still claim it; false to look at it again."""
        launch = _launch_of(stored, run)
        if launch is None:
            log.warning("a run carries our tag but none of our keys", run=run.run_id)
            return True
        if launch.run_id is None and not launch.is_settled:
            return False
        try:
            await self._launcher.drop_duplicate(stored.execution, launch, run)
        except VendorFault as fault:
            log.warning("a duplicate is not ended yet", run=run.run_id, why=str(fault))
            return False
        return True


def _launch_of(stored: Stored, run: Run) -> Launch | None:
    """Find the launch whose key the run carries, or that of its cell where the key is unknown."""
    key = shown_key(run)
    stem = key.rpartition("-")[0]
    same_cell = [x for x in stored.launches if stem and x.key.rpartition("-")[0] == stem]
    return next((x for x in same_cell if x.key == key), same_cell[-1] if same_cell else None)

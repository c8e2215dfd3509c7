"""Follows every run in flight of every execution with one list request a round."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf

import anyio
import structlog

from campaignd.core.coval import Run, RunQuery, RunStatus
from campaignd.core.execution import Launch, installation_tag
from campaignd.core.following import executions_named_by
from campaignd.engine.faults import (
    AccessRefused,
    KeyRefused,
    NotFound,
    RemoteRejected,
    VendorFault,
)
from campaignd.engine.lookup import OVERLAP
from campaignd.engine.tools import Tools

log = structlog.get_logger()

MISSES = 2
"""A run that so many lists in a row did not show is read by itself."""
READS_A_ROUND = 5


@dataclass(slots=True)
class Watch:
    """What one execution wants followed, and what was seen of it since it last looked.

    `seen` maps run ids to the latest look, `gone` holds runs that Coval no longer knows, `strays`
    are runs that name the execution and that it does not know. `looked_at` is when the runs were
    last looked at with success. `bug` is what our own code failed with.
    """

    execution: str
    wake: Callable[[], None]
    following: dict[str, Launch] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    seen: dict[str, Run] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    strays: dict[str, Run] = field(default_factory=dict)
    fault: VendorFault | None = None
    looked_at: datetime | None = None
    bug: Exception | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A run that is followed, as it stood when a round began."""

    watch: Watch
    launch: Launch


Following = Mapping[str, Followed]


class Poller:
    """One per vendor account and process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._watches: dict[str, Watch] = {}
        self._misses: Counter[str] = Counter()
        self._not_found: Counter[str] = Counter()
        self._by_tag = True
        self._wait = tools.pace.fastest
        self._changed = anyio.Event()
        self._began = -inf
        self._fresh_at = tools.clock.now()

    @contextmanager
    def watching(self, watch: Watch) -> Iterator[None]:
        """Follow an execution's runs within the block."""
        self._watches[watch.execution] = watch
        try:
            yield
        finally:
            del self._watches[watch.execution]

    def hurry(self) -> None:
        """Look soon: something new is to be followed."""
        self._wait = self._tools.pace.fastest
        self._changed.set()

    def nudge(self, run_id: str) -> bool:
        """Look soon at a run that somebody says has ended; false if that tells us nothing.

        Only runs that are followed and were not seen to end count. Many nudges are one.
        """
        watches = [watch for watch in self._watches.values() if run_id in watch.following]
        if not watches or any(_is_over(watch.seen.get(run_id)) for watch in watches):
            return False
        self.hurry()
        return True

    def lag(self) -> timedelta:
        """Return how long ago all that is followed was seen; zero while nothing is."""
        if not self._following():
            return timedelta()
        return max(self._tools.clock.now() - self._fresh_at, timedelta())

    async def run(self) -> None:
        """Look in rounds, for ever. A bug ends the executions that were looked at, not this."""
        while True:
            await self._await_work()
            following = self._following()
            # Who hurries us while we look may know what the list does not show yet.
            self._changed = anyio.Event()
            self._began = anyio.current_time()
            try:
                await self._round(following)
            except Exception as bug:
                log.exception("the poller failed")
                self._hand_out(following, bug)
            await self._pause()

    async def _await_work(self) -> None:
        while not self._following():
            self._changed = anyio.Event()
            await self._changed.wait()
            self._fresh_at = self._tools.clock.now()
            # Launches come in bursts: one look a moment later serves them all.
            await anyio.sleep(self._tools.pace.fastest.total_seconds())

    async def _pause(self) -> None:
        fastest = self._tools.pace.fastest.total_seconds()
        jittered = self._wait.total_seconds() * (0.9 + 0.2 * self._tools.chance())
        with anyio.move_on_after(jittered):
            await self._changed.wait()
            await anyio.sleep_until(self._began + fastest)

    def _following(self) -> Following:
        return {
            run_id: Followed(watch, launch)
            for watch in self._watches.values()
            for run_id, launch in watch.following.items()
        }

    async def _round(self, following: Following) -> None:
        began = self._tools.clock.now()
        try:
            runs = await self._list(following)
            moved = self._deliver(following, runs)
            moved |= await self._look_closer(following, runs)
        except VendorFault as fault:
            self._tell(fault)
            moved = False
        else:
            self._tell(None)
            self._fresh_at = began
            for followed in following.values():
                followed.watch.looked_at = began
        fastest, slowest = self._tools.pace.fastest, self._tools.pace.slowest
        self._wait = fastest if moved else min(self._wait * 1.5, slowest)

    async def _list(self, following: Following) -> Sequence[Run]:
        query = self._query(following)
        try:
            return await self._tools.vendors.coval.list_runs(query)
        except (KeyRefused, AccessRefused):
            # A 403 is the key's business, or some proxy's: it says nothing of the filter.
            raise
        except RemoteRejected as fault:
            if query.tag is None:
                raise
            runs = await self._tools.vendors.coval.list_runs(replace(query, tag=None))
            self._give_up_tags(f"Coval refuses the tag filter ({fault.message})")
            return runs

    def _query(self, following: Following) -> RunQuery:
        launches = [followed.launch for followed in following.values()]
        started = [launch.launched_at for launch in launches if launch.launched_at is not None]
        since = min(started, default=self._tools.clock.now()) - OVERLAP
        since += self._tools.vendors.coval.clock_skew()
        agents = {launch.cell.agent_id for launch in launches}
        return RunQuery(
            tag=installation_tag(self._tools.installation) if self._by_tag else None,
            agent_id=agents.pop() if not self._by_tag and len(agents) == 1 else None,
            created_since=since,
        )

    def _deliver(self, following: Following, runs: Sequence[Run]) -> bool:
        moved = False
        watches = {watch.execution.lower(): watch for watch in self._watches.values()}
        for run in runs:
            if run.run_id in following:
                moved |= _show(following[run.run_id].watch, run)
                continue
            for name in executions_named_by(run):
                watch = watches.get(name)
                if watch is not None and run.run_id not in watch.known:
                    watch.strays[run.run_id] = run
                    watch.wake()
        return moved

    async def _look_closer(self, following: Following, runs: Sequence[Run]) -> bool:
        """Read singly, a few a round, what the list did not show or showed without progress."""
        shown = {run.run_id for run in runs if run.is_final or run.progress is not None}
        hidden = [run_id for run_id in following if run_id not in shown]
        self._misses = Counter({run_id: self._misses[run_id] + 1 for run_id in hidden})
        self._not_found = Counter({k: n for k, n in self._not_found.items() if k in following})
        overdue = [run_id for run_id in hidden if self._misses[run_id] >= MISSES]
        # Who waited longest comes first, so that everybody's turn comes.
        overdue.sort(key=lambda run_id: -self._misses[run_id])
        moved, found = False, set[str]()
        for run_id in overdue[:READS_A_ROUND]:
            run = await self._read(following[run_id], run_id)
            if run is not None and run.status is not RunStatus.DELETED:
                found.add(run_id)
            moved |= run is None or _show(following[run_id].watch, run)
        await self._suspect_tags(following, found.difference(run.run_id for run in runs))
        return moved

    async def _suspect_tags(self, following: Following, unlisted: Collection[str]) -> None:
        """Find out whether the tag filter hides runs, or every list does because it lags."""
        if not unlisted or not self._by_tag:
            return
        query = replace(self._query(following), tag=None)
        runs = await self._tools.vendors.coval.list_runs(query)
        if any(run.run_id in unlisted for run in runs):
            self._give_up_tags("Coval's tag filter does not find our runs")

    async def _read(self, followed: Followed, run_id: str) -> Run | None:
        self._misses[run_id] = 0
        try:
            run = await self._tools.vendors.coval.read_run(run_id)
        except NotFound:
            self._not_found[run_id] += 1
            if self._not_found[run_id] >= MISSES and not self._is_new(followed.launch):
                followed.watch.gone.add(run_id)
                followed.watch.wake()
                del self._not_found[run_id]
            return None
        self._not_found.pop(run_id, None)
        return run

    def _is_new(self, launch: Launch) -> bool:
        """Whether Coval may not show the run yet."""
        now = self._tools.clock.now()
        return now - (launch.launched_at or now) < self._tools.patience.grace

    def _give_up_tags(self, why: str) -> None:
        self._by_tag = False
        log.warning("runs are now listed by creation time", why=why)

    def _tell(self, fault: VendorFault | None) -> None:
        for watch in self._watches.values():
            if fault is not None or watch.fault is not None:
                watch.fault = fault
                watch.wake()

    def _hand_out(self, following: Following, bug: Exception) -> None:
        self._wait = self._tools.pace.slowest
        for followed in following.values():
            followed.watch.bug = bug
            followed.watch.wake()


def _is_over(run: Run | None) -> bool:
    return run is not None and run.is_final


def _show(watch: Watch, run: Run) -> bool:
    """Keep a look at a run; whether it differs from the last one."""
    launch = watch.following.get(run.run_id)
    watch.seen[run.run_id] = run
    if launch is None:
        return False
    if launch.run_status is run.status and run.progress in {None, launch.progress}:
        return False
    watch.wake()
    return True

"""Follows every run in flight of every execution with one list request a round."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import anyio
import structlog

from campaignd.core.coval import Run, RunQuery
from campaignd.core.execution import Launch, installation_tag, tag_of
from campaignd.engine.faults import KeyRefused, NotFound, RemoteRejected, VendorFault
from campaignd.engine.tools import Tools

log = structlog.get_logger()

MISSES = 2
"""A run that so many lists in a row did not show is read by itself."""
READS_A_ROUND = 5
OVERLAP = timedelta(minutes=5)
"""How much earlier than our oldest launch the list begins: clocks differ."""


@dataclass(slots=True)
class Watch:
    """What one execution wants followed, and what was seen of it since it last looked.

    `seen` maps run ids to the latest look, `gone` holds runs that Coval no longer knows, `strays`
    are runs under the execution's tag that it does not know.
    """

    execution: str
    wake: Callable[[], None]
    following: dict[str, Launch] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    seen: dict[str, Run] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    strays: dict[str, Run] = field(default_factory=dict)
    fault: VendorFault | None = None


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

    async def run(self) -> None:
        """Look in rounds, for ever."""
        while True:
            if self._following():
                await self._round()
            await self._pause()

    async def _pause(self) -> None:
        if not self._following():
            await self._changed.wait()
        self._changed = anyio.Event()
        jittered = self._wait.total_seconds() * (0.9 + 0.2 * self._tools.chance())
        with anyio.move_on_after(jittered):
            await self._changed.wait()
            # Launches come in bursts: one look a moment later serves them all.
            await anyio.sleep(self._tools.pace.fastest.total_seconds() / 2)

    def _following(self) -> dict[str, Watch]:
        return {run_id: watch for watch in self._watches.values() for run_id in watch.following}

    async def _round(self) -> None:
        following = self._following()
        try:
            runs = await self._list(following)
            moved = self._deliver(following, runs)
            moved |= await self._look_closer(following, runs)
        except VendorFault as fault:
            self._tell(fault)
            moved = False
        else:
            self._tell(None)
        fastest, slowest = self._tools.pace.fastest, self._tools.pace.slowest
        self._wait = fastest if moved else min(self._wait * 1.5, slowest)

    async def _list(self, following: dict[str, Watch]) -> Sequence[Run]:
        query = self._query(following)
        try:
            return await self._tools.vendors.coval.list_runs(query)
        except KeyRefused:
            raise
        except RemoteRejected as fault:
            if query.tag is None:
                raise
            self._give_up_tags(f"Coval refuses the tag filter ({fault.message})")
            return await self._tools.vendors.coval.list_runs(self._query(following))

    def _query(self, following: dict[str, Watch]) -> RunQuery:
        launches = [watch.following[run_id] for run_id, watch in following.items()]
        started = [launch.launched_at for launch in launches if launch.launched_at is not None]
        since = min(started, default=self._tools.clock.now()) - OVERLAP
        since += self._tools.vendors.coval.clock_skew()
        agents = {launch.cell.agent_id for launch in launches}
        return RunQuery(
            tag=installation_tag(self._tools.installation) if self._by_tag else None,
            agent_id=agents.pop() if not self._by_tag and len(agents) == 1 else None,
            created_since=since,
        )

    def _deliver(self, following: dict[str, Watch], runs: Sequence[Run]) -> bool:
        moved = False
        by_tag = {tag_of(watch.execution): watch for watch in self._watches.values()}
        for run in runs:
            if run.run_id in following:
                moved |= _show(following[run.run_id], run)
                continue
            for tag in run.tags or ():
                watch = by_tag.get(tag)
                if watch is not None and run.run_id not in watch.known:
                    watch.strays[run.run_id] = run
                    watch.wake()
        return moved

    async def _look_closer(self, following: dict[str, Watch], runs: Sequence[Run]) -> bool:
        """Read singly, a few a round, what the list did not show or showed without progress."""
        listed = {run.run_id for run in runs}
        shown = {run.run_id for run in runs if run.is_final or run.progress is not None}
        hidden = [run_id for run_id in following if run_id not in shown]
        self._misses.update(hidden)
        overdue = [run_id for run_id in hidden if self._misses[run_id] >= MISSES]
        moved = False
        for run_id in overdue[:READS_A_ROUND]:
            run = await self._read(following[run_id], run_id)
            if run is not None and run_id not in listed and self._by_tag:
                self._give_up_tags("Coval's tag filter does not find our runs")
            moved |= run is None or _show(following[run_id], run)
        return moved

    async def _read(self, watch: Watch, run_id: str) -> Run | None:
        self._misses[run_id] = 0
        try:
            run = await self._tools.vendors.coval.read_run(run_id)
        except NotFound:
            self._not_found[run_id] += 1
            if self._not_found[run_id] >= MISSES:
                watch.gone.add(run_id)
                watch.wake()
            return None
        self._not_found.pop(run_id, None)
        return run

    def _give_up_tags(self, why: str) -> None:
        self._by_tag = False
        log.warning("runs are now listed by creation time", why=why)

    def _tell(self, fault: VendorFault | None) -> None:
        for watch in self._watches.values():
            if fault is not None or watch.fault is not None:
                watch.fault = fault
                watch.wake()


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

"""What has finished, counted from the database, so that a restart forgets nothing."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

import anyio

from campaignd.adapters.store.standing import Conclusion, Finish, Standings
from campaignd.core.verdicts import Verdict

BUCKETS = tuple(timedelta(seconds=n) for n in (1, 5, 15, 30, 60, 120, 300, 600, 1200, 3600))


class Ledger:
    """Finished executions of all processes: whole at first, then only what is new is read."""

    def __init__(self, standings: Standings) -> None:
        self.latencies = Latencies()
        self._standings = standings
        self._mark: int | None = None
        self._counts: Counter[tuple[str, Verdict]] = Counter()
        self._last: dict[tuple[str, Verdict], datetime] = {}
        self._turn = anyio.Lock()

    async def catch_up(self) -> None:
        """Read what has finished since the last time. Raises StorageTrouble."""
        async with self._turn:
            if self._mark is None:
                await self._begin()
                return
            new = await self._standings.finished_since(self._mark)
            if new.mark < self._mark:
                # Events were pruned to the last one, and are numbered anew.
                await self._begin()
                return
            self._mark = new.mark
            for finish in new.finishes:
                self._enter(finish)

    def conclusions(self) -> Sequence[Conclusion]:
        """Return how often each campaign ended how, and when it last did."""
        return [
            Conclusion(campaign, verdict, count, self._last[campaign, verdict])
            for (campaign, verdict), count in sorted(self._counts.items())
        ]

    async def _begin(self) -> None:
        concluded = await self._standings.concluded()
        self._mark = concluded.mark
        keyed = {(each.campaign, each.verdict): each for each in concluded.conclusions}
        self._counts = Counter({key: each.count for key, each in keyed.items()})
        self._last = {key: each.last for key, each in keyed.items()}

    def _enter(self, finish: Finish) -> None:
        key = finish.campaign, finish.verdict
        self._counts[key] += 1
        self._last[key] = max(finish.at, self._last.get(key, finish.at))
        if finish.runs_ended_at is not None:
            self.latencies.observe(finish.at - finish.runs_ended_at)


class Latencies:
    """From the end of an execution's last run to its verdict, since the service was started."""

    def __init__(self) -> None:
        self.total = timedelta()
        self._counts = [0] * (len(BUCKETS) + 1)

    def observe(self, latency: timedelta) -> None:
        """Count one; clocks that were set back are no reason for a negative one."""
        latency = max(latency, timedelta())
        self.total += latency
        self._counts[bisect_left(BUCKETS, latency)] += 1

    def buckets(self) -> Sequence[tuple[str, float]]:
        """Return how many were not longer than each bound, in seconds; the last one is for all."""
        bounds = [f"{bound.total_seconds():g}" for bound in BUCKETS] + ["+Inf"]
        return list(zip(bounds, map(float, accumulate(self._counts)), strict=True))

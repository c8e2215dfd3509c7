"""Reads the service in numbers, for Prometheus."""

from contextlib import suppress
from datetime import timedelta
from os import sysconf
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from campaignd.wiring.service.clockwork import Clockwork
from campaignd.wiring.service.ledger import Ledger
from campaignd.wiring.service.metrics import Metrics, Process, Reading
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station

LATELY = timedelta(days=1)
"""How long a moment counts that was skipped."""


class PrometheusGauges:
    """Counts when it is asked, and keeps nothing but the ledger."""

    def __init__(self, station: Station, shelf: Shelf, clockwork: Clockwork) -> None:
        self._station = station
        self._shelf = shelf
        self._clockwork = clockwork
        self._ledger = Ledger(station.storage.standings)
        self._started_at = station.now()

    async def render(self) -> tuple[bytes, str]:
        """Return the page and its media type. Raises StorageTrouble."""
        reading = await self._read()
        registry = CollectorRegistry()
        registry.register(Metrics(reading))
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4

    async def _read(self) -> Reading:
        station, now = self._station, self._station.now()
        await self._ledger.catch_up()
        starts, paused = self._clockwork.next_starts(), await station.storage.timetable.paused()
        return Reading(
            now=now,
            process=_look_at_process(self._started_at.timestamp()),
            outcomes=station.clients.outcomes,
            poll_lag=station.poller.lag(),
            is_halted=station.tools.account.halted is not None,
            standing=await station.storage.standings.now(starts, now - LATELY),
            conclusions=self._ledger.conclusions(),
            latencies=self._ledger.latencies,
            next_starts={name: at for name, at in starts.items() if name not in paused},
            campaigns=frozenset(self._shelf.campaigns),
            broken=len(self._shelf.broken),
        )


def _look_at_process(started_at: float) -> Process:
    """Read of /proc what is there: systemd may hide all but our own."""
    memory, files = None, None
    with suppress(OSError):
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        memory = int(pages) * sysconf("SC_PAGE_SIZE")
        files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return Process(started_at, memory, files)

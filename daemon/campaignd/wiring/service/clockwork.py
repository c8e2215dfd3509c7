"""Keeps the schedules: looks who is due, now and whenever an alarm rings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Protocol

import anyio
import structlog
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskGroup, TaskStatus

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.store.timetable import Booking
from campaignd.core.campaign.schedule import Schedule
from campaignd.core.schedules import Due, find_due, next_moments
from campaignd.engine.faults import StorageTrouble
from campaignd.wiring.service.booking import Clerk
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station

log = structlog.get_logger()

MISSED = "missed: the service was not running, or not in time"
LOOK_ANYWAY = timedelta(seconds=30)
"""Alarms sleep with the machine: after a suspend they would ring too late."""


class AlarmClock(Protocol):
    """Rings when somebody may be due."""

    def running(self) -> AbstractContextManager[None]: ...

    def set(self, lines: Sequence[Schedule]) -> None:
        """Ring at these lines' moments, and at no others."""


class Clockwork:
    """Turns moments into executions, which the crew drives."""

    def __init__(
        self,
        station: Station,
        shelf: Shelf,
        crew: Crew,
        tasks: TaskGroup,
        alarms: Callable[[Callable[[], None]], AlarmClock],
    ) -> None:
        self._station = station
        self._shelf = shelf
        self._crew = crew
        self._tasks = tasks
        self._clerk = Clerk(station)
        self._rung = anyio.Event()
        self._handled: dict[str, datetime] = {}
        self._known: dict[str, Mapping[tuple[str, str], datetime]] = {}
        self._left: set[str] = set()
        self._alarms = alarms(self._ring)

    async def run(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """Keep the schedules, for ever; started once all alarms are set."""
        with self._alarms.running():
            self._shelf.when_changed(self._wind)
            self._wind()
            task_status.started()
            while True:
                self._rung = anyio.Event()
                await self._look_at_all()
                with anyio.move_on_after(LOOK_ANYWAY.total_seconds()):
                    await self._rung.wait()

    def next_start(self) -> tuple[str, datetime] | None:
        """Return the campaign that is due next, and when, jitter aside."""
        return min(self.next_starts().items(), key=lambda each: each[::-1], default=None)

    def next_starts(self) -> Mapping[str, datetime]:
        """Return when each campaign with a schedule is due next, jitter aside."""
        now = self._station.now()
        return {
            name: moment
            for name, loaded in self._minded()
            for moment in next_moments(loaded.campaign.schedule, now, 1)
        }

    def _ring(self) -> None:
        self._rung.set()

    def _wind(self) -> None:
        """Set the alarms to what the campaigns now say."""
        self._known.clear()
        self._left.clear()
        campaigns, now = self._shelf.campaigns, self._station.now()
        self._handled = {
            name: moment for name, moment in self._handled.items() if name in campaigns
        }
        for name, loaded in campaigns.items():
            with self._minding(name):
                next_moments(loaded.campaign.schedule, now, 1)
        minded = [loaded.campaign for _, loaded in self._minded()]
        self._alarms.set([line for campaign in minded for line in campaign.schedule])
        self._ring()

    async def _look_at_all(self) -> None:
        try:
            if not self._known:
                await self._forget_gone()
            for name, loaded in self._minded():
                with self._minding(name):
                    await self._look_at(loaded)
        except StorageTrouble as trouble:
            log.warning("schedules cannot be kept", why=str(trouble))

    def _minded(self) -> Sequence[tuple[str, LoadedCampaign]]:
        return [each for each in self._shelf.campaigns.items() if each[0] not in self._left]

    @contextmanager
    def _minding(self, campaign: str) -> Iterator[None]:
        """Leave a schedule alone, until the files are read again, that a bug of ours is in."""
        try:
            yield
        except StorageTrouble:
            raise
        except Exception:
            self._left.add(campaign)
            log.exception("campaignd failed", campaign=campaign, kept="its schedule rests")

    async def _forget_gone(self) -> None:
        # What a broken file holds is not known: its lines are not gone.
        if not self._shelf.broken:
            await self._station.storage.timetable.forget_all_but(set(self._shelf.campaigns))

    async def _look_at(self, loaded: LoadedCampaign) -> None:
        campaign, now = loaded.campaign, self._station.now()
        lines = {(line.cron, line.timezone): line for line in campaign.schedule}
        if campaign.name not in self._known:
            learn = self._station.storage.timetable.learn
            self._known[campaign.name] = await learn(campaign.name, lines, now)
        for due, line in _due(lines, self._known[campaign.name], now):
            if due.moment <= self._handled.get(campaign.name, due.moment - LOOK_ANYWAY):
                continue
            self._handled[campaign.name] = due.moment
            self._tasks.start_soon(self._keep, loaded, line, due)

    async def _keep(self, loaded: LoadedCampaign, line: Schedule, due: Due) -> None:
        """Make of one moment what is to become of it; a bug of ours harms no other."""
        campaign = loaded.campaign
        booking = Booking(
            campaign.name,
            due.moment,
            self._station.account,
            campaign.overlap,
            self._crew.left,
        )
        try:
            if due.is_missed:
                await self._clerk.skip(booking, MISSED)
                return
            await anyio.sleep(line.jitter.total_seconds() * self._station.tools.chance())
            execution = await self._clerk.book(loaded, booking)
            if execution is not None:
                self._crew.drive(campaign, execution)
        except StorageTrouble as trouble:
            log.warning("a moment is lost", campaign=campaign.name, why=str(trouble))
        except Exception:
            log.exception("campaignd failed", campaign=campaign.name)


def _due(
    lines: Mapping[tuple[str, str], Schedule],
    known: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> list[tuple[Due, Schedule]]:
    """Find what is due of all lines, oldest first; of equal moments, those that can be kept."""
    found = [(due, line) for key, line in lines.items() if (due := find_due(line, known[key], now))]
    return sorted(found, key=lambda pair: (pair[0].moment, pair[0].is_missed))

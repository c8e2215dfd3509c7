"""Rings when somebody may be due; who that is, and what then, others decide."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from campaignd.core.campaign.schedule import Schedule
from campaignd.core.schedules import moments_after


class Alarms:
    """Alarms at the moments of cron lines. Needs asyncio."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        # An alarm that comes late must ring all the same, and once is enough.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ring within the block."""
        self._scheduler.start()
        try:
            yield
        finally:
            self._scheduler.shutdown(wait=False)

    def set(self, lines: Sequence[Schedule]) -> None:
        """Ring at these lines' moments, and at no others."""
        self._scheduler.remove_all_jobs()
        for line in lines:
            self._scheduler.add_job(self._wake, CronSimTrigger(line))

    async def _wake(self) -> None:
        # A coroutine runs in the loop's own thread; plain functions get another one.
        self._ring()


class CronSimTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the moments of a cron line, which APScheduler's own trigger reads differently."""

    def __init__(self, line: Schedule) -> None:
        self._line = line

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> Any:
        """Return the first moment after the previous one, or after now."""
        return next(moments_after(self._line, previous or now), None)

"""APScheduler rings at the moments that real cron would."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest

from campaignd.adapters.timetable import Alarms
from campaignd.adapters.timetable.alarms import CronSimTrigger
from campaignd.core.campaign.schedule import Schedule

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_trigger_counts_weekdays_as_cron_does() -> None:
    trigger = CronSimTrigger(Schedule(cron="0 9 * * 1"))
    monday = trigger.get_next_fire_time(None, SUNDAY)
    assert monday == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert trigger.get_next_fire_time(monday, monday) == monday + timedelta(days=7)


def test_an_hour_that_is_repeated_rings_once() -> None:
    trigger = CronSimTrigger(Schedule(cron="30 2 * * *", timezone="Europe/Berlin"))
    first = trigger.get_next_fire_time(None, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = trigger.get_next_fire_time(first, first + timedelta(hours=1))
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.slow
async def test_alarms_ring_at_the_next_minute_and_not_after_they_are_set_anew() -> None:
    rung: list[datetime] = []
    again = anyio.Event()

    def ring() -> None:
        rung.append(datetime.now(UTC))
        again.set()

    alarms = Alarms(ring)
    with alarms.running(), anyio.fail_after(65):
        alarms.set([Schedule(cron="* * * * *")])
        await again.wait()
    assert rung[0].second == 0
    alarms.set([])
    assert len(rung) == 1

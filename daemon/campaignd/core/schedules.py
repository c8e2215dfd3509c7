"""When campaigns are due: cron lines, told the time, by the rules of real cron.

Weekday 0 and 7 are Sunday. Where clocks go forward, a line of fixed times runs right after the gap;
where they go back, it runs once. Lines with a star in minutes or hours run by elapsed time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from campaignd.core.campaign.schedule import Schedule

PUNCTUAL = timedelta(minutes=1)
"""A moment that passed so recently, jitter aside, is kept: a restart does not miss it."""
_FIRST_LOOK = timedelta(hours=1)
_MOST_UNFINISHED = 2
"""Executions of a campaign that may be unfinished where moments queue: one goes, one waits."""


@dataclass(frozen=True, slots=True)
class Due:
    """A moment that has come: un-jittered, in UTC. `is_missed`: it is too late to keep it."""

    moment: datetime
    is_missed: bool = False


def moments_after(line: Schedule, after: datetime) -> Iterator[datetime]:
    """Give the moments after a time, in UTC, each once and in order."""
    last = after
    for found in CronSim(line.cron, after.astimezone(ZoneInfo(line.timezone))):
        moment = found.astimezone(UTC)
        # In the hour that clocks repeat, the first pass of a fixed time lies behind us.
        if moment > last:
            last = moment
            yield moment


def next_moments(lines: Sequence[Schedule], after: datetime, count: int) -> Sequence[datetime]:
    """Return the next moments of several lines together, each once."""
    found = {moment for line in lines for moment in _first(moments_after(line, after), count)}
    return sorted(found)[:count]


def last_moment(line: Schedule, after: datetime, until: datetime) -> datetime | None:
    """Return the last moment after one time and not after another, if there is any."""
    span = _FIRST_LOOK
    while True:
        start = max(after, until - span)
        found = None
        for moment in moments_after(line, start):
            if moment > until:
                break
            found = moment
        if found is not None or start == after:
            return found
        span *= 8


def find_due(line: Schedule, since: datetime, now: datetime) -> Due | None:
    """Find the line's last moment since it is known, and whether it is to be kept now.

    Of several moments that passed meanwhile only the last one counts.
    """
    moment = last_moment(line, min(since, now), now)
    if moment is None:
        return None
    late = now - moment
    is_caught_up = line.catch_up == "last" and late <= line.catch_up_within
    return Due(moment, is_missed=late > PUNCTUAL + line.jitter and not is_caught_up)


def why_not_now(overlap: str, unfinished: Sequence[str]) -> str | None:
    """Say why a moment is skipped, if unfinished executions of the campaign are the reason."""
    if not unfinished:
        return None
    if overlap == "skip":
        return f"execution {unfinished[0]} was still going (overlap: skip)"
    if len(unfinished) >= _MOST_UNFINISHED:
        return f"execution {unfinished[-1]} was waiting already (overlap: queue)"
    return None


def _first(moments: Iterator[datetime], count: int) -> Iterator[datetime]:
    for _, moment in zip(range(count), moments, strict=False):
        yield moment

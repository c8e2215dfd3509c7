"""Schedules as text, for `schedule list`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, shorten, spell
from campaignd.adapters.reporters.screen import Screen

REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A cron line with its next moments, in UTC and without jitter."""

    cron: str
    timezone: str
    jitter: timedelta
    catch_up: str
    catch_up_within: timedelta
    next: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class LastMoment:
    """What became of the last moment: an execution, or the reason why there is none."""

    moment: datetime
    execution: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ScheduleSummary:
    """When a campaign runs by itself. While `paused_at` is set, its moments pass."""

    campaign: str
    source: str
    overlap: str
    lines: tuple[ScheduleLine, ...]
    paused_at: datetime | None = None
    last: LastMoment | None = None


def render_schedules(rows: Sequence[ScheduleSummary], screen: Screen) -> str:
    """Draw schedules in the given order; times are those of each line's own time zone."""
    if not rows:
        return screen.draw(Text("No campaign of this folder has a schedule."))
    return screen.draw(*(part for row in rows for part in _campaign(row)))


def _campaign(row: ScheduleSummary) -> Iterator[RenderableType]:
    paused = f"  paused since {_utc(row.paused_at)}" if row.paused_at else ""
    yield Text.assemble((plain(row.campaign), "bold"), (paused, "yellow"))
    for line in row.lines:
        yield Padding(Text(_told(line)), (0, 0, 0, 2))
        for moment in line.next:
            yield Padding(Text(_local(moment, line.timezone), style="dim"), (0, 0, 0, 4))
    if row.last is not None:
        yield Padding(Text(_last(row.last)), (0, 0, 0, 2))


def _told(line: ScheduleLine) -> str:
    jitter = f", up to {spell(line.jitter)} later" if line.jitter else ""
    within = f", caught up within {spell(line.catch_up_within)}"
    return f"{line.cron}  {line.timezone}{jitter}{within if line.catch_up == 'last' else ''}"


def _local(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%a %Y-%m-%d %H:%M %Z}"


def _last(last: LastMoment) -> str:
    if last.execution is not None:
        return f"last: {_utc(last.moment)}, execution {last.execution}"
    return f"last: {_utc(last.moment)}, skipped: {shorten(last.reason or '', REASON_LENGTH)}"


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

"""`schedule`: what the service will do when, and who is to pause."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.campaign_files.folder import Folder
from campaignd.adapters.reporters.schedules import LastMoment, ScheduleLine, ScheduleSummary
from campaignd.adapters.store.timetable import Decided
from campaignd.core.mistakes import suggest
from campaignd.core.schedules import next_moments
from campaignd.settings import Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.service.shelf import read_campaigns, recall_campaigns
from campaignd.wiring.storage import NoDatabase, open_storage, open_stored

UPCOMING = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """The schedules of a folder, and the mistakes of its broken files."""

    schedules: Sequence[ScheduleSummary]
    broken: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Standing:
    folder: Folder
    paused: Mapping[str, datetime]
    last: Mapping[str, Decided]


class NotScheduled(Exception):
    """A campaign that has no schedule to pause or resume."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        hint = suggest(wanted, known) or "see `campaignd schedule list`"
        super().__init__(f"no campaign {wanted!r} with a schedule; {hint}")


async def list_schedules(settings: Settings, environment: Mapping[str, str]) -> Shown:
    """List the schedules in force for the campaigns folder; a broken file is as it last was.

    Raises SettingsInvalid, StorageTrouble.
    """
    standing, now = await _standing(settings, environment), SystemClock().now()
    folder = standing.folder
    scheduled = [each for _, each in sorted(folder.campaigns.items()) if each.campaign.schedule]
    return Shown([_summary(each, standing, now) for each in scheduled], [*folder.broken.values()])


async def pause(settings: Settings, environment: Mapping[str, str], campaign: str) -> bool:
    """Let a campaign's moments pass; false if it was paused. Raises NotScheduled."""
    folder = await read_campaigns(settings)
    async with open_storage(settings, environment) as storage:
        _check(campaign, folder, await storage.timetable.known())
        return await storage.timetable.pause(campaign, SystemClock().now())


async def resume(settings: Settings, environment: Mapping[str, str], campaign: str) -> bool:
    """Keep a campaign's moments from now on; false if it was not paused. Raises NotScheduled."""
    folder = await read_campaigns(settings)
    async with open_storage(settings, environment) as storage:
        paused = await storage.timetable.paused()
        _check(campaign, folder, [*await storage.timetable.known(), *paused])
        return await storage.timetable.resume(campaign, SystemClock().now())


def _check(campaign: str, folder: Folder, stored: Sequence[str]) -> None:
    known = {name for name, each in folder.campaigns.items() if each.campaign.schedule}
    if campaign not in known.union(stored):
        raise NotScheduled(campaign, sorted(known.union(stored)))


async def _standing(settings: Settings, environment: Mapping[str, str]) -> _Standing:
    try:
        async with open_stored(settings, environment) as storage:
            folder = await recall_campaigns(settings, storage.last_good)
            found = {name: await storage.timetable.last_decided(name) for name in folder.campaigns}
            last = {name: decided for name, decided in found.items() if decided is not None}
            return _Standing(folder, await storage.timetable.paused(), last)
    except NoDatabase:
        return _Standing(await read_campaigns(settings), {}, {})


def _summary(loaded: LoadedCampaign, standing: _Standing, now: datetime) -> ScheduleSummary:
    campaign = loaded.campaign
    last = standing.last.get(campaign.name)
    return ScheduleSummary(
        campaign=campaign.name,
        source=loaded.source,
        overlap=campaign.overlap,
        lines=tuple(_lines(loaded, now)),
        paused_at=standing.paused.get(campaign.name),
        last=None if last is None else LastMoment(last.moment, last.execution, last.reason or None),
    )


def _lines(loaded: LoadedCampaign, now: datetime) -> Iterator[ScheduleLine]:
    for line in loaded.campaign.schedule:
        yield ScheduleLine(
            cron=line.cron,
            timezone=line.timezone,
            jitter=line.jitter,
            catch_up=line.catch_up,
            catch_up_within=line.catch_up_within,
            next=tuple(next_moments([line], now, UPCOMING)),
        )

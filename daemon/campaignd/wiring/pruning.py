"""`db prune`: what was measured long ago goes, verdicts stay, and what is still compared with."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from campaignd.adapters.reporters.pruning import PruneSummary
from campaignd.adapters.store.pruning import Limits, Newest, Removed
from campaignd.core.campaign import Campaign
from campaignd.core.gates.references import needed_references
from campaignd.core.mistakes import CampaignInvalid
from campaignd.engine.baselines import search_after
from campaignd.engine.records import Search
from campaignd.settings import Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.reports import load_campaign_of
from campaignd.wiring.storage import Storage, open_stored


async def prune(
    settings: Settings, environment: Mapping[str, str], keep: timedelta, *, vacuum: bool = False
) -> PruneSummary:
    """Remove what was measured by executions that finished longer ago than `keep`.

    `vacuum` gives the room back to the disk. Raises NoDatabase, StorageTrouble.
    """
    async with open_stored(settings, environment) as storage:
        limits = await _draw_limits(storage, SystemClock().now(), keep)
        removed: Counter[str] = Counter()
        for execution in await storage.pruning.find(limits):
            removed += Counter(await storage.pruning.prune(execution, limits))
        removed += Counter(await storage.pruning.prune_unused(limits))
        if vacuum:
            await storage.pruning.space.vacuum()
        await storage.pruning.space.trim_log()
        return await _sum_up(storage, limits, removed)


async def preview_prune(
    settings: Settings, environment: Mapping[str, str], keep: timedelta
) -> PruneSummary:
    """Tell what `prune` would remove; nothing changes. Raises NoDatabase, StorageTrouble."""
    async with open_stored(settings, environment) as storage:
        limits = await _draw_limits(storage, SystemClock().now(), keep)
        found = await storage.pruning.find(limits)
        return await _sum_up(storage, limits, await storage.pruning.count(found, limits))


async def _draw_limits(storage: Storage, now: datetime, keep: timedelta) -> Limits:
    needed: set[str] = set()
    for newest in await storage.pruning.newest():
        needed |= await _needed_after(storage, newest, now)
    return Limits(now - keep, needed, now)


async def _needed_after(storage: Storage, newest: Newest, now: datetime) -> set[str]:
    """Find what a campaign's next execution will be compared with, going by its newest one."""
    try:
        stored = await storage.executions.load(newest.id)
        campaign = await load_campaign_of(storage, stored)
    except (CampaignInvalid, ValueError, LookupError):
        # A file of an earlier version, or rows that are damaged; the last that passed is a
        # baseline by any rule.
        return set(await storage.comparisons.eligible(_any_of(newest, now), 1))
    search = search_after(stored.execution, campaign, now)
    past = needed_references(campaign.gates).past
    return {*await storage.comparisons.eligible(search, max(past, 1)), *_named_in(campaign)}


def _any_of(newest: Newest, now: datetime) -> Search:
    return Search(campaign=newest.campaign, account=newest.account, until=now)


def _named_in(campaign: Campaign) -> set[str]:
    others = needed_references(campaign.gates).others
    return {than.name.upper() for than in others if than.source == "execution"}


async def _sum_up(storage: Storage, limits: Limits, removed: Removed) -> PruneSummary:
    room = await storage.pruning.space.measure()
    return PruneSummary(
        before=limits.until,
        removed=removed,
        kept=await storage.pruning.count_whole(limits.until),
        size=room.size,
        free=room.free,
    )

"""The service's campaigns as the API asks for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from campaignd.adapters.campaign_files import LoadedCampaign, OpenCampaign
from campaignd.core.browsing import Filter
from campaignd.core.campaign.resources import Input
from campaignd.core.campaign.schedule import Schedule
from campaignd.core.schedules import next_moments
from campaignd.web import refusals
from campaignd.web.desk import Sees
from campaignd.web.models.campaigns import (
    Baseline,
    BrokenFile,
    CampaignDetail,
    CampaignLine,
    InputNeed,
    ScheduleLine,
    ScheduleState,
)
from campaignd.web.models.executions import ExecutionLine
from campaignd.wiring import baselines
from campaignd.wiring.service.desk import lines
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station

UPCOMING = 5
LAST = 10


class ShelvedCampaigns:
    """The API's `CampaignDesk` on the shelf and the database."""

    def __init__(self, station: Station, shelf: Shelf) -> None:
        self._station = station
        self._storage = station.storage
        self._shelf = shelf

    def known(self) -> Collection[str]:
        return [*self._shelf.campaigns, *self._shelf.open]

    async def list(self, sees: Sees) -> Sequence[CampaignLine]:
        facts = {name: self._facts(name) for name in sorted(filter(sees, self.known()))}
        paused = await self._storage.timetable.paused()
        newest = await self._storage.browsing.newest(facts)
        last = {name: lines.execution_line(each) for name, each in newest.items()}
        return [
            CampaignLine(**known, paused_at=paused.get(name), last=last.get(name))
            for name, known in facts.items()
        ]

    def broken(self) -> Sequence[BrokenFile]:
        return [
            BrokenFile(source=source, mistakes=tuple(mistakes.splitlines()))
            for source, mistakes in sorted(self._shelf.broken.items())
        ]

    async def find(self, name: str) -> CampaignDetail:
        # The files may change at the next pause.
        facts = {**self._facts(name), **self._details(name)}
        paused = await self._storage.timetable.paused()
        last = await self._last(name)
        return CampaignDetail(
            **facts,
            paused_at=paused.get(name),
            last=last[0] if last else None,
            baselines=tuple(await self._baselines(name)) if last else (),
            executions=last,
        )

    async def names(self) -> Collection[str]:
        return await self._storage.history.campaigns()

    async def pin(self, name: str, execution: str) -> Sequence[Baseline]:
        try:
            await baselines.pin(self._storage, name, execution)
        except baselines.Unpinnable as why:
            raise refusals.conflict("no-baseline", str(why)) from None
        return await self._baselines(name)

    async def unpin(self, name: str) -> Sequence[Baseline]:
        await baselines.unpin(self._storage, name)
        return await self._baselines(name)

    async def pause(self, name: str) -> ScheduleState:
        await self._check_scheduled(name)
        changed = await self._storage.timetable.pause(name, self._station.now())
        return await self._schedule_state(name, changed=changed)

    async def resume(self, name: str) -> ScheduleState:
        await self._check_scheduled(name)
        changed = await self._storage.timetable.resume(name, self._station.now())
        return await self._schedule_state(name, changed=changed)

    def _facts(self, name: str) -> Mapping[str, Any]:
        found = self._shelf.open.get(name)
        if found is not None:
            return _told(found, found.description, found.needs, None)
        loaded = self._shelf.campaigns[name]
        upcoming = next_moments(loaded.campaign.schedule, self._station.now(), 1)
        return _told(loaded, loaded.campaign.description, (), next(iter(upcoming), None))

    def _details(self, name: str) -> Mapping[str, Any]:
        found = self._shelf.open.get(name)
        if found is not None:
            return {"labels": {}, "inputs": _inputs(found.inputs), "overlap": None, "schedule": ()}
        campaign, now = self._shelf.campaigns[name].campaign, self._station.now()
        return {
            "labels": dict(campaign.labels),
            "inputs": _inputs(campaign.inputs),
            "overlap": campaign.overlap,
            "schedule": tuple(_schedule_line(each, now) for each in campaign.schedule),
        }

    async def _last(self, name: str) -> tuple[ExecutionLine, ...]:
        wanted = Filter(campaigns={name}, limit=LAST)
        return tuple(map(lines.execution_line, await self._storage.browsing.list(wanted)))

    async def _baselines(self, name: str) -> Sequence[Baseline]:
        found = await baselines.describe(self._storage, name)
        return [Baseline.model_validate(each.as_json_data()) for each in found]

    async def _check_scheduled(self, name: str) -> None:
        loaded = self._shelf.campaigns.get(name)
        if loaded is not None and loaded.campaign.schedule:
            return
        stored = {*await self._storage.timetable.known(), *await self._storage.timetable.paused()}
        if name not in stored:
            raise refusals.conflict("no-schedule", f"the campaign {name!r} has no schedule")

    async def _schedule_state(self, name: str, *, changed: bool) -> ScheduleState:
        paused = await self._storage.timetable.paused()
        return ScheduleState(campaign=name, paused_at=paused.get(name), changed=changed)


def _told(
    found: LoadedCampaign | OpenCampaign,
    description: str | None,
    needs: Sequence[str],
    next_start: datetime | None,
) -> Mapping[str, Any]:
    return {
        "name": found.name,
        "description": description,
        "source": found.source,
        "revision": found.revision,
        "needs": tuple(needs),
        "next_start": next_start,
    }


def _inputs(declared: Mapping[str, Input]) -> tuple[InputNeed, ...]:
    return tuple(
        InputNeed(name=name, default=each.default, description=each.description)
        for name, each in declared.items()
    )


def _schedule_line(line: Schedule, now: datetime) -> ScheduleLine:
    return ScheduleLine(
        cron=line.cron,
        timezone=line.timezone,
        jitter=line.jitter.total_seconds(),
        catch_up=line.catch_up,
        catch_up_within=line.catch_up_within.total_seconds(),
        next=tuple(next_moments([line], now, UPCOMING)),
    )

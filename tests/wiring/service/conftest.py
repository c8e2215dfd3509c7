"""A service in virtual time, on a sandbox: nights pass at once."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from sqlmodel import Session
from tests.engine.campaigns import write_campaign
from tests.engine.conftest import (  # noqa: F401  # fixtures
    anyio_backend,
    lent_database,
    open_stage,
    stage,
    template,
)
from tests.engine.stage import INSTALLATION, Stage
from tests.engine.stage import Process as Driving
from tests.engine.surroundings import Fuse, InlineDatabase
from tests.wiring.service.alarms import ClockAlarms

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.campaign_files.folder import Folder
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.timetable import Timetable
from campaignd.core.campaign import Campaign
from campaignd.core.verdicts import Verdict
from campaignd.engine.daemon import Daemon
from campaignd.settings import Settings
from campaignd.wiring.service.clockwork import Clockwork
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station
from campaignd.wiring.storage import Storage
from campaignd.wiring.vendors import Clients

T = TypeVar("T")


class NothingKept:
    """Stands in for what outlives a process."""

    async def keep(self, folder: str, texts: Mapping[str, str]) -> None: ...


class TroubledDatabase(InlineDatabase):
    """Raises whatever a test has in mind."""

    def __init__(self, lent: Database, fuse: Fuse, trouble: Callable[[], None]) -> None:
        super().__init__(lent, fuse)
        self._trouble = trouble

    async def write(self, work: Callable[[Session], T]) -> T:
        self._trouble()
        return await super().write(work)

    async def read(self, work: Callable[[Session], T]) -> T:
        self._trouble()
        return await super().read(work)


@dataclass(frozen=True, slots=True)
class SabotagedStation(Station):
    """Does whatever a test has in mind before an execution of a campaign is driven."""

    sabotage: Callable[[str], None]

    def daemon_for(self, campaign: Campaign) -> Daemon:
        self.sabotage(campaign.name)
        return Station.daemon_for(self, campaign)


@dataclass(slots=True)
class Night:
    """What a service is made of, and what came of its moments."""

    stage: Stage
    shelf: Shelf
    settings: Settings = field(default_factory=Settings)
    living: set[str | None] = field(default_factory=set)
    account: str = ""
    sabotage: Callable[[str], None] = lambda _: None
    trouble: Callable[[], None] = lambda: None
    lay: Callable[[Fuse], None] = lambda _: None

    @property
    def timetable(self) -> Timetable:
        return Timetable(self.stage.database)

    def is_alive(self, owner: str | None) -> bool:
        return owner in self.living

    async def serve(self, wait: timedelta, owner: str = "serve 1") -> None:
        """Have a service for so long; it may die of a fuse that the test laid."""
        self.living.add(owner)
        try:
            async with self.stage.process() as process, anyio.create_task_group() as tasks:
                self.lay(process.fuse)
                station = self._station(process, owner)
                crew = Crew(station, tasks)
                await crew.adopt()
                tasks.start_soon(process.poller.run)
                tasks.start_soon(crew.adopt_for_ever)
                clockwork = Clockwork(
                    station,
                    self.shelf,
                    crew,
                    tasks,
                    lambda ring: ClockAlarms(self.stage.clock, tasks, ring),
                )
                await tasks.start(clockwork.run)
                await anyio.sleep(wait.total_seconds())
                tasks.cancel_scope.cancel()
        finally:
            self.living.discard(owner)

    async def verdicts(self) -> list[tuple[str, Verdict | None]]:
        """Name the start of each execution and its verdict, the oldest first."""
        rows = await self.stage.history.list(None, 1000)
        found = [(each.execution.created_at, each.execution.verdict) for each in reversed(rows)]
        return [(f"{created:%d %H:%M}", verdict) for created, verdict in found]

    async def last(self, campaign: str) -> tuple[datetime, str | None, str]:
        decided = await self.timetable.last_decided(campaign)
        assert decided is not None
        return decided.moment, decided.execution, decided.reason

    def _station(self, process: Driving, owner: str) -> Station:
        database = TroubledDatabase(self.stage.database, process.fuse, self.trouble)
        tools = process.tools_of(self.stage.campaigns[""])
        return SabotagedStation(
            sabotage=self.sabotage,
            settings=self.settings,
            environment={},
            storage=self._storage(database, owner),
            clients=Clients(process.vendors, process.catalogue, process.vendors.cotool),  # type: ignore[arg-type]
            tools=tools,
            poller=process.poller,
            account=self.account,
        )

    def _storage(self, database: Database, owner: str) -> Storage:
        # Whoever lives tells by the test.
        return Storage.of(database, INSTALLATION, owner, self)  # type: ignore[arg-type]


def at_night(stage: Stage, *texts: str, **parts: Any) -> Night:  # noqa: F811
    """Serve campaigns on a stage, which begins at three in the morning."""
    return Night(stage, shelve(*texts), **parts)


def shelve(*texts: str) -> Shelf:
    loaded = [load_campaign_text(text, "stage.yaml", {}) for text in texts]
    folder = Folder(Path("campaigns"), {each.campaign.name: each for each in loaded})
    return Shelf(folder, NothingKept())  # type: ignore[arg-type]


def scheduled(cron: str, name: str = "nightly", **changes: Any) -> str:
    """Write a campaign with a schedule; what is no key of a campaign belongs to its line."""
    line_keys = ("timezone", "jitter", "catch_up", "catch_up_within")
    rules = {key: changes.pop(key) for key in line_keys if key in changes}
    return write_campaign(name=name, schedule=[{"cron": cron, **rules}], **changes)


def break_row(path: Path | None, damage: str, key: str) -> None:
    """Damage a row of a database, as no code of ours does."""
    with closing(sqlite3.connect(path or "")) as connection, connection:
        assert connection.execute(damage, (key,)).rowcount == 1


@pytest.fixture
def night(stage: Stage) -> Callable[..., Night]:  # noqa: F811
    """Serve campaigns: `night(scheduled("0 4 * * *"))`."""
    return partial(at_night, stage)


@asynccontextmanager
async def going_on(night: Night, wait: timedelta) -> AsyncIterator[None]:
    """Have a service for so long while the block runs."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(night.serve, wait)
        yield

"""The service in fast time: its own parts on real sockets, real threads and a real file."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import anyio
from pydantic import SecretStr
from tests.wiring.service.alarms import ClockAlarms

from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.coval.catalogue import CatalogueClient
from campaignd.adapters.coval.explanations import ExplanationsClient
from campaignd.adapters.coval.runs import RunsClient
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.adapters.webhooks.postman import WebhookPostman
from campaignd.adapters.webhooks.sender import WebhookSender
from campaignd.engine.outbox import Courier
from campaignd.engine.poller import Poller
from campaignd.engine.probation import mind_key
from campaignd.engine.tools import Vendors
from campaignd.settings import Settings
from campaignd.wiring.service.clockwork import Clockwork
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.shelf import Shelf, open_shelf
from campaignd.wiring.service.station import Station
from campaignd.wiring.storage import Storage, open_storage
from campaignd.wiring.tools import make_shared_tools
from campaignd.wiring.vendors import Clients

SECRET = SecretStr("whsec_" + "ZW5kdXJhbmNlIG5lZWRzIHRoaXJ0eS10d28gYnl0ZXM=")


class MachineClock:
    """The machine's clock: the loop's, and what passed while the machine was suspended."""

    def __init__(self) -> None:
        # So long ago that no night of ours is in the future of other processes.
        night = datetime.now(UTC) - timedelta(days=400)
        self._start = night.replace(hour=2, minute=58, second=0, microsecond=0)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=anyio.current_time())

    def suspend(self) -> None:
        """Let the machine sleep until just before the next night's work, as a laptop does."""
        now = self.now()
        then = (now + timedelta(days=1)).replace(hour=2, minute=58, second=0, microsecond=0)
        self._start += then - now


@dataclass(frozen=True, slots=True)
class FastService:
    """A service that runs, and what it is made of."""

    clock: MachineClock
    station: Station
    crew: Crew
    shelf: Shelf

    @property
    def storage(self) -> Storage:
        return self.station.storage

    async def come_to_rest(self, patience: timedelta) -> None:
        """Wait until nothing is driven any more, and idle connections and threads are let go."""
        with anyio.fail_after(patience.total_seconds()):
            while self.crew.size:  # noqa: ASYNC110  # no event tells it
                await anyio.sleep(5)
        await anyio.sleep(30)
        # A pool lets go of connections that died only when it is asked for one.
        await self.station.clients.catalogue.read_agent("gk3jK9mPq2xRt5vW8yZaBc")
        await anyio.sleep(30)


@asynccontextmanager
async def fast_service(settings: Settings, clock: MachineClock) -> AsyncIterator[FastService]:
    """Run a service within the block, put together as `serve` does."""
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_storage(settings, {}))
        shelf = await open_shelf(settings, storage.last_good)
        clients = await _open_clients(stack, settings, clock)
        shared = make_shared_tools(settings, storage, clients)
        tools = replace(shared, clock=clock, chance=Random(1).random)  # noqa: S311  # jitter
        station = Station(
            settings=settings,
            environment={},
            storage=storage,
            clients=clients,
            tools=tools,
            poller=Poller(tools),
            account="endurance",
        )
        tasks = await stack.enter_async_context(anyio.create_task_group())
        crew = Crew(station, tasks)
        clockwork = Clockwork(
            station, shelf, crew, tasks, lambda ring: ClockAlarms(clock, tasks, ring)
        )
        await crew.adopt()
        for work in (station.poller.run, crew.adopt_for_ever, _courier(station).run):
            tasks.start_soon(work)
        tasks.start_soon(mind_key, tools)
        await tasks.start(clockwork.run)
        tasks.start_soon(shelf.follow, lambda: None)
        yield FastService(clock, station, crew, shelf)
        tasks.cancel_scope.cancel()


def settings_for(folder: Path, vendors: str) -> Settings:
    """Leave all at its default but where things are."""
    return Settings.model_validate(
        {
            "campaigns_dir": folder / "campaigns",
            "database_url": f"sqlite:///{folder}/campaignd.db",
            "coval": {"base_url": f"{vendors}/v1", "api_key": "any-coval-key"},
            "cotool": {"base_url": f"{vendors}/api", "api_key": "any-cotool-key"},
            "webhooks": {"allow_private": True},
        }
    )


async def _open_clients(stack: AsyncExitStack, settings: Settings, clock: MachineClock) -> Clients:
    coval, cotool = [
        await stack.enter_async_context(
            VendorHttp(
                VendorAccount(vendor, str(base_url), headers), now=clock.now, chance=lambda: 0.5
            )
        )
        for vendor, base_url, headers in (
            ("Coval", settings.coval.base_url, {"x-api-key": "any-coval-key"}),
            ("Cotool", settings.cotool.base_url, {"authorization": "Bearer any-cotool-key"}),
        )
    ]
    vendors = Vendors(
        coval=RunsClient(coval.paced),
        urgent=RunsClient(coval.urgent),
        explanations=ExplanationsClient(coval.paced),
        cotool=CotoolClient(cotool.paced),
        requests=lambda: {"coval": coval.requests_sent, "cotool": cotool.requests_sent},
        run_url=lambda _: None,
    )
    return Clients(vendors, CatalogueClient(coval.paced), CotoolClient(cotool.paced))


def _courier(station: Station) -> Courier:
    sender = WebhookSender(allow_private=True)
    clock, chance = station.tools.clock, station.tools.chance
    postman = WebhookPostman(sender, lambda _: SECRET, clock, chance, max_age=timedelta(days=3))
    return Courier(station.storage.deliveries, postman, clock)

"""A stage to drive whole executions on: the real engine, clients and store, and a sandbox."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio.abc import TaskGroup
from sqlmodel import col, select
from tests.engine.campaigns import write_campaign
from tests.engine.surroundings import Audience, Call, Fuse, InlineDatabase, Killed, StageClock, Wire

from campaignd.adapters.campaign_files import LoadedCampaign, load_campaign_text
from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.coval.catalogue import CatalogueClient
from campaignd.adapters.coval.explanations import ExplanationsClient
from campaignd.adapters.coval.runs import RunsClient
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.adapters.store.backup import copy_now
from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.deliveries import Deliveries
from campaignd.adapters.store.executions import Executions
from campaignd.adapters.store.history import History
from campaignd.adapters.store.launches import Launches
from campaignd.adapters.store.results import ResultRows
from campaignd.adapters.store.rivals import RivalRows
from campaignd.adapters.store.tables import LaunchRow
from campaignd.adapters.webhooks.announcer import WebhookAnnouncer
from campaignd.core.execution import Cause, Launch
from campaignd.core.plan import expand
from campaignd.core.report import ExecutionReport
from campaignd.core.ulid import RANDOM_BYTES, make_ulid
from campaignd.engine.daemon import Daemon
from campaignd.engine.poller import Poller
from campaignd.engine.ports import CovalRuns
from campaignd.engine.records import NewExecution, ResourceSeen, Stored
from campaignd.engine.reporting import Material, build_report
from campaignd.engine.tools import Account, Store, Tools, Vendors
from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.wiring.tables import read_compared

INSTALLATION = "01KC0FFEE0TSV4RRFFQ69G5FAV"


def open_store(database: Database) -> Store:
    return Store(
        Executions(database), Launches(database), ResultRows(database), ComparisonRows(database)
    )


def straight(vendors: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    """Be a network that loses and delays nothing."""
    return vendors


class Process:
    """One process of campaignd: all that it remembers dies with it."""

    def __init__(self, stage: "Stage", clients: "Clients", database: Database, fuse: Fuse) -> None:
        self.fuse = fuse
        self.catalogue = clients.catalogue
        self.account = Account()
        self.stage = stage
        self.store = stage.make_store(database)
        self.rivals = RivalRows(database, stage.living.__contains__)
        self.vendors = clients.vendors
        self.audience = stage.audience
        self.poller = Poller(self.tools_of(stage.campaigns[""]))

    def tools_of(self, loaded: LoadedCampaign) -> Tools:
        clock = self.stage.clock
        announcer = WebhookAnnouncer(loaded.campaign.report.webhooks, clock)
        tools = Tools(
            store=self.store,
            vendors=self.vendors,
            clock=clock,
            chance=lambda: 0.5,
            installation=INSTALLATION,
            announcer=announcer,
            rivals=self.rivals,
            read_table=read_compared,
            account=self.account,
        )
        return replace(tools, **self.stage.settings)

    def replace_coval(self, port: Callable[[CovalRuns], Any]) -> None:
        """Put a port of the test's between the engine and Coval; the urgent one stays."""
        self._replace(coval=port(self.vendors.coval))

    def replace_urgent(self, port: Callable[[CovalRuns], Any]) -> None:
        self._replace(urgent=port(self.vendors.urgent))

    def replace_explanations(self, port: Any) -> None:
        self._replace(explanations=port)

    def _replace(self, **ports: Any) -> None:
        self.vendors = replace(self.vendors, **ports)
        self.poller = Poller(self.tools_of(self.stage.campaigns[""]))

    async def drive(self, *executions: str, taken_over: bool = False) -> None:
        """Drive executions to their verdicts, each as if it were alone."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.poller.run)
            async with anyio.create_task_group() as drivers:
                for execution in executions:
                    drivers.start_soon(self._drive, execution, taken_over)
            tasks.cancel_scope.cancel()

    async def settle(self, execution: str) -> None:
        campaign = self.stage.campaigns[execution].campaign
        await self._daemon(execution).settle(campaign, execution, self.audience)

    async def interrupt(self, execution: str) -> None:
        await self._daemon(execution).interrupt(self.stage.campaigns[execution].campaign, execution)

    async def _drive(self, execution: str, taken_over: bool) -> None:
        campaign = self.stage.campaigns[execution].campaign
        await self._daemon(execution).drive(
            campaign, execution, self.audience, taken_over=taken_over
        )

    def _daemon(self, execution: str) -> Daemon:
        return Daemon(self.tools_of(self.stage.campaigns[execution]), self.poller)


class Stage:
    """A sandbox, a database file, a clock, and the processes that come and go.

    `settings` replace fields of the engine's `Tools`; `calls` are all requests so far; `tasks` go
    on whatever process dies.
    """

    def __init__(
        self, lent: Database, tasks: TaskGroup, scenario: dict[str, Any], settings: dict[str, Any]
    ) -> None:
        self.tasks = tasks
        self._lent = lent
        self.settings = settings
        self.clock = StageClock()
        self.world = World(Scenario.model_validate(scenario))
        self.app = create_app(self.world, clock=self.clock.now)
        self.calls: list[Call] = []
        self.audience = Audience()
        self.living: set[str | None] = {"the first process"}
        self.stunt: Callable[[Call], httpx.Response | None] = lambda _: None
        self.campaigns = {"": load_campaign_text(write_campaign(), "stage.yaml", {})}
        self.database = InlineDatabase(lent, Fuse())
        self.executions = Executions(self.database)
        self.history = History(self.database)
        self.deliveries = Deliveries(self.database)
        self.make_fuse: Callable[[], Fuse] = Fuse
        self.make_database: Callable[[Database, Fuse], Database] = InlineDatabase
        self.make_store: Callable[[Database], Store] = open_store
        self.network: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = straight
        self._made = 0

    async def create(self, text: str | None = None, resources: Sequence[ResourceSeen] = ()) -> str:
        """Store an execution of a campaign's text, as `run` does after its preflight."""
        loaded = load_campaign_text(text or write_campaign(), "stage.yaml", {})
        now = self.clock.now()
        new = NewExecution(
            id=self._make_id(),
            campaign=loaded.campaign.name,
            trigger="cli",
            revision=loaded.revision,
            text=loaded.text,
            source=loaded.source,
            inputs=loaded.inputs,
            labels={},
            owner="the first process",
            created_at=now,
            deadline=now + loaded.campaign.limits.timeout,
            cells=expand(loaded.campaign).cells,
            resources=tuple(resources),
        )
        self.campaigns[new.id] = loaded
        await self.executions.create(new)
        return new.id

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Process]:
        """Have one process within the block; it may die there, which ends the block."""
        fuse = self.make_fuse()
        database = self.make_database(self._lent, fuse)
        try:
            async with AsyncExitStack() as stack:
                yield Process(self, await self._open_clients(stack, fuse), database, fuse)
        except* Killed:
            pass
        finally:
            fuse.is_blown = True
            database.close()

    async def run(self, *texts: str) -> ExecutionReport:
        """Drive campaigns to their verdicts in one process; return the last one's report."""
        created = [await self.create(text) for text in texts or (write_campaign(),)]
        async with self.process() as process:
            await process.drive(*created)
        return await self.report(created[-1])

    async def crash(self, execution: str, instant: str, nth: int = 1) -> None:
        """Drive an execution in a process that dies at the n-th instant of this name."""
        async with self.process() as process:
            process.fuse.blow_at(instant, nth)
            await process.drive(execution)
        assert process.fuse.instants[-1] == instant, process.fuse.instants

    async def restart(self, execution: str) -> ExecutionReport:
        """Take over as a new process, drive to the verdict and settle what is left."""
        async with self.process() as process:
            await self.take_over(execution)
            await process.drive(execution, taken_over=True)
            await process.settle(execution)
        return await self.report(execution)

    async def take_over(self, execution: str) -> None:
        seen = (await self.load(execution)).execution
        assert await self.executions.take_over(seen, self._make_id(), self.clock.now())

    def later(self, seconds: float, work: Callable[..., Awaitable[object]], *args: object) -> None:
        """Have something done in so many seconds, whatever else goes on."""

        async def wait_and_work() -> None:
            await anyio.sleep(seconds)
            await work(*args)

        self.tasks.start_soon(wait_and_work)

    async def launch_elsewhere(self, body: Any) -> None:
        """Launch what a request asks for, as a sender would of whom nobody knows."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            headers = {"x-api-key": "any"}
            answer = await client.post("http://coval.test/v1/runs", json=body, headers=headers)
            answer.raise_for_status()

    async def stop(self, execution: str) -> None:
        """Ask an execution to stop, as another process does."""
        await self.executions.ask_to_stop(execution, Cause.CANCELLED, self.clock.now())

    async def load(self, execution: str) -> Stored:
        return await self.executions.load(execution)

    async def launch(self, execution: str) -> Launch:
        """Read the last launch of an execution."""
        return (await self.load(execution)).launches[-1]

    async def report(self, execution: str) -> ExecutionReport:
        stored = await self.load(execution)
        material = Material(
            execution=stored.execution,
            launches=stored.launches,
            measured=await ResultRows(self.database).measured(stored.execution),
            gates=await self.history.gates(execution),
            requests=await self.history.requests(execution),
            duplicates=stored.duplicates,
        )
        return build_report(material, lambda _: None)

    def states(self) -> dict[str, str]:
        """Read the states of all launches by key, at this very moment."""
        query = select(LaunchRow.key, LaunchRow.state).order_by(col(LaunchRow.id))
        rows = self.database.read_now(lambda session: session.exec(query).all())
        return {key: str(state) for key, state in rows}

    def asked(self, name: str) -> list[Call]:
        """All requests of a name, such as `POST /v1/runs`."""
        return [call for call in self.calls if call.name == name]

    def statuses(self) -> list[str]:
        """Return the status of every run that was ever launched."""
        now = self.world.server_time(self.clock.now())
        return [run.status(now) for run in self.world.launched()]

    def keys(self) -> list[str]:
        """Return the launch key of every run that was ever launched."""
        return [str(run.launch.customer["launch_key"]) for run in self.world.launched()]

    def copy_database(self, name: str) -> Path:
        target = self._path.with_name(name)
        target.unlink(missing_ok=True)
        copy_now(self._path, target)
        return target

    def restore_database(self, copy: Path) -> None:
        """Put an older copy of the database in place of the present one."""
        self.database.close()
        copy_now(copy, self._path)

    @property
    def _path(self) -> Path:
        assert self._lent.path is not None
        return self._lent.path

    def _make_id(self) -> str:
        self._made += 1
        return make_ulid(self.clock.now(), self._made.to_bytes(RANDOM_BYTES, "big"))

    def _perform_stunt(self, call: Call) -> httpx.Response | None:
        return self.stunt(call)

    async def _open_clients(self, stack: AsyncExitStack, fuse: Fuse) -> "Clients":
        network = self.network(httpx.ASGITransport(self.app))
        wire = Wire(network, fuse, self.calls, self._perform_stunt)
        coval, cotool = [
            await stack.enter_async_context(
                VendorHttp(account, now=self.clock.now, chance=lambda: 0.5, transport=wire)
            )
            for account in ACCOUNTS
        ]
        vendors = Vendors(
            coval=RunsClient(coval.paced),
            urgent=RunsClient(coval.urgent),
            explanations=ExplanationsClient(coval.paced),
            cotool=CotoolClient(cotool.paced),
            requests=lambda: {"coval": coval.requests_sent, "cotool": cotool.requests_sent},
            run_url=lambda _: None,
        )
        return Clients(vendors, CatalogueClient(coval.paced))


@dataclass(frozen=True, slots=True)
class Clients:
    """What one process talks to the vendors with."""

    vendors: Vendors
    catalogue: CatalogueClient


ACCOUNTS = (
    VendorAccount("Coval", "http://coval.test/v1", {"x-api-key": "a-coval-key"}),
    VendorAccount("Cotool", "http://cotool.test/api", {"authorization": "Bearer a-key"}),
)

"""The life of the service: it starts in order, says when it can work, and stops well."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from signal import SIGHUP, SIGINT, SIGTERM, Signals
from socket import socket

import anyio
import structlog

from campaignd.adapters.reporters.notation import sized
from campaignd.adapters.supervisor import Supervisor
from campaignd.adapters.timetable import Alarms
from campaignd.core.campaign import Campaign
from campaignd.engine.faults import StorageTrouble
from campaignd.engine.poller import Poller
from campaignd.engine.probation import mind_key
from campaignd.sandbox import Scenario
from campaignd.settings import Secrets, Settings
from campaignd.web.listening import listen
from campaignd.wiring.fitting import fit
from campaignd.wiring.planning import needs_of
from campaignd.wiring.reports import load_campaign_of
from campaignd.wiring.sandboxing import EMBEDDED, embedded_sandbox
from campaignd.wiring.service.api import serve_api
from campaignd.wiring.service.bell import PollerBell
from campaignd.wiring.service.clockwork import Clockwork
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.desk.assembly import Staff
from campaignd.wiring.service.desk.lookout import Lookout
from campaignd.wiring.service.gauges import PrometheusGauges
from campaignd.wiring.service.guarding import check_binding
from campaignd.wiring.service.shelf import Shelf, open_shelf
from campaignd.wiring.service.station import Station
from campaignd.wiring.storage import Storage, open_storage
from campaignd.wiring.tools import make_courier, make_shared_tools
from campaignd.wiring.vendors import Needs, account_of, open_vendors

log = structlog.get_logger()

STATUS_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Post:
    """Where the service stands. `scenario` is that of an embedded sandbox, if it uses one."""

    settings: Settings
    environment: Mapping[str, str]
    scenario: Scenario | None = None


async def serve(post: Post) -> None:
    """Serve until SIGTERM or SIGINT; runs in flight stay on Coval for the next start.

    Raises SettingsInvalid, ScenarioInvalid, CannotListen and StorageTrouble where it cannot start.
    """
    service = Service(post)
    async with anyio.create_task_group() as tasks:
        with anyio.open_signal_receiver(SIGTERM, SIGINT, SIGHUP) as signals:
            tasks.start_soon(service.keep_alive)
            tasks.start_soon(service.run)
            async for number in signals:
                if number == SIGHUP:
                    service.reload()
                    continue
                log.info("stopping", signal=Signals(number).name)
                break
        service.supervisor.stopping()
        tasks.cancel_scope.cancel()
    log.info("stopped")


class Service:
    """The parts in the order of their start."""

    def __init__(self, post: Post) -> None:
        self.supervisor = Supervisor(post.environment)
        self._post = post
        self._shelf: Shelf | None = None

    async def run(self) -> None:
        """Start everything, and work until cancelled."""
        async with AsyncExitStack() as stack:
            station, shelf = await stack.enter_async_context(open_station(self._post))
            await check_binding(station.settings, station.storage.tokens)
            listener = stack.enter_context(_listen(station.settings))
            tasks = await stack.enter_async_context(anyio.create_task_group())
            crew = Crew(station, tasks)
            clockwork = Clockwork(station, shelf, crew, tasks, Alarms)
            await crew.adopt()
            tasks.start_soon(station.poller.run)
            tasks.start_soon(mind_key, station.tools)
            tasks.start_soon(crew.adopt_for_ever)
            secrets = Secrets(station.environment)
            tasks.start_soon(make_courier(station.settings, station.storage, secrets).run)
            await tasks.start(clockwork.run)
            lookout = Lookout(station.storage.browsing.marks)
            tasks.start_soon(lookout.run)
            bell = PollerBell(station.poller, station.settings.hooks.coval_secret)
            gauges = PrometheusGauges(station, shelf, clockwork)
            staff = Staff(station, shelf, crew, lookout, bell, gauges)
            await tasks.start(serve_api, staff, listener)
            self._shelf = shelf
            log.info("ready", campaigns=len(shelf.campaigns), broken=len(shelf.broken))
            self.supervisor.ready()
            tasks.start_soon(shelf.follow, self.supervisor.ready)
            await self._tell_status(shelf, crew, clockwork)

    def reload(self) -> None:
        """Have the campaigns read again; before the start is over they are read anyway."""
        if self._shelf is not None:
            self.supervisor.reloading()
            self._shelf.ask()

    async def keep_alive(self) -> None:
        """Ping systemd's watchdog from the loop that all work is done in."""
        interval = self.supervisor.watchdog
        while interval is not None:
            self.supervisor.alive()
            await anyio.sleep(interval.total_seconds() / 3)

    async def _tell_status(self, shelf: Shelf, crew: Crew, clockwork: Clockwork) -> None:
        while True:
            self.supervisor.tell(_status(shelf, crew, clockwork))
            await anyio.sleep(STATUS_EVERY.total_seconds())


@contextmanager
def _listen(settings: Settings) -> Iterator[socket]:
    """Take the address of the API."""
    with closing(listen(settings.api.host, settings.api.port)) as listener:
        host, port = listener.getsockname()[:2]
        log.info("listening", url=f"http://{f'[{host}]' if ':' in host else host}:{port}")
        yield listener


@asynccontextmanager
async def open_station(post: Post) -> AsyncIterator[tuple[Station, Shelf]]:
    """Open the database, which backs it up and migrates it, the campaigns and the vendors."""
    async with AsyncExitStack() as stack:
        settings, account = post.settings, account_of(post.settings)
        storage = await stack.enter_async_context(open_storage(settings, post.environment))
        shelf = await open_shelf(settings, storage.last_good)
        if post.scenario is not None:
            account = EMBEDDED
            sandbox = embedded_sandbox(settings, _fitted(post.scenario, shelf), None)
            settings = await stack.enter_async_context(sandbox)
        needs = await _needs_of(shelf, storage)
        clients = await stack.enter_async_context(open_vendors(settings, needs))
        tools = make_shared_tools(settings, storage, clients)
        station = Station(
            settings=settings,
            environment=post.environment,
            storage=storage,
            clients=clients,
            tools=tools,
            poller=Poller(tools),
            account=account,
        )
        yield station, shelf


def _fitted(scenario: Scenario, shelf: Shelf) -> Scenario:
    for loaded in shelf.campaigns.values():
        scenario = fit(scenario, loaded.campaign)
    return scenario


async def _needs_of(shelf: Shelf, storage: Storage) -> Needs:
    """Ask for the keys that campaigns and unfinished executions need.

    Without its key an execution that is taken over would be given up.
    """
    needs = [needs_of(loaded.campaign) for loaded in shelf.campaigns.values()]
    for execution in await storage.history.unfinished():
        campaign = await _campaign_of(storage, execution)
        if campaign is not None:
            needs.append(needs_of(campaign))
    return Needs(coval=any(each.coval for each in needs), cotool=any(n.cotool for n in needs))


async def _campaign_of(storage: Storage, execution: str) -> Campaign | None:
    """None for what cannot be read: the crew says so, and leaves it alone."""
    try:
        return await load_campaign_of(storage, await storage.executions.load(execution))
    except StorageTrouble:
        raise
    except Exception:  # noqa: BLE001  # told in full where it would be adopted
        return None


def _status(shelf: Shelf, crew: Crew, clockwork: Clockwork) -> str:
    parts = [sized(len(shelf.campaigns), "campaign"), f"{sized(crew.size, 'execution')} going"]
    if shelf.broken:
        parts.append(f"{sized(len(shelf.broken), 'file')} broken")
    if upcoming := clockwork.next_start():
        name, moment = upcoming
        parts.append(f"next {name} at {moment:%Y-%m-%d %H:%M} UTC")
    return ", ".join(parts)

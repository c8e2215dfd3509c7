"""A whole service with its API over real HTTP, on an embedded sandbox, in a thread."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio.from_thread import start_blocking_portal
from tests.cli.conftest import BRISK

from campaignd.adapters.timetable import Alarms
from campaignd.core.tokens import Scope
from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.web.app import build_app
from campaignd.web.guard import Rate, Rules, guard
from campaignd.web.listening import listen
from campaignd.web.options import WebOptions
from campaignd.web.server import serve
from campaignd.wiring.service.bell import PollerBell
from campaignd.wiring.service.clockwork import Clockwork
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.desk.assembly import Staff, make_desk
from campaignd.wiring.service.desk.lookout import Lookout
from campaignd.wiring.service.gauges import PrometheusGauges
from campaignd.wiring.service.running import Post, open_station
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station
from campaignd.wiring.tokens import WantedToken, create_token

AT_WILL = Rate(timedelta(microseconds=1), 100_000)
RULES = Rules(by_token=AT_WILL, by_address=AT_WILL, by_failure=AT_WILL)


@dataclass(frozen=True, slots=True)
class Living:
    """Where it is, a token for everything, its OpenAPI document, and how to stop it."""

    url: str
    token: str
    schema: dict[str, Any]
    stop: anyio.CancelScope

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)


@contextmanager
def living_service(folder: Path, template: Path, *texts: str) -> Iterator[Living]:
    """Have a service within the block; `template` is a database to begin with."""
    shutil.copy(template, folder / "c.db")
    campaigns = folder / "campaigns"
    campaigns.mkdir()
    for number, text in enumerate(texts):
        (campaigns / f"campaign{number}.yaml").write_text(text)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(_live(folder)) as it:
        yield it


@asynccontextmanager
async def _live(folder: Path) -> AsyncIterator[Living]:
    settings = Settings.model_validate(
        {"campaigns_dir": folder / "campaigns", "database_url": f"sqlite:///{folder}/c.db"}
    )
    async with AsyncExitStack() as stack:
        post = Post(settings, {}, Scenario.model_validate(BRISK))
        station, shelf = await stack.enter_async_context(open_station(post))
        wanted = WantedToken("all", frozenset(Scope))
        made = await create_token(settings, {}, wanted)
        listener = stack.enter_context(closing(listen("127.0.0.1", 0)))
        tasks = await stack.enter_async_context(anyio.create_task_group())
        app = build_app(make_desk(_staff(station, shelf, tasks)), WebOptions())
        guarded = guard(app, RULES, station.storage.tokens)
        await tasks.start(serve, guarded, listener, app.state.closing.close)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield Living(url, made.credential.text, app.openapi(), tasks.cancel_scope)
        tasks.cancel_scope.cancel()


def _staff(station: Station, shelf: Shelf, tasks: Any) -> Staff:
    crew, lookout = Crew(station, tasks), Lookout(station.storage.browsing.marks)
    clockwork = Clockwork(station, shelf, crew, tasks, Alarms)
    tasks.start_soon(station.poller.run)
    tasks.start_soon(lookout.run)
    bell = PollerBell(station.poller, None)
    return Staff(station, shelf, crew, lookout, bell, PrometheusGauges(station, shelf, clockwork))

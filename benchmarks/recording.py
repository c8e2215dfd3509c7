"""What the sandbox's Coval says of many runs in flight, kept to be said again at no cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from shelf import NOW, plan_cells

from campaignd.adapters.coval.orders import launch_body
from campaignd.core.execution import Launch, installation_tag, launch_key
from campaignd.core.plan import Cell, order_for
from campaignd.core.states import LaunchState
from campaignd.sandbox import Scenario, Timing, World
from campaignd.sandbox.app import create_app

EXECUTION, INSTALLATION = "01ARYZ6S41TSV4RRFFQ69G5F00", "01ARYZ6S41TSV4RRFFQ69G5F99"
BASE_URL = "http://127.0.0.1/v1"
_HOUR = timedelta(hours=1)
_ENDLESS = Scenario(timing=Timing(simulation=(_HOUR, _HOUR), simulations_within=None))


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def pass_time(self, duration: timedelta) -> None:
        self._now += duration


@dataclass(frozen=True, slots=True)
class Recording:
    """Launches in flight, and Coval's answers about them by path."""

    launches: tuple[Launch, ...]
    answers: dict[str, bytes]

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the sandbox did; for httpx.MockTransport."""
        content = self.answers[request.url.path]
        return httpx.Response(200, content=content, headers={"content-type": "application/json"})


async def record(count: int) -> Recording:
    """Launch so many runs on the sandbox, let them begin, and keep the list and each run."""
    clock = Clock()
    transport = httpx.ASGITransport(create_app(World(_ENDLESS), clock=clock.now))
    headers = {"x-api-key": "any"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        launches = [await _launch(client, cell) for cell in plan_cells(count, cases=1)]
        clock.pass_time(timedelta(minutes=1))
        paths = ["/runs?page_size=1000", *(f"/runs/{launch.run_id}" for launch in launches)]
        said = [await client.get(path) for path in paths]
    return Recording(tuple(launches), {answer.url.path: answer.content for answer in said})


async def _launch(client: httpx.AsyncClient, cell: Cell) -> Launch:
    key = launch_key(EXECUTION, cell.number, 1)
    tags = (installation_tag(INSTALLATION),)
    body = launch_body(order_for(cell, launch_key=key, title="bench", tags=tags))
    answer = (await client.post("/runs", json=body)).raise_for_status()
    return Launch(
        id=cell.number,
        execution=EXECUTION,
        cell=cell,
        attempt=1,
        key=key,
        state=LaunchState.RUNNING,
        run_id=answer.json()["run"]["run_id"],
        launched_at=NOW,
    )

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.sandbox.calls import Call
from campaignd.sandbox.cotool import Cotool
from campaignd.sandbox.coval_residents import CovalResidents
from campaignd.sandbox.coval_runs import CovalRuns
from campaignd.sandbox.coval_simulations import CovalSimulations

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ORDER = {
    "agent_id": "gk3jK9mPq2xRt5vW8yZaBc",
    "persona_id": "hL4kL0nQr3ySt6vX9zAcDd",
    "test_set_id": "aB1cD2eF",
    "metric_ids": ["jN6mN2pSt5aUv8xZ1bCeFf", "iM5lM1oRs4zTu7wY0aBdEe"],
}


class OwnedClock:
    """Stands still until it is moved; sleeping on it moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)


class Bench:
    """A world with its vendors' answers at hand, at a time that the test sets."""

    def __init__(self, scenario: Scenario, clock: OwnedClock) -> None:
        self.clock = clock
        self.world = World(scenario)
        self.runs = CovalRuns(self.world)
        self.simulations = CovalSimulations(self.world)
        self.residents = CovalResidents(self.world)
        self.cotool = Cotool(self.world)

    def ask(
        self,
        handler: Callable[[Call], Any],
        query: dict[str, object] | None = None,
        body: object = None,
        **path: str,
    ) -> Any:
        texts = {key: [str(value)] for key, value in (query or {}).items()}
        now = self.world.server_time(self.clock())
        return handler(Call(now, path, texts, json.dumps(body).encode()))

    def launch(self, **changes: object) -> str:
        return str(self.ask(self.runs.launch_run, body=ORDER | changes)["run"]["run_id"])

    def read(self, run_id: str) -> dict[str, Any]:
        return dict(self.ask(self.runs.read_run, run_id=run_id)["run"])

    def status(self, run_id: str) -> str:
        return str(self.read(run_id)["status"])

    def listed(self, **query: object) -> list[str]:
        return [run["run_id"] for run in self.ask(self.runs.list_runs, query)["runs"]]

    def simulations_of(self, run_id: str) -> list[dict[str, Any]]:
        query = {"filter": f'run_id="{run_id}"', "page_size": 1000, "page_token": ""}
        found = []
        while True:
            page = self.ask(self.simulations.list_simulations, query)
            found += page["simulations"]
            if page["next_page_token"] is None:
                return found
            query["page_token"] = page["next_page_token"]

    def values_of(self, run_id: str) -> dict[tuple[str, str, str | None, int], object]:
        """Map (metric, test case, mutation, repeat) to value, whatever the simulations' ids."""
        seen: dict[tuple[str, str | None], int] = {}
        place = {}
        for item in reversed(self.simulations_of(run_id)):
            key = (item["test_case_id"], item["mutation_id"])
            seen[key] = seen.get(key, 0) + 1
            place[item["simulation_id"]] = (*key, seen[key])
        metrics = self.read(run_id)["results"]["metrics"]
        return {
            (metric_id, *place[item["simulation_output_id"]]): item["value"]
            for metric_id, result in metrics.items()
            for item in result["values"]
        }


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()


@pytest.fixture
def bench_of(clock: OwnedClock) -> Callable[..., Bench]:
    return lambda **scenario: Bench(Scenario.model_validate(scenario), clock)


@pytest.fixture
def bench(bench_of: Callable[..., Bench]) -> Bench:
    return bench_of()


@pytest.fixture
def order() -> dict[str, object]:
    return dict(ORDER)


@pytest.fixture
def client_of(clock: OwnedClock) -> Callable[..., Any]:
    """Talk HTTP to a sandbox in this process, with a key for both vendors."""

    @asynccontextmanager
    async def connect(
        sleep: Callable[[float], Awaitable[None]] | None = None, **scenario: object
    ) -> AsyncIterator[httpx.AsyncClient]:
        world = World(Scenario.model_validate(scenario))
        app = create_app(world, clock=clock, sleep=sleep or clock.sleep)
        headers = {"x-api-key": "any", "authorization": "Bearer any"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://sandbox", headers=headers
        ) as client:
            yield client

    return connect

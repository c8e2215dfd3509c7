"""A whole campaign on the sandbox, from its file to its verdict."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import anyio
import httpx
from measuring import Comparison, Effort, Unit, take_turns
from shelf import folder

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.verdicts import Verdict
from campaignd.engine.progress import ProgressView
from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.sandbox.server import serve
from campaignd.settings import load_settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.running import Job, run
from campaignd.wiring.sandboxing import point_at
from campaignd.wiring.session import Host

CELLS, PERSONAS = 20, 4
LEAST_REQUESTS = 3
"""What a run cannot do without: its launch, its simulations, its results."""
SCENARIO = Scenario(speed=50)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one execution took; `course`: seconds from the first launch to the last run's end."""

    wall: float
    cpu: float
    course: float
    requests: float
    runs: int
    bare_cpu: float


class Silence:
    """An observer that shows nothing."""

    def show(self, view: ProgressView) -> None: ...

    def say(self, message: str) -> None: ...


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare an execution with the course of its runs, bare requests and the fewest requests."""
    cells = max(PERSONAS, effort.of(CELLS))
    with folder() as place:
        (costs,) = take_turns(effort.repeats, partial(anyio.run, _execute, cells, place))
    what = f"a campaign of {cells} cells on the sandbox"
    course = "the sandbox's runs, first launch to last end"
    yield Comparison(what, [c.wall for c in costs], course, [c.course for c in costs])
    bare = "as many bare httpx requests to it"
    yield Comparison(f"{what} (CPU)", [c.cpu for c in costs], bare, [c.bare_cpu for c in costs])
    yield Comparison(
        f"{what}, requests a run",
        [c.requests / c.runs for c in costs],
        "launch, simulations, results",
        [LEAST_REQUESTS for _ in costs],
        Unit.REQUESTS,
    )


def write_campaign(cells: int) -> str:
    """Write a campaign of so many cells, ten simulations each."""
    personas = (f"  persona{n}: {n:022}" for n in range(PERSONAS))
    sets = (f"  set{n}: {{id: {n:08}, cases: 10}}" for n in range(cells // PERSONAS))
    return "\n".join(
        [
            *("version: 1", "name: bench"),
            *("agents:", "  checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}", "personas:", *personas),
            *("test_sets:", *sets, "metrics:"),
            '  resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}',
            "  latency: {id: iM5lM1oRs4zTu7wY0aBdEe, better: lower, unit: s}",
            f"limits: {{runs_in_flight: {cells}}}",
            "gates:",
            "  - {pass_rate: resolved, at_least: 50%}",
            "  - {p95: latency, at_most: 60 s, per: cell}",
        ]
    )


async def _execute(cells: int, place: Path) -> Cost:
    loaded = load_campaign_text(write_campaign(cells), "bench.yaml", {})
    world = World(SCENARIO)
    async with _serving(world) as origin:
        url = f"sqlite:///{place / 'campaignd.db'}"
        settings = point_at(load_settings({}, None, database_url=url), origin, SCENARIO)
        wall, cpu = perf_counter(), process_time()
        ended = await run(Job(loaded, {}), Host(settings, {}, Silence()))
        wall, cpu = perf_counter() - wall, process_time() - cpu
        requests = sum(ended.report.totals.requests.values())
        bare_cpu = await _send_bare(origin, requests)
    if ended.report.verdict is not Verdict.PASSED:
        raise SystemExit(f"the campaign {ended.report.verdict}")
    runs = list(world.launched())
    ends = max(launched.course.completed_at for launched in runs)
    course = (ends - min(launched.created_at for launched in runs)).total_seconds()
    return Cost(wall, cpu, course, requests, len(runs), bare_cpu)


@asynccontextmanager
async def _serving(world: World) -> AsyncIterator[str]:
    async with anyio.create_task_group() as tasks:
        port = await tasks.start(serve, create_app(world, clock=SystemClock().now))
        yield f"http://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()


async def _send_bare(origin: str, count: int) -> float:
    """Return the CPU that requests take here, client and server together."""
    async with httpx.AsyncClient(headers={"x-api-key": "any"}, trust_env=False) as client:
        begin = process_time()
        for _ in range(count):
            await client.get(f"{origin}/v1/agents/gk3jK9mPq2xRt5vW8yZaBc")
        return process_time() - begin

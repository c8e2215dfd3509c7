"""The sandbox inside a command: a local Coval and Cotool that know the campaign at hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM

import anyio
from pydantic import SecretStr

from campaignd.core.campaign import Campaign
from campaignd.sandbox import Scenario, World, load_scenario
from campaignd.settings import Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.fitting import fit

QUICK = timedelta(milliseconds=200)
EMBEDDED = "embedded sandbox"
"""The account of executions on a sandbox that ends with its command."""


@asynccontextmanager
async def embedded_sandbox(
    settings: Settings, scenario: Scenario, campaign: Campaign | None
) -> AsyncIterator[Settings]:
    """Serve a sandbox within the block; yield the settings that lead to it."""
    from campaignd.sandbox.app import create_app
    from campaignd.sandbox.server import serve

    clock = SystemClock()
    fitted = scenario if campaign is None else fit(scenario, campaign)
    app = create_app(World(fitted), clock=clock.now)
    async with anyio.create_task_group() as tasks:
        port = await tasks.start(serve, app)
        yield point_at(settings, f"http://127.0.0.1:{port}", scenario)
        tasks.cancel_scope.cancel()


async def serve_sandbox(scenario: Scenario, port: int, tell: Callable[[int], None]) -> None:
    """Serve a sandbox until SIGINT or SIGTERM; `tell` is told the port. Raises OSError."""
    from campaignd.sandbox.app import create_app
    from campaignd.sandbox.server import serve

    app = create_app(World(scenario), clock=SystemClock().now)
    async with anyio.create_task_group() as tasks:
        with anyio.open_signal_receiver(SIGINT, SIGTERM) as signals:
            tell(await tasks.start(partial(serve, app, port=port)))
            async for _ in signals:
                break
        tasks.cancel_scope.cancel()


def adjust(scenario: Scenario, seed: int | None, speed: float | None) -> Scenario:
    """Return a scenario with another seed or speed."""
    chosen = {"seed": seed, "speed": speed}
    return scenario.model_copy(update={k: v for k, v in chosen.items() if v is not None})


def point_at(settings: Settings, origin: str, scenario: Scenario) -> Settings:
    """Return settings that use a sandbox: no real keys, quick polls, a short grace."""
    keys = scenario.api_keys
    timeout = min(settings.coval.timeout, timedelta(seconds=5))
    return settings.model_copy(
        update={
            "coval": settings.coval.model_copy(
                update={
                    "base_url": f"{origin}/v1",
                    "api_key": keys.coval or SecretStr("sandbox"),
                    "requests_per_second": 100,
                    "timeout": timeout,
                }
            ),
            "cotool": settings.cotool.model_copy(
                update={
                    "base_url": f"{origin}/api",
                    "api_key": keys.cotool or SecretStr("sandbox"),
                    "requests_per_second": 100,
                    "timeout": timeout,
                }
            ),
            "poll": settings.poll.model_copy(
                update={"min_interval": QUICK, "max_interval": timedelta(seconds=2)}
            ),
            "launch": settings.launch.model_copy(
                update={"reconcile_grace": timeout + timedelta(seconds=1)}
            ),
            "collect": settings.collect.model_copy(update={"values_wait": timedelta(seconds=5)}),
        }
    )


def read_scenario(path: Path | None) -> Scenario:
    """Read a scenario file; the built-in world where there is none."""
    return Scenario() if path is None else load_scenario(path)

"""Weeks of nights in minutes: what a service uses, it gives back.

`make soak EXECUTIONS=2000` goes on for as long as docs/performance.md tells of.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.crash.conftest import PROGRAM
from tests.endurance.campaigns import SCENARIO, write_campaigns
from tests.endurance.fast_service import MachineClock, fast_service, settings_for
from tests.endurance.hurried_loop import HurriedLoop
from tests.endurance.measuring import MIB, Sample, as_table, census, take_sample
from tests.endurance.nights import Nights
from tests.endurance.premises import receivers, serving

from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.settings import Settings

EXECUTIONS = int(os.environ.get("EXECUTIONS", "200"))
MOMENTS = 5 if EXECUTIONS >= 1000 else 1
"""How often each campaign runs in a night."""
WEEK = 7
SETTLED = 10
"""Nights after which everything has happened, and nothing may grow any more."""


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return ("asyncio", {"loop_factory": HurriedLoop})


@pytest.fixture
def diary(tmp_path: Path) -> Iterator[Path]:
    """The service's log, in a file."""
    path = tmp_path / "serve.log"
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger("info"),
            logger_factory=structlog.WriteLoggerFactory(file),
        )
        yield path
        structlog.reset_defaults()


@pytest.mark.slow
@pytest.mark.timeout(60 + 2 * EXECUTIONS)
async def test_what_a_service_uses_it_gives_back(
    tmp_path: Path, diary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    samples, grown = await pass_nights(tmp_path)
    sys.stdout.write(f"what there is more of: {grown.most_common(20)}\n")
    with capsys.disabled():
        sys.stdout.write(f"\n{as_table(choose(samples))}\nin {time.monotonic() - began:.0f} s\n")
    assert complaints_in(diary) == []
    assert len(samples) > 2 * WEEK, "too few nights to tell: take 150 executions or more"
    check_process(samples[SETTLED - 1 :])
    check_database(samples[2 * WEEK - 1 :: WEEK])


async def pass_nights(folder: Path) -> tuple[Sequence[Sample], Counter[str]]:
    """Go on until there were enough executions; return a sample of each night, and what grew."""
    clock = MachineClock()
    app = create_app(World(Scenario.model_validate(SCENARIO)), clock=clock.now)
    samples, before = [], Counter[str]()
    async with AsyncExitStack() as stack:
        vendors = await stack.enter_async_context(serving(app))
        receiver = await stack.enter_async_context(serving(receivers()))
        nights = Nights(folder / "campaigns", write_campaigns(MOMENTS, receiver.origin), MOMENTS)
        settings = settings_for(folder, vendors.origin)
        service = await stack.enter_async_context(fast_service(settings, clock))
        while not samples or samples[-1].executions < EXECUTIONS:
            await nights.pass_one(service)
            connections = vendors.connections + receiver.connections
            samples.append(take_sample(folder / "campaignd.db", connections))
            if len(samples) == SETTLED:
                before = census()
            if len(samples) % WEEK == 0:
                prune_week(settings, clock.now())
            clock.suspend()
        return samples, census() - before


def prune_week(settings: Settings, now: datetime) -> None:
    """Keep what was measured within a week: another process does it, as in real life."""
    keep = datetime.now(UTC) - now + timedelta(days=WEEK)
    command = [*PROGRAM, "db", "prune", "--keep", f"{keep.total_seconds():.0f}s"]
    database = ("--database", str(settings.database_url))
    subprocess.run([*command, *database], capture_output=True, check=True)


def complaints_in(diary: Path) -> Sequence[str]:
    """Return what the service wrote of bugs."""
    lines = diary.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if "campaignd failed" in line]


def check_process(samples: Sequence[Sample]) -> None:
    """Nothing that is held at rest grows with executions."""
    first, last = samples[0], samples[-1]
    assert {sample.tasks for sample in samples} == {first.tasks}
    assert {sample.connections for sample in samples} == {0}
    assert {sample.owners for sample in samples} == {1}
    # The pools of threads and of connections to the database grow to their bounds.
    assert max(sample.threads for sample in samples) <= first.threads + 4
    assert max(sample.files for sample in samples) <= first.files + 8
    assert max(sample.log for sample in samples) <= 8 * MIB
    made = last.executions - first.executions
    assert (last.blocks - first.blocks) / made < 40
    assert last.resident < first.resident * 1.15


def check_database(samples: Sequence[Sample]) -> None:
    """Of what is older than a week only verdicts stay: a few kilobytes an execution."""
    first, last = samples[0], samples[-1]
    if last is not first:
        assert (last.used - first.used) / (last.executions - first.executions) < 8192


def choose(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Choose five, evenly apart; the first one when everything has happened once."""
    goals = [EXECUTIONS * part / 4 for part in range(1, 5)]
    later = [next(each for each in samples if each.executions >= goal) for goal in goals]
    return [samples[0], *later]

"""In real time and with real threads, on the event loop that is used and on the one that may be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import CHECKOUT, COTOOL, name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Fuse

from campaignd.adapters.store.database import Database
from campaignd.engine.tools import Pace

QUICK = {"pace": Pace(timedelta(milliseconds=50), timedelta(milliseconds=200))}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return (request.param, {})


@pytest.fixture
async def real_stage(open_stage: Callable[..., Stage]) -> Stage:
    stage = open_stage(QUICK, speed=40)

    def open_database(lent: Database, _fuse: Fuse) -> Database:
        return Database(lent.url)

    stage.make_database = open_database
    return stage


async def test_a_campaign_runs_to_its_verdict(real_stage: Stage) -> None:
    text = write_campaign(
        agents={"checkout": {"coval": CHECKOUT, "cotool": COTOOL}},
        personas=name_personas(3),
        cotool={"tail": "100ms"},
    )
    with anyio.fail_after(20):
        report = await real_stage.run(text)
    assert (report.verdict, report.exit_status) == ("passed", 0)
    assert len(report.scores) == 6


async def test_an_interrupt_ends_the_runs(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(QUICK)
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    async with stage.process() as process:
        with anyio.move_on_after(0.4):
            await process.drive(execution)
        with anyio.fail_after(5):
            await process.interrupt(execution)
    assert (await stage.report(execution)).verdict == "cancelled"
    assert stage.statuses() == ["CANCELLED"] * 3

"""In real time and with real threads, on the event loop that is used and on the one that may be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import CHECKOUT, COTOOL, name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Audience, Fuse

from campaignd.adapters.store.database import Database
from campaignd.engine.progress import ProgressView
from campaignd.engine.tools import Pace

QUICK = {"pace": Pace(timedelta(milliseconds=50), timedelta(milliseconds=200))}


class Onlooker(Audience):
    """Waits for the moment at which all cells run."""

    def __init__(self) -> None:
        super().__init__()
        self.all_running = anyio.Event()

    def show(self, view: ProgressView) -> None:
        super().show(view)
        if {cell.state for cell in view.cells} == {"running"}:
            self.all_running.set()


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
    stage = open_stage(QUICK, timing={"simulation": ["10m", "20m"], "simulations_within": None})
    onlooker = stage.audience = Onlooker()
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    async with stage.process() as process:
        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(process.drive, execution)
                await onlooker.all_running.wait()
                tasks.cancel_scope.cancel()
        with anyio.fail_after(5):
            await process.interrupt(execution)
    assert (await stage.report(execution)).verdict == "cancelled"
    assert stage.statuses() == ["CANCELLED"] * 3

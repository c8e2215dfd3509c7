"""`resume` and `cancel` of what a process left behind: here, one that was cancelled halfway."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.reporters.progress import SilentProgress
from campaignd.core.verdicts import Verdict
from campaignd.engine.progress import ProgressView
from campaignd.engine.records import NewExecution, Stored
from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.continuing import (
    AnotherAccount,
    StillDriven,
    cancel,
    find_abandoned,
    resume,
)
from campaignd.wiring.running import Job, run
from campaignd.wiring.sandboxing import embedded_sandbox
from campaignd.wiring.session import Host
from campaignd.wiring.storage import open_storage

TEXT = """\
version: 1
name: smoke
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}}
personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd}
test_sets: {smoke: aB1cD2eF}
metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}
gates: [{pass_rate: resolved, at_least: 50%}]
"""
ENDLESS = Scenario.model_validate(
    {"timing": {"simulation": ["1h", "1h"], "simulations_within": None}}
)


class UntilRunning(SilentProgress):
    """Tells when the first run is on Coval."""

    def __init__(self) -> None:
        self.running = anyio.Event()
        self.execution = ""

    def show(self, view: ProgressView) -> None:
        self.execution = view.execution
        if any(cell.state == "running" for cell in view.cells):
            self.running.set()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/campaignd.db")
    return Host(settings, {}, SilentProgress())


@pytest.fixture
async def abandoned(host: Host) -> str:
    """The id of an execution on an embedded sandbox that ended with its process."""
    observer = UntilRunning()
    job = Job(load_campaign_text(TEXT, "smoke.yaml", {}), {}, ENDLESS)

    async def drive(_: Any = None) -> None:
        await run(job, Host(host.settings, {}, observer))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(drive)
        with anyio.fail_after(10):
            await observer.running.wait()
        with pytest.raises(StillDriven, match="is driven by a living process"):
            await resume(observer.execution, host, detach=False)
        assert await find_abandoned(host) == []
        tasks.cancel_scope.cancel()
    return observer.execution


@pytest.mark.slow
async def test_what_ran_on_an_embedded_sandbox_is_resumed_on_a_new_one(
    host: Host, abandoned: str
) -> None:
    assert await find_abandoned(host) == [abandoned]
    # Without keys: anything but a sandbox would be refused.
    ended = await resume(abandoned, host, detach=False)
    assert ended.report.verdict is Verdict.ERRORED
    assert [cell.state for cell in ended.report.cells] == ["lost"]
    assert await find_abandoned(host) == []


async def test_what_began_on_another_coval_is_left_alone_and_says_where(host: Host) -> None:
    observer = UntilRunning()
    job = Job(load_campaign_text(TEXT, "smoke.yaml", {}), {})
    async with embedded_sandbox(host.settings, ENDLESS, None) as elsewhere:

        async def drive() -> None:
            await run(job, Host(elsewhere, {}, observer))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drive)
            with anyio.fail_after(10):
                await observer.running.wait()
            tasks.cancel_scope.cancel()
        assert await find_abandoned(Host(elsewhere, {}, SilentProgress())) == [observer.execution]
    assert await find_abandoned(host) == []
    with pytest.raises(AnotherAccount, match=f"was begun on {elsewhere.coval.base_url}, and"):
        await resume(observer.execution, host, detach=False)


@pytest.mark.slow
async def test_what_nobody_drives_is_cancelled_by_whoever_asks(host: Host, abandoned: str) -> None:
    cancelled = await cancel(abandoned, host)
    assert cancelled.report.verdict is Verdict.CANCELLED
    assert not cancelled.was_over
    assert (await cancel(abandoned, host)).was_over
    assert await find_abandoned(host) == []


@pytest.mark.slow
async def test_a_run_leaves_the_executions_of_other_sandboxes_alone(
    host: Host, abandoned: str
) -> None:
    job = Job(
        load_campaign_text(TEXT, "smoke.yaml", {}), {}, Scenario.model_validate({"speed": 20})
    )
    assert (await run(job, host)).report.verdict is Verdict.PASSED
    assert await find_abandoned(host) == [abandoned]


async def test_one_file_run_twice_at_once_is_two_executions(host: Host) -> None:
    job = Job(
        load_campaign_text(TEXT, "smoke.yaml", {}), {}, Scenario.model_validate({"speed": 20})
    )
    done: list[str] = []

    async def run_it() -> None:
        report = (await run(job, host)).report
        assert report.verdict is Verdict.PASSED
        done.append(report.execution)

    async with open_storage(host.settings, host.environment), anyio.create_task_group() as tasks:
        tasks.start_soon(run_it)
        tasks.start_soon(run_it)
    assert len(set(done)) == 2


async def test_what_is_queued_is_continued_last(host: Host, abandoned: str) -> None:
    """It may wait for a Cotool agent that the other one holds."""
    async with open_storage(host.settings, host.environment) as storage:
        first = queue_an_older_one(await storage.executions.load(abandoned))
        await storage.executions.create(first)
    assert first.id < abandoned
    assert await find_abandoned(host) == [abandoned, first.id]


def queue_an_older_one(stored: Stored) -> NewExecution:
    """Make an older execution of the same campaign that is still in the queue."""
    execution = stored.execution
    return NewExecution(
        id="0" * 26,
        campaign=execution.campaign,
        trigger=execution.trigger,
        revision=execution.revision,
        text="",
        source=execution.source,
        inputs={},
        labels={},
        owner="nobody",
        created_at=execution.created_at,
        deadline=execution.deadline,
        cells=(),
        account=execution.account,
    )

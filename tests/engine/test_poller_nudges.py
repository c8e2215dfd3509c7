"""What the poller makes of hints that a run has ended, and how long it has not seen its runs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

import anyio
import httpx
import pytest
from tests.engine.stage import Process, Stage
from tests.engine.surroundings import Port

from campaignd.core.coval import Run, RunQuery

LIST = "GET /v1/runs"
# A run of ten minutes: between two looks there are 30 seconds before long.
LONG = {"simulation": ["10m", "10m"], "simulations_within": None}
CALM = {"chance": lambda: 0.5}
FASTEST, SLOWEST = 2, 30


def list_times(stage: Stage) -> list[float]:
    return [call.at for call in stage.asked(LIST)]


async def drive_while(stage: Stage, act: Callable[[Process, str], object]) -> None:
    """Drive an execution, and do something in its fifth minute; `act` gets its run's id."""
    execution = await stage.create()
    async with stage.process() as process, anyio.create_task_group() as tasks:
        tasks.start_soon(process.drive, execution)
        await anyio.sleep(290)
        launch = await stage.launch(execution)
        assert launch.run_id is not None
        answer = act(process, launch.run_id)
        if hasattr(answer, "__await__"):
            await answer
        await anyio.sleep(60)
        tasks.cancel_scope.cancel()


def gaps_around(stage: Stage, moment: float) -> list[float]:
    times = [at for at in list_times(stage) if moment - 40 < at < moment + 40]
    return [later - earlier for earlier, later in pairwise(times)]


async def test_a_hint_about_a_run_that_is_followed_makes_the_next_look_come_at_once(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(CALM, timing=LONG)
    rang = []

    def ring(process: Process, run_id: str) -> None:
        rang.append((anyio.current_time(), process.poller.nudge(run_id)))

    await drive_while(stage, ring)
    ((at, is_heard),) = rang
    assert is_heard
    assert min(time for time in list_times(stage) if time >= at) - at <= FASTEST


async def test_a_hint_about_any_other_run_changes_nothing(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(CALM, timing=LONG)
    heard = []

    def ring(process: Process, run_id: str) -> None:
        others = ("aaaaaaaaaaaaaaaaaaaaaa", "", "' OR 1=1", run_id.swapcase())
        heard.extend(process.poller.nudge(other) for other in others)

    await drive_while(stage, ring)
    assert not any(heard)
    assert min(gaps_around(stage, 290)) == pytest.approx(SLOWEST, abs=0.1)


async def test_however_often_it_is_hinted_nobody_looks_faster_than_the_pace(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(CALM, timing=LONG)

    async def ring_on(process: Process, run_id: str) -> None:
        for _ in range(1000):
            process.poller.nudge(run_id)
            await anyio.sleep(0.02)

    await drive_while(stage, ring_on)
    gaps = [later - earlier for earlier, later in pairwise(list_times(stage))]
    assert min(gaps) >= FASTEST * 0.99
    assert sum(290 <= at <= 310 for at in list_times(stage)) <= 11


async def test_a_run_that_was_seen_to_end_wakes_nobody(stage: Stage) -> None:
    execution = await stage.create()
    async with stage.process() as process:
        await process.drive(execution)
        launch = await stage.launch(execution)
        assert process.poller.nudge(launch.run_id or "") is False


class Lagging(Port):
    """A list that takes its time, and hears of the end of a run meanwhile."""

    during: Callable[[], object] = staticmethod(lambda: None)

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        runs: Sequence[Run] = await self._inner.list_runs(query)
        type(self).during()
        return runs


async def test_a_hint_that_comes_while_we_look_is_not_lost(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(CALM, timing=LONG)
    execution = await stage.create()
    rang: list[float] = []
    async with stage.process() as process, anyio.create_task_group() as tasks:
        kind = type("RungMeanwhile", (Lagging,), {})
        process.replace_coval(kind)
        tasks.start_soon(process.drive, execution)
        await anyio.sleep(240)
        run_id = (await stage.launch(execution)).run_id or ""

        def ring() -> None:
            if not rang and process.poller.nudge(run_id):
                rang.append(anyio.current_time())

        kind.during = staticmethod(ring)
        await anyio.sleep(60)
        tasks.cancel_scope.cancel()
    (at,) = rang
    after = [time for time in list_times(stage) if time > at]
    assert after[0] - at == pytest.approx(FASTEST, abs=0.1)


async def test_the_lag_is_the_time_since_runs_in_flight_were_last_seen(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(CALM, timing=LONG)
    execution = await stage.create()
    async with stage.process() as process, anyio.create_task_group() as tasks:
        assert process.poller.lag() == timedelta()
        tasks.start_soon(process.drive, execution)
        await anyio.sleep(200)
        seen = process.poller.lag()
        stage.stunt = lambda call: httpx.Response(503) if call.name == LIST else None
        await anyio.sleep(300)
        unseen = process.poller.lag()
        tasks.cancel_scope.cancel()
    assert seen <= timedelta(seconds=SLOWEST + 1)
    assert unseen >= timedelta(seconds=300)


async def test_there_is_no_lag_while_nothing_is_followed_however_long_that_was(
    stage: Stage,
) -> None:
    first, second = await stage.create(), await stage.create()
    async with stage.process() as process, anyio.create_task_group() as tasks:
        await process.drive(first)
        await anyio.sleep(3600)
        assert process.poller.lag() == timedelta()
        tasks.start_soon(process.drive, second)
        lags = [process.poller.lag()]
        for _ in range(100):
            await anyio.sleep(0.1)
            lags.append(process.poller.lag())
        assert timedelta() < max(lags) <= timedelta(seconds=2 * FASTEST)
        tasks.cancel_scope.cancel()

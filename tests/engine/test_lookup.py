"""Finding the run of a lost answer: through lists that show little, and clocks that disagree."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Port

from campaignd.core.coval import Run, RunQuery
from campaignd.core.execution import Patience

POST = "POST /v1/runs"
SLOW = {"simulation": ["20s", "40s"], "simulations_within": None}
LONG = {"simulation": ["10m", "20m"], "simulations_within": None}
LOST_ANSWER = {"match": {"method": "POST", "nth": 1}, "do": {"reset": "after"}}
CLOCKS = [
    pytest.param("7m", id="Coval's clock is ahead"),
    pytest.param("-7m", id="Coval's clock is behind"),
]


class Bare(Port):
    """Lists that show neither a run's key nor its name, tags or progress."""

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        runs: Sequence[Run] = await self._inner.list_runs(query)
        return [
            replace(run, launch_key=None, display_name=None, tags=None, progress=None)
            for run in runs
        ]


@pytest.mark.parametrize("tag_filter", ["works", "finds_nothing", "refused"])
async def test_a_lost_answer_is_found_by_reading_what_lists_hide(
    open_stage: Callable[..., Stage], tag_filter: str
) -> None:
    stage = open_stage(faults=[LOST_ANSWER], lists={"tag_filter": tag_filter})
    execution = await stage.create(write_campaign(personas=name_personas(2)))
    async with stage.process() as process:
        process.replace_coval(Bare)
        await process.drive(execution)
    assert ((await stage.report(execution)).exit_status, len(stage.asked(POST))) == (0, 2)


@pytest.mark.parametrize("tag_filter", ["works", "finds_nothing", "refused"])
async def test_an_older_copy_finds_its_runs_by_reading_what_lists_hide(
    open_stage: Callable[..., Stage], tag_filter: str
) -> None:
    stage = open_stage(timing=SLOW, lists={"tag_filter": tag_filter})
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    copy = stage.copy_database("yesterday.db")
    await stage.crash(execution, f"answer to {POST}", 3)
    stage.restore_database(copy)
    async with stage.process() as process:
        process.replace_coval(Bare)
        await stage.take_over(execution)
        await process.drive(execution, taken_over=True)
    assert (await stage.report(execution)).exit_status == 0
    assert stage.statuses() == ["COMPLETED"] * 3


async def test_an_older_copy_learns_of_later_attempts_that_lists_hide(
    open_stage: Callable[..., Stage],
) -> None:
    failing = {"runs": [{"outcome": "fails", "first": 1, "after": "5s"}]}
    stage = open_stage(timing=SLOW, failures=failing)
    execution = await stage.create(write_campaign(retry={"runs": 1}))
    copy = stage.copy_database("yesterday.db")
    await stage.crash(execution, f"answer to {POST}", 2)
    stage.restore_database(copy)
    async with stage.process() as process:
        process.replace_coval(Bare)
        await stage.take_over(execution)
        await process.drive(execution, taken_over=True)
    report = await stage.report(execution)
    assert [attempt.state for attempt in report.cells[0].attempts] == ["failed", "collected"]
    assert stage.statuses() == ["FAILED", "COMPLETED"]


async def test_an_interrupt_reads_what_lists_hide(open_stage: Callable[..., Stage]) -> None:
    hang = {"match": {"method": "POST"}, "do": {"delay": "20s"}}
    stage = open_stage(timing=LONG, faults=[hang])
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    async with stage.process() as process:
        process.replace_urgent(Bare)
        with anyio.move_on_after(10):
            await process.drive(execution)
        await process.interrupt(execution)
    assert stage.statuses() == ["CANCELLED"] * 3
    assert (await stage.report(execution)).unsettled == ()


async def test_a_listed_run_that_cannot_be_read_yet_is_not_taken_for_none(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG, faults=[LOST_ANSWER], lists={"get_lag": "3m"})
    execution = await stage.create()
    async with stage.process() as process:
        process.replace_coval(Bare)
        await process.drive(execution)
    assert (len(stage.asked(POST)), stage.statuses()) == (1, ["COMPLETED"])


@pytest.mark.parametrize("skew", CLOCKS)
@pytest.mark.parametrize("tag_filter", ["works", "finds_nothing", "refused"])
async def test_a_lost_answer_is_found_though_clocks_differ_by_minutes(
    open_stage: Callable[..., Stage], skew: str, tag_filter: str
) -> None:
    lists = {"tag_filter": tag_filter, "lag": "20s"}
    stage = open_stage(timing={"clock_skew": skew}, faults=[LOST_ANSWER], lists=lists)
    report = await stage.run()
    assert (report.exit_status, len(stage.asked(POST))) == (0, 1)


@pytest.mark.parametrize("skew", CLOCKS)
@pytest.mark.parametrize("tag_filter", ["works", "finds_nothing", "refused"])
async def test_an_older_copy_finds_its_runs_though_clocks_differ_by_minutes(
    open_stage: Callable[..., Stage], skew: str, tag_filter: str
) -> None:
    stage = open_stage(timing={**SLOW, "clock_skew": skew}, lists={"tag_filter": tag_filter})
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    copy = stage.copy_database("yesterday.db")
    await stage.crash(execution, f"answer to {POST}", 3)
    stage.restore_database(copy)
    report = await stage.restart(execution)
    assert (report.exit_status, stage.statuses()) == (0, ["COMPLETED"] * 3)


@pytest.mark.parametrize("skew", CLOCKS)
async def test_the_first_request_of_an_interrupt_tells_it_coval_s_clock(
    open_stage: Callable[..., Stage], skew: str
) -> None:
    hang = {"match": {"method": "POST"}, "do": {"delay": "20s"}}
    stage = open_stage(
        timing={**LONG, "clock_skew": skew}, faults=[hang], lists={"tag_filter": "finds_nothing"}
    )
    execution = await stage.create()
    async with stage.process() as process:
        with anyio.move_on_after(10):
            await process.drive(execution)
        await process.interrupt(execution)
    assert stage.statuses() == ["CANCELLED"]


async def test_the_run_of_an_intent_before_the_latest_is_still_found(
    open_stage: Callable[..., Stage],
) -> None:
    # The lists lag for longer than the grace; nothing came of the second POST.
    faults: list[Any] = [
        LOST_ANSWER,
        {"match": {"method": "POST", "nth": 2}, "do": {"reset": "before"}},
    ]
    stage = open_stage(
        {"patience": Patience(grace=timedelta(minutes=10))},
        timing=LONG,
        faults=faults,
        lists={"lag": "12m", "tag_filter": "refused"},
    )
    report = await stage.run()
    assert (report.exit_status, len(stage.asked(POST))) == (0, 2)
    assert stage.statuses() == ["COMPLETED"]

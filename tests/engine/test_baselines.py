"""What an execution is compared with, chosen once and for all."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Process, Stage

from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.results import ResultRows
from campaignd.core.evidence import Evidence
from campaignd.core.execution import Execution
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.references import References
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.report import ExecutionReport
from campaignd.engine.baselines import Baselines, Judged, search_for
from campaignd.engine.records import ComparedFile, Comparison, Measured, ResourceSeen, Search

NO_DROP = {"no_drop": "resolved", "than": "baseline", "rule_out": "90 points"}
TABLE = (
    "execution,agent,persona,test_set,variant,test_case,status,metric,value\n"
    "01A,checkout,impatient,smoke,base,c1,COMPLETED,resolved,NO\n"
    "01B,checkout,impatient,smoke,base,c1,COMPLETED,resolved,YES\n"
)
ABSENT = "01JABCDEFGHJKMNPQRSTVWXYZ0"


def compared(**changes: Any) -> str:
    return write_campaign(
        gates=[{"pass_rate": "resolved", "at_least": "1%"}, {**NO_DROP, **changes}]
    )


def notes(report: ExecutionReport) -> str:
    return " | ".join(report.notes)


async def chosen(stage: Stage, report: ExecutionReport) -> Comparison | None:
    found = await ComparisonRows(stage.database).chosen(report.execution)
    return found.get(BASELINE)


async def test_the_first_execution_has_no_baseline_and_the_next_one_has_the_first(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    first, second = await stage.run(compared()), await stage.run(compared())
    assert "no baseline yet: there is no earlier passed execution" in notes(first)
    assert await chosen(stage, first) == Comparison()
    assert f"compared with the baseline, execution {first.execution}" in notes(second)
    assert await chosen(stage, second) == Comparison(first.execution)


async def test_a_campaign_that_compares_with_nothing_chooses_nothing(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    assert await chosen(stage, await stage.run()) is None


async def test_an_execution_that_ended_meanwhile_is_no_baseline(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    created = [await stage.create(compared()) for _ in range(2)]
    async with stage.process() as process:
        await process.drive(*created)
    reports = [await stage.report(execution) for execution in created]
    assert [await chosen(stage, report) for report in reports] == [Comparison(), Comparison()]


@pytest.mark.parametrize("instant", ["write", "written"])
async def test_after_a_crash_around_the_choice_the_same_baseline_is_chosen(
    open_stage: Callable[..., Stage], instant: str
) -> None:
    stage = open_stage()
    first = await stage.run(compared())
    count = await writes_until_chosen(stage)
    execution = await stage.create(compared())
    await stage.crash(execution, instant, count)
    await stage.run(compared())
    report = await stage.restart(execution)
    assert await chosen(stage, report) == Comparison(first.execution)


async def writes_until_chosen(stage: Stage) -> int:
    """Count how often an execution writes until its baseline is stored."""
    execution = await stage.create(compared())
    made: list[int] = []
    async with stage.process() as process:
        watch_choices(process, made)
        await process.drive(execution)
    return made[0]


def watch_choices(process: Process, made: list[int]) -> None:
    choose = process.store.comparisons.choose

    async def watched(*arguments: Any) -> None:
        await choose(*arguments)
        made.append(process.fuse.instants.count("write"))

    process.store.comparisons.choose = watched  # type: ignore[method-assign]


async def test_a_choice_stands_whatever_is_pinned_later(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    first, second = await stage.run(compared()), await stage.run(compared())
    rows = ComparisonRows(stage.database)
    await rows.pin(await execution_of(stage, first), stage.clock.now())
    third = await stage.run(compared())
    assert await chosen(stage, third) == Comparison(first.execution)
    await rows.pin(await execution_of(stage, second), stage.clock.now())
    references = await gather(stage, third, ())
    assert references.baseline is not None
    assert references.baseline.label == f"the baseline, execution {first.execution}"


async def test_what_changed_since_is_named(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    agent = "gk3jK9mPq2xRt5vW8yZaBc"
    then = datetime(2026, 11, 1, tzinfo=UTC)
    old = ResourceSeen("agent", agent, "Checkout", version="11", update_time=then)
    tests = ResourceSeen("test set", "aB1cD2eF", "Smoke", update_time=then)
    new = ResourceSeen("agent", agent, "Checkout", version="12", update_time=then)
    later = ResourceSeen("test set", "aB1cD2eF", "Smoke", update_time=then + timedelta(days=2))
    await run(stage, compared(), [old, tests])
    campaign = write_campaign(gates=[NO_DROP], personas=name_personas(1))
    words = notes(await run(stage, campaign, [new, later]))
    assert "new cell: checkout/caller1/smoke" in words
    assert "no more cell: checkout/impatient/smoke" in words
    assert "agent checkout has version 12, had 11" in words
    assert "test set smoke was changed on 2026-11-03 00:00 UTC" in words


@pytest.mark.parametrize(
    ("than", "words"),
    [
        pytest.param(
            {"execution": ABSENT}, f"there is no execution {ABSENT}", id="unknown execution"
        ),
        pytest.param(
            {"file": "main.csv"}, "the table main.csv was not stored", id="table not stored"
        ),
    ],
)
async def test_what_cannot_be_had_any_more_makes_its_gate_errored(
    open_stage: Callable[..., Stage], than: dict[str, str], words: str
) -> None:
    report = await open_stage().run(compared(than=than))
    assert report.gates[1].verdict == "errored"
    assert words in report.gates[1].reason


async def test_a_table_of_several_executions_serves_as_baseline_and_past(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    report = await stage.run(compared())
    files = {BASELINE: ComparedFile("main.csv", TABLE.encode())}
    references = await gather(stage, report, (Past(kind="past"),), files)
    assert references.baseline is not None
    assert references.baseline.label == "the baseline, main.csv (execution 01B)"
    assert [values(evidence) for evidence in references.past] == [["NO"], ["YES"]]


async def test_a_table_with_mistakes_is_a_baseline_that_cannot_be_had(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    report = await stage.run(compared())
    files = {BASELINE: ComparedFile("main.csv", b"")}
    references = await gather(stage, report, (), files)
    assert (references.baseline, references.no_baseline) == (None, "")
    assert references.absent[BASELINE] == (
        "main.csv:1:1: this file is empty; the first line names the "
        "columns: execution,agent,persona,test_set,variant,test_case,iteration,status,metric,value"
    )


async def test_the_past_is_read_oldest_first(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    reports = [await stage.run() for _ in range(4)]
    references = await gather(stage, reports[-1], (Past(kind="past"),))
    first = [evidence.simulations[0].simulation_id for evidence in references.past]
    stored = [await simulations_of(stage, report) for report in reports]
    assert len(first) == 2
    assert first[0] in stored[1]
    assert first[1] in stored[2]


async def test_the_rule_asks_for_labels_and_an_age(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    rule = {"labels": {"branch": "main"}, "max_age": "30d"}
    execution = await execution_of(stage, await stage.run(write_campaign(baseline=rule)))
    began = execution.started_at
    assert began is not None
    search = search_for(execution, stage.campaigns[execution.id].campaign)
    assert search == Search(
        campaign="checkout-nightly",
        account="",
        until=began,
        besides=execution.id,
        labels={"branch": "main"},
        since=began - timedelta(days=30),
    )


class Past(GateModel):
    """A gate that looks back on two executions and compares with the baseline."""

    @property
    def past_executions(self) -> int:
        return 2

    @property
    def compared_with(self) -> Than | None:
        return BASELINE

    @property
    def words(self) -> str:
        return "past"

    def check(self, declared: object) -> Any:
        raise NotImplementedError

    def judge(self, data: object) -> Any:
        raise NotImplementedError


async def run(stage: Stage, text: str, resources: Sequence[ResourceSeen]) -> ExecutionReport:
    execution = await stage.create(text, resources)
    async with stage.process() as process:
        await process.drive(execution)
    return await stage.report(execution)


async def simulations_of(stage: Stage, report: ExecutionReport) -> set[str]:
    measured = await ResultRows(stage.database).measured(await execution_of(stage, report))
    return {each.simulation_id for part in measured.launches for each in part.simulations}


async def execution_of(stage: Stage, report: ExecutionReport) -> Execution:
    return (await stage.load(report.execution)).execution


def values(evidence: Evidence) -> list[Any]:
    return [simulation.values.get("resolved") for simulation in evidence.simulations]


async def gather(
    stage: Stage,
    report: ExecutionReport,
    gates: tuple[GateModel, ...],
    files: dict[Than, ComparedFile] | None = None,
) -> References:
    """Gather as judging again does, with these gates or the campaign's own."""
    campaign = stage.campaigns[report.execution].campaign
    stored = await stage.load(report.execution)
    async with stage.process() as process:
        tools = process.tools_of(stage.campaigns[report.execution])
        baselines = Baselines(tools.store, tools.read_table, lambda _: None)
        judged = Judged(
            campaign, gates or campaign.gates, stored, Measured(()), Evidence((), ()), files or {}
        )
        return await baselines.gather(judged)
    raise AssertionError

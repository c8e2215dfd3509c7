"""The examples in `campaigns/`: each is loaded, planned and run to its verdict on the sandbox."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from campaignd.adapters.campaign_files import LoadedCampaign, load_campaign
from campaignd.adapters.reporters.progress import SilentProgress
from campaignd.core.report import ExecutionReport, GateReport
from campaignd.core.verdicts import NO_BASELINE, GateVerdict, Verdict
from campaignd.sandbox import Scenario
from campaignd.sandbox.builtin import GPT_4O, RESOLVED
from campaignd.settings import Settings
from campaignd.wiring.foresight import Sources, foresee
from campaignd.wiring.running import Job, run
from campaignd.wiring.session import Host

FOLDER = Path(__file__).parents[1] / "campaigns"
INPUTS: Mapping[str, Mapping[str, str]] = {
    "pull-request": {"agent_id": "tR4vE5lAg3nT6xY7zA8bC9"},
}
SIZES = {"complete": 256, "cotool-scores": 0, "nightly": 276, "pull-request": 24}
COMPARED = {
    "complete": ["not_worse", "same_mix", "within_usual"],
    "nightly": ["no_drop", "no_drop"],
    "pull-request": ["no_drop"],
}
"""The kinds of those gates that have nothing to compare with in a first run."""
BRISK = Scenario.model_validate({"speed": 10})


def load(name: str) -> LoadedCampaign:
    return load_campaign(FOLDER / f"{name}.yaml", INPUTS.get(name, {}))


def test_no_example_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SIZES)


@pytest.mark.parametrize("name", sorted(SIZES))
async def test_each_example_is_planned_within_its_budget(name: str, tmp_path: Path) -> None:
    sources = Sources(Settings(), {"STATE_DIRECTORY": str(tmp_path)}, BRISK)
    outlook = await foresee(load(name), sources)
    assert outlook.refusals == ()
    assert outlook.plan.simulations == SIZES[name]


@pytest.mark.parametrize("name", sorted(SIZES))
async def test_each_example_passes_on_the_sandbox(name: str, tmp_path: Path) -> None:
    report = await run_example(name, tmp_path)
    doubtful = [gate.reason for gate in report.gates if gate.blocks and not has_passed(gate)]
    assert (report.verdict, doubtful) == (Verdict.PASSED, [])
    assert report.totals.simulations == SIZES[name]
    assert report.unsettled == ()
    assert report.inputs == dict(load(name).inputs)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "compared"), sorted(COMPARED.items()))
async def test_what_passed_is_what_the_next_run_is_compared_with(
    name: str, compared: list[str], tmp_path: Path
) -> None:
    first, second = [await run_example(name, tmp_path) for _ in range(2)]
    assert kinds_without_baseline(first) == compared
    assert [kind for kind in kinds_without_baseline(second) if kind != "within_usual"] == []
    assert second.verdict is Verdict.PASSED
    assert f"compared with the baseline, execution {first.execution}" in second.notes


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nightly", "complete"])
async def test_a_mutation_that_is_worse_fails_the_regression_gate(
    name: str, tmp_path: Path
) -> None:
    worse = {"mutation": GPT_4O, "metric": RESOLVED, "rate": -0.3}
    scenario = Scenario.model_validate({"speed": 10, "effects": [worse]})
    report = await run_example(name, tmp_path, scenario)
    assert report.verdict is Verdict.FAILED
    failed = [gate for gate in report.gates if gate.verdict is GateVerdict.FAILED and gate.blocks]
    assert [(gate.kind, gate.variant) for gate in failed] == [("no_drop", "gpt-4o")]


def has_passed(gate: GateReport) -> bool:
    return gate.verdict is GateVerdict.PASSED


def kinds_without_baseline(report: ExecutionReport) -> list[str]:
    return [gate.kind for gate in report.gates if gate.reason_code == NO_BASELINE]


async def run_example(name: str, folder: Path, scenario: Scenario = BRISK) -> ExecutionReport:
    settings = Settings(database_url=f"sqlite:///{folder}/campaignd.db")
    host = Host(settings, {}, SilentProgress())
    job = Job(load(name), {"branch": "main"}, scenario)
    return (await run(job, host)).report

"""The examples in `campaigns/`: each is loaded, planned and run to its verdict on the sandbox."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from campaignd.adapters.campaign_files import LoadedCampaign, load_campaign
from campaignd.adapters.reporters.progress import SilentProgress
from campaignd.core.report import ExecutionReport
from campaignd.core.verdicts import GateVerdict, Verdict
from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.foresight import foresee
from campaignd.wiring.running import Job, run
from campaignd.wiring.session import Host

FOLDER = Path(__file__).parents[1] / "campaigns"
INPUTS: Mapping[str, Mapping[str, str]] = {
    "pull-request": {"agent_id": "tR4vE5lAg3nT6xY7zA8bC9"},
}
SIZES = {"complete": 256, "cotool-scores": 0, "nightly": 276, "pull-request": 24}
BRISK = Scenario.model_validate({"speed": 10})


def load(name: str) -> LoadedCampaign:
    return load_campaign(FOLDER / f"{name}.yaml", INPUTS.get(name, {}))


def test_no_example_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SIZES)


@pytest.mark.parametrize("name", sorted(SIZES))
async def test_each_example_is_planned_within_its_budget(name: str) -> None:
    outlook = await foresee(load(name), Settings(), BRISK)
    assert outlook.refusals == ()
    assert outlook.plan.simulations == SIZES[name]


@pytest.mark.parametrize("name", sorted(SIZES))
async def test_each_example_passes_on_the_sandbox(name: str, tmp_path: Path) -> None:
    report = await run_example(name, tmp_path)
    failed = [gate.reason for gate in report.gates if gate.verdict is not GateVerdict.PASSED]
    assert (report.verdict, failed) == (Verdict.PASSED, [])
    assert report.totals.simulations == SIZES[name]
    assert report.unsettled == ()
    assert report.inputs == dict(load(name).inputs)


async def run_example(name: str, folder: Path) -> ExecutionReport:
    settings = Settings(database_url=f"sqlite:///{folder}/campaignd.db")
    host = Host(settings, {}, SilentProgress())
    return (await run(Job(load(name), {}, BRISK), host)).report

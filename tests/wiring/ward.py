"""A sandbox with a database beside it: what the doctor looks at."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from campaignd.adapters.reporters.checkup import Check, Checkup, Finding, Level
from campaignd.adapters.reporters.progress import SilentProgress
from campaignd.core.campaign import Campaign
from campaignd.core.coval import LaunchOrder, RunOptions
from campaignd.core.execution import installation_tag, launch_key, tag_of
from campaignd.core.plan import expand
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Message, NewExecution, Outcome
from campaignd.settings import Settings
from campaignd.wiring.doctor import Patient, examine
from campaignd.wiring.session import Host
from campaignd.wiring.storage import Storage, open_storage
from campaignd.wiring.vendors import Needs, open_vendors

NOW = datetime.now(UTC)
EXECUTION = "01ARYZ6S41TSV4RRFFQ69G5FAV"
STRANGER = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
SLOW: Mapping[str, Any] = {"simulation": ["10m", "10m"], "simulations_within": None}
CAMPAIGN = Campaign.model_validate(
    {
        "version": "1",
        "name": "nightly",
        "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc"}},
        "personas": {"calm": "hL4kL0nQr3ySt6vX9zAcDd"},
        "test_sets": {"smoke": {"id": "aB1cD2eF", "cases": "2"}},
        "metrics": {"resolved": "jN6mN2pSt5aUv8xZ1bCeFf"},
    }
)


@dataclass
class Ward:
    """A patient whose vendors are a sandbox."""

    settings: Settings
    folder: Path
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CAMPAIGND_COVAL__BASE_URL": self.settings.coval.base_url,
            "CAMPAIGND_COTOOL__BASE_URL": self.settings.cotool.base_url,
            "CAMPAIGND_CAMPAIGNS_DIR": str(self.folder),
            "COVAL_API_KEY": "coval-key-5e1f0c7a",
            "COTOOL_API_KEY": "cotool-key-93b64c08",
            "STATE_DIRECTORY": str(self.folder),
            **self.changes,
        }

    @property
    def host(self) -> Host:
        return Host(Patient(self.environment).load_settings(), self.environment, SilentProgress())

    def storage(self) -> AbstractAsyncContextManager[Storage]:
        return open_storage(self.host.settings, self.environment)

    async def examine(self) -> "Chart":
        return Chart(await examine(Patient(self.environment)))

    async def launch(self, execution: str = EXECUTION, tags: tuple[str, ...] | None = None) -> str:
        """Have a run of this installation on Coval."""
        async with self.storage() as storage:
            ours = ("campaignd", installation_tag(storage.installation), tag_of(execution))
        key = launch_key(execution, 1, 1)
        order = LaunchOrder(
            agent_id="gk3jK9mPq2xRt5vW8yZaBc",
            persona_id="hL4kL0nQr3ySt6vX9zAcDd",
            test_set_id="aB1cD2eF",
            metric_ids=(),
            mutation_ids=(),
            options=RunOptions(),
            display_name=f"nightly {key}" if tags is None else "somebody's",
            tags=ours if tags is None else (*ours[:2], *tags),
            launch_key=key if tags is None else "",
        )
        async with (
            open_vendors(self.host.settings, Needs()) as clients,
            clients.engine.coval.launch_slot() as slot,
        ):
            return (await slot.launch(order)).run_id

    async def store(self, run_id: str, *states: LaunchState, **parts: Any) -> None:
        """Have an execution whose one launch has this run and went through these states."""
        async with self.storage() as storage:
            execution = await storage.executions.create(new_execution(**parts))
            assert await storage.executions.begin(execution, [], NOW)
            stored = await storage.executions.load(execution.id)
            launch = stored.launches[0]
            for state in (LaunchState.RUNNING, *states):
                moved = replace(launch, state=state, run_id=run_id, ended_at=NOW)
                assert await storage.launches.move(stored.execution, launch, moved, NOW)
                launch = moved

    async def finish(self, *messages: Message) -> None:
        """Give the stored execution its verdict."""
        async with self.storage() as storage:
            running = (await storage.executions.load(EXECUTION)).execution
            judging = replace(running, state=ExecutionState.JUDGING)
            assert await storage.executions.move(running, judging, NOW)
            outcome = Outcome(Verdict.PASSED, 0, "", messages=messages)
            assert await storage.executions.finish(judging, outcome, NOW)


@dataclass(frozen=True)
class Chart:
    """What the doctor wrote down."""

    checkup: Checkup

    def of(self, check: Check) -> list[Finding]:
        return [finding for finding in self.checkup.findings if finding.check is check]

    def one(self, check: Check) -> Finding:
        (finding,) = self.of(check)
        return finding

    def level(self, check: Check) -> Level:
        return self.one(check).level


def new_execution(**parts: Any) -> NewExecution:
    new = NewExecution(
        id=EXECUTION,
        campaign="nightly",
        trigger="cli",
        revision="a" * 64,
        text="version: 1\n",
        source=None,
        inputs={},
        labels={},
        owner="nobody",
        created_at=NOW,
        deadline=NOW + timedelta(hours=24),
        cells=expand(CAMPAIGN).cells,
    )
    return replace(new, **parts)


Admit = Callable[..., AbstractAsyncContextManager[Ward]]

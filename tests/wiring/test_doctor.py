from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaignd.adapters.reporters.checkup import Check, Checkup, Finding, Level
from campaignd.adapters.reporters.progress import SilentProgress
from campaignd.adapters.store.ownership import OwnerLocks
from campaignd.core.campaign import Campaign
from campaignd.core.coval import LaunchOrder, Run, RunOptions, RunStatus
from campaignd.core.execution import installation_tag, launch_key, tag_of
from campaignd.core.plan import expand
from campaignd.core.states import DeliveryState, ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Message, NewExecution, Outcome
from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.continuing import cancel_tag
from campaignd.wiring.doctor import Patient, examine
from campaignd.wiring.doctor.coval import execution_of
from campaignd.wiring.sandboxing import EMBEDDED, embedded_sandbox
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


@pytest.fixture
def admit(tmp_path: Path) -> Admit:
    """Serve a sandbox with slow runs and parts of a scenario, and be its patient."""

    @asynccontextmanager
    async def serve(**scenario: Any) -> AsyncIterator[Ward]:
        chosen = Scenario.model_validate({"timing": SLOW, **scenario})
        async with embedded_sandbox(Settings(), chosen, None) as settings:
            yield Ward(settings, tmp_path)

    return serve


async def test_a_first_start_has_no_problems_and_leaves_no_database(admit: Admit) -> None:
    async with admit() as ward:
        chart = await ward.examine()
    assert chart.checkup.exit_status == 0
    assert {check: chart.level(check) for check in Check if chart.of(check)} == {
        Check.SETTINGS: Level.OK,
        Check.COVAL: Level.OK,
        Check.COVAL_CLOCK: Level.OK,
        Check.TAG_FILTER: Level.UNKNOWN,
        Check.ORPHANS: Level.UNKNOWN,
        Check.COTOOL: Level.OK,
        Check.COTOOL_CLOCK: Level.OK,
        Check.DATABASE: Level.OK,
        Check.CAMPAIGNS: Level.WARNING,
    }
    assert list(ward.folder.iterdir()) == []


async def test_a_missing_key_is_a_warning_that_names_its_variable(admit: Admit) -> None:
    async with admit() as ward:
        ward.changes = {"COVAL_API_KEY": "", "COTOOL_API_KEY": ""}
        chart = await ward.examine()
    assert chart.checkup.exit_status == 0
    for check, name in ((Check.COVAL, "COVAL"), (Check.COTOOL, "COTOOL")):
        assert chart.level(check) is Level.WARNING
        assert f"CAMPAIGND_{name}__API_KEY" in chart.one(check).advice


async def test_a_refused_key_is_a_problem_in_the_vendors_words(admit: Admit) -> None:
    async with admit(api_keys={"coval": "another-key", "cotool": "another-key"}) as ward:
        chart = await ward.examine()
    assert chart.checkup.exit_status == 4
    coval, cotool = chart.one(Check.COVAL), chart.one(Check.COTOOL)
    assert "Coval answered 401 to GET /runs: Invalid or missing API key" in coval.message
    assert "CAMPAIGND_COVAL__API_KEY" in coval.advice
    assert "Cotool answered 401 to GET /agents: Unauthorized" in cotool.message
    assert chart.level(Check.COVAL_CLOCK) is Level.OK
    assert "key-" not in str(chart.checkup)


async def test_a_vendor_out_of_reach_is_a_problem_that_names_its_setting(admit: Admit) -> None:
    async with admit() as ward:
        ward.changes = {"CAMPAIGND_COVAL__BASE_URL": "http://127.0.0.1:1/v1"}
        chart = await ward.examine()
    assert chart.checkup.exit_status == 4
    coval = chart.one(Check.COVAL)
    assert coval.message == (
        "Coval does not answer: no connection to 127.0.0.1:1: Connection refused"
    )
    assert "CAMPAIGND_COVAL__BASE_URL" in coval.advice
    assert chart.level(Check.COVAL_CLOCK) is Level.UNKNOWN
    assert chart.level(Check.COTOOL) is Level.OK


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        pytest.param(403, "that may read and launch", id="may not"),
        pytest.param(404, "nothing is served there", id="not there"),
        pytest.param(409, "API_KEY", id="something else"),
        pytest.param(503, "Try again later", id="trouble"),
    ],
)
async def test_what_a_vendor_answers_decides_what_to_do_next(
    admit: Admit, status: int, advice: str
) -> None:
    fault = {"match": {"path": "/v1/runs"}, "do": {"status": status}}
    async with admit(faults=[fault]) as ward:
        coval = (await ward.examine()).one(Check.COVAL)
    assert coval.level is Level.PROBLEM
    assert f"Coval answered {status} to GET /runs" in coval.message
    assert advice in coval.advice


@pytest.mark.parametrize(
    ("skew", "level", "words"),
    [
        pytest.param("3s", Level.OK, "agree", id="within a blink"),
        pytest.param("20s", Level.WARNING, "ahead of this machine's", id="noted"),
        pytest.param("2m", Level.PROBLEM, "ahead of this machine's", id="ahead"),
        pytest.param("-2m", Level.PROBLEM, "behind this machine's", id="behind"),
    ],
)
async def test_clocks_that_differ_are_told(
    admit: Admit, skew: str, level: Level, words: str
) -> None:
    async with admit(timing={"clock_skew": skew}) as ward:
        chart = await ward.examine()
    for check in (Check.COVAL_CLOCK, Check.COTOOL_CLOCK):
        assert chart.level(check) is level
        assert words in chart.one(check).message
    assert chart.checkup.exit_status == (4 if level is Level.PROBLEM else 0)


@pytest.mark.parametrize(
    ("behaviour", "level", "words"),
    [
        pytest.param("works", Level.OK, "is found by its tag", id="works"),
        pytest.param("finds_nothing", Level.WARNING, "does not find it", id="finds nothing"),
        pytest.param("refused", Level.WARNING, "refuses the tag filter", id="refused"),
    ],
)
async def test_the_tag_filter_is_tried_on_the_last_collected_run(
    admit: Admit, behaviour: str, level: Level, words: str
) -> None:
    async with admit(lists={"tag_filter": behaviour}) as ward:
        run_id = await ward.launch()
        await ward.store(run_id, LaunchState.ENDED, LaunchState.COLLECTED)
        chart = await ward.examine()
    assert chart.level(Check.TAG_FILTER) is level
    assert words in chart.one(Check.TAG_FILTER).message
    assert chart.level(Check.ORPHANS) is (Level.OK if level is Level.OK else Level.UNKNOWN)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        pytest.param("", "is gone from Coval", id="deleted since"),
        pytest.param(EMBEDDED, "no run was collected so far", id="it was a sandbox's"),
    ],
)
async def test_without_a_run_of_ours_on_coval_the_tag_filter_cannot_be_judged(
    admit: Admit, account: str, words: str
) -> None:
    async with admit() as ward:
        states = LaunchState.ENDED, LaunchState.COLLECTED
        await ward.store("Rn5Wc1Zt8Vb4Xy7Qp2Lm6K", *states, account=account)
        tags = (await ward.examine()).one(Check.TAG_FILTER)
    assert tags.level is Level.UNKNOWN
    assert words in tags.message


@pytest.mark.parametrize("items", ["full", "summary"])
async def test_a_run_of_an_unknown_execution_is_an_orphan_until_its_command_ends_it(
    admit: Admit, items: str
) -> None:
    async with admit(lists={"items": items}) as ward:
        run_id = await ward.launch(STRANGER)
        chart = await ward.examine()
        orphan = chart.one(Check.ORPHANS)
        assert orphan.level is Level.PROBLEM
        assert chart.checkup.exit_status == 4
        assert run_id in orphan.message
        assert "which this database does not know" in orphan.message
        assert orphan.commands == (f"campaignd cancel --tag {tag_of(STRANGER)}",)
        assert (await cancel_tag(tag_of(STRANGER), ward.host)).ended == (run_id,)
        assert (await ward.examine()).level(Check.ORPHANS) is Level.OK


async def test_a_second_run_of_a_settled_execution_is_an_orphan(admit: Admit) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch(), LaunchState.ENDED, LaunchState.COLLECTED)
        late = await ward.launch()
        assert (await ward.examine()).level(Check.ORPHANS) is Level.OK
        await ward.finish()
        orphan = (await ward.examine()).one(Check.ORPHANS)
    assert f"1 run on Coval ({late}) of execution {EXECUTION}, which is settled" in orphan.message


async def test_a_run_without_an_execution_is_told_without_a_command(admit: Admit) -> None:
    async with admit() as ward:
        await ward.launch(tags=("cd-nonsense",))
        orphan = (await ward.examine()).one(Check.ORPHANS)
    assert orphan.level is Level.PROBLEM
    assert "nothing tells of which execution" in orphan.message
    assert orphan.commands == ()


@pytest.mark.parametrize(
    ("parts", "execution"),
    [
        pytest.param({"tags": ("nightly", tag_of(STRANGER))}, STRANGER, id="by its tag"),
        pytest.param({"launch_key": launch_key(STRANGER, 3, 1)}, STRANGER, id="by its key"),
        pytest.param(
            {"display_name": f"nightly {launch_key(STRANGER, 3, 1)}"}, STRANGER, id="by its name"
        ),
        pytest.param({"tags": (installation_tag(STRANGER),)}, None, id="an installation is none"),
        pytest.param({"tags": ("nightly",), "display_name": "tuesday"}, None, id="not at all"),
    ],
)
def test_a_run_tells_its_execution(parts: dict[str, Any], execution: str | None) -> None:
    run = Run("Rn5Wc1Zt8Vb4Xy7Qp2Lm6K", RunStatus.PENDING, "PENDING", NOW, **parts)
    assert execution_of(run) == execution


async def test_an_abandoned_execution_is_told_with_the_command_that_continues_it(
    admit: Admit,
) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch())
        chart = await ward.examine()
        open_one = chart.one(Check.EXECUTIONS)
        assert open_one.level is Level.WARNING
        assert open_one.message.endswith("is gone, and it is running, without a verdict")
        assert open_one.commands == (f"campaignd resume {EXECUTION}",)
        await ward.finish()
        left = (await ward.examine()).one(Check.EXECUTIONS)
    assert left.message.endswith("is gone, and 1 launch of it may still go on")
    assert chart.level(Check.ORPHANS) is Level.OK


async def test_an_execution_whose_process_lives_is_fine(admit: Admit) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch(), owner="somebody")
        with OwnerLocks(ward.folder / "campaignd.db.owners").hold("somebody"):
            seen = (await ward.examine()).one(Check.EXECUTIONS)
    assert seen.level is Level.OK
    assert seen.message == "1 execution under way, each driven by a living process"


async def test_messages_that_did_not_arrive_are_counted(admit: Admit) -> None:
    async with admit() as ward:
        await ward.store("Rn5Wc1Zt8Vb4Xy7Qp2Lm6K", LaunchState.ENDED, LaunchState.COLLECTED)
        await ward.finish(message("msg_1"), message("msg_2"), message("msg_3"))
        async with ward.storage() as storage:
            first, second, _ = await storage.deliveries.claim(None, NOW)
            for delivery, state in (
                (first, DeliveryState.DELIVERED),
                (second, DeliveryState.FAILED),
            ):
                ended = replace(delivery, state=state, detail=f"{delivery.id} answered")
                await storage.deliveries.settle(ended, NOW)
        waiting, given_up = (await ward.examine()).of(Check.DELIVERIES)
    assert waiting.message == "1 webhook message not delivered yet"
    assert given_up.message == (
        "1 webhook message given up within 7 days; the last try of one: msg_2 answered"
    )


def message(message_id: str) -> Message:
    return Message(message_id, "finished", "standard", "https://x.example.com", None, None, "{}")


async def test_commands_to_copy_carry_the_options_of_this_one(tmp_path: Path) -> None:
    patient = Patient({}, tmp_path / "my settings.toml", f"sqlite:///{tmp_path}/x.db")
    assert patient.command("resume", EXECUTION) == (
        f"campaignd resume {EXECUTION} --config '{tmp_path}/my settings.toml' "
        f"--database sqlite:///{tmp_path}/x.db"
    )

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.deliveries import Deliveries
from campaignd.adapters.store.executions import Executions
from campaignd.adapters.store.history import History
from campaignd.adapters.store.launches import Launches
from campaignd.adapters.store.migration import SCRIPTS, prepare
from campaignd.adapters.store.results import ResultRows
from campaignd.core.campaign import Campaign
from campaignd.core.execution import Execution, Launch
from campaignd.core.plan import Cell, expand
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.core.verdicts import EXIT_STATUS, Verdict
from campaignd.engine.records import Allowance, Intent, Message, NewExecution, Outcome, Refusal

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
METRICS = {"resolved": "jN6mN2pSt5aUv8xZ1bCeFf", "latency": "iM5lM1oRs4zTu7wY0aBdEe"}
MUTATION = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def plan_cells(count: int, cases: int = 2) -> tuple[Cell, ...]:
    """Cells of two variants each."""
    if count == 0:
        return ()
    campaign = Campaign.model_validate(
        {
            "version": "1",
            "name": "nightly",
            "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc", "mutations": ["models"]}},
            "personas": {"calm": "hL4kL0nQr3ySt6vX9zAcDd"},
            "test_sets": {
                f"set{n}": {"id": f"{n:08}", "cases": str(cases)} for n in range(1, count + 1)
            },
            "mutations": {"models": {"fast": MUTATION}},
            "metrics": METRICS,
        }
    )
    return expand(campaign).cells


def downgrade(database: Database, revision: str) -> None:
    """Bring a database back to what an earlier version had."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["engine"] = database.engine
    command.downgrade(config, revision)


class Shelf:
    """One database with all its faces, and what a driver would hand them."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.executions = Executions(self.database)
        self.launches = Launches(self.database)
        self.results = ResultRows(self.database)
        self.deliveries = Deliveries(self.database)
        self.history = History(self.database)
        self._made = 0

    def new(self, cells: int = 1, **changes: Any) -> NewExecution:
        self._made += 1
        new = NewExecution(
            id=f"01ARYZ6S41TSV4RRFFQ69G5F{self._made:02}",
            campaign="nightly",
            trigger="cli",
            revision="a" * 64,
            text="version: 1\n",
            source="campaigns/nightly.yaml",
            inputs={"agent_id": "gk3jK9mPq2xRt5vW8yZaBc"},
            labels={"branch": "main"},
            owner="me",
            created_at=NOW,
            deadline=NOW + timedelta(hours=24),
            cells=plan_cells(cells),
        )
        return replace(new, **changes)

    async def create(self, cells: int = 1, **changes: Any) -> Execution:
        return await self.executions.create(self.new(cells, **changes))

    async def begin(self, cells: int = 1, **changes: Any) -> Execution:
        """Create an execution that runs."""
        execution = await self.create(cells, **changes)
        assert await self.executions.begin(execution, [], NOW)
        return await self.reload(execution)

    async def announce(self, messages: Sequence[Message], at: datetime = NOW) -> Execution:
        """Create an execution that begins with messages."""
        execution = await self.create()
        assert await self.executions.begin(execution, [], at, messages)
        return await self.reload(execution)

    async def reload(self, execution: Execution) -> Execution:
        return (await self.executions.load(execution.id)).execution

    async def take(self, execution: Execution, number: int = 1) -> Launch:
        """Read the latest launch of a cell."""
        stored = await self.executions.load(execution.id)
        return [x for x in stored.launches if x.cell.number == number][-1]

    async def reserve(
        self, execution: Execution, launch: Launch, at: datetime = NOW, **limits: int
    ) -> Launch | Refusal:
        allowance: dict[str, Any] = {
            "runs_in_flight": 1000,
            "campaign_simulations": 100_000,
            "account_runs_in_flight": 1000,
            "simulations_per_day": None,
        }
        intent = Intent(at, at + timedelta(seconds=30))
        return await self.launches.reserve(
            execution, launch, intent, Allowance(**(allowance | limits))
        )

    async def send(self, execution: Execution, number: int = 1) -> Launch:
        """Have a launch's run going on Coval."""
        sending = await self.reserve(execution, await self.take(execution, number))
        assert isinstance(sending, Launch)
        run_id = f"{execution.id}-{number}"
        running = replace(sending, state=LaunchState.RUNNING, run_id=run_id, launched_at=NOW)
        assert await self.launches.move(execution, sending, running, NOW)
        return running

    async def judge(self, execution: Execution) -> Execution:
        """Have an execution at its verdict."""
        for state in (ExecutionState.SCORING, ExecutionState.JUDGING):
            moved = replace(execution, state=state)
            assert await self.executions.move(execution, moved, NOW)
            execution = moved
        return execution

    async def finish(self, execution: Execution, verdict: Verdict, **parts: Any) -> None:
        judging = await self.judge(execution)
        outcome = Outcome(verdict, EXIT_STATUS[verdict], "because", **parts)
        assert await self.executions.finish(judging, outcome, NOW)

    async def log(self, execution: Execution) -> list[str]:
        """The events so far, as words."""
        events = await self.history.events(execution.id)
        return [f"{event.subject}: {event.old} -> {event.new}" for event in events]


def a_message(message_id: str = "msg_1", **changes: Any) -> Message:
    message = Message(
        id=message_id,
        event="finished",
        format="standard",
        url="https://ci.example.com/hook",
        url_secret=None,
        secret="ci-webhook",  # noqa: S106  # the name of a secret
        body='{"type": "execution.finished"}',
    )
    return replace(message, **changes)


@pytest.fixture
def anyio_backend() -> str:
    """The work is done in threads: one event loop shows it."""
    return "asyncio"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy."""
    path = tmp_path_factory.mktemp("template") / "campaignd.db"
    database = Database(f"sqlite:///{path}")
    prepare(database, may_migrate=True, installation="INSTALLATION", now=NOW)
    database.close()
    return path


@pytest.fixture
def database_file(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "campaignd.db"))


@pytest.fixture
def open_shelf(database_file: Path) -> Iterator[Callable[[], Shelf]]:
    """Open the test's database as one more process would."""
    opened: list[Shelf] = []

    def open_one() -> Shelf:
        opened.append(Shelf(f"sqlite:///{database_file}"))
        return opened[-1]

    yield open_one
    for shelf in opened:
        shelf.database.close()


@pytest.fixture
def shelf(open_shelf: Callable[[], Shelf]) -> Shelf:
    return open_shelf()


@pytest.fixture
def write_message() -> Callable[..., Message]:
    return a_message

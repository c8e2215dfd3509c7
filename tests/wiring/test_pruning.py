"""What the next execution of a campaign will be compared with is not pruned."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.migration import prepare
from campaignd.engine.records import NewExecution
from campaignd.settings import Settings
from campaignd.wiring.chance import new_ulid
from campaignd.wiring.pruning import preview_prune, prune
from campaignd.wiring.storage import open_storage

LONG_AGO = datetime.now(UTC) - timedelta(days=300)
KEEP = timedelta(days=180)
CAMPAIGN = """\
version: 1
name: nightly
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}}
personas: {calm: hL4kL0nQr3ySt6vX9zAcDd}
test_sets: {smoke: aB1cD2eF}
metrics: {latency: {id: iM5lM1oRs4zTu7wY0aBdEe, better: lower, unit: s}}
"""


@dataclass
class Shelf:
    """A database of executions that finished long ago."""

    path: Path
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(database_url=f"sqlite:///{self.path}")

    async def add(
        self, extra: str = "", verdict: str = "passed", labels: Mapping[str, str] | None = None
    ) -> str:
        """Store an execution of the campaign with some lines more."""
        text = CAMPAIGN + extra
        new = NewExecution(
            id=new_ulid(),
            campaign="nightly",
            trigger="cli",
            revision=str(hash(text)),
            text=text,
            source=None,
            inputs={},
            labels=labels or {},
            owner="nobody",
            created_at=LONG_AGO,
            deadline=LONG_AGO,
            cells=(),
            account="real",
        )
        async with open_storage(self.settings, {}) as storage:
            await storage.executions.create(new)
        self.write(
            "UPDATE execution SET state = 'finished', finished_at = created_at, verdict = ? "
            "WHERE id = ?",
            verdict,
            new.id,
        )
        return new.id

    def write(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def pruned(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            query = "SELECT id FROM execution WHERE pruned_at IS NOT NULL ORDER BY id"
            return [row[0] for row in connection.execute(query)]

    async def prune(self) -> list[str]:
        looked = await preview_prune(self.settings, {}, KEEP)
        assert self.pruned() == []
        done = await prune(self.settings, {}, KEEP)
        pruned = self.pruned()
        assert looked.removed["executions"] == done.removed["executions"] == len(pruned)
        return pruned


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy."""
    path = tmp_path_factory.mktemp("template") / "campaignd.db"
    database = Database(f"sqlite:///{path}")
    prepare(database, may_migrate=True, installation="INSTALLATION", now=LONG_AGO)
    database.close()
    return path


@pytest.fixture
def shelf(template: Path, tmp_path: Path) -> Shelf:
    return Shelf(Path(shutil.copy(template, tmp_path / "campaignd.db")))


async def test_the_last_that_passed_stays_whole(shelf: Shelf) -> None:
    first = await shelf.add()
    await shelf.add()
    failed = await shelf.add(verdict="failed")
    assert await shelf.prune() == [first, failed]


async def test_the_last_that_a_rule_allows_stays_whole(shelf: Shelf) -> None:
    rule = "baseline: {labels: {branch: main}}\n"
    await shelf.add(rule, labels={"branch": "main", "commit": "1"})
    other = await shelf.add(rule, labels={"branch": "try"})
    assert await shelf.prune() == [other]


async def test_as_many_stay_whole_as_a_gate_looks_back_at(shelf: Shelf) -> None:
    gates = "gates: [{within_usual: latency}]\n"
    made = [await shelf.add(gates) for _ in range(14)]
    assert await shelf.prune() == made[:2]


async def test_what_a_gate_names_stays_whole(shelf: Shelf) -> None:
    named = await shelf.add()
    passed = await shelf.add()
    gate = f"gates: [{{not_worse: latency, than: {{execution: {named.lower()}}}, allow: 1 s}}]\n"
    newest = await shelf.add(gate, verdict="failed")
    assert await shelf.prune() == [newest]
    assert passed not in shelf.pruned()


async def test_a_campaign_that_is_not_understood_any_more_keeps_the_last_that_passed(
    shelf: Shelf,
) -> None:
    first = await shelf.add()
    await shelf.add("of_old: true\n")
    assert await shelf.prune() == [first]


async def test_an_execution_that_cannot_be_read_keeps_nobody_from_pruning(shelf: Shelf) -> None:
    first = await shelf.add()
    await shelf.add()
    damaged = await shelf.add(verdict="failed")
    shelf.write("UPDATE execution SET given_up = 'nonsense' WHERE id = ?", damaged)
    assert await shelf.prune() == [first, damaged]

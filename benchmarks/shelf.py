"""A store with one running execution, and a raw SQLite database on the same disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.executions import Executions
from campaignd.adapters.store.launches import Launches
from campaignd.adapters.store.migration import prepare
from campaignd.adapters.store.results import ResultRows
from campaignd.adapters.store.rivals import RivalRows
from campaignd.core.campaign import Campaign
from campaignd.core.plan import Cell, expand
from campaignd.core.ulid import RANDOM_BYTES, make_ulid
from campaignd.engine.records import NewExecution, Stored

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
METRICS = {f"metric{n}": f"{n:022}" for n in range(3)}
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")
_DESCRIPTION = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"


class Shelf:
    """One database with the faces that the engine has of it."""

    def __init__(self, database: Database) -> None:
        self.executions = Executions(database)
        self.launches = Launches(database)
        self.results = ResultRows(database)
        self.comparisons = ComparisonRows(database)
        self.rivals = RivalRows(database, lambda _: True)
        self._made = 0

    async def begin(self, cells: int, cases: int = 1) -> Stored:
        """Create an execution that runs."""
        self._made += 1
        new = _new_execution(self._made, cells, cases)
        await self.executions.begin(await self.executions.create(new), [], NOW)
        return await self.executions.load(new.id)


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder on the disk of the checkout: what is for temporary files may be memory."""
    with TemporaryDirectory(dir=Path(__file__).parent, prefix=".measured-") as path:
        yield Path(path)


@contextmanager
def open_shelf(place: Path) -> Iterator[Shelf]:
    """Make a new database and open it."""
    database = Database(f"sqlite:///{place / 'campaignd.db'}")
    try:
        prepare(database, may_migrate=True, installation="INSTALLATION", now=NOW)
        yield Shelf(database)
    finally:
        database.close()


@contextmanager
def open_raw(place: Path, *tables: str) -> Iterator[sqlite3.Connection]:
    """Make a database with empty copies of some of the store's tables, as safe as the store's."""
    with (
        closing(sqlite3.connect(place / "campaignd.db")) as store,
        closing(sqlite3.connect(place / "raw.db", isolation_level=None)) as raw,
    ):
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        for table in tables:
            for (statement,) in store.execute(_DESCRIPTION, (table,)):
                raw.execute(statement)
        yield raw


def plan_cells(count: int, cases: int) -> tuple[Cell, ...]:
    """Plan so many cells of so many test cases each."""
    campaign = Campaign.model_validate(
        {
            "version": "1",
            "name": "nightly",
            "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc"}},
            "personas": {"calm": "hL4kL0nQr3ySt6vX9zAcDd"},
            "test_sets": {
                f"set{n}": {"id": f"{n:08}", "cases": str(cases)} for n in range(1, count + 1)
            },
            "metrics": METRICS,
        }
    )
    return expand(campaign).cells


def _new_execution(number: int, cells: int, cases: int) -> NewExecution:
    return NewExecution(
        id=make_ulid(NOW + timedelta(seconds=number), bytes(RANDOM_BYTES)),
        campaign="nightly",
        trigger="cli",
        revision="a" * 64,
        text="version: 1\n",
        source="campaigns/nightly.yaml",
        inputs={},
        labels={},
        owner="me",
        created_at=NOW,
        deadline=NOW + timedelta(hours=24),
        cells=plan_cells(cells, cases),
    )

"""The database, opened, migrated, and owned for as long as the process lives."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from anyio import to_thread

from campaignd.adapters.store.browsing import Browsing
from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.database import Database, path_of
from campaignd.adapters.store.deliveries import Deliveries
from campaignd.adapters.store.executions import Executions
from campaignd.adapters.store.history import History
from campaignd.adapters.store.last_good import LastGood
from campaignd.adapters.store.launches import Launches
from campaignd.adapters.store.migration import prepare
from campaignd.adapters.store.ordering import Ordering
from campaignd.adapters.store.ownership import OwnerLocks, locks_beside
from campaignd.adapters.store.pruning import Pruning
from campaignd.adapters.store.results import ResultRows
from campaignd.adapters.store.rivals import RivalRows
from campaignd.adapters.store.standing import Standings
from campaignd.adapters.store.timetable import Timetable
from campaignd.adapters.store.tokens import Tokens
from campaignd.engine.faults import StorageTrouble
from campaignd.settings import Settings, SettingsInvalid, default_database_url
from campaignd.wiring.chance import SystemClock, new_ulid


@dataclass(frozen=True, slots=True)
class Storage:
    """The database's faces. `owner` is this process, `locks` tell who else is alive."""

    executions: Executions
    launches: Launches
    results: ResultRows
    deliveries: Deliveries
    history: History
    rivals: RivalRows
    comparisons: ComparisonRows
    timetable: Timetable
    last_good: LastGood
    tokens: Tokens
    standings: Standings
    browsing: Browsing
    ordering: Ordering
    pruning: Pruning
    installation: str
    owner: str
    locks: OwnerLocks | None

    @classmethod
    def of(
        cls, database: Database, installation: str, owner: str, locks: OwnerLocks | None
    ) -> Self:
        """Look at a database from all sides."""
        return cls(
            executions=Executions(database),
            launches=Launches(database),
            results=ResultRows(database),
            deliveries=Deliveries(database),
            history=History(database),
            rivals=RivalRows(database, lambda other: locks is None or locks.is_alive(other)),
            comparisons=ComparisonRows(database),
            timetable=Timetable(database),
            last_good=LastGood(database),
            tokens=Tokens(database),
            standings=Standings(database),
            browsing=Browsing(database),
            ordering=Ordering(database),
            pruning=Pruning(database),
            installation=installation,
            owner=owner,
            locks=locks,
        )


class NoDatabase(Exception):
    """There is no database yet where one was to be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"there is no database {path}: `campaignd run FILE` makes it; if yours is elsewhere, "
            "name it with --database or CAMPAIGND_DATABASE_URL"
        )


@asynccontextmanager
async def open_stored(settings: Settings, environment: Mapping[str, str]) -> AsyncIterator[Storage]:
    """Open a database to look back. Raises NoDatabase where there is none, StorageTrouble."""
    path = path_of(database_url(settings, environment))
    if path is not None and not path.exists():
        raise NoDatabase(path)
    async with open_storage(settings, environment) as storage:
        yield storage


@asynccontextmanager
async def open_storage(
    settings: Settings, environment: Mapping[str, str]
) -> AsyncIterator[Storage]:
    """Open the database and be alive in it within the block. Raises StorageTrouble."""
    database = Database(database_url(settings, environment))
    try:
        installation = await to_thread.run_sync(_prepare, database, settings)
        owner = new_ulid()
        path = database.path
        locks = None if path is None else locks_beside(path)
        with locks.hold(owner) if locks is not None else nullcontext():
            yield Storage.of(database, installation, owner, locks)
    finally:
        database.close()


def database_url(settings: Settings, environment: Mapping[str, str]) -> str:
    """Return where the database is. Raises SettingsInvalid for what cannot be one."""
    url = settings.database_url or default_database_url(environment)
    try:
        path = path_of(url)
    except StorageTrouble as trouble:
        raise SettingsInvalid(f"CAMPAIGND_DATABASE_URL: {trouble}") from None
    if path is None:
        raise SettingsInvalid(
            "CAMPAIGND_DATABASE_URL must name a SQLite file: write sqlite:////path/to/campaignd.db"
        )
    return url


def _prepare(database: Database, settings: Settings) -> str:
    return prepare(
        database,
        may_migrate=settings.database.migrate == "auto",
        installation=new_ulid(),
        now=SystemClock().now(),
    )

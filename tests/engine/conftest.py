"""Hours pass at once here: the clock jumps to the next deadline whenever every task waits."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio._core._run
import trio.testing
from tests.engine.stage import INSTALLATION, Stage
from tests.engine.surroundings import START, keep_time, open_hurried

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.migration import prepare


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy."""
    path = tmp_path_factory.mktemp("template") / "campaignd.db"
    database = Database(f"sqlite:///{path}")
    prepare(database, may_migrate=True, installation=INSTALLATION, now=START)
    database.close()
    return path


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return ("trio", {"clock": trio.testing.MockClock()})


@pytest.fixture(scope="session")
def lent_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all tests of a session; its file is put back before each."""
    database = open_hurried(tmp_path_factory.mktemp("stage") / "campaignd.db")
    yield database
    database.close()


@pytest.fixture
async def open_stage(
    template: Path, lent_database: Database, anyio_backend: tuple[str, dict[str, Any]]
) -> AsyncIterator[Callable[..., Stage]]:
    """Set a stage with a scenario of the sandbox, one at a time.

    `settings` replace fields of the engine's `Tools`.
    """
    options = anyio_backend[1]
    # Trio shuffles what could run at once: by chance, but the same chance every time.
    trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = True
    trio._core._run._r.seed(0)
    async with anyio.create_task_group() as tasks:

        def open_one(settings: dict[str, Any] | None = None, **scenario: Any) -> Stage:
            put_back(template, lent_database)
            return Stage(lent_database, tasks, scenario, settings or {})

        if "clock" in options:
            tasks.start_soon(keep_time, options["clock"])
        yield open_one
        tasks.cancel_scope.cancel()


def put_back(template: Path, database: Database) -> None:
    assert database.path is not None
    database.close()
    for suffix in ("", "-wal", "-shm"):
        database.path.with_name(f"{database.path.name}{suffix}").unlink(missing_ok=True)
    shutil.copy(template, database.path)


@pytest.fixture
def stage(open_stage: Callable[..., Stage]) -> Stage:
    return open_stage()

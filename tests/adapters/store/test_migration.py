import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests.adapters.store.conftest import downgrade

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.migration import SCRIPTS, Upgrade, prepare, upgrade
from campaignd.adapters.store.tables import ExecutionRow
from campaignd.engine.faults import StorageTrouble

NOW = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("tomorrow", sa.Column("id", sa.Integer, primary_key=True))
    {stumble}


def downgrade() -> None:
    op.drop_table("tomorrow")
"""


@pytest.fixture
def open_database(database_file: Path) -> Iterator[Callable[[], Database]]:
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(Database(f"sqlite:///{database_file}"))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def tomorrow(tmp_path: Path) -> Callable[..., Path]:
    """The migrations of a later campaignd: one more revision."""

    def write(stumble: str = "") -> Path:
        scripts = tmp_path / "migrations"
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        head = max(path.stem for path in (scripts / "versions").glob("0*.py")).partition("_")[0]
        words = NEXT.format(head=head, stumble=stumble)
        (scripts / "versions" / "9999_tomorrow.py").write_text(words)
        return scripts

    return write


def start(database: Database, *, may_migrate: bool = True, scripts: Path = SCRIPTS) -> str:
    return prepare(database, may_migrate=may_migrate, installation="MINE", now=NOW, scripts=scripts)


def tables_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def backups_of(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.glob(f"{path.name}.2*"))


def test_a_fresh_database_is_what_the_models_say(
    open_database: Callable[[], Database], database_file: Path
) -> None:
    database_file.unlink()
    database = open_database()
    assert start(database) == "MINE"
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, ExecutionRow.metadata) == []
    assert backups_of(database_file) == []


def test_a_fresh_database_may_always_be_made(
    open_database: Callable[[], Database], database_file: Path
) -> None:
    database_file.unlink()
    assert start(open_database(), may_migrate=False) == "MINE"


def test_the_installation_is_named_once(open_database: Callable[[], Database]) -> None:
    assert start(open_database()) == start(open_database()) == "INSTALLATION"


def test_an_older_database_is_backed_up_and_migrated(
    open_database: Callable[[], Database], database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    assert start(open_database(), scripts=tomorrow()) == "INSTALLATION"
    assert "tomorrow" in tables_of(database_file)
    assert backups_of(database_file) == ["campaignd.db.20261102T030405"]
    backup = database_file.with_name("campaignd.db.20261102T030405")
    assert "tomorrow" not in tables_of(backup)
    assert "execution" in tables_of(backup)


async def test_a_backup_holds_what_was_written_a_moment_ago(
    shelf: Any, database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    execution = await shelf.create()
    start(shelf.database, scripts=tomorrow())
    backup = database_file.with_name("campaignd.db.20261102T030405")
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT id FROM execution").fetchall() == [(execution.id,)]
    assert await shelf.reload(execution) == execution


def test_a_migration_that_fails_leaves_the_old_database(
    open_database: Callable[[], Database], database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    scripts = tomorrow(stumble='op.execute("SELECT nonsense")')
    with pytest.raises(StorageTrouble, match="nonsense"):
        start(open_database(), scripts=scripts)
    assert "tomorrow" not in tables_of(database_file)
    assert start(open_database()) == "INSTALLATION"


def test_an_older_database_is_left_alone_where_it_may_not_be_migrated(
    open_database: Callable[[], Database], database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    with pytest.raises(StorageTrouble, match=r"MIGRATE is 'never': `campaignd db upgrade`"):
        start(open_database(), may_migrate=False, scripts=tomorrow())
    assert "tomorrow" not in tables_of(database_file)
    assert backups_of(database_file) == []


def test_a_current_database_needs_no_leave_to_migrate(
    open_database: Callable[[], Database],
) -> None:
    assert start(open_database(), may_migrate=False) == "INSTALLATION"


@pytest.mark.parametrize("may_migrate", [True, False])
def test_a_database_of_a_newer_campaignd_is_refused(
    open_database: Callable[[], Database],
    database_file: Path,
    tomorrow: Callable[..., Path],
    *,
    may_migrate: bool,
) -> None:
    start(open_database(), scripts=tomorrow())
    before = tables_of(database_file)
    with pytest.raises(StorageTrouble, match=r"newer campaignd \(revision 9999\): upgrade"):
        start(open_database(), may_migrate=may_migrate)
    assert tables_of(database_file) == before


def test_every_migration_can_be_undone(
    open_database: Callable[[], Database], database_file: Path
) -> None:
    database = open_database()
    downgrade(database, "base")
    assert tables_of(database_file) <= {"alembic_version", "sqlite_autoindex_alembic_version_1"}
    assert start(database) == "MINE"


def test_a_migration_that_cannot_be_backed_up_is_not_begun(
    open_database: Callable[[], Database], database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    database_file.with_name("campaignd.db.20261102T030405").mkdir()
    with pytest.raises(StorageTrouble, match=r"cannot be backed up to .*: Is a directory"):
        start(open_database(), scripts=tomorrow())
    assert "tomorrow" not in tables_of(database_file)


def test_an_upgrade_on_demand_tells_what_it_did_and_does_it_once(
    open_database: Callable[[], Database], database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    scripts, database = tomorrow(), open_database()
    done = upgrade(database, NOW, scripts)
    assert (done.old, done.new) == (max(versions_of(SCRIPTS)), "9999")
    assert done.backup == database_file.with_name("campaignd.db.20261102T030405")
    assert done.backup.stat().st_mode & 0o077 == 0
    assert upgrade(database, NOW, scripts) == Upgrade("9999", "9999")
    with pytest.raises(StorageTrouble, match="newer campaignd"):
        upgrade(database, NOW)


def test_an_older_campaignd_goes_on_with_the_copy_that_the_upgrade_made(
    open_database: Callable[[], Database], database_file: Path, tomorrow: Callable[..., Path]
) -> None:
    scripts = tomorrow()
    done = upgrade(open_database(), NOW, scripts)
    assert done.backup is not None
    with pytest.raises(StorageTrouble, match="newer campaignd"):
        start(open_database())
    # As docs/operations.md says: the copy goes in place, and logs of the other one away.
    done.backup.replace(database_file)
    for ending in ("-wal", "-shm"):
        database_file.with_name(database_file.name + ending).unlink(missing_ok=True)
    assert start(open_database()) == "INSTALLATION"


def versions_of(scripts: Path) -> list[str]:
    return [path.stem.partition("_")[0] for path in (scripts / "versions").glob("0*.py")]

"""Bringing a database up to date: never without a backup, never one of a newer campaignd."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import InstallationRow
from campaignd.engine.faults import StorageTrouble


def prepare(database: Database, *, may_migrate: bool, installation: str, now: datetime) -> str:
    """Migrate if needed and allowed; return the installation's id, made at the first start.

    Raises StorageTrouble for a database of a newer campaignd, or an older one that may not be
    migrated.
    """
    with database.translated():
        current, newest = _revisions(database)
        if current != newest:
            _migrate(database, current, now, may_migrate=may_migrate)
    return database.write_now(lambda session: _identify(session, installation, now))


def _revisions(database: Database) -> tuple[str | None, str | None]:
    script = ScriptDirectory.from_config(_config(database))
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {s.revision for s in script.walk_revisions()}:
        raise StorageTrouble(
            f"the database was written by a newer campaignd (revision {current}): upgrade "
            "campaignd, or name another database"
        )
    return current, script.get_current_head()


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = database.engine
    return config


def _migrate(database: Database, current: str | None, now: datetime, *, may_migrate: bool) -> None:
    if current is not None and not may_migrate:
        raise StorageTrouble(
            "the database is older than this campaignd and CAMPAIGND_DATABASE__MIGRATE is "
            "'never': run `campaignd db upgrade`"
        )
    if current is not None and database.path is not None:
        back_up(database.path, database.path.with_name(f"{database.path.name}.{now:%Y%m%dT%H%M%S}"))
    command.upgrade(_config(database), "head")


def back_up(source: Path, target: Path) -> None:
    """Copy a SQLite database while it is in use, whole and consistent."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _identify(session: Session, installation: str, now: datetime) -> str:
    row = session.exec(select(InstallationRow)).first()
    if row is None:
        row = InstallationRow(id=installation, created_at=now)
        session.add(row)
    return row.id

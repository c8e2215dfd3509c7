"""Bringing a database up to date: never without a backup, never one of a newer campaignd."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import InstallationRow
from campaignd.engine.faults import StorageTrouble

SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = Lock()
"""Alembic keeps what it migrates in globals."""


def prepare(
    database: Database,
    *,
    may_migrate: bool,
    installation: str,
    now: datetime,
    scripts: Path = SCRIPTS,
) -> str:
    """Migrate if needed and allowed; return the installation's id, made at the first start.

    Raises StorageTrouble for a database of a newer campaignd, or an older one that may not be
    migrated.
    """
    with _ONE_AT_A_TIME, database.translated():
        config = _config(database, scripts)
        current, newest = _revisions(database, config)
        if current is not None and current != newest:
            _make_ready(database, now, may_migrate=may_migrate)
        if current != newest:
            command.upgrade(config, "head")
    return database.write_now(lambda session: _identify(session, installation, now))


def _config(database: Database, scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["engine"] = database.engine
    return config


def _revisions(database: Database, config: Config) -> tuple[str | None, str | None]:
    script = ScriptDirectory.from_config(config)
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {s.revision for s in script.walk_revisions()}:
        raise StorageTrouble(
            f"the database {database.path or ''} was written by a newer campaignd (revision "
            f"{current}): upgrade campaignd, or name another database"
        )
    return current, script.get_current_head()


def _make_ready(database: Database, now: datetime, *, may_migrate: bool) -> None:
    if not may_migrate:
        raise StorageTrouble(
            "the database is older than this campaignd and CAMPAIGND_DATABASE__MIGRATE is "
            "'never': set it to 'auto' for one command, which backs it up and brings it up to date"
        )
    if database.path is not None:
        back_up(database.path, database.path.with_name(f"{database.path.name}.{now:%Y%m%dT%H%M%S}"))


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

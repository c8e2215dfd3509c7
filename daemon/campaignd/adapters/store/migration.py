"""Bringing a database up to date: never without a backup, never one of a newer campaignd."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, select

from campaignd.adapters.store.backup import back_up, name_backup
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import InstallationRow
from campaignd.engine.faults import StorageTrouble

SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = Lock()
"""Alembic keeps what it migrates in globals."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From which revision to which a database was brought; `backup` is a copy from before."""

    old: str | None
    new: str | None
    backup: Path | None = None


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
        if current not in {None, newest} and not may_migrate:
            raise StorageTrouble(
                "the database is older than this campaignd and CAMPAIGND_DATABASE__MIGRATE is "
                "'never': `campaignd db upgrade` backs it up and brings it up to date"
            )
        _bring(database, config, Upgrade(current, newest), now)
    return database.write_now(lambda session: _identify(session, installation, now))


def upgrade(database: Database, now: datetime, scripts: Path = SCRIPTS) -> Upgrade:
    """Back a database up and migrate it, if it is older. Raises StorageTrouble."""
    with _ONE_AT_A_TIME, database.translated():
        config = _config(database, scripts)
        return _bring(database, config, Upgrade(*_revisions(database, config)), now)


def _bring(database: Database, config: Config, wanted: Upgrade, now: datetime) -> Upgrade:
    if wanted.old == wanted.new:
        return wanted
    backup = None
    if wanted.old is not None and database.path is not None:
        backup = database.path.with_name(name_backup(database.path, now))
        back_up(database.path, backup, may_replace=True)
    command.upgrade(config, "head")
    return replace(wanted, backup=backup)


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


def _identify(session: Session, installation: str, now: datetime) -> str:
    row = session.exec(select(InstallationRow)).first()
    if row is None:
        row = InstallationRow(id=installation, created_at=now)
        session.add(row)
    return row.id

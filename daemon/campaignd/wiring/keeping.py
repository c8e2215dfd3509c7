"""`db backup`, `db check` and `db upgrade`: the database as a file that people look after."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread

from campaignd.adapters.reporters.checkup import Checkup
from campaignd.adapters.store.backup import back_up, name_backup
from campaignd.adapters.store.database import Database, path_of
from campaignd.adapters.store.health import examine_file_whole
from campaignd.adapters.store.migration import Upgrade
from campaignd.adapters.store.migration import upgrade as upgrade_database
from campaignd.settings import Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.doctor import Patient
from campaignd.wiring.doctor.records import check_work, open_records
from campaignd.wiring.storage import NoDatabase, database_url


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A copy that is whole, and its size in bytes."""

    path: Path
    size: int


async def make_backup(
    settings: Settings, environment: Mapping[str, str], wanted: Path | None, *, force: bool
) -> BackedUp:
    """Copy the database while it is in use, to a file, into a folder, or beside itself.

    Raises NoDatabase, BackupRefused, StorageTrouble.
    """
    source = find_file(settings, environment)
    target = _place(source, wanted)
    size = await to_thread.run_sync(lambda: back_up(source, target, may_replace=force))
    return BackedUp(target, size)


async def upgrade(settings: Settings, environment: Mapping[str, str]) -> Upgrade:
    """Back up and migrate the database, whatever the settings say. Raises NoDatabase.

    Raises StorageTrouble for a database of a newer campaignd, and one that cannot be written.
    """
    find_file(settings, environment)
    database = Database(database_url(settings, environment))
    try:
        return await to_thread.run_sync(upgrade_database, database, SystemClock().now())
    finally:
        database.close()


async def check(patient: Patient) -> Checkup:
    """Read the whole database, and look for what is not over. Raises NoDatabase."""
    settings = patient.load_settings()
    find_file(settings, patient.environment)
    url = database_url(settings, patient.environment)
    may_migrate = settings.database.migrate == "auto"
    async with open_records(url, may_migrate=may_migrate, examine=examine_file_whole) as opened:
        work = await check_work(opened.records, patient) if opened.records else []
        return Checkup((*opened.findings, *work))


def find_file(settings: Settings, environment: Mapping[str, str]) -> Path:
    """Return the database's file. Raises NoDatabase, SettingsInvalid."""
    path = path_of(database_url(settings, environment))
    if path is None or not path.exists():
        raise NoDatabase(path or Path())
    return path


def _place(source: Path, wanted: Path | None) -> Path:
    name = name_backup(source, SystemClock().now())
    if wanted is None:
        return source.with_name(name)
    return wanted / name if wanted.is_dir() else wanted

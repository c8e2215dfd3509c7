"""How a database is: whole, current, writable, with room to grow."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.flaws import find_flaws, find_flaws_quickly
from campaignd.adapters.store.migration import SCRIPTS


class Schema(StrEnum):
    """What a database's tables are to this campaignd."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FileHealth:
    """How the file of a SQLite database is; sizes in bytes, `flaws` in SQLite's own words."""

    path: Path
    flaws: tuple[str, ...]
    journal_mode: str
    size: int
    free: int


def read_schema(database: Database) -> Schema:
    """Compare a database's revision with the newest one. Raises StorageTrouble."""
    scripts = ScriptDirectory(str(SCRIPTS))
    with database.translated(), database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return Schema.MISSING
    if current == scripts.get_current_head():
        return Schema.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Schema.OLDER if current in known else Schema.NEWER


def examine_file(database: Database, path: Path) -> FileHealth:
    """Read a SQLite database from end to end and take its write lock once.

    Raises StorageTrouble, also where it cannot be written.
    """
    return _examine(database, path, find_flaws_quickly)


def examine_file_whole(database: Database, path: Path) -> FileHealth:
    """Also compare its indexes with its tables, and follow every reference."""
    return _examine(database, path, find_flaws)


def _examine(
    database: Database, path: Path, find: Callable[[sqlite3.Connection], Iterable[str]]
) -> FileHealth:
    with database.translated(), database.engine.connect() as connection:
        flaws = tuple(find(cast("sqlite3.Connection", connection.connection.dbapi_connection)))
        journal_mode = str(connection.execute(text("PRAGMA journal_mode")).scalar())
    database.write_now(lambda _: None)
    free = shutil.disk_usage(path.parent).free
    return FileHealth(path, flaws, journal_mode, path.stat().st_size, free)

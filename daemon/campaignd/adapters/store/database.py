"""One database, opened once a process: a single writer, any number of readers."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlmodel import Session

from campaignd.engine.faults import StorageTrouble

T = TypeVar("T")
READERS = 4
_AFTER_COMMIT = "campaignd_after_commit"


class Database:
    """Runs each unit of work as one transaction in a worker thread.

    Writers take turns and begin with the write lock (`BEGIN IMMEDIATE`), because SQLite's
    default transactions lose updates between a read and a write. Raises StorageTrouble.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = path_of(url)
        self.engine = _create_engine(url, self.path)
        self._writer = anyio.CapacityLimiter(1)
        self._readers = anyio.CapacityLimiter(READERS)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a write transaction; it is committed whole or not at all."""
        return await to_thread.run_sync(self.write_now, work, limiter=self._writer)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on one consistent snapshot."""
        return await to_thread.run_sync(self.read_now, work, limiter=self._readers)

    def write_now(self, work: Callable[[Session], T]) -> T:
        with self.translated(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"campaignd_write": True})
            with _commit(session):
                return work(session)

    def read_now(self, work: Callable[[Session], T]) -> T:
        with self.translated(), Session(self.engine, expire_on_commit=False) as session:
            return work(session)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what the driver raises into StorageTrouble with advice."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise StorageTrouble(_explain(error, self.path)) from error

    def close(self) -> None:
        self.engine.dispose()


def after_commit(session: Session, tell: Callable[[], None]) -> None:
    """Have something told once a write transaction is committed, and never if it is not."""
    session.info.setdefault(_AFTER_COMMIT, []).append(tell)


@contextmanager
def _commit(session: Session) -> Iterator[None]:
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    session.commit()
    for tell in session.info.get(_AFTER_COMMIT, ()):
        tell()


def path_of(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for every other database. Raises StorageTrouble."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageTrouble(
            "the database URL cannot be read: write sqlite:////path/to/campaignd.db"
        ) from None
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in {None, "", ":memory:"}:
        raise StorageTrouble(
            "the database must be a file, because it is the only memory of paid runs: write "
            "sqlite:////path/to/campaignd.db"
        )
    return Path(str(parsed.database))


def _create_engine(url: str, path: Path | None) -> Engine:
    if path is not None:
        _make_folder(path.parent)
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise StorageTrouble(
            f"there is no driver for {make_url(url).drivername} databases here: write "
            "sqlite:////path/to/campaignd.db"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageTrouble(
            f"cannot make the database's folder {folder}: {error.strerror}; choose another place "
            "with CAMPAIGND_DATABASE_URL=sqlite:////path/to/campaignd.db or --database"
        ) from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """Leave transactions to us; FULL because a power cut must not undo a stored intent."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("campaignd_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_NO_SPACE = (
    "free some space, and `campaignd resume` continues what was begun; what was stored before is "
    "unharmed"
)
_LITTLE = 1024 * 1024
"""Bytes; with less than this, an error of the disk is one of a full disk."""
_ADVICE = (
    ("unable to open", "its folder must exist and be writable"),
    ("readonly", "the file and its folder must be writable"),
    ("read-only", "the file and its folder must be writable"),
    ("disk is full", _NO_SPACE),
    ("malformed", "the file is damaged; put a backup in its place"),
    ("not a database", "it is something else, or damaged; name another place or restore a backup"),
    ("disk i/o", "the disk reports errors; look at the system's log"),
    ("locked", "another process holds it for too long"),
)


def _explain(error: Exception, path: Path | None) -> str:
    cause = str(getattr(error, "orig", None) or error)
    place = f"the database {path}" if path is not None else "the database"
    advice = next((hint for word, hint in _ADVICE if word in cause.lower()), None)
    if "disk i/o" in cause.lower() and path is not None and _is_full(path.parent):
        cause, advice = "its disk is full", _NO_SPACE
    return f"{place} cannot be used: {cause}" + (f"; {advice}" if advice else "")


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LITTLE
    except OSError:
        return False

"""Copies of a SQLite database that is in use: whole, checked, and there only once they are."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp

from campaignd.adapters.store.flaws import find_flaws
from campaignd.engine.faults import StorageTrouble

_PATIENCE_SECONDS = 30.0


class BackupRefused(Exception):
    """A backup may not get the name that was asked for: something has it."""


def name_backup(database: Path, now: datetime) -> str:
    """Name a backup after its database and the time, in UTC."""
    return f"{database.name}.{now:%Y%m%dT%H%M%S}"


def back_up(source: Path, target: Path, *, may_replace: bool = False) -> int:
    """Copy a database while others write to it; return the copy's size in bytes.

    The copy is one file that only its owner may read, and appears under its name when it was
    checked and is on the disk. Raises BackupRefused, and StorageTrouble if it cannot be made.
    """
    _refuse(source, target, may_replace)
    with _translated(source, target), _unfinished(target) as copy:
        copy_now(source, copy)
        _check(source, copy)
        _sync(copy)
        _refuse(source, target, may_replace)
        size = copy.stat().st_size
        copy.replace(target)
        _sync(target.parent)
    return size


def _refuse(source: Path, target: Path, may_replace: bool) -> None:
    if not target.exists():
        return
    if target.samefile(source):
        raise BackupRefused(f"{target} is the database itself: name another file")
    if not may_replace:
        raise BackupRefused(f"{target} exists already: name another file, or add --force")


@contextmanager
def _translated(source: Path, target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        cause = getattr(error, "strerror", None) or error
        raise StorageTrouble(
            f"{source} cannot be backed up to {target}: {cause}; what is there is unharmed"
        ) from error


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Make a file beside the target that only its owner may read; it does not stay."""
    descriptor, name = mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for leftover in (Path(name), Path(f"{name}-journal")):
            leftover.unlink(missing_ok=True)


def copy_now(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment over another one, or into an empty file."""
    with (
        closing(sqlite3.connect(source, timeout=_PATIENCE_SECONDS)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        # In one step: one of several would begin anew with every write of the service.
        old.backup(new)


def _check(source: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        # One file, without a log beside it, can also be read where nothing may be written.
        connection.execute("PRAGMA journal_mode=DELETE")
        flaws = list(find_flaws(connection))
    if flaws:
        raise StorageTrouble(
            f"{source} is damaged, and so would be its copy: {'; '.join(flaws)}; keep the backups "
            "that you have"
        )


def _sync(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Backups: whole while others write, never half, never over something else."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from campaignd.adapters.store.backup import BackupRefused, back_up, name_backup
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.flaws import find_flaws
from campaignd.adapters.store.migration import prepare
from campaignd.engine.faults import StorageTrouble

NOW = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
OWNER_ONLY = 0o100600


def read(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def damage(path: Path) -> None:
    """Have a foreign key lead nowhere."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO cell VALUES ('nobody', 1, 'k', '{}', 1)")


@contextmanager
def busy(path: Path) -> Iterator[None]:
    """Write pairs of rows within the block, each pair in one transaction."""
    over, begun = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            while not over.is_set():
                connection.execute("BEGIN IMMEDIATE")
                for _ in range(2):
                    connection.execute(
                        "INSERT INTO event (execution, subject, new, at, reason) "
                        "VALUES ('x', 'x', 'x', '2026-11-02', '')"
                    )
                connection.execute("COMMIT")
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        over.set()
        writer.join()


async def test_a_copy_is_whole_private_and_one_file_that_needs_no_log(
    shelf: Any, database_file: Path, tmp_path: Path
) -> None:
    execution = await shelf.create()
    target = tmp_path / "copies" / "x.db"
    target.parent.mkdir()
    size = back_up(database_file, target)
    assert [path.name for path in target.parent.iterdir()] == ["x.db"]
    assert (target.stat().st_size, target.stat().st_mode) == (size, OWNER_ONLY)
    target.parent.chmod(0o500)
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT id FROM execution").fetchall() == [(execution.id,)]
        assert list(find_flaws(connection)) == []
    target.parent.chmod(0o700)


def test_a_copy_that_is_put_in_place_is_a_database_as_any_other(
    database_file: Path, tmp_path: Path
) -> None:
    target = tmp_path / "restored.db"
    back_up(database_file, target)
    database = Database(f"sqlite:///{target}")
    try:
        assert prepare(database, may_migrate=False, installation="B", now=NOW) == "INSTALLATION"
        assert read(target, "PRAGMA journal_mode") == [("wal",)]
    finally:
        database.close()


def test_a_copy_holds_all_of_a_transaction_or_nothing_while_others_write(
    database_file: Path, tmp_path: Path
) -> None:
    with busy(database_file):
        for number in range(5):
            back_up(database_file, tmp_path / f"{number}.db")
    counts = [read(tmp_path / f"{n}.db", "SELECT count(*) FROM event")[0][0] for n in range(5)]
    assert all(count % 2 == 0 for count in counts)
    assert counts == sorted(counts)
    assert counts[0] > 0


def test_what_has_the_name_already_is_only_replaced_on_demand(
    database_file: Path, tmp_path: Path
) -> None:
    target = tmp_path / "x.db"
    target.write_text("a diary")
    with pytest.raises(BackupRefused, match=f"{target} exists already: .*--force"):
        back_up(database_file, target)
    assert target.read_text() == "a diary"
    back_up(database_file, target, may_replace=True)
    assert read(target, "SELECT id FROM installation") == [("INSTALLATION",)]


def test_the_database_is_never_replaced_by_its_copy(database_file: Path) -> None:
    alias = database_file.with_name("alias.db")
    alias.symlink_to(database_file)
    for target in (database_file, alias):
        with pytest.raises(BackupRefused, match="is the database itself"):
            back_up(database_file, target, may_replace=True)


def test_a_damaged_database_makes_no_backup_and_leaves_the_last_one(
    database_file: Path, tmp_path: Path
) -> None:
    target = tmp_path / "x.db"
    back_up(database_file, target)
    damage(database_file)
    with pytest.raises(StorageTrouble, match=r"row 1 of cell refers to a row of execution that"):
        back_up(database_file, target, may_replace=True)
    assert read(target, "SELECT count(*) FROM cell") == [(0,)]
    assert sorted(path.name for path in tmp_path.iterdir() if ".partial" in path.name) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("no/such/folder/x.db", "No such file or directory", id="no folder"),
        pytest.param("folder", "Is a directory", id="a folder"),
    ],
)
def test_a_place_that_takes_no_file_is_told(
    database_file: Path, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageTrouble, match=f"cannot be backed up to .*{name}: {words}"):
        back_up(database_file, tmp_path / name, may_replace=True)
    assert [path.name for path in tmp_path.iterdir() if ".partial" in path.name] == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("hello " * 1000)
    with pytest.raises(StorageTrouble, match="file is not a database"):
        back_up(tmp_path / "a.db", tmp_path / "b.db")


def test_a_backup_is_named_after_its_database_and_the_time() -> None:
    assert name_backup(Path("/x/campaignd.db"), NOW) == "campaignd.db.20261102T030405"

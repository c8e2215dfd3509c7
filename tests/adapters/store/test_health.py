import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.health import Schema, examine_file, read_schema
from campaignd.engine.faults import StorageTrouble

Open = Callable[[Path], Database]


@pytest.fixture
def open_database() -> Iterator[Open]:
    opened: list[Database] = []

    def open_one(path: Path) -> Database:
        opened.append(Database(f"sqlite:///{path}"))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


def test_a_sound_file_has_no_flaws_and_a_write_ahead_log(
    database_file: Path, open_database: Open
) -> None:
    health = examine_file(open_database(database_file), database_file)
    assert (health.flaws, health.journal_mode) == ((), "wal")
    assert health.size > 0
    assert health.free > 0


def test_flaws_are_told_in_sqlites_words(database_file: Path, open_database: Open) -> None:
    with closing(sqlite3.connect(database_file)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master "
            "WHERE name = 'execution') WHERE name = 'score'"
        )
    flaws = examine_file(open_database(database_file), database_file).flaws
    assert 1 <= len(flaws) <= 3


def test_a_file_that_is_no_database_is_trouble(tmp_path: Path, open_database: Open) -> None:
    path = tmp_path / "campaignd.db"
    path.write_text("hello " * 1000, encoding="utf-8")
    with pytest.raises(StorageTrouble, match="not a database"):
        read_schema(open_database(path))


@pytest.mark.parametrize(
    ("statement", "schema"),
    [
        pytest.param("SELECT 1", Schema.CURRENT, id="untouched"),
        pytest.param("UPDATE alembic_version SET version_num = '9999'", Schema.NEWER, id="newer"),
        pytest.param("DELETE FROM alembic_version", Schema.MISSING, id="not begun"),
    ],
)
def test_the_revision_tells_whose_tables_they_are(
    database_file: Path, open_database: Open, statement: str, schema: Schema
) -> None:
    with closing(sqlite3.connect(database_file)) as connection, connection:
        connection.execute(statement)
    assert read_schema(open_database(database_file)) is schema

"""What is wrong inside a SQLite file, in SQLite's own words."""

import sqlite3
from collections.abc import Iterator

_MOST = 3


def find_flaws_quickly(connection: sqlite3.Connection) -> Iterator[str]:
    """Read a database from end to end."""
    yield from _check(connection, "quick_check")


def find_flaws(connection: sqlite3.Connection) -> Iterator[str]:
    """Read a database from end to end, compare indexes with tables, and follow references."""
    yield from _check(connection, "integrity_check")
    dangling = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST)
    for table, row, parent, _ in dangling:
        yield f"row {row} of {table} refers to a row of {parent} that is not there"


def _check(connection: sqlite3.Connection, check: str) -> Iterator[str]:
    for (line,) in connection.execute(f"PRAGMA {check}({_MOST})"):
        if line != "ok":
            yield line

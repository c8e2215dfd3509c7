"""How large a database is, and what gives room back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from anyio import to_thread

from campaignd.adapters.store.database import Database

T = TypeVar("T")
_PATIENCE_MS = 1000


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of a database, and how many of them are free for what comes next."""

    size: int
    free: int


class Space:
    """The room that a SQLite database takes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measure(self) -> Room:
        """Count the database's pages."""
        return await self._run(_measure)

    async def trim_log(self) -> None:
        """Put what the write-ahead log holds into the database, and the log back to nothing.

        Where somebody reads on for long, the log stays as it is.
        """
        await self._run(_trim_log)

    async def vacuum(self) -> None:
        """Write the database anew without its free pages; nobody else can write meanwhile."""
        await self._run(_vacuum)

    async def _run(self, work: Callable[[Any], T]) -> T:
        return await to_thread.run_sync(self._run_now, work)

    def _run_now(self, work: Callable[[Any], T]) -> T:
        with self._database.translated():
            connection = self._database.engine.raw_connection()
            try:
                return work(connection.cursor())
            finally:
                connection.close()


def _measure(cursor: Any) -> Room:
    page, pages, free = (
        int(cursor.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count")
    )
    return Room(page * pages, page * free)


def _trim_log(cursor: Any) -> None:
    # While it waits for readers it keeps writers out.
    (patience,) = cursor.execute("PRAGMA busy_timeout").fetchone()
    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    cursor.execute(f"PRAGMA busy_timeout={patience}")


def _vacuum(cursor: Any) -> None:
    cursor.execute("VACUUM")

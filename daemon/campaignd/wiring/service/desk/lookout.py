"""Sees that executions move, with one look at the database for all who wait."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import anyio
import structlog

from campaignd.core.browsing import Mark
from campaignd.engine.faults import StorageTrouble

log = structlog.get_logger()

AFTER_A_BUG = timedelta(seconds=10)
LOOK_EVERY = timedelta(milliseconds=500)
"""Other processes move executions, too: there is nothing to wait on but the database."""
ReadMarks = Callable[[Collection[str]], Awaitable[Mapping[str, Mark]]]


@dataclass(slots=True)
class _Post:
    """An execution that is being watched."""

    watchers: int = 0
    mark: Mark | None = None
    moved: anyio.Event = field(default_factory=anyio.Event)


class Lookout:
    """Lets any number of callers wait for executions to move."""

    def __init__(self, read_marks: ReadMarks) -> None:
        self._read_marks = read_marks
        self._posts: dict[str, _Post] = {}
        self._wanted = anyio.Event()

    async def look(self, execution: str) -> Mark:
        """Read how an execution stands. Raises LookupError if there is none."""
        return (await self._read_marks([execution]))[execution]

    async def await_move(self, execution: str, since: Mark) -> Mark:
        """Wait until an execution stands otherwise."""
        with self._watching(execution) as post:
            while post.mark is None or post.mark == since:
                await post.moved.wait()
            return post.mark

    async def run(self) -> None:
        """Look for as long as somebody waits, for ever."""
        while True:
            if not self._posts:
                self._wanted = anyio.Event()
                await self._wanted.wait()
            try:
                self._note(await self._read_marks(tuple(self._posts)))
            except StorageTrouble as trouble:
                log.warning("cannot look at executions", why=str(trouble))
            except Exception:
                # Who waits is answered by the clock; the service goes on.
                log.exception("campaignd failed")
                await anyio.sleep(AFTER_A_BUG.total_seconds())
            await anyio.sleep(LOOK_EVERY.total_seconds())

    @contextmanager
    def _watching(self, execution: str) -> Iterator[_Post]:
        post = self._posts.setdefault(execution, _Post())
        post.watchers += 1
        self._wanted.set()
        try:
            yield post
        finally:
            post.watchers -= 1
            if post.watchers == 0:
                del self._posts[execution]

    def _note(self, marks: Mapping[str, Mark]) -> None:
        for execution, mark in marks.items():
            post = self._posts.get(execution)
            if post is not None and post.mark != mark:
                post.mark, moved = mark, post.moved
                post.moved = anyio.Event()
                moved.set()

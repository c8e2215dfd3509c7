"""What a process of campaignd meets in a test: time, a wire, a database, an end at any instant."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import anyio
import httpx
import trio
import trio.testing
from anyio import to_thread
from sqlalchemy import event
from sqlmodel import Session

from campaignd.adapters.store.database import Database
from campaignd.engine.progress import ProgressView

T = TypeVar("T")
START = datetime(2026, 11, 2, 3, tzinfo=UTC)


async def keep_time(clock: trio.testing.MockClock) -> None:
    """Jump to the next deadline whenever all tasks wait, but not while a thread works."""
    threads = to_thread.current_default_thread_limiter()
    while True:
        await trio.testing.wait_all_tasks_blocked()
        if threads.borrowed_tokens:
            await trio.testing.wait_all_tasks_blocked(0.001)
            continue
        wait = trio.lowlevel.current_statistics().seconds_to_next_deadline
        assert isfinite(wait), "everybody waits, and nothing will ever happen"
        clock.jump(max(wait, 0))


class Killed(BaseException):
    """The process is dead: no handler for exceptions may hear of it."""


class Fuse:
    """Every instant at which a process may die, and the one at which it does."""

    def __init__(self) -> None:
        self.instants: list[str] = []
        self.is_blown = False
        self._blows: Callable[[str], bool] = lambda _: False

    def blow_at(self, name: str, nth: int = 1) -> None:
        """Let the process die when it comes to the n-th instant of this name from now on."""
        left = [nth]

        def blows(instant: str) -> bool:
            left[0] -= instant == name
            return left[0] == 0

        self.blow_when(blows)

    def blow_when(self, blows: Callable[[str], bool]) -> None:
        """Let the process die at the first instant for which this is true."""
        self._blows = blows

    async def reach(self, name: str) -> None:
        """Come to an instant, and live or die."""
        await anyio.lowlevel.checkpoint()
        self.instants.append(name)
        self.is_blown = self.is_blown or self._blows(name)
        if self.is_blown:
            raise Killed


class InlineDatabase(Database):
    """Works on the event loop, because a virtual clock would not wait for threads.

    Its engine is lent: one that has compiled a statement once saves most of a test's time.
    """

    def __init__(self, lent: Database, fuse: Fuse) -> None:
        super().__init__(lent.url)
        self.engine = lent.engine
        self.fuse = fuse

    async def write(self, work: Callable[[Session], T]) -> T:
        await self.fuse.reach("write")
        result = self.write_now(work)
        await self.fuse.reach("written")
        return result

    async def read(self, work: Callable[[Session], T]) -> T:
        await anyio.lowlevel.checkpoint()
        return self.read_now(work)


def open_hurried(path: Path) -> Database:
    """Open a database that no power cut is expected for."""

    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", hurry)
    return database


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached the vendors, or would have."""

    at: float
    name: str
    path: str
    query: str
    body: Any


@dataclass(slots=True)
class Wire(httpx.AsyncBaseTransport):
    """The way from one process to the vendors; `stunt` may answer in their place, or raise."""

    vendors: httpx.AsyncBaseTransport
    fuse: Fuse
    calls: list[Call]
    stunt: Callable[[Call], httpx.Response | None]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        path, _, query = request.url.raw_path.decode().partition("?")
        name = f"{request.method} {path}"
        await self.fuse.reach(name)
        parsed = json.loads(body) if body else None
        call = Call(anyio.current_time(), name, path, unquote(query), parsed)
        self.calls.append(call)
        response = self.stunt(call) or await self.vendors.handle_async_request(request)
        await self.fuse.reach(f"answer to {name}")
        return response


@dataclass(slots=True)
class Audience:
    """Keeps what people are shown."""

    views: list[ProgressView] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def show(self, view: ProgressView) -> None:
        self.views.append(view)

    def say(self, message: str) -> None:
        self.said.append(message)


class Port:
    """A port that passes everything on, but what a test replaces."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class StageClock:
    """The engine's clock: a fixed start, and what the event loop's clock adds."""

    def __init__(self) -> None:
        self.start = START
        self._began = anyio.current_time()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=anyio.current_time() - self._began)

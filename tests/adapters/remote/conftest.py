from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import anyio
import pytest
from tests.adapters.remote.scripted import ScriptedService

from campaignd.engine.progress import ProgressView
from campaignd.sandbox.server import serve


@dataclass
class Watching:
    """An observer that remembers, and says when it was shown or told something."""

    said: list[str] = field(default_factory=list)
    shown: list[ProgressView] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._news = anyio.Event()

    def show(self, view: ProgressView) -> None:
        self.shown.append(view)
        self._ring()

    def say(self, message: str) -> None:
        self.said.append(message)
        self._ring()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with anyio.fail_after(10):
            while not is_so():
                await self._news.wait()

    def _ring(self) -> None:
        self._news.set()
        self._news = anyio.Event()


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
async def service() -> AsyncIterator[ScriptedService]:
    """A scripted service on a port."""
    scripted = ScriptedService()
    async with anyio.create_task_group() as tasks:
        port = await tasks.start(serve, scripted)
        scripted.url = f"http://127.0.0.1:{port}"
        yield scripted
        tasks.cancel_scope.cancel()

"""The API of a service in virtual time, on a sandbox: executions are over at once."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import TaskGroup
from fastapi import FastAPI
from tests.engine.conftest import (  # noqa: F401  # fixtures
    anyio_backend,
    lent_database,
    open_stage,
    template,
)
from tests.engine.stage import Stage
from tests.wiring.service.conftest import Night, NothingKept

from campaignd.adapters.campaign_files.folder import Folder, read_folder
from campaignd.core.tokens import ID_BYTES, SECRET_BYTES, Scope, Token, make_credential
from campaignd.web.app import build_app
from campaignd.web.desk import Desk
from campaignd.web.guard import Rate, Rules, guard
from campaignd.web.options import WebOptions
from campaignd.web.presence import Closing
from campaignd.web.streams import Studio
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.desk.assembly import Staff, make_desk
from campaignd.wiring.service.desk.lookout import Lookout
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station

OWNER = "serve 1"
AT_WILL = Rate(timedelta(microseconds=1), 10_000)
RULES = Rules(by_token=AT_WILL, by_address=AT_WILL, by_failure=AT_WILL)
OPTIONS = WebOptions(version="1.2.3")
API = "/api/v1"


class House:
    """A service with its API, and callers with tokens."""

    def __init__(self, night: Night, station: Station, tasks: TaskGroup) -> None:
        self.stage = night.stage
        self.station = station
        self.shelf = night.shelf
        self.crew = Crew(station, tasks)
        self.lookout = Lookout(station.storage.browsing.marks)
        staff = Staff(station, self.shelf, self.crew, self.lookout, Mute(), Mute())
        self.app = furnish(make_desk(staff))
        self._guarded = guard(self.app, RULES, station.storage.tokens, station.now)

    async def caller(self, *scopes: Scope, campaigns: tuple[str, ...] = ()) -> httpx.AsyncClient:
        """Make a token and a client that carries it."""
        credential = make_credential(secrets.token_bytes(ID_BYTES + SECRET_BYTES))
        token = Token(
            id=credential.id,
            name=credential.id,
            digest=credential.digest,
            scopes=frozenset(scopes),
            campaigns=campaigns,
            created_at=self.station.now(),
        )
        assert await self.station.storage.tokens.create(token)
        return self.client({"Authorization": f"Bearer {credential.text}"})

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self._guarded, raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport, base_url=f"http://127.0.0.1{API}/", headers=headers
        )


@cache
def one_app() -> FastAPI:
    """Build an application for all tests: FastAPI takes its time to look at routes."""
    return build_app(None, OPTIONS)  # type: ignore[arg-type]  # there comes one with each test


def furnish(desk: Desk) -> FastAPI:
    state = one_app().state
    state.desk, state.closing = desk, Closing()
    state.studio = Studio(OPTIONS, state.closing)
    return one_app()


class Mute:
    """Neither bell nor gauge."""

    def is_right(self, _secret: str) -> bool:
        return False

    async def ring(self, _run_id: str) -> None: ...

    async def render(self) -> tuple[bytes, str]:
        return b"", "text/plain"


OpenHouse = Callable[..., Any]


@pytest.fixture
def house(open_stage: Callable[..., Stage], tmp_path: Path) -> OpenHouse:  # noqa: F811  # a fixture
    """Open a service with campaigns: `async with house(write_campaign()) as service:`."""

    @asynccontextmanager
    async def open_house(
        *texts: str, scenario: Mapping[str, Any] | None = None, **changes: Any
    ) -> AsyncIterator[House]:
        stage = open_stage(**(scenario or {}))
        for number, text in enumerate(texts):
            (tmp_path / f"campaign{number}.yaml").write_text(text)
        shelf = Shelf(read_folder(Folder(tmp_path)), NothingKept())  # type: ignore[arg-type]
        night = Night(stage, shelf, living={OWNER}, **changes)
        async with stage.process() as process, anyio.create_task_group() as tasks:
            service = House(night, night._station(process, OWNER), tasks)
            tasks.start_soon(process.poller.run)
            tasks.start_soon(service.lookout.run)
            yield service
            tasks.cancel_scope.cancel()

    return open_house

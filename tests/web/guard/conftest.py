"""A small application behind the guard, and who asks it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Request
from httpx import ASGITransport
from pydantic import BaseModel

from campaignd.core.tokens import Caller, Credential, Scope, Token, make_credential
from campaignd.web.asking import asking
from campaignd.web.guard import Rules, guard
from campaignd.web.problems import install_problem_handlers

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until a test moves it."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def forward(self, **time: float) -> None:
        self.time += timedelta(**time)


@dataclass
class Ring:
    """Keys in memory, that count how often they are looked for."""

    tokens: dict[str, Token] = field(default_factory=dict)
    sought: int = 0

    async def find(self, token: str, /) -> Token | None:
        self.sought += 1
        return self.tokens.get(token)

    async def any(self) -> bool:
        return bool(self.tokens)

    def add(self, name: str = "ci", scope: Scope = Scope.READ, **changes: Any) -> Credential:
        made = make_credential(bytes([len(self.tokens) + 1]) * 42)
        token = Token(made.id, name, made.digest, frozenset({scope}), (), NOW)
        self.tokens[made.id] = replace(token, **changes)
        return made


class Order(BaseModel):
    campaign: str


def small_app() -> FastAPI:
    app = FastAPI(openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None)
    install_problem_handlers(app)

    @app.get("/healthz")
    @app.get("/hooks/coval/secret")
    async def say_state(request: Request) -> dict[str, Any]:
        return {"known": "caller" in request.scope.get("state", {})}

    @app.get("/api/v1/who")
    async def who(request: Request, caller: Annotated[Caller, asking(Scope.READ)]) -> Any:
        peer = request.client.host if request.client else None
        return {"name": caller.name, "peer": peer, "scheme": request.url.scheme}

    @app.put("/api/v1/baseline")
    async def change(caller: Annotated[Caller, asking(Scope.ADMIN)]) -> str:
        return caller.name

    @app.post("/api/v1/executions")
    @app.post("/api/v1/executions/{execution}/judge")
    @app.post("/api/v1/small")
    async def take(order: Order) -> int:
        return len(order.campaign)

    @app.post("/api/v1/raw")
    async def count(request: Request) -> int:
        return len(await request.body())

    return app


@dataclass
class Stand:
    """The guarded application: `await stand.get("/api/v1/who", token=credential)`."""

    keys: Ring = field(default_factory=Ring)
    clock: Clock = field(default_factory=Clock)
    rules: Rules = field(default_factory=lambda: Rules(hosts=frozenset({"qa.example.com"})))
    peer: str = "127.0.0.1"
    origin: str = "http://127.0.0.1:8321"
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    app: Any = None

    async def get(self, path: str = "/api/v1/who", **details: Any) -> httpx.Response:
        return await self.ask("GET", path, **details)

    async def ask(
        self, method: str, path: str, token: Credential | str | None = None, **details: Any
    ) -> httpx.Response:
        """Ask as the stand's peer; `headers` may be a mapping or a list with repetitions."""
        if self.app is None:
            self.app = guard(small_app(), self.rules, self.keys, self.clock.now)
        headers = details.pop("headers", [])
        pairs = [*headers.items()] if isinstance(headers, Mapping) else [*headers]
        if token is not None:
            text = token.text if isinstance(token, Credential) else token
            pairs.append(("Authorization", f"Bearer {text}"))
        transport = ASGITransport(app=self.app, client=(self.peer, 50123))
        async with httpx.AsyncClient(transport=transport, base_url=self.origin) as client:
            return await client.request(method, path, headers=pairs, **details)


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def chunks() -> Callable[[int, int], AsyncIterator[bytes]]:
    """A body without a length: `chunks(count, size)`."""

    async def send(count: int, size: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * size

    return send

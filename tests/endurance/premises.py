"""What the service works with: vendors and receivers of webhooks behind real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from campaignd.sandbox.server import ResettableProtocol, configure


@dataclass(slots=True)
class Served:
    """An application behind a port, and who is connected to it."""

    port: int = 0
    state: ServerState = field(default_factory=ServerState)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        return len(self.state.connections)


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[Served]:
    """Serve without uvicorn's own loop, which looks around ten times a second."""
    config = configure(app)
    config.load()
    served = Served()
    server = await asyncio.get_running_loop().create_server(
        lambda: ResettableProtocol(config, served.state, {}), "127.0.0.1", 0
    )
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for connection in list(served.state.connections):
            connection.transport.abort()


def receivers() -> Starlette:
    """Take webhooks: one receiver always, one two of three times."""
    calls = count(1)

    async def steady(_: Request) -> Response:
        return PlainTextResponse("thanks")

    async def shaky(_: Request) -> Response:
        return PlainTextResponse("later", 200 if next(calls) % 3 else 503)

    return Starlette(
        routes=[
            Route("/steady", steady, methods=["POST"]),
            Route("/shaky", shaky, methods=["POST"]),
        ]
    )

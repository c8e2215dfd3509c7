"""A scripted service that commands meet over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager

from anyio.from_thread import BlockingPortal
from tests.adapters.remote.scripted import ScriptedService
from tests.cli.conftest import Home

from campaignd.sandbox.server import serve

TOKEN = f"cd_{'a' * 16}_{'b' * 52}"


@contextmanager
def scripted_service(portal: BlockingPortal, home: Home) -> Iterator[ScriptedService]:
    """Serve one within the block, and point the home's settings at it."""
    scripted = portal.call(ScriptedService)
    task, port = portal.start_task(serve, scripted)
    scripted.url = f"http://127.0.0.1:{port}"
    home.environment |= {"CAMPAIGND_URL": scripted.url, "CAMPAIGND_TOKEN": TOKEN}
    try:
        yield scripted
    finally:
        task.cancel()

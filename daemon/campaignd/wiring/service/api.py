"""The API of the service: its desk, behind its guard, at its address."""

from importlib.metadata import version
from socket import socket

from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus

from campaignd.web.app import build_app
from campaignd.web.guard import guard
from campaignd.web.journal import Journal
from campaignd.web.options import WebOptions
from campaignd.web.server import serve
from campaignd.wiring.service.desk.assembly import Staff, make_desk
from campaignd.wiring.service.guarding import make_rules


async def serve_api(
    staff: Staff, listener: socket, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED
) -> None:
    """Answer whoever asks, until cancelled."""
    app = build_app(make_desk(staff), WebOptions(version=version("campaignd")))
    station = staff.station
    guarded = guard(Journal(app), make_rules(station.settings), station.storage.tokens)
    await serve(guarded, listener, app.state.closing.close, task_status=task_status)

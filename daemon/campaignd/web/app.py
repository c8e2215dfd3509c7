"""The application: all routes, and what becomes of whatever goes wrong in them."""

from functools import partial

from fastapi import FastAPI

from campaignd.web.answers import write_schema
from campaignd.web.desk import Desk
from campaignd.web.faults import install_fault_handlers
from campaignd.web.options import WebOptions
from campaignd.web.presence import Closing
from campaignd.web.problems import install_problem_handlers
from campaignd.web.routes import (
    campaigns,
    comparisons,
    deliveries,
    executions,
    health,
    hooks,
    orders,
    watching,
)
from campaignd.web.streams import Studio

API = "/api/v1"
_DESCRIPTION = (
    "Runs regression test campaigns for AI agents. Failures are problem documents (RFC 9457)."
)


def build_app(desk: Desk, options: WebOptions) -> FastAPI:
    """Build the API of a service; `app.state.closing` ends what waits when the service stops."""
    app = FastAPI(
        title="campaignd",
        version=options.version,
        description=_DESCRIPTION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.closing = Closing()
    app.state.studio = Studio(options, app.state.closing)
    for part in (campaigns, orders, executions, comparisons, deliveries):
        app.include_router(part.router, prefix=API)
    for part in (health, hooks, watching):
        app.include_router(part.router)
    install_problem_handlers(app)
    install_fault_handlers(app)
    app.openapi = partial(write_schema, app)  # type: ignore[method-assign]  # as FastAPI documents it
    return app

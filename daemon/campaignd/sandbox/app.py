"""The sandbox as an ASGI application: Coval under `/v1`, Cotool under `/api`."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import anyio
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from campaignd.sandbox.calls import Call
from campaignd.sandbox.cotool import BadRequest, Cotool, NoSuchAgent
from campaignd.sandbox.coval_residents import CovalResidents
from campaignd.sandbox.coval_runs import CovalRuns
from campaignd.sandbox.coval_simulations import CovalSimulations
from campaignd.sandbox.edge import Faults, Now, Sleep, Stamps
from campaignd.sandbox.faults import FaultBook
from campaignd.sandbox.refusals import Objection, Refused, envelope
from campaignd.sandbox.world import World

_NOT_SERVED = "The sandbox does not serve this path"
Handler = Callable[[Call], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    world: World, *, clock: Callable[[], datetime], sleep: Sleep = anyio.sleep
) -> Starlette:
    """Put HTTP around a world. Resets need a server that offers `campaignd.abort`, or httpx."""

    def now() -> datetime:
        return world.server_time(clock())

    scenario = world.scenario
    book = FaultBook(scenario.faults, scenario.rate_limit, scenario.seed)
    app = Starlette(
        routes=[*_coval_routes(world, now), *_cotool_routes(world, now)],
        middleware=[
            Middleware(Stamps, now=now, seed=scenario.seed),
            Middleware(Faults, book=book, now=now, sleep=sleep),
        ],
        exception_handlers={HTTPException: _no_such_path},
    )
    app.router.redirect_slashes = False
    return app


def _coval_routes(world: World, now: Now) -> list[Route]:
    runs, simulations, residents = CovalRuns(world), CovalSimulations(world), CovalResidents(world)
    handlers: list[tuple[str, str, Handler]] = [
        ("POST", "/runs", runs.launch_run),
        ("GET", "/runs", runs.list_runs),
        ("GET", "/runs/tags", runs.list_tags),
        ("GET", "/runs/{run_id}", runs.read_run),
        ("PATCH", "/runs/{run_id}", runs.tag_run),
        ("DELETE", "/runs/{run_id}", runs.end_run),
        ("GET", "/simulations", simulations.list_simulations),
        ("GET", "/simulations/{simulation_id}", simulations.read_simulation),
        ("GET", "/simulations/{simulation_id}/metrics", simulations.list_outputs),
        (
            "GET",
            "/simulations/{simulation_id}/metrics/{metric_output_id}",
            simulations.read_output,
        ),
        ("POST", "/metrics/outputs:batchGet", simulations.batch_get),
        ("GET", "/agents", residents.list_agents),
        ("GET", "/agents/{agent_id}", residents.read_agent),
        ("GET", "/agents/{agent_id}/mutations", residents.list_mutations),
        ("GET", "/agents/{agent_id}/mutations/{mutation_id}", residents.read_mutation),
        ("GET", "/personas", residents.list_personas),
        ("GET", "/personas/{persona_id}", residents.read_persona),
        ("GET", "/test-sets", residents.list_test_sets),
        ("GET", "/test-sets/{test_set_id}", residents.read_test_set),
        ("GET", "/test-cases", residents.list_test_cases),
        ("GET", "/test-cases/{test_case_id}", residents.read_test_case),
        ("GET", "/metrics", residents.list_metrics),
        ("GET", "/metrics/{metric_id}", residents.read_metric),
    ]
    key = world.scenario.api_keys.coval
    return [
        Route("/v1" + path, _coval_endpoint(handler, key, now), methods=[method])
        for method, path, handler in handlers
    ]


def _cotool_routes(world: World, now: Now) -> list[Route]:
    cotool = Cotool(world)
    handlers: list[tuple[str, Handler]] = [
        ("/agent-runs", cotool.list_runs),
        ("/agents", cotool.list_agents),
        ("/agents/{agent_id}", cotool.read_agent),
    ]
    key = world.scenario.api_keys.cotool
    return [
        Route("/api" + path, _cotool_endpoint(handler, key, now), methods=["GET"])
        for path, handler in handlers
    ]


def _coval_endpoint(handler: Handler, key: SecretStr | None, now: Now) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        shown = request.headers.get("x-api-key", "")
        if not shown:
            return JSONResponse({"message": "Missing API Key"}, 401)
        if not _fits(key, shown):
            objection = Objection("X-API-Key", "The API key is not valid")
            return JSONResponse(envelope(401, "Invalid or missing API key", objection), 401)
        try:
            return JSONResponse(handler(await _call(request, now)))
        except Refused as refused:
            body = envelope(refused.status, refused.message, *refused.objections)
            return JSONResponse(body, refused.status)

    return endpoint


def _cotool_endpoint(handler: Handler, key: SecretStr | None, now: Now) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not shown or not _fits(key, shown):
            return PlainTextResponse("Unauthorized", 401)
        try:
            return JSONResponse(handler(await _call(request, now)))
        except BadRequest as refused:
            return PlainTextResponse(str(refused), 400)
        except NoSuchAgent as refused:
            return PlainTextResponse(str(refused), 404)

    return endpoint


def _fits(key: SecretStr | None, shown: str) -> bool:
    return key is None or hmac.compare_digest(key.get_secret_value().encode(), shown.encode())


async def _call(request: Request, now: Now) -> Call:
    names = set(request.query_params)
    query = {name: request.query_params.getlist(name) for name in names}
    return Call(now(), request.path_params, query, await request.body())


async def _no_such_path(request: Request, _error: Exception) -> Response:
    if not request.url.path.startswith("/v1"):
        return PlainTextResponse(_NOT_SERVED, 404)
    if "x-api-key" not in request.headers:
        return JSONResponse({"message": "Forbidden"}, 403)
    return JSONResponse(envelope(404, _NOT_SERVED), 404)

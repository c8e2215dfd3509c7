"""Whether the service lives, and whether it can work."""

from fastapi import APIRouter

from campaignd.web import refusals
from campaignd.web.answers import open_problems
from campaignd.web.desk import TheDesk
from campaignd.web.models.health import HealthReport

router = APIRouter(tags=["health"], responses=open_problems())


@router.get("/healthz")
async def tell_life() -> HealthReport:
    """Answer as long as the service lives."""
    return HealthReport(status="ok")


@router.get("/readyz")
async def tell_readiness(desk: TheDesk) -> HealthReport:
    """Answer 200 if the service can work, else 503. Broken campaigns do not count."""
    why_not = await desk.health.why_not_ready()
    if why_not is not None:
        raise refusals.not_ready(why_not)
    return HealthReport(status="ready")

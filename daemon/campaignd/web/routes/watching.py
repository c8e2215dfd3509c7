"""Metrics, for those who watch the service."""

from fastapi import APIRouter, Response

from campaignd.web import refusals
from campaignd.web.answers import problems
from campaignd.web.callers import Reader
from campaignd.web.desk import TheDesk

router = APIRouter(tags=["watching"], responses=problems())


@router.get("/metrics", response_class=Response)
async def measure(caller: Reader, desk: TheDesk) -> Response:
    """Return all metrics as Prometheus reads them. They tell of every campaign."""
    if caller.is_limited:
        raise refusals.limited_token(caller.name)
    page, media_type = await desk.gauges.render()
    return Response(page, headers={"Content-Type": media_type})

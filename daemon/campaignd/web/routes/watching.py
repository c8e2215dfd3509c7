"""Metrics, for those who watch the service."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from campaignd.web.answers import problems
from campaignd.web.callers import Reader
from campaignd.web.desk import TheDesk
from campaignd.web.problems import Problem

router = APIRouter(tags=["watching"], responses=problems())


@router.get("/metrics", response_class=Response)
async def measure(caller: Reader, desk: TheDesk) -> Response:
    """Return all metrics as Prometheus reads them. They tell of every campaign."""
    if caller.is_limited:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Not this token",
            f"metrics tell of all campaigns, and the token {caller.name!r} is limited to some; "
            "make one without --campaign for whoever reads metrics",
            "/problems/limited-token",
        )
    page, media_type = await desk.gauges.render()
    return Response(page, headers={"Content-Type": media_type})

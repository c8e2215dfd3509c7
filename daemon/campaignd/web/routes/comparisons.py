"""Two executions side by side."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from campaignd.web.answers import problems
from campaignd.web.callers import Reader, find_execution
from campaignd.web.desk import TheDesk
from campaignd.web.models.comparisons import Comparison

router = APIRouter(tags=["comparisons"])


@router.get("/compare", responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
async def compare(
    a: Annotated[str, Query(description="The execution to compare with.")],
    b: Annotated[str, Query(description="The execution that is looked at.")],
    caller: Reader,
    desk: TheDesk,
) -> Comparison:
    """Compare two executions, metric by metric and test case by test case."""
    base, new = [await find_execution(desk, caller, each) for each in (a, b)]
    return await desk.executions.compare(base, new)

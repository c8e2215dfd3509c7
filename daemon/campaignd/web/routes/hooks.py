"""What vendors call."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from campaignd.web.answers import open_problems, problems
from campaignd.web.desk import TheDesk

router = APIRouter(tags=["hooks"], responses=open_problems())


class JobComplete(BaseModel):
    """What counts of Coval's call; the rest is not read, and nothing of it is believed."""

    run_id: str = Field(max_length=100)


@router.post(
    "/hooks/coval/{secret}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(HTTPStatus.NOT_FOUND),
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    },
)
async def hear_coval(
    secret: Annotated[str, Path(description="CAMPAIGND_HOOKS__COVAL_SECRET.")],
    request: Request,
    desk: TheDesk,
) -> None:
    """Hear from Coval that a run has ended, and look at it soon.

    It is a hint: what it says is read from Coval again. Unknown runs are answered alike.
    """
    if not desk.bell.is_right(secret):
        # As any path is answered that does not exist: nobody learns whether there are hooks.
        raise HTTPException(HTTPStatus.NOT_FOUND)
    run_id = _run_in(await request.body())
    if run_id is not None:
        await desk.bell.ring(run_id)


def _run_in(body: bytes) -> str | None:
    try:
        return JobComplete.model_validate_json(body).run_id
    except ValidationError:
        return None

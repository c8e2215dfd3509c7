"""Webhook messages: what became of them, and sending them again."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from campaignd.web import refusals
from campaignd.web.answers import problems
from campaignd.web.callers import Admin, Reader
from campaignd.web.desk import TheDesk
from campaignd.web.models.deliveries import DeliveryList

router = APIRouter(tags=["deliveries"])


@router.get("/deliveries", responses=problems())
async def list_deliveries(
    caller: Reader,
    desk: TheDesk,
    limit: Annotated[int, Query(ge=1, le=200, description="At most so many.")] = 50,
) -> DeliveryList:
    """List webhook messages: what is not delivered, then the newest."""
    return DeliveryList(deliveries=tuple(await desk.deliveries.list(caller.sees, limit)))


@router.post(
    "/deliveries/{delivery}/retry",
    status_code=202,
    responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
async def retry_delivery(
    delivery: Annotated[str, Path(description="A message's id.")], caller: Admin, desk: TheDesk
) -> DeliveryList:
    """Send a message again, with what was held back at its address; answer with all of them."""
    found = await desk.deliveries.find(delivery)
    if found is None or not caller.sees(found.campaign):
        raise refusals.no_such_delivery(delivery)
    return DeliveryList(deliveries=tuple(await desk.deliveries.retry(found.id)))

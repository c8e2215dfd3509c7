"""The campaigns of the service, their baselines and schedules."""

from http import HTTPStatus

from fastapi import APIRouter

from campaignd.web import refusals
from campaignd.web.answers import problems
from campaignd.web.callers import Admin, CampaignName, Reader, check_campaign, find_execution
from campaignd.web.desk import TheDesk
from campaignd.web.models.campaigns import (
    BaselineList,
    CampaignDetail,
    CampaignList,
    ScheduleState,
)
from campaignd.web.models.orders import BaselineBody

router = APIRouter(tags=["campaigns"])


@router.get("/campaigns", responses=problems())
async def list_campaigns(caller: Reader, desk: TheDesk) -> CampaignList:
    """List the campaigns of the service's folder, and the files that are broken."""
    broken = () if caller.is_limited else desk.campaigns.broken()
    return CampaignList(
        campaigns=tuple(await desk.campaigns.list(caller.sees)), broken=tuple(broken)
    )


@router.get("/campaigns/{name}", responses=problems(HTTPStatus.NOT_FOUND))
async def read_campaign(name: CampaignName, caller: Reader, desk: TheDesk) -> CampaignDetail:
    """Show a campaign with its inputs, schedule, baselines and last executions."""
    check_campaign(desk, caller, name)
    return await desk.campaigns.find(name)


@router.put(
    "/campaigns/{name}/baseline", responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
)
async def set_baseline(
    name: CampaignName, body: BaselineBody, caller: Admin, desk: TheDesk
) -> BaselineList:
    """Choose the execution that a campaign is compared with, or leave it to the campaign."""
    known = [each for each in await desk.campaigns.names() if caller.sees(each)]
    if name not in known:
        raise refusals.no_such_campaign(name, known)
    if body.execution is None:
        found = await desk.campaigns.unpin(name)
    else:
        execution = await find_execution(desk, caller, body.execution)
        found = await desk.campaigns.pin(name, execution)
    return BaselineList(campaign=name, baselines=tuple(found))


@router.post(
    "/campaigns/{name}/schedule/pause",
    responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
async def pause_schedule(name: CampaignName, caller: Admin, desk: TheDesk) -> ScheduleState:
    """Let a campaign's moments pass; executions that are going go on."""
    check_campaign(desk, caller, name)
    return await desk.campaigns.pause(name)


@router.post(
    "/campaigns/{name}/schedule/resume",
    responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
async def resume_schedule(name: CampaignName, caller: Admin, desk: TheDesk) -> ScheduleState:
    """Keep a campaign's moments from now on; what passed meanwhile is not caught up."""
    check_campaign(desk, caller, name)
    return await desk.campaigns.resume(name)

"""Who asks, and for what: the dependencies that routes share."""

from typing import Annotated, Any

from fastapi import Depends, Path

from campaignd.core.tokens import Caller, Scope
from campaignd.core.ulid import is_ulid
from campaignd.web import refusals
from campaignd.web.asking import asking
from campaignd.web.desk import Desk, TheDesk

Reader = Annotated[Caller, asking(Scope.READ)]
Trigger = Annotated[Caller, asking(Scope.TRIGGER)]
Submitter = Annotated[Caller, asking(Scope.SUBMIT)]
Admin = Annotated[Caller, asking(Scope.ADMIN)]
CampaignName = Annotated[str, Path(description="A campaign's name.", examples=["checkout-nightly"])]


def _known_execution(scope: Scope) -> Any:
    async def find(
        execution: Annotated[str, Path(description="An execution's id, in full.")],
        desk: TheDesk,
        caller: Annotated[Caller, asking(scope)],
    ) -> str:
        return await find_execution(desk, caller, execution)

    return Depends(find)


ReadExecution = Annotated[str, _known_execution(Scope.READ)]
"""The id of an execution that a reader may see."""
TriggeredExecution = Annotated[str, _known_execution(Scope.TRIGGER)]


def check_campaign(desk: Desk, caller: Caller, name: str) -> None:
    """Raise a 404 problem if the service has no such campaign that the caller may see."""
    known = [each for each in desk.campaigns.known() if caller.sees(each)]
    if name not in known:
        raise refusals.no_such_campaign(name, known)


async def find_execution(desk: Desk, caller: Caller, execution: str) -> str:
    """Return an id as it is stored. What a caller may not see is not there: a 404 problem."""
    wanted = execution.upper()
    campaign = await desk.executions.campaign_of(wanted) if is_ulid(execution) else None
    if campaign is None or not caller.sees(campaign):
        raise refusals.no_such_execution(execution)
    return wanted

"""Who may go on with an execution."""

from collections.abc import Awaitable, Callable

import pytest
from tests.engine.stage import Stage
from tests.engine.surroundings import Audience

from campaignd.core.campaign import Campaign
from campaignd.engine.claim import Claim
from campaignd.engine.daemon import Daemon
from campaignd.engine.faults import OwnershipLost

Work = Callable[[Daemon, Campaign, str], Awaitable[None]]
WORKS: dict[str, Work] = {
    "drive": lambda daemon, campaign, execution: daemon.drive(
        campaign, execution, Audience(), taken_over=True
    ),
    "settle": lambda daemon, campaign, execution: daemon.settle(campaign, execution, Audience()),
    "interrupt": lambda daemon, campaign, execution: daemon.interrupt(campaign, execution),
}


@pytest.mark.parametrize("work", [pytest.param(work, id=name) for name, work in WORKS.items()])
async def test_who_lost_an_execution_before_its_first_look_does_nothing(
    stage: Stage, work: Work
) -> None:
    execution = await stage.create()
    campaign = stage.campaigns[execution].campaign
    await stage.take_over(execution)
    stored, log = await stage.load(execution), await stage.history.events(execution)
    async with stage.process() as process:
        daemon = Daemon(process.tools_of(stage.campaigns[""]), process.poller, "the first process")
        with pytest.raises(OwnershipLost):
            await work(daemon, campaign, execution)
    assert (await stage.load(execution), await stage.history.events(execution)) == (stored, log)
    assert stage.calls == []


async def test_an_execution_is_ours_until_somebody_takes_it_over(stage: Stage) -> None:
    execution = await stage.create()
    claim = Claim(stage.executions, execution, "the first process")
    assert await claim.load() == await claim.load()
    await stage.take_over(execution)
    with pytest.raises(OwnershipLost, match=execution):
        await claim.load()

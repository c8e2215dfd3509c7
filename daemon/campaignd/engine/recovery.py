"""Taking over an execution that its process left behind."""

from dataclasses import replace

from campaignd.core.campaign import Campaign
from campaignd.core.coval import RunQuery
from campaignd.core.execution import Launch, tag_of
from campaignd.core.following import is_run_of
from campaignd.core.states import LaunchState
from campaignd.engine.launcher import Launcher
from campaignd.engine.records import Stored
from campaignd.engine.tools import Tools

_UNBOUND = frozenset({LaunchState.PLANNED, LaunchState.SENDING, LaunchState.UNRESOLVED})


async def recover(tools: Tools, campaign: Campaign, stored: Stored) -> None:
    """List the execution's tag and adopt what is there, whatever the rows say.

    So a database restored from an older backup pays for nothing twice. What is not found and
    may have been sent is doubted from now on, because its old sender may have sent until now.
    """
    launcher = Launcher(tools, campaign)
    unbound = [launch for launch in stored.launches if launch.state in _UNBOUND]
    if not unbound:
        return
    runs = await tools.vendors.coval.list_runs(RunQuery(tag=tag_of(stored.execution.id)))
    for launch in unbound:
        doubted = await _doubt(tools, stored, launch)
        found = [run for run in runs if is_run_of(launch.key, run)]
        if found:
            await launcher.adopt(stored.execution, doubted, found)


async def _doubt(tools: Tools, stored: Stored, launch: Launch) -> Launch:
    if launch.state is LaunchState.PLANNED:
        return launch
    now = tools.clock.now()
    doubted = replace(launch, state=LaunchState.UNRESOLVED, quiet_from=now)
    await tools.store.launches.move(
        stored.execution, launch, doubted, now, "taken over: its sender is gone"
    )
    return doubted

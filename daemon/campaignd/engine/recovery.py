"""Taking over an execution that its process left behind."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from campaignd.core.campaign import Campaign
from campaignd.core.coval import Run
from campaignd.core.decide import latest_attempts
from campaignd.core.execution import Launch, launch_key
from campaignd.core.following import runs_of, shown_key
from campaignd.core.states import LaunchState
from campaignd.engine.claim import Claim
from campaignd.engine.launcher import Launcher
from campaignd.engine.lookup import list_candidates, reveal
from campaignd.engine.records import Stored
from campaignd.engine.tools import Tools

_UNBOUND = frozenset({LaunchState.PLANNED, LaunchState.SENDING, LaunchState.UNRESOLVED})


async def recover(tools: Tools, campaign: Campaign, claim: Claim) -> None:
    """List the execution's runs and adopt what is there, whatever the rows say.

    So a database restored from an older backup pays for nothing twice. What is not found and
    may have been sent is doubted from now on, because its old sender may have sent until now.
    Second runs of a launch are recorded to be ended. Raises VendorFault to try again.
    """
    stored = await claim.load()
    listed = await list_candidates(tools.vendors.coval, stored.execution)
    runs = await reveal(tools.vendors.coval, listed, stored.launches)
    await _add_attempts(tools, stored, {shown_key(run) for run in runs})
    stored = await claim.load()
    launcher = Launcher(tools, campaign)
    for launch in stored.launches:
        found = runs_of(launch, runs)
        if launch.state in _UNBOUND:
            await _adopt(tools, launcher, stored, launch, found)
            continue
        for run in found:
            if run.run_id != launch.run_id:
                await launcher.drop_duplicate(stored.execution, launch, run)


async def _add_attempts(tools: Tools, stored: Stored, keys: Collection[str]) -> None:
    """Add the attempts that a restored database does not know of, but Coval does."""
    execution, now = stored.execution, tools.clock.now()
    for latest in latest_attempts(stored.launches):
        launch = latest
        while launch_key(execution.id, launch.cell.number, launch.attempt + 1) in keys:
            await tools.store.launches.add_attempt(execution, launch, now)
            launch = replace(launch, attempt=launch.attempt + 1)


async def _adopt(
    tools: Tools, launcher: Launcher, stored: Stored, launch: Launch, found: Sequence[Run]
) -> None:
    doubted = await _doubt(tools, stored, launch)
    if found:
        await launcher.adopt(stored.execution, doubted, found)


async def _doubt(tools: Tools, stored: Stored, launch: Launch) -> Launch:
    if launch.state is LaunchState.PLANNED:
        return launch
    now = tools.clock.now()
    # Its sender may live on without knowing that it lost the execution.
    quiet_from = max(launch.quiet_from or now, now)
    doubted = replace(launch, state=LaunchState.UNRESOLVED, quiet_from=quiet_from)
    await tools.store.launches.move(
        stored.execution, launch, doubted, now, "taken over: its sender is gone"
    )
    return doubted

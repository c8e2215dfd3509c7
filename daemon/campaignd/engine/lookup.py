"""Finds the runs of an execution, also where Coval's tag filter or its list items fail us."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaignd.core.coval import Run, RunQuery
from campaignd.core.execution import Execution, Launch, tag_of
from campaignd.core.following import may_be_run_of, runs_of
from campaignd.engine.faults import AccessRefused, KeyRefused, RemoteRejected
from campaignd.engine.ports import CovalRuns

OVERLAP = timedelta(minutes=5)
"""How much earlier than a moment of ours a list begins: clocks differ."""


async def list_tagged(coval: CovalRuns, execution: str) -> Sequence[Run]:
    """List by the execution's tag; nothing where Coval refuses that filter."""
    try:
        return await coval.list_runs(RunQuery(tag=tag_of(execution)))
    except (KeyRefused, AccessRefused):
        raise
    except RemoteRejected:
        return ()


async def search(coval: CovalRuns, execution: Execution, launch: Launch) -> Sequence[Run]:
    """Find a launch's runs by the execution's tag, else by agent, test set and time.

    The key is matched locally. The one to keep comes first.
    """
    tagged = await reveal(coval, await list_tagged(coval, execution.id), (launch,))
    found = runs_of(launch, tagged)
    if found:
        return found
    cell = launch.cell
    query = RunQuery(
        agent_id=cell.agent_id,
        test_set_id=cell.test_set_id,
        # From the beginning: the run may be of an intent before the latest.
        created_since=_since(coval, execution.created_at),
    )
    return runs_of(launch, await reveal(coval, await coval.list_runs(query), (launch,)))


async def list_since(coval: CovalRuns, moment: datetime) -> Sequence[Run]:
    """List what was created since a moment of ours, or a bit earlier."""
    return await coval.list_runs(RunQuery(created_since=_since(coval, moment)))


async def list_candidates(coval: CovalRuns, execution: Execution) -> Sequence[Run]:
    """List by tag, or by creation time where that finds nothing: then others' runs are among them.

    So that a filter that fails is not taken for an execution that has no runs.
    """
    tagged = await list_tagged(coval, execution.id)
    return tagged or await list_since(coval, execution.created_at)


async def reveal(
    coval: CovalRuns, runs: Sequence[Run], launches: Sequence[Launch]
) -> Sequence[Run]:
    """Read singly what shows neither key nor name and could be the run of one of the launches.

    Runs that launches have already are left out. Raises a VendorFault if one cannot be read, as
    it may be the one that is looked for.
    """
    bound = {launch.run_id for launch in launches}
    shown: list[Run] = []
    for run in runs:
        if not any(may_be_run_of(launch, run) for launch in launches):
            shown.append(run)
        elif run.run_id not in bound:
            shown.append(await coval.read_run(run.run_id))
    return shown


def _since(coval: CovalRuns, moment: datetime) -> datetime:
    """Return a moment of ours by Coval's clock, which its latest answer told, or a bit earlier."""
    return moment - OVERLAP + coval.clock_skew()

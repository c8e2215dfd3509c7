"""Lists the runs of an execution, also where Coval's tag filter does not work."""

from collections.abc import Sequence
from datetime import timedelta

from campaignd.core.coval import Run, RunQuery
from campaignd.core.execution import Execution, tag_of
from campaignd.engine.faults import AccessRefused, KeyRefused, RemoteRejected
from campaignd.engine.ports import CovalRuns

OVERLAP = timedelta(minutes=5)
"""How much earlier than a moment of ours a list begins: clocks differ."""


async def list_tagged(coval: CovalRuns, execution: Execution) -> Sequence[Run]:
    """List by the execution's tag; nothing where Coval refuses that filter."""
    try:
        return await coval.list_runs(RunQuery(tag=tag_of(execution.id)))
    except (KeyRefused, AccessRefused):
        raise
    except RemoteRejected:
        return ()


async def list_candidates(coval: CovalRuns, execution: Execution) -> Sequence[Run]:
    """List by tag, or by creation time where that finds nothing: then others' runs are among them.

    So that a filter that fails is not taken for an execution that has no runs.
    """
    tagged = await list_tagged(coval, execution)
    if tagged:
        return tagged
    since = execution.created_at - OVERLAP + coval.clock_skew()
    return await coval.list_runs(RunQuery(created_since=since))

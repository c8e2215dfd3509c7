"""What a look at a run says of its launch."""

from dataclasses import replace
from datetime import datetime

from campaignd.core.coval import WAITING, Run, RunStatus
from campaignd.core.execution import Launch
from campaignd.core.states import LaunchState


def is_run_of(launch_key: str, run: Run) -> bool:
    """Whether a run carries a launch's key, in its metadata or at the end of its name."""
    if run.launch_key is not None:
        return run.launch_key == launch_key
    return (run.display_name or "").split(" ")[-1] == launch_key


def may_be_run_of(launch: Launch, run: Run) -> bool:
    """Whether a list item that shows neither key nor name could still be the launch's run."""
    hides_key = run.launch_key is None and not run.display_name
    return (
        hides_key
        and run.agent_id in {None, launch.cell.agent_id}
        and run.persona_id in {None, launch.cell.persona_id}
        and run.test_set_id in {None, launch.cell.test_set_id}
    )


def adopt(launch: Launch, run: Run, now: datetime) -> Launch:
    """Return the launch as it is once Coval is known to have its run."""
    return replace(
        launch,
        state=LaunchState.RUNNING,
        run_id=run.run_id,
        run_status=run.status,
        launched_at=launch.sending_at or now,
        error=None,
    )


def follow(launch: Launch, run: Run, now: datetime) -> Launch:
    """Return a running launch as it is after a look at its run; unchanged if nothing moved."""
    seen = replace(launch, run_status=run.status, progress=run.progress or launch.progress)
    if _finished(seen) > _finished(launch):
        seen = replace(seen, moved_at=now)
    if seen.begun_at is None and run.status not in WAITING and run.status is not RunStatus.UNKNOWN:
        seen = replace(seen, begun_at=now)
    match run.status:
        case RunStatus.COMPLETED:
            return replace(seen, state=LaunchState.ENDED, ended_at=now)
        case RunStatus.FAILED:
            return fail(seen, run, now)
        case RunStatus.CANCELLED | RunStatus.DELETED | RunStatus.SKIPPED:
            return lose(seen, f"the run was {run.status.lower()} on Coval by somebody else", now)
        case _:
            return seen


def fail(launch: Launch, run: Run, now: datetime) -> Launch:
    """Return a launch whose run Coval ended as FAILED."""
    error = run.error or "Coval ended the run as FAILED without a reason"
    return replace(launch, state=LaunchState.FAILED, error=error, ended_at=now)


def lose(launch: Launch, error: str, now: datetime) -> Launch:
    """Return a launch that will have no results, by no fault of the agent."""
    return replace(launch, state=LaunchState.LOST, error=error, ended_at=now)


def _finished(launch: Launch) -> int:
    return launch.progress.completed + launch.progress.failed

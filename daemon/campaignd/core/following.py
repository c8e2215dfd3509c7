"""What a look at a run says of its launch."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from campaignd.core.coval import WAITING, Run, RunStatus
from campaignd.core.execution import TAG_PREFIX, Launch
from campaignd.core.states import LaunchState


def is_run_of(launch_key: str, run: Run) -> bool:
    """Whether a run carries a launch's key, in its metadata or at the end of its name."""
    return shown_key(run) == launch_key


def is_run_in(execution: str, run: Run) -> bool:
    """Whether a run is one of an execution's, by its tags or the key it carries."""
    return execution.lower() in executions_named_by(run)


def executions_named_by(run: Run) -> Sequence[str]:
    """Return what stands for an execution's id, in lower case, in a run's tags and its key."""
    tagged = [tag.removeprefix(TAG_PREFIX) for tag in run.tags or ()]
    return [*tagged, shown_key(run).rsplit("-", 2)[0]]


def runs_of(launch: Launch, runs: Iterable[Run]) -> Sequence[Run]:
    """Return the runs that carry a launch's key, the one to keep first.

    That is the one it has, else the oldest, but not one that was cancelled: a process before us
    may have ended it as the duplicate of another.
    """
    found = [run for run in runs if is_run_of(launch.key, run)]
    return sorted(found, key=lambda run: (*_rank(launch, run), run.create_time, run.run_id))


def shown_key(run: Run) -> str:
    """Return the launch key that a run carries, or whatever ends its name."""
    return run.launch_key or (run.display_name or "").split(" ")[-1]


def may_be_run_of(launch: Launch, run: Run) -> bool:
    """Whether a list item that shows neither key nor name could still be the launch's run."""
    hides_key = run.launch_key is None and not run.display_name
    return (
        hides_key
        and run.agent_id in {None, launch.cell.agent_id}
        and run.persona_id in {None, launch.cell.persona_id}
        and run.test_set_id in {None, launch.cell.test_set_id}
    )


def adopt(launch: Launch, run: Run, now: datetime, skew: timedelta) -> Launch:
    """Return the launch as it is once Coval is known to have its run.

    A launch that was never sent, as far as its row knows, was sent before the database was
    restored: when its run was made, and counted as sent. `skew` is Coval's clock minus ours.
    """
    sent_at = launch.sending_at or min(run.create_time - skew, now)
    return replace(
        launch,
        state=LaunchState.RUNNING,
        sends=max(launch.sends, 1),
        run_id=run.run_id,
        run_status=run.status,
        sending_at=sent_at,
        launched_at=sent_at,
        error=None,
    )


def follow(launch: Launch, run: Run, now: datetime) -> Launch:
    """Return a running launch as it is after a look at its run; unchanged if nothing moved."""
    seen = replace(launch, run_status=run.status, progress=run.progress or launch.progress)
    if _finished(seen) > _finished(launch):
        seen = replace(seen, moved_at=now)
    if seen.begun_at is None and _has_begun(run):
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


def _rank(launch: Launch, run: Run) -> tuple[bool, bool]:
    return run.run_id != launch.run_id, run.status in {RunStatus.CANCELLED, RunStatus.DELETED}


def _has_begun(run: Run) -> bool:
    """Whether it has, by its status; one that nobody knows says nothing, its progress may."""
    if run.status is RunStatus.UNKNOWN:
        return run.progress is not None and run.progress.completed + run.progress.failed > 0
    return run.status not in WAITING


def _finished(launch: Launch) -> int:
    return launch.progress.completed + launch.progress.failed

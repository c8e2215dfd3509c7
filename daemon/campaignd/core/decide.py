"""What to do next, decided from what is stored and the time: the only place that chooses.

The engine performs the actions, several at once, and asks again after each. An action names the
launch it is about, so that none is begun twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaignd.core.campaign import Campaign, Limits
from campaignd.core.execution import Cause, Duplicate, Execution, Launch, Patience
from campaignd.core.states import LAUNCH_ENDS, ExecutionState, LaunchState


@dataclass(frozen=True, slots=True)
class Begin:
    """Leave the queue, if nothing else holds this execution's Cotool agents."""


@dataclass(frozen=True, slots=True)
class StopAll:
    """Record that the execution is given up."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Advance:
    """Move the execution on."""

    to: ExecutionState


@dataclass(frozen=True, slots=True)
class Score:
    """Read Cotool's grades of the window, and move on once they are all there."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judge the gates on what is stored and finish with a verdict."""


@dataclass(frozen=True, slots=True)
class Conclude:
    """Finish a cancelled execution, unjudged."""


@dataclass(frozen=True, slots=True)
class Send:
    """Store the intent and POST the launch."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stored intent that nobody is sending any more: its outcome is unknown."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class Resolve:
    """Search Coval for the run of a launch whose outcome is unknown."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class Collect:
    """Store the results of a run that ended."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class Relaunch:
    """Plan another attempt of a cell whose run failed."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class Abandon:
    """Give a launch up: what was not sent is cancelled, what runs is to be ended."""

    launch: Launch
    cause: Cause


@dataclass(frozen=True, slots=True)
class Leave:
    """Give a launch up, but leave its run going on Coval."""

    launch: Launch
    cause: Cause


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not launch: Coval refuses every launch."""

    launch: Launch
    error: str


@dataclass(frozen=True, slots=True)
class End:
    """Read the run once more, then end it on Coval."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class EndDuplicate:
    """Read a second run once more, then end it on Coval: its launch has another."""

    duplicate: Duplicate


ExecutionAction = Begin | StopAll | Advance | Score | Judge | Conclude
SendingAction = Send | Doubt | Resolve | Relaunch | Refuse
EndingAction = Collect | Abandon | Leave | End
LaunchAction = SendingAction | EndingAction
Action = ExecutionAction | LaunchAction | EndDuplicate


@dataclass(frozen=True, slots=True)
class View:
    """All that a decision looks at. `halted` is why nothing may be launched, if so.

    `looked_at` is when the runs were last seen on Coval: until then, silence proves no stall.
    None is now. `duplicates` are those that may be going on.
    """

    execution: Execution
    campaign: Campaign
    launches: tuple[Launch, ...]
    patience: Patience
    halted: str | None = None
    looked_at: datetime | None = None
    duplicates: tuple[Duplicate, ...] = ()


def next_actions(view: View, now: datetime) -> tuple[Action, ...]:
    """Return everything that can be done now; nothing where only waiting helps."""
    return (*_move_on(view, now), *(EndDuplicate(duplicate) for duplicate in view.duplicates))


def next_moment(view: View, now: datetime) -> datetime | None:
    """Return when the next timeout is due, if any is ahead."""
    moments = [view.execution.deadline, *_settling_ends(view)]
    for launch in view.launches:
        moments.extend(moment for _, moment in _timeouts(launch, view.campaign.limits))
    return min((moment for moment in moments if moment > now), default=None)


def latest_attempts(launches: Iterable[Launch]) -> tuple[Launch, ...]:
    """Return the last attempt of each cell, in the order of the cells."""
    latest: dict[int, Launch] = {}
    for launch in sorted(launches, key=lambda launch: (launch.cell.number, launch.attempt)):
        latest[launch.cell.number] = launch
    return tuple(latest.values())


def _move_on(view: View, now: datetime) -> tuple[Action, ...]:
    execution = view.execution
    if execution.given_up is None and now >= execution.deadline and not _is_judged(execution):
        return (StopAll(Cause.EXECUTION_TIMEOUT),)
    match execution.state:
        case ExecutionState.QUEUED:
            return (_leave_queue(execution),)
        case ExecutionState.RUNNING:
            return _run(view, now)
        case ExecutionState.SCORING:
            return (Advance(ExecutionState.CANCELLING) if _is_cancelled(execution) else Score(),)
        case ExecutionState.JUDGING:
            return (Judge(),)
        case ExecutionState.CANCELLING:
            return _conclude(view, now) or tuple(_settle(view, now))
        case ExecutionState.FINISHED:
            return tuple(_settle(view, now))


def _is_judged(execution: Execution) -> bool:
    return execution.state in {ExecutionState.JUDGING, ExecutionState.FINISHED}


def _is_cancelled(execution: Execution) -> bool:
    return execution.given_up in {Cause.CANCELLED, Cause.INTERRUPTED}


def _leave_queue(execution: Execution) -> Action:
    if _is_cancelled(execution):
        return Advance(ExecutionState.CANCELLING)
    return Advance(ExecutionState.RUNNING) if execution.given_up else Begin()


def _run(view: View, now: datetime) -> tuple[Action, ...]:
    if _is_cancelled(view.execution):
        return (Advance(ExecutionState.CANCELLING),)
    if all(_is_done(view, launch) for launch in view.launches) or _is_settling_over(view, now):
        return (Advance(_after_runs(view)),)
    return (*_settle(view, now), *_sends(view))


def _after_runs(view: View) -> ExecutionState:
    is_scored = any(agent.cotool for agent in view.campaign.agents.values())
    return ExecutionState.SCORING if is_scored else ExecutionState.JUDGING


def _is_done(view: View, launch: Launch) -> bool:
    return launch.is_settled and not _deserves_retry(view, launch)


def _deserves_retry(view: View, launch: Launch) -> bool:
    return (
        launch.state is LaunchState.FAILED
        and view.execution.state is ExecutionState.RUNNING
        and view.execution.given_up is None
        and view.halted is None
        and launch.attempt <= view.campaign.retry.runs
        and launch in latest_attempts(view.launches)
    )


def _sends(view: View) -> Iterator[Action]:
    if view.execution.given_up is not None or view.halted is not None:
        return
    in_flight = sum(launch.is_on_coval for launch in view.launches)
    free = max(view.campaign.limits.runs_in_flight - in_flight, 0)
    planned = [launch for launch in view.launches if launch.state is LaunchState.PLANNED]
    yield from (Send(launch) for launch in planned[:free])


def _settle(view: View, now: datetime) -> Iterator[Action]:
    """Yield what each launch needs, sending apart."""
    for launch in view.launches:
        action = _next_of(view, launch, now)
        if action is not None:
            yield action


def _next_of(view: View, launch: Launch, now: datetime) -> Action | None:
    match launch.state:
        case LaunchState.PLANNED:
            return _stop_planned(view, launch)
        case LaunchState.SENDING:
            return Doubt(launch)
        case LaunchState.UNRESOLVED:
            return Resolve(launch)
        case LaunchState.RUNNING:
            return _watch(view, launch, now)
        case LaunchState.ENDED:
            return Collect(launch)
        case LaunchState.CANCELLING:
            return End(launch)
        case LaunchState.FAILED:
            return Relaunch(launch) if _deserves_retry(view, launch) else None
        case _:
            return None


def _stop_planned(view: View, launch: Launch) -> Action | None:
    if view.execution.given_up is not None:
        return Abandon(launch, view.execution.given_up)
    return Refuse(launch, view.halted) if view.halted is not None else None


def _watch(view: View, launch: Launch, now: datetime) -> Action | None:
    limits = view.campaign.limits
    seen = min(view.looked_at or now, now)
    due = [cause for cause, moment in _timeouts(launch, limits) if moment <= seen]
    cause = view.execution.given_up or next(iter(due), None)
    if cause is None:
        return None
    if cause.is_timeout and limits.on_timeout == "leave":
        return Leave(launch, cause)
    return Abandon(launch, cause)


def _timeouts(launch: Launch, limits: Limits) -> Iterator[tuple[Cause, datetime]]:
    if launch.state is not LaunchState.RUNNING:
        return
    if launch.begun_at is None:
        yield from _after(Cause.QUEUE_TIMEOUT, launch.launched_at, limits.queue_timeout)
        return
    moved_at = launch.moved_at or launch.begun_at
    yield from _after(Cause.RUN_TIMEOUT, launch.begun_at, limits.run_timeout)
    yield from _after(Cause.STALL_TIMEOUT, moved_at, limits.stall_timeout)


def _after(
    cause: Cause, since: datetime | None, patience: timedelta | None
) -> Iterator[tuple[Cause, datetime]]:
    if since is not None and patience is not None:
        yield cause, since + patience


def _conclude(view: View, now: datetime) -> tuple[Action, ...]:
    settled = not view.duplicates and all(x.state in LAUNCH_ENDS for x in view.launches)
    return (Conclude(),) if settled or _is_settling_over(view, now) else ()


def _settling_ends(view: View) -> Sequence[datetime]:
    given_up_at = view.execution.given_up_at
    return () if given_up_at is None else (given_up_at + view.patience.settling,)


def _is_settling_over(view: View, now: datetime) -> bool:
    return any(end <= now for end in _settling_ends(view))

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.core.stories import EXECUTION, MINUTE, START, a_campaign, an_execution

from campaignd.core.coval import Progress, RunStatus
from campaignd.core.decide import (
    Abandon,
    Action,
    Advance,
    Begin,
    Collect,
    Conclude,
    Doubt,
    End,
    EndDuplicate,
    Judge,
    Refuse,
    Resolve,
    Score,
    Send,
    View,
    latest_attempts,
    next_actions,
    next_moment,
)
from campaignd.core.execution import Cause, Duplicate, Execution, Launch, Patience, launch_key
from campaignd.core.plan import expand
from campaignd.core.states import LAUNCH_ENDS, ExecutionState, LaunchState

NOW = START + 10 * MINUTE
BY_HAND = [Cause.CANCELLED, Cause.INTERRUPTED]
NOT_BY_HAND = [cause for cause in Cause if cause not in BY_HAND]


CELLS = expand(a_campaign()).cells


def a_launch(state: LaunchState, number: int = 1, attempt: int = 1, **changes: Any) -> Launch:
    key = launch_key(EXECUTION, number, attempt)
    identity = 100 * number + attempt
    launch = Launch(identity, EXECUTION, CELLS[number - 1], attempt, key, state)
    return replace(launch, **changes)


def a_run(**changes: Any) -> Launch:
    """A launch whose run began at the start and finished something a minute later."""
    times = {"launched_at": START, "begun_at": START, "moved_at": START + MINUTE}
    return a_launch(LaunchState.RUNNING, **(times | {"run_id": "run"} | changes))


def a_view(*launches: Launch, **changes: Any) -> View:
    defaults: dict[str, Any] = {
        "execution": an_execution(),
        "campaign": a_campaign(),
        "launches": launches,
        "patience": Patience(),
    }
    return View(**(defaults | changes))


def given_up(cause: Cause, state: ExecutionState = ExecutionState.RUNNING) -> Execution:
    return an_execution(state, given_up=cause, given_up_at=NOW - timedelta(seconds=5))


def kinds(actions: tuple[Action, ...]) -> list[str]:
    return [type(action).__name__ for action in actions]


@pytest.mark.parametrize(
    ("execution", "expected"),
    [
        pytest.param(an_execution(ExecutionState.QUEUED), Begin(), id="in the queue"),
        pytest.param(
            given_up(Cause.CANCELLED, ExecutionState.QUEUED),
            Advance(ExecutionState.CANCELLING),
            id="cancelled in the queue",
        ),
        pytest.param(
            given_up(Cause.EXECUTION_TIMEOUT, ExecutionState.QUEUED),
            Advance(ExecutionState.RUNNING),
            id="timed out in the queue: judged on what it has",
        ),
        pytest.param(
            an_execution(ExecutionState.RUNNING),
            Advance(ExecutionState.SCORING),
            id="nothing to launch",
        ),
        pytest.param(an_execution(ExecutionState.SCORING), Score(), id="waiting for grades"),
        pytest.param(
            given_up(Cause.EXECUTION_TIMEOUT, ExecutionState.SCORING),
            Score(),
            id="timed out waiting for grades: read once more",
        ),
        pytest.param(
            given_up(Cause.INTERRUPTED, ExecutionState.SCORING),
            Advance(ExecutionState.CANCELLING),
            id="interrupted waiting for grades",
        ),
        pytest.param(an_execution(ExecutionState.JUDGING), Judge(), id="evidence is frozen"),
        pytest.param(
            given_up(Cause.CANCELLED, ExecutionState.JUDGING),
            Judge(),
            id="cancelled too late: judged all the same",
        ),
        pytest.param(
            given_up(Cause.CANCELLED, ExecutionState.CANCELLING), Conclude(), id="cancelled"
        ),
    ],
)
def test_an_execution_without_launches_goes_its_way(execution: Execution, expected: Action) -> None:
    assert next_actions(a_view(execution=execution), NOW) == (expected,)


def test_a_finished_execution_has_nothing_left_to_do() -> None:
    assert next_actions(a_view(execution=an_execution(ExecutionState.FINISHED)), NOW) == ()


OPEN = {
    LaunchState.PLANNED: Send,
    LaunchState.SENDING: Doubt,
    LaunchState.UNRESOLVED: Resolve,
    LaunchState.RUNNING: None,
    LaunchState.ENDED: Collect,
    LaunchState.CANCELLING: End,
}


@pytest.mark.parametrize(
    ("state", "action"), [pytest.param(state, action, id=state) for state, action in OPEN.items()]
)
def test_a_running_execution_does_for_each_launch_what_its_state_asks(
    state: LaunchState, action: Any
) -> None:
    launch = a_launch(state, launched_at=START)
    expected = () if action is None else (action(launch),)
    assert next_actions(a_view(launch), NOW) == expected


@pytest.mark.parametrize("state", sorted(LAUNCH_ENDS))
def test_when_every_launch_is_done_the_grades_are_read(state: LaunchState) -> None:
    assert next_actions(a_view(a_launch(state)), NOW) == (Advance(ExecutionState.SCORING),)


def test_a_campaign_without_cotool_is_judged_at_once() -> None:
    campaign = a_campaign()
    agents = {"checkout": campaign.agents["checkout"].model_copy(update={"cotool": None})}
    unscored = campaign.model_copy(update={"agents": agents})
    view = a_view(a_launch(LaunchState.COLLECTED), campaign=unscored)
    assert next_actions(view, NOW) == (Advance(ExecutionState.JUDGING),)


def test_one_launch_that_is_not_done_keeps_an_execution_running() -> None:
    done, ended = a_launch(LaunchState.COLLECTED), a_launch(LaunchState.ENDED, 2)
    assert next_actions(a_view(done, ended), NOW) == (Collect(ended),)


@pytest.mark.parametrize(
    ("states", "limit", "sent"),
    [
        pytest.param("planned planned planned", 2, [1, 2], id="no more than the limit, in order"),
        pytest.param("running planned planned", 2, [2], id="what runs counts"),
        pytest.param("sending planned", 1, [], id="what is being sent counts"),
        pytest.param("unresolved planned", 1, [], id="what may run counts"),
        pytest.param("cancelling planned", 1, [], id="what is being ended counts"),
        pytest.param("ended planned", 1, [2], id="what ended does not"),
        pytest.param("running running planned", 1, [], id="more in flight than allowed"),
        pytest.param("failed collected lost planned", 1, [4], id="what is settled does not"),
    ],
)
def test_no_more_is_sent_than_may_be_in_flight(states: str, limit: int, sent: list[int]) -> None:
    launches = [
        a_launch(LaunchState(word), number, launched_at=START)
        for number, word in enumerate(states.split(), start=1)
    ]
    view = a_view(*launches, campaign=a_campaign(runs_in_flight=str(limit)))
    actions = next_actions(view, NOW)
    assert [a.launch.cell.number for a in actions if isinstance(a, Send)] == sent


@pytest.mark.parametrize("cause", NOT_BY_HAND)
def test_once_given_up_nothing_is_sent_and_everything_is_ended(cause: Cause) -> None:
    planned, sending = a_launch(LaunchState.PLANNED), a_launch(LaunchState.SENDING, 2)
    running, ended = a_run(number=3), a_launch(LaunchState.ENDED, 4)
    view = a_view(planned, sending, running, ended, execution=given_up(cause))
    assert next_actions(view, NOW) == (
        Abandon(planned, cause),
        Doubt(sending),
        Abandon(running, cause),
        Collect(ended),
    )


@pytest.mark.parametrize("cause", BY_HAND)
def test_a_cancelled_execution_ends_its_runs_and_is_not_judged(cause: Cause) -> None:
    assert next_actions(a_view(a_run(), execution=given_up(cause)), NOW) == (
        Advance(ExecutionState.CANCELLING),
    )
    cancelling = given_up(cause, ExecutionState.CANCELLING)
    running = a_run()
    assert next_actions(a_view(running, execution=cancelling), NOW) == (Abandon(running, cause),)
    ending = replace(running, state=LaunchState.CANCELLING)
    assert next_actions(a_view(ending, execution=cancelling), NOW) == (End(ending),)
    ended = replace(running, state=LaunchState.CANCELLED)
    assert next_actions(a_view(ended, execution=cancelling), NOW) == (Conclude(),)


@pytest.mark.parametrize(
    ("state", "cause", "expected"),
    [
        pytest.param(
            ExecutionState.RUNNING,
            Cause.EXECUTION_TIMEOUT,
            Advance(ExecutionState.SCORING),
            id="timed out: judged on what it has",
        ),
        pytest.param(ExecutionState.CANCELLING, Cause.CANCELLED, Conclude(), id="cancelled"),
    ],
)
def test_the_verdict_does_not_wait_for_ever_for_what_cannot_be_settled(
    state: ExecutionState, cause: Cause, expected: Action
) -> None:
    unresolved = a_launch(LaunchState.UNRESOLVED)
    view = a_view(unresolved, execution=given_up(cause, state))
    over = NOW - timedelta(seconds=5) + view.patience.settling
    assert next_actions(view, over - timedelta(seconds=1)) == (Resolve(unresolved),)
    assert next_moment(view, over - timedelta(seconds=1)) == over
    assert next_actions(view, over) == (expected,)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        pytest.param(LaunchState.PLANNED, "Abandon", id="never sent"),
        pytest.param(LaunchState.SENDING, "Doubt", id="perhaps on its way"),
        pytest.param(LaunchState.UNRESOLVED, "Resolve", id="perhaps there"),
        pytest.param(LaunchState.RUNNING, "Abandon", id="going on"),
        pytest.param(LaunchState.CANCELLING, "End", id="still to be ended"),
        pytest.param(LaunchState.ENDED, "Collect", id="ended, not collected"),
    ],
)
def test_after_the_verdict_what_is_unsettled_is_settled_all_the_same(
    state: LaunchState, action: str
) -> None:
    finished = given_up(Cause.EXECUTION_TIMEOUT, ExecutionState.FINISHED)
    view = a_view(a_launch(state, launched_at=START), execution=finished)
    assert kinds(next_actions(view, START + timedelta(days=9))) == [action]


@pytest.mark.parametrize(
    ("retries", "states", "expected"),
    [
        pytest.param(0, "failed", "Advance", id="no retry was asked for"),
        pytest.param(1, "failed", "Relaunch", id="one more attempt"),
        pytest.param(1, "failed failed", "Advance", id="all attempts used"),
        pytest.param(2, "failed failed", "Relaunch", id="the last of two"),
        pytest.param(1, "failed planned", "Send", id="already planned again"),
        pytest.param(1, "failed collected", "Advance", id="the retry worked"),
        pytest.param(3, "lost", "Advance", id="what was lost is not tried again"),
        pytest.param(3, "refused", "Advance", id="what was refused is not tried again"),
        pytest.param(3, "cancelled", "Advance", id="what was cancelled is not tried again"),
    ],
)
def test_a_cell_whose_run_failed_is_launched_again_as_often_as_the_campaign_says(
    retries: int, states: str, expected: str
) -> None:
    attempts = [
        a_launch(LaunchState(word), attempt=attempt)
        for attempt, word in enumerate(states.split(), start=1)
    ]
    view = a_view(*attempts, campaign=a_campaign(retries))
    assert kinds(next_actions(view, NOW)) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"execution": given_up(Cause.EXECUTION_TIMEOUT)}, id="given up"),
        pytest.param({"halted": "the key is refused"}, id="launching halted"),
    ],
)
def test_nothing_is_retried_once_launching_is_over(changes: dict[str, Any]) -> None:
    failed = a_launch(LaunchState.FAILED)
    view = a_view(failed, campaign=a_campaign(retries=1), **changes)
    assert next_actions(view, NOW) == (Advance(ExecutionState.SCORING),)


@pytest.mark.parametrize("state", [ExecutionState.CANCELLING, ExecutionState.FINISHED])
def test_an_execution_that_launches_no_more_plans_no_retry(state: ExecutionState) -> None:
    failed, ended = a_launch(LaunchState.FAILED), a_launch(LaunchState.ENDED, 2)
    execution = an_execution(state)
    view = a_view(failed, ended, execution=execution, campaign=a_campaign(retries=1))
    assert next_actions(view, NOW) == (Collect(ended),)


def test_when_coval_refuses_every_launch_what_runs_goes_on_and_the_rest_is_refused() -> None:
    running, planned = a_run(), a_launch(LaunchState.PLANNED, 2)
    view = a_view(running, planned, halted="Coval answered 401 to POST /runs")
    assert next_actions(view, NOW) == (Refuse(planned, "Coval answered 401 to POST /runs"),)


def test_a_doubtful_launch_is_resolved_though_launching_halted() -> None:
    unresolved = a_launch(LaunchState.UNRESOLVED)
    assert next_actions(a_view(unresolved, halted="no"), NOW) == (Resolve(unresolved),)


def test_the_latest_attempt_speaks_for_its_cell() -> None:
    first, second = a_launch(LaunchState.FAILED), a_launch(LaunchState.PLANNED, attempt=2)
    other = a_launch(LaunchState.COLLECTED, 2)
    assert latest_attempts([other, second, first]) == (second, other)


def test_what_a_run_reports_does_not_decide_by_itself() -> None:
    seen = a_run(run_status=RunStatus.COMPLETED, progress=Progress(total=3, completed=3))
    assert next_actions(a_view(seen), NOW) == ()


@pytest.mark.parametrize("state", ExecutionState)
def test_second_runs_are_ended_in_every_state(state: ExecutionState) -> None:
    twin = Duplicate(a_launch(LaunchState.COLLECTED), "twin", START)
    view = a_view(twin.launch, execution=an_execution(state), duplicates=(twin,))
    assert EndDuplicate(twin) in next_actions(view, NOW)


def test_a_cancelled_execution_waits_a_little_for_the_end_of_its_second_runs() -> None:
    twin = Duplicate(a_launch(LaunchState.CANCELLED), "twin", START)
    execution = given_up(Cause.CANCELLED, ExecutionState.CANCELLING)
    view = a_view(twin.launch, execution=execution, duplicates=(twin,))
    assert next_actions(view, NOW) == (EndDuplicate(twin),)
    assert next_actions(view, NOW + MINUTE) == (Conclude(), EndDuplicate(twin))

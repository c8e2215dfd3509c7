from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.core.stories import EXECUTION, MINUTE, START, an_execution

from campaignd.core.campaign import Campaign
from campaignd.core.decide import (
    Abandon,
    Leave,
    StopAll,
    View,
    next_actions,
    next_moment,
)
from campaignd.core.execution import Cause, Execution, Launch, Patience, launch_key
from campaignd.core.plan import expand
from campaignd.core.states import ExecutionState, LaunchState

NOW = START + 10 * MINUTE


def a_campaign(**limits: Any) -> Campaign:
    return Campaign.model_validate(
        {
            "version": "1",
            "name": "nightly",
            "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc"}},
            "personas": {"calm": "hL4kL0nQr3ySt6vX9zAcDd"},
            "test_sets": {"smoke": "aB1cD2eF"},
            "limits": limits,
        }
    )


def a_run(**changes: Any) -> Launch:
    """A launch whose run began at the start and finished something a minute later."""
    (cell,) = expand(a_campaign()).cells
    launch = Launch(
        id=1,
        execution=EXECUTION,
        cell=cell,
        attempt=1,
        key=launch_key(EXECUTION, 1, 1),
        state=LaunchState.RUNNING,
        run_id="run",
        launched_at=START,
        begun_at=START,
        moved_at=START + MINUTE,
    )
    return replace(launch, **changes)


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


LATE = START + timedelta(hours=2)


@pytest.mark.parametrize(
    ("limits", "run", "cause"),
    [
        pytest.param({}, {}, Cause.STALL_TIMEOUT, id="nothing finished for 45 minutes"),
        pytest.param({}, {"moved_at": None}, Cause.STALL_TIMEOUT, id="nothing ever finished"),
        pytest.param({}, {"moved_at": LATE - MINUTE}, None, id="something finished a minute ago"),
        pytest.param({}, {"begun_at": None}, None, id="waits to start, without a limit"),
        pytest.param(
            {"queue_timeout": "1h"}, {"begun_at": None}, Cause.QUEUE_TIMEOUT, id="never started"
        ),
        pytest.param(
            {"queue_timeout": "3h"}, {"begun_at": None}, None, id="waits, but not too long"
        ),
        pytest.param(
            {"queue_timeout": "1h"}, {"moved_at": LATE}, None, id="started: the queue is over"
        ),
        pytest.param(
            {"run_timeout": "2h"}, {"moved_at": LATE}, Cause.RUN_TIMEOUT, id="to the moment"
        ),
        pytest.param(
            {"run_timeout": "2.1h"}, {"moved_at": LATE}, None, id="a little before the moment"
        ),
        pytest.param({"run_timeout": "1h"}, {}, Cause.RUN_TIMEOUT, id="both: the harder word"),
    ],
)
def test_a_run_that_takes_too_long_is_given_up(
    limits: dict[str, str], run: dict[str, Any], cause: Cause | None
) -> None:
    launch = a_run(**run)
    expected = () if cause is None else (Abandon(launch, cause),)
    assert next_actions(a_view(launch, campaign=a_campaign(**limits)), LATE) == expected


def test_a_run_may_be_left_going_at_a_timeout() -> None:
    launch = a_run()
    view = a_view(launch, campaign=a_campaign(on_timeout="leave"))
    assert next_actions(view, LATE) == (Leave(launch, Cause.STALL_TIMEOUT),)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        pytest.param(Cause.EXECUTION_TIMEOUT, Leave, id="the execution's timeout leaves it"),
        pytest.param(Cause.KEY_REFUSED, Abandon, id="a refused key is no timeout"),
        pytest.param(Cause.FAILURE, Abandon, id="a failure of ours is no timeout"),
    ],
)
def test_only_a_timeout_leaves_runs_going(cause: Cause, expected: Any) -> None:
    launch = a_run()
    view = a_view(launch, execution=given_up(cause), campaign=a_campaign(on_timeout="leave"))
    assert next_actions(view, NOW) == (expected(launch, cause),)


@pytest.mark.parametrize(
    "state",
    [s for s in ExecutionState if s not in {ExecutionState.JUDGING, ExecutionState.FINISHED}],
)
def test_at_its_deadline_an_execution_stops(state: ExecutionState) -> None:
    execution = an_execution(state, deadline=NOW)
    assert next_actions(a_view(a_run(), execution=execution), NOW) == (
        StopAll(Cause.EXECUTION_TIMEOUT),
    )
    early = next_actions(a_view(a_run(), execution=execution), NOW - timedelta(seconds=1))
    assert StopAll(Cause.EXECUTION_TIMEOUT) not in early


def test_an_execution_stops_once() -> None:
    execution = replace(given_up(Cause.EXECUTION_TIMEOUT), deadline=START)
    launch = a_run()
    assert next_actions(a_view(launch, execution=execution), NOW) == (
        Abandon(launch, Cause.EXECUTION_TIMEOUT),
    )


@pytest.mark.parametrize(
    ("limits", "run", "expected"),
    [
        pytest.param({}, {}, START + 46 * MINUTE, id="the stall of a run"),
        pytest.param({"run_timeout": "30m"}, {}, START + 30 * MINUTE, id="its end"),
        pytest.param(
            {"queue_timeout": "20m"}, {"begun_at": None}, START + 20 * MINUTE, id="its start"
        ),
        pytest.param({}, {"begun_at": None}, START + timedelta(hours=24), id="the deadline"),
        pytest.param(
            {"run_timeout": "5m"},
            {},
            START + 46 * MINUTE,
            id="a moment that is over is not waited for",
        ),
    ],
)
def test_the_next_moment_is_the_first_timeout_ahead(
    limits: dict[str, str], run: dict[str, Any], expected: datetime
) -> None:
    view = a_view(a_run(**run), campaign=a_campaign(**limits))
    assert next_moment(view, NOW) == expected


def test_no_moment_is_waited_for_when_all_are_over() -> None:
    assert next_moment(a_view(), START + timedelta(days=2)) is None

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.coval import FINAL, Progress, Run, RunOptions, RunStatus
from campaignd.core.execution import Launch, launch_key
from campaignd.core.following import (
    adopt,
    fail,
    follow,
    is_run_in,
    is_run_of,
    lose,
    may_be_run_of,
    runs_of,
)
from campaignd.core.plan import Cell
from campaignd.core.states import LaunchState, check_move

START = datetime(2026, 11, 2, 3, tzinfo=UTC)
NOW = START + timedelta(minutes=10)
KEY = launch_key("01ARYZ6S41TSV4RRFFQ69G5FAV", 1, 1)
CELL = Cell(
    number=1,
    key="checkout/calm/smoke",
    agent="checkout",
    persona="calm",
    test_set="smoke",
    agent_id="gk3jK9mPq2xRt5vW8yZaBc",
    persona_id="hL4kL0nQr3ySt6vX9zAcDd",
    test_set_id="aB1cD2eF",
    metric_ids=(),
    mutations=(),
    options=RunOptions(),
    cases=12,
)
RUNNING = Launch(
    id=1,
    execution="01ARYZ6S41TSV4RRFFQ69G5FAV",
    cell=CELL,
    attempt=1,
    key=KEY,
    state=LaunchState.RUNNING,
    sends=1,
    run_id="run1",
    launched_at=START,
    run_status=RunStatus.IN_QUEUE,
)


def a_run(status: RunStatus = RunStatus.IN_PROGRESS, **changes: Any) -> Run:
    return replace(Run("run1", status, status.value, START), **changes)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        pytest.param({"launch_key": KEY}, True, id="in its metadata"),
        pytest.param({"launch_key": KEY + "0"}, False, id="another attempt's metadata"),
        pytest.param({"display_name": f"nightly a/b/c {KEY}"}, True, id="at the end of its name"),
        pytest.param({"display_name": KEY}, True, id="as its whole name"),
        pytest.param({"display_name": f"x{KEY}"}, False, id="glued to another word"),
        pytest.param({"display_name": f"{KEY} copy"}, False, id="a copy made by hand"),
        pytest.param({"display_name": f"nightly {KEY}0"}, False, id="a longer key"),
        pytest.param(
            {"launch_key": "other", "display_name": f"nightly {KEY}"},
            False,
            id="renamed by hand: the metadata wins",
        ),
        pytest.param({}, False, id="nothing shown"),
        pytest.param({"display_name": ""}, False, id="an empty name"),
    ],
)
def test_a_run_is_known_by_its_whole_key(run: dict[str, Any], *, expected: bool) -> None:
    assert is_run_of(KEY, a_run(**run)) is expected


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        pytest.param({"tags": ("campaignd", f"cd-{RUNNING.execution.lower()}")}, True, id="tag"),
        pytest.param({"display_name": f"nightly a/b/c {KEY}"}, True, id="key in its name"),
        pytest.param({"launch_key": KEY}, True, id="key"),
        pytest.param({"tags": ("cd-i-installation",)}, False, id="another's tag"),
        pytest.param({"launch_key": "01bx5zzkbkactav9wevgemmvrz-1-1"}, False, id="another's key"),
        pytest.param({}, False, id="an item that shows nothing"),
    ],
)
def test_a_run_is_known_as_one_of_an_execution(run: dict[str, Any], *, expected: bool) -> None:
    assert is_run_in(RUNNING.execution, a_run(**run)) is expected


def test_of_several_runs_the_launch_s_own_is_kept_else_the_oldest_that_nobody_cancelled() -> None:
    own = a_run(run_id="run1", launch_key=KEY, create_time=NOW)
    older = a_run(run_id="a", launch_key=KEY, create_time=START)
    oldest = replace(older, status=RunStatus.CANCELLED, create_time=START - timedelta(minutes=1))
    other = a_run(run_id="b", launch_key="another", create_time=START)
    runs = [oldest, own, other, older]
    assert [run.run_id for run in runs_of(RUNNING, runs)] == ["run1", "a", "a"]
    lost = replace(RUNNING, run_id=None)
    assert list(runs_of(lost, runs)) == [older, own, oldest]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        pytest.param({}, True, id="an item that shows nothing"),
        pytest.param(
            {
                "agent_id": CELL.agent_id,
                "persona_id": CELL.persona_id,
                "test_set_id": CELL.test_set_id,
            },
            True,
            id="everything fits",
        ),
        pytest.param({"agent_id": "other"}, False, id="another agent"),
        pytest.param({"persona_id": "other"}, False, id="another persona"),
        pytest.param({"test_set_id": "other"}, False, id="another test set"),
        pytest.param({"launch_key": "other"}, False, id="it shows another key"),
        pytest.param({"display_name": "by hand"}, False, id="it shows another name"),
    ],
)
def test_a_run_that_shows_no_key_may_be_ours_unless_something_else_differs(
    run: dict[str, Any], *, expected: bool
) -> None:
    assert may_be_run_of(RUNNING, a_run(**run)) is expected


@pytest.mark.parametrize(
    "state", [LaunchState.PLANNED, LaunchState.SENDING, LaunchState.UNRESOLVED]
)
def test_an_adopted_run_runs_since_its_latest_post(state: LaunchState) -> None:
    launch = replace(RUNNING, state=state, run_id=None, sending_at=START, error="answer lost")
    adopted = adopt(launch, a_run(RunStatus.PENDING), NOW, timedelta())
    assert (adopted.state, adopted.run_id) == (LaunchState.RUNNING, "run1")
    assert (adopted.run_status, adopted.launched_at) == (RunStatus.PENDING, START)
    assert adopted.error is None
    check_move(launch.state, adopted.state)


@pytest.mark.parametrize("skew", [timedelta(), timedelta(minutes=7), timedelta(minutes=-7)])
def test_a_run_found_for_a_launch_that_was_never_sent_counts_from_its_creation_by_our_clock(
    skew: timedelta,
) -> None:
    launch = replace(RUNNING, state=LaunchState.PLANNED, run_id=None, launched_at=None)
    run = a_run()
    adopted = adopt(launch, replace(run, create_time=run.create_time + skew), NOW, skew)
    assert (adopted.launched_at, adopted.sending_at) == (run.create_time, run.create_time)
    assert adopted.sends == 1


@pytest.mark.parametrize(
    ("status", "state", "begun"),
    [
        pytest.param(RunStatus.PENDING, LaunchState.RUNNING, False, id="pending"),
        pytest.param(RunStatus.IN_QUEUE, LaunchState.RUNNING, False, id="in the queue"),
        pytest.param(RunStatus.IN_PROGRESS, LaunchState.RUNNING, True, id="in progress"),
        pytest.param(RunStatus.COMPLETED, LaunchState.ENDED, True, id="completed"),
        pytest.param(RunStatus.FAILED, LaunchState.FAILED, True, id="failed"),
        pytest.param(RunStatus.CANCELLED, LaunchState.LOST, True, id="cancelled by others"),
        pytest.param(RunStatus.DELETED, LaunchState.LOST, True, id="deleted by others"),
        pytest.param(RunStatus.SKIPPED, LaunchState.LOST, True, id="skipped"),
        pytest.param(RunStatus.UNKNOWN, LaunchState.RUNNING, False, id="a status of tomorrow"),
    ],
)
def test_a_launch_follows_its_run(status: RunStatus, state: LaunchState, *, begun: bool) -> None:
    seen = follow(RUNNING, a_run(status), NOW)
    assert (seen.state, seen.run_status) == (state, status)
    assert seen.begun_at == (NOW if begun else None)
    assert seen.ended_at == (NOW if status in FINAL else None)


def test_every_status_is_followed() -> None:
    for status in RunStatus:
        seen = follow(RUNNING, a_run(status), NOW)
        assert (seen.state is LaunchState.RUNNING) == (status not in FINAL)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        pytest.param(RunStatus.FAILED, "no phone line", "no phone line", id="Coval's reason"),
        pytest.param(RunStatus.FAILED, None, "without a reason", id="no reason"),
        pytest.param(RunStatus.FAILED, "", "without a reason", id="an empty reason"),
        pytest.param(RunStatus.CANCELLED, None, "cancelled on Coval", id="cancelled"),
        pytest.param(RunStatus.DELETED, None, "deleted on Coval", id="deleted"),
        pytest.param(RunStatus.SKIPPED, None, "skipped on Coval", id="skipped"),
    ],
)
def test_what_went_wrong_is_said(status: RunStatus, error: str | None, expected: str) -> None:
    assert expected in (follow(RUNNING, a_run(status, error=error), NOW).error or "")


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        pytest.param(Progress(3, 1), Progress(3, 2), True, id="one more completed"),
        pytest.param(Progress(3, 1), Progress(3, 1, 1), True, id="one failed"),
        pytest.param(Progress(3, 1), Progress(3, 1), False, id="nothing"),
        pytest.param(Progress(3, 1), Progress(3, 1, 0, 2), False, id="started is not finished"),
        pytest.param(Progress(3, 2), Progress(3, 1), False, id="a count that fell"),
        pytest.param(Progress(3, 1), None, False, id="an item without progress"),
    ],
)
def test_only_what_finishes_restarts_the_patience_with_a_run(
    before: Progress, after: Progress | None, *, moved: bool
) -> None:
    launch = replace(RUNNING, begun_at=START, moved_at=START, progress=before)
    seen = follow(launch, a_run(progress=after), NOW)
    assert seen.moved_at == (NOW if moved else START)
    assert seen.progress == (after or before)


def test_a_run_begins_once() -> None:
    begun = follow(RUNNING, a_run(), START)
    assert follow(begun, a_run(), NOW).begun_at == START


def test_the_same_look_twice_changes_nothing() -> None:
    seen = follow(RUNNING, a_run(progress=Progress(3, 1)), START)
    assert follow(seen, a_run(progress=Progress(3, 1)), NOW) == seen


@given(
    st.lists(
        st.builds(
            a_run,
            st.sampled_from(sorted(RunStatus)),
            progress=st.none() | st.builds(Progress, st.integers(0, 9), st.integers(0, 9)),
        ),
        max_size=8,
    )
)
def test_whatever_a_run_does_its_launch_moves_legally_and_stays_its_own(runs: list[Run]) -> None:
    launch = RUNNING
    for minute, run in enumerate(runs):
        seen = follow(launch, run, START + timedelta(minutes=minute))
        assert (seen.key, seen.run_id, seen.launched_at) == (KEY, "run1", START)
        if seen.state is not launch.state:
            check_move(launch.state, seen.state)
            assert seen.ended_at is not None
            return
        launch = seen


def test_a_lost_and_a_failed_launch_say_when_and_why() -> None:
    lost = lose(RUNNING, "the run vanished", NOW)
    assert (lost.state, lost.error, lost.ended_at) == (LaunchState.LOST, "the run vanished", NOW)
    failed = fail(RUNNING, a_run(RunStatus.FAILED, error="no line"), NOW)
    assert (failed.state, failed.error, failed.ended_at) == (LaunchState.FAILED, "no line", NOW)

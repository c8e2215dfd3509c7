from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.states import (
    DELIVERY_MOVES,
    EXECUTION_MOVES,
    LAUNCH_ENDS,
    LAUNCH_MOVES,
    ON_COVAL,
    DeliveryState,
    ExecutionState,
    IllegalMove,
    LaunchState,
    check_move,
    moves_from,
)

MACHINES = [
    pytest.param(ExecutionState, EXECUTION_MOVES, ExecutionState.QUEUED, id="execution"),
    pytest.param(LaunchState, LAUNCH_MOVES, LaunchState.PLANNED, id="launch"),
    pytest.param(DeliveryState, DELIVERY_MOVES, DeliveryState.PENDING, id="delivery"),
]
EVERY_STATE: list[Any] = [*ExecutionState, *LaunchState, *DeliveryState]
NAMED = [pytest.param(state, id=f"{type(state).__name__} {state}") for state in EVERY_STATE]
STORIES = [
    pytest.param("queued running scoring judging finished", ExecutionState, id="to the verdict"),
    pytest.param("queued running judging finished", ExecutionState, id="nothing of Cotool"),
    pytest.param("queued cancelling finished", ExecutionState, id="cancelled in the queue"),
    pytest.param(
        "queued running cancelling finished", ExecutionState, id="cancelled while running"
    ),
    pytest.param(
        "queued running scoring cancelling finished", ExecutionState, id="cancelled while scoring"
    ),
    pytest.param("planned sending running ended collected", LaunchState, id="a launch that works"),
    pytest.param("planned sending planned sending running", LaunchState, id="never connected"),
    pytest.param("planned sending refused", LaunchState, id="refused by Coval"),
    pytest.param("planned refused", LaunchState, id="refused by a limit"),
    pytest.param("planned cancelled", LaunchState, id="given up unsent"),
    pytest.param("planned running", LaunchState, id="found after a restore from a backup"),
    pytest.param("sending unresolved running", LaunchState, id="answer lost, run found"),
    pytest.param("sending unresolved sending running", LaunchState, id="answer lost, sent again"),
    pytest.param("sending unresolved cancelled", LaunchState, id="answer lost, given up"),
    pytest.param("running failed", LaunchState, id="failed on Coval"),
    pytest.param("running lost", LaunchState, id="vanished"),
    pytest.param("running cancelling cancelled", LaunchState, id="ended by us"),
    pytest.param("running cancelling ended collected", LaunchState, id="was quicker than us"),
    pytest.param("ended lost", LaunchState, id="results vanished"),
    pytest.param("pending sending delivered", DeliveryState, id="delivered at once"),
    pytest.param("pending sending pending sending delivered", DeliveryState, id="tried again"),
    pytest.param("pending sending failed pending", DeliveryState, id="failed, retried by hand"),
    pytest.param("pending sending disabled pending", DeliveryState, id="disabled, retried by hand"),
]


@pytest.mark.parametrize(("story", "machine"), STORIES)
def test_what_happens_in_life_is_a_legal_way(story: str, machine: type[Any]) -> None:
    states = [machine(word) for word in story.split()]
    for old, new in pairwise(states):
        check_move(old, new)


def test_a_move_is_legal_exactly_where_the_table_has_a_row() -> None:
    legal = {
        (type(old), old, new)
        for table in (EXECUTION_MOVES, LAUNCH_MOVES, DELIVERY_MOVES)
        for old, following in table.items()
        for new in following
    }
    for old, new in product(EVERY_STATE, EVERY_STATE):
        if type(old) is type(new) and (type(old), old, new) in legal:
            check_move(old, new)
            continue
        with pytest.raises(IllegalMove, match=f"{type(old).__name__} .* from {old} to {new}"):
            check_move(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(LaunchState.PLANNED, LaunchState.ENDED, id="results of what never ran"),
        pytest.param(LaunchState.RUNNING, LaunchState.SENDING, id="paying twice for a known run"),
        pytest.param(LaunchState.RUNNING, LaunchState.PLANNED, id="forgetting a known run"),
        pytest.param(LaunchState.RUNNING, LaunchState.CANCELLED, id="cancelled without asking"),
        pytest.param(LaunchState.UNRESOLVED, LaunchState.PLANNED, id="doubt declared innocent"),
        pytest.param(LaunchState.FAILED, LaunchState.PLANNED, id="a retry under the same key"),
        pytest.param(ExecutionState.JUDGING, ExecutionState.RUNNING, id="thawed evidence"),
        pytest.param(ExecutionState.JUDGING, ExecutionState.CANCELLING, id="cancelled verdict"),
        pytest.param(ExecutionState.RUNNING, ExecutionState.FINISHED, id="a verdict unjudged"),
        pytest.param(DeliveryState.DELIVERED, DeliveryState.PENDING, id="delivered twice"),
        pytest.param(ExecutionState.RUNNING, LaunchState.ENDED, id="a word of another machine"),
        pytest.param(LaunchState.CANCELLING, ExecutionState.FINISHED, id="a shared word"),
    ],
)
def test_what_would_cost_money_or_truth_is_illegal(old: Any, new: Any) -> None:
    with pytest.raises(IllegalMove):
        check_move(old, new)


@pytest.mark.parametrize(("machine", "table", "first"), MACHINES)
def test_every_state_has_a_row_and_can_be_reached(
    machine: type[StrEnum], table: Mapping[Any, Any], first: Any
) -> None:
    assert set(table) == set(machine)
    assert reachable_from(first) == set(machine)


@pytest.mark.parametrize("state", NAMED)
def test_staying_is_no_move(state: Any) -> None:
    assert state not in moves_from(state)


def test_an_end_has_no_way_out() -> None:
    for state in (*LAUNCH_ENDS, ExecutionState.FINISHED, DeliveryState.DELIVERED):
        assert moves_from(state) == frozenset()


def test_a_launch_ends_in_one_of_five_ways() -> None:
    assert {state.value for state in LAUNCH_ENDS} == {
        "collected",
        "failed",
        "lost",
        "refused",
        "cancelled",
    }


def test_nothing_that_is_settled_or_unsent_counts_as_in_flight() -> None:
    assert not ON_COVAL & LAUNCH_ENDS
    assert LaunchState.PLANNED not in ON_COVAL


@pytest.mark.parametrize("state", [s for s in LaunchState if s not in LAUNCH_ENDS])
def test_from_every_open_launch_state_some_end_can_be_reached(state: LaunchState) -> None:
    assert reachable_from(state) & LAUNCH_ENDS


@pytest.mark.parametrize("state", ExecutionState)
def test_from_every_execution_state_the_verdict_can_be_reached(state: ExecutionState) -> None:
    assert ExecutionState.FINISHED in reachable_from(state)


@given(st.data())
def test_a_walk_through_a_launch_goes_through_an_intent_before_its_run_unless_found(
    data: st.DataObject,
) -> None:
    state, walked = LaunchState.PLANNED, [LaunchState.PLANNED]
    for _ in range(12):
        ways = sorted(LAUNCH_MOVES[state])
        if not ways:
            break
        state = data.draw(st.sampled_from(ways))
        walked.append(state)
    assert state in LAUNCH_ENDS or LAUNCH_MOVES[state]
    if LaunchState.COLLECTED in walked:
        assert LaunchState.ENDED in walked
    if LaunchState.RUNNING in walked[2:]:
        assert LaunchState.SENDING in walked
    assert walked.count(LaunchState.RUNNING) <= 1


@given(st.data())
def test_every_walk_of_an_execution_ends_within_five_moves(data: st.DataObject) -> None:
    state, moves = ExecutionState.QUEUED, 0
    while EXECUTION_MOVES[state]:
        state = data.draw(st.sampled_from(sorted(EXECUTION_MOVES[state])))
        moves += 1
    assert state is ExecutionState.FINISHED
    assert moves <= 5


def reachable_from(first: Any) -> set[Any]:
    seen, ahead = {first}, [first]
    while ahead:
        for following in moves_from(ahead.pop()) - seen:
            seen.add(following)
            ahead.append(following)
    return seen

"""Whole executions in a world that does what it likes: decisions must hold in every one."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.stories import EXECUTION, START, a_campaign

from campaignd.core.campaign import Campaign
from campaignd.core.decide import (
    Abandon,
    Action,
    Advance,
    Begin,
    Collect,
    Conclude,
    Doubt,
    End,
    Judge,
    Leave,
    Refuse,
    Relaunch,
    Resolve,
    Score,
    Send,
    StopAll,
    View,
    next_actions,
    next_moment,
)
from campaignd.core.execution import Cause, Execution, Launch, Patience, launch_key
from campaignd.core.plan import expand
from campaignd.core.states import ExecutionState, LaunchState, check_move

OPTIONAL_LIMITS = st.fixed_dictionaries(
    {"runs_in_flight": st.sampled_from(["1", "2", "10"])},
    optional={
        "queue_timeout": st.just("10m"),
        "run_timeout": st.just("20m"),
        "timeout": st.sampled_from(["30m", "24h"]),
        "on_timeout": st.just("leave"),
    },
)


class World:
    """One execution, its launches, and a Coval whose answers are drawn."""

    def __init__(self, campaign: Campaign, cells: int, data: st.DataObject) -> None:
        self.campaign = campaign
        self.now = START
        self.halted: str | None = None
        self.execution = Execution(
            id=EXECUTION,
            campaign="nightly",
            trigger="cli",
            revision="",
            source=None,
            inputs={},
            labels={},
            state=ExecutionState.QUEUED,
            epoch=1,
            owner="me",
            created_at=START,
            deadline=START + campaign.limits.timeout,
        )
        planned = [a_launch(number, attempt=1) for number in range(1, cells + 1)]
        self.launches = {launch.key: launch for launch in planned}
        self._data = data

    @property
    def view(self) -> View:
        launches = sorted(self.launches.values(), key=lambda x: (x.cell.number, x.attempt))
        return View(self.execution, self.campaign, tuple(launches), Patience(), self.halted)

    def draw(self, *choices: LaunchState) -> LaunchState:
        return self._data.draw(st.sampled_from(choices))

    def toss(self) -> bool:
        return self._data.draw(st.booleans())

    def perform(self, action: Action, *, kindly: bool) -> None:
        if isinstance(action, Begin | StopAll | Advance | Score | Judge | Conclude):
            self._perform_on_execution(action, kindly=kindly)
            return
        launch = action.launch
        assert self.launches[launch.key] == launch
        if isinstance(action, Relaunch):
            again = a_launch(launch.cell.number, launch.attempt + 1)
            self.launches[again.key] = again
            return
        outcomes = self._outcomes(action)
        self._put(launch, outcomes[0] if kindly else self.draw(*outcomes), action)

    def surprise(self) -> None:
        """Let one thing happen that nobody here decided."""
        running = [x for x in self.launches.values() if x.state is LaunchState.RUNNING]
        if running and self.toss():
            self._move_run(self._data.draw(st.sampled_from(running)))
        elif self._data.draw(st.integers(0, 9)) == 0:
            self.halted = "Coval answered 401 to POST /runs"
        elif self._data.draw(st.integers(0, 9)) == 0:
            self._ask_to_stop(self._data.draw(st.sampled_from([Cause.CANCELLED, *Cause])))

    def pass_time(self) -> None:
        """Sleep until something is due, or a little."""
        due = next_moment(self.view, self.now)
        assert due is None or due > self.now
        self.now = due if due is not None and self.toss() else self.now + timedelta(seconds=2)

    def _perform_on_execution(self, action: Action, *, kindly: bool) -> None:
        match action:
            case Begin():
                if kindly or self.toss():
                    self._advance(ExecutionState.RUNNING)
            case StopAll(cause):
                assert self._ask_to_stop(cause)
            case Advance(to):
                self._advance(to)
            case Score():
                if kindly or self.toss() or self.execution.given_up is not None:
                    self._advance(ExecutionState.JUDGING)
            case _:
                self._advance(ExecutionState.FINISHED)

    def _outcomes(self, action: Action) -> tuple[LaunchState, ...]:
        """What may come of an action; what a kind world gives stands first."""
        match action:
            case Resolve() if self.execution.given_up is None:
                return (LaunchState.RUNNING, LaunchState.SENDING, LaunchState.UNRESOLVED)
            case Resolve():
                return (LaunchState.CANCELLED, LaunchState.RUNNING, LaunchState.UNRESOLVED)
            case Abandon(launch):
                unsent = launch.state is LaunchState.PLANNED
                return (LaunchState.CANCELLED if unsent else LaunchState.CANCELLING,)
            case _:
                return OUTCOMES[type(action)]

    def _put(self, launch: Launch, state: LaunchState, action: Action) -> None:
        way = [launch.state, state]
        if isinstance(action, Send):
            way.insert(1, LaunchState.SENDING)
        for old, new in pairwise(way):
            if old is not new:
                check_move(old, new)
        moved = replace(launch, state=state)
        if state is LaunchState.RUNNING:
            moved = replace(moved, run_id=f"run-{launch.key}", launched_at=self.now)
        self.launches[launch.key] = moved

    def _move_run(self, launch: Launch) -> None:
        if launch.begun_at is None:
            self.launches[launch.key] = replace(launch, begun_at=self.now)
            return
        state = self.draw(*RUNNING)
        moved = replace(launch, state=state, moved_at=self.now)
        self.launches[launch.key] = moved

    def _ask_to_stop(self, cause: Cause) -> bool:
        told = self.execution.given_up is not None
        late = self.execution.state in {ExecutionState.JUDGING, ExecutionState.FINISHED}
        if not told and not late:
            self.execution = replace(self.execution, given_up=cause, given_up_at=self.now)
        return not told and not late

    def _advance(self, to: ExecutionState) -> None:
        check_move(self.execution.state, to)
        self.execution = replace(self.execution, state=to)


RUNNING = (LaunchState.RUNNING, LaunchState.ENDED, LaunchState.FAILED, LaunchState.LOST)
OUTCOMES: dict[type[Action], tuple[LaunchState, ...]] = {
    Send: (
        LaunchState.RUNNING,
        LaunchState.SENDING,
        LaunchState.PLANNED,
        LaunchState.UNRESOLVED,
        LaunchState.REFUSED,
    ),
    Doubt: (LaunchState.UNRESOLVED,),
    Refuse: (LaunchState.REFUSED,),
    Leave: (LaunchState.LOST,),
    Collect: (LaunchState.COLLECTED, LaunchState.ENDED, LaunchState.LOST),
    End: (
        LaunchState.CANCELLED,
        LaunchState.CANCELLING,
        LaunchState.ENDED,
        LaunchState.FAILED,
    ),
}


CELLS = expand(a_campaign()).cells


def a_launch(number: int, attempt: int) -> Launch:
    key = launch_key(EXECUTION, number, attempt)
    cell = CELLS[number - 1]
    return Launch(100 * number + attempt, EXECUTION, cell, attempt, key, LaunchState.PLANNED)


@settings(max_examples=120, deadline=None)
@given(st.data(), st.integers(0, 4), st.integers(0, 2), OPTIONAL_LIMITS)
def test_every_story_comes_to_its_verdict(
    data: st.DataObject, cells: int, retries: int, limits: dict[str, str]
) -> None:
    world = World(a_campaign(retries, **limits), cells, data)
    for _ in range(data.draw(st.integers(0, 25))):
        live(world, kindly=False)
        world.surprise()
    for _ in range(40 + 20 * cells):
        if world.execution.state is ExecutionState.FINISHED and not next_actions(
            world.view, world.now
        ):
            break
        live(world, kindly=True)
    assert world.execution.state is ExecutionState.FINISHED
    assert all(launch.is_settled for launch in world.launches.values())


def live(world: World, *, kindly: bool) -> None:
    actions = next_actions(world.view, world.now)
    assert_sound(world, actions)
    for action in actions:
        world.perform(action, kindly=kindly)
    if kindly and not actions:
        end_one_run(world)
    world.pass_time()


def end_one_run(world: World) -> None:
    """Only waiting helps: whatever is waited for must be a run, or a moment that comes."""
    for launch in world.launches.values():
        if launch.state is LaunchState.RUNNING:
            world.launches[launch.key] = replace(launch, state=LaunchState.ENDED)
            return
    pytest.fail(f"stuck: {world.execution.state}, {list(world.launches.values())}")


def assert_sound(world: World, actions: tuple[Action, ...]) -> None:
    view = world.view
    about = Counter(a.launch.key for a in actions if hasattr(a, "launch"))
    assert all(count == 1 for count in about.values())
    sends = sum(isinstance(action, Send) for action in actions)
    in_flight = sum(launch.is_on_coval for launch in view.launches)
    assert not sends or sends + in_flight <= world.campaign.limits.runs_in_flight
    launching = view.execution.state is ExecutionState.RUNNING and view.execution.given_up is None
    assert launching or not any(isinstance(action, Send | Relaunch) for action in actions)
    attempts = max((launch.attempt for launch in view.launches), default=1)
    assert attempts <= 1 + world.campaign.retry.runs
    unsettled = [launch for launch in view.launches if not launch.is_settled]
    waits = next_moment(view, world.now) is not None
    done = view.execution.state is ExecutionState.FINISHED and not unsettled
    assert actions or waits or done

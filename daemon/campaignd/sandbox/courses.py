"""The course of a run, laid down when it is launched: what begins and ends when."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapreplace

from campaignd.sandbox import chance
from campaignd.sandbox.launching import Launch
from campaignd.sandbox.moments import FOREVER, later
from campaignd.sandbox.scenario import Scenario
from campaignd.sandbox.trials import Trial


@dataclass(frozen=True, slots=True)
class Fate:
    """What a failure rule has in store for a run; `outcome` None is nothing."""

    outcome: str | None = None
    after: timedelta | None = None
    error: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSimulation:
    """A simulation, from its begin to its end. `outcome` is the status it ends with."""

    simulation_id: str
    trial: Trial
    place: int
    starts_at: datetime
    ends_at: datetime
    outcome: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """When a run, left alone, reaches each status, and when each simulation begins and ends."""

    queued_at: datetime
    started_at: datetime
    completed_at: datetime
    failed_at: datetime
    vanished_at: datetime
    simulations: tuple[PlannedSimulation, ...]
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    bad_ends: tuple[datetime, ...]

    def last_step(self, now: datetime) -> datetime | None:
        """Return when something last happened, None if nothing did."""
        steps = [self.queued_at, self.started_at, self.completed_at, self.failed_at]
        for moments in (self.starts, self.ends):
            past = bisect_right(moments, now)
            if past:
                steps.append(moments[past - 1])
        return max((step for step in steps if step <= now), default=None)


def plan_course(
    launch: Launch, run_id: str, created_at: datetime, fate: Fate, scenario: Scenario
) -> Course:
    """Lay down the course of a run that is launched now."""
    queued_at = created_at + scenario.paced(scenario.timing.pending)
    started_at = queued_at + scenario.paced(scenario.timing.queue)
    if fate.outcome == "never_starts":
        started_at = FOREVER
    simulations = tuple(_simulations(launch, run_id, started_at, fate, scenario))
    ended_at = max((item.ends_at for item in simulations), default=started_at)
    return Course(
        queued_at=queued_at,
        started_at=started_at,
        completed_at=later(ended_at, scenario.paced(scenario.timing.metric_lag)),
        failed_at=_failed_at(fate, started_at, ended_at, scenario),
        vanished_at=_vanished_at(fate, created_at, scenario),
        simulations=simulations,
        starts=tuple(sorted(item.starts_at for item in simulations)),
        ends=tuple(sorted(item.ends_at for item in simulations)),
        bad_ends=tuple(sorted(item.ends_at for item in simulations if item.outcome != "COMPLETED")),
    )


def trials(launch: Launch) -> Iterator[Trial]:
    """Go through a launch: all variants of a case together, iteration by iteration."""
    variants: Sequence[str | None] = (None, *launch.mutations)
    for iteration in range(1, launch.iterations + 1):
        for case in launch.cases:
            for mutation_id in variants:
                yield Trial(launch.cell, mutation_id, case, iteration)


def _simulations(
    launch: Launch, run_id: str, started_at: datetime, fate: Fate, scenario: Scenario
) -> Iterator[PlannedSimulation]:
    planned = list(trials(launch))
    spans = _spans([_duration(trial, scenario) for trial in planned], launch.concurrency, scenario)
    for place, (trial, (begin, end)) in enumerate(zip(planned, spans, strict=True)):
        hangs = fate.outcome == "never_finishes" and place == len(planned) - 1
        outcome, error = _outcome(trial, scenario)
        yield PlannedSimulation(
            simulation_id=chance.token(22, "simulation", run_id, place),
            trial=trial,
            place=place,
            starts_at=later(started_at, begin),
            ends_at=FOREVER if hangs else later(started_at, end),
            outcome=outcome,
            error=error,
        )


def _duration(trial: Trial, scenario: Scenario) -> timedelta:
    shortest, longest = scenario.timing.simulation
    part = chance.share(scenario.seed, "duration", trial.key)
    return scenario.paced(shortest + (longest - shortest) * part)


def _spans(
    durations: list[timedelta], lanes: int, scenario: Scenario
) -> list[tuple[timedelta, timedelta]]:
    """Give each simulation to the lane that is free first, then squeeze all into the limit."""
    free = [timedelta()] * lanes
    spans = []
    for duration in durations:
        begin = free[0]
        heapreplace(free, begin + duration)
        spans.append((begin, begin + duration))
    limit, whole = scenario.timing.simulations_within, max(free)
    if limit is None or whole <= scenario.paced(limit):
        return spans
    squeeze = scenario.paced(limit) / whole
    return [(begin * squeeze, end * squeeze) for begin, end in spans]


def _outcome(trial: Trial, scenario: Scenario) -> tuple[str, str | None]:
    for index, rule in enumerate(scenario.failures.simulations):
        struck = chance.share(scenario.seed, "simulation fails", index, trial.key) < rule.share
        if struck and rule.fits(trial):
            return rule.status, rule.error
    return "COMPLETED", None


def _failed_at(
    fate: Fate, started_at: datetime, ended_at: datetime, scenario: Scenario
) -> datetime:
    if fate.outcome != "fails":
        return FOREVER
    if fate.after is None:
        return started_at + (ended_at - started_at) / 2
    return later(started_at, scenario.paced(fate.after))


def _vanished_at(fate: Fate, created_at: datetime, scenario: Scenario) -> datetime:
    if fate.outcome != "vanishes":
        return FOREVER
    return created_at + scenario.paced(fate.after or timedelta())

"""Cotool's agent runs, worked out from simulations and from the clock, and how they are graded."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaignd.sandbox import chance, speech
from campaignd.sandbox.courses import PlannedSimulation
from campaignd.sandbox.moments import FOREVER, ORIGIN, later, to_millisecond
from campaignd.sandbox.population import SandboxCotoolAgent
from campaignd.sandbox.runs import Run
from campaignd.sandbox.world import World

_ENDS = {"COMPLETED": "done", "FAILED": "error"}
_EASE_WEIGHT = math.sqrt(0.5)


@dataclass(frozen=True, slots=True)
class Grade:
    """What the judge says of a run."""

    score: int
    met: tuple[bool, ...]
    critical: bool


@dataclass(frozen=True, slots=True)
class AgentRun:
    """One run of a Cotool agent. `end` is the status it ends with; FOREVER: it never gets there."""

    run_id: str
    agent_id: str
    agent: SandboxCotoolAgent
    title: str
    created_at: datetime
    ended_at: datetime
    end: str
    graded_at: datetime
    grade: Grade

    def status(self, now: datetime) -> str:
        return self.end if now >= self.ended_at else "running"

    def is_graded(self, now: datetime) -> bool:
        return now >= self.graded_at

    def updated_at(self, now: datetime) -> datetime:
        past = (moment for moment in (self.ended_at, self.graded_at) if moment <= now)
        return max(past, default=self.created_at)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is known of a run before failure rules and the judge have their say."""

    run_id: str
    key: str
    title: str
    created_at: datetime
    ended_at: datetime
    end: str
    ease: float


class AgentRuns:
    """Finds the runs of Cotool agents that have begun by a moment."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scenario = world.scenario

    def of(self, agent_id: str, agent: SandboxCotoolAgent, now: datetime) -> Iterator[AgentRun]:
        yield from self._simulated(agent_id, agent, now)
        if agent.every is not None:
            yield from self._on_its_own(agent_id, agent, agent.every, now)

    def _simulated(
        self, agent_id: str, agent: SandboxCotoolAgent, now: datetime
    ) -> Iterator[AgentRun]:
        return (
            self._from_simulation(agent_id, agent, run, simulation)
            for run in self._world.launched()
            if run.launch.cell.agent_id == agent.coval_agent
            for simulation in run.course.simulations
            if simulation.trial.mutation_id is None
            and simulation.starts_at <= min(now, run.stopped_at)
        )

    def _from_simulation(
        self, agent_id: str, agent: SandboxCotoolAgent, run: Run, simulation: PlannedSimulation
    ) -> AgentRun:
        trial = simulation.trial
        cut = run.stopped_at < simulation.ends_at
        begun = _Begun(
            run_id=chance.uuid("cotool run", agent_id, simulation.simulation_id),
            key=trial.key,
            title=f"Customer wants to {speech.wish_of(trial.case)}",
            created_at=to_millisecond(simulation.starts_at),
            ended_at=min(simulation.ends_at, run.stopped_at),
            end="interrupted" if cut else _ENDS.get(simulation.outcome, "interrupted"),
            ease=-trial.case.difficulty,
        )
        return self._grown(agent_id, agent, begun)

    def _on_its_own(
        self, agent_id: str, agent: SandboxCotoolAgent, every: timedelta, now: datetime
    ) -> Iterator[AgentRun]:
        first = math.floor((now - agent.history - ORIGIN) / every)
        last = math.floor((now - ORIGIN) / every)
        for slot in range(first, last + 1):
            wait = every * chance.share(self._scenario.seed, "slot", agent_id, slot)
            created_at = to_millisecond(ORIGIN + slot * every + wait / 2)
            if now - agent.history <= created_at <= now:
                yield self._from_slot(agent_id, agent, slot, created_at)

    def _from_slot(
        self, agent_id: str, agent: SandboxCotoolAgent, slot: int, created_at: datetime
    ) -> AgentRun:
        seed = self._scenario.seed
        lasts = self._between(self._scenario.timing.cotool_run, "run lasts", agent_id, slot)
        begun = _Begun(
            run_id=chance.uuid("cotool run", seed, agent_id, slot),
            key=f"slot {slot}",
            title=f"Alert {slot % 100_000:05}",
            created_at=created_at,
            ended_at=created_at + lasts,
            end="done",
            ease=chance.bell(seed, "ease", agent_id, slot),
        )
        return self._grown(agent_id, agent, begun)

    def _grown(self, agent_id: str, agent: SandboxCotoolAgent, begun: _Begun) -> AgentRun:
        end, graded = self._fate(agent_id, begun)
        wait = self._between(self._scenario.timing.grading, "grading", agent_id, begun.key)
        return AgentRun(
            run_id=begun.run_id,
            agent_id=agent_id,
            agent=agent,
            title=begun.title,
            created_at=begun.created_at,
            ended_at=begun.ended_at,
            end=end,
            graded_at=later(begun.ended_at, wait) if graded else FOREVER,
            grade=self._grade(agent_id, agent, begun.key, begun.ease),
        )

    def _fate(self, agent_id: str, begun: _Begun) -> tuple[str, bool]:
        """Return the status a run ends with, and whether it is graded after that."""
        for index, rule in enumerate(self._scenario.failures.cotool):
            lot = chance.share(self._scenario.seed, "cotool fails", index, agent_id, begun.key)
            if rule.agent in {None, agent_id} and lot < rule.share:
                return (begun.end if rule.outcome == "ungraded" else rule.outcome), False
        return begun.end, begun.end == "done"

    def _between(self, ends: tuple[timedelta, timedelta], *key: object) -> timedelta:
        part = chance.share(self._scenario.seed, *key)
        return self._scenario.paced(ends[0] + (ends[1] - ends[0]) * part)

    def _grade(self, agent_id: str, agent: SandboxCotoolAgent, key: str, ease: float) -> Grade:
        seed = self._scenario.seed
        own = chance.bell(seed, "score", agent_id, key)
        score = agent.score_mean + agent.score_sd * _EASE_WEIGHT * (own + ease)
        return Grade(
            score=round(min(100.0, max(0.0, score))),
            met=tuple(
                chance.share(seed, "criterion", agent_id, place, key) < agent.criteria_met
                for place in range(len(agent.criteria))
            ),
            critical=chance.share(seed, "critical", agent_id, key) < agent.critical_issues,
        )

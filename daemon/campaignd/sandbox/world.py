"""The sandbox's memory: the runs that were launched, and what was done to them.

Plain logic that is told the time. Nothing happens by itself: what a run looks like follows from
its launch, the scenario and the moment it is looked at.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from campaignd.sandbox import chance
from campaignd.sandbox.courses import Fate, PlannedSimulation, plan_course
from campaignd.sandbox.directory import Directory
from campaignd.sandbox.launching import Launch
from campaignd.sandbox.measuring import Measures
from campaignd.sandbox.moments import to_millisecond
from campaignd.sandbox.runs import Run
from campaignd.sandbox.scenario import Scenario

KEPT = timedelta(days=7)
"""How long a run is remembered: a sandbox may be left running."""


class World:
    """All state of a sandbox. Times given to it are the vendors' (see `server_time`)."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        self.scenario = scenario or Scenario()
        self.directory = Directory(self.scenario)
        self.measures = Measures(self.scenario)
        self._runs: dict[str, Run] = {}
        self._simulations: dict[str, tuple[str, int]] = {}
        self._launches: Counter[str] = Counter()
        self._launched = 0

    def server_time(self, now: datetime) -> datetime:
        """Return what the vendors' clocks show at a moment."""
        return now.astimezone(UTC) + self.scenario.timing.clock_skew

    def launch(self, launch: Launch, now: datetime) -> Run:
        """Begin a run; what was launched long ago is forgotten."""
        self._forget(now - KEPT)
        created_at = to_millisecond(now)
        place = self._launched
        self._launched += 1
        self._launches[launch.cell.key] += 1
        fate = self._fate(launch, self._launches[launch.cell.key])
        run_id = chance.token(22, "run", self.scenario.seed, created_at, place)
        course = plan_course(launch, run_id, created_at, fate, self.scenario)
        run = Run(run_id, place, launch, created_at, fate, course, launch.tags)
        self._runs[run_id] = run
        self._simulations |= {
            item.simulation_id: (run_id, item.place) for item in course.simulations
        }
        return run

    def runs(self, now: datetime) -> Iterator[Run]:
        """Go through the runs that lists show, oldest first."""
        lag = self.scenario.paced(self.scenario.lists.lag)
        for run in self._runs.values():
            if run.created_at + lag <= now < min(run.deleted_at, run.course.vanished_at):
                yield run

    def run(self, run_id: str, now: datetime) -> Run | None:
        """Find a run, a deleted one too; None if it never was, vanished, or lags behind."""
        run = self._runs.get(run_id)
        lag = self.scenario.paced(self.scenario.lists.get_lag)
        if run is None or not run.created_at + lag <= now < run.course.vanished_at:
            return None
        return run

    def launched(self) -> Iterator[Run]:
        """Go through every run that is not forgotten, oldest first."""
        yield from self._runs.values()

    def simulation(self, simulation_id: str, now: datetime) -> tuple[Run, PlannedSimulation] | None:
        """Find a simulation that exists by now, with its run."""
        run_id, place = self._simulations.get(simulation_id, ("", 0))
        run = self.run(run_id, now)
        if run is None or not run.course.queued_at <= now < run.deleted_at:
            return None
        return run, run.course.simulations[place]

    def tag(self, run: Run, tags: tuple[str, ...], now: datetime) -> Run:
        """Replace a run's tags."""
        return self._keep(replace(run, tags=tags, tagged_at=to_millisecond(now)))

    def end(self, run: Run, now: datetime) -> Run:
        """Cancel an active run, delete an ended one."""
        moment = to_millisecond(now)
        if run.is_active(moment):
            return self._keep(replace(run, cancelled_at=moment))
        return self._keep(replace(run, deleted_at=moment))

    def _forget(self, before: datetime) -> None:
        old = takewhile(lambda run: run.created_at < before, self._runs.values())
        for run in tuple(old):
            del self._runs[run.run_id]
            for simulation in run.course.simulations:
                del self._simulations[simulation.simulation_id]

    def _keep(self, run: Run) -> Run:
        self._runs[run.run_id] = run
        return run

    def _fate(self, launch: Launch, attempt: int) -> Fate:
        for index, rule in enumerate(self.scenario.failures.runs):
            lot = chance.share(self.scenario.seed, "run fails", index, launch.cell.key, attempt)
            in_time = rule.first is None or attempt <= rule.first
            if rule.fits_cell(launch.cell) and in_time and lot < rule.share:
                return Fate(rule.outcome, rule.after, rule.error, rule.status)
        return Fate()

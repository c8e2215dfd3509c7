"""Metric outputs: what each metric says of each simulation, and when it says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from campaignd.sandbox import chance, speech
from campaignd.sandbox.courses import PlannedSimulation
from campaignd.sandbox.measuring import Value
from campaignd.sandbox.moments import FOREVER, later
from campaignd.sandbox.population import SandboxMetric
from campaignd.sandbox.runs import Run
from campaignd.sandbox.world import World

_TIME_PART = 10


@dataclass(frozen=True, slots=True)
class Output:
    """One metric of one simulation. `value` is None until it is COMPLETED."""

    output_id: str
    metric_id: str
    metric: SandboxMetric
    status: str
    value: Value | None
    reason: str | None
    explanation: str | None
    created_at: datetime


class Outputs:
    """Looks metric outputs up. They exist as soon as their simulation does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, run: Run, simulation: PlannedSimulation, now: datetime) -> Iterator[Output]:
        """Go through all outputs of a simulation."""
        for metric_id in run.launch.metrics:
            yield self._output(run, simulation, metric_id, now)

    def value(
        self, run: Run, simulation: PlannedSimulation, metric_id: str, now: datetime
    ) -> Value | None:
        """Return a value if it is there by now."""
        if run.simulation_status(simulation, now) != "COMPLETED":
            return None
        if now < self._ready_at(run, simulation, metric_id):
            return None
        metric = run.launch.metrics[metric_id]
        return self._world.measures.value(simulation.trial, metric_id, metric)

    def find(self, output_id: str, now: datetime) -> Output | None:
        """Find an output by its ULID, whose first part tells when its run was launched."""
        candidates = (
            (run, simulation, metric_id)
            for run in self._world.runs(now)
            if chance.ulid(run.created_at)[:_TIME_PART] == output_id[:_TIME_PART]
            for simulation in run.course.simulations
            for metric_id in run.launch.metrics
        )
        for run, simulation, metric_id in candidates:
            if _output_id(run, simulation, metric_id) == output_id:
                return self._output(run, simulation, metric_id, now)
        return None

    def _output(
        self, run: Run, simulation: PlannedSimulation, metric_id: str, now: datetime
    ) -> Output:
        metric = run.launch.metrics[metric_id]
        value = self.value(run, simulation, metric_id, now)
        status, reason = self._status(run, simulation, metric_id, now)
        return Output(
            output_id=_output_id(run, simulation, metric_id),
            metric_id=metric_id,
            metric=metric,
            status=status,
            value=value,
            reason=reason,
            explanation=(
                None if value is None else speech.explain(metric, value, simulation.trial.case)
            ),
            created_at=run.course.queued_at,
        )

    def _status(
        self, run: Run, simulation: PlannedSimulation, metric_id: str, now: datetime
    ) -> tuple[str, str | None]:
        status = run.simulation_status(simulation, now)
        if status in {"IN QUEUE", "IN PROGRESS"}:
            return "IN QUEUE", None
        if status != "COMPLETED":
            return "SKIPPED", "The simulation did not complete."
        ready_at = self._ready_at(run, simulation, metric_id)
        if ready_at == FOREVER and now >= run.course.completed_at:
            return "FAILED", "The judge gave no usable answer."
        return ("COMPLETED" if now >= ready_at else "IN PROGRESS"), None

    def _ready_at(self, run: Run, simulation: PlannedSimulation, metric_id: str) -> datetime:
        scenario = self._world.scenario
        for index, rule in enumerate(scenario.failures.values):
            key = (scenario.seed, "value missing", index, metric_id, simulation.trial.key)
            concerned = rule.metric in {None, metric_id} and rule.fits(simulation.trial)
            if not concerned or chance.share(*key) >= rule.share:
                continue
            if rule.lasts is None:
                return FOREVER
            return later(run.course.completed_at, scenario.paced(rule.lasts))
        return later(simulation.ends_at, scenario.paced(scenario.timing.metric_lag))


def _output_id(run: Run, simulation: PlannedSimulation, metric_id: str) -> str:
    return chance.ulid(run.created_at, "output", simulation.simulation_id, metric_id)

"""The results of a COMPLETED run, in today's shape and in the older one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaignd.sandbox.outputs import Outputs
from campaignd.sandbox.runs import Run
from campaignd.sandbox.world import World

_OUTPUT_TYPES = {
    "binary": "string",
    "category": "string",
    "set": "set",
    "number": "float",
    "composite": "float",
    "match": "float",
}


class Results:
    """Writes results and averages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._outputs = Outputs(world)

    def write(self, run: Run, now: datetime) -> dict[str, Any] | None:
        """Return the `results` of a run, None before it is COMPLETED."""
        if not run.is_completed(now):
            return None
        output_ids = [item.simulation_id for item in run.course.simulations]
        if self._world.scenario.failures.results == "aggregates":
            return {"output_ids": output_ids, "metrics": self._aggregates(run, now)}
        metrics = {
            metric_id: self._metric_result(run, metric_id, now) for metric_id in run.launch.metrics
        }
        return {"output_ids": output_ids, "call_sids": {}, "metrics": metrics}

    def averages(self, run: Run, now: datetime) -> dict[str, float]:
        """Return the mean of each metric that is a number, by metric id."""
        means = {
            metric_id: _mean(self._numbers(run, metric_id, now)) for metric_id in run.launch.metrics
        }
        return {metric_id: mean for metric_id, mean in means.items() if mean is not None}

    def texts(self, run: Run, metric_id: str, now: datetime) -> tuple[str, ...]:
        """Return the values of a metric whose values are texts."""
        values = self._values(run, metric_id, now).values()
        return tuple(value for value in values if isinstance(value, str))

    def _metric_result(self, run: Run, metric_id: str, now: datetime) -> dict[str, Any]:
        metric = run.launch.metrics[metric_id]
        return {
            "metric_id": metric_id,
            "metric_name": metric.name,
            "output_type": _OUTPUT_TYPES[metric.type],
            "values": [
                {"simulation_output_id": simulation_id, "value": value}
                for simulation_id, value in self._values(run, metric_id, now).items()
            ],
        }

    def _aggregates(self, run: Run, now: datetime) -> dict[str, Any]:
        spreads = {}
        for metric_id in run.launch.metrics:
            numbers = self._numbers(run, metric_id, now, yes=1.0)
            mean = _mean(numbers)
            if mean is not None:
                spread = {"mean": mean, "min": min(numbers), "max": max(numbers)}
                spreads[run.launch.metrics[metric_id].name] = spread
        return spreads

    def _numbers(
        self, run: Run, metric_id: str, now: datetime, *, yes: float | None = None
    ) -> list[float]:
        words = {} if yes is None else {"YES": yes, "NO": 0.0}
        values = (
            words.get(value) if isinstance(value, str) else value
            for value in self._values(run, metric_id, now).values()
        )
        return [value for value in values if isinstance(value, float)]

    def _values(self, run: Run, metric_id: str, now: datetime) -> Mapping[str, Any]:
        """Map simulation to value; failed simulations are left out, missing values are None."""
        return {
            item.simulation_id: self._outputs.value(run, item, metric_id, now)
            for item in run.course.simulations
            if run.simulation_status(item, now) == "COMPLETED"
        }


def _mean(numbers: list[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None

"""What each metric says of each trial, by the scenario's numbers and effects.

Every trial has an ease: half of its spread comes from the test case, so that a hard case is hard
for every variant, and half from this one conversation. Shares and means hold over all trials.
"""

import math
from collections.abc import Sequence

from campaignd.sandbox import chance
from campaignd.sandbox.population import SandboxMetric
from campaignd.sandbox.scenario import Effect, Scenario
from campaignd.sandbox.trials import Trial

Value = float | str | list[str]
_HALF = math.sqrt(0.5)


class Measures:
    """Tells values. The same seed, scenario and trial give the same value, always."""

    def __init__(self, scenario: Scenario) -> None:
        self._seed = scenario.seed
        self._effects = scenario.effects

    def value(self, trial: Trial, metric_id: str, metric: SandboxMetric) -> Value:
        """Return what a metric says of a trial."""
        effects = [
            effect
            for effect in self._effects
            if effect.metric in {None, metric_id} and effect.fits(trial)
        ]
        match metric.type:
            case "binary":
                return self._verdict(trial, metric_id, metric, effects)
            case "match":
                return float(self._succeeds(trial, (metric_id,), _moved(metric.rate, effects)))
            case "number":
                return _bounded(self._number(trial, metric_id, metric, effects), metric)
            case "composite":
                return self._criteria_met(trial, metric_id, metric, effects)
            case "category":
                return self._category(trial, metric_id, metric, effects)
            case "set":
                return self._members(trial, metric_id, metric, effects)

    def _verdict(
        self, trial: Trial, metric_id: str, metric: SandboxMetric, effects: Sequence[Effect]
    ) -> str:
        if chance.share(self._seed, "unknown", metric_id, trial.key) < metric.unknown:
            return "UNKNOWN"
        return "YES" if self._succeeds(trial, (metric_id,), _moved(metric.rate, effects)) else "NO"

    def _number(
        self, trial: Trial, metric_id: str, metric: SandboxMetric, effects: Sequence[Effect]
    ) -> float:
        number = metric.mean - metric.sd * self._ease(trial, (metric_id,))
        return number * math.prod(item.factor for item in effects) + math.fsum(
            item.shift for item in effects
        )

    def _criteria_met(
        self, trial: Trial, metric_id: str, metric: SandboxMetric, effects: Sequence[Effect]
    ) -> float:
        rate = _moved(metric.rate, effects)
        met = sum(
            self._succeeds(trial, (metric_id, place), rate) for place in range(metric.criteria)
        )
        return round(100 * met / metric.criteria, 2)

    def _category(
        self, trial: Trial, metric_id: str, metric: SandboxMetric, effects: Sequence[Effect]
    ) -> str:
        names = list(metric.categories)
        total = math.fsum(metric.categories.values())
        best = _moved(metric.categories[names[0]] / total, effects)
        hardness = 1 - chance.portion_below(self._ease(trial, (metric_id,)))
        if hardness < best:
            return names[0]
        reached = metric.categories[names[0]] / total
        below = (hardness - best) / (1 - best) * (1 - reached)
        for name in names[1:]:
            below -= metric.categories[name] / total
            if below < 0:
                return name
        return names[-1]

    def _members(
        self, trial: Trial, metric_id: str, metric: SandboxMetric, effects: Sequence[Effect]
    ) -> list[str]:
        return [
            member
            for member, share in metric.categories.items()
            if self._succeeds(trial, (metric_id, member), _moved(share, effects))
        ]

    def _succeeds(self, trial: Trial, what: tuple[object, ...], rate: float) -> bool:
        return chance.portion_below(self._ease(trial, what)) >= 1 - rate

    def _ease(self, trial: Trial, what: tuple[object, ...]) -> float:
        own = chance.bell(self._seed, "ease", *what, trial.key)
        return _HALF * (own - trial.case.difficulty)


def _moved(rate: float, effects: Sequence[Effect]) -> float:
    moved = rate * math.prod(item.factor for item in effects)
    return min(1.0, max(0.0, moved + math.fsum(item.rate for item in effects)))


def _bounded(number: float, metric: SandboxMetric) -> float:
    lowest = -math.inf if metric.min is None else metric.min
    highest = math.inf if metric.max is None else metric.max
    return round(min(highest, max(lowest, number)), 3)

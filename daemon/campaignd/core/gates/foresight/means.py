"""Forecasts of the gates on a mean."""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.past import Spread, spread_of
from campaignd.core.gates.foresight.shares import FEWEST, TOLERABLE, WRONG_SIDE
from campaignd.core.gates.foresight.terms import Question, unsized
from campaignd.core.gates.model import Bar
from campaignd.core.metrics import CotoolMetric, Metric
from campaignd.core.quantities import format_quantity
from campaignd.core.statistics.mean_power import (
    Spreads,
    cases_needed,
    iterations_needed,
    paired_design,
)
from campaignd.core.statistics.share_power import POWER, power_each

ASSUMED = (
    "means: the truth is 5% better than the threshold, and numbers vary by 20% of it from test "
    "case to test case and as much from try to try"
)
ASSUMED_SCORES = (
    "scores: the truth is 5% better than the threshold, and runs vary by 15 points around it"
)
_VARYING = 0.2
_BETTER = 0.05
_SCORES_VARYING = 15.0
_SEVERAL = 2


def foresee_mean(question: Question) -> Forecast:
    """Forecast a mean by Student's t, or by the normal distribution where it is only observed."""
    gate: Any = question.gate
    metric = question.design.metrics.get(gate.metric)
    past = spread_of(question.past.numbers(gate.metric, question.block))
    spread = past or _assumed(gate.bar, metric)
    if not question.block.cases or not spread.of_means(1):
        return unsized(question.block, "how its numbers spread is not known")
    mean = _Mean(question, gate.bar, spread, metric.unit if metric else None)
    forecast = mean.proven() if question.is_proven else mean.observed()
    return replace(forecast, assumed="" if past else _told(metric))


def _assumed(bar: Bar, metric: Metric | None) -> Spread:
    sign = 1 if bar.side == "at_least" else -1
    truth = bar.number + sign * _BETTER * abs(bar.number)
    if isinstance(metric, CotoolMetric):
        return Spread(truth, _SCORES_VARYING, 0.0, 0)
    varying = _VARYING * abs(bar.number)
    return Spread(truth, varying, varying, 0)


def _told(metric: Metric | None) -> str:
    return ASSUMED_SCORES if isinstance(metric, CotoolMetric) else ASSUMED


@dataclass(frozen=True, slots=True)
class _Mean:
    question: Question
    bar: Bar
    spread: Spread
    unit: str | None

    def observed(self) -> Forecast:
        from scipy.special import ndtr, ndtri

        error = self._deviation / sqrt(self._cases)
        reach = float(ndtri(POWER)) * error
        return self._forecast(reach, float(ndtr(-self._distance / error)))

    def proven(self) -> Forecast:
        if self._cases < _SEVERAL:
            return replace(unsized(self.question.block), can_fail=False, **self._lacking())
        design, strict = paired_design(self._cases, self._deviation), self.question.strict
        fails = design.chance_proven(-self._distance, strict)
        forecast = self._forecast(design.detectable(strict), fails)
        if self._cases < FEWEST:
            return replace(forecast, undecided=1 - fails, **self._lacking())
        passes = design.chance_proven(self._distance, self.question.confidence)
        undecided = max(1 - passes - fails, 0.0)
        return replace(forecast, undecided=undecided, needs=self._needs(undecided))

    def _forecast(self, reach: float, false_alarm: float) -> Forecast:
        detects = self.bar.number - self._sign * reach
        return Forecast(
            scope=self.question.block.scope,
            cases=self._cases,
            values=self.question.block.values,
            detects=detects,
            notices=f"{self._rounded(detects)} or {'less' if self._sign > 0 else 'more'}",
            truth=self.spread.mean,
            truly=self._rounded(self.spread.mean),
            false_alarm=false_alarm,
            note=WRONG_SIDE if self._distance < 0 else "",
        )

    def _lacking(self) -> dict[str, Any]:
        words = f"a proof takes {FEWEST} test cases, and there are {self._cases}"
        return {"can_pass": False, "lacking": words, "needs": Needs(cases=FEWEST)}

    def _needs(self, undecided: float) -> Needs:
        if undecided <= TOLERABLE or self._distance <= 0:
            return Needs()
        power, confidence = power_each(self.question.family), self.question.confidence
        # `Spreads` are of differences, which have the tries of two sides.
        one_side = Spreads(self.spread.cases, self.spread.tries / sqrt(2))
        return Needs(
            cases_needed(self._distance, self._deviation, confidence, power),
            iterations_needed(self._cases, self._distance, one_side, confidence),
        )

    @property
    def _cases(self) -> int:
        return self.question.block.cases or 0

    @property
    def _sign(self) -> int:
        return 1 if self.bar.side == "at_least" else -1

    @property
    def _distance(self) -> float:
        """How far the truth is on the right side."""
        return self._sign * (self.spread.mean - self.bar.number)

    @property
    def _deviation(self) -> float:
        return self.spread.of_means(self.question.block.tries)

    def _rounded(self, number: float) -> str:
        return format_quantity(float(f"{number:.3g}"), self.unit)
